-- +goose Up

-- A link that was used stays until it ends: whoever opens it again, or is answered again
-- after the process was killed, is known by it. The Telegram that the user had before is
-- to be told that he has moved; 0 once that is done.
ALTER TABLE bot_links ADD COLUMN used_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bot_links ADD COLUMN to_tell INTEGER NOT NULL DEFAULT 0;

-- +goose Down
DELETE FROM bot_links WHERE used_by <> 0;
ALTER TABLE bot_links DROP COLUMN to_tell;
ALTER TABLE bot_links DROP COLUMN used_by;
