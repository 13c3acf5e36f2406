-- +goose Up

-- The account hears what is written in its groups.
ALTER TABLE accounts ADD COLUMN listens INTEGER NOT NULL DEFAULT 0 CHECK (listens IN (0, 1));

DROP VIEW account_rows;
CREATE VIEW account_rows AS
SELECT a.id, a.organization_id, a.user_id, a.phone, a.telegram_id, a.first_name, a.last_name, a.username, a.state,
    CAST(CASE WHEN a.state = 'disconnected' AND EXISTS (SELECT 1 FROM accounts h WHERE (h.telegram_id = a.telegram_id OR h.phone = a.phone)
        AND h.state <> 'disconnected') THEN 'NUMBER_ELSEWHERE' ELSE a.reason END AS TEXT) AS reason,
    a.wait_until, a.wait_reason, a.limit_until, a.limit_reason, a.warm_at,
    a.dialogs_at, a.dialogs, a.connected_at, a.listens,
    u.name AS user_name, u.department_id
FROM accounts a JOIN users u ON u.id = a.user_id;

-- How far an account has read: of a supergroup, or with peer_id 0 of all else.
CREATE TABLE positions (
    account_id      INTEGER NOT NULL,
    peer_id         INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    pts             INTEGER NOT NULL,
    qts             INTEGER NOT NULL,
    date            INTEGER NOT NULL, -- Unix seconds, as Telegram counts
    at              INTEGER NOT NULL, -- when it was stored
    PRIMARY KEY (account_id, peer_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
) STRICT, WITHOUT ROWID;

-- An organization without a row has the default settings.
CREATE TABLE watch_settings (
    organization_id    INTEGER PRIMARY KEY REFERENCES organizations (id),
    version            INTEGER NOT NULL CHECK (version >= 0), -- of all but the keywords
    edition            INTEGER NOT NULL CHECK (edition > 0),  -- of the row
    mode               TEXT    NOT NULL CHECK (mode IN ('off', 'observe', 'reply')),
    all_groups         INTEGER NOT NULL CHECK (all_groups IN (0, 1)),
    rules              TEXT    NOT NULL, -- JSON
    keywords           TEXT    NOT NULL, -- JSON; empty: the built-in lists
    reply_from         INTEGER NOT NULL CHECK (reply_from BETWEEN 0 AND 4),
    reply_cooldown_ms  INTEGER NOT NULL CHECK (reply_cooldown_ms > 0),
    reply_source_first INTEGER NOT NULL CHECK (reply_source_first IN (0, 1)),
    reply_per_chat     INTEGER NOT NULL CHECK (reply_per_chat >= 0),
    reply_per_sender   INTEGER NOT NULL CHECK (reply_per_sender >= 0),
    reply_per_day      INTEGER NOT NULL CHECK (reply_per_day >= 0),
    keep_days          INTEGER NOT NULL CHECK (keep_days BETWEEN 1 AND 730)
) STRICT;

CREATE TABLE watch_groups (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    peer_id         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, peer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE custom_filters (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    block           INTEGER NOT NULL CHECK (block IN (0, 1)), -- else it allows
    sender_id       INTEGER NOT NULL, -- 0: it is a word
    word            TEXT    NOT NULL,
    folded          TEXT    NOT NULL, -- the word, folded
    note            TEXT    NOT NULL,
    user_id         INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    CHECK ((sender_id = 0) = (word <> '')),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX custom_filters_one ON custom_filters (organization_id, sender_id, folded);

CREATE TABLE templates (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    body            TEXT    NOT NULL CHECK (body <> ''),
    active          INTEGER NOT NULL CHECK (active IN (0, 1)),
    sent            INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX templates_organization ON templates (organization_id);

-- Who wrote what was heard, under the name that was seen last.
CREATE TABLE senders (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    sender_id       INTEGER NOT NULL,
    username        TEXT    NOT NULL,
    first_name      TEXT    NOT NULL,
    last_name       TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- the names, folded
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    detections      INTEGER NOT NULL DEFAULT 0 CHECK (detections >= 0), -- that are kept
    marked_at       INTEGER NOT NULL DEFAULT 0, -- once caught by phone_spam
    cooldown_until  INTEGER NOT NULL DEFAULT 0,
    last_template   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, sender_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX senders_marked ON senders (organization_id, marked_at) WHERE marked_at > 0;
CREATE INDEX senders_idle ON senders (organization_id, last_at) WHERE detections = 0 AND marked_at = 0;

ALTER TABLE notices ADD COLUMN sender_id INTEGER NOT NULL DEFAULT 0; -- who was marked

CREATE TABLE heard_chats (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    chat_id         INTEGER NOT NULL,
    title           TEXT    NOT NULL,
    members         INTEGER NOT NULL, -- 0: not known
    PRIMARY KEY (organization_id, chat_id)
) STRICT, WITHOUT ROWID;

-- The texts of what was heard: a dispatcher writes the same in hundreds of
-- groups, and it is stored once. What is heard and found points here without a
-- foreign key; a text outlives both by the two times, which may lag an hour.
CREATE TABLE heard_texts (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    hash            BLOB    NOT NULL, -- half the SHA-256 of the body
    body            TEXT    NOT NULL,
    search          TEXT    NOT NULL, -- the body, folded; empty while no detection has it
    heard_at        INTEGER NOT NULL,
    detected_at     INTEGER NOT NULL,
    UNIQUE (organization_id, hash)
) STRICT;
CREATE INDEX heard_texts_detected ON heard_texts (organization_id, detected_at) WHERE detected_at > 0;
CREATE INDEX heard_texts_heard ON heard_texts (organization_id, heard_at) WHERE detected_at = 0;

-- The messages of about a day. The key is the same whichever account heard the
-- message: its id, but of a basic group, where each account has its own ids, a
-- negative number made of the contents.
CREATE TABLE heard (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    chat_id         INTEGER NOT NULL,
    message_key     INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    text_id         INTEGER NOT NULL,
    UNIQUE (organization_id, chat_id, message_key)
) STRICT;
CREATE INDEX heard_at ON heard (organization_id, at);
CREATE INDEX heard_sender ON heard (organization_id, sender_id, at, chat_id);

-- How much was heard in each quarter of an hour: whatever a zone's offset, its
-- days are whole quarters.
CREATE TABLE heard_counts (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    at              INTEGER NOT NULL, -- the quarter's beginning
    messages        INTEGER NOT NULL,
    PRIMARY KEY (organization_id, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE detections (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    chat_id         INTEGER NOT NULL,
    message_key     INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    text_id         INTEGER NOT NULL,
    username        TEXT    NOT NULL, -- the names as they were
    first_name      TEXT    NOT NULL,
    last_name       TEXT    NOT NULL,
    severity        INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    rule            TEXT    NOT NULL, -- the first that hit
    rules           INTEGER NOT NULL, -- all that hit, as a set of bits
    hits            TEXT    NOT NULL, -- JSON
    phones          TEXT    NOT NULL, -- JSON
    silence         TEXT    NOT NULL, -- why it was not answered: 'stopped' until that is decided
    silence_until   INTEGER NOT NULL DEFAULT 0, -- the end of the cool-down that it names
    review          TEXT    NOT NULL DEFAULT '' CHECK (review IN ('', 'right', 'wrong')),
    reviewed_by     INTEGER NOT NULL DEFAULT 0,
    reviewed_at     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, chat_id, message_key),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, sender_id) REFERENCES senders (organization_id, sender_id)
) STRICT;
-- Pages and what they count, whatever they are narrowed down by.
CREATE INDEX detections_page ON detections (organization_id, at, id, severity, review, rules, sender_id, chat_id, text_id);
CREATE INDEX detections_sender ON detections (organization_id, sender_id, at);
CREATE INDEX detections_chat ON detections (organization_id, chat_id, at);
CREATE INDEX detections_undecided ON detections (organization_id, at) WHERE silence = 'stopped';
-- Reports.
CREATE INDEX detections_rules ON detections (organization_id, rules, at);
CREATE INDEX detections_reviewed ON detections (organization_id, at, rule, review) WHERE review <> '';

-- An automatic answer to a detection is a campaign that no person ordered: one
-- round, one or two groups, worth nothing after expires_at. It goes with its
-- detection.
ALTER TABLE campaigns ADD COLUMN kind TEXT NOT NULL DEFAULT 'campaign' CHECK (kind = 'campaign' OR kind = 'reply');
ALTER TABLE campaigns ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0; -- 0: never
ALTER TABLE campaigns ADD COLUMN detection_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN template_id INTEGER NOT NULL DEFAULT 0; -- that the answer was made from
ALTER TABLE campaign_peers ADD COLUMN reply_to INTEGER NOT NULL DEFAULT 0; -- the message there that is answered
CREATE INDEX campaigns_replying ON campaigns (account_id, expires_at) WHERE kind = 'reply' AND status = 'running';
CREATE INDEX campaigns_expiring ON campaigns (expires_at) WHERE kind = 'reply' AND status = 'running';
CREATE INDEX campaigns_replied ON campaigns (organization_id, created_at) WHERE kind = 'reply';
CREATE INDEX campaigns_detection ON campaigns (organization_id, detection_id) WHERE kind = 'reply';
-- What pages list and count knows answers nowhere.
CREATE INDEX campaigns_ordered ON campaigns (organization_id) WHERE kind = 'campaign';
DROP INDEX campaigns_account;
DROP INDEX campaigns_status;
DROP INDEX campaigns_user;
DROP INDEX campaigns_start;
DROP INDEX campaigns_live;
CREATE INDEX campaigns_account ON campaigns (organization_id, account_id);
CREATE INDEX campaigns_status ON campaigns (organization_id, status) WHERE kind = 'campaign';
CREATE INDEX campaigns_user ON campaigns (organization_id, user_id) WHERE kind = 'campaign';
CREATE INDEX campaigns_start ON campaigns (organization_id, start_at) WHERE kind = 'campaign';
CREATE INDEX campaigns_live ON campaigns (organization_id, status, account_id, user_id, kind)
    WHERE status IN ('scheduled', 'running', 'paused');

DROP VIEW campaign_rows;
CREATE VIEW campaign_rows AS
SELECT c.id, c.organization_id, c.user_id, c.uuid, c.token, c.account_id, c.catalog_id, c.catalog_name,
    c.body, c.search, c.texts, c.rounds, c.interval_ms, c.start_at, c.peers, c.status, c.reason, c.round, c.next_due_at, c.after_at,
    c.planned, c.sent, c.failed, c.cancelled, c.missed, c.skipped, c.uncertain, c.sums_wrong_at,
    c.created_at, c.started_at, c.finished_at, c.last_sent_at, c.planned_end, c.kind,
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
DELETE FROM deliveries WHERE campaign_id IN (SELECT id FROM campaigns WHERE kind = 'reply');
DELETE FROM rounds WHERE campaign_id IN (SELECT id FROM campaigns WHERE kind = 'reply');
DELETE FROM campaign_peers WHERE campaign_id IN (SELECT id FROM campaigns WHERE kind = 'reply');
DELETE FROM campaigns WHERE kind = 'reply';
DROP INDEX campaigns_live;
DROP INDEX campaigns_start;
DROP INDEX campaigns_user;
DROP INDEX campaigns_status;
DROP INDEX campaigns_account;
DROP INDEX campaigns_ordered;
DROP INDEX campaigns_detection;
DROP INDEX campaigns_replied;
DROP INDEX campaigns_expiring;
DROP INDEX campaigns_replying;
ALTER TABLE campaign_peers DROP COLUMN reply_to;
ALTER TABLE campaigns DROP COLUMN template_id;
ALTER TABLE campaigns DROP COLUMN detection_id;
ALTER TABLE campaigns DROP COLUMN expires_at;
ALTER TABLE campaigns DROP COLUMN kind;
CREATE INDEX campaigns_account ON campaigns (account_id);
CREATE INDEX campaigns_status ON campaigns (organization_id, status);
CREATE INDEX campaigns_user ON campaigns (organization_id, user_id);
CREATE INDEX campaigns_start ON campaigns (organization_id, start_at);
CREATE INDEX campaigns_live ON campaigns (organization_id, status, account_id, user_id)
    WHERE status IN ('scheduled', 'running', 'paused');
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
DROP TABLE detections;
DROP TABLE heard_counts;
DROP TABLE heard;
DROP TABLE heard_texts;
DROP TABLE heard_chats;
ALTER TABLE notices DROP COLUMN sender_id;
DROP TABLE senders;
DROP TABLE templates;
DROP TABLE custom_filters;
DROP TABLE watch_groups;
DROP TABLE watch_settings;
DROP TABLE positions;
DROP VIEW account_rows;
ALTER TABLE accounts DROP COLUMN listens;
CREATE VIEW account_rows AS
SELECT a.id, a.organization_id, a.user_id, a.phone, a.telegram_id, a.first_name, a.last_name, a.username, a.state,
    CAST(CASE WHEN a.state = 'disconnected' AND EXISTS (SELECT 1 FROM accounts h WHERE (h.telegram_id = a.telegram_id OR h.phone = a.phone)
        AND h.state <> 'disconnected') THEN 'NUMBER_ELSEWHERE' ELSE a.reason END AS TEXT) AS reason,
    a.wait_until, a.wait_reason, a.limit_until, a.limit_reason, a.warm_at,
    a.dialogs_at, a.dialogs, a.connected_at,
    u.name AS user_name, u.department_id
FROM accounts a JOIN users u ON u.id = a.user_id;
