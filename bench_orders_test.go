package main

import (
	"testing"
	"time"

	"postix/domain"
)

// TestBenchOrder times what a person waits for: ordering a campaign of 1,000
// peers and 100 rounds, and cancelling it when its first round is open, so that
// 1,000 deliveries have rows and 99,000 are to come. Both include the checks of
// the service and the commit.
func TestBenchOrder(t *testing.T) {
	benching(t)
	dir := t.TempDir()
	who := fillIn(t, dir, noPace, func(*filled) {}, 1000)
	a := benchApp(t.Context(), t, dir, noTelegram)
	defer a.close()
	o := newOrderer(t, a, who)
	var created, cancelled []time.Duration
	for range 31 {
		began := time.Now()
		id := o.order()
		created = append(created, time.Since(began))
		o.openRound(id)
		began = time.Now()
		c, err := o.s.Cancel(t.Context(), who, id)
		cancelled = append(cancelled, time.Since(began))
		if err != nil || c.Counts.Cancelled != 100_000 {
			t.Fatalf("%d cancelled, %v", c.Counts.Cancelled, err)
		}
	}
	t.Logf("worst of %d: creating %v, cancelling %v", len(created), share(created, 1), share(cancelled, 1))
	within(t, "creating a campaign of 1,000 peers x 100 rounds", median(created), 50*time.Millisecond)
	within(t, "cancelling it with 100,000 open", median(cancelled), 50*time.Millisecond)
}

// orderer orders campaigns as the form does.
type orderer struct {
	t     *testing.T
	a     *app
	who   domain.Actor
	s     *domain.Campaigns
	draft domain.Draft
}

func newOrderer(t *testing.T, a *app, who domain.Actor) *orderer {
	t.Helper()
	linked, err := a.store.LinkedAccounts(t.Context())
	if err != nil || len(linked) != 1 {
		t.Fatalf("%d accounts, %v", len(linked), err)
	}
	rows, _, err := a.store.Dialogs(t.Context(), who.User.OrganizationID, linked[0].ID, domain.DialogFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []domain.PeerID
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	catalogs := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	c, err := catalogs.Create(t.Context(), who, "Hammasi")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := catalogs.AddDialogs(t.Context(), who, c.ID, linked[0], ids); err != nil || n != 1000 {
		t.Fatalf("%d peers, %v", n, err)
	}
	return &orderer{
		t: t, a: a, who: who, draft: domain.Draft{CatalogID: c.ID, AccountID: linked[0].ID, Text: benchText, Rounds: 100, Interval: time.Minute},
		s: &domain.Campaigns{Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub, Now: time.Now},
	}
}

func (o *orderer) order() int64 {
	o.t.Helper()
	o.draft.Token = domain.NewToken()
	c, _, err := o.s.Create(o.t.Context(), o.who, o.draft)
	if err != nil {
		o.t.Fatal(err)
	}
	if c.Counts.Planned != 100_000 {
		o.t.Fatalf("%d deliveries", c.Counts.Planned)
	}
	return c.ID
}

func (o *orderer) openRound(id int64) {
	o.t.Helper()
	now := time.Now().UTC()
	c, err := o.a.store.Campaign(o.t.Context(), o.who.Scope(), id)
	if err == nil {
		err = o.a.store.OpenRounds(o.t.Context(), c, c.Due(now), now)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}
