-- +goose Up

-- Who did what. Each row carries the one before it in its mac, with a key that is
-- sealed, so that a row that was changed, removed or put between shows.
CREATE TABLE audit (
    id              INTEGER PRIMARY KEY, -- without gaps
    organization_id INTEGER NOT NULL REFERENCES organizations (id),
    at              INTEGER NOT NULL,
    user_id         INTEGER NOT NULL, -- 0: a command on the machine, or the service itself
    ip              TEXT    NOT NULL,
    event           TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    subject_id      INTEGER NOT NULL,
    detail          TEXT    NOT NULL,
    mac             BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_organization ON audit (organization_id, id);

-- +goose Down

DROP TABLE audit;
DELETE FROM settings WHERE key IN ('audit_key', 'audit_head');
