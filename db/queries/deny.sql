-- name: DeniedPeers :many
SELECT sqlc.embed(n), CAST(COALESCE(u.name, '') AS TEXT) AS user_name
FROM denied_peers n LEFT JOIN users u ON u.organization_id = n.organization_id AND u.id = n.user_id
WHERE n.organization_id = @organization_id
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(n.search, CAST(@needle AS TEXT), '') <> n.search)
ORDER BY n.at DESC, n.peer_id LIMIT @row_limit OFFSET @row_offset;

-- name: CountDenied :one
SELECT COUNT(*) FROM denied_peers
WHERE organization_id = @organization_id
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(search, CAST(@needle AS TEXT), '') <> search);

-- name: DeniedIDs :many
SELECT peer_id FROM denied_ids WHERE organization_id = @organization_id;

-- name: IsDenied :one
SELECT CAST(EXISTS (SELECT 1 FROM denied_ids WHERE organization_id = @organization_id AND peer_id = @peer_id) AS BIGINT);

-- name: KnownPeer :one
SELECT k.peer_id, k.kind, k.title, k.username, k.members FROM (
    SELECT d.peer_id, d.kind, d.title, d.username, d.members
    FROM account_rows a JOIN dialogs d ON d.account_id = a.id
    WHERE a.organization_id = @organization_id AND d.peer_id = @peer_id
        AND (CAST(@in_department AS BIGINT) = 0 OR a.department_id = CAST(@in_department AS BIGINT))
        AND (CAST(@of_user AS BIGINT) = 0 OR a.user_id = CAST(@of_user AS BIGINT))
    UNION ALL
    SELECT p.peer_id, p.kind, p.title, p.username, p.members
    FROM catalog_peers p JOIN catalog_rows c ON c.id = p.catalog_id
    WHERE p.organization_id = @organization_id AND p.peer_id = @peer_id
        AND (CAST(@in_department AS BIGINT) = 0 OR c.department_id = CAST(@in_department AS BIGINT))
        AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))
    UNION ALL
    SELECT p.peer_id, p.kind, p.title, p.username, p.members
    FROM campaign_peers p JOIN campaign_rows c ON c.id = p.campaign_id
    WHERE p.organization_id = @organization_id AND p.campaign_id = @campaign_id AND p.peer_id = @peer_id AND c.kind = 'campaign'
        AND (CAST(@in_department AS BIGINT) = 0 OR c.department_id = CAST(@in_department AS BIGINT))
        AND (CAST(@of_user AS BIGINT) = 0 OR c.user_id = CAST(@of_user AS BIGINT))) k
LIMIT 1;

-- name: KnownPeers :many
-- Several accounts may have the same peer.
SELECT d.peer_id, CAST(MIN(d.kind) AS TEXT) AS kind, CAST(MIN(d.title) AS TEXT) AS title,
    CAST(MIN(d.username) AS TEXT) AS username, CAST(MAX(d.members) AS BIGINT) AS members,
    CAST(MAX(CASE WHEN n.peer_id IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS denied
FROM account_rows a JOIN dialogs d ON d.account_id = a.id
    LEFT JOIN denied_peers n ON n.organization_id = d.organization_id AND n.peer_id = d.peer_id
WHERE a.organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR a.department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR a.user_id = CAST(@of_user AS BIGINT))
    AND REPLACE(d.search, CAST(@needle AS TEXT), '') <> d.search
GROUP BY d.peer_id
ORDER BY MIN(d.search), d.peer_id LIMIT @row_limit;

-- name: DenyPeer :execrows
INSERT INTO denied_peers (organization_id, peer_id, kind, title, username, search, reason, user_id, at)
VALUES (@organization_id, @peer_id, @kind, @title, @username, @search, @reason, @user_id, @at)
ON CONFLICT (organization_id, peer_id) DO NOTHING;

-- name: DenyCampaignPeer :execrows
-- Users and bots only: a group blocks nobody.
INSERT INTO denied_peers (organization_id, peer_id, kind, title, username, search, reason, at)
SELECT p.organization_id, p.peer_id, p.kind, p.title, p.username, p.search, CAST(@reason AS TEXT), CAST(@at AS BIGINT)
FROM campaign_peers p
WHERE p.organization_id = @organization_id AND p.campaign_id = @campaign_id AND p.peer_id = @peer_id AND p.kind IN ('user', 'bot')
ON CONFLICT (organization_id, peer_id) DO NOTHING;

-- name: AllowPeer :execrows
DELETE FROM denied_peers WHERE organization_id = @organization_id AND peer_id = @peer_id;

-- name: BecameOf :many
-- The supergroup that a group has become, as the accounts know it.
SELECT DISTINCT d.migrated_to FROM accounts a JOIN dialogs d ON d.account_id = a.id
WHERE a.organization_id = @organization_id AND d.peer_id = @peer_id AND d.migrated_to <> 0;

-- name: OpenOfPeer :many
-- What is open for a peer: in this order, by the campaigns and the rounds of
-- which anything is.
SELECT d.id, d.campaign_id, d.round FROM campaigns c CROSS JOIN rounds r CROSS JOIN deliveries d
WHERE c.organization_id = @organization_id AND c.status IN ('scheduled', 'running', 'paused')
    AND r.campaign_id = c.id AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain
    AND d.campaign_id = r.campaign_id AND d.round = r.number AND d.peer_id = @peer_id AND d.status IN ('planned', 'waiting')
UNION ALL
SELECT d.id, d.campaign_id, d.round FROM campaigns c CROSS JOIN rounds r CROSS JOIN deliveries d
WHERE c.organization_id = @organization_id AND c.status = 'done'
    AND c.planned > c.sent + c.failed + c.cancelled + c.missed + c.skipped + c.uncertain
    AND r.campaign_id = c.id AND r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain
    AND d.campaign_id = r.campaign_id AND d.round = r.number AND d.peer_id = @peer_id AND d.status IN ('planned', 'waiting')
ORDER BY 2, 1;

-- name: SkipDelivery :exec
UPDATE deliveries SET status = 'skipped', reason = @reason, held = 0, updated_at = @updated_at
WHERE organization_id = @organization_id AND id = @id;
