package db

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"postix/domain"
)

// join adds a user of the organization, who has a password if he has an e-mail.
func (w *world) join(u domain.User) domain.User {
	w.t.Helper()
	u.OrganizationID, u.CreatedAt = w.org.ID, start
	if u.Role == "" {
		u.Role = domain.RoleMember
	}
	hash := ""
	if u.Email != "" {
		hash = "hash"
	}
	return must(w.s.AddUser(w.ctx, u, hash, domain.PasswordLink{}))
}

func (w *world) link(u domain.User, token string, until time.Time) {
	w.t.Helper()
	w.ok(w.s.PutPasswordLink(w.ctx, u, domain.PasswordLink{Hash: domain.TokenHash(token), ExpiresAt: until}))
}

func (w *world) session(u domain.User, token string) {
	w.t.Helper()
	w.ok(w.s.CreateSession(w.ctx, domain.Session{
		Hash: domain.TokenHash(token), OrganizationID: u.OrganizationID, UserID: u.ID, CreatedAt: start, SeenAt: start,
	}))
}

func (w *world) signedIn(token string) bool {
	w.t.Helper()
	_, err := w.s.SessionActor(w.ctx, domain.TokenHash(token), start.Add(-time.Hour), start.Add(-time.Hour), start)
	if err != nil && !domain.IsCode(err, domain.NotFound) {
		w.t.Fatal(err)
	}
	return err == nil
}

func (w *world) linked(token string) bool {
	w.t.Helper()
	_, err := w.s.LinkedUser(w.ctx, domain.TokenHash(token), start)
	return err == nil
}

func (w *world) kept(event domain.AuditEvent) []string {
	w.t.Helper()
	var details []string
	for _, e := range must(w.s.Audit(w.ctx, domain.AuditFilter{OrganizationID: w.org.ID, Event: event, Limit: 100})) {
		details = append(details, e.Detail)
	}
	slices.Reverse(details)
	return details
}

func (w *world) row(id int64) domain.UserRow {
	w.t.Helper()
	return must(w.s.UserRow(w.ctx, w.scope, id))
}

func TestAddUser(t *testing.T) {
	w := newWorld(t, 0)
	o := w.second(0)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: o.org.ID, Name: "Begona"}))
	o.join(domain.User{Name: "Begona", Email: "x@lola.uz", TelegramID: 9})
	w.join(domain.User{Name: "A", Email: "a@sadaf.uz", TelegramID: 8})
	add := func(u domain.User) error {
		u.OrganizationID, u.Role, u.CreatedAt = w.org.ID, domain.RoleMember, start
		_, err := w.s.AddUser(w.ctx, u, "", domain.PasswordLink{})
		return err
	}
	here, elsewhere := add(domain.User{Name: "B", Email: "a@sadaf.uz"}), add(domain.User{Name: "B", Email: "x@lola.uz"})
	for _, err := range []error{here, elsewhere} {
		wantKey(t, err, domain.Conflict, "user.email_taken")
		wantField(t, err, "email")
	}
	err := add(domain.User{Name: "B", TelegramID: 8})
	wantKey(t, err, domain.Conflict, "user.telegram_taken")
	wantField(t, err, "telegram_id")
	w.ok(add(domain.User{Name: "B", TelegramID: 9}))
	err = add(domain.User{Name: "C", DepartmentID: dep.ID})
	wantKey(t, err, domain.Invalid, "department.missing")
	wantField(t, err, "department")

	u, err := w.s.AddUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleManager, Name: "D", Email: "d@sadaf.uz", Sees: domain.SeesOrganization, ReadOnly: true, CreatedAt: start},
		"", domain.PasswordLink{Hash: domain.TokenHash("link"), ExpiresAt: start.Add(time.Hour)})
	if got := w.row(u.ID); err != nil || !w.linked("link") || got.PasswordState != domain.PasswordLinked || got.User != u || got.Sees != domain.SeesOrganization || !got.ReadOnly {
		t.Errorf("%+v, %v", got, err)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var e *domain.Error
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("%v is not about %q", err, field)
	}
}

// TestUserLimit: those who were removed take no place; a number that makes a user
// takes one.
func TestUserLimit(t *testing.T) {
	w := newWorld(t, 0)
	w.exec("UPDATE organizations SET user_limit = 3 WHERE id = ?", w.org.ID)
	a := w.join(domain.User{Name: "A"})
	connect := func(telegramID int64) error {
		_, err := w.s.ConnectAccount(w.ctx, domain.NewAccount{
			OrganizationID: w.org.ID, Phone: domain.Phone(fmt.Sprint("+9989011111", telegramID)), Session: []byte("s"),
			Profile: domain.Profile{TelegramID: telegramID, FirstName: "Vali"}, Catalog: "Birinchi", At: start,
		})
		return err
	}
	w.ok(connect(11))
	err := connect(12)
	wantKey(t, err, domain.Conflict, "user.limit")
	var told *domain.Error
	if !errors.As(err, &told) || told.Args["Limit"] != 3 {
		t.Errorf("the limit is told as %v", err)
	}
	_, err = w.s.AddUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleMember, Name: "B", CreatedAt: start}, "", domain.PasswordLink{})
	wantKey(t, err, domain.Conflict, "user.limit")
	if n := len(must(w.s.Accounts(w.ctx, w.scope))); n != 2 {
		t.Errorf("%d accounts", n)
	}
	w.ok(w.s.RemoveUser(w.ctx, a, start))
	w.ok(connect(12))
	wantKey(t, connect(13), domain.Conflict, "user.limit")
	w.second(0).join(domain.User{Name: "elsewhere"})
}

func TestEditUser(t *testing.T) {
	w := newWorld(t, 2)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	foreign := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.second(0).org.ID, Name: "Begona"}))
	u := w.join(domain.User{Name: "Ali", Email: "ali@sadaf.uz", TelegramID: 5})
	w.join(domain.User{Name: "Vali", Email: "vali@sadaf.uz", TelegramID: 6})
	w.session(u, "token")
	w.link(u, "link", start.Add(time.Hour))
	edit := func(change func(*domain.User)) error {
		is := u
		change(&is)
		err := w.s.EditUser(w.ctx, u, is, start)
		if err == nil {
			u = is
		}
		return err
	}
	for key, c := range map[string]struct {
		field  string
		change func(*domain.User)
	}{
		"user.email_taken":    {"email", func(u *domain.User) { u.Email = "vali@sadaf.uz" }},
		"user.telegram_taken": {"telegram_id", func(u *domain.User) { u.TelegramID = 6 }},
		"department.missing":  {"department", func(u *domain.User) { u.DepartmentID = foreign.ID }},
	} {
		err := edit(c.change)
		if !domain.IsKey(err, key) {
			t.Fatalf("%v, want %s", err, key)
		}
		wantField(t, err, c.field)
	}

	w.ok(edit(func(u *domain.User) {
		u.Role, u.DepartmentID, u.Sees, u.Name = domain.RoleManager, dep.ID, domain.SeesDepartment, "Ali aka"
	}))
	if !w.signedIn("token") || w.linked("link") {
		t.Error("a new role ends the session, or leaves the link that was made before it")
	}
	w.link(u, "link", start.Add(time.Hour))
	if a := must(w.s.SessionActor(w.ctx, domain.TokenHash("token"), start.Add(-time.Hour), start.Add(-time.Hour), start)); a.Scope().DepartmentID != dep.ID {
		t.Errorf("the next request is made as %+v", a.User)
	}
	w.ok(edit(func(u *domain.User) { u.Email = "ali2@sadaf.uz" }))
	if !w.signedIn("token") || w.linked("link") {
		t.Error("a new address ends the session, or leaves the link of the old one")
	}
	w.ok(edit(func(*domain.User) {}))

	stale := u
	stale.Role = domain.RoleMember // as somebody saw him who was slower
	wantKey(t, w.s.EditUser(w.ctx, stale, stale, start), domain.Conflict, "user.changed")
	gone := u
	gone.ID += 99
	wantKey(t, w.s.EditUser(w.ctx, gone, gone, start), domain.NotFound, "user.missing")
	foreigner := u
	foreigner.OrganizationID++
	wantKey(t, w.s.EditUser(w.ctx, foreigner, foreigner, start), domain.NotFound, "user.missing")

	if got := w.kept(domain.AuditUserEdit); len(got) != 2 || got[1] != "Ali aka; email: ali@sadaf.uz → ali2@sadaf.uz" ||
		got[0] != fmt.Sprintf("Ali; name: Ali → Ali aka; role: member → manager; department: 0 → %d Savdo; sees:  → department", dep.ID) {
		t.Errorf("kept: %q", got)
	}
}

// TestReadOnly: campaigns of somebody who only looks on from now on pause.
func TestReadOnly(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	is := w.user
	is.ReadOnly = true
	w.ok(w.s.EditUser(w.ctx, w.user, is, start))
	w.checkSums()
	if got := w.get(c.ID); got.Status != domain.CampaignPaused || got.Reason != domain.CodeReadOnly {
		t.Errorf("his campaign is %s, %s", got.Status, got.Reason)
	}
}

// TestLastOwner: whatever two owners do to each other, one stays who gets in.
func TestLastOwner(t *testing.T) {
	w := newWorld(t, 0)
	a, member := w.user, w.join(domain.User{Name: "M"})
	b := w.join(domain.User{Name: "B", Role: domain.RoleOwner})
	demoted := func(u domain.User) domain.User { u.Role = domain.RoleMember; return u }
	block := domain.Block{Reason: "x", From: start}
	acts := map[string]func(u domain.User) error{
		"demote": func(u domain.User) error { return w.s.EditUser(w.ctx, u, demoted(u), start) },
		"block":  func(u domain.User) error { return w.s.BlockUser(w.ctx, u, block, start) },
		"block soon": func(u domain.User) error {
			return w.s.BlockUser(w.ctx, u, domain.Block{Reason: "x", From: start.Add(time.Hour)}, start)
		},
		"remove": func(u domain.User) error { return w.s.RemoveUser(w.ctx, u, start) },
	}
	for _, first := range []string{"demote", "block", "block soon"} {
		w.ok(acts[first](b))
		for second, act := range acts {
			if err := act(a); !domain.IsKey(err, "user.last_owner") || !domain.IsCode(err, domain.Conflict) {
				t.Errorf("%s, then %s: %v", first, second, err)
			}
		}
		if first == "demote" {
			w.ok(w.s.EditUser(w.ctx, demoted(b), b, start))
		} else {
			w.ok(w.s.UnblockUser(w.ctx, b, false))
		}
	}
	w.ok(acts["block"](member))
	w.ok(acts["remove"](b))
	wantKey(t, acts["remove"](a), domain.Conflict, "user.last_owner")
	block.ByService = true
	w.ok(acts["block"](a))
}

func TestBlockUser(t *testing.T) {
	w := newWorld(t, 2)
	u := w.user
	w.join(domain.User{Name: "B", Role: domain.RoleOwner})
	c := w.campaign(1, 0)
	w.openDue(start)
	for _, token := range []string{"token", "other"} {
		w.session(u, token)
	}
	w.link(u, "link", start.Add(time.Hour))

	later := domain.Block{Reason: "taʼtil", From: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}
	w.ok(w.s.BlockUser(w.ctx, u, later, start))
	if got := w.row(u.ID).Block; got != later || got.Active() || !w.signedIn("token") || !w.linked("link") || w.get(c.ID).Status != domain.CampaignRunning {
		t.Errorf("a block that is to come: %+v", got)
	}
	now := domain.Block{Reason: "qoida", From: start, Since: start, ByService: true}
	w.ok(w.s.BlockUser(w.ctx, u, now, start))
	w.checkSums()
	if got := w.row(u.ID).Block; got != now || w.signedIn("token") || w.signedIn("other") || w.linked("link") {
		t.Errorf("a block that has begun: %+v", got)
	}
	if got := w.get(c.ID); got.Status != domain.CampaignPaused || got.Reason != domain.CodeUserBlocked {
		t.Errorf("his campaign is %s, %s", got.Status, got.Reason)
	}
	w.ok(w.s.BlockUser(w.ctx, u, domain.Block{Reason: "yana", From: start.Add(time.Hour), Until: start.Add(2 * time.Hour), ByService: true}, start.Add(time.Minute)))
	if got := w.row(u.ID).Block; got != (domain.Block{Reason: "yana", From: start, Since: start, Until: start.Add(2 * time.Hour), ByService: true}) {
		t.Errorf("a block that is changed: %+v", got)
	}
	late := domain.Session{Hash: domain.TokenHash("late"), OrganizationID: u.OrganizationID, UserID: u.ID, CreatedAt: start, SeenAt: start}
	wantKey(t, w.s.CreateSession(w.ctx, late), domain.NotFound, "user.missing") // of a sign-in that was under way
	w.ok(w.s.UnblockUser(w.ctx, u, true))
	if got := w.row(u.ID); got.Block != (domain.Block{}) || w.signedIn("token") || w.signedIn("late") || w.get(c.ID).Status != domain.CampaignPaused {
		t.Errorf("unblocked: %+v", got.Block)
	}
	wantKey(t, w.s.UnblockUser(w.ctx, u, false), domain.Conflict, "user.not_blocked")
	foreigner := u
	foreigner.OrganizationID = w.second(0).org.ID
	wantKey(t, w.s.BlockUser(w.ctx, foreigner, now, start), domain.NotFound, "user.missing")
	wantKey(t, w.s.UnblockUser(w.ctx, foreigner, false), domain.NotFound, "user.missing")
	if got := w.kept(domain.AuditUserBlock); !slices.Equal(got, []string{
		"Sadaf: taʼtil; from: 2026-03-01 10:00 UTC; until: 2026-03-01 11:00 UTC",
		"Sadaf: qoida; from: 2026-03-01 09:00 UTC",
		"Sadaf: yana; from: 2026-03-01 09:00 UTC; until: 2026-03-01 11:00 UTC",
	}) {
		t.Errorf("kept: %q", got)
	}
	if got := w.kept(domain.AuditUserUnblock); !slices.Equal(got, []string{"Sadaf"}) {
		t.Errorf("kept: %q", got)
	}
}

// TestBlockUserAgain: another reason and end of a block that is in effect let nobody
// in meanwhile, whatever beginning is typed.
func TestBlockUserAgain(t *testing.T) {
	w := newWorld(t, 0)
	u := w.join(domain.User{Name: "B"})
	w.ok(w.s.BlockUser(w.ctx, u, domain.Block{Reason: "qoida", From: start}, start))
	now, until := start.Add(time.Hour), start.Add(9*time.Hour)
	w.ok(w.s.BlockUser(w.ctx, u, domain.Block{Reason: "qarz", From: now.Add(time.Hour), Until: until}, now))
	if got, want := w.row(u.ID).Block, (domain.Block{Reason: "qarz", From: start, Until: until, Since: start}); got != want {
		t.Errorf("blocked as %+v, want %+v", got, want)
	}
}

// TestServiceBlockStands: what the service blocks after it was looked whether an
// owner may, the owner does not overwrite, lift, or get around.
func TestServiceBlockStands(t *testing.T) {
	for _, from := range []time.Time{start, start.Add(time.Hour)} { // also one that is to come
		w := newWorld(t, 0)
		u := w.join(domain.User{Name: "B"})
		w.ok(w.s.BlockUser(w.ctx, u, domain.Block{Reason: "shikoyat", From: from, ByService: true}, start))
		was := w.row(u.ID).Block
		wantKey(t, w.s.BlockUser(w.ctx, u, domain.Block{Reason: "x", From: start}, start), domain.Forbidden, "user.blocked_by_service")
		wantKey(t, w.s.UnblockUser(w.ctx, u, false), domain.Forbidden, "user.blocked_by_service")
		wantKey(t, w.s.RemoveUser(w.ctx, u, start), domain.Forbidden, "user.blocked_by_service")
		if got := w.row(u.ID).Block; got != was {
			t.Errorf("blocked as %+v, was %+v", got, was)
		}
	}
}

// TestGoneSession: a code that comes after the session has ended is not used up, and
// nobody is said to have signed in; other codes have another number.
func TestGoneSession(t *testing.T) {
	w := newWorld(t, 0)
	code, gone := domain.TokenHash("recovery"), domain.TokenHash("gone")
	secret := "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	w.ok(w.s.SetTOTP(w.ctx, w.user, secret, 1, [][]byte{code}, gone))
	before := must(w.s.RecoveryCodes(w.ctx, w.user))
	for name, verify := range map[string]func() (bool, error){
		"recovery": func() (bool, error) { return w.s.VerifyByRecovery(w.ctx, w.user, gone, code) },
		"app":      func() (bool, error) { return w.s.VerifyByCode(w.ctx, w.user, gone, 7) },
	} {
		ok, err := verify()
		if wantKey(t, err, domain.NotFound, "session.missing"); ok {
			t.Errorf("%s: verified", name)
		}
	}
	if now := must(w.s.RecoveryCodes(w.ctx, w.user)); now != before || before.Left != 1 {
		t.Errorf("codes: %+v, were %+v", now, before)
	}
	if _, step, err := w.s.TOTP(w.ctx, w.user); err != nil || step != 1 {
		t.Errorf("the app's code is used up: %d, %v", step, err)
	}
	if got := w.kept(domain.AuditSignIn); len(got) != 0 {
		t.Errorf("kept: %q", got)
	}
	w.ok(w.s.DropTOTP(w.ctx, w.user))
	w.ok(w.s.SetTOTP(w.ctx, w.user, secret, 1, [][]byte{code}, gone))
	if now := must(w.s.RecoveryCodes(w.ctx, w.user)); now.Set == before.Set {
		t.Errorf("the new codes are set %d as the old ones", now.Set)
	}
}
