-- name: InsertAudit :exec
INSERT INTO audit (id, organization_id, at, user_id, ip, event, subject, subject_id, detail, mac)
VALUES (@id, @organization_id, @at, @user_id, @ip, @event, @subject, @subject_id, @detail, @mac);

-- name: LastAudit :one
SELECT * FROM audit ORDER BY id DESC LIMIT 1;

-- name: AuditAfter :many
SELECT * FROM audit WHERE id > @after ORDER BY id LIMIT @most;
