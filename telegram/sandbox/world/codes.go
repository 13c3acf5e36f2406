package world

import (
	"strings"

	"github.com/gotd/td/tgerr"
)

func rpcErr(code int, name string) error { return tgerr.New(code, name) }

// usualCode is the code that Telegram sends with an error of that name
// (https://core.telegram.org/api/errors), where it is not 400.
func usualCode(name string) int {
	for _, c := range []struct {
		prefix string
		code   int
	}{
		{"PHONE_MIGRATE_", 303},
		{"NETWORK_MIGRATE_", 303},
		{"USER_MIGRATE_", 303},
		{"FILE_MIGRATE_", 303},
		{"FLOOD_WAIT_", 420},
		{"FLOOD_PREMIUM_WAIT_", 420},
		{"SLOWMODE_WAIT_", 420},
		{"FROZEN_", 420},
		{"TAKEOUT_INIT_DELAY_", 420},
		{"2FA_CONFIRM_WAIT_", 420},
		{"AUTH_KEY_UNREGISTERED", 401},
		{"AUTH_KEY_INVALID", 401},
		{"AUTH_KEY_PERM_EMPTY", 401},
		{"SESSION_REVOKED", 401},
		{"SESSION_EXPIRED", 401},
		{"SESSION_PASSWORD_NEEDED", 401},
		{"USER_DEACTIVATED", 401},
		{"AUTH_KEY_DUPLICATED", 406},
		{"PHONE_PASSWORD_FLOOD", 406},
		{"UPDATE_APP_TO_LOGIN", 406},
		{"CHAT_WRITE_FORBIDDEN", 403},
		{"CHAT_SEND_", 403},
		{"CHAT_GUEST_SEND_FORBIDDEN", 403},
		{"RIGHT_FORBIDDEN", 403},
		{"BROADCAST_FORBIDDEN", 403},
		{"USER_PRIVACY_RESTRICTED", 403},
		{"PRIVACY_PREMIUM_REQUIRED", 406},
		{"PREMIUM_ACCOUNT_REQUIRED", 403},
		{"ALLOW_PAYMENT_REQUIRED_", 403},
		{"CHAT_FORBIDDEN", 403},
		{"USER_RESTRICTED", 403},
		{"CHAT_RESTRICTED", 400},
		{"USER_IS_BLOCKED", 400},
		{"RANDOM_ID_DUPLICATE", 500},
		{"RPC_CALL_FAIL", 500},
		{"WORKER_BUSY_TOO_LONG_RETRY", 500},
		{"INTERNAL", 500},
		{"AUTH_RESTART", 500},
		{"MSG_WAIT_FAILED", 500},
		{"TIMEOUT", -503},
	} {
		if strings.HasPrefix(name, c.prefix) {
			return c.code
		}
	}
	return 400
}
