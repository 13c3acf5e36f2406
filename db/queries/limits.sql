-- name: SetLimits :execrows
UPDATE organizations SET user_limit = @user_limit, account_limit = @account_limit, campaigns_per_day = @campaigns_per_day,
    messages_per_day = @messages_per_day, watch_off = @watch_off
WHERE id = @id AND service = 0;

-- name: SetGrantedInterval :exec
UPDATE organizations SET granted_interval_ms = @granted_interval_ms WHERE id = @id;

-- name: UsedOfDay :one
SELECT campaigns, messages FROM organization_days WHERE organization_id = @organization_id AND day = @day;

-- name: CountCampaignOfDay :one
INSERT INTO organization_days (organization_id, day, campaigns) VALUES (@organization_id, @day, 1)
ON CONFLICT (organization_id, day) DO UPDATE SET campaigns = organization_days.campaigns + 1
RETURNING campaigns, told;

-- name: CountMessageOfDay :one
INSERT INTO organization_days (organization_id, day, messages) VALUES (@organization_id, @day, 1)
ON CONFLICT (organization_id, day) DO UPDATE SET messages = organization_days.messages + 1
RETURNING messages, told;

-- name: ToldOfDay :one
SELECT told FROM organization_days WHERE organization_id = @organization_id AND day = @day;

-- name: SetToldOfDay :exec
INSERT INTO organization_days (organization_id, day, told) VALUES (@organization_id, @day, @told)
ON CONFLICT (organization_id, day) DO UPDATE SET told = excluded.told;

-- name: ChargeDay :exec
-- At least so much is used of a day.
INSERT INTO organization_days (organization_id, day, campaigns, messages) VALUES (@organization_id, @day, @campaigns, @messages)
ON CONFLICT (organization_id, day) DO UPDATE SET
    campaigns = CASE WHEN excluded.campaigns > organization_days.campaigns THEN excluded.campaigns ELSE organization_days.campaigns END,
    messages = CASE WHEN excluded.messages > organization_days.messages THEN excluded.messages ELSE organization_days.messages END;

-- name: GiveMessageBack :exec
UPDATE organization_days SET messages = messages - 1 WHERE organization_id = @organization_id AND day = @day AND messages > 0;

-- name: SetMessagesOfDay :exec
INSERT INTO organization_days (organization_id, day, messages) VALUES (@organization_id, @day, @messages)
ON CONFLICT (organization_id, day) DO UPDATE SET messages = excluded.messages;

-- name: GoneOut :one
-- Messages that have gone out since then, or may have, or are on their way; not what
-- has proved not to have arrived.
SELECT COUNT(*) FROM deliveries d
WHERE d.organization_id = @organization_id AND d.status IN ('sending', 'sent', 'uncertain') AND d.id IN (
    SELECT g.number / 256 FROM accounts a JOIN outgoing g ON g.account_id = a.id
    WHERE a.organization_id = @organization_id AND g.at >= @since
    UNION SELECT f.id FROM accounts a JOIN deliveries f ON f.account_id = a.id
    WHERE a.organization_id = @organization_id AND f.status = 'sending');

-- name: CountOpenOfDay :exec
-- Of what counts among them by now, that of which it is not known what becomes of
-- it.
UPDATE deliveries SET day = @day
WHERE deliveries.organization_id = @organization_id AND deliveries.day = 0 AND deliveries.status IN ('sending', 'uncertain')
    AND deliveries.id IN (
        SELECT g.number / 256 FROM accounts a JOIN outgoing g ON g.account_id = a.id
        WHERE a.organization_id = @organization_id AND g.at >= @day
        UNION SELECT f.id FROM accounts a JOIN deliveries f ON f.account_id = a.id
        WHERE a.organization_id = @organization_id AND f.status = 'sending');

-- name: ClearDayLimit :exec
UPDATE accounts SET limit_until = 0, limit_reason = '' WHERE organization_id = @organization_id AND limit_reason = 'ORGANIZATION_DAY';

-- name: CountPlaces :one
-- Places of users and accounts that are taken.
SELECT CAST((SELECT COUNT(*) FROM users u WHERE u.organization_id = @organization_id AND u.deleted_at = 0) AS BIGINT) AS users,
    CAST((SELECT COUNT(*) FROM accounts a WHERE a.organization_id = @organization_id AND a.state <> 'disconnected') AS BIGINT) AS accounts;

-- name: PruneOrganizationDays :exec
DELETE FROM organization_days WHERE day < @before;

-- name: InsertLimitRequest :one
INSERT INTO limit_requests (organization_id, user_id, kind, wanted, note, at)
VALUES (@organization_id, @user_id, @kind, @wanted, @note, @at) RETURNING id;

-- name: OpenLimitRequest :one
SELECT id FROM limit_requests WHERE organization_id = @organization_id AND kind = @kind AND status = 'open';

-- name: LimitRequest :one
SELECT sqlc.embed(r), sqlc.embed(o), u.name AS user_name
FROM limit_requests r JOIN organizations o ON o.id = r.organization_id
    JOIN users u ON u.organization_id = r.organization_id AND u.id = r.user_id
WHERE r.id = @id;

-- name: LimitRequests :many
-- The newest first.
SELECT sqlc.embed(r), sqlc.embed(o), u.name AS user_name
FROM limit_requests r JOIN organizations o ON o.id = r.organization_id
    JOIN users u ON u.organization_id = r.organization_id AND u.id = r.user_id
WHERE r.organization_id = @organization_id
ORDER BY r.id DESC LIMIT @row_limit;

-- name: OpenLimitRequests :many
-- Of all organizations, the oldest first.
SELECT sqlc.embed(r), sqlc.embed(o), u.name AS user_name
FROM limit_requests r JOIN organizations o ON o.id = r.organization_id
    JOIN users u ON u.organization_id = r.organization_id AND u.id = r.user_id
WHERE r.status = 'open'
ORDER BY r.id;

-- name: AnsweredLimitRequests :many
-- Of all organizations, the latest answer first.
SELECT sqlc.embed(r), sqlc.embed(o), u.name AS user_name
FROM limit_requests r JOIN organizations o ON o.id = r.organization_id
    JOIN users u ON u.organization_id = r.organization_id AND u.id = r.user_id
WHERE r.status IN ('granted', 'refused')
ORDER BY r.answered_at DESC, r.id DESC LIMIT @row_limit;

-- name: CountOpenLimitRequests :one
SELECT COUNT(*) FROM limit_requests WHERE status = 'open';

-- name: AnswerLimitRequest :execrows
UPDATE limit_requests SET status = @status, given = @given, answer = @answer, answered_at = @answered_at, answered_by = @answered_by
WHERE organization_id = @organization_id AND id = @id AND status = 'open';
