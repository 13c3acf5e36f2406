package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// answer is one of Telegram's answers to messages.sendMessage and what the
// product has to do about it.
type answer struct {
	status int
	code   string
	want   domain.Action
}

// answers are the codes that messages.sendMessage and a session can end in.
// Sources: https://core.telegram.org/method/messages.sendMessage#possible-errors
// and https://core.telegram.org/api/errors.
var answers = []answer{
	{420, "FLOOD_WAIT_3", domain.ActWaitAccount},
	{420, "FLOOD_PREMIUM_WAIT_2", domain.ActWaitAccount},
	{420, "FLOOD_WAIT", domain.ActWaitAccount},
	{420, "SLOWMODE_WAIT_3", domain.ActWaitChat},

	{400, "PEER_FLOOD", domain.ActPauseAccount},
	{403, "USER_RESTRICTED", domain.ActPauseAccount},
	{420, "FROZEN_METHOD_INVALID", domain.ActPauseAccount},
	{420, "FROZEN_PARTICIPANT_MISSING", domain.ActPauseAccount},

	{403, "CHAT_WRITE_FORBIDDEN", domain.ActFailPeer},
	{400, "CHAT_RESTRICTED", domain.ActFailPeer},
	{403, "CHAT_SEND_PLAIN_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_MEDIA_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_PHOTOS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_VIDEOS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_DOCS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_AUDIOS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_VOICES_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_GIFS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_STICKERS_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_SEND_POLL_FORBIDDEN", domain.ActFailPeer},
	{400, "USER_BANNED_IN_CHANNEL", domain.ActFailPeer},
	{400, "CHAT_ADMIN_REQUIRED", domain.ActFailPeer},
	{403, "RIGHT_FORBIDDEN", domain.ActFailPeer},
	{403, "BROADCAST_FORBIDDEN", domain.ActFailPeer},
	{403, "CHAT_GUEST_SEND_FORBIDDEN", domain.ActFailPeer},
	{400, "USER_NOT_PARTICIPANT", domain.ActFailPeer},
	{400, "USER_KICKED", domain.ActFailPeer},
	{400, "CHANNEL_PRIVATE", domain.ActFailPeer},
	{403, "CHAT_FORBIDDEN", domain.ActFailPeer},
	{400, "TOPIC_CLOSED", domain.ActFailPeer},
	{400, "TOPIC_DELETED", domain.ActFailPeer},
	{400, "REPLY_MESSAGE_ID_INVALID", domain.ActFailPeer},
	{400, "MESSAGE_ID_INVALID", domain.ActFailPeer},
	{400, "USER_IS_BLOCKED", domain.ActFailPeer},
	{400, "YOU_BLOCKED_USER", domain.ActFailPeer},
	{400, "INPUT_USER_DEACTIVATED", domain.ActFailPeer},
	{403, "USER_DELETED", domain.ActFailPeer},
	{400, "USER_ID_INVALID", domain.ActFailPeer},
	{403, "USER_PRIVACY_RESTRICTED", domain.ActFailPeer},
	{406, "PRIVACY_PREMIUM_REQUIRED", domain.ActFailPeer},
	{403, "PREMIUM_ACCOUNT_REQUIRED", domain.ActFailPeer},
	{403, "ALLOW_PAYMENT_REQUIRED_100", domain.ActFailPeer},
	{400, "BALANCE_TOO_LOW", domain.ActFailPeer},

	{400, "CHANNEL_INVALID", domain.ActRefresh},
	{400, "CHAT_ID_INVALID", domain.ActRefresh},
	{400, "PEER_ID_INVALID", domain.ActRefresh},
	{400, "ACCESS_HASH_INVALID", domain.ActRefresh},
	{400, "FILE_REFERENCE_EXPIRED", domain.ActRefresh},
	{400, "FILE_PART_3_MISSING", domain.ActRefresh},
	{400, "MD5_CHECKSUM_INVALID", domain.ActRefresh},

	{400, "MESSAGE_EMPTY", domain.ActFailCampaign},
	{400, "MESSAGE_TOO_LONG", domain.ActFailCampaign},
	{400, "MEDIA_CAPTION_TOO_LONG", domain.ActFailCampaign},
	{400, "ENTITIES_TOO_LONG", domain.ActFailCampaign},
	{400, "ENTITY_BOUNDS_INVALID", domain.ActFailCampaign},
	{400, "MEDIA_INVALID", domain.ActFailCampaign},
	{400, "PHOTO_INVALID_DIMENSIONS", domain.ActFailCampaign},
	{400, "VIDEO_FILE_INVALID", domain.ActFailCampaign},
	{400, "DOCUMENT_INVALID", domain.ActFailCampaign},
	{400, "IMAGE_PROCESS_FAILED", domain.ActFailCampaign},

	{500, "RANDOM_ID_DUPLICATE", domain.ActRetry},
	{500, "INTERNAL", domain.ActRetry},
	{-500, "No workers running", domain.ActRetry},
	{-503, "Timeout", domain.ActRetry},
	{500, "RPC_CALL_FAIL", domain.ActRetry},
	{500, "WORKER_BUSY_TOO_LONG_RETRY", domain.ActRetry},
	{500, "CHAT_WRITE_FORBIDDEN", domain.ActRetry},
	{400, "SOMETHING_NEW", domain.ActRetry},
	{403, "SOMETHING_NEW_FORBIDDEN_7", domain.ActRetry},
	{406, "SOMETHING_ELSE_NEW", domain.ActRetry},
	{420, "SOMETHING_NEW_WITHOUT_SECONDS", domain.ActRetry},

	{401, "AUTH_KEY_UNREGISTERED", domain.ActDead},
	{401, "AUTH_KEY_INVALID", domain.ActDead},
	{401, "AUTH_KEY_PERM_EMPTY", domain.ActDead},
	{401, "SESSION_REVOKED", domain.ActDead},
	{401, "SESSION_EXPIRED", domain.ActDead},
	{401, "USER_DEACTIVATED", domain.ActDead},
	{401, "USER_DEACTIVATED_BAN", domain.ActDead},
	{406, "AUTH_KEY_DUPLICATED", domain.ActDead},

	{400, "API_ID_INVALID", domain.ActGlobal},
	{400, "API_ID_PUBLISHED_FLOOD", domain.ActGlobal},
	{400, "CONNECTION_LAYER_INVALID", domain.ActGlobal},
	{406, "UPDATE_APP_TO_LOGIN", domain.ActGlobal},
}

func answersOf(want domain.Action) (out []answer) {
	for _, a := range answers {
		if a.want == want {
			out = append(out, a)
		}
	}
	return out
}

// stored is the code as the product keeps it.
func (a answer) stored() string {
	return strings.ReplaceAll(strings.ToUpper(a.code), " ", "_")
}

func (a answer) name() string { return fmt.Sprintf("%d %s", a.status, a.code) }

// bystander is an account that nothing happens to but single refusals.
const bystander = 6

// TestAnswersOfTelegram gives each of Telegram's answers to a message of a
// running campaign, over MTProto, and looks who is touched by it: the delivery,
// the chat, the campaign, the account, or all. Waits and counts outlive a
// restart.
func TestAnswersOfTelegram(t *testing.T) {
	t.Parallel()
	const flooded, slowed, banned, retrying, waiting, pausing, failing, refreshing, broken, dying, silenced = 0, 1, 2, 3, 4, 5, bystander, 7, 8, 9, 10
	d := newAnswerDesk(t, append(loadPhones, dilnozaPhone)...)

	flood, slow := d.begin(flooded, answer{420, "FLOOD_WAIT_15", domain.ActWaitAccount}, 1), d.begin(slowed, answer{420, "SLOWMODE_WAIT_15", domain.ActWaitChat}, 1)
	d.isWaiting(flood)
	d.isWaiting(slow)
	others := d.heldUp(flood, slow)
	ban := answer{400, domain.CodeBanned, domain.ActFailPeer}
	bans := []*trial{d.begin(banned, ban, 1), d.begin(banned, ban, 1)}
	for _, b := range bans {
		b.failedPeer(t)
	}
	d.restart()

	// What takes its time is begun before anything is waited for.
	retries, waits := d.beginAll(retrying, domain.ActRetry, -1), d.beginAll(waiting, domain.ActWaitAccount, 1)
	duplicate := d.begin(broken, answer{500, domain.CodeDuplicate, domain.ActRetry}, 2)
	failures := d.beginAll(failing, domain.ActFailPeer, 1)
	once, always := d.beginAll(refreshing, domain.ActRefresh, 1), d.beginAll(refreshing, domain.ActRefresh, -1)
	texts := d.beginAll(broken, domain.ActFailCampaign, 1)

	t.Run("third ban within the hour", func(t *testing.T) { d.thirdBan(t, banned, ban) })
	each(t, failures, "", (*trial).failedPeer)
	each(t, once, " once", (*trial).refreshed)
	each(t, always, " always", (*trial).failedAfterRefresh)
	each(t, texts, "", (*trial).failedCampaign)
	each(t, retries, " until it passes", (*trial).ambiguous)
	each(t, []*trial{duplicate}, "", (*trial).inFlight)
	for _, a := range answersOf(domain.ActPauseAccount) {
		t.Run(a.name(), func(t *testing.T) { d.begin(pausing, a, 1).pausedAccount(t) })
	}
	for _, a := range answersOf(domain.ActDead) {
		t.Run(a.name(), func(t *testing.T) { d.begin(dying, a, 1).dead(t) })
	}
	t.Run("a chat that refuses three rounds", func(t *testing.T) { d.skipped(t, failing) })
	t.Run("a group that became a supergroup", func(t *testing.T) { d.migrated(t, silenced) })
	each(t, waits, "", (*trial).waited)
	each(t, []*trial{flood, slow}, " across a restart", (*trial).waited)
	each(t, others, " beside it", (*trial).sentOnce)
	t.Run("wait of more than an hour", func(t *testing.T) { d.longWait(t, silenced) })
	t.Run("wait of more than a day", func(t *testing.T) { d.tooLongWait(t, waiting) })
	for _, a := range answersOf(domain.ActGlobal) {
		t.Run(a.name(), func(t *testing.T) { d.begin(failing, a, 1).stoppedAll(t, refreshing) })
	}
	d.endsTruthfully()
}

func each(t *testing.T, trials []*trial, how string, check func(*trial, *testing.T)) {
	t.Helper()
	for _, x := range trials {
		t.Run(x.name()+how, func(t *testing.T) { check(x, t) })
	}
}

// TestEveryAnswerHasWords: a person reads why, in every language, and only an
// unknown answer is called one.
func TestEveryAnswerHasWords(t *testing.T) {
	for _, l := range locale.Languages {
		ctx := locale.With(t.Context(), l.Code, time.UTC)
		for _, a := range answers {
			words := views.Reason(ctx, a.stored())
			_, key, _ := domain.AnswerTo(a.stored())
			known := key != domain.ReasonUnknown
			if words == "" || strings.Contains(words, "⟦") || strings.Contains(words, "no value") {
				t.Errorf("%s: %s reads %q", l.Code, a.name(), words)
			}
			if raw := strings.Contains(words, a.stored()); raw == known {
				t.Errorf("%s: %s reads %q", l.Code, a.name(), words)
			}
		}
	}
}
