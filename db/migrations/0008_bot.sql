-- +goose Up

-- As whom a Telegram user talks to the bot. It holds for as long as that user has
-- his Telegram ID and is not removed.
CREATE TABLE bot_people (
    telegram_id     INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    bound_at        INTEGER NOT NULL,
    gone_at         INTEGER NOT NULL DEFAULT 0, -- he has shut the bot out
    step            TEXT    NOT NULL DEFAULT '', -- what the bot waits for
    draft           TEXT    NOT NULL DEFAULT '', -- JSON: what he has said so far
    notices_sent    INTEGER NOT NULL DEFAULT 0,  -- id of the newest notice that he was told, or that was not for him
    notices_at      INTEGER NOT NULL DEFAULT 0,  -- when the bot last told him something by itself
    digest_at       INTEGER NOT NULL DEFAULT 0,  -- when his next digest is due; 0: not decided yet
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
CREATE INDEX bot_people_user ON bot_people (organization_id, user_id);
CREATE INDEX bot_people_told ON bot_people (gone_at, organization_id, user_id, notices_sent, notices_at, digest_at);
CREATE INDEX users_by_telegram ON users (telegram_id) WHERE telegram_id <> 0;

-- Links by which somebody binds his Telegram ID, once.
CREATE TABLE bot_links (
    hash            BLOB    PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX bot_links_user ON bot_links (organization_id, user_id);

-- What Telegram has told the bot, before it is confirmed there. A row that was handled
-- stays a while, without its text, so that it is not handled again.
CREATE TABLE bot_updates (
    id          INTEGER PRIMARY KEY, -- Telegram's
    telegram_id INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    handled     INTEGER NOT NULL DEFAULT 0 CHECK (handled IN (0, 1))
) STRICT;
CREATE INDEX bot_updates_open ON bot_updates (id) WHERE handled = 0;
CREATE INDEX bot_updates_at ON bot_updates (at);

-- Messages of the bot that show a campaign and follow it.
CREATE TABLE bot_screens (
    telegram_id     INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    campaign_id     INTEGER NOT NULL,
    shown           TEXT    NOT NULL, -- mark of what it shows
    since           INTEGER NOT NULL, -- when he last asked for it
    PRIMARY KEY (telegram_id, message_id)
) STRICT, WITHOUT ROWID;

-- Kinds of notices that somebody does not want to be told by the bot.
CREATE TABLE bot_mutes (
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    PRIMARY KEY (organization_id, user_id, kind),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT, WITHOUT ROWID;

-- Of which limits that are nearly full the owners were told on a day: a bit for each.
ALTER TABLE organization_days ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX notices_kind ON notices (organization_id, kind, at);

-- +goose Down
DROP INDEX notices_kind;
ALTER TABLE organization_days DROP COLUMN told;
DROP TABLE bot_mutes;
DROP TABLE bot_screens;
DROP TABLE bot_updates;
DROP TABLE bot_links;
DROP INDEX users_by_telegram;
DROP TABLE bot_people;
