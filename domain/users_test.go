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
	d, err := h.store.AddDepartment(h.t.Context(), domain.Department{OrganizationID: organizationID, Name: name})
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
