package db

import (
	"testing"
	"time"

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
	if !again.Look || !again.Uncertain {
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
