package db

import (
	"errors"
	"testing"
	"time"

	"postix/domain"
)

// A campaign of one round that is too late is missed; a person sends it anyway.
func TestSendMissedOfADoneCampaign(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(1, 0)
	now := start.Add(31 * time.Minute)
	w.openDue(now)
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Missed != 3 {
		t.Fatalf("too late, it is %+v", got)
	}
	got := must(w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now))
	w.checkSums()
	if got.Status != domain.CampaignRunning || got.Counts.Missed != 0 || !got.FinishedAt.IsZero() || !got.StartedAt.Equal(now) {
		t.Fatalf("sent now, it is %+v", got)
	}
	if r := w.round(c.ID, 1); r.Status != domain.RoundOpen || !r.Late || !r.OpenedAt.Equal(now) || !r.PlannedAt.Equal(start) {
		t.Errorf("its round is %+v", r)
	}
	_, err := w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now) // pressed twice
	wantKey(t, err, domain.Conflict, "campaign.round_open")
	n, now := w.sendAll(now)
	if got := w.get(c.ID); n != 3 || got.Status != domain.CampaignDone || got.Counts.Sent != 3 || got.FinishedAt.IsZero() {
		t.Errorf("%d went out, it is %+v", n, got)
	}
	for _, round := range []int{1, 2} {
		_, err = w.s.SendMissed(w.ctx, w.scope, c.ID, round, now)
		wantKey(t, err, domain.Conflict, "campaign.round_not_missed")
	}
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		if d.RandomID != domain.RandomID(w.s.install, c.UUID, 1, w.account.ID, d.Peer.ID, 0) {
			t.Error("what a round never sent has another id than the round gives it")
		}
	}
}

// Between two rounds a missed one is sent, and the next keeps its distance from
// it.
func TestSendMissedBetweenRounds(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(3, time.Hour)
	now := start.Add(50 * time.Minute)
	w.openDue(now)
	if got := w.get(c.ID); got.Counts.Missed != 2 || !got.NextDueAt.Equal(start.Add(time.Hour)) {
		t.Fatalf("after the downtime %+v", got)
	}
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
	_, err := w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now)
	wantKey(t, err, domain.Conflict, "campaign.paused")
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
	must(w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now))
	w.checkSums()
	w.sendAll(now)
	if got := w.get(c.ID); got.Counts.Sent != 2 || got.Round != 1 || !got.NextDueAt.Equal(now.Add(time.Hour)) {
		t.Errorf("then %+v", got)
	}
	w.openDue(now.Add(time.Hour))
	w.sendAll(now.Add(time.Hour))
	if got := w.get(c.ID); got.Round != 2 || got.Counts.Sent != 4 || got.Counts.Missed != 0 {
		t.Errorf("and then %+v", got)
	}
}

// One missed round after the other keeps its distance, and says when it may go.
func TestMissedRoundsKeepTheirDistance(t *testing.T) {
	w := newWorld(t, 1)
	c := w.campaign(3, time.Hour)
	now := start.Add(3 * time.Hour)
	w.openDue(now)
	for round := 1; round <= 3; round++ {
		must(w.s.SendMissed(w.ctx, w.scope, c.ID, round, now))
		_, after := w.sendAll(now)
		free := now.Add(time.Hour)
		_, err := w.s.SendMissed(w.ctx, w.scope, c.ID, round%3+1, after)
		if round == 3 {
			wantKey(t, err, domain.Conflict, "campaign.round_not_missed")
			break
		}
		wantKey(t, err, domain.Conflict, "campaign.missed_early")
		var e *domain.Error
		if errors.As(err, &e); e.Args["Until"] != free || e.RetryAfter != free.Sub(after) {
			t.Errorf("it says until %v, in %v; want %v", e.Args["Until"], e.RetryAfter, free)
		}
		now = free
	}
	if got := w.get(c.ID); got.Counts.Sent != 3 || got.Status != domain.CampaignDone {
		t.Errorf("at the end %+v", got)
	}
}

// What is cancelled of a round that was sent late is counted in that round, not
// in the latest.
func TestCancelOfARevivedRound(t *testing.T) {
	for name, cancel := range map[string]func(w *world, id int64, now time.Time) domain.CampaignStatus{
		"the campaign": func(w *world, id int64, now time.Time) domain.CampaignStatus {
			must(w.s.CancelCampaign(w.ctx, w.scope, id, now))
			return domain.CampaignCancelled
		},
		"its deliveries": func(w *world, id int64, now time.Time) domain.CampaignStatus {
			var ids []int64
			for _, d := range w.deliveries(id, domain.DeliveryFilter{Round: 1}) {
				ids = append(ids, d.ID)
			}
			if n := must(w.s.CancelDeliveries(w.ctx, w.scope, id, ids, now)); n != 2 {
				w.t.Errorf("%d cancelled", n)
			}
			return domain.CampaignDone
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4)
			c := w.campaign(2, time.Hour)
			w.openDue(start.Add(50 * time.Minute)) // the first is missed
			now := start.Add(time.Hour)
			w.openDue(now)
			w.sendAll(now)
			now = now.Add(time.Hour)
			must(w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now))
			a, now := w.claimSoon(now)
			w.settle(sent(a, 9, now))
			flying, now := w.claimSoon(now)
			status := cancel(w, c.ID, now)
			w.checkSums()
			w.settle(sent(flying, 10, now))
			got, first, second := w.get(c.ID), w.round(c.ID, 1), w.round(c.ID, 2)
			if got.Status != status || got.Counts.Sent != 6 || got.Counts.Cancelled != 2 || got.Counts.Open() != 0 {
				t.Errorf("at the end %+v", got)
			}
			if first.Counts.Cancelled != 2 || second.Counts.Cancelled != 0 || first.Status == domain.RoundOpen {
				t.Errorf("rounds %+v and %+v", first, second)
			}
		})
	}
}

// A missed round of which every chat is skipped by now is over at once.
func TestSendMissedToNobody(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	now := start.Add(time.Hour)
	w.openDue(now)
	w.exec("UPDATE dialogs SET fails = ?", domain.SkipAfter)
	got := must(w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now))
	w.checkSums()
	if got.Status != domain.CampaignDone || got.Counts.Skipped != 2 {
		t.Errorf("it is %+v", got)
	}
}

// failTwo sends a campaign of four chats of which the first two refuse.
func (w *world) failTwo(rounds int) (domain.Campaign, time.Time) {
	w.t.Helper()
	c := w.campaign(rounds, time.Hour)
	w.openDue(start)
	now := start
	for range 2 {
		var a domain.Attempt
		a, now = w.claimSoon(now)
		w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	}
	return c, now
}

func (w *world) fails() (n int) {
	w.t.Helper()
	w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT SUM(fails) FROM dialogs").Scan(&n))
	return n
}

// Only what failed is sent again, as new messages; the campaign that was done is
// done again afterwards.
func TestRetryFailed(t *testing.T) {
	w := newWorld(t, 4)
	c, now := w.failTwo(1)
	_, now = w.sendAll(now)
	old := map[int64]bool{}
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		old[d.RandomID] = true
	}
	again := func(want int) domain.Campaign {
		t.Helper()
		got, n, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, now)
		if err != nil || n != want {
			t.Fatalf("%d planned again (%v), want %d", n, err, want)
		}
		w.checkSums()
		return got
	}
	if got := again(2); got.Status != domain.CampaignRunning || got.Counts.Failed != 0 || got.Counts.Sent != 2 || w.fails() != 0 {
		t.Fatalf("planned again: %+v, %d refusals", got, w.fails())
	}
	again(0) // pressed twice
	a, now := w.claimSoon(now)
	if old[a.RandomID] || a.Number != 1 || a.Uncertain || !a.FirstAt.Equal(now) {
		t.Errorf("sent again as %+v", a)
	}
	old[a.RandomID] = true
	w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	w.sendAll(now)
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 3 || got.Counts.Failed != 1 {
		t.Errorf("then %+v", got)
	}
	again(1)
	if a, now = w.claimSoon(now); old[a.RandomID] {
		t.Error("the second retry has the id of the first")
	}
	w.settle(sent(a, 9, now))
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 4 {
		t.Errorf("at the end %+v", got)
	}
}

// While its round is still open the retried ones just join it; between rounds the
// next keeps its time; in a pause they wait.
func TestRetryFailedOfALiveCampaign(t *testing.T) {
	t.Run("open", func(t *testing.T) {
		w := newWorld(t, 4)
		c, now := w.failTwo(2)
		if _, n, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, now); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		if n, _ := w.sendAll(now); n != 4 {
			t.Errorf("%d went out", n)
		}
	})
	t.Run("between", func(t *testing.T) {
		w := newWorld(t, 4)
		c, now := w.failTwo(2)
		_, now = w.sendAll(now)
		if _, n, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, now); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		n, _ := w.sendAll(now)
		if got := w.get(c.ID); n != 2 || got.Counts.Sent != 4 || !got.NextDueAt.Equal(start.Add(time.Hour)) {
			t.Errorf("%d went out, then %+v", n, got)
		}
	})
	t.Run("paused", func(t *testing.T) {
		w := newWorld(t, 4)
		c, now := w.failTwo(2)
		_, now = w.sendAll(now)
		must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
		got, n, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, now)
		if got.Status != domain.CampaignPaused || n != 2 || err != nil {
			t.Fatal(got, n, err)
		}
		w.checkSums()
		if next := w.claimNothing(now); !next.IsZero() {
			t.Error("a paused campaign is claimed from")
		}
		must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
		if n, _ := w.sendAll(now); n != 2 {
			t.Errorf("%d went out", n)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		w := newWorld(t, 4)
		c, now := w.failTwo(2)
		must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, now))
		_, _, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, now)
		wantKey(t, err, domain.Conflict, "campaign.cancelled")
		_, err = w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now)
		wantKey(t, err, domain.Conflict, "campaign.cancelled")
	})
}
