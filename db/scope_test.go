package db

import (
	"testing"
	"time"

	"postix/domain"
)

// Whoever asks for what is another's gets the answer for what does not exist,
// and nothing changes.
func TestForeignEqualsMissing(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	cat := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	must(w.s.AddPeers(w.ctx, w.scope, cat.ID, w.peers, start))
	delivery := w.deliveries(c.ID, domain.DeliveryFilter{})[0].ID
	o := w.second(1)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	colleague := must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, DepartmentID: dep.ID, Role: domain.RoleMember, Name: "B", CreatedAt: start}, ""))

	for name, sc := range map[string]domain.Scope{
		"other organization": o.scope,
		"other user":         {OrganizationID: w.org.ID, UserID: colleague.ID},
		"other department":   {OrganizationID: w.org.ID, DepartmentID: dep.ID},
		"nobody":             {},
	} {
		t.Run(name, func(t *testing.T) {
			type call struct {
				key string
				do  func(campaign, catalog, account int64) error
			}
			for _, k := range []call{
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.Campaign(w.ctx, sc, id); return err }},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.Rounds(w.ctx, sc, id); return err }},
				{"campaign.missing", func(id, _, _ int64) error {
					_, _, err := w.s.Deliveries(w.ctx, sc, id, domain.DeliveryFilter{})
					return err
				}},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.CancelCampaign(w.ctx, sc, id, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error {
					_, err := w.s.CancelDeliveries(w.ctx, sc, id, []int64{delivery}, start)
					return err
				}},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.ResumeCampaign(w.ctx, sc, id, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error {
					_, err := w.s.PauseCampaign(w.ctx, sc, id, domain.CodePerson, start)
					return err
				}},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.StartCampaign(w.ctx, sc, id, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.SendMissed(w.ctx, sc, id, 1, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error { _, _, err := w.s.RetryFailed(w.ctx, sc, id, 1, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error {
					_, err := w.s.EditText(w.ctx, sc, id, 1, "Boshqa", nil, w.user.ID, start)
					return err
				}},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.LookAgain(w.ctx, sc, id, start); return err }},
				{"campaign.missing", func(id, _, _ int64) error { _, err := w.s.Texts(w.ctx, sc, id); return err }},
				{"catalog.missing", func(_, id, _ int64) error { _, err := w.s.Catalog(w.ctx, sc, id); return err }},
				{"catalog.missing", func(_, id, _ int64) error { return w.s.RenameCatalog(w.ctx, sc, id, "Mening", start) }},
				{"catalog.missing", func(_, id, _ int64) error { return w.s.DeleteCatalog(w.ctx, sc, id) }},
				{"catalog.missing", func(_, id, _ int64) error {
					_, err := w.s.CopyCatalog(w.ctx, sc, id, "Nusxa", start)
					return err
				}},
				{"catalog.missing", func(_, id, _ int64) error { _, err := w.s.Targets(w.ctx, sc, id, w.account.ID); return err }},
				{"catalog.missing", func(_, id, _ int64) error { _, err := w.s.AddPeers(w.ctx, sc, id, w.peers, start); return err }},
				{"catalog.missing", func(_, id, _ int64) error {
					_, err := w.s.RemovePeers(w.ctx, sc, id, []domain.PeerID{w.peers[0].ID}, start)
					return err
				}},
				{"account.missing", func(_, _, id int64) error { _, err := w.s.Account(w.ctx, sc, id); return err }},
			} {
				wantKey(t, k.do(c.ID, cat.ID, w.account.ID), domain.NotFound, k.key)
				wantKey(t, k.do(9999, 9999, 9999), domain.NotFound, k.key)
			}
			if cs, n, err := w.s.Campaigns(w.ctx, sc, domain.CampaignFilter{}); len(cs)+n != 0 || err != nil {
				t.Errorf("sees %d campaigns (%v)", n, err)
			}
			if cs := must(w.s.Catalogs(w.ctx, sc)); len(cs) != 0 {
				t.Errorf("sees catalogs %+v", cs)
			}
			for _, a := range must(w.s.Accounts(w.ctx, sc)) {
				if a.ID == w.account.ID {
					t.Error("sees the account")
				}
			}
			for _, u := range must(w.s.Users(w.ctx, sc)) {
				if u.ID == w.user.ID {
					t.Error("sees the user")
				}
			}
		})
	}
	w.foreignOrganization(o, c, cat)
	if got := w.get(c.ID); got.Status != domain.CampaignRunning || got.Counts.Open() != 2 {
		t.Errorf("the campaign became %+v", got)
	}
	if got := must(w.s.Catalog(w.ctx, w.scope, cat.ID)); got.Name != "Bozor" || got.Peers != 2 {
		t.Errorf("the catalog became %+v", got)
	}
}

// foreignOrganization tries what takes an organization instead of a scope.
func (w *world) foreignOrganization(o *world, c domain.Campaign, cat domain.Catalog) {
	w.t.Helper()
	t, org, acc := w.t, o.org.ID, w.account.ID
	_, err := w.s.SetAccountState(w.ctx, org, acc, domain.AccountDisconnected, "", start)
	wantKey(t, err, domain.NotFound, "account.missing")
	_, err = w.s.TelegramSession(w.ctx, org, acc)
	wantKey(t, err, domain.NotFound, "session.missing")
	wantKey(t, w.s.SaveTelegramSession(w.ctx, org, acc, []byte("x")), domain.NotFound, "session.missing")
	wantKey(t, w.s.ReplaceDialogs(w.ctx, org, acc, nil, start), domain.NotFound, "account.missing")
	_, err = w.s.DialogByUsername(w.ctx, org, acc, w.peers[0].Username)
	wantKey(t, err, domain.NotFound, "catalog.not_member")
	if rows, n, err := w.s.Dialogs(w.ctx, org, acc, domain.DialogFilter{}); len(rows)+n != 0 || err != nil {
		t.Errorf("sees %d dialogs (%v)", n, err)
	}
	if ds := must(w.s.DialogsByID(w.ctx, org, acc, []domain.PeerID{w.peers[0].ID})); len(ds) != 0 {
		t.Errorf("sees dialogs %+v", ds)
	}
	if ts := must(o.s.Targets(w.ctx, w.scope, cat.ID, o.account.ID)); ts[0].Known {
		t.Error("a target is known through another organization's account")
	}
	_, err = w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: org, Reconnect: acc, Phone: w.account.Phone, Profile: domain.Profile{TelegramID: w.account.TelegramID}, At: start,
	})
	wantKey(t, err, domain.NotFound, "account.missing")
	_, err = w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: org, UserID: w.user.ID, Phone: "+998900000001", Profile: domain.Profile{TelegramID: 77}, At: start,
	})
	wantKey(t, err, domain.NotFound, "user.missing")
	_, err = w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: org, UserID: w.user.ID, Name: "X", CreatedAt: start})
	wantKey(t, err, domain.NotFound, "user.missing")
	mixed := domain.Campaign{
		OrganizationID: org, UserID: o.user.ID, UUID: "mixed", AccountID: acc, Text: "x", Rounds: 1, StartAt: start, CreatedAt: start,
	}
	_, _, err = w.s.CreateCampaign(w.ctx, mixed, w.peers)
	wantKey(t, err, domain.NotFound, "account.missing")
	mixed.AccountID, mixed.CatalogID = o.account.ID, cat.ID
	_, _, err = w.s.CreateCampaign(w.ctx, mixed, w.peers)
	wantKey(t, err, domain.NotFound, "catalog.missing")
	mixed.CatalogID, mixed.UserID = 0, w.user.ID
	_, _, err = w.s.CreateCampaign(w.ctx, mixed, w.peers)
	wantKey(t, err, domain.NotFound, "user.missing")

	// A result that names the wrong organization settles nothing.
	now := start.Add(time.Minute)
	a := w.claim(now)
	wrong := sent(a, 1, now)
	wrong.Attempt.OrganizationID = org
	w.settle(wrong)
	if got := w.get(c.ID).Counts; got.Sent != 0 {
		t.Errorf("settled from another organization: %+v", got)
	}
}
