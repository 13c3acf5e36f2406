package jobs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"postix/domain"
	"postix/jobs"
)

func TestRoundsGoOutOnceInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 30)
	c := h.campaign(a, 30, 2, 2*time.Second)
	h.start()
	h.done(c)
	h.delivered(c, 60)
	ps := peers(30)
	for i, m := range h.tg.journal() {
		if m.peer != ps[i%30].ID {
			t.Fatalf("message %d went to %d, want %d", i, m.peer, ps[i%30].ID)
		}
	}
	rounds, err := h.store.Rounds(t.Context(), h.scope, c.ID)
	must(t, err)
	if len(rounds) != 2 || rounds[0].OpenedAt.Sub(rounds[1].OpenedAt) < 2*time.Second {
		t.Errorf("rounds: %+v", rounds)
	}
}

func TestCampaignAddedLaterStartsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 1)
	h.start()
	for range 3 {
		before := time.Now()
		c := h.campaign(a, 1, 1, time.Minute)
		h.done(c)
		if took := time.Since(before); took > 2*time.Second {
			t.Errorf("it took %v, as if only the heartbeat had noticed", took)
		}
	}
}

// A wait that Telegram asks of an account is kept to the end, is not an
// attempt, and is nobody else's.
func TestAccountWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slow, other := h.account(1, 5), h.account(2, 5)
	var asked atomic.Pointer[time.Time]
	h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
		if now := time.Now(); a.AccountID == slow.ID && asked.CompareAndSwap(nil, &now) {
			return domain.SentMessage{}, &domain.SendError{Action: domain.ActWaitAccount, Code: "FLOOD_WAIT_1", Wait: time.Second}
		}
		return h.tg.keep(a), nil
	}
	cs, co := h.campaign(slow, 5, 1, time.Minute), h.campaign(other, 5, 1, time.Minute)
	h.start()
	h.done(co)
	if n := len(h.tg.journal()); n != 5 {
		t.Errorf("%d messages went out while the account waits, want the other's 5", n)
	}
	h.done(cs)
	calls := 0
	for _, s := range h.tg.sends() {
		if s.account != slow.ID {
			continue
		}
		if calls++; calls == 2 && s.at.Sub(*asked.Load()) < 2*time.Second { // a second, and the margin
			t.Errorf("it called again after %v", s.at.Sub(*asked.Load()))
		}
	}
	for _, d := range h.deliveries(cs) {
		if d.Status != domain.DeliverySent || d.Attempts != 1 {
			t.Errorf("delivery %d: %s after %d attempts", d.ID, d.Status, d.Attempts)
		}
	}
}

// No answer, though Telegram has the message: the same id again finds it, with
// the time at which it was sent.
func TestAmbiguousIsSentOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 1)
	h.tg.onSend = func(_ context.Context, a domain.Attempt, n int) (domain.SentMessage, error) {
		m := h.tg.keep(a)
		if n == 1 {
			return domain.SentMessage{}, refuse(domain.ActRetry, "TIMEOUT")
		}
		return m, nil
	}
	c := h.campaign(a, 1, 1, time.Minute)
	h.start()
	h.until(c, "it is uncertain", func(c domain.Campaign) bool { return c.Counts.Uncertain == 1 })
	h.until(c, "it is sent", func(c domain.Campaign) bool { return c.Counts.Sent == 1 })
	h.delivered(c, 1)
	if d := h.only(c); d.Attempts != 2 {
		t.Errorf("%d attempts, want 2", d.Attempts)
	}
}

func TestRefusalAfterAmbiguous(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		stored bool
		find   error
		want   domain.DeliveryStatus
	}{
		{"stored", true, nil, domain.DeliverySent},
		{"not stored", false, nil, domain.DeliveryFailed},
		{"nobody may look", true, refuse(domain.ActFailPeer, "CHANNEL_PRIVATE"), domain.DeliveryUncertain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			a := h.account(1, 1)
			h.tg.onSend = func(_ context.Context, a domain.Attempt, n int) (domain.SentMessage, error) {
				if n > 1 {
					return domain.SentMessage{}, refuse(domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN")
				}
				if tc.stored {
					h.tg.keep(a)
				}
				return domain.SentMessage{}, refuse(domain.ActRetry, "TIMEOUT")
			}
			if tc.find != nil {
				h.tg.onFind = func(domain.Attempt) (domain.SentMessage, bool, error) { return domain.SentMessage{}, false, tc.find }
			}
			c := h.campaign(a, 1, 1, time.Minute)
			h.start(func(j *jobs.Jobs) { j.SetArrival(100 * time.Millisecond) })
			eventually(t, "the second attempt is recorded", func() bool {
				d := h.deliveries(c)
				return len(d) == 1 && d[0].Attempts == 2 && d[0].Status != domain.DeliverySending
			}, func() string { return "" })
			if d := h.only(c); d.Status != tc.want {
				t.Errorf("it is %s (%s), want %s", d.Status, d.Reason, tc.want)
			}
			if tc.want == domain.DeliverySent {
				h.delivered(c, 1)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	stale := func(h *house) func(context.Context, domain.Attempt, int) (domain.SentMessage, error) {
		return func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
			if a.Dialog.AccessHash != 2 {
				return domain.SentMessage{}, refuse(domain.ActRefresh, "CHANNEL_INVALID")
			}
			return h.tg.keep(a), nil
		}
	}
	fresh := func(a domain.Attempt) (domain.Dialog, error) {
		d := a.Dialog
		d.AccessHash = 2
		return d, nil
	}
	t.Run("stale hash", func(t *testing.T) {
		h := newHouse(t)
		a := h.account(1, 1)
		h.tg.onSend, h.tg.onRefresh = stale(h), fresh
		c := h.campaign(a, 1, 1, time.Minute)
		h.start()
		h.done(c)
		h.delivered(c, 1)
		ds, err := h.store.DialogsByID(t.Context(), h.org.ID, a.ID, []domain.PeerID{peers(1)[0].ID})
		must(t, err)
		if len(ds) != 1 || ds[0].AccessHash != 2 {
			t.Errorf("the new access hash was not kept: %+v", ds)
		}
		if n := len(h.tg.sends()); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
	t.Run("in vain", func(t *testing.T) {
		h := newHouse(t)
		a := h.account(1, 1)
		h.tg.onSend = stale(h)
		c := h.campaign(a, 1, 1, time.Minute)
		h.start()
		h.done(c)
		if d := h.only(c); d.Status != domain.DeliveryFailed || d.Reason != "CHANNEL_INVALID" || len(h.tg.sends()) != 2 {
			t.Errorf("it is %s (%s) after %d calls", d.Status, d.Reason, len(h.tg.sends()))
		}
	})
	t.Run("migrated", func(t *testing.T) {
		h := newHouse(t)
		a := h.account(1, 0)
		old := domain.Peer{ID: -77, Kind: domain.KindGroup, Title: "Eski guruh"}
		is := domain.Peer{ID: peers(1)[0].ID, Kind: domain.KindSupergroup, Title: "Yangi guruh"}
		must(t, h.store.ReplaceDialogs(t.Context(), h.org.ID, a.ID, []domain.Dialog{
			{Peer: old, AccountID: a.ID, CanWrite: true, MigratedTo: is.ID, SeenAt: time.Now()},
		}, time.Now()))
		h.tg.onSend = stale(h)
		h.tg.onRefresh = func(domain.Attempt) (domain.Dialog, error) {
			return domain.Dialog{Peer: is, AccountID: a.ID, AccessHash: 2, CanWrite: true, SeenAt: time.Now()}, nil
		}
		c := h.campaignTo(a, []domain.Peer{old}, 1, time.Minute)
		h.start()
		h.done(c)
		h.delivered(c, 1)
		if to := h.tg.sends(); len(to) != 1 || to[0].peer != is.ID {
			t.Errorf("it was sent to %+v, want %d only", to, is.ID)
		}
	})
	t.Run("trouble on the way", func(t *testing.T) {
		h := newHouse(t)
		a := h.account(1, 1)
		h.tg.onSend = stale(h)
		var reads atomic.Int64
		h.tg.onRefresh = func(a domain.Attempt) (domain.Dialog, error) {
			if reads.Add(1) == 1 {
				return domain.Dialog{}, refuse(domain.ActRetry, "TIMEOUT")
			}
			return fresh(a)
		}
		c := h.campaign(a, 1, 1, time.Minute)
		h.start()
		eventually(t, "it waits", func() bool {
			ds := h.deliveries(c)
			return len(ds) == 1 && ds[0].Status == domain.DeliveryWaiting
		}, func() string { return "" })
		h.done(c)
		h.delivered(c, 1)
	})
}

// A panic is trouble of one delivery: it is uncertain, then tried again.
func TestPanicInMessenger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 3)
	var panics atomic.Int64
	h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
		if panics.Add(1) == 1 {
			panic("broken")
		}
		return h.tg.keep(a), nil
	}
	c := h.campaign(a, 3, 1, time.Minute)
	h.start()
	h.until(c, "one is uncertain, the others sent", func(c domain.Campaign) bool {
		return c.Counts.Uncertain == 1 && c.Counts.Sent == 2
	})
	h.until(c, "all are sent", func(c domain.Campaign) bool { return c.Counts.Sent == 3 })
	h.delivered(c, 3)
}

// TestAbsenceTooEarly: a message that is not in its chat yet may still arrive;
// until it had the time nothing is called failed or cancelled.
func TestAbsenceTooEarly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 1)
	h.tg.onSend = func(_ context.Context, _ domain.Attempt, call int) (domain.SentMessage, error) {
		if call == 1 {
			return domain.SentMessage{}, refuse(domain.ActRetry, "TIMEOUT")
		}
		return domain.SentMessage{}, refuse(domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN")
	}
	c := h.campaign(a, 1, 1, 0)
	h.start()
	eventually(t, "the second attempt is recorded", func() bool {
		ds := h.deliveries(c)
		return len(ds) == 1 && ds[0].Attempts == 2 && ds[0].Status != domain.DeliverySending
	}, func() string { return "" })
	if d := h.only(c); d.Status != domain.DeliveryUncertain {
		t.Errorf("it is called %s", d.Status)
	}
}
