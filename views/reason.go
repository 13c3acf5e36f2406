package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"postix/views/locale"
)

// reasonFamilies gathers the codes that mean the same to a person under the key
// of one sentence. A code that has a sentence of its own needs no line here.
// Source of the codes: https://core.telegram.org/api/errors
var reasonFamilies = map[string]string{
	"flood_wait":           "flood_premium_wait",
	"peer_flood":           "user_restricted",
	"frozen":               "frozen_method_invalid frozen_participant_missing",
	"chat_write_forbidden": "chat_restricted chat_send_plain_forbidden",
	"chat_admin_required":  "right_forbidden broadcast_forbidden",
	"chat_migrated":        "migrated",
	"not_member":           "chat_guest_send_forbidden user_not_participant user_kicked channel_private chat_forbidden",
	"topic_closed":         "topic_deleted",
	"message_gone":         "reply_message_id_invalid message_id_invalid",
	"user_is_blocked":      "you_blocked_user",
	"user_deleted":         "input_user_deactivated user_id_invalid",
	"privacy":              "user_privacy_restricted privacy_premium_required premium_account_required",
	"payment_required":     "allow_payment_required balance_too_low",
	"peer_invalid":         "channel_invalid chat_id_invalid peer_id_invalid access_hash_invalid",
	"file_reference":       "file_part_missing md5_checksum_invalid",
	"text_length":          "message_empty message_too_long media_caption_too_long",
	"formatting":           "entities_too_long entity_bounds_invalid",
	"media_invalid":        "document_invalid image_process_failed",
	"no_answer": "rpc_call_fail worker_busy_too_long_retry random_id_duplicate timeout connection_lost canceled " +
		"history_too_long internal internal_server_error",
	"session_gone":    "auth_key_unregistered auth_key_invalid auth_key_perm_empty session_revoked session_expired",
	"account_deleted": "user_deactivated user_deactivated_ban",
	"service":         "api_id_invalid api_id_published_flood connection_layer_invalid update_app_to_login",
}

var reasonKeys = func() map[string]string {
	m := map[string]string{}
	for key, codes := range reasonFamilies {
		for code := range strings.FieldsSeq(codes) {
			m[code] = key
		}
	}
	return m
}()

// reasonKey is the key of a code's sentence, without "reason.": the code in
// lower case and without its numbers, or its family. The number is what Telegram
// put into the code, a wait in seconds.
func reasonKey(code string) (key string, number int) {
	var words []string
	for w := range strings.SplitSeq(strings.ToLower(code), "_") {
		if n, err := strconv.Atoi(w); err == nil {
			number = n
			continue
		}
		words = append(words, w)
	}
	key = strings.Join(words, "_")
	if family := reasonKeys[key]; family != "" {
		return family, number
	}
	switch {
	case key == "":
		return "no_answer", number // 500, -503: the server answered with a number only
	case strings.HasPrefix(key, "chat_send_") && strings.HasSuffix(key, "_forbidden"):
		return "chat_media_forbidden", number
	case strings.HasPrefix(key, "photo_"), strings.HasPrefix(key, "video_"):
		return "media_invalid", number
	case strings.HasPrefix(key, "file_reference_"):
		return "file_reference", number
	case strings.HasSuffix(key, "_migrate"):
		return "no_answer", number
	}
	return key, number
}

// Reason says in words why something was not sent, waits or is not active; ""
// for an empty code. An unknown code is shown as it is.
func Reason(ctx context.Context, code string) string {
	if code == "" {
		return ""
	}
	key, n := reasonKey(code)
	if key = "reason." + key; !locale.Has(key) {
		key = "reason.unknown"
	}
	return locale.T(ctx, key, "Code", code, "Wait", time.Duration(n)*time.Second)
}
