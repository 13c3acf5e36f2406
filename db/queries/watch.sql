-- name: WatchSettings :one
SELECT * FROM watch_settings WHERE organization_id = @organization_id;

-- name: InsertWatchSettings :execrows
INSERT INTO watch_settings (organization_id, version, edition, mode, all_groups, rules, keywords, reply_from, reply_cooldown_ms,
    reply_source_first, reply_per_chat, reply_per_sender, reply_per_day, keep_days)
VALUES (@organization_id, @version, 1, @mode, @all_groups, @rules, @keywords, @reply_from, @reply_cooldown_ms,
    @reply_source_first, @reply_per_chat, @reply_per_sender, @reply_per_day, @keep_days)
ON CONFLICT (organization_id) DO NOTHING;

-- name: UpdateWatchSettings :execrows
UPDATE watch_settings SET version = @new_version, edition = edition + 1, mode = @mode, all_groups = @all_groups, rules = @rules, keywords = @keywords,
    reply_from = @reply_from, reply_cooldown_ms = @reply_cooldown_ms, reply_source_first = @reply_source_first,
    reply_per_chat = @reply_per_chat, reply_per_sender = @reply_per_sender, reply_per_day = @reply_per_day, keep_days = @keep_days
WHERE organization_id = @organization_id AND version = @version AND edition = @edition;

-- name: Watching :many
-- A group stays chosen as the supergroup that it becomes.
SELECT g.peer_id FROM watch_groups g WHERE g.organization_id = @organization_id
UNION
SELECT d.migrated_to FROM watch_groups g JOIN accounts a ON a.organization_id = g.organization_id
    JOIN dialogs d ON d.account_id = a.id AND d.peer_id = g.peer_id
WHERE g.organization_id = @organization_id AND d.migrated_to <> 0;

-- name: Watch :execrows
-- It must be a group of an account that listens.
INSERT INTO watch_groups (organization_id, peer_id)
SELECT DISTINCT a.organization_id, d.peer_id FROM accounts a JOIN dialogs d ON d.account_id = a.id
WHERE a.organization_id = @organization_id AND a.listens = 1 AND a.state <> 'disconnected'
    AND d.peer_id = @peer_id AND d.kind IN ('group', 'supergroup')
ON CONFLICT (organization_id, peer_id) DO UPDATE SET peer_id = excluded.peer_id;

-- name: Unwatch :exec
-- Also as the group that it was.
DELETE FROM watch_groups
WHERE watch_groups.organization_id = @organization_id AND (watch_groups.peer_id = @peer_id OR watch_groups.peer_id IN (
    SELECT d.peer_id FROM accounts a JOIN dialogs d ON d.account_id = a.id
    WHERE a.organization_id = @organization_id AND d.migrated_to = @peer_id));

-- name: CountWatchedGroups :one
SELECT COUNT(DISTINCT d.peer_id) FROM accounts a JOIN dialogs d ON d.account_id = a.id
WHERE a.organization_id = @organization_id AND a.listens = 1 AND a.state <> 'disconnected'
    AND d.kind IN ('group', 'supergroup') AND d.migrated_to = 0
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(d.search, CAST(@needle AS TEXT), '') <> d.search);

-- name: WatchedGroups :many
-- Accounts may know a group by an old name: any of them. Messages are counted
-- for the page only.
SELECT g.peer_id, g.kind, g.title, g.username, g.members, g.accounts,
    CAST((SELECT COUNT(*) FROM heard h WHERE h.organization_id = @organization_id AND h.chat_id = g.peer_id) AS BIGINT) AS messages
FROM (SELECT d.peer_id, CAST(MAX(d.kind) AS TEXT) AS kind, CAST(MAX(d.title) AS TEXT) AS title,
        CAST(MAX(d.username) AS TEXT) AS username, CAST(MAX(d.members) AS BIGINT) AS members, COUNT(*) AS accounts
    FROM accounts a JOIN dialogs d ON d.account_id = a.id
    WHERE a.organization_id = @organization_id AND a.listens = 1 AND a.state <> 'disconnected'
        AND d.kind IN ('group', 'supergroup') AND d.migrated_to = 0
        AND (CAST(@needle AS TEXT) = '' OR REPLACE(d.search, CAST(@needle AS TEXT), '') <> d.search)
    GROUP BY d.peer_id
    ORDER BY 5 DESC, 1 LIMIT @row_limit OFFSET @row_offset) g
ORDER BY g.members DESC, g.peer_id;

-- name: OwnSenders :many
SELECT telegram_id FROM accounts WHERE state <> 'disconnected' AND telegram_id <> 0;

-- name: CustomFilters :many
SELECT sqlc.embed(f), u.name AS user_name FROM custom_filters f JOIN users u ON u.id = f.user_id
WHERE f.organization_id = @organization_id ORDER BY f.id DESC;

-- name: InsertCustomFilter :execrows
INSERT INTO custom_filters (organization_id, block, sender_id, word, folded, note, user_id, at)
VALUES (@organization_id, @block, @sender_id, @word, @folded, @note, @user_id, @at)
ON CONFLICT (organization_id, sender_id, folded) DO NOTHING;

-- name: DeleteCustomFilter :execrows
DELETE FROM custom_filters WHERE organization_id = @organization_id AND id = @id;

-- name: Templates :many
SELECT * FROM templates WHERE organization_id = @organization_id ORDER BY id;

-- name: InsertTemplate :exec
INSERT INTO templates (organization_id, body, active, at) VALUES (@organization_id, @body, @active, @at);

-- name: UpdateTemplate :execrows
UPDATE templates SET body = @body, active = @active, at = @at WHERE organization_id = @organization_id AND id = @id;

-- name: DeleteTemplate :execrows
DELETE FROM templates WHERE organization_id = @organization_id AND id = @id;

-- name: WatchedSender :one
SELECT sqlc.embed(s), CAST(COALESCE(f.id, 0) AS BIGINT) AS filter_id, CAST(COALESCE(f.block, 0) AS BIGINT) AS block
FROM senders s
LEFT JOIN custom_filters f ON f.organization_id = s.organization_id AND f.sender_id = s.sender_id
WHERE s.organization_id = @organization_id AND s.sender_id = @sender_id;
