package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

const inFlight = "SELECT COUNT(*) FROM deliveries WHERE status = 'sending'"

// drained is how soon the product has ended after SIGTERM.
const drained = 20 * time.Second

// TestFaultSIGTERM ends the product while Telegram is slow with three messages,
// and then while one is never answered: it waits for what comes, records it, and
// ends well.
func TestFaultSIGTERM(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20*time.Millisecond, loadPhones[:3]...)
	campaigns := h.sending(10)
	h.fault(world.Fault{Times: -1, Mode: world.FaultDelay, DelayMS: 3000})
	eventually(t, "three messages are in flight", func() bool { return h.number(inFlight) == 3 })
	if took := h.p.stop(t); took > drained {
		t.Errorf("it took %v to end", took)
	}
	if n := h.number(inFlight); n != 0 {
		t.Errorf("%d messages were left in flight", n)
	}

	h.clearFaults()
	f := h.fault(world.Fault{Mode: world.FaultHold})
	h.start()
	h.fired(f)
	took := h.p.stop(t)
	t.Logf("with a message that is never answered it took %v to end", took)
	if took > drained+2*time.Second { // what is given up has to be let go of
		t.Error("that is too long")
	}
	h.clearFaults()
	h.start()
	h.ends()
	h.truth(campaigns...)
}

func (h *house) clearFaults() {
	h.t.Helper()
	if err := h.tg.ClearFaults(h.t.Context(), 0); err != nil {
		h.t.Fatal(err)
	}
}

// TestFaultOverdueAtStart starts the product with 100,000 deliveries that should
// have gone out an hour ago, and with rounds that never opened: ready in five
// seconds, and no burst. What is too late is missed, not sent.
func TestFaultOverdueAtStart(t *testing.T) {
	const gap, each = 300 * time.Millisecond, 200
	h := newHouse(t, gap, loadPhones...)
	anHourAgo := time.Now().Add(-time.Hour)
	h.inStore(func(ctx context.Context, a *app) {
		for i := range h.accounts {
			h.makeCampaigns(ctx, a, h.owner, i, each, anHourAgo, true)
			h.makeCampaigns(ctx, a, h.owner, i, 5, anHourAgo, false)
		}
	})
	if n := h.number("SELECT COUNT(*) FROM deliveries WHERE status = 'planned'"); n != int64(len(loadPhones)*each*50) {
		t.Fatalf("%d deliveries are overdue", n)
	}
	h.start()
	if h.p.took > readyWithin {
		t.Errorf("ready only after %v", h.p.took)
	}
	eventually(t, "all accounts send", func() bool {
		h.reads(1)
		return len(h.calls("", 0)) >= 5*len(h.accounts)
	})
	for _, phone := range loadPhones {
		calls := h.calls(phone, 0)
		for i := 1; i < len(calls); i++ {
			if d := calls[i].At.Sub(calls[i-1].At); d < gap*2/3-5*time.Millisecond {
				t.Errorf("%s sent two messages within %v", phone, d)
			}
		}
	}
	missed := h.number("SELECT COUNT(*) FROM campaigns WHERE missed = planned AND status = 'done'")
	if missed != int64(5*len(h.accounts)) {
		t.Errorf("%d campaigns were missed", missed)
	}
	if took := h.p.stop(t); took > drained {
		t.Errorf("it took %v to end", took)
	}
}

// inStore runs do on the storage of a product that does not run.
func (h *house) inStore(do func(ctx context.Context, a *app)) {
	h.t.Helper()
	inside(h.t, h.dir, h.tg.URL, do)
}

// makeCampaigns stores n campaigns of an account and its groups, of one round
// that was due then; opened: its deliveries were planned then, too.
func (h *house) makeCampaigns(ctx context.Context, a *app, who domain.Actor, account, n int, due time.Time, opened bool) {
	h.t.Helper()
	acc, cat := h.accounts[account], h.catalogs[account]
	targets, err := a.store.Targets(ctx, who.Scope(), cat.ID, acc.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	peers := make([]domain.Peer, len(targets))
	for i, target := range targets {
		peers[i] = target.Peer
	}
	var all sync.WaitGroup // at once, for the storage to write many in one go
	for i := range n {
		all.Go(func() {
			c, _, err := a.store.CreateCampaign(ctx, domain.Campaign{
				OrganizationID: who.User.OrganizationID, UserID: who.User.ID, UUID: domain.NewToken(), Token: domain.NewToken(),
				AccountID: acc.ID, CatalogID: cat.ID, CatalogName: cat.Name, Text: fmt.Sprintf("%d tonna yuk bor", i+1),
				Rounds: 1, StartAt: due, NextDueAt: due, Peers: len(peers), Status: domain.CampaignScheduled,
				Counts: domain.Counts{Planned: len(peers)}, CreatedAt: due, PlannedEnd: due.Add(time.Hour),
			}, peers)
			if err == nil && opened {
				err = a.store.OpenRounds(ctx, c, domain.Opening{Open: 1}, due)
			}
			if err != nil {
				h.t.Error(err)
			}
		})
	}
	all.Wait()
}
