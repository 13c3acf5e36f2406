-- name: Listening :many
-- A paused account hears as well as ever: it is sending that Telegram limits. That of
-- a blocked user hears on for his organization; a number that is blocked does not.
SELECT a.id FROM accounts a JOIN organizations o ON o.id = a.organization_id
WHERE a.listens = 1 AND a.state IN ('active', 'paused') AND o.watch_off = 0 AND o.blocked_at = 0
    AND NOT EXISTS (SELECT 1 FROM blocked_phones p WHERE p.phone = a.phone AND p.blocked_at > 0)
ORDER BY a.id;

-- name: SetListens :execrows
UPDATE accounts SET listens = @listens WHERE organization_id = @organization_id AND id = @id AND state <> 'disconnected';

-- name: Positions :many
SELECT * FROM positions WHERE account_id = @account_id ORDER BY peer_id;

-- name: SavePosition :execrows
INSERT INTO positions (account_id, peer_id, organization_id, pts, qts, date, at)
SELECT a.id, CAST(@peer_id AS BIGINT), a.organization_id, CAST(@pts AS BIGINT), CAST(@qts AS BIGINT), CAST(@date AS BIGINT), CAST(@at AS BIGINT)
FROM accounts a WHERE a.id = @account_id
ON CONFLICT (account_id, peer_id) DO UPDATE SET pts = excluded.pts, qts = excluded.qts, date = excluded.date, at = excluded.at;

-- name: ListenedGroups :many
SELECT * FROM dialogs WHERE account_id = @account_id AND kind = 'supergroup' ORDER BY position;

-- name: DropPositions :exec
-- The organization's accounts hear what is written from now on.
DELETE FROM positions WHERE organization_id = @organization_id;

-- name: PrunePositions :exec
-- Those that are old, of accounts that do not listen and of supergroups that are
-- not among the account's dialogs any more.
DELETE FROM positions WHERE positions.organization_id = @organization_id AND positions.at < @before
    AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = positions.account_id AND a.listens = 1 AND a.state <> 'disconnected'
        AND (positions.peer_id = 0 OR EXISTS (SELECT 1 FROM dialogs d
            WHERE d.account_id = a.id AND d.peer_id = positions.peer_id AND d.deny_reason <> 'not_member')));
