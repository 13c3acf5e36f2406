package db

import (
	"testing"
	"time"

	"postix/domain"
)

// What was missed waits for a person for a day, if the campaign is over and it
// was not sent after all; the figure and the list behind it say the same.
func TestMissedIsInCare(t *testing.T) {
	w := newWorld(t, 1)
	care := func(what string, now time.Time, want int) {
		t.Helper()
		w.s.now = func() time.Time { return now }
		_, listed, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{Care: true})
		w.ok(err)
		if o := must(w.s.Overview(w.ctx, w.scope, start)); o.Care != want || listed != want {
			t.Errorf("%s: %d in the figure, %d in the list, want %d", what, o.Care, listed, want)
		}
	}
	first, rare := w.campaign(1, 0), w.campaign(2, 48*time.Hour)
	missed := start.Add(time.Hour)
	w.openDue(missed)
	care("one is done, the other to go on", missed, 1)
	care("a day later", missed.Add(domain.MissedLately), 1)
	care("after that", missed.Add(domain.MissedLately+time.Millisecond), 0)
	if _, n, err := w.s.Campaigns(w.ctx, w.second(1).scope, domain.CampaignFilter{Care: true}); n != 0 || err != nil {
		t.Errorf("another organization has %d (%v)", n, err)
	}
	must(w.s.SendMissed(w.ctx, w.scope, first.ID, 1, missed))
	care("sent after all", missed, 0)
	w.sendAll(missed)
	care("and done", missed, 0)

	over := w.campaign(2, 48*time.Hour)
	w.openDue(missed)
	must(w.s.CancelCampaign(w.ctx, w.scope, over.ID, missed))
	care("cancelled", missed, 0)

	now := start.Add(48 * time.Hour)
	w.openDue(now)
	_, now = w.sendAll(now)
	if got := w.get(rare.ID); got.Status != domain.CampaignDone || got.Counts.Missed != 1 {
		t.Fatalf("%+v", got)
	}
	care("done today, missed two days ago", now, 0)
}
