package telegram

import (
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/gotd/td/rpc"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// Codes of ours, for what Telegram has no word for.
const (
	codeTimeout      = "TIMEOUT"         // no answer within the deadline
	codeLost         = "CONNECTION_LOST" // the connection went away under the call
	codeCanceled     = "CANCELED"        // the caller stopped waiting
	codeNotConnected = "NOT_CONNECTED"   // nothing was asked: the account was not connected
	codeNotMember    = "NOT_MEMBER"      // the account does not have the chat
	codeLongHistory  = "HISTORY_TOO_LONG"
)

// Keys of reasons that dialogs carry too.
const (
	reasonNotMember = "not_member"
	reasonForbidden = "chat_write_forbidden"
	reasonAdmin     = "chat_admin_required"
	reasonMigrated  = "chat_migrated"
	reasonClosed    = "chat_deactivated"
	reasonBlocked   = "user_is_blocked"
	reasonDeleted   = "user_deleted"
	reasonPaid      = "payment_required"
	reasonUnknown   = "unknown"
)

// rule is what the product does about a family of answers. Names are Telegram's,
// without their numbers; a * stands for any run of characters. The key names
// the sentence a person reads.
type rule struct {
	key    string
	action domain.Action
	names  string
}

// rules is the one table from Telegram's answer to an action. What is not in it
// is ambiguous, never failed. Sources: https://core.telegram.org/api/errors and
// the lists of errors of messages.sendMessage and auth.signIn there.
var rules = []rule{
	{"flood_wait", domain.ActWaitAccount, "FLOOD_WAIT FLOOD_PREMIUM_WAIT"},
	{"slowmode_wait", domain.ActWaitChat, "SLOWMODE_WAIT"},
	{"not_connected", domain.ActWaitAccount, codeNotConnected},
	{"peer_flood", domain.ActPauseAccount, "PEER_FLOOD USER_RESTRICTED"},
	{"frozen", domain.ActPauseAccount, "FROZEN_METHOD_INVALID FROZEN_PARTICIPANT_MISSING"},

	{reasonForbidden, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN CHAT_RESTRICTED CHAT_SEND_PLAIN_FORBIDDEN"},
	{"chat_media_forbidden", domain.ActFailPeer, "CHAT_SEND_*_FORBIDDEN"},
	{"user_banned_in_channel", domain.ActFailPeer, codeBanned},
	{reasonAdmin, domain.ActFailPeer, "CHAT_ADMIN_REQUIRED RIGHT_FORBIDDEN BROADCAST_FORBIDDEN"},
	{reasonNotMember, domain.ActFailPeer, "CHAT_GUEST_SEND_FORBIDDEN USER_NOT_PARTICIPANT USER_KICKED CHANNEL_PRIVATE CHAT_FORBIDDEN " + codeNotMember},
	{"topic_closed", domain.ActFailPeer, "TOPIC_CLOSED TOPIC_DELETED"},
	{"message_gone", domain.ActFailPeer, "REPLY_MESSAGE_ID_INVALID MESSAGE_ID_INVALID"},
	{reasonBlocked, domain.ActFailPeer, "USER_IS_BLOCKED YOU_BLOCKED_USER"},
	{reasonDeleted, domain.ActFailPeer, "INPUT_USER_DEACTIVATED USER_DELETED USER_ID_INVALID"},
	{"privacy", domain.ActFailPeer, "USER_PRIVACY_RESTRICTED PRIVACY_PREMIUM_REQUIRED PREMIUM_ACCOUNT_REQUIRED"},
	{reasonPaid, domain.ActFailPeer, "ALLOW_PAYMENT_REQUIRED BALANCE_TOO_LOW"},

	{"peer_invalid", domain.ActRefresh, "CHANNEL_INVALID CHAT_ID_INVALID PEER_ID_INVALID ACCESS_HASH_INVALID"},
	{"file_reference", domain.ActRefresh, "FILE_REFERENCE_* FILE_PART_MISSING MD5_CHECKSUM_INVALID"},

	{"text_length", domain.ActFailCampaign, "MESSAGE_EMPTY MESSAGE_TOO_LONG MEDIA_CAPTION_TOO_LONG"},
	{"formatting", domain.ActFailCampaign, "ENTITIES_TOO_LONG ENTITY_BOUNDS_INVALID"},
	{"media_invalid", domain.ActFailCampaign, "MEDIA_INVALID PHOTO_* VIDEO_* DOCUMENT_INVALID IMAGE_PROCESS_FAILED"},

	{"no_answer", domain.ActRetry, "RPC_CALL_FAIL WORKER_BUSY_TOO_LONG_RETRY *_MIGRATE " +
		codeDuplicate + " " + codeTimeout + " " + codeLost + " " + codeCanceled + " " + codeLongHistory},

	{"session_gone", domain.ActDead, "AUTH_KEY_UNREGISTERED AUTH_KEY_INVALID AUTH_KEY_PERM_EMPTY SESSION_REVOKED SESSION_EXPIRED"},
	{"account_deleted", domain.ActDead, "USER_DEACTIVATED USER_DEACTIVATED_BAN"},
	{"auth_key_duplicated", domain.ActDead, "AUTH_KEY_DUPLICATED"},
	{"service", domain.ActGlobal, "API_ID_INVALID API_ID_PUBLISHED_FLOOD CONNECTION_LAYER_INVALID UPDATE_APP_TO_LOGIN"},
}

// Names that are handled one by one.
const (
	codeDuplicate = "RANDOM_ID_DUPLICATE"
	codeBanned    = "USER_BANNED_IN_CHANNEL"
)

var byName, patterns = index(rules)

// index makes the exact names quick to find; patterns are tried in order.
func index(rs []rule) (exact map[string]rule, patterns []rule) {
	exact = map[string]rule{}
	for _, r := range rs {
		for name := range strings.FieldsSeq(r.names) {
			if strings.Contains(name, "*") {
				patterns = append(patterns, rule{r.key, r.action, name})
			} else {
				exact[name] = r
			}
		}
	}
	return exact, patterns
}

// lookup finds the rule of a name without numbers.
func lookup(name string) (rule, bool) {
	if r, ok := byName[name]; ok {
		return r, true
	}
	for _, r := range patterns {
		if ok, _ := path.Match(r.names, name); ok {
			return r, true
		}
	}
	return rule{key: reasonUnknown, action: domain.ActRetry}, false
}

// longestWait bounds what Telegram can ask for, so that a broken number does
// not become a time that nothing can hold.
const longestWait = 366 * 24 * time.Hour

// sendError is what an error of a call means. The caller's context tells a call
// that the caller gave up from one whose connection went away.
func sendError(caller context.Context, err error) *domain.SendError {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*domain.SendError](err); ok {
		return known
	}
	answer, ok := tgerr.As(err)
	if !ok {
		return &domain.SendError{Action: domain.ActRetry, Code: silence(caller, err), Err: err}
	}
	r, _ := lookup(strings.ToUpper(answer.Type))
	e := &domain.SendError{Action: r.action, Code: cleanCode(answer.Message), Err: err}
	if answer.Code >= 500 || answer.Code < 0 { // it may have happened all the same
		e.Action = domain.ActRetry
		return e
	}
	if r.action == domain.ActWaitAccount || r.action == domain.ActWaitChat {
		seconds := min(max(answer.Argument, 1), int(longestWait/time.Second))
		e.Wait = time.Duration(seconds) * time.Second
	}
	return e
}

// silence names why there was no answer.
func silence(caller context.Context, err error) string {
	var unacknowledged *rpc.RetryLimitReachedErr
	switch {
	case errors.Is(caller.Err(), context.Canceled):
		return codeCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &unacknowledged):
		return codeTimeout
	}
	return codeLost
}

// cleanCode is a server's word fit to be stored and shown: upper-case letters,
// digits and _, at most 64.
func cleanCode(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(s))
	if s == "" {
		return "EMPTY"
	}
	return s[:min(len(s), 64)]
}

// isDead reports whether err says that the session is gone, and in which word.
func isDead(err error) (code string, dead bool) {
	answer, ok := tgerr.As(err)
	if !ok {
		return "", false
	}
	r, _ := lookup(answer.Type)
	return cleanCode(answer.Message), r.action == domain.ActDead && answer.Code < 500
}
