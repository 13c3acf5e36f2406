-- +goose Up

ALTER TABLE users ADD COLUMN totp BLOB NOT NULL DEFAULT X''; -- the sealed secret; empty: no second step
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0; -- of the code that was used last
ALTER TABLE users ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)); -- his password

-- 0: the second step is to come.
ALTER TABLE sessions ADD COLUMN verified INTEGER NOT NULL DEFAULT 1 CHECK (verified IN (0, 1));

CREATE TABLE recovery_codes (
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    hash            BLOB    NOT NULL, -- SHA-256
    PRIMARY KEY (organization_id, user_id, hash),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT;

-- By which a user sets his password, once.
CREATE TABLE password_links (
    hash            BLOB    PRIMARY KEY, -- SHA-256 of the token
    organization_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX password_links_user ON password_links (organization_id, user_id);

-- +goose Down

DROP TABLE password_links;
DROP TABLE recovery_codes;
ALTER TABLE sessions DROP COLUMN verified;
ALTER TABLE users DROP COLUMN must_change;
ALTER TABLE users DROP COLUMN totp_step;
ALTER TABLE users DROP COLUMN totp;
