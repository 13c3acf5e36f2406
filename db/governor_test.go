package db

import (
	"testing"
	"time"

	"postix/domain"
)

// paced gives the organization a pace, which the service allows, and makes its
// accounts old enough for whole caps.
func (w *world) paced(gap, chatGap time.Duration, perHour, perDay int) {
	w.t.Helper()
	w.exec(`UPDATE organizations SET gap_min_ms = ?, gap_max_ms = ?, granted_gap_ms = 0, chat_gap_ms = ?, granted_chat_gap_ms = 0,
		per_hour = ?, granted_per_hour = 0, per_day = ?, granted_per_day = 0 WHERE id = ?`,
		gap.Milliseconds(), gap.Milliseconds(), chatGap.Milliseconds(), perHour, perDay, w.org.ID)
	w.exec("UPDATE accounts SET warm_at = 1 WHERE organization_id = ?", w.org.ID)
}

func (w *world) limit() (until time.Time, reason string) {
	w.t.Helper()
	a := must(w.s.Account(w.ctx, w.scope, w.account.ID))
	return a.LimitUntil, a.LimitReason
}

// The message after the cap goes out an hour after the first one to the
// millisecond, also when the process has been started again meanwhile, and
// until then the account says why.
func TestCapsAreExactAndOutliveARestart(t *testing.T) {
	for name, c := range map[string]struct {
		perHour, perDay int
		window          time.Duration
		reason          string
	}{
		"hour": {3, 0, time.Hour, domain.CodeHourCap},
		"day":  {0, 3, 24 * time.Hour, domain.CodeDayCap},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 6)
			w.paced(time.Second, 0, c.perHour, c.perDay)
			w.campaign(1, 0)
			w.openDue(start)
			first := start.Add(500 * time.Millisecond) // when the first is confirmed
			w.settle(sent(w.claim(start), 1, first))
			now := start.Add(10 * time.Second)
			w.settle(sent(w.claim(now), 2, now))
			// One that may have left counts as well.
			now = now.Add(10 * time.Second)
			w.settle(failed(w.claim(now), domain.ActRetry, "TIMEOUT", 0, now))
			free := first.Add(c.window)
			now = now.Add(10 * time.Second)
			if next := w.claimNothing(now); !next.Equal(free) {
				t.Fatalf("after the cap it may send at %v, want %v", next, free)
			}
			if until, reason := w.limit(); !until.Equal(free) || reason != c.reason {
				t.Errorf("it says until %v, %q", until, reason)
			}
			w.ok(w.s.Prune(w.ctx, now))
			w.ok(w.s.Close())
			w.s = openStore(t, w.path)
			if next := w.claimNothing(free.Add(-time.Millisecond)); !next.Equal(free) {
				t.Errorf("a millisecond too early it is told to come at %v", next)
			}
			w.ok(w.s.Prune(w.ctx, free))
			w.claim(free)
			if until, reason := w.limit(); until.After(free) || c.reason == reason && until.After(free) {
				t.Errorf("after the claim it still says until %v, %q", until, reason)
			}
		})
	}
}

// A message that a crash has left in the dark counts too.
func TestCapsCountWhatACrashLeft(t *testing.T) {
	w := newWorld(t, 3)
	w.paced(time.Second, 0, 1, 0)
	w.campaign(1, 0)
	w.openDue(start)
	w.claim(start)
	now := start.Add(time.Minute)
	must(w.s.Recover(w.ctx, now))
	w.checkSums()
	if next := w.claimNothing(now.Add(time.Second)); !next.Equal(now.Add(time.Hour)) {
		t.Errorf("it may send again at %v", next)
	}
}

// A limit that is lifted is not shown any longer.
func TestQuietHoursHoldAndLetGo(t *testing.T) {
	w := newWorld(t, 2)
	w.paced(time.Second, 0, 0, 0)
	w.campaign(1, 0)
	w.openDue(start)
	w.exec("UPDATE organizations SET zone = 'Asia/Tashkent', quiet_from = 13 * 60, quiet_to = 15 * 60") // it is 14:00 there
	evening := start.Add(time.Hour)
	if next := w.claimNothing(start); !next.Equal(evening) {
		t.Fatalf("it may send at %v, want %v", next, evening)
	}
	if until, reason := w.limit(); !until.Equal(evening) || reason != domain.CodeQuiet {
		t.Errorf("it says until %v, %q", until, reason)
	}
	if next := w.claimNothing(evening.Add(-time.Millisecond)); !next.Equal(evening) {
		t.Errorf("a millisecond too early it is told to come at %v", next)
	}
	w.exec("UPDATE organizations SET quiet_from = 0, quiet_to = 0")
	w.claim(start.Add(time.Minute))
	if until, _ := w.limit(); !until.IsZero() {
		t.Errorf("it still says until %v", until)
	}
}

func TestQuietHoursPutRoundsOff(t *testing.T) {
	w := newWorld(t, 1)
	w.exec("UPDATE organizations SET zone = 'UTC', quiet_from = 8 * 60, quiet_to = 10 * 60")
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	ten := start.Add(time.Hour)
	if got := w.get(c.ID); got.Round != 0 || !got.NextDueAt.Equal(ten) {
		t.Fatalf("at night the round is put off to %v, round %d", got.NextDueAt, got.Round)
	}
	if n := w.openDue(ten.Add(-time.Millisecond)); n != 0 {
		t.Error("it is due before the end of the night")
	}
	w.openDue(ten)
	if rs := must(w.s.Rounds(w.ctx, w.scope, c.ID)); len(rs) != 1 || rs[0].Late {
		t.Errorf("rounds %+v", rs)
	}
}

// After a message to a chat nothing else goes there for the gap, of whatever
// campaign; once its turn has come it says so, and the same message again does
// not wait.
func TestChatGap(t *testing.T) {
	w := newWorld(t, 2)
	w.paced(time.Second, time.Minute, 0, 0)
	first, second := w.campaign(1, 0, w.peers[0]), w.campaign(1, 0, w.peers[0])
	w.openDue(start)
	a := w.claim(start)
	w.settle(failed(a, domain.ActRetry, "TIMEOUT", 0, start))
	free := start.Add(time.Minute)
	third := w.campaign(1, 0, w.peers[0])
	now := start.Add(2 * time.Second)
	w.openDue(now)
	if d := w.deliveries(third.ID, domain.DeliveryFilter{})[0]; d.Reason != domain.CodeChatGap || !d.DueAt.Equal(free) {
		t.Errorf("one that is planned meanwhile is %+v", d)
	}
	again := w.claim(now)
	if again.CampaignID != first.ID || !again.Uncertain {
		t.Fatalf("claimed %+v", again)
	}
	w.settle(sent(again, 1, now))
	free = now.Add(time.Minute)
	if next := w.claimNothing(free.Add(-time.Millisecond)); !next.Equal(free) {
		t.Errorf("the chat is free at %v, want %v", next, free)
	}
	for _, c := range []domain.Campaign{second, third} {
		if d := w.deliveries(c.ID, domain.DeliveryFilter{})[0]; d.Reason != domain.CodeChatGap || !d.DueAt.Equal(free) || d.Status != domain.DeliveryPlanned {
			t.Errorf("the delivery of campaign %d is %+v", c.ID, d)
		}
	}
	if b := w.claim(free); b.CampaignID != second.ID {
		t.Errorf("claimed %+v", b)
	}
}

// Whoever makes a delivery due, a chat that wants silence has it.
func TestClaimAsksTheChat(t *testing.T) {
	w := newWorld(t, 2)
	w.paced(time.Second, time.Minute, 0, 0)
	c := w.campaign(1, 0)
	w.openDue(start)
	until := start.Add(time.Hour)
	w.exec("UPDATE dialogs SET wait_until = ?, wait_reason = 'SLOWMODE_WAIT_3600' WHERE peer_id = ?", ms(until), int64(w.peers[0].ID))
	if a := w.claim(start); a.Dialog.ID != w.peers[1].ID {
		t.Fatalf("claimed for %d", a.Dialog.ID)
	}
	d := w.deliveries(c.ID, domain.DeliveryFilter{})[0]
	if d.Status != domain.DeliveryPlanned || !d.DueAt.Equal(until) || d.Reason != "SLOWMODE_WAIT_3600" {
		t.Errorf("the one that waits is %+v", d)
	}
}

// Three chats within an hour that shut an account out pause it, over a restart.
func TestBansPauseTheAccount(t *testing.T) {
	w := newWorld(t, 5)
	w.paced(time.Second, 0, 0, 0)
	w.campaign(1, 0)
	w.openDue(start)
	ban := func(now time.Time) domain.AccountState {
		t.Helper()
		w.settle(failed(w.claim(now), domain.ActFailPeer, domain.CodeBanned, 0, now))
		return must(w.s.Account(w.ctx, w.scope, w.account.ID)).State
	}
	ban(start)
	w.ok(w.s.Close())
	w.s = openStore(t, w.path)
	if st := ban(start.Add(30 * time.Minute)); st != domain.AccountActive {
		t.Fatalf("after two bans it is %s", st)
	}
	// The first one is over an hour ago.
	w.ok(w.s.Prune(w.ctx, start.Add(61*time.Minute)))
	if st := ban(start.Add(61 * time.Minute)); st != domain.AccountActive {
		t.Fatalf("after three bans in 61 minutes it is %s", st)
	}
	if st := ban(start.Add(62 * time.Minute)); st != domain.AccountPaused {
		t.Errorf("after three bans in 32 minutes it is %s", st)
	}
}

// A campaign of which too much fails is paused and told once.
func TestTooManyFailuresPauseTheCampaign(t *testing.T) {
	w := newWorld(t, 30)
	w.paced(0, 0, 0, 0)
	c := w.campaign(1, 0)
	w.openDue(start)
	for i := range 20 {
		if got := w.get(c.ID); got.Status != domain.CampaignRunning {
			t.Fatalf("after %d attempts it is %s", i, got.Status)
		}
		a := w.claim(start)
		r := sent(a, i, start)
		if i%4 == 3 {
			r = failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start)
		}
		turn := must(w.s.Next(w.ctx, r, start))
		w.checkSums()
		if turn.Schedule != (i == 19) {
			t.Errorf("after %d attempts the schedule has changed: %v", i+1, turn.Schedule)
		}
		if turn.Attempt != nil { // given back as if nothing had been asked
			w.settle(failed(*turn.Attempt, domain.ActWaitAccount, domain.CodeNotConnected, -time.Second, start.Add(-time.Minute)))
		}
	}
	if got := w.get(c.ID); got.Status != domain.CampaignPaused || got.Reason != domain.CodeManyFailed || got.Counts.Failed != 5 {
		t.Fatalf("after 5 failures of 20 it is %+v", got)
	}
	ns, _, err := w.s.Notices(w.ctx, w.scope, 0, 0)
	if err != nil || len(ns) != 1 || ns[0].Kind != domain.NoticeCampaignPaused || ns[0].CampaignID != c.ID || ns[0].UserID != w.user.ID || ns[0].Reason != domain.CodeManyFailed {
		t.Errorf("told %+v (%v)", ns, err)
	}
	w.claimNothing(start.Add(time.Hour))
}

func TestLongWaitIsTold(t *testing.T) {
	w := newWorld(t, 3)
	w.campaign(1, 0)
	w.openDue(start)
	told := func() []domain.Notice {
		t.Helper()
		ns, _, err := w.s.Notices(w.ctx, w.scope, 0, 0)
		w.ok(err)
		return ns
	}
	w.settle(failed(w.claim(start), domain.ActWaitAccount, "FLOOD_WAIT_3599", 3599*time.Second, start))
	if ns := told(); len(ns) != 0 {
		t.Errorf("told %+v", ns)
	}
	now := start.Add(2 * time.Hour)
	r := failed(w.claim(now), domain.ActWaitAccount, "FLOOD_WAIT_3600", time.Hour, now)
	w.settle(r)
	w.settle(r)
	if ns := told(); len(ns) != 1 || ns[0].Kind != domain.NoticeLongWait || !ns[0].Until.Equal(r.AccountWait) || ns[0].AccountID != w.account.ID {
		t.Errorf("told %+v", ns)
	}
}

// An edited text is for what has not gone out; what may have arrived is sent
// again with its own.
func TestClaimBringsTheRightText(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	must(w.s.EditText(w.ctx, w.scope, c.ID, 1, "Yangi", nil, w.user.ID, start))
	now := start.Add(time.Minute)
	again := w.claim(now)
	if !again.Uncertain || again.Text != "Salom 1" || again.TextVersion != 1 {
		t.Fatalf("the uncertain one is claimed as %+v", again)
	}
	w.settle(sent(again, 1, now))
	now = now.Add(time.Minute)
	other := w.claim(now)
	if other.Text != "Yangi" || other.TextVersion != 2 {
		t.Fatalf("the other one is claimed as %+v", other)
	}
	// It was not sent, and the text is edited once more.
	w.settle(failed(other, domain.ActWaitChat, "SLOWMODE_WAIT_5", 5*time.Second, now))
	must(w.s.EditText(w.ctx, w.scope, c.ID, 2, "Eng yangi", nil, w.user.ID, now))
	now = now.Add(time.Minute)
	if a := w.claim(now); a.Text != "Eng yangi" || a.TextVersion != 3 {
		t.Errorf("a waiting one is claimed as %+v", a)
	}
	for i, want := range []int{1, 3} {
		if d := w.deliveries(c.ID, domain.DeliveryFilter{})[i]; d.Text != want {
			t.Errorf("delivery %d keeps version %d, want %d", i, d.Text, want)
		}
	}
}

// A stopped organization sends nothing and opens nothing; another goes on.
func TestStopOfAnOrganization(t *testing.T) {
	w := newWorld(t, 2)
	o := w.second(2)
	w.campaign(1, 0)
	w.openDue(start)
	w.campaign(1, 0)
	due := must(w.s.DueRounds(w.ctx, start, 0))
	w.exec("UPDATE organizations SET stop = 'owner' WHERE id = ?", w.org.ID)
	if next := w.claimNothing(start.Add(time.Minute)); !next.IsZero() {
		t.Errorf("it is told to ask again at %v", next)
	}
	if at, ok := w.nextDue(); ok {
		t.Errorf("something is due at %v", at)
	}
	// Also what was listed before the stop is not opened.
	w.ok(w.s.OpenRounds(w.ctx, due[0], due[0].Due(start), start))
	if got := w.get(due[0].ID); got.Round != 0 {
		t.Error("a stopped organization's round was opened")
	}
	o.campaign(1, 0)
	if n := w.openDue(start); n != 1 {
		t.Errorf("%d rounds were due, want the other organization's", n)
	}
	o.claim(start)
	w.exec("UPDATE organizations SET stop = ''")
	w.claim(start.Add(time.Minute))
}

// Organizations take turns in opening rounds, however many one of them has.
func TestRoundsInTurns(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	for range 20 {
		w.campaign(1, 0)
	}
	small := o.campaign(1, 0)
	o.exec("UPDATE campaigns SET next_due_at = next_due_at + 1000 WHERE id = ?", small.ID)
	due := must(w.s.DueRounds(w.ctx, start.Add(time.Minute), 3))
	if len(due) != 3 || due[0].ID == small.ID || due[1].ID != small.ID || due[2].ID == small.ID {
		t.Errorf("the order is %d, %d, %d; the other organization's is %d", due[0].ID, due[1].ID, due[2].ID, small.ID)
	}
}
