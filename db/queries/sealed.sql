-- name: SealedSessions :many
SELECT * FROM telegram_sessions ORDER BY account_id;

-- name: ResealSession :execrows
UPDATE telegram_sessions SET sealed = @sealed WHERE account_id = @account_id AND organization_id = @organization_id AND sealed = @was;

-- name: SealedTOTPs :many
SELECT id, organization_id, totp FROM users WHERE LENGTH(totp) > 0 ORDER BY id;

-- name: ResealTOTP :execrows
UPDATE users SET totp = @totp WHERE id = @id AND organization_id = @organization_id AND totp = @was;
