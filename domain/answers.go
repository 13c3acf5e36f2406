package domain

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Codes of ours, for what Telegram has no word for.
const (
	CodeTimeout      = "TIMEOUT"          // no answer within the deadline
	CodeLost         = "CONNECTION_LOST"  // the connection went away under the call
	CodeCanceled     = "CANCELED"         // the caller stopped waiting
	CodeNotConnected = "NOT_CONNECTED"    // nothing was asked: the account was not connected
	CodeNotMember    = "NOT_MEMBER"       // the account does not have the chat
	CodePeerSkipped  = "PEER_SKIPPED"     // the chat refused SkipAfter rounds in a row
	CodeInterrupted  = "INTERRUPTED"      // the process ended while the message was on its way
	CodeMigrated     = "MIGRATED"         // the group became a supergroup that is written to anyway
	CodeLongHistory  = "HISTORY_TOO_LONG" // the message was looked for as far as is fair
	CodeContested    = "CONTESTED"        // a message stands there that may be another delivery's
	CodeDuplicate    = "RANDOM_ID_DUPLICATE"
	CodeBanned       = "USER_BANNED_IN_CHANNEL"
	CodeKeyTwice     = "AUTH_KEY_DUPLICATED"
	CodeReplyGone    = "REPLY_MESSAGE_ID_INVALID" // the message that is answered is gone
)

// Codes of what our own limits and our people hold up. They are no answers of
// Telegram's.
const (
	CodeHourCap      = "HOUR_CAP"         // the account has sent what it may in an hour
	CodeDayCap       = "DAY_CAP"          // ... in a day
	CodeQuiet        = "QUIET_HOURS"      // the organization's quiet hours or days
	CodeChatGap      = "CHAT_GAP"         // the chat has just had a message of the account
	CodePerson       = "BY_PERSON"        // a person paused the campaign
	CodeManyFailed   = "TOO_MANY_FAILED"  // the campaign was paused because too much of it fails
	CodeOwnerStop    = "STOPPED_BY_OWNER" // of the organization
	CodeAdminStop    = "STOPPED_BY_ADMIN" // of the service
	CodeRestored     = "RESTORED"         // the data was restored or copied, and nobody has adopted it
	CodeDamaged      = "DAMAGED"          // the database is damaged
	CodeElsewhere    = "NUMBER_ELSEWHERE" // a disconnected account's number is held by another account
	CodeUserBlocked  = "USER_BLOCKED"     // whose campaign it is
	CodeOrgBlocked   = "ORGANIZATION_BLOCKED"
	CodePhoneBlocked = "NUMBER_BLOCKED"   // by the service
	CodePhoneFree    = "NUMBER_UNBLOCKED" // it was, and a person lets the account go on
	CodeNumberGone   = "NUMBER_GONE"      // the user of the campaign's number was removed
	CodeReadOnly     = "READ_ONLY"        // whose campaign it is may not send any more
	CodeOrgDay       = "ORGANIZATION_DAY" // the organization has sent what it may today
	CodeDenied       = "DENIED"           // the peer is on the organization's deny list
)

// ownReasons are the sentences for those.
var ownReasons = map[string]string{
	CodeHourCap: "hour_cap", CodeDayCap: "day_cap", CodeQuiet: "quiet_hours", CodeChatGap: "chat_gap",
	CodePerson: "by_person", CodeManyFailed: "many_failed",
	CodeOwnerStop: "stopped_by_owner", CodeAdminStop: "stopped_by_admin", CodeRestored: "restored", CodeDamaged: "damaged",
	CodeElsewhere: "number_elsewhere", CodeDenied: "denied", CodeUserBlocked: "user_blocked", CodeOrgBlocked: "organization_blocked",
	CodePhoneBlocked: "number_blocked", CodePhoneFree: "number_unblocked", CodeNumberGone: "number_gone", CodeReadOnly: "read_only", CodeOrgDay: "organization_day",
}

// Reasons that dialogs carry too, as keys.
const (
	ReasonNotMember = "not_member"
	ReasonForbidden = "chat_write_forbidden"
	ReasonAdmin     = "chat_admin_required"
	ReasonMigrated  = "chat_migrated"
	ReasonClosed    = "chat_deactivated"
	ReasonBlocked   = "user_is_blocked"
	ReasonDeleted   = "user_deleted"
	ReasonPaid      = "payment_required"
	ReasonUnknown   = "unknown"
)

// answer is what the product does about a family of codes. Names are
// Telegram's, without their numbers; a * stands for any run of characters. The
// reason names the sentence a person reads, in the catalogues below "reason.".
type answer struct {
	reason string
	action Action
	names  string
}

// answers is the one table from Telegram's answer to an action and to words.
// What is not in it is ambiguous, never failed. Sources:
// https://core.telegram.org/api/errors and the lists of errors of
// messages.sendMessage and auth.signIn there.
var answers = []answer{
	{"flood_wait", ActWaitAccount, "FLOOD_WAIT FLOOD_PREMIUM_WAIT"},
	{"slowmode_wait", ActWaitChat, "SLOWMODE_WAIT"},
	{"not_connected", ActWaitAccount, CodeNotConnected},
	{"peer_flood", ActPauseAccount, "PEER_FLOOD USER_RESTRICTED"},
	{"frozen", ActPauseAccount, "FROZEN_METHOD_INVALID FROZEN_PARTICIPANT_MISSING"},

	{ReasonForbidden, ActFailPeer, "CHAT_WRITE_FORBIDDEN CHAT_RESTRICTED CHAT_SEND_PLAIN_FORBIDDEN"},
	{"chat_media_forbidden", ActFailPeer, "CHAT_SEND_*_FORBIDDEN"},
	{"user_banned_in_channel", ActFailPeer, CodeBanned},
	{ReasonAdmin, ActFailPeer, "CHAT_ADMIN_REQUIRED RIGHT_FORBIDDEN BROADCAST_FORBIDDEN"},
	{ReasonNotMember, ActFailPeer, "CHAT_GUEST_SEND_FORBIDDEN USER_NOT_PARTICIPANT USER_KICKED CHANNEL_PRIVATE CHAT_FORBIDDEN " + CodeNotMember},
	{"peer_skipped", ActFailPeer, CodePeerSkipped},
	{ReasonMigrated, ActFailPeer, CodeMigrated},
	{"topic_closed", ActFailPeer, "TOPIC_CLOSED TOPIC_DELETED"},
	{"message_gone", ActFailPeer, "REPLY_MESSAGE_ID_INVALID MESSAGE_ID_INVALID"},
	{ReasonBlocked, ActFailPeer, "USER_IS_BLOCKED YOU_BLOCKED_USER"},
	{ReasonDeleted, ActFailPeer, "INPUT_USER_DEACTIVATED USER_DELETED USER_ID_INVALID"},
	{"privacy", ActFailPeer, "USER_PRIVACY_RESTRICTED PRIVACY_PREMIUM_REQUIRED PREMIUM_ACCOUNT_REQUIRED"},
	{ReasonPaid, ActFailPeer, "ALLOW_PAYMENT_REQUIRED BALANCE_TOO_LOW"},

	{"peer_invalid", ActRefresh, "CHANNEL_INVALID CHAT_ID_INVALID PEER_ID_INVALID ACCESS_HASH_INVALID"},
	{"file_reference", ActRefresh, "FILE_REFERENCE_* FILE_PART_MISSING MD5_CHECKSUM_INVALID"},

	{"text_length", ActFailCampaign, "MESSAGE_EMPTY MESSAGE_TOO_LONG MEDIA_CAPTION_TOO_LONG"},
	{"formatting", ActFailCampaign, "ENTITIES_TOO_LONG ENTITY_BOUNDS_INVALID"},
	{"media_invalid", ActFailCampaign, "MEDIA_INVALID PHOTO_* VIDEO_* DOCUMENT_INVALID IMAGE_PROCESS_FAILED"},

	{"no_answer", ActRetry, "RPC_CALL_FAIL WORKER_BUSY_TOO_LONG_RETRY INTERNAL INTERNAL_SERVER_ERROR *_MIGRATE " +
		CodeDuplicate + " " + CodeTimeout + " " + CodeLost + " " + CodeCanceled + " " + CodeLongHistory + " " + CodeContested},

	{"interrupted", ActRetry, CodeInterrupted},

	{"session_gone", ActDead, "AUTH_KEY_UNREGISTERED AUTH_KEY_INVALID AUTH_KEY_PERM_EMPTY SESSION_REVOKED SESSION_EXPIRED"},
	{"account_deleted", ActDead, "USER_DEACTIVATED USER_DEACTIVATED_BAN"},
	{"auth_key_duplicated", ActDead, CodeKeyTwice},
	{"service", ActGlobal, "API_ID_INVALID API_ID_PUBLISHED_FLOOD CONNECTION_LAYER_INVALID UPDATE_APP_TO_LOGIN"},
}

// exactAnswers makes whole names quick to find; patterns are tried in order.
var exactAnswers, answerPatterns = func() (exact map[string]answer, patterns []answer) {
	exact = map[string]answer{}
	for _, a := range answers {
		for name := range strings.FieldsSeq(a.names) {
			if strings.Contains(name, "*") {
				patterns = append(patterns, answer{a.reason, a.action, name})
			} else {
				exact[name] = a
			}
		}
	}
	return exact, patterns
}()

// AnswerTo is what the product does about a code ("SLOWMODE_WAIT_30"), the key
// of the sentence for it, and the number in the code, or 0. An unknown code is
// ambiguous.
func AnswerTo(code string) (act Action, reason string, number int) {
	name, number := splitCode(code)
	if a, ok := exactAnswers[name]; ok {
		return a.action, a.reason, number
	}
	for _, a := range answerPatterns {
		if ok, _ := path.Match(a.names, name); ok {
			return a.action, a.reason, number
		}
	}
	return ActRetry, ReasonUnknown, number
}

// splitCode takes the number out of a code: FILE_PART_3_MISSING is
// FILE_PART_MISSING and 3.
func splitCode(code string) (name string, number int) {
	words := strings.Split(strings.ToUpper(code), "_")
	words = slices.DeleteFunc(words, func(w string) bool {
		n, err := strconv.Atoi(w)
		if err == nil {
			number = n
		}
		return err == nil
	})
	return strings.Join(words, "_"), number
}

// Reasons lists the key of every sentence that a code or a dialog can ask for.
func Reasons() []string {
	keys := []string{ReasonUnknown, ReasonClosed}
	for _, a := range answers {
		keys = append(keys, a.reason)
	}
	for _, reason := range ownReasons {
		keys = append(keys, reason)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// ReasonOf is the key of the sentence for a code, or for a dialog's DenyReason,
// which is a key already.
func ReasonOf(code string) (key string, number int) {
	if slices.Contains(reasons, code) {
		return code, 0
	}
	if own, ok := ownReasons[code]; ok {
		return own, 0
	}
	_, key, number = AnswerTo(code)
	return key, number
}

var reasons = Reasons()
