-- name: UsersFound :many
-- What the people of a scope are searched and sorted by.
SELECT id, name, email, telegram_id FROM users
WHERE organization_id = @organization_id AND deleted_at = 0
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR id = CAST(@of_user AS BIGINT))
    AND (CAST(@department_id AS BIGINT) = 0 OR department_id = CAST(@department_id AS BIGINT))
    AND (CAST(@role AS TEXT) = '' OR role = CAST(@role AS TEXT))
    AND (CAST(@blocked AS BIGINT) = 0 OR blocked_at > 0);

-- name: PhonesOfUsers :many
SELECT user_id, phone FROM accounts WHERE organization_id = @organization_id AND state <> 'disconnected';

-- name: UserRows :many
SELECT sqlc.embed(u), CAST(COALESCE(d.name, '') AS TEXT) AS department,
    CAST((SELECT COUNT(*) FROM accounts a
        WHERE a.organization_id = u.organization_id AND a.user_id = u.id AND a.state <> 'disconnected') AS BIGINT) AS accounts,
    CAST((SELECT COUNT(*) FROM campaigns c
        WHERE c.organization_id = u.organization_id AND c.user_id = u.id AND c.kind = 'campaign') AS BIGINT) AS ordered,
    CAST(COALESCE((SELECT c.created_at FROM campaigns c
        WHERE c.organization_id = u.organization_id AND c.user_id = u.id AND c.kind = 'campaign'
        ORDER BY c.id DESC LIMIT 1), 0) AS BIGINT) AS ordered_at,
    CAST(COALESCE((SELECT MAX(s.seen_at) FROM sessions s
        WHERE s.organization_id = u.organization_id AND s.user_id = u.id AND s.verified = 1), 0) AS BIGINT) AS session_at,
    CAST((SELECT COUNT(*) FROM password_links l
        WHERE l.organization_id = u.organization_id AND l.user_id = u.id AND l.expires_at > @now) AS BIGINT) AS links,
    CAST(COALESCE((SELECT CASE p.gone_at WHEN 0 THEN 'in' ELSE 'gone' END FROM bot_people p
        WHERE p.telegram_id = u.telegram_id AND p.organization_id = u.organization_id AND p.user_id = u.id), '') AS TEXT) AS bot
FROM users u LEFT JOIN departments d ON d.id = u.department_id
WHERE u.organization_id = @organization_id AND u.deleted_at = 0 AND u.id IN (sqlc.slice('ids'));

-- name: LiveByUser :many
-- How many campaigns are live, of one user or of all (0), by status, so that they
-- are read off the index of those that are live.
SELECT c.user_id, c.status, COUNT(*) AS campaigns FROM campaigns c
WHERE c.organization_id = @organization_id AND c.status IN ('scheduled', 'running', 'paused') AND c.kind = 'campaign'
    AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))
GROUP BY c.status, c.user_id;

-- name: SentOfUser :one
SELECT CAST(COALESCE(SUM(c.sent), 0) AS BIGINT) FROM campaigns c
WHERE c.organization_id = @organization_id AND c.user_id = @user_id AND c.kind = 'campaign';

-- name: UserPlaces :one
SELECT o.user_limit, CAST((SELECT COUNT(*) FROM users u WHERE u.organization_id = o.id AND u.deleted_at = 0) AS BIGINT) AS taken
FROM organizations o WHERE o.id = @id;

-- name: OtherOwners :one
-- Owners for whom nothing is planned that shuts them out, beside one.
SELECT COUNT(*) FROM users
WHERE organization_id = @organization_id AND deleted_at = 0 AND role = 'owner' AND block_from = 0 AND id <> @except_id;

-- name: PutUser :exec
UPDATE users SET name = @name, email = @email, telegram_id = @telegram_id, role = @role, department_id = @department_id,
    sees = @sees, read_only = @read_only
WHERE organization_id = @organization_id AND id = @id AND deleted_at = 0;

-- name: SetUserBlock :exec
UPDATE users SET block_from = @block_from, block_until = @block_until, block_reason = @block_reason, block_service = @block_service,
    blocked_at = @blocked_at
WHERE organization_id = @organization_id AND id = @id AND deleted_at = 0;

-- name: RemoveUser :exec
-- He keeps his name, role and department, for the history.
UPDATE users SET email = '', password_hash = '', telegram_id = 0, totp = @no_totp, totp_step = 0, must_change = 0, sees = '',
    block_from = 0, block_until = 0, block_reason = '', block_service = 0, blocked_at = 0, deleted_at = @deleted_at
WHERE organization_id = @organization_id AND id = @id AND deleted_at = 0;

-- name: CampaignsToCancel :many
-- A user's campaigns of which something is to come, or may be sent again. The + keeps
-- the planner from reading all that he ever ordered.
SELECT * FROM campaign_rows
WHERE id IN (
    SELECT c.id FROM campaigns c
    WHERE c.organization_id = @organization_id AND c.status IN ('scheduled', 'running', 'paused') AND +c.user_id = @user_id AND c.kind = 'campaign'
    UNION ALL
    SELECT c.id FROM accounts a JOIN deliveries d ON d.account_id = a.id AND d.status = 'uncertain' JOIN campaigns c ON c.id = d.campaign_id
    WHERE a.organization_id = @organization_id AND c.user_id = @user_id AND c.status = 'done' AND c.kind = 'campaign');

-- name: DepartmentRows :many
SELECT sqlc.embed(d),
    CAST((SELECT COUNT(*) FROM users u
        WHERE u.organization_id = d.organization_id AND u.department_id = d.id AND u.deleted_at = 0) AS BIGINT) AS users
FROM departments d WHERE d.organization_id = @organization_id
ORDER BY d.name, d.id;

-- name: AccountsByDepartment :many
SELECT u.department_id, COUNT(*) AS accounts FROM accounts a JOIN users u ON u.id = a.user_id
WHERE a.organization_id = @organization_id AND a.state <> 'disconnected' AND u.department_id IS NOT NULL
GROUP BY u.department_id;

-- name: Managers :many
SELECT * FROM users
WHERE organization_id = @organization_id AND deleted_at = 0 AND role = 'manager' AND department_id IS NOT NULL
ORDER BY name, id;

-- name: RenameDepartment :exec
UPDATE departments SET name = @name WHERE organization_id = @organization_id AND id = @id;

-- name: LeaveDepartment :exec
-- Those who were removed are in no list that a department narrows.
UPDATE users SET department_id = NULL WHERE organization_id = @organization_id AND department_id = @department_id AND deleted_at > 0;

-- name: DeleteDepartment :exec
DELETE FROM departments WHERE organization_id = @organization_id AND id = @id;
