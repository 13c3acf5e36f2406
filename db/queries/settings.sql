-- name: Setting :one
SELECT value FROM settings WHERE key = @key;

-- name: PutSetting :exec
INSERT INTO settings (key, value) VALUES (@key, @value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: DeleteSetting :exec
DELETE FROM settings WHERE key = @key;

-- name: Outstanding :one
-- What of all organizations is still to come. Answers are worth nothing by then.
SELECT
    CAST(COALESCE(SUM(CASE WHEN status IN ('scheduled', 'running', 'paused') THEN 1 ELSE 0 END), 0) AS BIGINT) AS live,
    CAST(COALESCE(SUM(planned - sent - failed - cancelled - missed - skipped - uncertain), 0) AS BIGINT) AS open,
    CAST(COALESCE(SUM(uncertain), 0) AS BIGINT) AS uncertain,
    CAST(COALESCE(SUM(CASE WHEN status IN ('scheduled', 'running') AND next_due_at > 0 AND next_due_at <= @now THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue
FROM campaigns WHERE kind = 'campaign';
