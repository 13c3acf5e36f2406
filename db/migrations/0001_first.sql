-- +goose Up

-- Times are milliseconds since 1970 in UTC, 0 where there is none. Durations are
-- milliseconds. Every row names its organization; the foreign keys are composite
-- where that keeps a row from pointing into another organization.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE organizations (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL,
    zone            TEXT    NOT NULL,
    service         INTEGER NOT NULL DEFAULT 0 CHECK (service IN (0, 1)),
    gap_min_ms      INTEGER NOT NULL CHECK (gap_min_ms >= 0),
    gap_max_ms      INTEGER NOT NULL CHECK (gap_max_ms >= gap_min_ms),
    min_interval_ms INTEGER NOT NULL CHECK (min_interval_ms >= 0),
    account_limit   INTEGER NOT NULL CHECK (account_limit >= 0),
    created_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX organizations_service ON organizations (service) WHERE service = 1;

CREATE TABLE departments (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    name            TEXT    NOT NULL,
    UNIQUE (organization_id, id)
) STRICT;

CREATE TABLE users (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    department_id   INTEGER,
    role            TEXT    NOT NULL CHECK (role IN ('admin', 'owner', 'manager', 'member')),
    name            TEXT    NOT NULL,
    email           TEXT    NOT NULL DEFAULT '', -- in lower case
    password_hash   TEXT    NOT NULL DEFAULT '',
    telegram_id     INTEGER NOT NULL DEFAULT 0,
    lang            TEXT    NOT NULL DEFAULT '',
    blocked_at      INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, department_id) REFERENCES departments (organization_id, id)
) STRICT;

CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';
CREATE UNIQUE INDEX users_telegram ON users (organization_id, telegram_id) WHERE telegram_id <> 0;

CREATE TABLE sessions (
    hash            BLOB    PRIMARY KEY, -- SHA-256 of the token
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    ip              TEXT    NOT NULL,
    agent           TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX sessions_user ON sessions (organization_id, user_id);
CREATE INDEX sessions_created ON sessions (created_at);

CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    phone           TEXT    NOT NULL,
    telegram_id     INTEGER NOT NULL,
    first_name      TEXT    NOT NULL,
    last_name       TEXT    NOT NULL,
    username        TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('active', 'paused', 'needs_login', 'disconnected')),
    reason          TEXT    NOT NULL DEFAULT '',
    ready_at        INTEGER NOT NULL DEFAULT 0, -- its pace: nothing goes out before
    wait_until      INTEGER NOT NULL DEFAULT 0, -- Telegram asked for silence until then
    wait_reason     TEXT    NOT NULL DEFAULT '',
    dialogs_at      INTEGER NOT NULL DEFAULT 0,
    dialogs         INTEGER NOT NULL DEFAULT 0,
    connected_at    INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

-- A number and a Telegram user are held once in the whole system, by an account
-- that is not disconnected. Disconnecting frees them and keeps the history.
CREATE UNIQUE INDEX accounts_phone ON accounts (phone) WHERE state <> 'disconnected';
CREATE UNIQUE INDEX accounts_telegram ON accounts (telegram_id) WHERE state <> 'disconnected';

CREATE TABLE telegram_sessions (
    account_id      INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    sealed          BLOB    NOT NULL,
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;

CREATE TABLE code_requests (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    phone           TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE INDEX code_requests_phone ON code_requests (phone, at);
CREATE INDEX code_requests_user ON code_requests (user_id, at);

-- Telegram refuses a number whoever asks, so this belongs to no organization.
CREATE TABLE refused_phones (
    phone TEXT    PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE dialogs (
    account_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('user', 'bot', 'group', 'supergroup', 'channel')),
    title           TEXT    NOT NULL,
    username        TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- title and username, folded
    members         INTEGER NOT NULL,
    access_hash     INTEGER NOT NULL,
    can_write       INTEGER NOT NULL CHECK (can_write IN (0, 1)),
    deny_reason     TEXT    NOT NULL,
    slow_mode_ms    INTEGER NOT NULL,
    forum           INTEGER NOT NULL CHECK (forum IN (0, 1)),
    migrated_to     INTEGER NOT NULL,
    fails           INTEGER NOT NULL DEFAULT 0,
    wait_until      INTEGER NOT NULL DEFAULT 0,
    seen_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, peer_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;

CREATE INDEX dialogs_position ON dialogs (account_id, position);

CREATE TABLE catalogs (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    folded          TEXT    NOT NULL, -- the name in lower case
    peers           INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (user_id, folded),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE INDEX catalogs_organization ON catalogs (organization_id, user_id);

CREATE TABLE catalog_peers (
    catalog_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('user', 'bot', 'group', 'supergroup', 'channel')),
    title           TEXT    NOT NULL,
    username        TEXT    NOT NULL,
    members         INTEGER NOT NULL,
    PRIMARY KEY (catalog_id, peer_id),
    FOREIGN KEY (organization_id, catalog_id) REFERENCES catalogs (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX catalog_peers_position ON catalog_peers (catalog_id, position);
CREATE INDEX catalog_peers_peer ON catalog_peers (organization_id, peer_id);

CREATE TABLE campaigns (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    uuid            TEXT    NOT NULL UNIQUE,
    token           TEXT    NOT NULL,
    account_id      INTEGER NOT NULL,
    catalog_id      INTEGER REFERENCES catalogs (id) ON DELETE SET NULL,
    catalog_name    TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- the text, folded
    rounds          INTEGER NOT NULL CHECK (rounds > 0),
    interval_ms     INTEGER NOT NULL CHECK (interval_ms >= 0),
    start_at        INTEGER NOT NULL,
    peers           INTEGER NOT NULL CHECK (peers > 0),
    status          TEXT    NOT NULL CHECK (status IN ('scheduled', 'running', 'paused', 'done', 'cancelled')),
    reason          TEXT    NOT NULL DEFAULT '',
    round           INTEGER NOT NULL DEFAULT 0 CHECK (round BETWEEN 0 AND rounds),
    next_due_at     INTEGER NOT NULL, -- 0: a round is open, or none is left
    planned         INTEGER NOT NULL CHECK (planned = peers * rounds),
    sent            INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
    failed          INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled       INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    missed          INTEGER NOT NULL DEFAULT 0 CHECK (missed >= 0),
    skipped         INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    uncertain       INTEGER NOT NULL DEFAULT 0 CHECK (uncertain >= 0),
    created_at      INTEGER NOT NULL,
    started_at      INTEGER NOT NULL DEFAULT 0,
    finished_at     INTEGER NOT NULL DEFAULT 0,
    last_sent_at    INTEGER NOT NULL DEFAULT 0,
    planned_end     INTEGER NOT NULL,
    UNIQUE (organization_id, id),
    CHECK (planned >= sent + failed + cancelled + missed + skipped + uncertain),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT;

CREATE UNIQUE INDEX campaigns_token ON campaigns (user_id, token) WHERE token <> '';
CREATE INDEX campaigns_status ON campaigns (organization_id, status);
CREATE INDEX campaigns_user ON campaigns (organization_id, user_id);
CREATE INDEX campaigns_account ON campaigns (account_id);
CREATE INDEX campaigns_catalog ON campaigns (catalog_id);
CREATE INDEX campaigns_due ON campaigns (next_due_at)
    WHERE status IN ('scheduled', 'running') AND next_due_at > 0;

-- The peers as they were when the campaign was ordered. A group that became a
-- supergroup later is replaced by a row for that, and stays for its deliveries.
CREATE TABLE campaign_peers (
    campaign_id     INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    replaced_by     INTEGER NOT NULL DEFAULT 0,
    kind            TEXT    NOT NULL CHECK (kind IN ('user', 'bot', 'group', 'supergroup', 'channel')),
    title           TEXT    NOT NULL,
    username        TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- title and username, folded
    members         INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, peer_id),
    FOREIGN KEY (organization_id, campaign_id) REFERENCES campaigns (organization_id, id) ON DELETE CASCADE
) STRICT;

-- A round has a row once it was opened or missed; its deliveries have rows once
-- it was opened. A missed round has no deliveries: all its peers are missed.
CREATE TABLE rounds (
    campaign_id     INTEGER NOT NULL,
    number          INTEGER NOT NULL CHECK (number > 0),
    organization_id INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('open', 'done', 'missed', 'cancelled')),
    planned_at      INTEGER NOT NULL,
    opened_at       INTEGER NOT NULL DEFAULT 0,
    closed_at       INTEGER NOT NULL DEFAULT 0,
    late            INTEGER NOT NULL CHECK (late IN (0, 1)),
    planned         INTEGER NOT NULL,
    sent            INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
    failed          INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled       INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    missed          INTEGER NOT NULL DEFAULT 0 CHECK (missed >= 0),
    skipped         INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    uncertain       INTEGER NOT NULL DEFAULT 0 CHECK (uncertain >= 0),
    PRIMARY KEY (campaign_id, number),
    CHECK (planned >= sent + failed + cancelled + missed + skipped + uncertain),
    FOREIGN KEY (organization_id, campaign_id) REFERENCES campaigns (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX rounds_open ON rounds (campaign_id) WHERE status = 'open';

CREATE TABLE deliveries (
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

-- What an account may claim, in order; the deliveries of a paused campaign are
-- held, so that no claim has to step over them.
CREATE INDEX deliveries_due ON deliveries (account_id, due_at)
    WHERE status IN ('planned', 'waiting') AND held = 0;
CREATE INDEX deliveries_uncertain ON deliveries (account_id, due_at) WHERE status = 'uncertain';
-- One in flight for an account.
CREATE UNIQUE INDEX deliveries_sending ON deliveries (account_id) WHERE status = 'sending';
-- What waits when one chat asks for silence.
CREATE INDEX deliveries_peer ON deliveries (account_id, peer_id)
    WHERE status IN ('planned', 'waiting', 'uncertain');
-- Which messages of a chat already prove a delivery.
CREATE INDEX deliveries_sent ON deliveries (account_id, peer_id, sent_at) WHERE status = 'sent';
-- Pages, newest round first.
CREATE INDEX deliveries_page ON deliveries (campaign_id, round DESC, position);
CREATE INDEX deliveries_status ON deliveries (campaign_id, status, round DESC, position);

CREATE VIEW account_rows AS
SELECT a.id, a.organization_id, a.user_id, a.phone, a.telegram_id, a.first_name, a.last_name, a.username,
    a.state, a.reason, a.wait_until, a.wait_reason, a.dialogs_at, a.dialogs, a.connected_at,
    u.name AS user_name, u.department_id
FROM accounts a JOIN users u ON u.id = a.user_id;

CREATE VIEW catalog_rows AS
SELECT c.id, c.organization_id, c.user_id, c.name, c.peers, c.created_at, c.updated_at,
    u.name AS user_name, u.department_id
FROM catalogs c JOIN users u ON u.id = c.user_id;

CREATE VIEW campaign_rows AS
SELECT c.id, c.organization_id, c.user_id, c.uuid, c.token, c.account_id, c.catalog_id, c.catalog_name,
    c.body, c.search, c.rounds, c.interval_ms, c.start_at, c.peers, c.status, c.reason, c.round, c.next_due_at,
    c.planned, c.sent, c.failed, c.cancelled, c.missed, c.skipped, c.uncertain,
    c.created_at, c.started_at, c.finished_at, c.last_sent_at, c.planned_end,
    u.name AS user_name, u.department_id,
    a.phone AS account_phone, a.first_name, a.last_name, a.state AS account_state, a.wait_until, a.wait_reason
FROM campaigns c JOIN users u ON u.id = c.user_id JOIN accounts a ON a.id = c.account_id;

INSERT INTO organizations (id, name, zone, service, gap_min_ms, gap_max_ms, min_interval_ms, account_limit, created_at)
VALUES (1, 'Postix', 'Asia/Tashkent', 1, 8000, 12000, 60000, 0, 0);

-- +goose Down
DROP VIEW campaign_rows;
DROP VIEW catalog_rows;
DROP VIEW account_rows;
DROP TABLE deliveries;
DROP TABLE rounds;
DROP TABLE campaign_peers;
DROP TABLE campaigns;
DROP TABLE catalog_peers;
DROP TABLE catalogs;
DROP TABLE dialogs;
DROP TABLE refused_phones;
DROP TABLE code_requests;
DROP TABLE telegram_sessions;
DROP TABLE accounts;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE departments;
DROP TABLE organizations;
DROP TABLE settings;
