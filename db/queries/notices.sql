-- name: InsertNotice :exec
INSERT INTO notices (organization_id, kind, user_id, account_id, campaign_id, sender_id, reason, until, at)
VALUES (@organization_id, @kind, @user_id, @account_id, @campaign_id, @sender_id, @reason, @until, @at);

-- name: Notices :many
-- What is nobody's is shown to managers of every department, but for what is the
-- owners'.
SELECT sqlc.embed(n), CAST(COALESCE(u.name, '') AS TEXT) AS user_name, CAST(COALESCE(a.phone, '') AS TEXT) AS account_phone,
    CAST(COALESCE(a.first_name, '') AS TEXT) AS first_name, CAST(COALESCE(a.last_name, '') AS TEXT) AS last_name
FROM notices n
LEFT JOIN users u ON u.id = n.user_id AND u.organization_id = n.organization_id
LEFT JOIN accounts a ON a.id = n.account_id AND a.organization_id = n.organization_id
WHERE n.organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR n.user_id = 0 AND n.kind <> 'limit_near' OR u.department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR n.user_id = CAST(@of_user AS BIGINT))
ORDER BY n.id DESC LIMIT @row_limit OFFSET @row_offset;

-- name: CountNotices :one
SELECT COUNT(*) FROM notices n
LEFT JOIN users u ON u.id = n.user_id AND u.organization_id = n.organization_id
WHERE n.organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR n.user_id = 0 AND n.kind <> 'limit_near' OR u.department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR n.user_id = CAST(@of_user AS BIGINT));

-- name: CountUnseenNotices :one
-- On every page: it reads the new ones only, and not more than are counted.
SELECT COUNT(*) FROM (
    SELECT n.id FROM notices n
    LEFT JOIN users u ON u.id = n.user_id AND u.organization_id = n.organization_id
    WHERE n.organization_id = @organization_id
        AND n.id > (SELECT s.notices_seen FROM users s WHERE s.organization_id = @organization_id AND s.id = @user_id)
        AND REPLACE(CAST(@quiet AS TEXT), ',' || n.kind || ',', '') = CAST(@quiet AS TEXT)
        AND (CAST(@in_department AS BIGINT) = 0 OR n.user_id = 0 AND n.kind <> 'limit_near' OR u.department_id = CAST(@in_department AS BIGINT))
        AND (CAST(@of_user AS BIGINT) = 0 OR n.user_id = CAST(@of_user AS BIGINT))
    LIMIT @most) new;

-- name: NoticesSeen :one
SELECT notices_seen FROM users WHERE organization_id = @organization_id AND id = @id;

-- name: FilterToldAt :one
-- When people were last told of what the filter found.
SELECT CAST(COALESCE(MAX(n.at), 0) AS BIGINT) AS at FROM notices n
WHERE n.organization_id = @organization_id AND n.kind IN ('dispatcher_marked', 'critical');

-- name: SeeNotices :exec
-- Not what is still to come, whatever a page asks for.
UPDATE users SET notices_seen = (SELECT COALESCE(MAX(n.id), 0) FROM notices n
    WHERE n.organization_id = @organization_id AND n.id <= @up_to)
WHERE users.organization_id = @organization_id AND users.id = @id AND users.notices_seen < @up_to;

-- name: PruneNotices :exec
-- The newest stays, so that no id is given twice: who has seen what is kept by id.
DELETE FROM notices
WHERE notices.at < @before AND notices.id < (SELECT MAX(n.id) FROM notices n);
