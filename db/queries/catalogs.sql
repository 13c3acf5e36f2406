-- name: Catalogs :many
SELECT * FROM catalog_rows
WHERE organization_id = @organization_id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT))
ORDER BY user_name, user_id, name, id;

-- name: Catalog :one
SELECT * FROM catalog_rows
WHERE organization_id = @organization_id AND id = @id
    AND (CAST(@in_department AS BIGINT) = 0 OR department_id = CAST(@in_department AS BIGINT))
    AND (CAST(@of_user AS BIGINT) = 0 OR user_id = CAST(@of_user AS BIGINT));

-- name: InsertCatalog :one
INSERT INTO catalogs (organization_id, user_id, name, folded, peers, created_at, updated_at)
VALUES (@organization_id, @user_id, @name, @folded, @peers, @created_at, @updated_at)
RETURNING id;

-- name: RenameCatalog :exec
UPDATE catalogs SET name = @name, folded = @folded, updated_at = @updated_at
WHERE organization_id = @organization_id AND id = @id;

-- name: DeleteCatalog :exec
DELETE FROM catalogs WHERE organization_id = @organization_id AND id = @id;

-- name: CountCatalogPeers :exec
UPDATE catalogs SET peers = peers + @added, updated_at = @updated_at
WHERE organization_id = @organization_id AND id = @id;

-- name: LastCatalogPosition :one
SELECT CAST(COALESCE(MAX(position), -1) AS BIGINT) FROM catalog_peers
WHERE organization_id = @organization_id AND catalog_id = @catalog_id;

-- name: AddCatalogPeer :execrows
INSERT INTO catalog_peers (catalog_id, peer_id, organization_id, position, kind, title, username, members)
VALUES (@catalog_id, @peer_id, @organization_id, @position, @kind, @title, @username, @members)
ON CONFLICT (catalog_id, peer_id) DO NOTHING;

-- name: RemoveCatalogPeer :execrows
DELETE FROM catalog_peers WHERE organization_id = @organization_id AND catalog_id = @catalog_id AND peer_id = @peer_id;

-- name: Targets :many
SELECT sqlc.embed(cp), CAST(d.peer_id IS NOT NULL AS BIGINT) AS known,
    COALESCE(d.can_write, 0) AS can_write, COALESCE(d.deny_reason, '') AS deny_reason,
    COALESCE(d.slow_mode_ms, 0) AS slow_mode_ms, COALESCE(d.migrated_to, 0) AS migrated_to, COALESCE(d.fails, 0) AS fails
FROM catalog_peers cp
LEFT JOIN dialogs d ON d.account_id = @account_id AND d.peer_id = cp.peer_id AND d.organization_id = cp.organization_id
WHERE cp.organization_id = @organization_id AND cp.catalog_id = @catalog_id
ORDER BY cp.position, cp.peer_id;
