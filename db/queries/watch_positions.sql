-- name: Listening :many
-- A paused account hears as well as ever: it is sending that Telegram limits.
SELECT id FROM accounts WHERE listens = 1 AND state IN ('active', 'paused') ORDER BY id;

-- name: SetListens :execrows
UPDATE accounts SET listens = @listens WHERE organization_id = @organization_id AND id = @id AND state <> 'disconnected';

-- name: Positions :many
SELECT * FROM positions WHERE account_id = @account_id ORDER BY peer_id;

-- name: SavePosition :execrows
INSERT INTO positions (account_id, peer_id, organization_id, pts, qts, date)
SELECT a.id, CAST(@peer_id AS BIGINT), a.organization_id, CAST(@pts AS BIGINT), CAST(@qts AS BIGINT), CAST(@date AS BIGINT)
FROM accounts a WHERE a.id = @account_id
ON CONFLICT (account_id, peer_id) DO UPDATE SET pts = excluded.pts, qts = excluded.qts, date = excluded.date;

-- name: ListenedGroups :many
SELECT * FROM dialogs WHERE account_id = @account_id AND kind = 'supergroup' ORDER BY position;
