-- name: PutBotScreen :exec
INSERT INTO bot_screens (telegram_id, message_id, organization_id, campaign_id, shown, since)
VALUES (@telegram_id, @message_id, @organization_id, @campaign_id, @shown, @since)
ON CONFLICT (telegram_id, message_id) DO UPDATE SET organization_id = excluded.organization_id,
    campaign_id = excluded.campaign_id, shown = excluded.shown, since = excluded.since;

-- name: DropOlderBotScreens :exec
-- All of one person but the newest.
DELETE FROM bot_screens WHERE bot_screens.telegram_id = @telegram_id AND bot_screens.message_id NOT IN (
    SELECT n.message_id FROM bot_screens n WHERE n.telegram_id = @telegram_id ORDER BY n.since DESC, n.message_id DESC LIMIT @most);

-- name: BotScreens :many
SELECT * FROM bot_screens ORDER BY telegram_id, message_id;

-- name: BotScreen :one
SELECT * FROM bot_screens WHERE telegram_id = @telegram_id AND message_id = @message_id;

-- name: SetBotScreenShown :exec
UPDATE bot_screens SET shown = @shown WHERE telegram_id = @telegram_id AND message_id = @message_id;

-- name: DropBotScreen :exec
DELETE FROM bot_screens WHERE telegram_id = @telegram_id AND message_id = @message_id;
