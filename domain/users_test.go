package domain_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// TestWhoManagesWhom: each role over each, in the same department, in another and
// in another organization.
func TestWhoManagesWhom(t *testing.T) {
	someone := func(r domain.Role, organization, department int64) domain.User {
		return domain.User{ID: 1, Role: r, OrganizationID: organization, DepartmentID: department}
	}
	actors := map[string]domain.User{
		"admin": someone(domain.RoleAdmin, 1, 0), "owner": someone(domain.RoleOwner, 2, 0), "manager": someone(domain.RoleManager, 2, 5),
		"manager of none": someone(domain.RoleManager, 2, 0), "member": someone(domain.RoleMember, 2, 5),
	}
	for name, c := range map[string]struct {
		whom domain.User
		by   []string
	}{
		"an owner":                         {someone(domain.RoleOwner, 2, 0), []string{"admin", "owner"}},
		"a manager":                        {someone(domain.RoleManager, 2, 5), []string{"admin", "owner"}},
		"a manager of another department":  {someone(domain.RoleManager, 2, 6), []string{"admin", "owner"}},
		"a member":                         {someone(domain.RoleMember, 2, 5), []string{"admin", "owner", "manager"}},
		"a member of another department":   {someone(domain.RoleMember, 2, 6), []string{"admin", "owner"}},
		"a member of no department":        {someone(domain.RoleMember, 2, 0), []string{"admin", "owner"}},
		"a member of another organization": {someone(domain.RoleMember, 3, 5), []string{"admin"}},
		"an owner elsewhere":               {someone(domain.RoleOwner, 3, 0), []string{"admin"}},
		"a service admin":                  {someone(domain.RoleAdmin, 1, 0), nil},
	} {
		c.whom.ID = 9
		for who, u := range actors {
			if got, want := (domain.Actor{User: u}).Manages(c.whom), slices.Contains(c.by, who); got != want {
				t.Errorf("%s manages %s: %t", who, name, got)
			}
		}
	}
	for who, u := range actors {
		if (domain.Actor{User: u}).Manages(u) {
			t.Errorf("%s manages himself", who)
		}
	}
}

// house is an organization whose people are managed, on a real database.
type house struct {
	*domain.Users
	t              *testing.T
	store          *db.Store
	ended          []int64 // whose logins were ended
	left           []int64 // accounts that were disconnected
	out            []int64 // and logged out
	noOut          error   // Telegram's answer to that
	owner, manager domain.Actor
	sales, depot   domain.Department
	elsewhere      domain.User
}

func (h *house) EndOf(userID int64) { h.ended = append(h.ended, userID) }

func (h *house) Disconnect(ctx context.Context, a domain.Account, logOut bool) error {
	u, err := h.store.UserRow(ctx, domain.Scope{OrganizationID: a.OrganizationID}, a.UserID)
	if err != nil || !u.Block.Active() {
		h.t.Errorf("his number is taken away while he is %+v, %v", u.Block, err)
	}
	h.left = append(h.left, a.ID)
	if logOut {
		h.out = append(h.out, a.ID)
	}
	return h.noOut
}

func newHouse(t *testing.T) *house {
	t.Helper()
	clock := func() time.Time { return noon }
	store, err := db.Open(t.Context(), db.Options{Path: filepath.Join(t.TempDir(), "postix.db"), Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: clock})
	ok(t, err)
	t.Cleanup(func() { _ = store.Close() })
	h := &house{t: t, store: store}
	h.Users = &domain.Users{Store: store, Passwords: &countedPasswords{}, Logins: h, Links: h, Hub: &domain.Hub{}, Now: clock}
	o, err := store.CreateOrganization(t.Context(), domain.Organization{Name: "Ours", Limits: domain.Limits{Accounts: 9, Users: 7}, CreatedAt: noon})
	ok(t, err)
	other, err := store.CreateOrganization(t.Context(), domain.Organization{Name: "Theirs", CreatedAt: noon})
	ok(t, err)
	h.sales, h.depot = h.department(o.ID, "Savdo"), h.department(o.ID, "Ombor")
	h.owner = domain.Actor{Organization: o, User: h.join(domain.User{OrganizationID: o.ID, Role: domain.RoleOwner, Name: "Owner", Email: "owner@a.uz"})}
	h.manager = domain.Actor{Organization: o, User: h.join(domain.User{OrganizationID: o.ID, DepartmentID: h.sales.ID, Role: domain.RoleManager, Name: "Manager"})}
	h.elsewhere = h.join(domain.User{OrganizationID: other.ID, Role: domain.RoleMember, Name: "Elsewhere", Email: "x@b.uz"})
	return h
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) department(organizationID int64, name string) domain.Department {
	d, err := h.store.CreateDepartment(h.t.Context(), domain.Department{OrganizationID: organizationID, Name: name})
	ok(h.t, err)
	return d
}

func (h *house) join(u domain.User) domain.User {
	h.t.Helper()
	u.CreatedAt = noon
	u, err := h.store.CreateUser(h.t.Context(), u, "hash")
	ok(h.t, err)
	return u
}

// TestUserLimitHolds: of fifty who are added side by side those get in for whom
// there is a place.
func TestUserLimitHolds(t *testing.T) {
	h := newHouse(t) // two of seven places are taken
	var added, full atomic.Int32
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			_, _, err := h.Add(t.Context(), h.owner, domain.NewUser{Name: fmt.Sprint("U", i), Role: domain.RoleMember})
			var e *domain.Error
			switch {
			case err == nil:
				added.Add(1)
			case errors.As(err, &e) && e.Code == domain.Conflict && e.Key == "user.limit" && e.Args["Limit"] == 7:
				full.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if added.Load() != 5 || full.Load() != 45 {
		t.Errorf("%d were added, %d refused", added.Load(), full.Load())
	}
	if _, n, err := h.List(t.Context(), h.owner, domain.UserFilter{}); err != nil || n != 7 {
		t.Errorf("%d users, %v", n, err)
	}
}

// TestWhatOneMaySet: whatever comes with the form, a manager adds and edits
// members of his own department.
func TestWhatOneMaySet(t *testing.T) {
	h := newHouse(t)
	forged := domain.NewUser{Name: " Ali  Vali ", Email: " Ali@A.uz", Role: domain.RoleOwner, DepartmentID: h.depot.ID, Sees: domain.SeesOrganization, ReadOnly: true}
	u, token, err := h.Add(t.Context(), h.manager, forged)
	ok(t, err)
	want := func(u domain.User, role domain.Role, department int64, sees domain.Sees) {
		t.Helper()
		if u.Role != role || u.DepartmentID != department || u.Sees != sees {
			t.Errorf("he is %s of department %d, sees %q", u.Role, u.DepartmentID, u.Sees)
		}
	}
	want(u, domain.RoleMember, h.sales.ID, domain.SeesDepartment)
	if token == "" || u.Name != "Ali Vali" || u.Email != "ali@a.uz" || !u.ReadOnly || u.MustChange {
		t.Errorf("%q, %+v", token, u)
	}
	ok(t, h.Edit(t.Context(), h.manager, u.ID, forged))
	row, err := h.Find(t.Context(), h.owner, h.owner.User.OrganizationID, u.ID)
	ok(t, err)
	want(row.User, domain.RoleMember, h.sales.ID, domain.SeesDepartment)
	ok(t, h.Edit(t.Context(), h.owner, u.ID, forged))
	row, err = h.Find(t.Context(), h.owner, h.owner.User.OrganizationID, u.ID)
	ok(t, err)
	want(row.User, domain.RoleOwner, 0, domain.SeesOrganization) // an owner is in no department

	alone := h.manager
	alone.User.DepartmentID = 0
	member := domain.Actor{User: row.User, Organization: h.owner.Organization}
	member.User.Role = domain.RoleMember
	for name, c := range map[string]struct {
		a     domain.Actor
		n     domain.NewUser
		key   string
		field string
	}{
		"no name":                   {h.owner, domain.NewUser{Role: domain.RoleMember}, "name.empty", "name"},
		"no address":                {h.owner, domain.NewUser{Name: "A", Email: "a", Role: domain.RoleMember}, "email.format", "email"},
		"an address here":           {h.owner, domain.NewUser{Name: "A", Email: "OWNER@a.uz", Role: domain.RoleMember}, "user.email_taken", "email"},
		"an address elsewhere":      {h.owner, domain.NewUser{Name: "A", Email: "x@b.uz", Role: domain.RoleMember}, "user.email_taken", "email"},
		"a password alone":          {h.owner, domain.NewUser{Name: "A", Password: "sariq-choynak", Role: domain.RoleMember}, "user.password_alone", "email"},
		"a short password":          {h.owner, domain.NewUser{Name: "A", Email: "n@a.uz", Password: "x", Role: domain.RoleMember}, "password.length", "password"},
		"a wrong Telegram ID":       {h.owner, domain.NewUser{Name: "A", TelegramID: -1, Role: domain.RoleMember}, "user.telegram_id", "telegram_id"},
		"beyond Telegram's IDs":     {h.owner, domain.NewUser{Name: "A", TelegramID: 1 << 52, Role: domain.RoleMember}, "user.telegram_id", "telegram_id"},
		"a service admin":           {h.owner, domain.NewUser{Name: "A", Role: domain.RoleAdmin}, "user.role", "role"},
		"an unknown role":           {h.owner, domain.NewUser{Name: "A", Role: "x"}, "user.role", "role"},
		"an unknown sight":          {h.owner, domain.NewUser{Name: "A", Role: domain.RoleMember, Sees: "x"}, "user.sees", "sees"},
		"a manager of nothing":      {h.owner, domain.NewUser{Name: "A", Role: domain.RoleManager}, "user.manager_department", "department"},
		"an unknown department":     {h.owner, domain.NewUser{Name: "A", Role: domain.RoleMember, DepartmentID: 99}, "department.missing", "department"},
		"by a manager of nothing":   {alone, domain.NewUser{Name: "A"}, "user.no_department", ""},
		"by a member":               {member, domain.NewUser{Name: "A", Role: domain.RoleMember}, "user.managers_only", ""},
		"by a service admin for us": {domain.Actor{User: domain.User{Role: domain.RoleAdmin, OrganizationID: 1}}, domain.NewUser{Name: "A", Role: domain.RoleMember}, "user.managers_only", ""},
	} {
		_, _, err := h.Add(t.Context(), c.a, c.n)
		var e *domain.Error
		if !errors.As(err, &e) || e.Key != c.key || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPasswordOfANewUser: one that somebody else typed has to be changed; without
// one there is a link, if he has an address.
func TestPasswordOfANewUser(t *testing.T) {
	h := newHouse(t)
	u, token, err := h.Add(t.Context(), h.owner, domain.NewUser{Name: "A", Email: "a@a.uz", Password: "sariq-choynak", Role: domain.RoleMember})
	ok(t, err)
	row, err := h.Find(t.Context(), h.owner, u.OrganizationID, u.ID)
	if err != nil || token != "" || !row.MustChange || row.PasswordState != domain.PasswordSet {
		t.Errorf("with a password: %q, %+v, %v", token, row, err)
	}
	u, token, err = h.Add(t.Context(), h.owner, domain.NewUser{Name: "B", Email: "b@a.uz", Role: domain.RoleMember})
	ok(t, err)
	if who, err := h.store.LinkedUser(t.Context(), domain.TokenHash(token), noon.Add(domain.LinkLife-time.Second)); err != nil || who.ID != u.ID {
		t.Errorf("the link is %+v's, %v", who, err)
	}
	again, _, err := h.NewLink(t.Context(), h.owner, u.OrganizationID, u.ID)
	ok(t, err)
	if _, err := h.store.LinkedUser(t.Context(), domain.TokenHash(token), noon); again == token || !domain.IsCode(err, domain.NotFound) {
		t.Errorf("the older link works still: %v", err)
	}
	u, token, err = h.Add(t.Context(), h.owner, domain.NewUser{Name: "C", Role: domain.RoleMember})
	if err != nil || token != "" {
		t.Errorf("without an address: %q, %v", token, err)
	}
	_, _, err = h.NewLink(t.Context(), h.owner, u.OrganizationID, u.ID)
	key(t, err, "user.no_email")
}

// TestOthersPeople: whom one may not look at is missing; whom one may only look at
// is not changed.
func TestOthersPeople(t *testing.T) {
	h := newHouse(t)
	org := h.owner.User.OrganizationID
	depot := h.join(domain.User{OrganizationID: org, DepartmentID: h.depot.ID, Role: domain.RoleMember, Name: "Depot", Email: "d@a.uz"})
	second := h.join(domain.User{OrganizationID: org, DepartmentID: h.sales.ID, Role: domain.RoleManager, Name: "Second", Email: "s@a.uz"})
	acts := map[string]func(a domain.Actor, id int64) error{
		"find": func(a domain.Actor, id int64) error { _, err := h.Find(t.Context(), a, org, id); return err },
		"edit": func(a domain.Actor, id int64) error {
			return h.Edit(t.Context(), a, id, domain.NewUser{Name: "X", Role: domain.RoleMember})
		},
		"block": func(a domain.Actor, id int64) error {
			return h.Block(t.Context(), a, org, id, domain.Block{Reason: "x"})
		},
		"unblock": func(a domain.Actor, id int64) error { return h.Unblock(t.Context(), a, org, id) },
		"remove":  func(a domain.Actor, id int64) error { return h.Remove(t.Context(), a, id, true) },
		"link":    func(a domain.Actor, id int64) error { _, _, err := h.NewLink(t.Context(), a, org, id); return err },
	}
	for name, act := range acts {
		for whom, c := range map[string]struct {
			a  domain.Actor
			id int64
		}{
			"elsewhere": {h.owner, h.elsewhere.ID}, "nobody": {h.owner, 999},
			"another department": {h.manager, depot.ID}, "the owner": {h.manager, h.owner.User.ID},
		} {
			if err := act(c.a, c.id); !domain.IsKey(err, "user.missing") || !domain.IsCode(err, domain.NotFound) {
				t.Errorf("%s %s: %v", name, whom, err)
			}
		}
		if name == "find" {
			continue
		}
		for whom, c := range map[string]struct {
			a  domain.Actor
			id int64
		}{"another manager": {h.manager, second.ID}, "oneself": {h.owner, h.owner.User.ID}} {
			if err := act(c.a, c.id); !domain.IsKey(err, "user.not_yours") || !domain.IsCode(err, domain.Forbidden) {
				t.Errorf("%s %s: %v", name, whom, err)
			}
		}
	}
}

// TestBlockByTheService: what the service has blocked the organization neither
// lifts nor gets around.
func TestBlockByTheService(t *testing.T) {
	h := newHouse(t)
	org := h.owner.User.OrganizationID
	u := h.join(domain.User{OrganizationID: org, DepartmentID: h.sales.ID, Role: domain.RoleMember, Name: "A", Email: "a@a.uz"})
	admin := domain.Actor{User: domain.User{ID: 99, OrganizationID: 1, Role: domain.RoleAdmin}}
	for _, from := range []time.Time{{}, noon.Add(time.Hour)} { // also one that is to come
		ok(t, h.Block(t.Context(), admin, org, u.ID, domain.Block{Reason: "shikoyat", From: from}))
		for name, err := range map[string]error{
			"block":   h.Block(t.Context(), h.owner, org, u.ID, domain.Block{Reason: "x", From: noon.Add(time.Hour)}),
			"unblock": h.Unblock(t.Context(), h.owner, org, u.ID),
			"remove":  h.Remove(t.Context(), h.owner, u.ID, false),
		} {
			if !domain.IsKey(err, "user.blocked_by_service") || !domain.IsCode(err, domain.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ok(t, h.Unblock(t.Context(), admin, org, u.ID))
	}
	if !slices.Equal(h.ended, []int64{u.ID}) { // a block that is to come ends nothing
		t.Errorf("logins ended: %v", h.ended)
	}
	ok(t, h.Block(t.Context(), h.manager, org, u.ID, domain.Block{Reason: "x"}))
	_, _, err := h.NewLink(t.Context(), h.owner, org, u.ID)
	key(t, err, "user.blocked")
	ok(t, h.Unblock(t.Context(), h.owner, org, u.ID)) // a manager's block the owner lifts
	err = h.Block(t.Context(), admin, org, u.ID, domain.Block{Reason: "x", From: noon.Add(domain.MaxAhead + time.Second)})
	if !refused(err, "block.from_far", "from") {
		t.Errorf("a block that is far away: %v", err)
	}
	ok(t, h.Block(t.Context(), admin, org, h.owner.User.ID, domain.Block{Reason: "x"}))
}

// TestRemoveLogsOut: first nothing of his starts any more, then his numbers leave
// Telegram, then he is gone; also where Telegram does not answer.
func TestRemoveLogsOut(t *testing.T) {
	for name, c := range map[string]struct {
		logOut, blocked bool
		noOut           error
	}{
		"logged out": {logOut: true}, "not asked for": {}, "blocked before": {logOut: true, blocked: true},
		"Telegram is silent": {logOut: true, noOut: domain.E(domain.Unavailable, "account.not_logged_out")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.noOut = c.noOut
			u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
			acc, err := h.store.ConnectAccount(t.Context(), domain.NewAccount{
				OrganizationID: u.OrganizationID, UserID: u.ID, Phone: "+998901234567", Profile: domain.Profile{TelegramID: 7}, Session: []byte("s"), At: noon,
			})
			ok(t, err)
			if c.blocked {
				ok(t, h.Block(t.Context(), h.owner, u.OrganizationID, u.ID, domain.Block{Reason: "x"}))
			}
			if err := h.Remove(t.Context(), h.owner, u.ID, c.logOut); !errors.Is(err, c.noOut) {
				t.Errorf("answered %v", err)
			}
			if !slices.Equal(h.left, []int64{acc.ID}) || (len(h.out) == 1) != c.logOut || !slices.Contains(h.ended, u.ID) {
				t.Errorf("left %v, logged out %v, logins ended %v", h.left, h.out, h.ended)
			}
			_, err = h.Find(t.Context(), h.owner, u.OrganizationID, u.ID)
			key(t, err, "user.missing")
			if as, err := h.store.LinkedAccounts(t.Context()); err != nil || len(as) != 0 {
				t.Errorf("linked still: %v, %v", as, err)
			}
		})
	}
}

// busy is a store in which somebody connects a number right before a block.
type busy struct {
	*db.Store
	connect func()
}

func (s busy) BlockUser(ctx context.Context, u domain.User, b domain.Block, now time.Time) error {
	s.connect()
	return s.Store.BlockUser(ctx, u, b, now)
}

// TestRemoveDuringALogin: a number that is connected while its user is removed leaves
// Telegram with the others.
func TestRemoveDuringALogin(t *testing.T) {
	h := newHouse(t)
	u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
	var acc domain.Account
	h.Store = busy{h.store, func() {
		var err error
		acc, err = h.store.ConnectAccount(t.Context(), domain.NewAccount{
			OrganizationID: u.OrganizationID, UserID: u.ID, Phone: "+998901234567", Profile: domain.Profile{TelegramID: 7}, Session: []byte("s"), At: noon,
		})
		ok(t, err)
	}}
	ok(t, h.Remove(t.Context(), h.owner, u.ID, true))
	if !slices.Equal(h.left, []int64{acc.ID}) || !slices.Equal(h.out, []int64{acc.ID}) {
		t.Errorf("left %v, logged out %v, want account %d", h.left, h.out, acc.ID)
	}
}

// TestLinkOfWhoSeesMore: a manager does not get in as a member whom an owner lets see
// the whole organization.
func TestLinkOfWhoSeesMore(t *testing.T) {
	h := newHouse(t)
	org := h.owner.User.OrganizationID
	for sees, key := range map[domain.Sees]string{domain.SeesOwn: "", domain.SeesDepartment: "", domain.SeesOrganization: "user.link_owner"} {
		u := h.join(domain.User{OrganizationID: org, DepartmentID: h.sales.ID, Role: domain.RoleMember, Name: "A", Email: "a" + string(sees) + "@a.uz", Sees: sees})
		_, _, err := h.NewLink(t.Context(), h.manager, org, u.ID)
		if err == nil != (key == "") || key != "" && (!domain.IsKey(err, key) || !domain.IsCode(err, domain.Forbidden)) {
			t.Errorf("%q: %v", sees, err)
		}
		_, _, err = h.NewLink(t.Context(), h.owner, org, u.ID)
		ok(t, err)
	}
}

// TestOldForm: of two forms of one user the slower one does not undo the other.
func TestOldForm(t *testing.T) {
	h := newHouse(t)
	u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
	quick := domain.NewUser{Name: "A", Role: domain.RoleMember, ReadOnly: true, Seen: u.Mark()}
	slow := domain.NewUser{Name: "Ali", Role: domain.RoleMember, Seen: u.Mark()}
	ok(t, h.Edit(t.Context(), h.owner, u.ID, quick))
	if err := h.Edit(t.Context(), h.owner, u.ID, slow); !domain.IsKey(err, "user.changed") || !domain.IsCode(err, domain.Conflict) {
		t.Errorf("the slower form: %v", err)
	}
	row, err := h.Find(t.Context(), h.owner, u.OrganizationID, u.ID)
	if ok(t, err); row.Name != "A" || !row.ReadOnly {
		t.Errorf("he is %+v", row.User)
	}
	slow.Seen = row.Mark()
	ok(t, h.Edit(t.Context(), h.owner, u.ID, slow))
	for name, other := range map[string]domain.User{ // all that is filled in counts
		"name": {Name: "B"}, "email": {Email: "b"}, "Telegram ID": {TelegramID: 5_000_000_001}, "role": {Role: domain.RoleOwner},
		"department": {DepartmentID: 1}, "sees": {Sees: domain.SeesOwn + "x"}, "read only": {ReadOnly: true},
	} {
		if other.Mark() == (domain.User{TelegramID: 5_000_000_000}).Mark() || other.Mark() == (domain.User{}).Mark() {
			t.Errorf("%s does not count", name)
		}
	}
}

// TestEditEndsLogin: who may do something else than before does not finish what he
// has begun.
func TestEditEndsLogin(t *testing.T) {
	for name, c := range map[string]struct {
		n    domain.NewUser
		ends bool
	}{
		"name":       {domain.NewUser{Name: "B", Role: domain.RoleMember}, false},
		"role":       {domain.NewUser{Name: "A", Role: domain.RoleOwner}, true},
		"department": {domain.NewUser{Name: "A", Role: domain.RoleMember, DepartmentID: 1}, true},
		"read only":  {domain.NewUser{Name: "A", Role: domain.RoleMember, ReadOnly: true}, true},
	} {
		h := newHouse(t)
		u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
		if c.n.DepartmentID != 0 {
			c.n.DepartmentID = h.sales.ID
		}
		c.n.Seen = u.Mark()
		ok(t, h.Edit(t.Context(), h.owner, u.ID, c.n))
		if slices.Contains(h.ended, u.ID) != c.ends {
			t.Errorf("%s: ended %v", name, h.ended)
		}
	}
}

// TestBlockReason: of several lines, and nothing that is not seen.
func TestBlockReason(t *testing.T) {
	for reason, want := range map[string]string{
		"Birinchi\r\nikkinchi": "", "Qarz 👨\u200D👩": "",
		" ": "block.reason", "\u202E": "block.reason",
		"a\x00b": "name.hidden", "a\u202Eb": "name.hidden", "a\u2066b": "name.hidden", "a\u2028b": "name.hidden", "a\x1bb": "name.hidden",
	} {
		h := newHouse(t)
		u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
		err := h.Block(t.Context(), h.owner, u.OrganizationID, u.ID, domain.Block{Reason: reason})
		if want == "" && err != nil || want != "" && !refused(err, want, "reason") {
			t.Errorf("%q: %v, want %q", reason, err, want)
		}
	}
}

func TestKnownZone(t *testing.T) {
	for name, want := range map[string]bool{
		"Asia/Tashkent": true, "America/Argentina/Salta": true, "UTC": true,
		"": false, "Local": false, "posixrules": false, "Uzbekistan": false, "posix/Asia/Tashkent": false, "right/UTC": false, "Asia/Nowhere": false, "../zone": false,
	} {
		if got := domain.KnownZone(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

// TestReaderLetsNothingBeAnswered: who only looks on neither lets dispatchers be
// answered nor changes what is; to stop it and to review stay his.
func TestReaderLetsNothingBeAnswered(t *testing.T) {
	h := newHouse(t)
	w := &domain.Watch{Store: h.store, Answers: h.store, Hub: &domain.Hub{}, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	reader := h.owner
	reader.User.ReadOnly = true
	switchTo := func(a domain.Actor, mode domain.WatchMode) error {
		s, err := w.Settings(t.Context(), a)
		ok(t, err)
		s.Mode = mode
		return w.SetSettings(t.Context(), a, s)
	}
	word := domain.CustomFilter{Block: true, Word: "yuk"}
	ok(t, w.AddCustomFilter(t.Context(), reader, word))
	ok(t, w.PutTemplate(t.Context(), h.owner, domain.Template{Text: "Salom", Active: true}))
	key(t, switchTo(reader, domain.WatchReply), "campaign.read_only")
	ok(t, switchTo(h.owner, domain.WatchReply))
	ts, err := w.Templates(t.Context(), reader)
	ok(t, err)
	word.Word = "tovar"
	for name, err := range map[string]error{
		"settings":    switchTo(reader, domain.WatchReply),
		"template":    w.PutTemplate(t.Context(), reader, domain.Template{Text: "Salom", Active: true}),
		"word":        w.AddCustomFilter(t.Context(), reader, word),
		"group":       w.SetWatching(t.Context(), reader, []domain.PeerID{-1}, true),
		"keywords":    w.RestoreKeywords(t.Context(), reader, domain.PlacesAbroad),
		"every group": w.SetAllGroups(t.Context(), reader, true),
	} {
		if !domain.IsKey(err, "campaign.read_only") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, w.SetWatching(t.Context(), reader, []domain.PeerID{-1}, false))
	ok(t, w.SwitchTemplate(t.Context(), reader, ts[0].ID, false))
	key(t, w.SwitchTemplate(t.Context(), reader, ts[0].ID, true), "campaign.read_only")
	ok(t, switchTo(reader, domain.WatchOff))
}
