-- name: SentSince :many
-- What went out, and what failed, of campaigns. A round that was opened since then
-- counts as it stands; of one that reaches further back the deliveries are counted.
SELECT c.organization_id,
    CAST(SUM(CASE WHEN r.opened_at >= CAST(@since AS BIGINT) THEN r.sent ELSE
        (SELECT COUNT(*) FROM deliveries d WHERE d.campaign_id = r.campaign_id AND d.round = r.number
            AND d.status = 'sent' AND d.sent_at >= CAST(@since AS BIGINT)) END) AS BIGINT) AS sent,
    CAST(SUM(CASE WHEN r.opened_at >= CAST(@since AS BIGINT) THEN r.failed ELSE
        (SELECT COUNT(*) FROM deliveries f WHERE f.campaign_id = r.campaign_id AND f.round = r.number
            AND f.status = 'failed' AND f.updated_at >= CAST(@since AS BIGINT)) END) AS BIGINT) AS failed
FROM campaigns c JOIN rounds r ON r.campaign_id = c.id
WHERE c.kind = 'campaign' AND c.id IN (
        SELECT l.id FROM campaigns l WHERE l.status IN ('scheduled', 'running', 'paused')
        UNION ALL
        SELECT e.id FROM campaigns e WHERE e.finished_at >= CAST(@since AS BIGINT))
    AND r.opened_at > 0 AND (r.opened_at >= CAST(@since AS BIGINT) OR r.closed_at = 0 OR r.closed_at >= CAST(@since AS BIGINT))
GROUP BY c.organization_id;

-- name: OverdueAccounts :many
-- Accounts that may send now, and what they have that is due.
SELECT a.id, a.ready_at, a.wait_until, a.limit_until,
    CAST((SELECT MIN(d.due_at) FROM deliveries d
        WHERE d.account_id = a.id AND d.status IN ('planned', 'waiting') AND d.held = 0) AS BIGINT) AS due_at
FROM accounts a JOIN organizations o ON o.id = a.organization_id JOIN users u ON u.id = a.user_id
WHERE a.state = 'active' AND a.ready_at <= @now AND a.wait_until <= @now AND a.limit_until <= @now
    AND o.stop = '' AND o.blocked_at = 0 AND u.blocked_at = 0
    AND EXISTS (SELECT 1 FROM deliveries e
        WHERE e.account_id = a.id AND e.status IN ('planned', 'waiting') AND e.held = 0 AND e.due_at <= @now);

-- name: CountSumsWrong :one
SELECT COUNT(*) FROM campaigns WHERE sums_wrong_at > 0;

-- name: AllAccounts :many
SELECT * FROM account_rows WHERE state <> 'disconnected' ORDER BY id;

-- name: LastActor :one
SELECT u.name FROM audit a JOIN users u ON u.id = a.user_id
WHERE a.organization_id = @organization_id AND a.event = @event AND a.subject = @subject AND a.subject_id = @subject_id
ORDER BY a.id DESC LIMIT 1;
