-- name: CampaignsToCheck :many
-- Live ones, those that have just ended, and, some of them again, those with a
-- mark.
SELECT c.id, c.organization_id FROM campaigns c WHERE c.status IN ('scheduled', 'running', 'paused')
UNION ALL
SELECT e.id, e.organization_id FROM campaigns e WHERE e.finished_at > 0 AND e.finished_at >= @since
UNION ALL
SELECT w.id, w.organization_id FROM campaigns w WHERE w.sums_wrong_at > 0;

-- name: TallyDeliveries :many
SELECT round, status, COUNT(*) AS deliveries FROM deliveries WHERE campaign_id = @campaign_id GROUP BY round, status;

-- name: MarkSumsWrong :execrows
UPDATE campaigns SET sums_wrong_at = @now WHERE organization_id = @organization_id AND id = @id AND sums_wrong_at = 0;

-- name: ClearSumsWrong :exec
UPDATE campaigns SET sums_wrong_at = 0 WHERE organization_id = @organization_id AND id = @id;
