-- name: ServiceOrganization :one
SELECT * FROM organizations WHERE service = 1;

-- name: Organization :one
SELECT * FROM organizations WHERE id = @id;

-- name: OrganizationsAtWork :many
SELECT sqlc.embed(o),
    CAST((SELECT COUNT(*) FROM accounts a WHERE a.organization_id = o.id AND a.state <> 'disconnected') AS BIGINT) AS accounts,
    CAST((SELECT COUNT(*) FROM campaigns c
        WHERE c.organization_id = o.id AND c.status IN ('scheduled', 'running', 'paused') AND c.kind = 'campaign') AS BIGINT) AS campaigns,
    CAST((SELECT COALESCE(SUM(r.planned - r.sent - r.failed - r.cancelled - r.missed - r.skipped - r.uncertain), 0)
        FROM campaigns c JOIN rounds r ON r.campaign_id = c.id AND r.status = 'open'
        WHERE c.organization_id = o.id AND c.status IN ('scheduled', 'running', 'paused') AND c.kind = 'campaign') AS BIGINT) AS open
FROM organizations o WHERE o.service = 0
ORDER BY o.name, o.id;

-- name: SetStop :execrows
-- It changes what the caller has seen, and nothing else.
UPDATE organizations SET stop = @stop WHERE id = @id AND stop = @was;

-- name: SetGranted :exec
UPDATE organizations SET granted_gap_ms = @gap_ms, granted_chat_gap_ms = @chat_gap_ms, granted_per_hour = @per_hour,
    granted_per_day = @per_day, granted_interval_ms = @interval_ms
WHERE id = @id;

-- name: SetSending :exec
UPDATE organizations SET gap_min_ms = @gap_min_ms, gap_max_ms = @gap_max_ms, chat_gap_ms = @chat_gap_ms, per_hour = @per_hour,
    per_day = @per_day, min_interval_ms = @min_interval_ms, quiet_from = @quiet_from, quiet_to = @quiet_to, days = @days
WHERE id = @id;

-- name: InsertOrganization :one
INSERT INTO organizations (name, zone, service, gap_min_ms, gap_max_ms, chat_gap_ms, per_hour, per_day, min_interval_ms,
    granted_gap_ms, granted_chat_gap_ms, granted_per_hour, granted_per_day, granted_interval_ms,
    quiet_from, quiet_to, days, account_limit, created_at)
VALUES (@name, @zone, 0, @gap_min_ms, @gap_max_ms, @chat_gap_ms, @per_hour, @per_day, @min_interval_ms,
    @granted_gap_ms, @granted_chat_gap_ms, @granted_per_hour, @granted_per_day, @granted_interval_ms,
    @quiet_from, @quiet_to, @days, @account_limit, @created_at)
RETURNING *;

-- name: InsertDepartment :one
INSERT INTO departments (organization_id, name) VALUES (@organization_id, @name) RETURNING *;

-- name: Departments :many
SELECT * FROM departments WHERE organization_id = @organization_id ORDER BY name, id;

-- name: InsertUser :one
INSERT INTO users (organization_id, department_id, role, name, email, password_hash, telegram_id, lang, blocked_at, created_at)
VALUES (@organization_id, @department_id, @role, @name, @email, @password_hash, @telegram_id, @lang, @blocked_at, @created_at)
RETURNING *;

-- name: CountUsers :one
SELECT COUNT(*) FROM users;

-- name: Users :many
SELECT * FROM users
WHERE organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR id = CAST(@of_user AS BIGINT))
ORDER BY name, id;

-- name: UserByEmail :one
SELECT * FROM users WHERE email = @email AND email <> '';

-- name: UserByTelegram :one
SELECT * FROM users
WHERE organization_id = @organization_id AND telegram_id = @telegram_id AND telegram_id <> 0;

-- name: UserInOrganization :one
SELECT * FROM users WHERE organization_id = @organization_id AND id = @id;

-- name: InsertSession :exec
INSERT INTO sessions (hash, organization_id, user_id, ip, agent, created_at, seen_at)
VALUES (@hash, @organization_id, @user_id, @ip, @agent, @created_at, @seen_at);

-- name: SessionUser :one
SELECT sqlc.embed(u), sqlc.embed(o), s.seen_at
FROM sessions s JOIN users u ON u.id = s.user_id JOIN organizations o ON o.id = s.organization_id
WHERE s.hash = @hash AND s.created_at > @made AND s.seen_at > @seen AND u.blocked_at = 0;

-- name: TouchSession :exec
UPDATE sessions SET seen_at = @seen_at WHERE hash = @hash AND seen_at < @seen_at;

-- name: DeleteSession :exec
DELETE FROM sessions WHERE hash = @hash;

-- name: PruneSessions :exec
DELETE FROM sessions WHERE created_at < @before;

-- name: PruneCodeRequests :exec
DELETE FROM code_requests WHERE at < @before;

-- name: PruneRefusedPhones :exec
DELETE FROM refused_phones WHERE until < @now;

-- name: StampServiceOrganization :exec
UPDATE organizations SET created_at = @created_at WHERE service = 1 AND created_at = 0;
