-- name: CampaignsToHold :many
-- What is live and not paused: of one user, and with_accounts also what goes out of
-- his accounts; of_user 0 is the whole organization. The statuses name the index of
-- those that are live.
SELECT * FROM campaign_rows
WHERE id IN (SELECT c.id FROM campaigns c
    WHERE c.organization_id = @organization_id AND c.status IN ('scheduled', 'running', 'paused') AND c.status <> 'paused' AND c.kind = 'campaign'
        AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT)
            OR CAST(@with_accounts AS BIGINT) = 1 AND c.account_id IN (SELECT a.id FROM accounts a
                WHERE a.organization_id = @organization_id AND a.user_id = CAST(@of_user AS BIGINT))));

-- name: LeaveCampaigns :exec
-- What is paused of what goes out of the accounts of a user who is removed.
UPDATE campaigns SET reason = @reason
WHERE campaigns.organization_id = @organization_id AND status = 'paused' AND kind = 'campaign'
    AND account_id IN (SELECT a.id FROM accounts a WHERE a.organization_id = @organization_id AND a.user_id = @user_id);

-- name: RepliesToEnd :many
-- Answers that are not through, as above.
SELECT * FROM campaign_rows
WHERE id IN (SELECT c.id FROM accounts a JOIN campaigns c ON c.account_id = a.id
    WHERE a.organization_id = @organization_id AND c.kind = 'reply' AND c.status = 'running'
        AND (CAST(@of_user AS BIGINT) = 0 OR a.user_id = CAST(@of_user AS BIGINT)));

-- name: EndSessionsOf :exec
DELETE FROM sessions
WHERE organization_id = @organization_id AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: UsersToBlock :many
-- Whose block has come and has not taken effect.
SELECT * FROM users
WHERE block_from > 0 AND block_from <= @now AND blocked_at = 0 AND (block_until = 0 OR block_until > @now)
ORDER BY block_from, id;

-- name: UsersToFree :many
-- Whose block is over, also one that never took effect.
SELECT * FROM users
WHERE block_from > 0 AND block_until > 0 AND block_until <= @now
ORDER BY block_from, id;

-- name: StartUserBlock :exec
UPDATE users SET blocked_at = @now WHERE organization_id = @organization_id AND id = @id;

-- name: EndUserBlock :exec
UPDATE users SET blocked_at = 0, block_from = 0, block_until = 0, block_reason = '', block_service = 0
WHERE organization_id = @organization_id AND id = @id;

-- name: OrganizationsToBlock :many
SELECT * FROM organizations
WHERE block_from > 0 AND block_from <= @now AND blocked_at = 0 AND (block_until = 0 OR block_until > @now)
ORDER BY id;

-- name: OrganizationsToFree :many
SELECT * FROM organizations WHERE block_from > 0 AND block_until > 0 AND block_until <= @now ORDER BY id;

-- name: SetOrganizationBlock :execrows
UPDATE organizations SET blocked_at = @blocked_at, block_from = @block_from, block_until = @block_until, block_reason = @block_reason
WHERE id = @id AND service = 0;

-- name: BlockedPhone :one
SELECT * FROM blocked_phones WHERE phone = @phone;

-- name: BlockedPhones :many
-- With the account that holds the number, and who has blocked it; 0 and '' for none.
SELECT sqlc.embed(b), CAST(COALESCE(a.id, 0) AS BIGINT) AS account_id, CAST(COALESCE(a.organization_id, 0) AS BIGINT) AS organization_id,
    CAST(COALESCE(o.name, '') AS TEXT) AS organization, CAST(COALESCE(u.name, '') AS TEXT) AS by_name
FROM blocked_phones b LEFT JOIN accounts a ON a.phone = b.phone AND a.state <> 'disconnected' LEFT JOIN organizations o ON o.id = a.organization_id
    LEFT JOIN users u ON u.id = b.blocked_by
ORDER BY b.block_from DESC, b.phone;

-- name: PutBlockedPhone :exec
INSERT INTO blocked_phones (phone, blocked_at, block_from, block_until, block_reason, blocked_by)
VALUES (@phone, @blocked_at, @block_from, @block_until, @block_reason, @blocked_by)
ON CONFLICT (phone) DO UPDATE SET blocked_at = excluded.blocked_at, block_from = excluded.block_from,
    block_until = excluded.block_until, block_reason = excluded.block_reason, blocked_by = excluded.blocked_by;

-- name: DropBlockedPhone :execrows
DELETE FROM blocked_phones WHERE phone = @phone;

-- name: PhonesToBlock :many
SELECT * FROM blocked_phones
WHERE block_from <= @now AND blocked_at = 0 AND (block_until = 0 OR block_until > @now)
ORDER BY phone;

-- name: PhonesToFree :many
SELECT * FROM blocked_phones WHERE block_until > 0 AND block_until <= @now ORDER BY phone;

-- name: PhoneIsBlocked :one
SELECT CAST(EXISTS (SELECT 1 FROM blocked_phones WHERE phone = @phone AND blocked_at > 0) AS BIGINT);

-- name: Bars :one
-- Who of those that a campaign needs may not send: its user and its account's user.
SELECT o.blocked_at AS organization, CAST(u.blocked_at + u.deleted_at AS BIGINT) AS orderer, u.read_only,
    h.blocked_at AS holder, h.deleted_at AS holder_gone
FROM users u JOIN organizations o ON o.id = u.organization_id JOIN accounts a ON a.organization_id = u.organization_id
    JOIN users h ON h.id = a.user_id
WHERE u.organization_id = @organization_id AND u.id = @user_id AND a.id = @account_id;

-- name: UserMayConnect :one
-- Whether accounts of a user may be connected; 1 where it is nobody yet.
SELECT CAST(NOT EXISTS (SELECT 1 FROM users u WHERE u.organization_id = @organization_id AND u.id = @user_id AND (u.blocked_at > 0 OR u.deleted_at > 0)) AS BIGINT) AS user_may,
    CAST(NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = @organization_id AND o.blocked_at > 0) AS BIGINT) AS organization_may;

-- name: BlocksToTurn :one
-- How many blocks have come or are over.
SELECT CAST((SELECT COUNT(*) FROM users u WHERE u.block_from > 0
        AND (u.blocked_at = 0 AND u.block_from <= CAST(@now AS BIGINT) OR u.block_until > 0 AND u.block_until <= CAST(@now AS BIGINT)))
    + (SELECT COUNT(*) FROM organizations o WHERE o.block_from > 0
        AND (o.blocked_at = 0 AND o.block_from <= CAST(@now AS BIGINT) OR o.block_until > 0 AND o.block_until <= CAST(@now AS BIGINT)))
    + (SELECT COUNT(*) FROM blocked_phones p
        WHERE p.blocked_at = 0 AND p.block_from <= CAST(@now AS BIGINT) OR p.block_until > 0 AND p.block_until <= CAST(@now AS BIGINT)) AS BIGINT);

-- name: MayAnswer :one
-- Whether answers may go out of an account.
SELECT CAST(EXISTS (SELECT 1 FROM accounts a JOIN users u ON u.id = a.user_id JOIN organizations o ON o.id = a.organization_id
    WHERE a.organization_id = @organization_id AND a.id = @account_id AND u.blocked_at = 0 AND o.blocked_at = 0 AND o.watch_off = 0) AS BIGINT);

-- name: MayListen :one
SELECT CAST(EXISTS (SELECT 1 FROM organizations WHERE id = @id AND blocked_at = 0 AND watch_off = 0) AS BIGINT);
