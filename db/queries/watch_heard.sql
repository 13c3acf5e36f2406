-- name: HeardText :one
SELECT id, heard_at, detected_at FROM heard_texts WHERE organization_id = @organization_id AND hash = @hash;

-- name: InsertHeardText :one
INSERT INTO heard_texts (organization_id, hash, body, search, heard_at, detected_at)
VALUES (@organization_id, @hash, @body, @search, @heard_at, @detected_at)
RETURNING id;

-- name: TouchHeardText :exec
UPDATE heard_texts SET search = CASE WHEN CAST(@search AS TEXT) <> '' THEN CAST(@search AS TEXT) ELSE search END,
    heard_at = @heard_at, detected_at = @detected_at
WHERE organization_id = @organization_id AND id = @id;

-- name: InsertHeard :execrows
INSERT INTO heard (organization_id, chat_id, message_key, message_id, sender_id, at, text_id)
VALUES (@organization_id, @chat_id, @message_key, @message_id, @sender_id, @at, @text_id)
ON CONFLICT (organization_id, chat_id, message_key) DO NOTHING;

-- name: PutHeardChat :exec
INSERT INTO heard_chats (organization_id, chat_id, title, members) VALUES (@organization_id, @chat_id, @title, @members)
ON CONFLICT (organization_id, chat_id) DO UPDATE SET
    title = CASE WHEN excluded.title <> '' THEN excluded.title ELSE heard_chats.title END,
    members = CASE WHEN excluded.members > 0 THEN excluded.members ELSE heard_chats.members END;

-- name: CountHeard :exec
INSERT INTO heard_counts (organization_id, at, messages) VALUES (@organization_id, @at, @messages)
ON CONFLICT (organization_id, at) DO UPDATE SET messages = heard_counts.messages + excluded.messages;

-- name: PutSender :exec
-- The names are those of the latest message; Telegram may send it without any.
INSERT INTO senders (organization_id, sender_id, username, first_name, last_name, search, first_at, last_at)
VALUES (@organization_id, @sender_id, @username, @first_name, @last_name, @search, @at, @at)
ON CONFLICT (organization_id, sender_id) DO UPDATE SET
    username = CASE WHEN excluded.search <> '' AND excluded.last_at >= senders.last_at THEN excluded.username ELSE senders.username END,
    first_name = CASE WHEN excluded.search <> '' AND excluded.last_at >= senders.last_at THEN excluded.first_name ELSE senders.first_name END,
    last_name = CASE WHEN excluded.search <> '' AND excluded.last_at >= senders.last_at THEN excluded.last_name ELSE senders.last_name END,
    search = CASE WHEN excluded.search <> '' AND excluded.last_at >= senders.last_at THEN excluded.search ELSE senders.search END,
    first_at = CASE WHEN excluded.first_at < senders.first_at THEN excluded.first_at ELSE senders.first_at END,
    last_at = CASE WHEN excluded.last_at > senders.last_at THEN excluded.last_at ELSE senders.last_at END;

-- name: CountDetection :exec
UPDATE senders SET detections = detections + 1 WHERE organization_id = @organization_id AND sender_id = @sender_id;

-- name: MarkSender :execrows
UPDATE senders SET marked_at = @at WHERE organization_id = @organization_id AND sender_id = @sender_id AND marked_at = 0;

-- name: HeardPage :many
SELECT h.id, h.at, h.chat_id, h.message_id, h.sender_id, c.title, c.members, s.username, s.first_name, s.last_name, t.body
FROM heard h
JOIN heard_chats c ON c.organization_id = h.organization_id AND c.chat_id = h.chat_id
JOIN senders s ON s.organization_id = h.organization_id AND s.sender_id = h.sender_id
JOIN heard_texts t ON t.id = h.text_id AND t.organization_id = h.organization_id
WHERE h.organization_id = @organization_id AND h.at >= @after_at AND h.at <= @until AND (h.at > @after_at OR h.id > @after_id)
ORDER BY h.at, h.id LIMIT @row_limit;

-- name: NthNewestHeard :one
SELECT at, id FROM heard WHERE organization_id = @organization_id AND at > @since AND at <= @until
ORDER BY at DESC, id DESC LIMIT 1 OFFSET @number;

-- name: Seen :many
SELECT d.peer_id, d.kind, d.title, d.username, d.members FROM dialogs d
WHERE d.organization_id = @organization_id AND d.account_id = @account_id AND d.can_write = 1 AND d.migrated_to = 0
    AND d.kind IN ('group', 'supergroup') AND d.fails < @skip_after AND d.wait_until < @until
    AND d.peer_id IN (SELECT h.chat_id FROM heard h WHERE h.organization_id = @organization_id AND h.sender_id = @sender_id AND h.at > @since)
    AND d.peer_id NOT IN (SELECT n.peer_id FROM denied_ids n WHERE n.organization_id = @organization_id)
ORDER BY d.members DESC, d.peer_id;

-- name: KeptDays :many
-- Of every organization; 0: the default.
SELECT o.id, CAST(COALESCE(w.keep_days, 0) AS BIGINT) AS keep_days
FROM organizations o LEFT JOIN watch_settings w ON w.organization_id = o.id;

-- name: PruneHeard :execrows
DELETE FROM heard WHERE heard.id IN (SELECT h.id FROM heard h
    WHERE h.organization_id = @organization_id AND h.at <= @to_at AND (h.at < @to_at OR h.id <= @to_id)
    ORDER BY h.at, h.id LIMIT @most);

-- name: OldDetections :many
SELECT id, sender_id FROM detections WHERE organization_id = @organization_id AND at < @before ORDER BY at, id LIMIT @most;

-- name: DeleteDetections :exec
DELETE FROM detections WHERE organization_id = @organization_id AND id IN (sqlc.slice('ids'));

-- name: UncountDetections :exec
UPDATE senders SET detections = detections - @gone WHERE organization_id = @organization_id AND sender_id = @sender_id;

-- name: PruneHeardCounts :exec
DELETE FROM heard_counts WHERE organization_id = @organization_id AND at < @before;

-- name: PruneHeardChats :exec
DELETE FROM heard_chats WHERE heard_chats.organization_id = @organization_id
    AND NOT EXISTS (SELECT 1 FROM heard h WHERE h.organization_id = heard_chats.organization_id AND h.chat_id = heard_chats.chat_id)
    AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.organization_id = heard_chats.organization_id AND d.chat_id = heard_chats.chat_id);

-- name: PruneHeardTexts :execrows
DELETE FROM heard_texts WHERE heard_texts.id IN (SELECT t.id FROM heard_texts t
    WHERE t.organization_id = @organization_id AND t.detected_at = 0 AND t.heard_at < @heard_before
    LIMIT @most);

-- name: PruneDetectedTexts :execrows
DELETE FROM heard_texts WHERE heard_texts.id IN (SELECT t.id FROM heard_texts t
    WHERE t.organization_id = @organization_id AND t.detected_at > 0 AND t.detected_at < @detected_before AND t.heard_at < @heard_before
    LIMIT @most);

-- name: PruneSenders :execrows
DELETE FROM senders WHERE senders.organization_id = @organization_id AND senders.sender_id IN (SELECT s.sender_id FROM senders s
    WHERE s.organization_id = @organization_id AND s.detections = 0 AND s.marked_at = 0 AND s.last_at < @before
    LIMIT @most);
