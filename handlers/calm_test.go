package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// brokenStore panics when campaigns are listed, as often as it is told.
type brokenStore struct {
	domain.CampaignStore
	panics atomic.Int64
}

func (b *brokenStore) Campaigns(ctx context.Context, s domain.Scope, f domain.CampaignFilter) ([]domain.Campaign, int, error) {
	if b.panics.Add(-1) >= 0 {
		panic("the list is on fire")
	}
	return b.CampaignStore.Campaigns(ctx, s, f)
}

// TestFaultPanicInARequest: a panic ends its own request, as an error, or its own
// live page, and nothing else.
func TestFaultPanicInARequest(t *testing.T) {
	d := newCampaignDesk(t)
	broken := &brokenStore{CampaignStore: d.store}
	now := func() time.Time { return deskNow }
	h, err := handlers.New(handlers.Options{
		SignIns:  &domain.SignIns{Store: d.store, Passwords: handlers.NewPasswords(1), Throttle: &domain.Throttle{}, Now: now},
		Accounts: &domain.Accounts{Store: d.store, Dialogs: d.store, Hub: d.hub, Now: now},
		Catalogs: &domain.Catalogs{Store: d.store, Peers: d.store, Dialogs: d.store, Hub: d.hub, Now: now},
		Campaigns: &domain.Campaigns{
			Store: broken, Schedule: d.store, Catalogs: d.store, Peers: d.store, Accounts: d.store, Hub: d.hub, Now: now,
		},
		Switch: d.store, Hub: d.hub, Now: now, Log: slog.New(slog.DiscardHandler), Closing: t.Context(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d.url = server.URL
	d.order("Yuk bor", 1, 0)
	b := d.browser(d.owner, "uz")

	broken.panics.Store(1)
	if a := b.get("/admin/campaigns"); a.status != http.StatusInternalServerError {
		t.Errorf("status %d", a.status)
	}
	b.get("/admin/campaigns").wants(t, http.StatusOK, "Yuk bor")

	other, broke := b.live("/admin/campaigns/live"), b.live("/admin/campaigns/live")
	other.next()
	broke.next()
	broken.panics.Store(1)
	d.order("Yana", 1, 0)
	var ended int
	for _, s := range []*deskStream{other, broke} {
		if _, more := <-s.events; !more {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("%d live pages have ended, want the one that panicked", ended)
	}
	b.live("/admin/campaigns/live").next().wants(t, http.StatusOK, partial("campaign-kpis"))
}

// TestFaultDoubleClickTwoTabs: one form that is sent twice, by a double click or
// from a duplicated tab, makes one campaign, and both land on it. A form that was
// opened in another tab is another order, even with the same words in it: its
// review shows what it will send, and both are made.
func TestFaultDoubleClickTwoTabs(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	first := d.campaignFields()
	places := make(chan string, 4)
	for range cap(places) {
		go func() { places <- b.post("/admin/campaigns", first).to }()
	}
	one := <-places
	for range cap(places) - 1 {
		if another := <-places; another != one || another == "" {
			t.Errorf("the same form led to %q and %q", one, another)
		}
	}
	if n := len(d.all()); n != 1 {
		t.Fatalf("%d campaigns, want 1", n)
	}
	if two := b.post("/admin/campaigns", d.campaignFields()).to; two == one || two == "" {
		t.Errorf("the form of another tab led to %q", two)
	}
	if n := len(d.all()); n != 2 {
		t.Errorf("%d campaigns, want 2", n)
	}
}
