package db

import (
	"testing"
	"time"

	"postix/domain"
)

// claimSoon claims what goes out next, when it may.
func (w *world) claimSoon(now time.Time) (domain.Attempt, time.Time) {
	w.t.Helper()
	for {
		a, ok, next, err := fourOf(w.s.Claim(w.ctx, w.account.ID, now))
		w.ok(err)
		switch {
		case ok:
			return a, now
		case next.IsZero():
			w.t.Fatal("nothing to claim, ever")
		}
		now = next
	}
}

// round is one of a campaign's rounds.
func (w *world) round(id int64, number int) domain.Round {
	w.t.Helper()
	for _, r := range must(w.s.Rounds(w.ctx, w.scope, id)) {
		if r.Number == number {
			return r
		}
	}
	w.t.Fatalf("round %d is not there", number)
	return domain.Round{}
}

// quiet makes the organization silent from 22:00 to 08:00 of its own time.
func (w *world) quiet() {
	w.t.Helper()
	w.ok(w.s.SetSending(w.ctx, w.org.ID, w.org.Own, domain.Hours{QuietFrom: 22 * 60, QuietTo: 8 * 60, Days: domain.AllDays}))
}

// Of start's day, in UTC: Tashkent is five hours ahead.
var (
	night   = start.Add(9 * time.Hour)  // 23:00 there
	morning = start.Add(18 * time.Hour) // 08:00 there
)

// What is paused in the middle of a round goes on where it was: nothing is lost,
// nothing goes out twice, and the next round keeps its distance.
func TestPauseInTheMiddleOfARound(t *testing.T) {
	w := newWorld(t, 4)
	c := w.campaign(3, time.Hour)
	_, err := w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start)
	wantKey(t, err, domain.Conflict, "campaign.not_paused")
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	flying, now := w.claimSoon(start)
	got := must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
	if got.Status != domain.CampaignPaused || got.Reason != domain.CodePerson {
		t.Fatalf("paused as %+v", got)
	}
	_, err = w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now)
	wantKey(t, err, domain.Conflict, "campaign.paused")
	slow := failed(flying, domain.ActWaitChat, "SLOWMODE_WAIT_5", 5*time.Second, now)
	w.settle(slow) // waits with the others
	if next := w.claimNothing(now.Add(2 * time.Hour)); !next.IsZero() {
		t.Error("a paused campaign is claimed from")
	}
	if _, ok := w.nextDue(); ok {
		t.Error("a paused campaign has something due")
	}
	resumed := start.Add(5 * time.Hour)
	got = must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, resumed))
	w.checkSums()
	if got.Status != domain.CampaignRunning || got.Reason != "" || !got.NextDueAt.IsZero() {
		t.Errorf("resumed as %+v", got)
	}
	if n, _ := w.sendAll(resumed); n != 3 {
		t.Errorf("%d went out after resuming", n)
	}
	due := resumed.Add(time.Hour)
	if got := w.get(c.ID); !got.NextDueAt.Equal(due) || got.Counts.Missed != 0 {
		t.Errorf("the next round is due at %v, want %v: %+v", got.NextDueAt, due, got.Counts)
	}
	if w.openDue(due); w.get(c.ID).Round != 2 {
		t.Error("the next round did not open")
	}
}

// A pause makes no round missed: the one whose time has passed opens at once, the
// others an interval after it.
func TestResumeBetweenRounds(t *testing.T) {
	for name, k := range map[string]struct{ resumed, due time.Time }{
		"before its time": {start.Add(30 * time.Minute), start.Add(time.Hour)},
		"hours after":     {start.Add(5*time.Hour + time.Minute), start.Add(5*time.Hour + time.Minute)},
		"at night":        {night, morning},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2)
			w.quiet()
			c := w.campaign(3, time.Hour)
			w.openDue(start)
			w.sendAll(start)
			must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start.Add(10*time.Minute)))
			if n := w.openDue(start.Add(4 * time.Hour)); n != 0 {
				t.Fatal("a round of a paused campaign was opened")
			}
			got := must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, k.resumed))
			if !got.NextDueAt.Equal(k.due) {
				t.Errorf("due at %v, want %v", got.NextDueAt, k.due)
			}
			w.openDue(k.due)
			w.sendAll(k.due)
			if got := w.get(c.ID); got.Round != 2 || got.Counts.Sent != 4 || !got.NextDueAt.Equal(k.due.Add(time.Hour)) {
				t.Errorf("then %+v", got)
			}
		})
	}
}

func TestPauseBeforeTheStart(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start.Add(-time.Hour)))
	if n := w.openDue(start); n != 0 {
		t.Error("a paused campaign started")
	}
	got := must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start.Add(-time.Minute)))
	if got.Status != domain.CampaignScheduled || !got.NextDueAt.Equal(start) {
		t.Errorf("resumed as %+v", got)
	}
}

// What may have arrived is looked for while its campaign is paused, and what is
// proved not to have arrived waits with the campaign and keeps its id.
func TestPauseWhileUncertain(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	first := w.claim(start)
	w.settle(failed(first, domain.ActRetry, "TIMEOUT", 0, start))
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start))
	look, now := w.claimSoon(start)
	if !look.Look || look.DeliveryID != first.DeliveryID {
		t.Fatalf("claimed of a paused campaign: %+v", look)
	}
	w.settle(domain.Result{Attempt: look, Status: domain.DeliveryWaiting, Absent: true, Looked: true, DueAt: now, At: now})
	if next := w.claimNothing(now.Add(time.Hour)); !next.IsZero() {
		t.Error("what is not there is sent while its campaign is paused")
	}
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
	w.checkSums()
	ids := map[int64]bool{}
	for n := range 2 {
		var a domain.Attempt
		a, now = w.claimSoon(now)
		ids[a.RandomID] = true
		w.settle(sent(a, n+1, now))
	}
	if got := w.get(c.ID); !ids[first.RandomID] || got.Counts.Sent != 2 || got.Status != domain.CampaignDone {
		t.Errorf("at the end %+v, sent as %v", got, ids)
	}
}

// What proves not to have arrived after its round was closed goes out before the
// next round, and before the campaign is done.
func TestAbsentOfAClosedRound(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	first := w.claim(start)
	lost := failed(first, domain.ActRetry, "TIMEOUT", 0, start)
	lost.DueAt = start.Add(2 * time.Hour)
	w.settle(lost)
	a, now := w.claimSoon(start)
	w.settle(sent(a, 1, now))
	now = start.Add(time.Hour)
	w.openDue(now)
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
	look, now := w.claimSoon(lost.DueAt)
	w.settle(domain.Result{Attempt: look, Status: domain.DeliveryWaiting, Absent: true, Looked: true, DueAt: now, At: now})
	var ids []int64
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{Round: 2}) {
		ids = append(ids, d.ID)
	}
	must(w.s.CancelDeliveries(w.ctx, w.scope, c.ID, ids, now))
	w.checkSums()
	if got := w.get(c.ID); got.Status != domain.CampaignPaused || w.round(c.ID, 1).Status != domain.RoundOpen {
		t.Fatalf("with one left it is %+v", got)
	}
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
	if a, now = w.claimSoon(now); a.RandomID != first.RandomID {
		t.Errorf("what goes out is %+v", a)
	}
	w.settle(sent(a, 2, now))
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 2 || got.Counts.Cancelled != 2 {
		t.Errorf("at the end %+v", got)
	}
}

func TestStartNow(t *testing.T) {
	w := newWorld(t, 2)
	w.quiet()
	early := start.Add(-3 * time.Hour)
	c := w.campaign(2, time.Hour)
	w.exec("UPDATE campaigns SET planned_end = ?", ms(start.Add(time.Hour)))
	got := must(w.s.StartCampaign(w.ctx, w.scope, c.ID, early))
	if !got.NextDueAt.Equal(early) || !got.StartAt.Equal(early) || !got.PlannedEnd.Equal(early.Add(time.Hour)) {
		t.Fatalf("started as %+v", got)
	}
	must(w.s.StartCampaign(w.ctx, w.scope, c.ID, early)) // pressed twice
	w.openDue(early)
	_, err := w.s.StartCampaign(w.ctx, w.scope, c.ID, early)
	wantKey(t, err, domain.Conflict, "campaign.started")
	if n, _ := w.sendAll(early); n != 2 {
		t.Errorf("%d went out", n)
	}
	if got := w.get(c.ID); !got.NextDueAt.Equal(early.Add(time.Hour)) {
		t.Errorf("the second round is due at %v", got.NextDueAt)
	}
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, early))
	_, err = w.s.StartCampaign(w.ctx, w.scope, c.ID, early)
	wantKey(t, err, domain.Conflict, "campaign.paused")
	must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, early))
	_, err = w.s.StartCampaign(w.ctx, w.scope, c.ID, early)
	wantKey(t, err, domain.Conflict, "campaign.ended")

	if got := must(w.s.StartCampaign(w.ctx, w.scope, w.campaign(1, 0).ID, night)); !got.NextDueAt.Equal(morning) {
		t.Errorf("started at night it is due at %v", got.NextDueAt)
	}
}

// A new text is for what has not gone out; what has, or may have, keeps its own.
func TestEditText(t *testing.T) {
	w := newWorld(t, 4)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	unsure, now := w.claimSoon(start)
	lost := failed(unsure, domain.ActRetry, "TIMEOUT", 0, now)
	lost.DueAt = now.Add(time.Hour)
	w.settle(lost)
	flying, now := w.claimSoon(now)
	got := must(w.s.EditText(w.ctx, w.scope, c.ID, 1, "Yangi matn", nil, w.user.ID, now))
	if got.Text != "Yangi matn" || got.Texts != 2 {
		t.Fatalf("edited as %+v", got)
	}
	got = must(w.s.EditText(w.ctx, w.scope, c.ID, 1, "Yangi matn", nil, w.user.ID, now)) // pressed twice
	if got.Texts != 2 {
		t.Errorf("%d versions after the second press", got.Texts)
	}
	_, err := w.s.EditText(w.ctx, w.scope, c.ID, 1, "Boshqa matn", nil, w.user.ID, now)
	wantKey(t, err, domain.Conflict, "campaign.edited")

	w.settle(sent(flying, 2, now))
	fresh, now := w.claimSoon(now)
	if fresh.Text != "Yangi matn" || fresh.TextVersion != 2 {
		t.Errorf("the next goes out as %q", fresh.Text)
	}
	w.settle(sent(fresh, 3, now))
	if n := must(w.s.LookAgain(w.ctx, w.scope, c.ID, now)); n != 1 {
		t.Errorf("%d looked for", n)
	}
	again, now := w.claimSoon(now)
	if again.Text != "Salom 1" || again.RandomID != unsure.RandomID {
		t.Errorf("what may have arrived is sent again as %q", again.Text)
	}
	w.settle(sent(again, 4, now))
	versions := map[int]int{}
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		versions[d.Text]++
	}
	if versions[1] != 3 || versions[2] != 1 {
		t.Errorf("sent by version: %v", versions)
	}
	if ts := must(w.s.Texts(w.ctx, w.scope, c.ID)); len(ts) != 2 || ts[0].Body != "Yangi matn" || ts[1].Body != "Salom 1" || ts[0].UserName != "Sadaf" {
		t.Errorf("texts %+v", ts)
	}
	for search, want := range map[string]int{"YANGI": 1, "salom": 0} {
		if _, n, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{Search: search}); n != want || err != nil {
			t.Errorf("%q finds %d (%v)", search, n, err)
		}
	}
	_, err = w.s.EditText(w.ctx, w.scope, c.ID, 2, "Kech", nil, w.user.ID, now)
	wantKey(t, err, domain.Conflict, "campaign.ended")
}

// An account that comes back sends what had to wait, and only an interval later
// the next round.
func TestAccountComesBack(t *testing.T) {
	w := newWorld(t, 3)
	back := start.Add(3 * time.Hour)
	for name, away := range map[string]struct {
		act  domain.Action
		back func() error
	}{
		"resumed": {domain.ActPauseAccount, func() error {
			_, err := w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountActive, "", back)
			return err
		}},
		"connected again": {domain.ActDead, func() error {
			_, err := w.s.ConnectAccount(w.ctx, domain.NewAccount{
				OrganizationID: w.org.ID, Reconnect: w.account.ID, Phone: w.account.Phone, Session: []byte("new"),
				Profile: domain.Profile{TelegramID: w.account.TelegramID, FirstName: "Ali"}, At: back,
			})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			c := w.campaign(2, time.Hour)
			w.exec("UPDATE accounts SET ready_at = 0")
			w.exec("UPDATE dialogs SET wait_until = 0")
			w.openDue(start)
			w.settle(sent(w.claim(start), 1, start))
			a, now := w.claimSoon(start)
			w.settle(failed(a, away.act, "X", 0, now))
			w.claimNothing(back)
			w.ok(away.back())
			if n, _ := w.sendAll(back); n != 2 {
				t.Errorf("%d went out", n)
			}
			if got := w.get(c.ID); !got.NextDueAt.Equal(back.Add(time.Hour)) {
				t.Errorf("the next round is due at %v", got.NextDueAt)
			}
			must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, back))
		})
	}
}
