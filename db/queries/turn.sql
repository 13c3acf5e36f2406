-- name: FirstInLine :many
-- Of each account the campaign whose message is in flight or, without one, the
-- campaign whose message is due first; answers and an uncertain one that is looked
-- for hold nobody up for long and are passed over. known is 0 for a campaign that is not of
-- the scope.
SELECT d.account_id, d.campaign_id, d.due_at,
    CAST(EXISTS (SELECT 1 FROM campaigns c JOIN users u ON u.id = c.user_id WHERE c.id = d.campaign_id
        AND (CAST(@in_department AS BIGINT) = 0 OR u.department_id = CAST(@in_department AS BIGINT))
        AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))) AS BIGINT) AS known
FROM deliveries d
WHERE d.organization_id = @organization_id AND d.id IN (
    SELECT COALESCE(
        (SELECT s.id FROM deliveries s WHERE s.account_id = a.id AND s.status = 'sending' AND s.uncertain_at = 0
            AND s.campaign_id NOT IN (SELECT r.id FROM campaigns r WHERE r.account_id = a.id AND r.kind = 'reply' AND r.status = 'running')),
        (SELECT n.id FROM deliveries n WHERE n.account_id = a.id AND n.status IN ('planned', 'waiting') AND n.held = 0
            AND n.campaign_id NOT IN (SELECT r.id FROM campaigns r WHERE r.account_id = a.id AND r.kind = 'reply' AND r.status = 'running')
            ORDER BY n.due_at, n.id LIMIT 1))
    FROM accounts a WHERE a.id IN (sqlc.slice('accounts')));

-- name: RecentOf :one
SELECT recent FROM campaigns WHERE organization_id = @organization_id AND id = @id;
