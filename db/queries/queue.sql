-- name: InFlight :many
SELECT id, organization_id, campaign_id, round FROM deliveries WHERE status = 'sending';

-- name: MarkUncertain :exec
UPDATE deliveries SET status = 'uncertain', reason = @reason, due_at = @due_at, uncertain_at = @updated_at, updated_at = @updated_at
WHERE organization_id = @organization_id AND id = @id AND status = 'sending';

-- name: DueRounds :many
SELECT * FROM campaign_rows
WHERE status IN ('scheduled', 'running') AND next_due_at > 0 AND next_due_at <= @now AND account_state = 'active'
ORDER BY next_due_at, id LIMIT @row_limit;

-- name: NextRound :one
SELECT CAST(COALESCE(MIN(c.next_due_at), 0) AS BIGINT) FROM campaigns c
WHERE c.status IN ('scheduled', 'running') AND c.next_due_at > 0
    AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = c.account_id AND a.state = 'active');

-- name: IdleAccounts :many
-- Accounts that may send, when they may, and what they have; 0 for nothing.
SELECT a.id, a.ready_at, a.wait_until,
    CAST(COALESCE((SELECT MIN(d.due_at) FROM deliveries d
        WHERE d.account_id = a.id AND d.status IN ('planned', 'waiting') AND d.held = 0), 0) AS BIGINT) AS due_at,
    CAST(COALESCE((SELECT MIN(d.due_at) FROM deliveries d
        WHERE d.account_id = a.id AND d.status = 'uncertain'), 0) AS BIGINT) AS uncertain_at
FROM accounts a
WHERE a.state = 'active'
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.account_id = a.id AND d.status = 'sending');

-- name: InsertRound :exec
INSERT INTO rounds (campaign_id, number, organization_id, status, planned_at, opened_at, closed_at, late, planned, missed, skipped)
VALUES (@campaign_id, @number, @organization_id, @status, @planned_at, @opened_at, @closed_at, @late, @planned, @missed, @skipped);

-- name: PeersToSend :many
SELECT * FROM campaign_peers
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND replaced_by = 0
ORDER BY position;

-- name: AddReplacement :exec
INSERT INTO campaign_peers (campaign_id, peer_id, organization_id, position, kind, title, username, search, members)
VALUES (@campaign_id, @peer_id, @organization_id, @position, @kind, @title, @username, @search, @members)
ON CONFLICT (campaign_id, peer_id) DO UPDATE SET replaced_by = 0, position = excluded.position;

-- name: ReplacePeer :exec
UPDATE campaign_peers SET replaced_by = @replaced_by
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND peer_id = @peer_id;

-- name: InsertDelivery :exec
INSERT INTO deliveries (organization_id, campaign_id, round, account_id, peer_id, position, status, reason, random_id, due_at, updated_at)
VALUES (@organization_id, @campaign_id, @round, @account_id, @peer_id, @position, @status, @reason, @random_id, @due_at, @updated_at);

-- name: AdvanceCampaign :exec
UPDATE campaigns SET status = 'running', round = @round, next_due_at = @next_due_at,
    started_at = CASE WHEN started_at = 0 THEN @started_at ELSE started_at END
WHERE organization_id = @organization_id AND id = @id;

-- name: SetNextDue :exec
UPDATE campaigns SET next_due_at = @next_due_at WHERE organization_id = @organization_id AND id = @id;

-- name: Sender :one
-- What decides whether an account may send.
SELECT a.organization_id, a.state, a.ready_at, a.wait_until, o.gap_min_ms, o.gap_max_ms, o.min_interval_ms,
    CAST(EXISTS (SELECT 1 FROM deliveries d WHERE d.account_id = a.id AND d.status = 'sending') AS BIGINT) AS busy,
    CAST(EXISTS (SELECT 1 FROM settings s WHERE s.key = 'sending_stopped') AS BIGINT) AS stopped
FROM accounts a JOIN organizations o ON o.id = a.organization_id
WHERE a.id = @id;

-- name: FirstUncertain :one
SELECT id, due_at, uncertain_at FROM deliveries
WHERE organization_id = @organization_id AND account_id = @account_id AND status = 'uncertain'
ORDER BY due_at, id LIMIT 1;

-- name: FirstDue :one
SELECT id, due_at FROM deliveries
WHERE organization_id = @organization_id AND account_id = @account_id AND status IN ('planned', 'waiting') AND held = 0
ORDER BY due_at, id LIMIT 1;

-- name: ToSend :one
SELECT d.campaign_id, d.account_id, d.round, d.peer_id, d.random_id, d.attempts, d.first_at,
    p.kind, p.title, p.username, p.members, c.body, c.status AS campaign_status
FROM deliveries d
JOIN campaigns c ON c.id = d.campaign_id
JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id
WHERE d.organization_id = @organization_id AND d.id = @id;

-- name: TakenMessages :many
SELECT message_id FROM deliveries
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id
    AND status = 'sent' AND sent_at >= @since;

-- name: StartSending :exec
UPDATE deliveries SET status = 'sending', attempts = attempts + 1, updated_at = @now,
    first_at = CASE WHEN first_at = 0 THEN @now ELSE first_at END
WHERE organization_id = @organization_id AND id = @id;

-- name: Sending :one
-- The delivery when this very attempt is in flight.
SELECT d.peer_id, d.account_id, d.campaign_id, d.round, c.status AS campaign_status
FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id
WHERE d.organization_id = @organization_id AND d.id = @id AND d.status = 'sending' AND d.attempts = @attempts;

-- name: SettleDelivery :exec
UPDATE deliveries SET status = @status, reason = @reason, held = @held, message_id = @message_id, attempts = @attempts,
    first_at = CASE WHEN CAST(@attempts AS BIGINT) = 0 THEN 0 ELSE first_at END,
    due_at = @due_at, sent_at = @sent_at, updated_at = @updated_at,
    uncertain_at = CASE WHEN CAST(@ambiguous AS BIGINT) = 1 THEN @updated_at ELSE uncertain_at END
WHERE organization_id = @organization_id AND id = @id;

-- name: DelayPeer :exec
UPDATE deliveries SET due_at = @due_at
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id
    AND status IN ('planned', 'waiting', 'uncertain') AND due_at < @due_at;

-- name: SetLastSent :exec
UPDATE campaigns SET last_sent_at = @last_sent_at
WHERE organization_id = @organization_id AND id = @id AND last_sent_at < @last_sent_at;

-- name: SetReadyAt :exec
UPDATE accounts SET ready_at = @ready_at WHERE organization_id = @organization_id AND id = @id;

-- name: SetAccountWait :exec
UPDATE accounts SET wait_until = @wait_until, wait_reason = @wait_reason
WHERE organization_id = @organization_id AND id = @id AND wait_until < @wait_until;
