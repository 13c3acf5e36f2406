-- name: InsertDetection :one
INSERT INTO detections (organization_id, account_id, chat_id, message_key, message_id, sender_id, at, text_id,
    username, first_name, last_name, severity, rule, rules, hits, phones, silence)
VALUES (@organization_id, @account_id, @chat_id, @message_key, @message_id, @sender_id, @at, @text_id,
    @username, @first_name, @last_name, @severity, @rule, @rules, @hits, @phones, @silence)
ON CONFLICT (organization_id, chat_id, message_key) DO NOTHING
RETURNING id;

-- name: DetectionsByID :many
-- The plus keeps the organization from choosing the index: the ids do.
SELECT sqlc.embed(d), sqlc.embed(s), t.body, c.title, c.members, CAST(COALESCE(u.name, '') AS TEXT) AS reviewer,
    CAST(COALESCE(f.id, 0) AS BIGINT) AS filter_id, CAST(COALESCE(f.block, 0) AS BIGINT) AS block
FROM detections d
JOIN senders s ON s.organization_id = d.organization_id AND s.sender_id = d.sender_id
JOIN heard_texts t ON t.id = d.text_id AND t.organization_id = d.organization_id
JOIN heard_chats c ON c.organization_id = d.organization_id AND c.chat_id = d.chat_id
LEFT JOIN users u ON u.id = d.reviewed_by AND u.organization_id = d.organization_id
LEFT JOIN custom_filters f ON f.organization_id = d.organization_id AND f.sender_id = d.sender_id
WHERE +d.organization_id = @organization_id AND d.id IN (sqlc.slice('ids'))
ORDER BY d.at DESC, d.id DESC;

-- name: SetReview :execrows
UPDATE detections SET review = @review, reviewed_by = @user_id, reviewed_at = @at
WHERE detections.organization_id = @organization_id AND detections.id = @id;

-- name: SetReviews :execrows
UPDATE detections SET review = @review, reviewed_by = @user_id, reviewed_at = @at
WHERE detections.organization_id = @organization_id AND detections.sender_id = @sender_id AND +detections.review = '';

-- name: SetSilence :execrows
-- Of a cool-down also its end: the sender's own goes on with the next answer.
UPDATE detections SET silence = @silence, silence_until = CASE WHEN @silence = 'cooldown' THEN
    (SELECT s.cooldown_until FROM senders s WHERE s.organization_id = detections.organization_id AND s.sender_id = detections.sender_id)
    ELSE 0 END
WHERE detections.organization_id = @organization_id AND detections.id = @id;

-- name: CountDetections :one
SELECT COUNT(*) FROM detections WHERE organization_id = @organization_id AND at >= @from_at AND at < @to_at;

-- name: CountCritical :one
SELECT COUNT(*) FROM detections WHERE organization_id = @organization_id AND at > @after AND severity >= @severity;

-- name: HeardCounts :many
SELECT at, messages FROM heard_counts WHERE organization_id = @organization_id AND at >= @from_at AND at < @to_at ORDER BY at;

-- name: DetectionRules :many
-- In the order of an index, which needs no sorting; so are those below. The
-- plus keeps the time from choosing another.
SELECT rules, COUNT(*) AS detections FROM detections
WHERE organization_id = @organization_id AND +at >= @from_at AND +at < @to_at
GROUP BY rules;

-- name: ReviewedRules :many
SELECT rule, review, COUNT(*) AS detections FROM detections
WHERE organization_id = @organization_id AND at >= @from_at AND at < @to_at AND review <> ''
GROUP BY rule, review;

-- name: CountDetectedSenders :one
SELECT COUNT(*) FROM (SELECT d.sender_id FROM detections d
    WHERE d.organization_id = @organization_id AND +d.at >= @from_at AND +d.at < @to_at GROUP BY d.sender_id) found;

-- name: TopSenders :many
SELECT sender_id, COUNT(*) AS detections FROM detections
WHERE organization_id = @organization_id AND +at >= @from_at AND +at < @to_at
GROUP BY sender_id ORDER BY 2 DESC, 1 LIMIT @most;

-- name: TopChats :many
SELECT n.chat_id, n.detections, c.title
FROM (SELECT d.chat_id, COUNT(*) AS detections FROM detections d
    WHERE d.organization_id = @organization_id AND +d.at >= @from_at AND +d.at < @to_at
    GROUP BY d.chat_id ORDER BY 2 DESC, 1 LIMIT @most) n
JOIN heard_chats c ON c.organization_id = @organization_id AND c.chat_id = n.chat_id
ORDER BY n.detections DESC, n.chat_id;
