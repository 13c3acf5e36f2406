package db

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// checked answers what a check finds wrong, and how often the service was told.
func (w *world) checked(now time.Time) (wrong []domain.WrongSum, told int) {
	w.t.Helper()
	wrong = must(w.s.CheckSums(w.ctx, now.Add(-2*time.Hour), now))
	service := must(w.s.ServiceOrganization(w.ctx))
	for _, n := range firstOf(w.s.Notices(w.ctx, whole(service.ID), 0, 0)) {
		if n.Kind == domain.NoticeSums {
			told++
		}
	}
	return wrong, told
}

func firstOf[T any](v T, _ int, err error) T { return must(v, err) }

// Every kind of round comes out: done, open, missed, cancelled, to come.
func TestSumsComeOut(t *testing.T) {
	w := newWorld(t, 3)
	running, cancelled, late := w.campaign(8, time.Hour), w.campaign(4, time.Hour), w.campaign(1, 0)
	w.exec("UPDATE campaigns SET next_due_at = ? WHERE id = ?", ms(start.Add(-time.Hour)), late.ID)
	w.openDue(start)
	a, now := w.claimSoon(start)
	w.settle(failed(a, domain.ActRetry, "TIMEOUT", 0, now))
	must(w.s.CancelCampaign(w.ctx, w.scope, cancelled.ID, now))
	_, now = w.sendAll(now)
	w.openDue(start.Add(5 * time.Hour)) // what was due meanwhile is missed
	if got := w.get(running.ID).Counts; got.Missed == 0 || got.Open() == 0 {
		t.Fatalf("the running one has %+v", got)
	}
	if wrong, told := w.checked(now); len(wrong) != 0 || told != 0 {
		t.Errorf("false alarm: %+v", wrong)
	}
}

// A counter that is off is found, marked and told once; when it is right again
// the mark goes.
func TestSumsThatDoNotComeOut(t *testing.T) {
	w := newWorld(t, 3)
	other := w.campaign(1, 0)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	_, now := w.sendAll(start)
	w.exec("UPDATE campaigns SET sent = sent - 1 WHERE id = ?", c.ID)
	counted, real := w.get(c.ID).Counts, w.get(c.ID).Counts
	real.Sent++
	want := []domain.WrongSum{{OrganizationID: w.org.ID, CampaignID: c.ID, Counted: counted, Real: real}}
	for range 2 {
		if wrong, told := w.checked(now); !reflect.DeepEqual(wrong, want) || told != 1 {
			t.Errorf("found %+v, told %d times", wrong, told)
		}
	}
	if !w.get(c.ID).SumsWrong || w.get(other.ID).SumsWrong {
		t.Error("not the one campaign is marked")
	}
	w.exec("UPDATE campaigns SET sent = sent + 1 WHERE id = ?", c.ID)
	if wrong, told := w.checked(now); len(wrong) != 0 || told != 1 || w.get(c.ID).SumsWrong {
		t.Errorf("mended it is still %+v", wrong)
	}
	w.exec("UPDATE rounds SET sent = sent - 1, failed = failed + 1 WHERE campaign_id = ?", other.ID)
	if wrong, told := w.checked(now); len(wrong) != 1 || wrong[0].Round != 1 || wrong[0].CampaignID != other.ID || told != 2 {
		t.Errorf("a round: %+v, told %d times", wrong, told)
	}
}

// Old campaigns are left alone, but for those whose mark may have to go.
func TestSumsOfLately(t *testing.T) {
	w := newWorld(t, 1)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.sendAll(start)
	w.exec("UPDATE campaigns SET sent = 0, failed = 1")
	later := start.Add(24 * time.Hour)
	if wrong, _ := w.checked(later); len(wrong) != 0 {
		t.Errorf("a campaign that ended a day ago: %+v", wrong)
	}
	if wrong, _ := w.checked(start); len(wrong) != 1 {
		t.Errorf("one that has just ended: %+v", wrong)
	}
	w.exec("UPDATE campaigns SET sent = 1, failed = 0")
	if _, _ = w.checked(later); w.get(c.ID).SumsWrong {
		t.Error("the mark of an old campaign stays")
	}
}

// Sending goes on during a check, and none of it is a false alarm.
func TestSumsWhileSending(t *testing.T) {
	w := newWorld(t, 100)
	w.campaign(1, 0)
	w.openDue(start)
	w.exec("UPDATE organizations SET per_hour = 0, per_day = 0, granted_per_hour = 0, granted_per_day = 0")
	done, checks := make(chan struct{}), make(chan error)
	go func() {
		for {
			wrong, err := w.s.CheckSums(w.ctx, start, start)
			if len(wrong) > 0 {
				err = fmt.Errorf("false alarm: %+v", wrong)
			}
			select {
			case <-done:
				checks <- err
				return
			default:
			}
			if err != nil {
				<-done
				checks <- err
				return
			}
		}
	}()
	now := start
	for range 100 {
		var a domain.Attempt
		a, now = w.claimSoon(now)
		w.ok(w.s.Settle(w.ctx, sent(a, 1, now)))
	}
	close(done)
	w.ok(<-checks)
}

// What a check costs depends on what is live and on those deliveries.
func TestSumPlans(t *testing.T) {
	w := newWorld(t, 0)
	for name, want := range map[string]string{
		"TallyDeliveries": "SEARCH deliveries USING INDEX deliveries_page (campaign_id=?)",
		"CampaignsToCheck": "SCAN c USING COVERING INDEX campaigns_live\n" +
			"SEARCH e USING INDEX campaigns_finished (finished_at>?)\n" +
			"SEARCH w USING INDEX campaigns_wrong (sums_wrong_at>?)",
	} {
		plan := w.plan(query(t, "sums.sql", name))
		for step := range strings.SplitSeq(want, "\n") {
			if !strings.Contains(plan, step) {
				t.Errorf("%s: want %s in\n%s", name, step, plan)
			}
		}
	}
}
