-- name: InsertAudit :exec
INSERT INTO audit (id, organization_id, at, user_id, ip, event, subject, subject_id, detail, mac)
VALUES (@id, @organization_id, @at, @user_id, @ip, @event, @subject, @subject_id, @detail, @mac);

-- name: LastAudit :one
SELECT * FROM audit ORDER BY id DESC LIMIT 1;

-- name: AuditAfter :many
SELECT * FROM audit WHERE id > @after ORDER BY id LIMIT @most;

-- name: Audit :many
SELECT a.id, a.organization_id, o.name AS organization, a.at, a.user_id, COALESCE(u.name, '') AS user_name, a.ip, a.event,
    a.subject, a.subject_id, a.detail
FROM audit a JOIN organizations o ON o.id = a.organization_id LEFT JOIN users u ON u.id = a.user_id
WHERE (CAST(@in_organization AS BIGINT) = 0 OR a.organization_id = CAST(@in_organization AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR a.user_id = CAST(@of_user AS BIGINT))
    AND (CAST(@of_event AS TEXT) = '' OR a.event = CAST(@of_event AS TEXT))
    AND a.at >= @since AND a.at < @until AND a.id < @before
ORDER BY a.id DESC LIMIT @most;
