package jobs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"postix/domain"
	"postix/jobs"
)

// Two days of two accounts with two campaigns for the same chats, in a time of
// its own: everything goes out, once, and never against the organization's
// limits.
func TestTwoDaysWithinLimits(t *testing.T) {
	if underRace {
		t.Skip("it is long, and what runs side by side is the same in the others")
	}
	synctest.Test(t, func(t *testing.T) {
		pace := domain.Pace{GapMin: 8 * time.Second, GapMax: 12 * time.Second, ChatGap: 3 * time.Minute, PerHour: 60, PerDay: 700, MinInterval: time.Hour}
		h := newHouseOf(t, domain.Organization{Pace: pace, QuietFrom: 22 * 60, QuietTo: 8 * 60})
		h.tg.onSend = func(_ context.Context, a domain.Attempt, n int) (domain.SentMessage, error) {
			m := h.tg.keep(a)
			if n == 1 && m.ID%17 == 0 {
				return domain.SentMessage{}, refuse(domain.ActRetry, "TIMEOUT")
			}
			return m, nil
		}
		var cs []domain.Campaign
		for n := range 2 {
			a := h.account(n+1, 20)
			cs = append(cs, h.campaign(a, 20, 12, time.Hour), h.campaign(a, 20, 6, 2*time.Hour))
		}
		h.start()
		time.Sleep(48 * time.Hour)
		h.stop()
		total := 0
		for _, c := range cs {
			got, err := h.store.Campaign(t.Context(), h.scope, c.ID)
			must(t, err)
			if got.Status != domain.CampaignDone || got.Counts.Sent != got.Counts.Planned {
				t.Errorf("campaign %d is %s: %+v", c.ID, got.Status, got.Counts)
			}
			total += got.Counts.Planned
		}
		h.kept(pace, domain.Hours{QuietFrom: 22 * 60, QuietTo: 8 * 60, Zone: time.UTC})
		if n := len(h.tg.journal()); n != total {
			t.Errorf("%d messages, want %d", n, total)
		}
	})
}

// kept holds what Telegram has against the limits.
func (h *house) kept(p domain.Pace, hours domain.Hours) {
	h.t.Helper()
	byAccount := map[int64][]message{}
	for _, m := range h.tg.journal() {
		byAccount[m.account] = append(byAccount[m.account], m)
	}
	for account, ms := range byAccount {
		chats := map[domain.PeerID]time.Time{}
		for i, m := range ms {
			if i > 0 && m.At.Sub(ms[i-1].At) < p.GapMin {
				h.t.Errorf("account %d: two messages within %v", account, m.At.Sub(ms[i-1].At))
			}
			if last, ok := chats[m.peer]; ok && m.At.Sub(last) < p.ChatGap {
				h.t.Errorf("account %d: two messages to chat %d within %v", account, m.peer, m.At.Sub(last))
			}
			chats[m.peer] = m.At
			if p.PerHour > 0 && i >= p.PerHour && m.At.Sub(ms[i-p.PerHour].At) < time.Hour {
				h.t.Errorf("account %d: more than %d messages in an hour, until %v", account, p.PerHour, m.At)
			}
			if p.PerDay > 0 && i >= p.PerDay && m.At.Sub(ms[i-p.PerDay].At) < 24*time.Hour {
				h.t.Errorf("account %d: more than %d messages in a day, until %v", account, p.PerDay, m.At)
			}
			if !hours.Open(m.At) {
				h.t.Errorf("account %d: a message in quiet hours, at %v", account, m.At)
			}
		}
	}
}

// shifted is a wall clock that jumps, while timers go on as they were set.
type shifted struct{ by atomic.Int64 }

func (s *shifted) now() time.Time { return time.Now().Round(0).Add(time.Duration(s.by.Load())) }

func (s *shifted) jump(d time.Duration) { s.by.Add(int64(d)) }

// jumping is a house with a clock that jumps and an account that Telegram has
// silenced for half an hour after its first message.
func jumping(t *testing.T, rounds int) (*house, *shifted, domain.Campaign) {
	h, clock := newHouse(t), &shifted{}
	h.now = clock.now
	a := h.account(1, 3)
	silenced := false
	h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
		if !silenced && len(h.tg.journal()) == 1 {
			silenced = true
			return domain.SentMessage{}, &domain.SendError{Action: domain.ActWaitAccount, Code: "FLOOD_WAIT_1800", Wait: 30 * time.Minute}
		}
		return h.tg.keep(a), nil
	}
	c := h.campaign(a, 3, rounds, time.Hour)
	h.start(func(j *jobs.Jobs) { j.SetDrain(time.Millisecond) })
	time.Sleep(time.Minute)
	if n := len(h.tg.journal()); n != 1 {
		t.Fatalf("%d messages before the clock jumps", n)
	}
	return h, clock, c
}

// The clock jumps an hour ahead over the timers of a worker and of the send job:
// within a minute they notice, and nothing is sent twice or in a burst.
func TestClockJumpsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, clock, c := jumping(t, 3)
		clock.jump(time.Hour)
		time.Sleep(61 * time.Second)
		// Round 1 took longer than the interval, by the clock: round 2 follows it.
		if n := len(h.tg.journal()); n != 6 {
			t.Errorf("%d messages a minute after the jump, want those of two rounds", n)
		}
		clock.jump(24 * time.Hour)
		time.Sleep(61 * time.Second)
		h.stop()
		got, err := h.store.Campaign(t.Context(), h.scope, c.ID)
		must(t, err)
		if got.Counts.Sent != 6 || got.Counts.Missed != 3 || len(h.tg.journal()) != 6 {
			t.Errorf("a day later: %+v, %d messages", got.Counts, len(h.tg.journal()))
		}
	})
}

// The clock is set back by three hours: the rounds that have been are not opened again,
// and what is to come waits for its time.
func TestClockJumpsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, clock, c := jumping(t, 2)
		time.Sleep(30 * time.Minute)
		if n := len(h.tg.journal()); n != 3 {
			t.Fatalf("%d messages in round 1", n)
		}
		clock.jump(-3 * time.Hour)
		time.Sleep(2 * time.Hour)
		if n := len(h.tg.journal()); n != 3 {
			t.Errorf("%d messages after the clock was set back", n)
		}
		time.Sleep(2 * time.Hour)
		h.stop()
		got, err := h.store.Campaign(t.Context(), h.scope, c.ID)
		must(t, err)
		if got.Status != domain.CampaignDone || got.Counts.Sent != 6 || len(h.tg.journal()) != 6 {
			t.Errorf("at its time it is %s: %+v, %d messages", got.Status, got.Counts, len(h.tg.journal()))
		}
	})
}

// A worker knows its next time itself: while an account goes on at its pace the
// send job does no more than its heartbeat.
func TestSendJobRestsWhileWorkersWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseOf(t, domain.Organization{Pace: domain.Pace{GapMin: 10 * time.Second, GapMax: 10 * time.Second}})
		q := &counting{Queue: h.store}
		h.queue = q
		c := h.campaign(h.account(1, 60), 60, 1, time.Hour)
		h.start()
		time.Sleep(30 * time.Second)
		before := q.asked.Load()
		time.Sleep(8 * time.Minute)
		if n := q.asked.Load() - before; n < 7 || n > 9 {
			t.Errorf("the send job asked %d times in 8 minutes", n)
		}
		time.Sleep(2 * time.Minute)
		h.stop()
		h.delivered(c, 60)
	})
}

// What is uncertain when its campaign is paused is looked for, not sent; proved
// not to have arrived it waits, and goes out when the campaign goes on.
func TestPausedIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, stored := range []bool{true, false} {
			h := newHouse(t)
			lost := true
			h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
				if !lost {
					return h.tg.keep(a), nil
				}
				lost = false
				if stored {
					h.tg.keep(a)
				}
				_, err := h.store.PauseCampaign(t.Context(), h.scope, a.CampaignID, domain.CodePerson, time.Now())
				must(t, err)
				return domain.SentMessage{}, refuse(domain.ActRetry, "TIMEOUT")
			}
			c := h.campaign(h.account(1, 2), 2, 1, time.Minute)
			h.start()
			time.Sleep(domain.Arrival + time.Hour)
			if n := len(h.tg.sends()); n != 1 {
				t.Errorf("%d calls to send for a paused campaign", n)
			}
			want := domain.DeliveryWaiting
			if stored {
				want = domain.DeliverySent
			}
			if d := h.deliveries(c)[0]; d.Status != want {
				t.Errorf("stored %v: it is %s (%s)", stored, d.Status, d.Reason)
			}
			_, err := h.store.ResumeCampaign(t.Context(), h.scope, c.ID, time.Now())
			must(t, err)
			h.hub.Changed(h.org.ID)
			time.Sleep(time.Minute)
			h.stop()
			h.delivered(c, 2)
			must(t, h.store.Close())
		}
	})
}
