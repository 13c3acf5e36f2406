package db

import (
	"testing"
	"time"

	"postix/domain"
)

// setPace gives the organization a pace of its own with this gap between two messages
// to a chat and this least interval.
func (w *world) setPace(chatGap, minInterval time.Duration) {
	w.t.Helper()
	w.exec("UPDATE organizations SET granted_gap_ms = 0, granted_chat_gap_ms = 0 WHERE id = ?", w.org.ID)
	w.ok(w.s.SetSending(w.ctx, w.org.ID, domain.Pace{ChatGap: chatGap, MinInterval: minInterval}, domain.Hours{Days: domain.AllDays}))
}

// A campaign that was ordered with a shorter interval keeps the organization's
// least one from the next round on.
func TestLeastIntervalBindsWhatIsOrdered(t *testing.T) {
	for name, next := range map[string]func(w *world, c domain.Campaign){
		"a round opens":   func(w *world, _ domain.Campaign) { w.openDue(start) },
		"all was stopped": func(w *world, _ domain.Campaign) { w.ok(w.s.SpaceRounds(w.ctx, start)) },
		"resumed": func(w *world, c domain.Campaign) {
			must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start))
			must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			c, once := w.campaign(3, 10*time.Second), w.campaign(1, 0)
			if name != "a round opens" {
				w.openDue(start)
			}
			w.setPace(0, time.Hour)
			next(w, c)
			if got := w.get(c.ID); !got.AfterAt.Equal(start.Add(time.Hour)) {
				t.Errorf("the next round opens at %v at the earliest", got.AfterAt)
			}
			if got := w.get(once.ID); got.AfterAt.After(start) {
				t.Errorf("a campaign of one round waits until %v", got.AfterAt)
			}
			w.sendAll(start)
			if got := w.get(c.ID); !got.NextDueAt.Equal(start.Add(time.Hour)) {
				t.Errorf("the next round is due at %v", got.NextDueAt)
			}
		})
	}
}

// The gap of a chat counts from its last message with the length it has today,
// also for what was put off already.
func TestChatGapFollowsThePace(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct{ was, is time.Duration }{
		"lifted":  {day, 0},
		"shorter": {day, time.Minute},
		"longer":  {time.Minute, day},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.setPace(c.was, 0)
			w.campaign(1, 0)
			second := w.campaign(1, 0)
			w.openDue(start)
			w.settle(sent(w.claim(start), 1, start))
			now := start.Add(time.Second)
			if next := w.claimNothing(now); !next.Equal(start.Add(c.was)) {
				t.Fatalf("before, the chat is free at %v", next)
			}
			w.setPace(c.is, 0)
			third := w.campaign(1, 0)
			w.openDue(now)
			free := start.Add(c.is)
			if free.Before(now) {
				free = now
			} else if next := w.claimNothing(now); !next.Equal(free) {
				t.Errorf("now the chat is free at %v, want %v", next, free)
			}
			if d := w.deliveries(third.ID, domain.DeliveryFilter{})[0]; !d.DueAt.Equal(free) {
				t.Errorf("what is planned now is due at %v, want %v", d.DueAt, free)
			}
			if a := w.claim(free); a.CampaignID != second.ID {
				t.Errorf("claimed %+v", a)
			}
		})
	}
}

// After the clock was set back nothing waits for the times it had said, and the
// gap holds from the next message on.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t, 1)
	w.paced(0, time.Minute, 1, 1)
	w.campaign(1, 0)
	w.openDue(start)
	ahead := start.Add(48 * time.Hour)
	w.settle(sent(w.claim(ahead), 1, ahead))
	w.exec("UPDATE accounts SET ready_at = 0")
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 2, start))
	w.paced(0, time.Minute, 0, 0)
	w.campaign(1, 0)
	w.openDue(start.Add(time.Second))
	if next := w.claimNothing(start.Add(time.Second)); !next.Equal(start.Add(time.Minute)) {
		t.Errorf("after the next message the chat is free at %v", next)
	}
}
