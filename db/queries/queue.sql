-- name: InFlight :many
SELECT d.id, d.claims, d.attempts, d.account_id, d.campaign_id, sqlc.embed(o)
FROM deliveries d JOIN organizations o ON o.id = d.organization_id
WHERE d.status = 'sending';

-- name: DueRounds :many
-- The organizations take turns: the first of each, then the second of each.
SELECT sqlc.embed(c) FROM campaign_rows c
JOIN (SELECT t.id, t.turn FROM (
        SELECT d.id, d.next_due_at, ROW_NUMBER() OVER (PARTITION BY d.organization_id ORDER BY d.next_due_at, d.id) AS turn
        FROM campaigns d JOIN accounts a ON a.id = d.account_id JOIN organizations o ON o.id = d.organization_id
            JOIN users u ON u.id = d.user_id JOIN users h ON h.id = a.user_id
        WHERE d.status IN ('scheduled', 'running') AND d.next_due_at > 0 AND d.next_due_at <= @now
            AND a.state = 'active' AND o.stop = '' AND o.blocked_at = 0
            AND u.blocked_at = 0 AND u.deleted_at = 0 AND u.read_only = 0 AND h.blocked_at = 0) t
    ORDER BY t.turn, t.next_due_at, t.id LIMIT @row_limit) f ON f.id = c.id
ORDER BY f.turn, c.next_due_at, c.id;

-- name: NextRound :one
SELECT c.next_due_at FROM campaigns c
WHERE c.status IN ('scheduled', 'running') AND c.next_due_at > 0
    AND EXISTS (SELECT 1 FROM accounts a JOIN organizations o ON o.id = a.organization_id
            JOIN users u ON u.id = c.user_id JOIN users h ON h.id = a.user_id
        WHERE a.id = c.account_id AND a.state = 'active' AND o.stop = '' AND o.blocked_at = 0
            AND u.blocked_at = 0 AND u.deleted_at = 0 AND u.read_only = 0 AND h.blocked_at = 0)
ORDER BY c.next_due_at LIMIT 1;

-- name: PendingAccounts :many
-- Accounts that may send, when they may, and what they have; 0 for nothing.
SELECT a.id, a.ready_at, a.wait_until,
    CAST(COALESCE((SELECT MIN(d.due_at) FROM deliveries d
        WHERE d.account_id = a.id AND d.status IN ('planned', 'waiting') AND d.held = 0), 0) AS BIGINT) AS due_at,
    CAST(COALESCE((SELECT MIN(d.due_at) FROM deliveries d
        WHERE d.account_id = a.id AND d.status = 'uncertain'), 0) AS BIGINT) AS uncertain_at
FROM accounts a JOIN organizations o ON o.id = a.organization_id
WHERE a.state = 'active' AND o.stop = ''
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
UPDATE campaigns SET status = 'running', round = @round, next_due_at = @next_due_at, after_at = @after_at,
    started_at = CASE WHEN started_at = 0 THEN @started_at ELSE started_at END
WHERE organization_id = @organization_id AND id = @id;

-- name: SetNextDue :exec
UPDATE campaigns SET next_due_at = @next_due_at WHERE organization_id = @organization_id AND id = @id;

-- name: Sender :one
-- What decides whether an account may send, and what it would send: an answer that
-- is due, its first uncertain delivery and its first open one, 0 for none.
SELECT a.state, a.ready_at, a.wait_until, a.wait_reason, a.limit_until, a.limit_reason, a.warm_at, sqlc.embed(o),
    CAST(EXISTS (SELECT 1 FROM deliveries d WHERE d.account_id = a.id AND d.status = 'sending') AS BIGINT) AS busy,
    CAST(EXISTS (SELECT 1 FROM settings s WHERE s.key = 'sending_stopped') AS BIGINT) AS stopped,
    CAST(COALESCE((SELECT d.id FROM campaigns c CROSS JOIN deliveries d
        WHERE c.account_id = a.id AND c.kind = 'reply' AND c.status = 'running'
            AND d.campaign_id = c.id AND d.status IN ('planned', 'waiting') AND d.held = 0 AND d.due_at <= @now
        ORDER BY c.expires_at, c.id, d.round DESC, d.position LIMIT 1), 0) AS BIGINT) AS reply_id,
    CAST(COALESCE((SELECT d.id FROM deliveries d WHERE d.account_id = a.id AND d.status = 'uncertain'
        ORDER BY d.due_at, d.id LIMIT 1), 0) AS BIGINT) AS uncertain_id,
    CAST(COALESCE((SELECT d.due_at FROM deliveries d WHERE d.account_id = a.id AND d.status = 'uncertain'
        ORDER BY d.due_at, d.id LIMIT 1), 0) AS BIGINT) AS uncertain_due,
    CAST(COALESCE((SELECT d.id FROM deliveries d WHERE d.account_id = a.id AND d.status IN ('planned', 'waiting') AND d.held = 0
        ORDER BY d.due_at, d.id LIMIT 1), 0) AS BIGINT) AS open_id,
    CAST(COALESCE((SELECT d.due_at FROM deliveries d WHERE d.account_id = a.id AND d.status IN ('planned', 'waiting') AND d.held = 0
        ORDER BY d.due_at, d.id LIMIT 1), 0) AS BIGINT) AS open_due
FROM accounts a JOIN organizations o ON o.id = a.organization_id
WHERE a.id = @id;

-- name: NthLastOutgoing :one
SELECT at FROM outgoing
WHERE organization_id = @organization_id AND account_id = @account_id AND at > @since AND at <= @until
ORDER BY at DESC, number DESC LIMIT 1 OFFSET @skip;

-- name: SetLimit :exec
UPDATE accounts SET limit_until = @limit_until, limit_reason = @limit_reason
WHERE organization_id = @organization_id AND id = @id;

-- name: ToSend :one
-- The text is the campaign's latest, but of an uncertain delivery the one that
-- may have arrived. barred is why nothing of it may go out: who has ordered it, or
-- whose account it is, was blocked, or who has ordered it only looks on.
SELECT d.campaign_id, d.account_id, d.round, d.peer_id, d.random_id, d.attempts, d.claims, d.first_at, d.uncertain_at,
    p.kind, p.title, p.username, p.members, p.reply_to, p.position, c.status AS campaign_status, c.peers, c.expires_at, c.detection_id,
    CAST(CASE WHEN d.status = 'uncertain' AND d.text_version > 0 THEN d.text_version ELSE c.texts END AS BIGINT) AS text_version,
    CAST(CASE WHEN d.status = 'uncertain' AND d.text_version > 0 AND d.text_version <> c.texts THEN
        (SELECT t.body FROM campaign_texts t WHERE t.campaign_id = d.campaign_id AND t.version = d.text_version)
        ELSE c.body END AS TEXT) AS body,
    CAST(CASE WHEN d.status = 'uncertain' AND d.text_version > 0 AND d.text_version <> c.texts THEN
        (SELECT t.formats FROM campaign_texts t WHERE t.campaign_id = d.campaign_id AND t.version = d.text_version)
        ELSE c.formats END AS TEXT) AS formats,
    CAST((SELECT COUNT(*) FROM account_bans b
        WHERE b.account_id = d.account_id AND b.peer_id <> d.peer_id AND b.at > @bans_since) AS BIGINT) AS bans,
    CAST(g.peer_id IS NOT NULL AS BIGINT) AS known, CAST(COALESCE(g.access_hash, 0) AS BIGINT) AS access_hash,
    CAST(COALESCE(g.can_write, 0) AS BIGINT) AS can_write, CAST(COALESCE(g.migrated_to, 0) AS BIGINT) AS migrated_to,
    CAST(COALESCE(g.fails, 0) AS BIGINT) AS fails, CAST(COALESCE(g.wait_until, 0) AS BIGINT) AS wait_until,
    CAST(COALESCE(g.wait_reason, '') AS TEXT) AS wait_reason,
    CAST(CASE WHEN u.blocked_at > 0 OR u.deleted_at > 0 OR h.blocked_at > 0 THEN 'USER_BLOCKED'
        WHEN u.read_only = 1 AND c.kind = 'campaign' THEN 'READ_ONLY' ELSE '' END AS TEXT) AS barred
FROM deliveries d
JOIN campaigns c ON c.id = d.campaign_id
JOIN users u ON u.id = c.user_id
JOIN accounts a ON a.id = d.account_id
JOIN users h ON h.id = a.user_id
JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id
LEFT JOIN dialogs g ON g.account_id = d.account_id AND g.peer_id = d.peer_id
WHERE d.organization_id = @organization_id AND d.id = @id;

-- name: TakenMessages :many
-- By way of the campaigns that have sent since then.
SELECT d.message_id FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id
WHERE c.organization_id = @organization_id AND c.account_id = @account_id AND c.last_sent_at >= @since
    AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = c.id AND r.sent > 0)
    AND d.peer_id = @peer_id AND d.status = 'sent' AND d.sent_at >= @since;

-- name: RivalAt :one
-- When the first other uncertain delivery to the chat that is still sent again
-- was first tried; 0 for none. What is cancelled, expired or on the deny list is
-- looked for only.
SELECT CAST(COALESCE(MIN(d.first_at), 0) AS BIGINT) FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id
WHERE d.organization_id = @organization_id AND d.account_id = @account_id AND d.peer_id = @peer_id
    AND d.status = 'uncertain' AND d.id <> @except_id AND c.status <> 'cancelled' AND (c.expires_at = 0 OR c.expires_at > @now)
    AND d.peer_id NOT IN (SELECT n.peer_id FROM denied_ids n WHERE n.organization_id = @organization_id);

-- name: StartSending :exec
UPDATE deliveries SET status = 'sending', attempts = attempts + 1, claims = claims + 1, updated_at = @now,
    text_version = @text_version, first_at = CASE WHEN first_at = 0 THEN @now ELSE first_at END,
    day = CASE WHEN status = 'uncertain' THEN day ELSE CAST(@day AS BIGINT) END
WHERE organization_id = @organization_id AND id = @id;

-- name: CampaignOfDelivery :one
SELECT c.status FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id
WHERE d.organization_id = @organization_id AND d.id = @id;

-- name: SettleDelivery :one
-- Only when this very claim is in flight.
UPDATE deliveries SET status = @status, reason = @reason, held = @held, message_id = @message_id, attempts = @attempts,
    first_at = CASE WHEN CAST(@attempts AS BIGINT) = 0 THEN 0 ELSE first_at END,
    due_at = @due_at, sent_at = @sent_at, updated_at = @updated_at,
    uncertain_at = CASE WHEN CAST(@ambiguous AS BIGINT) = 1 THEN @updated_at ELSE uncertain_at END
WHERE organization_id = @organization_id AND id = @id AND status = 'sending' AND claims = @claim
RETURNING campaign_id, account_id, round, peer_id, day;

-- name: SettleRound :one
-- Counts, and answers whether nothing of the round is open any more.
UPDATE rounds SET sent = sent + @sent, failed = failed + @failed, cancelled = cancelled + @cancelled, uncertain = uncertain + @uncertain
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number
RETURNING CAST(status = 'open' AND planned = sent + failed + cancelled + missed + skipped + uncertain AS BIGINT) AS finished;

-- name: SettleCampaign :one
-- Counts, and answers how the attempts before this one ended, and which template
-- an answer was made from.
UPDATE campaigns SET sent = sent + @sent, failed = failed + @failed, cancelled = cancelled + @cancelled, uncertain = uncertain + @uncertain,
    last_sent_at = CASE WHEN last_sent_at < @last_sent_at THEN @last_sent_at ELSE last_sent_at END
WHERE organization_id = @organization_id AND id = @id
RETURNING recent, template_id;

-- name: SetRecent :exec
UPDATE campaigns SET recent = @recent WHERE organization_id = @organization_id AND id = @id;

-- name: SettleDialog :exec
-- Nothing is written where nothing changes. Of two gaps of ours the latest counts:
-- the one before may be of a clock that was set back since.
UPDATE dialogs SET fails = CASE WHEN CAST(@clear AS BIGINT) = 1 THEN 0 ELSE fails + @refused END,
    wait_reason = CASE WHEN wait_until < @wait_until THEN @wait_reason ELSE wait_reason END,
    wait_until = CASE WHEN wait_until < @wait_until OR wait_reason = 'CHAT_GAP' AND @wait_reason = 'CHAT_GAP'
        THEN @wait_until ELSE wait_until END
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id
    AND (CAST(@clear AS BIGINT) = 1 AND fails > 0 OR CAST(@refused AS BIGINT) > 0 OR wait_until < @wait_until
        OR wait_reason = 'CHAT_GAP' AND @wait_reason = 'CHAT_GAP');

-- name: ShiftChatGaps :exec
-- The gaps that chats are kept quiet for become longer or shorter.
UPDATE dialogs SET wait_until = wait_until + CAST(@by_ms AS BIGINT)
WHERE account_id IN (SELECT a.id FROM accounts a WHERE a.organization_id = @organization_id) AND wait_reason = 'CHAT_GAP';

-- name: ShiftGapDeliveries :exec
UPDATE deliveries SET due_at = due_at + CAST(@by_ms AS BIGINT)
WHERE id IN (SELECT d.id FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id
    WHERE c.organization_id = @organization_id AND c.planned > c.sent + c.failed + c.cancelled + c.missed + c.skipped + c.uncertain
        AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = c.id
            AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain)
        AND d.status IN ('planned', 'waiting') AND d.reason = 'CHAT_GAP');

-- name: DelayDelivery :exec
-- Why an uncertain delivery is uncertain stays.
UPDATE deliveries SET due_at = @due_at, reason = CASE WHEN status = 'uncertain' THEN reason ELSE @reason END
WHERE organization_id = @organization_id AND id = @id;

-- name: CloseDelivery :execrows
-- One that is open and will not be tried; why it has waited stays.
UPDATE deliveries SET status = @status, held = 0, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND status IN ('planned', 'waiting');

-- name: CountClosedInRound :execrows
-- Only where the counters know of something open.
UPDATE rounds SET cancelled = cancelled + @cancelled, missed = missed + @missed
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number
    AND planned > sent + failed + cancelled + missed + skipped + uncertain;

-- name: CountClosedInCampaign :execrows
UPDATE campaigns SET cancelled = cancelled + @cancelled, missed = missed + @missed
WHERE organization_id = @organization_id AND id = @id
    AND planned > sent + failed + cancelled + missed + skipped + uncertain;

-- name: HoldDelivery :exec
UPDATE deliveries SET held = 1 WHERE organization_id = @organization_id AND id = @id;

-- name: InsertOutgoing :exec
INSERT INTO outgoing (account_id, at, number, organization_id) VALUES (@account_id, @at, @number, @organization_id);

-- name: AccountsWithOutgoing :many
SELECT a.id FROM accounts a WHERE EXISTS (SELECT 1 FROM outgoing o WHERE o.account_id = a.id);

-- name: PruneOutgoing :exec
DELETE FROM outgoing WHERE account_id = @account_id AND at < @before;

-- name: PutBan :exec
INSERT INTO account_bans (account_id, peer_id, organization_id, at) VALUES (@account_id, @peer_id, @organization_id, @at)
ON CONFLICT (account_id, peer_id) DO UPDATE SET at = excluded.at;

-- name: PruneBans :exec
DELETE FROM account_bans WHERE at < @before;

-- name: SetReadyAt :exec
UPDATE accounts SET ready_at = @ready_at WHERE organization_id = @organization_id AND id = @id;

-- name: SetAccountWait :exec
UPDATE accounts SET wait_until = @wait_until, wait_reason = @wait_reason
WHERE organization_id = @organization_id AND id = @id AND wait_until < @wait_until;
