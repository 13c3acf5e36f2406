package telegram

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/gotd/td/rpc"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

func TestSendErrors(t *testing.T) {
	t.Parallel()
	const (
		waitAccount  = domain.ActWaitAccount
		waitChat     = domain.ActWaitChat
		retry        = domain.ActRetry
		refresh      = domain.ActRefresh
		failPeer     = domain.ActFailPeer
		failCampaign = domain.ActFailCampaign
		pause        = domain.ActPauseAccount
		dead         = domain.ActDead
		global       = domain.ActGlobal
	)
	for _, c := range []struct {
		status int
		name   string
		want   domain.Action
		wait   time.Duration
		reason string
	}{
		{420, "FLOOD_WAIT_30", waitAccount, 30 * time.Second, "flood_wait"},
		{420, "FLOOD_PREMIUM_WAIT_5", waitAccount, 5 * time.Second, "flood_wait"},
		{420, "FLOOD_WAIT_90000", waitAccount, 25 * time.Hour, "flood_wait"},
		{420, "FLOOD_WAIT_0", waitAccount, time.Second, "flood_wait"},
		{420, "FLOOD_WAIT_999999999999", waitAccount, longestWait, "flood_wait"},
		{420, "SLOWMODE_WAIT_30", waitChat, 30 * time.Second, "slowmode_wait"},
		{400, "PEER_FLOOD", pause, 0, "peer_flood"},
		{403, "USER_RESTRICTED", pause, 0, "peer_flood"},
		{420, "FROZEN_METHOD_INVALID", pause, 0, "frozen"},
		{400, "FROZEN_PARTICIPANT_MISSING", pause, 0, "frozen"},
		{500, "RANDOM_ID_DUPLICATE", retry, 0, "no_answer"},
		{403, "CHAT_WRITE_FORBIDDEN", failPeer, 0, "chat_write_forbidden"},
		{400, "CHAT_RESTRICTED", failPeer, 0, "chat_write_forbidden"},
		{403, "CHAT_SEND_PLAIN_FORBIDDEN", failPeer, 0, "chat_write_forbidden"},
		{403, "CHAT_SEND_MEDIA_FORBIDDEN", failPeer, 0, "chat_media_forbidden"},
		{403, "CHAT_SEND_PHOTOS_FORBIDDEN", failPeer, 0, "chat_media_forbidden"},
		{403, "CHAT_SEND_POLL_FORBIDDEN", failPeer, 0, "chat_media_forbidden"},
		{400, "USER_BANNED_IN_CHANNEL", failPeer, 0, "user_banned_in_channel"},
		{400, "CHAT_ADMIN_REQUIRED", failPeer, 0, "chat_admin_required"},
		{403, "RIGHT_FORBIDDEN", failPeer, 0, "chat_admin_required"},
		{403, "BROADCAST_FORBIDDEN", failPeer, 0, "chat_admin_required"},
		{403, "CHAT_GUEST_SEND_FORBIDDEN", failPeer, 0, "not_member"},
		{400, "USER_NOT_PARTICIPANT", failPeer, 0, "not_member"},
		{400, "USER_KICKED", failPeer, 0, "not_member"},
		{400, "CHANNEL_PRIVATE", failPeer, 0, "not_member"},
		{403, "CHAT_FORBIDDEN", failPeer, 0, "not_member"},
		{400, "CHANNEL_INVALID", refresh, 0, "peer_invalid"},
		{400, "CHAT_ID_INVALID", refresh, 0, "peer_invalid"},
		{400, "PEER_ID_INVALID", refresh, 0, "peer_invalid"},
		{400, "TOPIC_CLOSED", failPeer, 0, "topic_closed"},
		{400, "TOPIC_DELETED", failPeer, 0, "topic_closed"},
		{400, "REPLY_MESSAGE_ID_INVALID", failPeer, 0, "message_gone"},
		{400, "MESSAGE_ID_INVALID", failPeer, 0, "message_gone"},
		{400, "USER_IS_BLOCKED", failPeer, 0, "user_is_blocked"},
		{400, "YOU_BLOCKED_USER", failPeer, 0, "user_is_blocked"},
		{400, "INPUT_USER_DEACTIVATED", failPeer, 0, "user_deleted"},
		{403, "USER_DELETED", failPeer, 0, "user_deleted"},
		{400, "USER_ID_INVALID", failPeer, 0, "user_deleted"},
		{403, "USER_PRIVACY_RESTRICTED", failPeer, 0, "privacy"},
		{403, "PRIVACY_PREMIUM_REQUIRED", failPeer, 0, "privacy"},
		{403, "PREMIUM_ACCOUNT_REQUIRED", failPeer, 0, "privacy"},
		{403, "ALLOW_PAYMENT_REQUIRED_100", failPeer, 0, "payment_required"},
		{400, "BALANCE_TOO_LOW", failPeer, 0, "payment_required"},
		{400, "MESSAGE_EMPTY", failCampaign, 0, "text_length"},
		{400, "MESSAGE_TOO_LONG", failCampaign, 0, "text_length"},
		{400, "MEDIA_CAPTION_TOO_LONG", failCampaign, 0, "text_length"},
		{400, "ENTITIES_TOO_LONG", failCampaign, 0, "formatting"},
		{400, "ENTITY_BOUNDS_INVALID", failCampaign, 0, "formatting"},
		{400, "MEDIA_INVALID", failCampaign, 0, "media_invalid"},
		{400, "PHOTO_EXT_INVALID", failCampaign, 0, "media_invalid"},
		{400, "VIDEO_FILE_INVALID", failCampaign, 0, "media_invalid"},
		{400, "DOCUMENT_INVALID", failCampaign, 0, "media_invalid"},
		{400, "IMAGE_PROCESS_FAILED", failCampaign, 0, "media_invalid"},
		{400, "FILE_REFERENCE_0_EXPIRED", refresh, 0, "file_reference"},
		{400, "FILE_PART_3_MISSING", refresh, 0, "file_reference"},
		{400, "MD5_CHECKSUM_INVALID", refresh, 0, "file_reference"},
		{500, "RPC_CALL_FAIL", retry, 0, "no_answer"},
		{500, "WORKER_BUSY_TOO_LONG_RETRY", retry, 0, "no_answer"},
		{-503, "Timeout", retry, 0, "no_answer"},
		{-500, "CHAT_WRITE_FORBIDDEN", retry, 0, "chat_write_forbidden"},
		{503, "CHAT_WRITE_FORBIDDEN", retry, 0, "chat_write_forbidden"},
		{303, "USER_MIGRATE_4", retry, 0, "no_answer"},
		{401, "AUTH_KEY_UNREGISTERED", dead, 0, "session_gone"},
		{401, "AUTH_KEY_INVALID", dead, 0, "session_gone"},
		{401, "AUTH_KEY_PERM_EMPTY", dead, 0, "session_gone"},
		{401, "SESSION_REVOKED", dead, 0, "session_gone"},
		{401, "SESSION_EXPIRED", dead, 0, "session_gone"},
		{401, "USER_DEACTIVATED", dead, 0, "account_deleted"},
		{401, "USER_DEACTIVATED_BAN", dead, 0, "account_deleted"},
		{406, "AUTH_KEY_DUPLICATED", dead, 0, "auth_key_duplicated"},
		{400, "API_ID_INVALID", global, 0, "service"},
		{400, "API_ID_PUBLISHED_FLOOD", global, 0, "service"},
		{400, "CONNECTION_LAYER_INVALID", global, 0, "service"},
		{406, "UPDATE_APP_TO_LOGIN", global, 0, "service"},
		{400, "SOMETHING_NEW", retry, 0, "unknown"},
		{420, "SOMETHING_NEW_7", retry, 0, "unknown"},
		{401, "SOMETHING_NEW", retry, 0, "unknown"},
		{400, "", retry, 0, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := sendError(t.Context(), tgerr.New(c.status, c.name))
			if e.Action != c.want || e.Wait != c.wait {
				t.Errorf("%d %s: got %s, wait %v; want %s, %v", c.status, c.name, e.Action, e.Wait, c.want, c.wait)
			}
			if got, _ := domain.ReasonOf(e.Code); got != c.reason {
				t.Errorf("%s: reason %q, want %q", c.name, got, c.reason)
			}
		})
	}
}

// Whatever comes without an answer of Telegram's is ambiguous.
func TestSilenceIsAmbiguous(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		caller context.Context
		err    error
		code   string
	}{
		{"connection lost after the acknowledgement", t.Context(), context.Canceled, "CONNECTION_LOST"},
		{"end of file", t.Context(), io.ErrUnexpectedEOF, "CONNECTION_LOST"},
		{"deadline", t.Context(), context.DeadlineExceeded, "TIMEOUT"},
		{"never acknowledged", t.Context(), &rpc.RetryLimitReachedErr{Retries: 5}, "TIMEOUT"},
		{"caller gave up", gone, context.Canceled, "CANCELED"},
		{"anything else", t.Context(), errors.New("boom"), "CONNECTION_LOST"},
	} {
		if e := sendError(c.caller, c.err); e.Action != domain.ActRetry || e.Code != c.code {
			t.Errorf("%s: got %s %s, want retry %s", c.name, e.Action, e.Code, c.code)
		}
	}
	if sendError(t.Context(), nil) != nil {
		t.Error("no error became one")
	}
}

func TestCodesAreSafeToShow(t *testing.T) {
	t.Parallel()
	if got := cleanCode("<b>Bad\nthing"); got != "_B_BAD_THING" {
		t.Errorf("got %q", got)
	}
	if got := cleanCode(string(make([]byte, 1000))); len(got) != 64 {
		t.Errorf("%d characters", len(got))
	}
}

func TestLoginErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		name   string
		want   string
		after  time.Duration
	}{
		{400, "PHONE_NUMBER_INVALID", domain.KeyPhoneInvalid, 0},
		{400, "PHONE_NUMBER_BANNED", domain.KeyPhoneBanned, 0},
		{400, "PHONE_NUMBER_UNOCCUPIED", domain.KeyPhoneUnknown, 0},
		{400, "PHONE_NUMBER_FLOOD", domain.KeyLoginFlood, 24 * time.Hour},
		{406, "PHONE_PASSWORD_FLOOD", domain.KeyLoginFlood, 24 * time.Hour},
		{420, "FLOOD_WAIT_600", domain.KeyLoginFlood, 10 * time.Minute},
		{400, "PHONE_CODE_INVALID", domain.KeyCodeInvalid, 0},
		{400, "PHONE_CODE_EMPTY", domain.KeyCodeInvalid, 0},
		{400, "PHONE_CODE_EXPIRED", domain.KeyCodeExpired, 0},
		{400, "PASSWORD_HASH_INVALID", domain.KeyPasswordInvalid, 0},
		{400, "SEND_CODE_UNAVAILABLE", domain.KeyNoMoreWays, 0},
		{400, "API_ID_INVALID", domain.KeyLoginTrouble, 0},
		{500, "RPC_CALL_FAIL", domain.KeyLoginTrouble, 0},
	} {
		var e *domain.Error
		if !errors.As(loginError(tgerr.New(c.status, c.name)), &e) || e.Key != c.want || e.RetryAfter != c.after {
			t.Errorf("%s: got %v after %v, want %s after %v", c.name, e, e.RetryAfter, c.want, c.after)
		}
		if c.want == domain.KeyLoginTrouble && e.Args["Code"] != c.name {
			t.Errorf("%s: code %v", c.name, e.Args["Code"])
		}
	}
	if e := loginError(context.DeadlineExceeded); !domain.IsKey(e, domain.KeyLoginTimeout) {
		t.Errorf("no answer: %v", e)
	}
	if loginError(nil) != nil {
		t.Error("no error became one")
	}
}
