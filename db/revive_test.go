package db

import (
	"errors"
	"slices"
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

// again sends what failed of a round again.
func (w *world) again(id int64, round int, now time.Time, want domain.Retried) domain.Campaign {
	w.t.Helper()
	got, done, err := w.s.RetryFailed(w.ctx, w.scope, id, round, now)
	if err != nil || done != want {
		w.t.Fatalf("of round %d planned again: %+v (%v), want %+v", round, done, err, want)
	}
	w.checkSums()
	return got
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
		return w.again(c.ID, 1, now, domain.Retried{Planned: want})
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
		w.again(c.ID, 1, now, domain.Retried{Planned: 2})
		if n, _ := w.sendAll(now); n != 4 {
			t.Errorf("%d went out", n)
		}
	})
	t.Run("between", func(t *testing.T) {
		w := newWorld(t, 4)
		c, now := w.failTwo(2)
		_, now = w.sendAll(now)
		w.again(c.ID, 1, now, domain.Retried{Planned: 2})
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
		if got := w.again(c.ID, 1, now, domain.Retried{Planned: 2}); got.Status != domain.CampaignPaused {
			t.Fatal(got)
		}
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
		_, _, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, 1, now)
		wantKey(t, err, domain.Conflict, "campaign.cancelled")
		_, err = w.s.SendMissed(w.ctx, w.scope, c.ID, 1, now)
		wantKey(t, err, domain.Conflict, "campaign.cancelled")
	})
}

// refuses lets the next message fail.
func (w *world) refuses(now time.Time) time.Time {
	w.t.Helper()
	a, now := w.claimSoon(now)
	w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	return now
}

// What failed of any round of a campaign that is done is sent again, but not to a
// chat that has had its message lately, of whichever round.
func TestRetryFailedOfAnEarlierRound(t *testing.T) {
	w := newWorld(t, 4)
	c, now := w.failTwo(2)
	w.sendAll(now)
	w.openDue(start.Add(time.Hour))
	now = w.refuses(start.Add(time.Hour))
	second, now := w.claimSoon(now) // to the second chat
	w.settle(sent(second, 7, now))
	_, now = w.sendAll(now)
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Failed != 3 || second.Dialog.ID != w.peers[1].ID {
		t.Fatalf("at first %+v", got)
	}
	free := second.FirstAt.Add(c.Spacing())
	got := w.again(c.ID, 1, now, domain.Retried{Planned: 1, Left: 1, From: free})
	if r := w.round(c.ID, 1); got.Status != domain.CampaignRunning || got.Counts.Failed != 2 || r.Status != domain.RoundOpen || r.Counts.Failed != 1 {
		t.Fatalf("sent again: %+v, its round %+v", got, r)
	}
	w.again(c.ID, 1, now, domain.Retried{Left: 1, From: free}) // pressed twice
	first, now := w.claimSoon(now)
	if first.Dialog.ID != w.peers[0].ID || first.Round != 1 || first.Uncertain {
		t.Errorf("sent again as %+v", first)
	}
	w.settle(sent(first, 9, now))
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 6 || got.Counts.Failed != 2 {
		t.Errorf("then %+v", got)
	}
	w.again(c.ID, 2, now, domain.Retried{Left: 1, From: now.Add(time.Hour)}) // the first chat has just had round 1
	w.again(c.ID, 1, free.Add(-time.Millisecond), domain.Retried{Left: 1, From: free})
	w.again(c.ID, 1, free, domain.Retried{Planned: 1})
	w.sendAll(free)
	now = now.Add(time.Hour)
	w.again(c.ID, 2, now, domain.Retried{Planned: 1})
	w.sendAll(now)
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 8 || got.Counts.Failed != 0 {
		t.Errorf("at the end %+v", got)
	}
	for _, round := range []int{0, 1, 3} {
		w.again(c.ID, round, now, domain.Retried{})
	}
}

// While another round goes out, or is held, what failed of an earlier one joins
// the queue behind it; the campaign goes on with both.
func TestRetryFailedWhileAnotherRoundIsOpen(t *testing.T) {
	for _, paused := range []bool{false, true} {
		w := newWorld(t, 4)
		c, now := w.failTwo(3)
		w.sendAll(now)
		w.openDue(start.Add(time.Hour))
		now = w.refuses(start.Add(time.Hour)).Add(time.Second)
		if paused {
			must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
		}
		// To the second chat round 2 is still to come.
		got := w.again(c.ID, 1, now, domain.Retried{Planned: 1, Left: 1, From: now.Add(time.Hour)})
		if r := w.round(c.ID, 1); got.Round != 2 || !got.NextDueAt.IsZero() || r.Status != domain.RoundDone || r.Counts.Open() != 1 {
			t.Fatalf("paused %v: %+v, round 1 %+v", paused, got, r)
		}
		if paused {
			w.claimNothing(now)
			must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
		}
		var order []int
		for range 4 {
			var a domain.Attempt
			a, now = w.claimSoon(now)
			order = append(order, a.Round)
			w.settle(sent(a, 10+len(order), now))
		}
		if !slices.Equal(order, []int{2, 2, 2, 1}) {
			t.Errorf("paused %v: sent of the rounds %v", paused, order)
		}
		got = w.get(c.ID)
		if got.Status != domain.CampaignRunning || got.Counts.Sent != 6 || got.Counts.Failed != 2 || got.NextDueAt.IsZero() || !got.NextDueAt.Equal(got.AfterAt) {
			t.Errorf("paused %v: then %+v", paused, got)
		}
		for _, r := range must(w.s.Rounds(w.ctx, w.scope, c.ID)) {
			if r.Status != domain.RoundDone || r.Counts.Sent != 3 || r.Counts.Failed != 1 {
				t.Errorf("paused %v: round %+v", paused, r)
			}
		}
	}
}

// What failed of the latest round is sent again at once, whatever the rounds before
// it have sent: it is that round's turn.
func TestRetryFailedOfTheLatestRound(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	w.sendAll(start)
	now := start.Add(time.Hour)
	w.exec("UPDATE deliveries SET sent_at = ?", ms(now.Add(-time.Minute)))
	w.openDue(now)
	now = w.refuses(now)
	_, now = w.sendAll(now)
	w.again(c.ID, 2, now, domain.Retried{Planned: 1})
}
