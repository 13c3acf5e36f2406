-- name: Accounts :many
SELECT * FROM account_rows
WHERE organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT))
ORDER BY id;

-- name: Account :one
SELECT * FROM account_rows
WHERE organization_id = @organization_id AND id = @id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: AccountsInCare :one
SELECT COUNT(*) FROM account_rows
WHERE organization_id = @organization_id AND state IN ('paused', 'needs_login')
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: AccountByPhone :one
SELECT * FROM account_rows WHERE phone = @phone AND state <> 'disconnected';

-- name: LinkedAccounts :many
SELECT a.* FROM account_rows a JOIN telegram_sessions s ON s.account_id = a.id
WHERE a.state IN ('active', 'paused')
ORDER BY a.id;

-- name: AccountClashes :one
-- Another account that holds the number or the Telegram user.
SELECT COUNT(*) FROM accounts
WHERE state <> 'disconnected' AND id <> @except_id AND (phone = @phone OR telegram_id = @telegram_id);

-- name: CountLiveAccounts :one
SELECT COUNT(*) FROM accounts WHERE organization_id = @organization_id AND state <> 'disconnected' AND id <> @except_id;

-- name: AccountLimit :one
SELECT account_limit FROM organizations WHERE id = @id;

-- name: DisconnectedAccount :one
-- The user's former account of that Telegram user, the latest one.
SELECT id FROM accounts
WHERE organization_id = @organization_id AND user_id = @user_id AND telegram_id = @telegram_id AND state = 'disconnected'
ORDER BY id DESC LIMIT 1;

-- name: InsertAccount :one
INSERT INTO accounts (organization_id, user_id, phone, telegram_id, first_name, last_name, username, state, connected_at, warm_at)
VALUES (@organization_id, @user_id, @phone, @telegram_id, @first_name, @last_name, @username, 'active', @connected_at, @connected_at)
RETURNING id;

-- name: FormerAccount :one
-- The account, of any organization, that held the Telegram user before this one.
SELECT id, organization_id, ready_at, wait_until, wait_reason FROM accounts
WHERE telegram_id = @telegram_id AND id <> @id
ORDER BY connected_at DESC, id DESC LIMIT 1;

-- name: InheritReady :exec
UPDATE accounts SET ready_at = @ready_at
WHERE organization_id = @organization_id AND id = @id AND ready_at < @ready_at;

-- name: InheritOutgoing :exec
INSERT OR IGNORE INTO outgoing (account_id, at, number, organization_id)
SELECT CAST(@account_id AS BIGINT), f.at, f.number, CAST(@organization_id AS BIGINT)
FROM outgoing f WHERE f.account_id = @former_id AND f.at > @since;

-- name: InheritBans :exec
INSERT OR REPLACE INTO account_bans (account_id, peer_id, organization_id, at)
SELECT CAST(@account_id AS BIGINT), f.peer_id, CAST(@organization_id AS BIGINT), f.at
FROM account_bans f WHERE f.account_id = @former_id;

-- name: ReconnectAccount :exec
UPDATE accounts SET phone = @phone, first_name = @first_name, last_name = @last_name, username = @username,
    state = 'active', reason = '', connected_at = @connected_at
WHERE organization_id = @organization_id AND id = @id;

-- name: SetAccountState :exec
UPDATE accounts SET state = @state, reason = @reason WHERE organization_id = @organization_id AND id = @id;

-- name: PutTelegramSession :exec
INSERT INTO telegram_sessions (account_id, organization_id, sealed) VALUES (@account_id, @organization_id, @sealed)
ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed;

-- name: UpdateTelegramSession :execrows
UPDATE telegram_sessions SET sealed = @sealed WHERE organization_id = @organization_id AND account_id = @account_id;

-- name: TelegramSession :one
SELECT sealed FROM telegram_sessions WHERE organization_id = @organization_id AND account_id = @account_id;

-- name: EraseTelegramSession :exec
DELETE FROM telegram_sessions WHERE organization_id = @organization_id AND account_id = @account_id;

-- name: InsertCodeRequest :exec
INSERT INTO code_requests (organization_id, user_id, phone, at) VALUES (@organization_id, @user_id, @phone, @at);

-- name: CodeRequestsForPhone :many
SELECT at FROM code_requests WHERE phone = @phone AND at >= @since ORDER BY at;

-- name: CodeRequestsByUser :many
SELECT at FROM code_requests WHERE user_id = @user_id AND at >= @since ORDER BY at;

-- name: CodeRequestsByOrganization :many
SELECT at FROM code_requests WHERE organization_id = @organization_id AND at >= @since ORDER BY at;

-- name: RefusedPhone :one
SELECT until FROM refused_phones WHERE phone = @phone;

-- name: RefusePhone :exec
INSERT INTO refused_phones (phone, until) VALUES (@phone, @until)
ON CONFLICT (phone) DO UPDATE SET until = excluded.until;
