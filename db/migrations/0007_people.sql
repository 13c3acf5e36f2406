-- +goose Up

-- A block begins at block_from and ends at block_until, 0 for never; blocked_at is
-- when it took effect, and 0 while it has not. by_service: a service admin has set
-- it, and nobody else lifts it.
ALTER TABLE users ADD COLUMN block_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN block_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN block_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN block_service INTEGER NOT NULL DEFAULT 0 CHECK (block_service IN (0, 1));
ALTER TABLE users ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0 CHECK (read_only IN (0, 1)); -- nothing is sent for him
-- What he may look at beside his own.
ALTER TABLE users ADD COLUMN sees TEXT NOT NULL DEFAULT '' CHECK (sees IN ('', 'department', 'organization'));
ALTER TABLE users ADD COLUMN zone TEXT NOT NULL DEFAULT ''; -- '': that of his organization
ALTER TABLE users ADD COLUMN recovery_set INTEGER NOT NULL DEFAULT 0; -- counts how often his recovery codes were replaced
-- A user who was removed keeps his row, for the history, and nothing to sign in with.
ALTER TABLE users ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0; -- when he signed in last
UPDATE users SET block_from = blocked_at WHERE blocked_at > 0;
CREATE INDEX users_organization ON users (organization_id, department_id) WHERE deleted_at = 0;
CREATE INDEX users_block ON users (block_from) WHERE block_from > 0;
CREATE INDEX accounts_user ON accounts (organization_id, user_id);

ALTER TABLE organizations ADD COLUMN blocked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN block_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN block_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN block_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN user_limit INTEGER NOT NULL DEFAULT 100 CHECK (user_limit >= 0);
ALTER TABLE organizations ADD COLUMN campaigns_per_day INTEGER NOT NULL DEFAULT 0 CHECK (campaigns_per_day >= 0); -- 0: no limit
ALTER TABLE organizations ADD COLUMN messages_per_day INTEGER NOT NULL DEFAULT 0 CHECK (messages_per_day >= 0); -- 0: no limit
ALTER TABLE organizations ADD COLUMN watch_off INTEGER NOT NULL DEFAULT 0 CHECK (watch_off IN (0, 1)); -- no dispatcher filter
UPDATE organizations SET user_limit = MAX(100, (SELECT COUNT(*) FROM users u WHERE u.organization_id = organizations.id));

-- Of departments with one name all but the first get their number behind it, as often
-- as it takes: names that end with different numbers differ.
UPDATE departments SET name = (
    WITH RECURSIVE longer (name) AS (
        SELECT departments.name || ' (' || departments.id || ')'
        UNION ALL
        SELECT l.name || ' (' || departments.id || ')' FROM longer l
        WHERE EXISTS (SELECT 1 FROM departments d WHERE d.organization_id = departments.organization_id AND d.name = l.name))
    SELECT l.name FROM longer l ORDER BY LENGTH(l.name) DESC LIMIT 1)
WHERE EXISTS (SELECT 1 FROM departments d WHERE d.organization_id = departments.organization_id AND d.name = departments.name AND d.id < departments.id);
CREATE UNIQUE INDEX departments_name ON departments (organization_id, name);

CREATE INDEX code_requests_organization ON code_requests (organization_id, at);
CREATE INDEX audit_event ON audit (organization_id, event);

-- Numbers that nobody may connect or send with. A number belongs to no organization.
CREATE TABLE blocked_phones (
    phone        TEXT    PRIMARY KEY,
    blocked_at   INTEGER NOT NULL DEFAULT 0,
    block_from   INTEGER NOT NULL,
    block_until  INTEGER NOT NULL DEFAULT 0,
    block_reason TEXT    NOT NULL DEFAULT '',
    blocked_by   INTEGER NOT NULL DEFAULT 0 -- the user who has set it
) STRICT;

-- What an organization has used of its limits on one of its days.
CREATE TABLE organization_days (
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    day             INTEGER NOT NULL, -- when it began
    campaigns       INTEGER NOT NULL DEFAULT 0 CHECK (campaigns >= 0),
    messages        INTEGER NOT NULL DEFAULT 0 CHECK (messages >= 0),
    PRIMARY KEY (organization_id, day)
) STRICT, WITHOUT ROWID;

-- Of which day of its organization a message counts; 0: of none. It is given back
-- there when it turns out not to have gone out.
ALTER TABLE deliveries ADD COLUMN day INTEGER NOT NULL DEFAULT 0;

-- Owners ask for higher limits; service admins answer.
CREATE TABLE limit_requests (
    id              INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL, -- who asks
    kind            TEXT    NOT NULL CHECK (kind IN ('users', 'accounts', 'campaigns', 'messages', 'interval', 'watch')),
    wanted          INTEGER NOT NULL CHECK (wanted >= 0),
    note            TEXT    NOT NULL DEFAULT '',
    at              INTEGER NOT NULL,
    status          TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'granted', 'refused', 'withdrawn')),
    given           INTEGER NOT NULL DEFAULT 0, -- what it was granted
    answer          TEXT    NOT NULL DEFAULT '',
    answered_at     INTEGER NOT NULL DEFAULT 0,
    answered_by     INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE UNIQUE INDEX limit_requests_open ON limit_requests (organization_id, kind) WHERE status = 'open';
CREATE INDEX limit_requests_organization ON limit_requests (organization_id, id);

-- +goose Down
-- Whoever is shut out stays so: the schema before knows blocked users only.
UPDATE users SET blocked_at = CASE WHEN deleted_at > 0 THEN deleted_at
    ELSE (SELECT o.blocked_at FROM organizations o WHERE o.id = users.organization_id) END
WHERE blocked_at = 0;
DROP TABLE limit_requests;
ALTER TABLE deliveries DROP COLUMN day;
DROP TABLE organization_days;
DROP TABLE blocked_phones;
DROP INDEX audit_event;
DROP INDEX code_requests_organization;
DROP INDEX departments_name;
ALTER TABLE organizations DROP COLUMN watch_off;
ALTER TABLE organizations DROP COLUMN messages_per_day;
ALTER TABLE organizations DROP COLUMN campaigns_per_day;
ALTER TABLE organizations DROP COLUMN user_limit;
ALTER TABLE organizations DROP COLUMN block_reason;
ALTER TABLE organizations DROP COLUMN block_until;
ALTER TABLE organizations DROP COLUMN block_from;
ALTER TABLE organizations DROP COLUMN blocked_at;
DROP INDEX accounts_user;
DROP INDEX users_block;
DROP INDEX users_organization;
ALTER TABLE users DROP COLUMN seen_at;
ALTER TABLE users DROP COLUMN deleted_at;
ALTER TABLE users DROP COLUMN recovery_set;
ALTER TABLE users DROP COLUMN zone;
ALTER TABLE users DROP COLUMN sees;
ALTER TABLE users DROP COLUMN read_only;
ALTER TABLE users DROP COLUMN block_service;
ALTER TABLE users DROP COLUMN block_reason;
ALTER TABLE users DROP COLUMN block_until;
ALTER TABLE users DROP COLUMN block_from;
