-- name: InsertReply :one
INSERT INTO campaigns (kind, organization_id, user_id, uuid, token, account_id, catalog_name, body, search, rounds, interval_ms,
    start_at, peers, status, round, next_due_at, planned, created_at, started_at, planned_end, expires_at, detection_id, template_id)
VALUES ('reply', @organization_id, @user_id, @uuid, '', @account_id, '', @body, '', 1, 0,
    @at, @peers, 'running', 1, 0, @peers, @at, @at, @at, @expires_at, @detection_id, @template_id)
RETURNING id;

-- name: ToAnswer :one
-- The account that a detection is answered from, and what was decided.
SELECT account_id, silence FROM detections WHERE organization_id = @organization_id AND id = @id AND sender_id = @sender_id;

-- name: CountReplies :one
-- Messages of answers that were sent, or still may be, to anybody and to one sender.
SELECT CAST(COALESCE(SUM(c.planned - c.failed - c.cancelled - c.missed - c.skipped), 0) AS BIGINT) AS all_of_them,
    CAST(COALESCE(SUM(CASE WHEN t.sender_id = @sender_id
        THEN c.planned - c.failed - c.cancelled - c.missed - c.skipped ELSE 0 END), 0) AS BIGINT) AS to_sender
FROM campaigns c JOIN detections t ON t.id = c.detection_id
WHERE c.organization_id = @organization_id AND c.kind = 'reply' AND c.created_at > @since;

-- name: CountRepliesTo :one
-- The same to one chat.
SELECT COUNT(*) FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id
WHERE c.organization_id = @organization_id AND c.kind = 'reply' AND c.created_at > @since AND d.round = 1 AND d.peer_id = @peer_id
    AND d.status NOT IN ('failed', 'cancelled', 'missed', 'skipped');

-- name: Undecided :many
SELECT id FROM detections WHERE organization_id = @organization_id AND at > @since AND silence = 'stopped' ORDER BY at, id;

-- name: SetAnswered :exec
UPDATE senders SET cooldown_until = @cooldown_until, last_template = @last_template
WHERE organization_id = @organization_id AND sender_id = @sender_id;

-- name: CountTemplate :exec
-- One message that went out, as [CountSentReplies] counts.
UPDATE templates SET sent = sent + 1 WHERE organization_id = @organization_id AND id = @id;

-- name: ExpiredReplies :many
-- What is open of answers that are worth nothing any more.
SELECT d.id, d.organization_id, d.campaign_id, d.round FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id
WHERE c.kind = 'reply' AND c.status = 'running' AND c.expires_at <= @now AND d.status IN ('planned', 'waiting');

-- name: CountSentReplies :one
SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT) FROM campaigns
WHERE organization_id = @organization_id AND kind = 'reply' AND created_at >= @from_at AND created_at < @to_at;

-- name: RepliesOf :many
SELECT c.detection_id, c.body, d.id, d.campaign_id, d.status, d.reason, d.message_id, d.sent_at,
    p.peer_id, p.kind, p.title, p.username, p.members
FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id
WHERE c.organization_id = @organization_id AND c.kind = 'reply' AND c.detection_id IN (sqlc.slice('detections'))
ORDER BY c.detection_id, c.id, d.position;

-- name: DeleteReplies :exec
DELETE FROM campaigns WHERE organization_id = @organization_id AND kind = 'reply' AND detection_id IN (sqlc.slice('detections'));
