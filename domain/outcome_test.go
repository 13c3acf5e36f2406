package domain_test

import (
	"reflect"
	"testing"
	"time"

	"postix/domain"
)

// TestSettleError states for each action what becomes of the delivery and who
// has to wait.
func TestSettleError(t *testing.T) {
	pace := domain.Pace{GapMin: 10 * time.Second, GapMax: 10 * time.Second}
	a := domain.Attempt{Number: 1, Pace: pace}
	gap := noon.Add(10 * time.Second)
	waited := noon.Add(30*time.Second + time.Second) // with r = 0 the margin is 1 s
	for act, want := range map[domain.Action]domain.Result{
		domain.ActWaitAccount:  {Status: domain.DeliveryWaiting, Undo: true, AccountWait: waited, DueAt: waited},
		domain.ActWaitChat:     {Status: domain.DeliveryWaiting, Undo: true, ChatWait: waited, ChatWaitReason: "SOME_CODE", DueAt: waited, AccountReadyAt: gap},
		domain.ActRetry:        {Status: domain.DeliveryUncertain, DueAt: noon.Add(time.Second), AccountReadyAt: gap},
		"never heard of":       {Status: domain.DeliveryUncertain, DueAt: noon.Add(time.Second), AccountReadyAt: gap},
		domain.ActRefresh:      {Status: domain.DeliveryFailed, PeerFails: true, AccountReadyAt: gap},
		domain.ActFailPeer:     {Status: domain.DeliveryFailed, PeerFails: true, AccountReadyAt: gap},
		domain.ActFailCampaign: {Status: domain.DeliveryFailed, PauseCampaign: true, AccountReadyAt: gap},
		domain.ActPauseAccount: {Status: domain.DeliveryWaiting, Undo: true, AccountState: domain.AccountPaused, DueAt: noon},
		domain.ActDead:         {Status: domain.DeliveryWaiting, Undo: true, AccountState: domain.AccountNeedsLogin, DueAt: noon},
		domain.ActGlobal:       {Status: domain.DeliveryWaiting, Undo: true, StopAll: true, DueAt: noon},
	} {
		t.Run(string(act), func(t *testing.T) {
			e := &domain.SendError{Action: act, Code: "SOME_CODE", Wait: 30 * time.Second}
			want.Attempt, want.Reason, want.At = a, "SOME_CODE", noon
			if got := domain.SettleError(a, e, noon, 0); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			unsure := a
			unsure.Uncertain = true
			if got := domain.SettleError(unsure, e, noon, 0); got.Status == domain.DeliveryWaiting {
				t.Errorf("an uncertain delivery is called waiting, so that it could be cancelled unseen")
			}
		})
	}
	long := domain.SettleError(a, &domain.SendError{Action: domain.ActWaitAccount, Wait: 25 * time.Hour}, noon, 0)
	if long.AccountState != domain.AccountPaused || long.LongWait {
		t.Error("a wait of more than a day does not pause the account, which is what is told")
	}
	for wait, told := range map[time.Duration]bool{time.Hour - time.Second: false, time.Hour: true, 24 * time.Hour: true} {
		if got := domain.SettleError(a, &domain.SendError{Action: domain.ActWaitAccount, Wait: wait}, noon, 0.9).LongWait; got != told {
			t.Errorf("a wait of %v is told: %v", wait, got)
		}
	}
}

// The third chat within an hour that shuts an account out pauses it.
func TestBans(t *testing.T) {
	for bans, want := range map[int]domain.AccountState{0: "", 1: "", 2: domain.AccountPaused, 5: domain.AccountPaused} {
		e := &domain.SendError{Action: domain.ActFailPeer, Code: domain.CodeBanned}
		if got := domain.SettleError(domain.Attempt{Bans: bans}, e, noon, 0); got.AccountState != want || got.Status != domain.DeliveryFailed {
			t.Errorf("after %d bans by others: %s, account %q", bans, got.Status, got.AccountState)
		}
	}
}

// What counts towards the caps is what left or may have left, each time that it
// may have; and only that keeps the chat quiet.
func TestLeft(t *testing.T) {
	a := domain.Attempt{Pace: domain.Pace{ChatGap: time.Minute}}
	unsure := a
	unsure.Uncertain = true
	of := func(a domain.Attempt, act domain.Action) domain.Result {
		return domain.SettleError(a, &domain.SendError{Action: act, Code: "CODE", Wait: time.Second}, noon, 0)
	}
	for name, c := range map[string]struct {
		r    domain.Result
		left bool
	}{
		"sent":                          {domain.SettleSent(a, domain.SentMessage{}, noon, 0), true},
		"found":                         {domain.SettleFound(unsure, domain.SentMessage{}, noon, 0), false},
		"no answer":                     {of(a, domain.ActRetry), true},
		"no answer once more":           {of(unsure, domain.ActRetry), true},
		"the process ended":             {domain.SettleInterrupted(a, noon), true},
		"nothing was sent":              {of(unsure, domain.ActRetry).Unsent(), false},
		"refused":                       {of(a, domain.ActFailPeer), false},
		"the account has to wait":       {of(a, domain.ActWaitAccount), false},
		"an unsure one's account waits": {of(unsure, domain.ActWaitAccount), false},
	} {
		if c.r.Left() != c.left || (c.r.ChatWaitReason == domain.CodeChatGap) != c.left {
			t.Errorf("%s: left %v, the chat waits for %q", name, c.r.Left(), c.r.ChatWaitReason)
		}
	}
}

func TestBackoff(t *testing.T) {
	want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 900, 900}
	for i, w := range want {
		if got := domain.Backoff(i + 1); got != w*time.Second {
			t.Errorf("Backoff(%d) = %v, want %v", i+1, got, w*time.Second)
		}
	}
}

func TestRandomID(t *testing.T) {
	id := domain.RandomID([]byte("k"), "u", 1, 2, 3, 0)
	if id != domain.RandomID([]byte("k"), "u", 1, 2, 3, 0) {
		t.Error("the same delivery has two ids")
	}
	seen := map[int64]bool{id: true}
	for _, other := range []int64{
		domain.RandomID([]byte("l"), "u", 1, 2, 3, 0), domain.RandomID([]byte("k"), "v", 1, 2, 3, 0),
		domain.RandomID([]byte("k"), "u", 2, 2, 3, 0), domain.RandomID([]byte("k"), "u", 1, 3, 3, 0),
		domain.RandomID([]byte("k"), "u", 1, 2, -3, 0),
	} {
		if seen[other] {
			t.Error("two deliveries share an id")
		}
		seen[other] = true
	}
}

func TestReasonOf(t *testing.T) {
	for code, want := range map[string]string{
		"NOT_CONNECTED": "not_connected", "NOT_MEMBER": "not_member", "TIMEOUT": "no_answer", "SLOWMODE_WAIT_30": "slowmode_wait",
		"chat_migrated": "chat_migrated", "not_member": "not_member", "": "unknown", "nonsense": "unknown",
	} {
		if got, _ := domain.ReasonOf(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
	if _, n := domain.ReasonOf("SLOWMODE_WAIT_30"); n != 30 {
		t.Errorf("the wait reads as %d", n)
	}
	for _, k := range domain.Reasons() {
		if got, _ := domain.ReasonOf(k); got != k {
			t.Errorf("%q is not its own key", k)
		}
	}
}
