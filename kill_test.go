package main

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// TestKilledInTheMiddle kills the product with kill -9 again and again while
// two rounds go out, and compares what it says in the end with what Telegram
// got: each (round, peer) once, and nothing called sent that was not.
func TestKilledInTheMiddle(t *testing.T) {
	tgSide, tg := startTelegram(t)
	dir := t.TempDir()
	var catalog domain.Catalog
	var account domain.Account
	var owner domain.Actor
	inside(t, dir, tgSide.URL(), func(ctx context.Context, a *app) {
		w, err := a.seed(ctx, 20*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		owner = w.owner
		account = connect(ctx, t, a, tg, owner, "+998901000001")
		catalog = fillCatalog(ctx, t, a, owner, account)
	})

	p := serve(t, dir, tgSide.URL())
	const text = "Toshkentdan Samarqandga 20 tonna yuk bor"
	at, _ := signIn(t, p.url, owner.User.Email).post(t, "/admin/campaigns", url.Values{
		"token": {domain.NewToken()}, "catalog": {id(catalog.ID)}, "account": {id(account.ID)}, "text": {text},
		"rounds": {"2"}, "every": {"10"}, "unit": {"seconds"}, "start": {"now"},
	})
	if at != "/admin/campaigns/1" {
		t.Fatalf("ordering led to %s", at)
	}
	for _, sent := range []int{1, 10, 25, 40, 60} {
		eventually(t, "messages go out", time.Minute, func() bool { return len(sends(t, tg)) >= sent })
		p.kill()
		p = serve(t, dir, tgSide.URL())
	}
	me := signIn(t, p.url, owner.User.Email)
	eventually(t, "the campaign ends", 2*time.Minute, func() bool {
		return strings.Contains(me.get(t, "/admin/campaigns?status=done"), `href="/admin/campaigns/1"`)
	})
	p.stop(t)
	compare(t, tg, readStore(t, dir), owner, 1)
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// fillCatalog makes a catalog of all groups that take an ordinary message at
// once: no slow mode, no migration.
func fillCatalog(ctx context.Context, t *testing.T, a *app, who domain.Actor, acc domain.Account) domain.Catalog {
	t.Helper()
	rows, _, err := a.store.Dialogs(ctx, acc.OrganizationID, acc.ID, domain.DialogFilter{Writable: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var ids []domain.PeerID
	for _, r := range rows {
		if r.CanWrite && r.SlowMode == 0 && r.MigratedTo == 0 {
			ids = append(ids, r.ID)
		}
	}
	s := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	c, err := s.Create(ctx, who, "Sinov")
	if err != nil {
		t.Fatal(err)
	}
	if c.Peers, err = s.AddDialogs(ctx, who, c.ID, acc, ids); err != nil || c.Peers < 40 {
		t.Fatalf("%d peers, %v", c.Peers, err)
	}
	return c
}

// sends lists the calls of sendMessage that Telegram stored a message for.
func sends(t *testing.T, tg sandbox.Client) []world.JournalEntry {
	t.Helper()
	all, err := tg.Journal(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []world.JournalEntry
	for _, e := range all {
		if e.Method == "messages.sendMessage" && e.Outcome == "ok" {
			out = append(out, e)
		}
	}
	return out
}

// compare holds what the panel says of a campaign against what Telegram got,
// row by row. Every delivery must be final.
func compare(t *testing.T, tg sandbox.Client, s *db.Store, who domain.Actor, campaign int64) {
	t.Helper()
	c, err := s.Campaign(t.Context(), who.Scope(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	ds, total, err := s.Deliveries(t.Context(), who.Scope(), campaign, domain.DeliveryFilter{Limit: 10_000})
	if err != nil || total != len(ds) {
		t.Fatalf("%d of %d deliveries, %v", len(ds), total, err)
	}
	got := map[int64]world.JournalEntry{}
	for _, e := range sends(t, tg) {
		if first, twice := got[e.RandomID]; twice {
			t.Errorf("Telegram took %d twice: %+v and %+v", e.RandomID, first, e)
		}
		got[e.RandomID] = e
	}
	var counts domain.Counts
	counts.Planned = c.Counts.Planned
	claimed := map[int64]bool{}
	for _, d := range ds {
		e, arrived := got[d.RandomID]
		switch {
		case claimed[d.RandomID]:
			t.Errorf("two deliveries share the id %d", d.RandomID)
		case d.Status == domain.DeliverySent && !arrived:
			t.Errorf("round %d to %d is called sent and is not at Telegram", d.Round, d.Peer.ID)
		case d.Status != domain.DeliverySent && arrived:
			t.Errorf("round %d to %d is at Telegram and is called %s", d.Round, d.Peer.ID, d.Status)
		case arrived && (e.Chat != int64(d.Peer.ID) || e.MessageID != d.MessageID || d.SentAt.Unix() != e.At.Unix()):
			t.Errorf("round %d to %d: the panel says message %d at %v, Telegram %+v", d.Round, d.Peer.ID, d.MessageID, d.SentAt, e)
		}
		claimed[d.RandomID] = true
		count(t, &counts, d)
	}
	for randomID, e := range got {
		if !claimed[randomID] {
			t.Errorf("nobody ordered %+v", e)
		}
	}
	for round := c.Round + 1; round <= c.Rounds; round++ { // never opened: counted, without rows
		counts.Cancelled += c.Peers
	}
	if counts != c.Counts || c.Counts.Open() != 0 {
		t.Errorf("the campaign counts %+v, its deliveries %+v", c.Counts, counts)
	}
}

func count(t *testing.T, c *domain.Counts, d domain.Delivery) {
	t.Helper()
	switch d.Status {
	case domain.DeliverySent:
		c.Sent++
	case domain.DeliveryFailed:
		c.Failed++
	case domain.DeliveryCancelled:
		c.Cancelled++
	case domain.DeliverySkipped:
		c.Skipped++
	default:
		t.Errorf("round %d to %d is left %s (%s)", d.Round, d.Peer.ID, d.Status, d.Reason)
	}
}
