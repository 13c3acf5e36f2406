-- name: DialogsOf :many
SELECT * FROM dialogs WHERE organization_id = @organization_id AND account_id = @account_id ORDER BY position;

-- name: Dialog :one
SELECT * FROM dialogs WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id;

-- name: DialogsByID :many
SELECT * FROM dialogs
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id IN (sqlc.slice('peer_ids'))
ORDER BY position;

-- name: DialogByUsername :one
-- Telegram's usernames are ASCII, which LOWER folds everywhere.
SELECT * FROM dialogs
WHERE organization_id = @organization_id AND account_id = @account_id
    AND LOWER(username) = @lower_username AND username <> ''
ORDER BY position LIMIT 1;

-- name: PutDialog :exec
INSERT INTO dialogs (account_id, peer_id, organization_id, position, kind, title, username, search, members,
    access_hash, can_write, deny_reason, slow_mode_ms, forum, migrated_to, fails, wait_until, wait_reason, seen_at)
VALUES (@account_id, @peer_id, @organization_id, @position, @kind, @title, @username, @search, @members,
    @access_hash, @can_write, @deny_reason, @slow_mode_ms, @forum, @migrated_to, @fails, @wait_until, @wait_reason, @seen_at)
ON CONFLICT (account_id, peer_id) DO UPDATE SET position = excluded.position, kind = excluded.kind, title = excluded.title,
    username = excluded.username, search = excluded.search, members = excluded.members, access_hash = excluded.access_hash,
    can_write = excluded.can_write, deny_reason = excluded.deny_reason, slow_mode_ms = excluded.slow_mode_ms,
    forum = excluded.forum, migrated_to = excluded.migrated_to, fails = excluded.fails, wait_until = excluded.wait_until,
    wait_reason = excluded.wait_reason, seen_at = excluded.seen_at;

-- name: DropDialog :exec
DELETE FROM dialogs WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id;

-- name: SetDialogsRead :exec
UPDATE accounts SET dialogs_at = @dialogs_at, dialogs = @dialogs
WHERE organization_id = @organization_id AND id = @id;

-- name: CountDialogs :one
SELECT COUNT(*) FROM dialogs
WHERE organization_id = @organization_id AND account_id = @account_id
    AND (CAST(@of_kind AS TEXT) = '' OR kind = CAST(@of_kind AS TEXT))
    AND (CAST(@chats AS BIGINT) = 0 OR kind NOT IN ('user', 'bot'))
    AND (CAST(@writable AS BIGINT) = 0 OR can_write = 1)
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(search, CAST(@needle AS TEXT), '') <> search);

-- name: DialogPage :many
SELECT sqlc.embed(d), CAST(cp.peer_id IS NOT NULL AS BIGINT) AS in_use
FROM dialogs d
LEFT JOIN catalog_peers cp ON cp.catalog_id = @catalog_id AND cp.peer_id = d.peer_id AND cp.organization_id = d.organization_id
WHERE d.organization_id = @organization_id AND d.account_id = @account_id
    AND (CAST(@of_kind AS TEXT) = '' OR d.kind = CAST(@of_kind AS TEXT))
    AND (CAST(@chats AS BIGINT) = 0 OR d.kind NOT IN ('user', 'bot'))
    AND (CAST(@writable AS BIGINT) = 0 OR d.can_write = 1)
    AND (CAST(@needle AS TEXT) = '' OR REPLACE(d.search, CAST(@needle AS TEXT), '') <> d.search)
ORDER BY d.position LIMIT @row_limit OFFSET @row_offset;

-- name: KnownOf :many
SELECT d.account_id, COUNT(*) AS known
FROM accounts a
JOIN catalog_peers cp ON cp.organization_id = a.organization_id
JOIN dialogs d ON d.account_id = a.id AND d.peer_id = cp.peer_id AND d.organization_id = a.organization_id
WHERE a.organization_id = @organization_id AND cp.catalog_id = @catalog_id
GROUP BY d.account_id;

-- name: ClearFails :exec
UPDATE dialogs SET fails = 0
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id AND fails > 0;

-- name: SetMigrated :exec
UPDATE dialogs SET migrated_to = @migrated_to
WHERE organization_id = @organization_id AND account_id = @account_id AND peer_id = @peer_id;

-- name: NameCatalogPeer :exec
UPDATE catalog_peers SET kind = @kind, title = @title, username = @username, members = @members
WHERE organization_id = @organization_id AND peer_id = @peer_id;
