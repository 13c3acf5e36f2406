-- +goose Up

-- Peers that no account of the organization writes to.
CREATE TABLE denied_peers (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    peer_id         INTEGER NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('user', 'bot', 'group', 'supergroup', 'channel')),
    title           TEXT    NOT NULL,
    username        TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- title and username, folded
    reason          TEXT    NOT NULL, -- Telegram's code, or what a person wrote
    user_id         INTEGER NOT NULL DEFAULT 0, -- 0: put here by an answer of Telegram's
    at              INTEGER NOT NULL,
    PRIMARY KEY (organization_id, peer_id)
) STRICT;

-- A group stays denied as the supergroup that it becomes.
CREATE VIEW denied_ids AS
SELECT n.organization_id, n.peer_id FROM denied_peers n
UNION ALL
SELECT n.organization_id, d.migrated_to AS peer_id
FROM denied_peers n JOIN accounts a ON a.organization_id = n.organization_id
    JOIN dialogs d ON d.account_id = a.id AND d.peer_id = n.peer_id
WHERE n.kind = 'group' AND d.migrated_to <> 0;

-- Campaigns that are done but for messages that proved not to have arrived.
CREATE INDEX campaigns_left ON campaigns (organization_id, status)
    WHERE status = 'done' AND planned > sent + failed + cancelled + missed + skipped + uncertain;

-- +goose Down
DROP INDEX campaigns_left;
DROP VIEW denied_ids;
DROP TABLE denied_peers;
