package domain_test

import (
	"errors"
	"slices"
	"testing"

	"postix/domain"
)

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
