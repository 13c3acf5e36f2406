-- name: Campaign :one
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id AND id = @id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: CampaignByToken :one
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id AND user_id = @user_id AND token = @token AND token <> '';

-- name: Campaigns :many
SELECT * FROM campaign_rows
WHERE organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT))
    AND (CAST(@with_status AS TEXT) = '' OR status = CAST(@with_status AS TEXT) AND (status <> 'running' OR account_state = 'active'))
    AND (CAST(@care AS BIGINT) = 0 OR status = 'paused' OR status IN ('scheduled', 'running') AND account_state <> 'active')
    AND (CAST(@filter_user AS BIGINT) = 0 OR user_id = CAST(@filter_user AS BIGINT))
    AND (CAST(@filter_account AS BIGINT) = 0 OR account_id = CAST(@filter_account AS BIGINT))
    AND (CAST(@from_at AS BIGINT) = 0 OR start_at >= CAST(@from_at AS BIGINT))
    AND (CAST(@to_at AS BIGINT) = 0 OR start_at < CAST(@to_at AS BIGINT))
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(search, CAST(@needle AS TEXT), '') <> search OR id = CAST(@number AS BIGINT))
ORDER BY id DESC LIMIT @row_limit OFFSET @row_offset;

-- name: CountCampaigns :one
SELECT COUNT(*) FROM campaign_rows
WHERE organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT))
    AND (CAST(@with_status AS TEXT) = '' OR status = CAST(@with_status AS TEXT) AND (status <> 'running' OR account_state = 'active'))
    AND (CAST(@care AS BIGINT) = 0 OR status = 'paused' OR status IN ('scheduled', 'running') AND account_state <> 'active')
    AND (CAST(@filter_user AS BIGINT) = 0 OR user_id = CAST(@filter_user AS BIGINT))
    AND (CAST(@filter_account AS BIGINT) = 0 OR account_id = CAST(@filter_account AS BIGINT))
    AND (CAST(@from_at AS BIGINT) = 0 OR start_at >= CAST(@from_at AS BIGINT))
    AND (CAST(@to_at AS BIGINT) = 0 OR start_at < CAST(@to_at AS BIGINT))
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(search, CAST(@needle AS TEXT), '') <> search OR id = CAST(@number AS BIGINT));

-- name: HeldDeliveries :one
-- How many deliveries of a campaign wait for a time of their own, and the
-- earliest of these times; 0 while one is in flight or was free to go from the
-- start.
SELECT COUNT(*) AS held, CAST(COALESCE(MIN(d.due_at), 0) AS BIGINT) AS until FROM deliveries d
WHERE d.organization_id = @organization_id AND d.campaign_id = @campaign_id AND d.status IN ('planned', 'waiting', 'uncertain')
    AND NOT EXISTS (SELECT 1 FROM deliveries s WHERE s.campaign_id = @campaign_id AND s.status = 'sending')
    AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.campaign_id = @campaign_id AND p.status = 'planned' AND p.due_at <= p.updated_at);

-- name: InsertCampaign :one
INSERT INTO campaigns (organization_id, user_id, uuid, token, account_id, catalog_id, catalog_name, body, search, rounds,
    interval_ms, start_at, peers, status, next_due_at, planned, created_at, planned_end)
VALUES (@organization_id, @user_id, @uuid, @token, @account_id, @catalog_id, @catalog_name, @body, @search, @rounds,
    @interval_ms, @start_at, @peers, 'scheduled', @next_due_at, @planned, @created_at, @planned_end)
RETURNING id;

-- name: InsertCampaignPeer :exec
INSERT INTO campaign_peers (campaign_id, peer_id, organization_id, position, kind, title, username, search, members)
VALUES (@campaign_id, @peer_id, @organization_id, @position, @kind, @title, @username, @search, @members);

-- name: Rounds :many
SELECT * FROM rounds WHERE organization_id = @organization_id AND campaign_id = @campaign_id ORDER BY number DESC;

-- name: OpenRound :one
SELECT * FROM rounds WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND status = 'open';

-- name: HoldDeliveries :exec
UPDATE deliveries SET held = @held
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND status IN ('planned', 'waiting');

-- name: SetCampaignStatus :exec
UPDATE campaigns SET status = @status, reason = @reason WHERE organization_id = @organization_id AND id = @id;

-- name: CancelOpenDeliveries :execrows
UPDATE deliveries SET status = 'cancelled', held = 0, updated_at = @updated_at
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND status IN ('planned', 'waiting');

-- name: CancelDelivery :execrows
UPDATE deliveries SET status = 'cancelled', held = 0, updated_at = @updated_at
WHERE organization_id = @organization_id AND campaign_id = @campaign_id AND id = @id AND status IN ('planned', 'waiting');

-- name: EndCampaign :exec
UPDATE campaigns SET status = @status, next_due_at = 0, finished_at = @finished_at
WHERE organization_id = @organization_id AND id = @id;

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
