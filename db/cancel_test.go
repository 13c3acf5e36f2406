package db

import (
	"context"
	"testing"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

func TestCancelInTheMiddleOfARound(t *testing.T) {
	w := newWorld(t, 4)
	c := w.campaign(3, time.Hour)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	now := start.Add(time.Minute)
	flying := w.claim(now)
	got := must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, now))
	w.checkSums()
	if got.Status != domain.CampaignCancelled || !got.NextDueAt.IsZero() || !got.FinishedAt.Equal(now) ||
		got.Counts.Sent != 1 || got.Counts.Cancelled != 2+8 || got.Counts.Open() != 1 {
		t.Fatalf("after the cancel: %+v", got)
	}
	// What was in flight ends truthfully; then the round is closed.
	w.settle(sent(flying, 2, now))
	if got := w.get(c.ID).Counts; got.Sent != 2 || got.Open() != 0 {
		t.Errorf("at the end: %+v", got)
	}
	if rs := must(w.s.Rounds(w.ctx, w.scope, c.ID)); len(rs) != 1 || rs[0].Status != domain.RoundCancelled {
		t.Errorf("rounds %+v", rs)
	}
	w.claimNothing(now.Add(time.Hour))
	if n := w.openDue(now.Add(24 * time.Hour)); n != 0 {
		t.Error("a cancelled campaign is due")
	}
	_, err := w.s.CancelCampaign(w.ctx, w.scope, c.ID, now)
	wantKey(t, err, domain.Conflict, "campaign.ended")
}

func TestCancelWhileUncertainOrWaiting(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	now := start.Add(time.Minute)
	must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, now))
	w.checkSums()
	again := w.claim(now)
	if !again.Cancelled || !again.Uncertain {
		t.Fatalf("the uncertain one is claimed as %+v", again)
	}
	w.settle(domain.Result{Attempt: again, Status: domain.DeliveryCancelled, At: now})
	if got := w.get(c.ID).Counts; got.Cancelled != 2 || got.Uncertain != 0 {
		t.Errorf("at the end: %+v", got)
	}

	// Told to wait after the cancel: it does not wait for anything any more.
	d := w.campaign(1, 0)
	w.openDue(now)
	flying := w.claim(now.Add(time.Minute))
	must(w.s.CancelCampaign(w.ctx, w.scope, d.ID, now))
	w.settle(failed(flying, domain.ActWaitChat, "SLOWMODE_WAIT_5", 5*time.Second, now))
	if got := w.get(d.ID).Counts; got.Cancelled != 2 {
		t.Errorf("a wait after the cancel: %+v", got)
	}
}

func TestCancelDeliveries(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	flying := w.claim(start)
	var ids []int64
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		ids = append(ids, d.ID)
	}
	if n := must(w.s.CancelDeliveries(w.ctx, w.scope, c.ID, append(ids, 9999), start)); n != 2 {
		t.Fatalf("%d cancelled", n)
	}
	w.checkSums()
	if n := must(w.s.CancelDeliveries(w.ctx, w.scope, c.ID, ids, start)); n != 0 {
		t.Errorf("%d cancelled twice", n)
	}
	w.settle(sent(flying, 1, start))
	got := w.get(c.ID)
	if got.Status != domain.CampaignRunning || got.Counts.Cancelled != 2 || !got.NextDueAt.Equal(start.Add(time.Hour)) {
		t.Errorf("the campaign goes on as %+v", got)
	}
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(1, 0)
	_, err := w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start)
	wantKey(t, err, domain.Conflict, "campaign.not_paused")
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActFailCampaign, "MESSAGE_TOO_LONG", 0, start))
	got := w.get(c.ID)
	if got.Status != domain.CampaignPaused || got.Reason != "MESSAGE_TOO_LONG" || got.Counts.Failed != 1 {
		t.Fatalf("paused as %+v", got)
	}
	now := start.Add(time.Minute)
	if next := w.claimNothing(now); !next.IsZero() {
		t.Error("a paused campaign is claimed from")
	}
	if _, ok, _ := w.s.NextDue(w.ctx, now); ok {
		t.Error("a paused campaign has something due")
	}
	got = must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
	w.checkSums()
	if got.Status != domain.CampaignRunning || got.Reason != "" {
		t.Errorf("resumed as %+v", got)
	}
	if n, _ := w.sendAll(now); n != 2 {
		t.Errorf("%d went out after resuming", n)
	}
}

// A delivery that was in flight when its campaign was paused waits with it.
func TestPausedInFlight(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	flying := w.claim(start)
	w.ok(w.s.write(w.ctx, "pause", func(ctx context.Context, q *sqlc.Queries) error {
		return setHeld(ctx, q, w.get(c.ID), domain.CampaignPaused, "R", true)
	}))
	w.settle(failed(flying, domain.ActWaitChat, "SLOWMODE_WAIT_5", 5*time.Second, start))
	w.claimNothing(start.Add(time.Hour))
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start))
	if n, _ := w.sendAll(start.Add(time.Hour)); n != 2 {
		t.Errorf("%d went out after resuming", n)
	}
}
