-- name: BotReaders :many
-- Read off one index, and the newest notice of each one's organization off another.
-- A time that lies ahead was said by another clock.
SELECT p.telegram_id, p.organization_id, p.user_id, p.notices_sent, p.notices_at, p.digest_at
FROM bot_people p
WHERE p.gone_at = 0 AND (p.notices_at <= CAST(@paused_since AS BIGINT) OR p.notices_at > CAST(@now AS BIGINT))
    AND (p.digest_at <= CAST(@now AS BIGINT) OR p.notices_sent <
        (SELECT COALESCE(MAX(n.id), 0) FROM notices n WHERE n.organization_id = p.organization_id))
ORDER BY p.notices_at, p.telegram_id LIMIT @row_limit;

-- name: SetBotReader :exec
UPDATE bot_people SET notices_sent = @notices_sent, notices_at = @notices_at, digest_at = @digest_at
WHERE telegram_id = @telegram_id AND organization_id = @organization_id AND user_id = @user_id AND notices_sent <= @notices_sent;

-- name: NewestNotice :one
SELECT CAST(COALESCE(MAX(n.id), 0) AS BIGINT) AS newest FROM notices n WHERE n.organization_id = @organization_id;

-- name: CountFreshNotices :many
-- As [Notices] shows them.
SELECT n.kind, COUNT(*) AS notices FROM notices n
LEFT JOIN users u ON u.id = n.user_id AND u.organization_id = n.organization_id
WHERE n.organization_id = @organization_id AND n.id > @after AND n.kind NOT IN
        (SELECT m.kind FROM bot_mutes m WHERE m.organization_id = @organization_id AND m.user_id = @reader_id)
    AND (CAST(@in_department AS BIGINT) = 0 OR n.user_id = 0 AND n.kind <> 'limit_near' OR u.department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR n.user_id = CAST(@of_user AS BIGINT))
GROUP BY n.kind;

-- name: FreshNotices :many
SELECT sqlc.embed(n), CAST(COALESCE(u.name, '') AS TEXT) AS user_name, CAST(COALESCE(a.phone, '') AS TEXT) AS account_phone,
    CAST(COALESCE(a.first_name, '') AS TEXT) AS first_name, CAST(COALESCE(a.last_name, '') AS TEXT) AS last_name
FROM notices n
LEFT JOIN users u ON u.id = n.user_id AND u.organization_id = n.organization_id
LEFT JOIN accounts a ON a.id = n.account_id AND a.organization_id = n.organization_id
WHERE n.organization_id = @organization_id AND n.id > @after AND n.kind NOT IN
        (SELECT m.kind FROM bot_mutes m WHERE m.organization_id = @organization_id AND m.user_id = @reader_id)
    AND (CAST(@in_department AS BIGINT) = 0 OR n.user_id = 0 AND n.kind <> 'limit_near' OR u.department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR n.user_id = CAST(@of_user AS BIGINT))
ORDER BY n.id DESC LIMIT @row_limit;

-- name: DigestOfCampaigns :one
-- Rounds that began in that time, of campaigns that are live or ended since.
SELECT COUNT(DISTINCT c.id) AS campaigns,
    CAST(COALESCE(SUM(r.sent), 0) AS BIGINT) AS sent, CAST(COALESCE(SUM(r.failed), 0) AS BIGINT) AS failed
FROM campaigns c JOIN rounds r ON r.campaign_id = c.id
WHERE c.kind = 'campaign' AND c.id IN (
        SELECT l.id FROM campaigns l WHERE l.organization_id = @organization_id AND l.status IN ('scheduled', 'running', 'paused')
        UNION ALL
        SELECT e.id FROM campaigns e WHERE +e.organization_id = @organization_id AND e.finished_at >= @from_at)
    AND (CAST(@in_department AS BIGINT) = 0
        OR c.user_id IN (SELECT u.id FROM users u WHERE u.organization_id = @organization_id AND u.department_id = CAST(@in_department AS BIGINT)))
    AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))
    AND r.opened_at >= @from_at AND r.opened_at < @to_at;

-- name: BotMutes :many
SELECT kind FROM bot_mutes WHERE organization_id = @organization_id AND user_id = @user_id;

-- name: PutBotMute :exec
INSERT INTO bot_mutes (organization_id, user_id, kind) VALUES (@organization_id, @user_id, @kind)
ON CONFLICT (organization_id, user_id, kind) DO NOTHING;

-- name: DropBotMute :exec
DELETE FROM bot_mutes WHERE organization_id = @organization_id AND user_id = @user_id AND kind = @kind;
