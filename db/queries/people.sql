-- name: ServiceOrganization :one
SELECT * FROM organizations WHERE service = 1;

-- name: Organization :one
SELECT * FROM organizations WHERE id = @id;

-- name: OrganizationsAtWork :many
SELECT sqlc.embed(o),
    CAST((SELECT COUNT(*) FROM users u WHERE u.organization_id = o.id AND u.deleted_at = 0) AS BIGINT) AS users,
    CAST((SELECT COUNT(*) FROM accounts a WHERE a.organization_id = o.id AND a.state <> 'disconnected') AS BIGINT) AS accounts,
    CAST((SELECT COUNT(*) FROM accounts a WHERE a.organization_id = o.id AND a.state IN ('paused', 'needs_login')) AS BIGINT) AS care,
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

-- name: OrganizationNames :many
-- The service's own first.
SELECT id, name FROM organizations ORDER BY service DESC, name, id;

-- name: EditOrganization :exec
UPDATE organizations SET name = @name, zone = @zone WHERE id = @id AND service = 0;

-- name: SetSending :exec
UPDATE organizations SET gap_min_ms = @gap_min_ms, gap_max_ms = @gap_max_ms, chat_gap_ms = @chat_gap_ms, per_hour = @per_hour,
    per_day = @per_day, min_interval_ms = @min_interval_ms, quiet_from = @quiet_from, quiet_to = @quiet_to, days = @days
WHERE id = @id;

-- name: InsertOrganization :one
INSERT INTO organizations (name, zone, service, gap_min_ms, gap_max_ms, chat_gap_ms, per_hour, per_day, min_interval_ms,
    granted_gap_ms, granted_chat_gap_ms, granted_per_hour, granted_per_day, granted_interval_ms,
    quiet_from, quiet_to, days, account_limit, user_limit, campaigns_per_day, messages_per_day, watch_off, created_at)
VALUES (@name, @zone, 0, @gap_min_ms, @gap_max_ms, @chat_gap_ms, @per_hour, @per_day, @min_interval_ms,
    @granted_gap_ms, @granted_chat_gap_ms, @granted_per_hour, @granted_per_day, @granted_interval_ms,
    @quiet_from, @quiet_to, @days, @account_limit, @user_limit, @campaigns_per_day, @messages_per_day, @watch_off, @created_at)
RETURNING *;

-- name: InsertDepartment :one
INSERT INTO departments (organization_id, name) VALUES (@organization_id, @name) RETURNING *;

-- name: Departments :many
SELECT * FROM departments WHERE organization_id = @organization_id ORDER BY name, id;

-- name: InsertUser :one
INSERT INTO users (organization_id, department_id, role, name, email, password_hash, telegram_id, lang, read_only, sees, must_change, created_at)
VALUES (@organization_id, @department_id, @role, @name, @email, @password_hash, @telegram_id, @lang, @read_only, @sees, @must_change, @created_at)
RETURNING *;

-- name: CountUsers :one
SELECT COUNT(*) FROM users;

-- name: Users :many
SELECT * FROM users
WHERE organization_id = @organization_id AND deleted_at = 0
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR id = CAST(@of_user AS BIGINT))
ORDER BY name, id;

-- name: UserByEmail :one
SELECT sqlc.embed(u), sqlc.embed(o) FROM users u JOIN organizations o ON o.id = u.organization_id
WHERE u.email = @email AND u.email <> '';

-- name: UserByTelegram :one
SELECT * FROM users
WHERE organization_id = @organization_id AND telegram_id = @telegram_id AND telegram_id <> 0;

-- name: UserInOrganization :one
SELECT * FROM users WHERE organization_id = @organization_id AND id = @id AND deleted_at = 0;

-- name: InsertSession :one
INSERT INTO sessions (hash, organization_id, user_id, ip, agent, created_at, seen_at, verified)
SELECT @hash, u.organization_id, u.id, @ip, @agent, @created_at, @seen_at, LENGTH(u.totp) = 0
FROM users u JOIN organizations o ON o.id = u.organization_id
WHERE u.organization_id = @organization_id AND u.id = @user_id AND u.blocked_at = 0 AND u.deleted_at = 0 AND o.blocked_at = 0
    AND (CAST(@password_hash AS TEXT) = '' OR u.password_hash = CAST(@password_hash AS TEXT))
RETURNING verified;

-- name: SeeUser :exec
-- Whoever has a second step to take was not there yet.
UPDATE users SET seen_at = @seen_at
WHERE organization_id = @organization_id AND id = @id AND seen_at < @seen_at AND CAST(@verified AS BIGINT) = 1;

-- name: SessionUser :one
SELECT sqlc.embed(u), sqlc.embed(o), s.seen_at, s.verified
FROM sessions s JOIN users u ON u.id = s.user_id JOIN organizations o ON o.id = s.organization_id
WHERE s.hash = @hash AND s.created_at > @made AND s.seen_at > @seen AND u.blocked_at = 0 AND u.deleted_at = 0 AND o.blocked_at = 0;

-- name: TouchSession :exec
UPDATE sessions SET seen_at = @seen_at WHERE hash = @hash AND seen_at < @seen_at;

-- name: DeleteSession :one
DELETE FROM sessions WHERE hash = @hash RETURNING organization_id, user_id;

-- name: PruneSessions :exec
DELETE FROM sessions WHERE created_at < @before;

-- name: EndAllSessions :exec
DELETE FROM sessions;

-- name: DropAllPasswordLinks :exec
DELETE FROM password_links;

-- name: PruneCodeRequests :exec
DELETE FROM code_requests WHERE at < @before;

-- name: PruneRefusedPhones :exec
DELETE FROM refused_phones WHERE until < @now;

-- name: StampServiceOrganization :exec
UPDATE organizations SET created_at = @created_at WHERE service = 1 AND created_at = 0;

-- name: PasswordHash :one
SELECT password_hash FROM users WHERE organization_id = @organization_id AND id = @id;

-- name: SetPassword :exec
UPDATE users SET password_hash = @password_hash, must_change = 0 WHERE organization_id = @organization_id AND id = @id;

-- name: SessionsOfUser :many
SELECT * FROM sessions WHERE organization_id = @organization_id AND user_id = @user_id AND verified = 1 AND created_at > @made AND seen_at > @seen
ORDER BY seen_at DESC, created_at DESC;

-- name: EndSession :execrows
DELETE FROM sessions WHERE hash = @hash AND organization_id = @organization_id AND user_id = @user_id;

-- name: EndOtherSessions :execrows
DELETE FROM sessions WHERE organization_id = @organization_id AND user_id = @user_id AND hash <> @keep;

-- name: TOTP :one
SELECT totp, totp_step FROM users WHERE organization_id = @organization_id AND id = @id;

-- name: SetTOTP :exec
-- The recovery codes change with it, and a page that shows the old ones replaces none.
UPDATE users SET totp = @totp, totp_step = @step, recovery_set = recovery_set + 1 WHERE organization_id = @organization_id AND id = @id;

-- name: UseTOTP :execrows
-- A code counts once, also for two that come at the same moment.
UPDATE users SET totp_step = @step WHERE organization_id = @organization_id AND id = @id AND totp_step < @step;

-- name: VerifySession :execrows
UPDATE sessions SET verified = 1 WHERE hash = @hash AND organization_id = @organization_id AND user_id = @user_id;

-- name: PutRecoveryCode :exec
INSERT INTO recovery_codes (organization_id, user_id, hash) VALUES (@organization_id, @user_id, @hash);

-- name: DropRecoveryCodes :exec
DELETE FROM recovery_codes WHERE organization_id = @organization_id AND user_id = @user_id;

-- name: UseRecoveryCode :execrows
DELETE FROM recovery_codes WHERE organization_id = @organization_id AND user_id = @user_id AND hash = @hash;

-- name: RecoveryCodes :one
SELECT u.recovery_set,
    CAST((SELECT COUNT(*) FROM recovery_codes c WHERE c.organization_id = u.organization_id AND c.user_id = u.id) AS BIGINT) AS codes_left
FROM users u WHERE u.organization_id = @organization_id AND u.id = @id;

-- name: NextRecoverySet :execrows
UPDATE users SET recovery_set = recovery_set + 1
WHERE organization_id = @organization_id AND id = @id AND recovery_set = CAST(@was AS BIGINT) AND LENGTH(totp) > 0;

-- name: SetPreferences :execrows
UPDATE users SET lang = @lang, zone = @zone WHERE organization_id = @organization_id AND id = @id AND (lang <> @lang OR zone <> @zone);

-- name: PutPasswordLink :exec
INSERT INTO password_links (hash, organization_id, user_id, expires_at) VALUES (@hash, @organization_id, @user_id, @expires_at);

-- name: DropPasswordLinks :exec
DELETE FROM password_links WHERE organization_id = @organization_id AND user_id = @user_id;

-- name: LinkedUser :one
SELECT sqlc.embed(u) FROM password_links l JOIN users u ON u.organization_id = l.organization_id AND u.id = l.user_id
    JOIN organizations o ON o.id = l.organization_id
WHERE l.hash = @hash AND l.expires_at > @now AND u.blocked_at = 0 AND u.deleted_at = 0 AND o.blocked_at = 0;

-- name: PrunePasswordLinks :exec
DELETE FROM password_links WHERE expires_at <= @now;
