-- +goose Up

-- How gently an organization's accounts send, and how fast the service allows
-- it; when it sends at all; and who has stopped it.
ALTER TABLE organizations ADD COLUMN chat_gap_ms INTEGER NOT NULL DEFAULT 60000 CHECK (chat_gap_ms >= 0);
ALTER TABLE organizations ADD COLUMN per_hour INTEGER NOT NULL DEFAULT 240 CHECK (per_hour >= 0); -- 0: no cap
ALTER TABLE organizations ADD COLUMN per_day INTEGER NOT NULL DEFAULT 2000 CHECK (per_day >= 0);
ALTER TABLE organizations ADD COLUMN granted_gap_ms INTEGER NOT NULL DEFAULT 8000 CHECK (granted_gap_ms >= 0);
ALTER TABLE organizations ADD COLUMN granted_chat_gap_ms INTEGER NOT NULL DEFAULT 60000 CHECK (granted_chat_gap_ms >= 0);
ALTER TABLE organizations ADD COLUMN granted_per_hour INTEGER NOT NULL DEFAULT 240 CHECK (granted_per_hour >= 0);
ALTER TABLE organizations ADD COLUMN granted_per_day INTEGER NOT NULL DEFAULT 2000 CHECK (granted_per_day >= 0);
ALTER TABLE organizations ADD COLUMN granted_interval_ms INTEGER NOT NULL DEFAULT 3600000 CHECK (granted_interval_ms >= 0);
ALTER TABLE organizations ADD COLUMN quiet_from INTEGER NOT NULL DEFAULT 0 CHECK (quiet_from BETWEEN 0 AND 1439); -- minutes of the day
ALTER TABLE organizations ADD COLUMN quiet_to INTEGER NOT NULL DEFAULT 0 CHECK (quiet_to BETWEEN 0 AND 1439);
ALTER TABLE organizations ADD COLUMN days INTEGER NOT NULL DEFAULT 127 CHECK (days BETWEEN 1 AND 127); -- 1 << weekday, Sunday 0
ALTER TABLE organizations ADD COLUMN stop TEXT NOT NULL DEFAULT '' CHECK (stop IN ('', 'owner', 'service', 'both'));
UPDATE organizations SET min_interval_ms = 3600000 WHERE min_interval_ms < 3600000;

ALTER TABLE users ADD COLUMN notices_seen INTEGER NOT NULL DEFAULT 0; -- id of the newest notice he has seen

ALTER TABLE accounts ADD COLUMN limit_until INTEGER NOT NULL DEFAULT 0; -- a limit of ours holds it up
ALTER TABLE accounts ADD COLUMN limit_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN warm_at INTEGER NOT NULL DEFAULT 0; -- when it was first connected
UPDATE accounts SET warm_at = connected_at;

ALTER TABLE dialogs ADD COLUMN wait_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE campaigns ADD COLUMN texts INTEGER NOT NULL DEFAULT 1 CHECK (texts > 0);
ALTER TABLE campaigns ADD COLUMN recent INTEGER NOT NULL DEFAULT 0; -- how the latest attempts ended
ALTER TABLE campaigns ADD COLUMN after_at INTEGER NOT NULL DEFAULT 0; -- the round after the open one opens no sooner
ALTER TABLE campaigns ADD COLUMN sums_wrong_at INTEGER NOT NULL DEFAULT 0; -- when its figures were found not to come out
UPDATE campaigns SET after_at = COALESCE((SELECT MAX(r.opened_at) FROM rounds r WHERE r.campaign_id = campaigns.id), 0) + interval_ms;
-- Those that are live: few, however many have ended.
CREATE INDEX campaigns_live ON campaigns (organization_id, status, account_id, user_id)
    WHERE status IN ('scheduled', 'running', 'paused');
CREATE INDEX campaigns_start ON campaigns (organization_id, start_at);
CREATE INDEX campaigns_finished ON campaigns (finished_at);
CREATE INDEX campaigns_wrong ON campaigns (sums_wrong_at) WHERE sums_wrong_at > 0;

-- Every text that a campaign has had. A delivery keeps the version it was first
-- tried with for as long as it may have arrived.
CREATE TABLE campaign_texts (
    campaign_id     INTEGER NOT NULL,
    version         INTEGER NOT NULL CHECK (version > 0),
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    body            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, version),
    FOREIGN KEY (organization_id, campaign_id) REFERENCES campaigns (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
INSERT INTO campaign_texts (campaign_id, version, organization_id, user_id, body, created_at)
SELECT id, 1, organization_id, user_id, body, created_at FROM campaigns;

-- Every message changes its delivery twice, and so what there is to check and to
-- index decides how many can be sent. SQLite makes a table of a list each time a
-- status is checked against it, but not of alternatives.
CREATE TABLE deliveries_now (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    campaign_id     INTEGER NOT NULL,
    round           INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status = 'planned' OR status = 'sending' OR status = 'sent'
        OR status = 'failed' OR status = 'waiting' OR status = 'uncertain' OR status = 'cancelled'
        OR status = 'missed' OR status = 'skipped'),
    reason          TEXT    NOT NULL DEFAULT '',
    held            INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)), -- its campaign is paused
    random_id       INTEGER NOT NULL CHECK (random_id <> 0),
    message_id      INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    claims          INTEGER NOT NULL DEFAULT 0, -- how often it was claimed
    text_version    INTEGER NOT NULL DEFAULT 0, -- 0: not tried yet
    retries         INTEGER NOT NULL DEFAULT 0, -- how often a person had it sent again
    first_at        INTEGER NOT NULL DEFAULT 0, -- of the first attempt
    due_at          INTEGER NOT NULL,
    sent_at         INTEGER NOT NULL DEFAULT 0,
    uncertain_at    INTEGER NOT NULL DEFAULT 0, -- when a message last left without an answer
    updated_at      INTEGER NOT NULL,
    UNIQUE (campaign_id, round, peer_id),
    FOREIGN KEY (campaign_id, round) REFERENCES rounds (campaign_id, number) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;
INSERT INTO deliveries_now (id, organization_id, campaign_id, round, account_id, peer_id, position, status, reason,
    held, random_id, message_id, attempts, first_at, due_at, sent_at, uncertain_at, updated_at,
    text_version)
SELECT id, organization_id, campaign_id, round, account_id, peer_id, position, status, reason,
    held, random_id, message_id, attempts, first_at, due_at, sent_at, uncertain_at, updated_at,
    CASE WHEN attempts > 0 THEN 1 ELSE 0 END FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_now RENAME TO deliveries;
-- What an account may claim, in order; the deliveries of a paused campaign are
-- held, so that no claim has to step over them.
CREATE INDEX deliveries_due ON deliveries (account_id, due_at)
    WHERE status IN ('planned', 'waiting') AND held = 0;
CREATE INDEX deliveries_uncertain ON deliveries (account_id, due_at) WHERE status = 'uncertain';
-- One in flight for an account.
CREATE UNIQUE INDEX deliveries_sending ON deliveries (account_id) WHERE status = 'sending';
-- Pages, newest round first. Where something is open or sent the counters of its
-- round say, so that only the rest has an index of its own. A query has to have
-- one of its conditions word for word.
CREATE INDEX deliveries_page ON deliveries (campaign_id, round DESC, position);
CREATE INDEX deliveries_status ON deliveries (campaign_id, status, round DESC, position)
    WHERE status = 'failed' OR status = 'uncertain' OR status = 'cancelled' OR status = 'missed' OR status = 'skipped';

-- What has gone out of an account, or may have, in the last day: its caps count
-- it. The number keeps two of one millisecond apart.
CREATE TABLE outgoing (
    account_id      INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, at, number),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO outgoing (account_id, at, number, organization_id)
SELECT account_id, sent_at, id, organization_id FROM deliveries
WHERE status = 'sent' AND sent_at > (SELECT COALESCE(MAX(last_sent_at), 0) - 86400000 FROM campaigns);

-- Chats that have lately shut an account out.
CREATE TABLE account_bans (
    account_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (account_id, peer_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;

CREATE TABLE notices (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    kind            TEXT    NOT NULL,
    user_id         INTEGER NOT NULL DEFAULT 0, -- whose account or campaign it is
    account_id      INTEGER NOT NULL DEFAULT 0,
    campaign_id     INTEGER NOT NULL DEFAULT 0,
    reason          TEXT    NOT NULL DEFAULT '',
    until           INTEGER NOT NULL DEFAULT 0,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_organization ON notices (organization_id, id);
CREATE INDEX notices_at ON notices (at);

DROP VIEW campaign_rows;
DROP VIEW account_rows;

-- A disconnected number may have been connected by another account since.
CREATE VIEW account_rows AS
SELECT a.id, a.organization_id, a.user_id, a.phone, a.telegram_id, a.first_name, a.last_name, a.username, a.state,
    CAST(CASE WHEN a.state = 'disconnected' AND EXISTS (SELECT 1 FROM accounts h WHERE (h.telegram_id = a.telegram_id OR h.phone = a.phone)
        AND h.state <> 'disconnected') THEN 'NUMBER_ELSEWHERE' ELSE a.reason END AS TEXT) AS reason,
    a.wait_until, a.wait_reason, a.limit_until, a.limit_reason, a.warm_at,
    a.dialogs_at, a.dialogs, a.connected_at,
    u.name AS user_name, u.department_id
FROM accounts a JOIN users u ON u.id = a.user_id;

CREATE VIEW campaign_rows AS
SELECT c.id, c.organization_id, c.user_id, c.uuid, c.token, c.account_id, c.catalog_id, c.catalog_name,
    c.body, c.search, c.texts, c.rounds, c.interval_ms, c.start_at, c.peers, c.status, c.reason, c.round, c.next_due_at, c.after_at,
    c.planned, c.sent, c.failed, c.cancelled, c.missed, c.skipped, c.uncertain, c.sums_wrong_at,
    c.created_at, c.started_at, c.finished_at, c.last_sent_at, c.planned_end,
    u.name AS user_name, u.department_id,
    a.phone AS account_phone, a.first_name, a.last_name, a.state AS account_state,
    CAST(CASE WHEN a.state = 'disconnected' AND EXISTS (SELECT 1 FROM accounts h WHERE (h.telegram_id = a.telegram_id OR h.phone = a.phone)
        AND h.state <> 'disconnected') THEN 'NUMBER_ELSEWHERE' ELSE a.reason END AS TEXT) AS account_reason,
    a.wait_until, a.wait_reason, a.limit_until, a.limit_reason,
    o.zone, o.quiet_from, o.quiet_to, o.days, o.stop,
    o.min_interval_ms, o.granted_interval_ms, o.chat_gap_ms, o.granted_chat_gap_ms
FROM campaigns c JOIN users u ON u.id = c.user_id JOIN accounts a ON a.id = c.account_id
    JOIN organizations o ON o.id = c.organization_id;

-- +goose Down
DROP VIEW campaign_rows;
DROP VIEW account_rows;
DROP TABLE notices;
DROP TABLE account_bans;
DROP TABLE outgoing;
CREATE TABLE deliveries_then (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    campaign_id     INTEGER NOT NULL,
    round           INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN
        ('planned', 'sending', 'sent', 'failed', 'waiting', 'uncertain', 'cancelled', 'missed', 'skipped')),
    reason          TEXT    NOT NULL DEFAULT '',
    held            INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)), -- its campaign is paused
    random_id       INTEGER NOT NULL CHECK (random_id <> 0),
    message_id      INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    first_at        INTEGER NOT NULL DEFAULT 0, -- of the first attempt
    due_at          INTEGER NOT NULL,
    sent_at         INTEGER NOT NULL DEFAULT 0,
    uncertain_at    INTEGER NOT NULL DEFAULT 0, -- when a message last left without an answer
    updated_at      INTEGER NOT NULL,
    UNIQUE (campaign_id, round, peer_id),
    FOREIGN KEY (campaign_id, round) REFERENCES rounds (campaign_id, number) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;
INSERT INTO deliveries_then (id, organization_id, campaign_id, round, account_id, peer_id, position, status, reason,
    held, random_id, message_id, attempts, first_at, due_at, sent_at, uncertain_at, updated_at)
SELECT id, organization_id, campaign_id, round, account_id, peer_id, position, status, reason,
    held, random_id, message_id, attempts, first_at, due_at, sent_at, uncertain_at, updated_at FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_then RENAME TO deliveries;
CREATE INDEX deliveries_due ON deliveries (account_id, due_at)
    WHERE status IN ('planned', 'waiting') AND held = 0;
CREATE INDEX deliveries_uncertain ON deliveries (account_id, due_at) WHERE status = 'uncertain';
CREATE UNIQUE INDEX deliveries_sending ON deliveries (account_id) WHERE status = 'sending';
CREATE INDEX deliveries_peer ON deliveries (account_id, peer_id)
    WHERE status IN ('planned', 'waiting', 'uncertain');
CREATE INDEX deliveries_sent ON deliveries (account_id, peer_id, sent_at) WHERE status = 'sent';
CREATE INDEX deliveries_page ON deliveries (campaign_id, round DESC, position);
CREATE INDEX deliveries_status ON deliveries (campaign_id, status, round DESC, position);
DROP TABLE campaign_texts;
DROP INDEX campaigns_wrong;
DROP INDEX campaigns_finished;
DROP INDEX campaigns_start;
DROP INDEX campaigns_live;
ALTER TABLE campaigns DROP COLUMN sums_wrong_at;
ALTER TABLE campaigns DROP COLUMN after_at;
ALTER TABLE campaigns DROP COLUMN recent;
ALTER TABLE campaigns DROP COLUMN texts;
ALTER TABLE dialogs DROP COLUMN wait_reason;
ALTER TABLE accounts DROP COLUMN warm_at;
ALTER TABLE accounts DROP COLUMN limit_reason;
ALTER TABLE accounts DROP COLUMN limit_until;
ALTER TABLE users DROP COLUMN notices_seen;
ALTER TABLE organizations DROP COLUMN stop;
ALTER TABLE organizations DROP COLUMN days;
ALTER TABLE organizations DROP COLUMN quiet_to;
ALTER TABLE organizations DROP COLUMN quiet_from;
ALTER TABLE organizations DROP COLUMN granted_interval_ms;
ALTER TABLE organizations DROP COLUMN granted_per_day;
ALTER TABLE organizations DROP COLUMN granted_per_hour;
ALTER TABLE organizations DROP COLUMN granted_chat_gap_ms;
ALTER TABLE organizations DROP COLUMN granted_gap_ms;
ALTER TABLE organizations DROP COLUMN per_day;
ALTER TABLE organizations DROP COLUMN per_hour;
ALTER TABLE organizations DROP COLUMN chat_gap_ms;

CREATE VIEW account_rows AS
SELECT a.id, a.organization_id, a.user_id, a.phone, a.telegram_id, a.first_name, a.last_name, a.username,
    a.state, a.reason, a.wait_until, a.wait_reason, a.dialogs_at, a.dialogs, a.connected_at,
    u.name AS user_name, u.department_id
FROM accounts a JOIN users u ON u.id = a.user_id;

CREATE VIEW campaign_rows AS
SELECT c.id, c.organization_id, c.user_id, c.uuid, c.token, c.account_id, c.catalog_id, c.catalog_name,
    c.body, c.search, c.rounds, c.interval_ms, c.start_at, c.peers, c.status, c.reason, c.round, c.next_due_at,
    c.planned, c.sent, c.failed, c.cancelled, c.missed, c.skipped, c.uncertain,
    c.created_at, c.started_at, c.finished_at, c.last_sent_at, c.planned_end,
    u.name AS user_name, u.department_id,
    a.phone AS account_phone, a.first_name, a.last_name, a.state AS account_state, a.wait_until, a.wait_reason
FROM campaigns c JOIN users u ON u.id = c.user_id JOIN accounts a ON a.id = c.account_id;
