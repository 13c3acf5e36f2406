-- name: Campaign :one
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id AND id = @id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: CampaignByToken :one
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id AND user_id = @user_id AND token = @token AND token <> '';

-- name: CampaignsByID :many
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id AND id IN (sqlc.slice('ids'))
ORDER BY id DESC;

-- name: HeldDeliveries :one
-- How many deliveries of a campaign wait for a time of their own, and the
-- earliest of these times; 0 while one is in flight or was free to go from the
-- start. The rounds say where to look.
SELECT COUNT(*) AS held, CAST(COALESCE(MIN(d.due_at), 0) AS BIGINT) AS until FROM deliveries d
WHERE d.organization_id = @organization_id AND d.campaign_id = @campaign_id AND d.status IN ('planned', 'waiting', 'uncertain')
    AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = @campaign_id
        AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped)
    AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.campaign_id = @campaign_id
        AND (p.status = 'sending' OR p.status = 'planned' AND p.due_at <= p.updated_at)
        AND p.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = @campaign_id
            AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain));

-- name: InsertCampaign :one
INSERT INTO campaigns (organization_id, user_id, uuid, token, account_id, catalog_id, catalog_name, body, formats, search, rounds,
    interval_ms, start_at, peers, status, next_due_at, planned, created_at, planned_end)
VALUES (@organization_id, @user_id, @uuid, @token, @account_id, @catalog_id, @catalog_name, @body, @formats, @search, @rounds,
    @interval_ms, @start_at, @peers, 'scheduled', @next_due_at, @planned, @created_at, @planned_end)
RETURNING id;

-- name: InsertCampaignText :exec
INSERT INTO campaign_texts (campaign_id, version, organization_id, user_id, body, formats, created_at)
VALUES (@campaign_id, @version, @organization_id, @user_id, @body, @formats, @created_at);

-- name: SetCampaignText :exec
UPDATE campaigns SET body = @body, formats = @formats, search = @search, texts = @texts WHERE organization_id = @organization_id AND id = @id;

-- name: CampaignTexts :many
SELECT t.version, t.body, t.formats, t.created_at, u.name AS user_name
FROM campaign_texts t JOIN users u ON u.id = t.user_id
WHERE t.organization_id = @organization_id AND t.campaign_id = @campaign_id
ORDER BY t.version DESC;

-- name: InsertCampaignPeer :exec
INSERT INTO campaign_peers (campaign_id, peer_id, organization_id, position, kind, title, username, search, members, reply_to)
VALUES (@campaign_id, @peer_id, @organization_id, @position, @kind, @title, @username, @search, @members, @reply_to);

-- name: Rounds :many
SELECT * FROM rounds WHERE organization_id = @organization_id AND campaign_id = @campaign_id ORDER BY number DESC;

-- name: OpenRound :one
SELECT * FROM rounds WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND status = 'open';

-- name: HoldDeliveries :exec
UPDATE deliveries SET held = @held
WHERE deliveries.organization_id = @organization_id AND deliveries.campaign_id = @campaign_id AND deliveries.status IN ('planned', 'waiting')
    AND deliveries.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = @campaign_id
        AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain);

-- name: SetCampaignStatus :exec
UPDATE campaigns SET status = @status, reason = @reason WHERE organization_id = @organization_id AND id = @id;

-- name: OpenByRound :many
-- What was never tried, or is proved not to have arrived.
SELECT d.round, COUNT(*) AS open FROM deliveries d
WHERE d.organization_id = @organization_id AND d.campaign_id = @campaign_id AND d.status IN ('planned', 'waiting')
    AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = @campaign_id
        AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain)
GROUP BY d.round;

-- name: CancelOpenDeliveries :exec
UPDATE deliveries SET status = 'cancelled', reason = '', held = 0, updated_at = @updated_at
WHERE deliveries.organization_id = @organization_id AND deliveries.campaign_id = @campaign_id AND deliveries.status IN ('planned', 'waiting')
    AND deliveries.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = @campaign_id
        AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain);

-- name: CancelDelivery :one
UPDATE deliveries SET status = 'cancelled', reason = '', held = 0, updated_at = @updated_at
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND id = @id AND status IN ('planned', 'waiting')
RETURNING round;

-- name: EndCampaign :exec
UPDATE campaigns SET status = @status, reason = '', next_due_at = 0, finished_at = @finished_at
WHERE organization_id = @organization_id AND id = @id;

-- name: ReopenRound :exec
UPDATE rounds SET status = 'open', closed_at = 0 WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number;

-- name: FirstRoundLeft :one
SELECT number FROM rounds
WHERE organization_id = @organization_id AND campaign_id = @campaign_id
    AND planned > sent + failed + cancelled + missed + skipped + uncertain
ORDER BY number LIMIT 1;

-- name: Round :one
SELECT * FROM rounds WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number;

-- name: OpenMissedRound :exec
UPDATE rounds SET status = 'open', opened_at = @opened_at, closed_at = 0, late = 1, missed = 0, skipped = @skipped
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number;

-- name: ReviveCampaign :exec
UPDATE campaigns SET status = 'running', next_due_at = 0, finished_at = 0, recent = 0, after_at = @after_at,
    started_at = CASE WHEN started_at = 0 THEN CAST(@started_at AS BIGINT) ELSE started_at END
WHERE organization_id = @organization_id AND id = @id;

-- name: FailedDeliveries :many
-- Without those to peers on the deny list. last_at is when the peer got the
-- message of a round that was opened later, or of one that was sent again; what
-- may still come counts as now, and 0 is never.
SELECT d.id, d.peer_id, d.retries, CAST(COALESCE((
        SELECT MAX(CASE WHEN o.status = 'sent' THEN o.sent_at ELSE CAST(@now AS BIGINT) END)
        FROM rounds r CROSS JOIN deliveries o
        WHERE r.campaign_id = @campaign_id AND r.number <> @round
            AND o.campaign_id = r.campaign_id AND o.round = r.number AND o.peer_id = d.peer_id
            AND (r.opened_at > @opened_at OR o.retries > 0)
            AND o.status IN ('planned', 'waiting', 'sending', 'uncertain', 'sent')), 0) AS BIGINT) AS last_at
FROM deliveries d
WHERE d.organization_id = @organization_id AND d.campaign_id = @campaign_id AND d.round = @round AND d.status = 'failed'
    AND d.peer_id NOT IN (SELECT n.peer_id FROM denied_ids n WHERE n.organization_id = @organization_id);

-- name: RetryDelivery :exec
UPDATE deliveries SET status = 'planned', reason = '', attempts = 0, first_at = 0, uncertain_at = 0, text_version = 0, held = @held,
    random_id = @random_id, retries = retries + 1, due_at = @now, updated_at = @now
WHERE organization_id = @organization_id AND id = @id;

-- name: LookAgain :execrows
UPDATE deliveries SET due_at = CASE WHEN due_at > @now THEN CAST(@now AS BIGINT) ELSE due_at END
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND status = 'uncertain';

-- name: SetStart :exec
UPDATE campaigns SET start_at = @start_at, next_due_at = @start_at, planned_end = planned_end - start_at + @start_at
WHERE organization_id = @organization_id AND id = @id;

-- name: SetAfter :exec
UPDATE campaigns SET after_at = @after_at WHERE organization_id = @organization_id AND id = @id;

-- name: CampaignsInRound :many
-- Campaigns with an open round, of an account or an organization, 0 for any. The
-- statuses name the index of those that are live.
SELECT * FROM campaign_rows
WHERE id IN (SELECT c.id FROM campaigns c
    WHERE c.status IN ('scheduled', 'running', 'paused') AND c.status = 'running' AND c.next_due_at = 0 AND c.kind = 'campaign'
        AND (CAST(@of_organization AS BIGINT) = 0 OR c.organization_id = CAST(@of_organization AS BIGINT))
        AND (CAST(@of_account AS BIGINT) = 0 OR c.account_id = CAST(@of_account AS BIGINT)));

-- name: ResetRecent :exec
UPDATE campaigns SET recent = 0 WHERE organization_id = @organization_id AND id = @id;

-- name: CloseRound :exec
UPDATE rounds SET status = @status, closed_at = @closed_at
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number AND status = 'open';

-- name: CountCampaign :exec
UPDATE campaigns SET sent = sent + @sent, failed = failed + @failed, cancelled = cancelled + @cancelled,
    missed = missed + @missed, skipped = skipped + @skipped, uncertain = uncertain + @uncertain
WHERE organization_id = @organization_id AND id = @id;

-- name: CountRound :exec
UPDATE rounds SET sent = sent + @sent, failed = failed + @failed, cancelled = cancelled + @cancelled,
    missed = missed + @missed, skipped = skipped + @skipped, uncertain = uncertain + @uncertain
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND number = @number;

-- name: LiveCampaigns :many
-- How many stand where, read off one index.
SELECT c.status, a.state AS account_state, COUNT(*) AS campaigns
FROM campaigns c JOIN accounts a ON a.id = c.account_id
WHERE c.organization_id = @organization_id AND c.status IN ('scheduled', 'running', 'paused') AND c.kind = 'campaign'
    AND (CAST(@in_department AS BIGINT) = 0
        OR c.user_id IN (SELECT u.id FROM users u WHERE u.organization_id = @organization_id AND u.department_id = CAST(@in_department AS BIGINT)))
    AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))
GROUP BY c.status, a.state;

-- name: SumOfDay :one
SELECT COUNT(*) AS campaigns, CAST(COALESCE(SUM(c.planned), 0) AS BIGINT) AS planned,
    CAST(COALESCE(SUM(c.sent), 0) AS BIGINT) AS sent, CAST(COALESCE(SUM(c.failed), 0) AS BIGINT) AS failed,
    CAST(COALESCE(SUM(c.cancelled), 0) AS BIGINT) AS cancelled, CAST(COALESCE(SUM(c.missed), 0) AS BIGINT) AS missed,
    CAST(COALESCE(SUM(c.skipped), 0) AS BIGINT) AS skipped, CAST(COALESCE(SUM(c.uncertain), 0) AS BIGINT) AS uncertain
FROM campaigns c
WHERE c.organization_id = @organization_id AND c.start_at >= @from_at AND c.start_at < @to_at AND c.kind = 'campaign'
    AND (CAST(@in_department AS BIGINT) = 0
        OR c.user_id IN (SELECT u.id FROM users u WHERE u.organization_id = @organization_id AND u.department_id = CAST(@in_department AS BIGINT)))
    AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT));
