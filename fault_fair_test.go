package main

import (
	"context"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// TestFaultSmallBesideLarge makes 50,000 rows of ten accounts of one organization
// and ten rows of another one due at the same moment. The small one is late when
// its first message is at Telegram more than half a second after that moment, or
// its last one half a second after what its own pace takes.
func TestFaultSmallBesideLarge(t *testing.T) {
	const gap, late = 200 * time.Millisecond, 500 * time.Millisecond
	h := newHouse(t, gap, loadPhones[:9]...)
	small, soon := loadPhones[9], time.Now().Add(time.Hour)
	h.inStore(func(ctx context.Context, a *app) {
		other := addOwner(ctx, t, a, quick(gap))
		h.connect(ctx, a, other, small)
		for i := range 9 {
			h.makeCampaigns(ctx, a, h.owner, i, 112, soon, false)
		}
		h.firstTen(ctx, a, other)
		h.makeCampaigns(ctx, a, other, 9, 1, soon, false)
	})
	due := time.Now().Add(3 * time.Second)
	h.change("UPDATE campaigns SET next_due_at = ?, start_at = ?", due.UnixMilli(), due.UnixMilli())
	h.start()
	if time.Now().After(due) {
		t.Fatal("the start took too long")
	}
	eventually(t, "the small one is done", func() bool { return len(h.calls(small, 0)) == 10 })
	if rows := h.number("SELECT SUM(peers) FROM campaigns WHERE organization_id = ?", h.owner.Organization.ID); rows < 50_000 {
		t.Fatalf("only %d rows beside it", rows)
	}
	calls := h.calls(small, 0)
	first, last := calls[0].At.Sub(due), calls[9].At.Sub(due)
	t.Logf("the first after %v, the tenth after %v", first, last)
	if first < 0 || first > late {
		t.Errorf("the first message arrived %v after it was due", first)
	}
	if pace := 9 * gap * 4 / 3; last > pace+late {
		t.Errorf("the last message arrived %v after it was due", last)
	}
	h.p.stop(t)
}

// firstTen leaves ten chats in the catalog of the newest account.
func (h *house) firstTen(ctx context.Context, a *app, who domain.Actor) {
	h.t.Helper()
	acc := h.accounts[len(h.accounts)-1]
	rows, _, err := a.store.Dialogs(ctx, acc.OrganizationID, acc.ID, domain.DialogFilter{Writable: true, Kind: domain.KindSupergroup, Limit: 10})
	if err != nil {
		h.t.Fatal(err)
	}
	var ids []domain.PeerID
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	s := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	c, err := s.Create(ctx, who, "Oʻnta")
	if err == nil {
		c.Peers, err = s.AddDialogs(ctx, who, c.ID, acc, ids)
	}
	if err != nil || c.Peers != 10 {
		h.t.Fatalf("%d peers, %v", c.Peers, err)
	}
	h.catalogs[len(h.catalogs)-1] = c
}

// addOwner makes another organization.
func addOwner(ctx context.Context, t *testing.T, a *app, pace domain.Pace) domain.Actor {
	t.Helper()
	now := time.Now().UTC()
	org, err := a.store.CreateOrganization(ctx, domain.Organization{Name: "Kichik Yuk", Pace: pace, Limits: domain.Limits{Accounts: 1}, CreatedAt: now})
	if err != nil {
		t.Fatal(err)
	}
	u, err := domain.AddUser(ctx, a.store, handlers.NewPasswords(1), domain.User{
		OrganizationID: org.ID, Role: domain.RoleOwner, Name: "Shohida Olimova", Email: "small@sandbox.uz",
	}, seedPassword, now)
	if err != nil {
		t.Fatal(err)
	}
	return domain.Actor{User: u, Organization: org}
}
