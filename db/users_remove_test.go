package db

import (
	"fmt"
	"testing"
	"time"

	"postix/domain"
)

// TestRemoveUser: what he had ends truthfully, what he did stays to be read, and
// nothing of him is left to get in with.
func TestRemoveUser(t *testing.T) {
	w := newWorld(t, 4)
	w.paced(0, 0, 0, 0)
	boss := w.join(domain.User{Name: "Boss", Role: domain.RoleOwner, Email: "boss@sadaf.uz"})
	u := domain.User{Name: "Ali", Email: "ali@sadaf.uz", Role: domain.RoleMember, TelegramID: 501, Sees: domain.SeesOrganization}
	u = w.join(u)
	w.user = u
	w.account = w.connect("+998905550001", 501)
	w.listDialogs(w.account.ID, w.peers...)
	done := w.campaign(1, 0, w.peers[0])
	w.openDue(start)
	w.sendAll(start)
	now := start.Add(time.Minute)
	unsure := w.campaign(1, 0, w.peers[3])
	w.openDue(now)
	w.settle(failed(w.claim(now), domain.ActRetry, "TIMEOUT", 0, now.Add(time.Hour))) // nobody looks for it before
	if c := w.get(unsure.ID); c.Status != domain.CampaignDone || c.Counts.Uncertain != 1 {
		t.Fatalf("what may have arrived: %+v", c)
	}
	running := w.campaign(3, time.Hour)
	w.openDue(now)
	w.settle(sent(w.claim(now), 7, now))
	now = now.Add(time.Minute)
	flying := w.claim(now)
	paused := w.campaign(1, 0)
	must(w.s.PauseCampaign(w.ctx, w.scope, paused.ID, domain.CodePerson, now))
	toCome := w.campaign(2, time.Hour)
	other := *w
	other.user = boss
	kept := other.campaign(1, 0) // the boss sends from his number
	w.session(u, "token")
	w.link(u, "link", start.Add(time.Hour))
	w.ok(w.s.SetTOTP(w.ctx, u, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 1, [][]byte{domain.TokenHash("recovery")}, domain.TokenHash("token")))

	// Nothing of his is held to be cancelled right after.
	w.exec(fmt.Sprintf(`CREATE TRIGGER held_in_vain BEFORE UPDATE OF held ON deliveries
		WHEN NEW.held > OLD.held AND NEW.campaign_id IN (SELECT id FROM campaigns WHERE user_id = %d) BEGIN SELECT RAISE(ABORT, 'held in vain'); END`, u.ID))
	w.ok(w.s.RemoveUser(w.ctx, u, now))
	w.exec("DROP TRIGGER held_in_vain")
	w.checkSums()
	if w.signedIn("token") || w.linked("link") {
		t.Error("he gets in still")
	}
	_, _, err := w.s.UserByEmail(w.ctx, u.Email)
	wantKey(t, err, domain.NotFound, "user.missing")
	for _, column := range []string{"email", "password_hash", "telegram_id", "LENGTH(totp)", "sees", "blocked_at", "block_from", "block_reason"} {
		var v string
		w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT "+column+" FROM users WHERE id = ?", u.ID).Scan(&v))
		if v != "" && v != "0" {
			t.Errorf("%s is left: %q", column, v)
		}
	}
	for _, table := range []string{"recovery_codes", "sessions", "password_links"} {
		if n := w.countOf(table, u.ID); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}

	for id, want := range map[int64]domain.CampaignStatus{
		done.ID: domain.CampaignDone, unsure.ID: domain.CampaignCancelled, running.ID: domain.CampaignCancelled, paused.ID: domain.CampaignCancelled,
		toCome.ID: domain.CampaignCancelled, kept.ID: domain.CampaignPaused,
	} {
		if got := w.get(id); got.Status != want || id != kept.ID && got.UserName != "Ali" {
			t.Errorf("campaign %d is %s, of %q", id, got.Status, got.UserName)
		}
	}
	if got := w.get(kept.ID).Reason; got != domain.CodeNumberGone {
		t.Errorf("what others send from his number waits for %s", got)
	}
	_, err = w.s.ResumeCampaign(w.ctx, w.scope, kept.ID, now)
	wantKey(t, err, domain.Conflict, "campaign.account_left")
	if got := w.get(running.ID).Counts; got.Sent != 1 || got.Open() != 1 || got.Cancelled != 2+8 {
		t.Errorf("what was running: %+v", got)
	}
	if got := w.get(unsure.ID).Counts; got.Uncertain != 1 || got.Cancelled != 0 {
		t.Errorf("what may have arrived: %+v", got)
	}
	w.settle(sent(flying, 8, now))
	if got := w.get(running.ID).Counts; got.Sent != 2 || got.Open() != 0 {
		t.Errorf("what was in flight: %+v", got)
	}
	if a := must(w.s.Account(w.ctx, w.scope, w.account.ID)); a.State != domain.AccountDisconnected {
		t.Errorf("his number is %s", a.State)
	}
	_, err = w.s.TelegramSession(w.ctx, w.org.ID, w.account.ID)
	wantKey(t, err, domain.NotFound, "session.missing")

	for _, choice := range must(w.s.Users(w.ctx, w.scope)) {
		if choice.ID == u.ID {
			t.Error("he can be chosen still")
		}
	}
	list, n, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{UserID: u.ID})
	if w.ok(err); n != 5 || len(list) != 5 {
		t.Errorf("%d of his campaigns are left to see", n)
	}
	for name, act := range map[string]func() error{
		"remove": func() error { return w.s.RemoveUser(w.ctx, u, now) },
		"edit":   func() error { return w.s.EditUser(w.ctx, u, u, now) },
		"block":  func() error { return w.s.BlockUser(w.ctx, u, domain.Block{Reason: "x", From: now}, now) },
		"link": func() error {
			return w.s.PutPasswordLink(w.ctx, u, domain.PasswordLink{Hash: []byte("x"), ExpiresAt: now})
		},
		"campaign": func() error { return w.orders(u.ID) },
		"connect": func() error {
			_, err := w.s.ConnectAccount(w.ctx, domain.NewAccount{OrganizationID: w.org.ID, UserID: u.ID, Phone: "+998900000009", Profile: domain.Profile{TelegramID: 1}, At: now})
			return err
		},
	} {
		if err := act(); !domain.IsKey(err, "user.missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.kept(domain.AuditUserRemove); len(got) != 1 || got[0] != "Ali" {
		t.Errorf("kept: %q", got)
	}
	if got := w.kept(domain.AuditCampaignCancel); len(got) != 4 {
		t.Errorf("%d cancelled campaigns are kept", len(got))
	}
}

func (w *world) countOf(table string, userID int64) (n int) {
	w.t.Helper()
	w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT COUNT(*) FROM "+table+" WHERE user_id = ?", userID).Scan(&n))
	return n
}

func (w *world) orders(userID int64) error {
	_, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: userID, UUID: "late", Token: "late", AccountID: w.account.ID, Text: "x", Rounds: 1, StartAt: start, CreatedAt: start,
	}, w.peers)
	return err
}

// TestComingBack: the e-mail and the number of somebody who was removed make a new
// user; what was before stays with the old one.
func TestComingBack(t *testing.T) {
	w := newWorld(t, 2)
	connect := func() domain.Account {
		return must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
			OrganizationID: w.org.ID, Phone: "+998905550001", Session: []byte("s"),
			Profile: domain.Profile{TelegramID: 501, FirstName: "Ali"}, At: start,
		}))
	}
	was := connect()
	old := w.row(was.UserID).User
	edited := old
	edited.Email = "ali@sadaf.uz"
	w.ok(w.s.EditUser(w.ctx, old, edited, start))
	w.user, w.account = old, was
	c := w.campaign(1, 0)
	w.ok(w.s.RemoveUser(w.ctx, edited, start))

	fresh := w.join(domain.User{Name: "Ali", Email: "ali@sadaf.uz"})
	now := connect()
	if fresh.ID == old.ID || now.UserID == old.ID || now.UserID == fresh.ID || now.ID == was.ID {
		t.Errorf("the number is account %d of user %d, it was %d of %d", now.ID, now.UserID, was.ID, old.ID)
	}
	if got := w.get(c.ID); got.UserID != old.ID || got.AccountID != was.ID {
		t.Errorf("his campaign is of user %d and account %d", got.UserID, got.AccountID)
	}
	if a := must(w.s.Account(w.ctx, w.scope, was.ID)); a.UserID != old.ID || a.State != domain.AccountDisconnected {
		t.Errorf("his former account: %+v", a)
	}
	_, err := w.s.ConnectAccount(w.ctx, domain.NewAccount{ // of a login that began before he was removed
		OrganizationID: w.org.ID, Reconnect: was.ID, Phone: "+998905550002", Profile: domain.Profile{TelegramID: 501}, At: start,
	})
	wantKey(t, err, domain.Conflict, "account.user_blocked")
}
