-- +goose Up

-- How parts of a text are shown, as JSON; empty for a plain one. An answer is plain.
ALTER TABLE campaigns ADD COLUMN formats TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign_texts ADD COLUMN formats TEXT NOT NULL DEFAULT '';

DROP VIEW campaign_rows;
CREATE VIEW campaign_rows AS
SELECT c.id, c.organization_id, c.user_id, c.uuid, c.token, c.account_id, c.catalog_id, c.catalog_name,
    c.body, c.formats, c.search, c.texts, c.rounds, c.interval_ms, c.start_at, c.peers, c.status, c.reason, c.round, c.next_due_at, c.after_at,
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
ALTER TABLE campaign_texts DROP COLUMN formats;
ALTER TABLE campaigns DROP COLUMN formats;
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
