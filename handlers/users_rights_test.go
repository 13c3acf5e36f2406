package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestManagerDecidesAboutHisMembers: forged fields raise no role, move nobody and
// grant no more than his department.
func TestManagerDecidesAboutHisMembers(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	d, err := p.store.AddDepartment(t.Context(), domain.Department{OrganizationID: p.owner.User.OrganizationID, Name: "Samarqand"})
	must(t, err)
	b := p.as(p.manager)
	_, body := b.get("/admin/users/new")
	if strings.Contains(body, `name="role"`) || strings.Contains(body, `name="department"`) || strings.Contains(body, "whole organization") {
		t.Error("a manager is offered what he may not give")
	}
	forged := newUser("role", "owner", "department", itoa(d.ID), "sees", "organization")
	status, body := b.post("/admin/users", forged...)
	says(t, status, body, http.StatusOK, "Dilshod Rahimov")
	u := p.found("dilshod")
	forged = newUser("name", "Dilshod", "role", "manager", "department", itoa(d.ID), "sees", "organization")
	status, body = b.post(userPath(u.User), forged...)
	says(t, status, body, http.StatusOK, "The changes are saved.")
	u = p.found("dilshod")
	if u.Name != "Dilshod" || u.Role != domain.RoleMember || u.DepartmentID != p.manager.User.DepartmentID || u.Sees != domain.SeesDepartment {
		t.Errorf("he made %+v", u.User)
	}
	// What the owner has granted stays when the manager changes something else.
	_, body = p.as(p.owner).post(userPath(u.User), newUser("department", itoa(u.DepartmentID), "sees", "organization")...)
	says(t, 200, body, 200, "The changes are saved.")
	_, body = b.get(userPath(u.User) + "/edit")
	says(t, 200, body, 200, "whole organization")
	b.post(userPath(u.User), newUser("name", "Dilshod R.", "sees", "organization")...)
	if u = p.found("dilshod"); u.Name != "Dilshod R." || u.Sees != domain.SeesOrganization {
		t.Errorf("the owner's grant is gone: %+v", u.User)
	}
}

// TestLookingAlone: who may only look at a user gets his facts and no acts.
func TestLookingAlone(t *testing.T) {
	p := newPanel(t)
	second, err := p.store.CreateUser(t.Context(), domain.User{
		OrganizationID: p.owner.User.OrganizationID, DepartmentID: p.manager.User.DepartmentID, Role: domain.RoleManager, Name: "Nodira", Email: "nodira@a.uz", CreatedAt: time.Now(),
	}, "")
	must(t, err)
	for _, c := range []struct {
		who domain.Actor
		at  domain.User
	}{{p.manager, p.manager.User}, {p.manager, second}, {p.owner, p.owner.User}} {
		b := p.as(c.who)
		status, body := b.get(userPath(c.at))
		says(t, status, body, http.StatusOK, c.at.Name, c.at.Email)
		if regexp.MustCompile(`/admin/users/\d+/`).MatchString(body) {
			t.Errorf("%s is offered acts about %s", c.who.User.Name, c.at.Name)
		}
		for _, act := range []string{"/edit", "/block", "/remove"} {
			status, body := b.get(userPath(c.at) + act)
			if act == "/edit" && c.who.User.ID == c.at.ID {
				says(t, status, body, http.StatusOK, `action="/admin/me/details"`)
			} else if status != http.StatusForbidden {
				t.Errorf("%s opens %s of %s: %d", c.who.User.Name, act, c.at.Name, status)
			}
		}
		for _, act := range []string{"", "/block", "/unblock", "/link", "/remove"} {
			if status, _ := b.post(userPath(c.at)+act, newUser("reason", "x", "name", "Hacked")...); status != http.StatusForbidden {
				t.Errorf("%s does %q to %s: %d", c.who.User.Name, act, c.at.Name, status)
			}
		}
		if u, err := p.user(c.at.ID); err != nil || u.Name != c.at.Name || u.Block.Planned() {
			t.Errorf("%s was changed: %+v %v", c.at.Name, u, err)
		}
	}
}

// TestForeignUsersAreMissing: another organization's and another department's are
// as those who never were.
func TestForeignUsersAreMissing(t *testing.T) {
	p := newPanel(t)
	d, err := p.store.AddDepartment(t.Context(), domain.Department{OrganizationID: p.owner.User.OrganizationID, Name: "Samarqand"})
	must(t, err)
	elsewhere, err := p.store.CreateUser(t.Context(), domain.User{OrganizationID: p.owner.User.OrganizationID, DepartmentID: d.ID, Role: domain.RoleMember, Name: "Nodira", CreatedAt: time.Now()}, "")
	must(t, err)
	for _, c := range []struct {
		who domain.Actor
		at  domain.User
	}{{p.other, p.member.User}, {p.owner, p.other.User}, {p.manager, elsewhere}, {p.manager, p.owner.User}, {p.manager, p.other.User}} {
		b := p.as(c.who)
		for _, act := range []string{"", "/edit", "/block", "/remove"} {
			_, missing := b.get("/admin/users/999" + act)
			if status, body := b.get(userPath(c.at) + act); status != http.StatusNotFound || body != missing {
				t.Errorf("%s opens %s%s: %d, same body %v", c.who.User.Name, c.at.Name, act, status, body == missing)
			}
		}
		for _, act := range []string{"", "/block", "/unblock", "/link", "/remove"} {
			form := newUser("reason", "x")
			_, missing := b.post("/admin/users/999"+act, form...)
			if status, body := b.post(userPath(c.at)+act, form...); status != http.StatusNotFound || body != missing {
				t.Errorf("%s does %s%s: %d, same body %v", c.who.User.Name, c.at.Name, act, status, body == missing)
			}
		}
	}
	for _, at := range []domain.User{p.member.User, elsewhere, p.owner.User} {
		if u, err := p.user(at.ID); err != nil || u.Name != at.Name || u.Block.Planned() {
			t.Errorf("%s was changed: %+v %v", at.Name, u, err)
		}
	}
}

// TestOwnersDecideAboutEachOther, and never about themselves: one is always left.
func TestOwnersDecideAboutEachOther(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	second, err := p.store.CreateUser(t.Context(), domain.User{OrganizationID: p.owner.User.OrganizationID, Role: domain.RoleOwner, Name: "Nodira", Email: "nodira@a.uz", CreatedAt: time.Now()}, "")
	must(t, err)
	a, b := p.as(p.owner), p.as(domain.Actor{User: second, Organization: p.owner.Organization})
	status, body := a.post(userPath(second)+"/block", "reason", "x", "length", "good")
	says(t, status, body, http.StatusOK, "The block is saved.")
	if _, body := b.get("/admin/users"); !strings.Contains(body, `action="/signin"`) {
		t.Error("the blocked owner is in")
	}
	a.post(userPath(second) + "/unblock")
	status, body = a.post(userPath(second), newUser("name", "Nodira", "email", "nodira@a.uz")...)
	says(t, status, body, http.StatusOK, "The changes are saved.")
	if u, err := p.user(second.ID); err != nil || u.Role != domain.RoleMember {
		t.Errorf("%+v %v", u, err)
	}
	if status, _ = a.post(userPath(p.owner.User)+"/remove", "log_out", "1"); status != http.StatusForbidden {
		t.Errorf("the last owner removes himself: %d", status)
	}
}

// TestHomelessManager adds nobody, and is told why.
func TestHomelessManager(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	u, err := p.store.CreateUser(t.Context(), domain.User{OrganizationID: p.owner.User.OrganizationID, Role: domain.RoleManager, Name: "Nodira", CreatedAt: time.Now()}, "")
	must(t, err)
	b := p.as(domain.Actor{User: u, Organization: p.owner.Organization})
	status, body := b.get("/admin/users")
	says(t, status, body, http.StatusOK, "You belong to no department yet.")
	if strings.Contains(body, `href="/admin/users/new"`) {
		t.Error("he is led to the form")
	}
	status, body = b.get("/admin/users/new")
	says(t, status, body, http.StatusForbidden, "You belong to no department yet.")
	if status, _ = b.post("/admin/users", newUser()...); status != http.StatusForbidden {
		t.Errorf("he adds: %d", status)
	}
}

// TestNoLinkForWhoSeesMore: a manager is not offered what he is refused.
func TestNoLinkForWhoSeesMore(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	u, err := p.store.AddUser(t.Context(), domain.User{
		OrganizationID: p.owner.User.OrganizationID, DepartmentID: p.manager.User.DepartmentID, Role: domain.RoleMember, Name: "Eye",
		Email: "eye@a.uz", Sees: domain.SeesOrganization, CreatedAt: time.Now().UTC(),
	}, "", domain.PasswordLink{})
	must(t, err)
	link := userPath(u) + "/link"
	if _, body := p.as(p.manager).get(userPath(u)); strings.Contains(body, link) {
		t.Error("a manager is offered the link")
	}
	status, body := p.as(p.manager).post(link)
	says(t, status, body, http.StatusForbidden, "an owner also gives the password link")
	if _, body := p.as(p.owner).get(userPath(u)); !strings.Contains(body, link) {
		t.Error("an owner is not")
	}
}
