-- name: BotUser :one
-- A Telegram ID that has become somebody else's meanwhile is nobody's.
SELECT sqlc.embed(u), sqlc.embed(o)
FROM bot_people p JOIN users u ON u.organization_id = p.organization_id AND u.id = p.user_id AND u.telegram_id = p.telegram_id
JOIN organizations o ON o.id = p.organization_id
WHERE p.telegram_id = @telegram_id AND u.deleted_at = 0;

-- name: UsersWithTelegram :many
SELECT sqlc.embed(u), sqlc.embed(o) FROM users u JOIN organizations o ON o.id = u.organization_id
WHERE u.telegram_id = @telegram_id AND u.telegram_id <> 0 AND u.deleted_at = 0
ORDER BY o.name, u.id;

-- name: BindBot :execrows
-- What he was told before he came is not told again.
INSERT INTO bot_people (telegram_id, organization_id, user_id, bound_at, notices_sent)
SELECT u.telegram_id, u.organization_id, u.id, @now, (SELECT COALESCE(MAX(n.id), 0) FROM notices n)
FROM users u WHERE u.organization_id = @organization_id AND u.id = @id AND u.telegram_id = @telegram_id AND u.telegram_id <> 0 AND u.deleted_at = 0
ON CONFLICT (telegram_id) DO UPDATE SET organization_id = excluded.organization_id, user_id = excluded.user_id,
    bound_at = excluded.bound_at, gone_at = 0, step = '', draft = '', notices_sent = excluded.notices_sent, digest_at = 0;

-- name: DropBotPeopleOf :exec
DELETE FROM bot_people WHERE organization_id = @organization_id AND user_id = @user_id;

-- name: DropBotScreens :exec
DELETE FROM bot_screens WHERE telegram_id = @telegram_id;

-- name: SetTelegramID :execrows
UPDATE users SET telegram_id = @telegram_id WHERE organization_id = @organization_id AND id = @id AND deleted_at = 0;

-- name: PutBotLink :exec
INSERT INTO bot_links (hash, organization_id, user_id, expires_at) VALUES (@hash, @organization_id, @user_id, @expires_at)
ON CONFLICT (organization_id, user_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at, used_by = 0, to_tell = 0;

-- name: BotLink :one
SELECT organization_id, user_id, used_by FROM bot_links WHERE hash = @hash AND expires_at > @now;

-- name: UseBotLink :exec
UPDATE bot_links SET used_by = @used_by, to_tell = @to_tell WHERE hash = @hash;

-- name: BotMoves :many
SELECT l.to_tell, u.lang FROM bot_links l JOIN users u ON u.organization_id = l.organization_id AND u.id = l.user_id
WHERE l.to_tell <> 0;

-- name: BotMoveTold :exec
UPDATE bot_links SET to_tell = 0 WHERE to_tell = @telegram_id;

-- name: DropBotLinks :exec
DELETE FROM bot_links WHERE organization_id = @organization_id AND user_id = @user_id;

-- name: PruneBotLinks :exec
DELETE FROM bot_links WHERE expires_at <= @now;

-- name: BotTalk :one
SELECT step, draft FROM bot_people WHERE telegram_id = @telegram_id;

-- name: SetBotTalk :exec
UPDATE bot_people SET step = @step, draft = @draft WHERE telegram_id = @telegram_id;

-- name: SetBotGone :exec
UPDATE bot_people SET gone_at = @gone_at WHERE telegram_id = @telegram_id AND gone_at <> @gone_at;

-- name: KeepBotUpdate :exec
INSERT INTO bot_updates (id, telegram_id, body, at) VALUES (@id, @telegram_id, @body, @at) ON CONFLICT (id) DO NOTHING;

-- name: OpenBotUpdates :many
SELECT id, telegram_id FROM bot_updates WHERE handled = 0 AND id > @after ORDER BY id LIMIT @most;

-- name: BotUpdate :one
SELECT body FROM bot_updates WHERE id = @id AND handled = 0;

-- name: BotUpdateHandled :exec
UPDATE bot_updates SET handled = 1, body = '' WHERE id = @id;

-- name: PruneBotUpdates :exec
DELETE FROM bot_updates WHERE at < @before AND handled = 1;
