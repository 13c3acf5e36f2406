package handlers_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/domain"
)

// room gives the organization that many places for users.
func (p *panel) room(users int) {
	p.t.Helper()
	must(p.t, p.store.SetLimits(p.t.Context(), p.owner.User.OrganizationID, "", domain.Limits{Users: users, Accounts: 10}, time.Now()))
}

// newUser is the form of a new user.
func newUser(change ...string) []string {
	form := map[string]string{"name": "Dilshod Rahimov", "email": "dilshod@a.uz", "password": "", "telegram_id": "", "department": "", "role": "member", "sees": ""}
	for i := 0; i+1 < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	var pairs []string
	for k, v := range form {
		pairs = append(pairs, k, v)
	}
	return pairs
}

func userPath(u domain.User) string { return "/admin/users/" + itoa(u.ID) }

// user is a user of the panel's organization as the owner sees him.
func (p *panel) user(id int64) (domain.UserRow, error) {
	p.t.Helper()
	return p.store.UserRow(p.t.Context(), p.owner.Scope(), id)
}

// found is the one user of the organization whom the search finds.
func (p *panel) found(search string) domain.UserRow {
	p.t.Helper()
	us, _, err := p.store.UserList(p.t.Context(), p.owner.Scope(), domain.UserFilter{Search: search})
	must(p.t, err)
	if len(us) != 1 {
		p.t.Fatalf("%q finds %d users", search, len(us))
	}
	return us[0]
}

// TestNewUserByLink: a user is shown his link once, sets his password by it, and
// is in.
func TestNewUserByLink(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	b := p.as(p.owner)
	status, body := b.get("/admin/users/new")
	says(t, status, body, http.StatusOK, "3 of 10 places taken", `href="/admin/new-telegram-users?new=1"`, `href="/guide#telegram-id"`, ">Toshkent<")
	status, body = b.post("/admin/users", newUser("telegram_id", "77001", "sees", "organization")...)
	link := givenLink.FindStringSubmatch(body)
	if status != http.StatusOK || link == nil {
		t.Fatalf("%d, and no link", status)
	}
	says(t, status, body, http.StatusOK, "Dilshod Rahimov", "Waits for a password", "77001", "Campaigns of the whole organization")
	u := p.found("dilshod")
	if _, body = b.get(userPath(u.User)); strings.Contains(body, link[1]) {
		t.Error("the link is shown again")
	}
	in := p.stranger()
	status, body = in.post(link[1], "password", goodPassword)
	says(t, status, body, http.StatusOK, "The password is set.")
	status, body = in.signIn(u.User)
	says(t, status, body, http.StatusOK, "Dilshod Rahimov", "Ours")
	status, _ = in.get(link[1])
	if status != http.StatusNotFound {
		t.Errorf("the link works twice: %d", status)
	}
	status, body = b.post(userPath(u.User) + "/link")
	says(t, status, body, http.StatusOK, "The link for")
	if status, _ = in.get("/admin/campaigns"); status != http.StatusOK {
		t.Error("a link alone signs him out")
	}
}

// TestNewUserByPassword: he has to change what somebody else has typed.
func TestNewUserByPassword(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	status, body := p.as(p.owner).post("/admin/users", newUser("password", goodPassword)...)
	says(t, status, body, http.StatusOK, "The user is added.", "Dilshod Rahimov")
	if givenLink.MatchString(body) {
		t.Error("there is a link beside the password")
	}
	in := p.stranger()
	status, body = in.signIn(domain.User{Email: "dilshod@a.uz"})
	says(t, status, body, http.StatusOK, "Choose a new password")
	if _, body = in.get("/admin/campaigns"); !strings.Contains(body, "Choose a new password") {
		t.Error("he is let in with it")
	}
}

// TestNewUserForm: what is wrong stands at its field, and nothing typed is lost
// but the password.
func TestNewUserForm(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	b := p.as(p.owner)
	for _, c := range []struct{ field, value, says string }{
		{"name", " ", "name-error"},
		{"email", "no mail", "email-error"},
		{"email", "bekzod@a.uz", "email-error"},
		{"password", "12345678", "password-error"},
		{"telegram_id", "12a", "telegram_id-error"},
		{"telegram_id", "-5", "telegram_id-error"},
		{"telegram_id", "0", "telegram_id-error"},
		{"role", "manager", "department-error"},
		{"role", "admin", "Choose a role."},
		{"role", "", "Choose a role."},
		{"sees", "everything", "sees-error"},
		{"department", "999", "department-error"},
	} {
		change := []string{"password", goodPassword, c.field, c.value}
		status, body := b.post("/admin/users", newUser(change...)...)
		if (status != http.StatusUnprocessableEntity && status != http.StatusConflict) || !strings.Contains(body, c.says) {
			t.Errorf("%s %q: %d", c.field, c.value, status)
		}
		if c.field != "name" && !strings.Contains(body, `value="Dilshod Rahimov"`) || strings.Contains(body, goodPassword) {
			t.Errorf("%s %q: what was typed is lost, or the password is not", c.field, c.value)
		}
	}
	status, body := b.post("/admin/users", newUser("email", "", "password", goodPassword)...)
	says(t, status, body, http.StatusUnprocessableEntity, "email-error")
	if _, n, err := p.store.UserList(t.Context(), p.owner.Scope(), domain.UserFilter{}); err != nil || n != 3 {
		t.Errorf("%d users, %v", n, err)
	}
	status, body = b.post("/admin/users", newUser("email", "")...)
	says(t, status, body, http.StatusOK, "The user is added.", "does not use the panel")
}

// TestUserLimitHolds: of fifty who are added at once only so many come in as there
// are places, and the page says what to do.
func TestUserLimitHolds(t *testing.T) {
	p := newPanel(t)
	p.room(7)
	b := p.as(p.owner)
	b.get("/admin/users")
	statuses := make(chan int, 50)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			status, _ := b.post("/admin/users", newUser("email", fmt.Sprintf("user%d@a.uz", i))...)
			statuses <- status
		})
	}
	wg.Wait()
	close(statuses)
	got := map[int]int{}
	for s := range statuses {
		got[s]++
	}
	if got[http.StatusOK] != 4 || got[http.StatusConflict] != 46 {
		t.Errorf("answers %v", got)
	}
	if _, n, err := p.store.UserList(t.Context(), p.owner.Scope(), domain.UserFilter{}); err != nil || n != 7 {
		t.Errorf("%d users, %v", n, err)
	}
	status, body := b.post("/admin/users", newUser()...)
	says(t, status, body, http.StatusConflict, "may have 7 users", `href="/admin/limits#limit-users"`, `value="dilshod@a.uz"`)
	status, body = b.get("/admin/users")
	says(t, status, body, http.StatusOK, "7 of 7 places taken", `href="/admin/limits#limit-users"`)
	status, body = b.get("/admin/users/new")
	says(t, status, body, http.StatusOK, "may have 7 users", `href="/admin/limits#limit-users"`)
	if strings.Contains(body, `name="email"`) {
		t.Error("it asks who is to be added although nobody can be")
	}
	status, body = p.as(p.manager).get("/admin/users")
	says(t, status, body, http.StatusOK, "7 of 7 places taken", "ask the owner")
	if strings.Contains(body, "/admin/limits#") {
		t.Error("a manager is led to the limits")
	}
}

// TestUsersList searches and narrows down.
func TestUsersList(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	b := p.as(p.owner)
	p.account(p.member, "+998901234567", 77)
	dep := itoa(p.member.User.DepartmentID)
	names := regexp.MustCompile(`<tr role="row" id="user-\d+"[\s\S]*?<bdi>([^<]*)</bdi>`)
	for query, want := range map[string]string{
		"":                          "akmal bekzod lola",
		"search=BEK":                "bekzod",
		"search=90+123":             "bekzod",
		"search=lola%40a.uz":        "lola",
		"role=manager":              "lola",
		"role=nonsense":             "akmal bekzod lola",
		"department=" + dep:         "bekzod lola",
		"department=999":            "",
		"state=blocked":             "",
		"department=x&page=2":       "",
		"role=member&search=akmal":  "",
		"role=owner&department=abc": "akmal",
	} {
		status, body := b.get("/admin/users?" + query)
		var got []string
		for _, m := range names.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if status != http.StatusOK || strings.Join(got, " ") != want {
			t.Errorf("%q lists %v: %d", query, got, status)
		}
	}
	_, body := p.as(p.manager).get("/admin/users")
	if strings.Contains(body, "akmal@a.uz") || !strings.Contains(body, "bekzod@a.uz") {
		t.Error("a manager sees others than his department's")
	}
	status, body := p.as(p.other).get("/admin/users")
	says(t, status, body, http.StatusOK, "zafar")
	if strings.Contains(body, "akmal") {
		t.Error("another organization's users are listed")
	}
	for _, who := range []domain.Actor{p.member, p.admin()} {
		if status, body := p.as(who).get("/admin/users"); who.User.Role == domain.RoleMember && (status != http.StatusForbidden || !strings.Contains(body, "Only the owner of the organization")) {
			t.Errorf("a %s: %d", who.User.Role, status)
		}
	}
}

// TestWhoBlocked: the page says who has, however many have been blocked since.
func TestWhoBlocked(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{DepartmentID: p.member.User.DepartmentID, Role: domain.RoleMember, Name: "Jasur", Email: "jasur@a.uz"})
	status, body := p.as(p.manager).post(userPath(u)+"/block", "reason", "Spam", "length", "good")
	says(t, status, body, http.StatusOK, "The block is saved.")
	by := domain.Acting(t.Context(), p.owner, "192.0.2.7")
	for range 201 {
		must(t, p.store.Keep(by, domain.AuditEntry{
			OrganizationID: u.OrganizationID, Event: domain.AuditUserBlock, Subject: domain.SubjectUser, SubjectID: p.member.User.ID,
		}))
	}
	status, body = p.as(p.owner).get(userPath(u))
	says(t, status, body, http.StatusOK, "Spam", "<bdi>lola</bdi>")
}

// TestBlockedFromHisPage: a block ends his session at once, says who, why and how
// long, and is taken off again.
func TestBlockedFromHisPage(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{DepartmentID: p.member.User.DepartmentID, Role: domain.RoleMember, Name: "Jasur", Email: "jasur@a.uz"})
	in := p.stranger()
	in.signIn(u)
	if status, _ := in.get("/admin/campaigns"); status != http.StatusOK {
		t.Fatalf("he is not in: %d", status)
	}
	b := p.as(p.manager)
	status, body := b.get(userPath(u) + "/block")
	says(t, status, body, http.StatusOK, "Block Jasur?", "datetime-local")
	for _, c := range [][2]string{{"reason", " "}, {"from", "x"}, {"until", ""}, {"until", "2020-01-01T10:00"}} {
		form := map[string]string{"reason": "Taʼtilda", "from": "", "length": "until", "until": "2036-01-01T10:00"}
		form[c[0]] = c[1]
		var pairs []string
		for k, v := range form {
			pairs = append(pairs, k, v)
		}
		if status, body := b.post(userPath(u)+"/block", pairs...); status != http.StatusUnprocessableEntity || !strings.Contains(body, c[0]+"-error") {
			t.Errorf("%v: %d", c, status)
		}
	}
	if status, _ := in.get("/admin/campaigns"); status != http.StatusOK {
		t.Error("a form that was refused has blocked him")
	}
	status, body = b.post(userPath(u)+"/block", "reason", "Taʼtilda <b>", "length", "week")
	says(t, status, body, http.StatusOK, "The block is saved.", "Blocked", "Taʼtilda &lt;b&gt;", "lola")
	was, err := p.user(u.ID)
	if err != nil || was.Block.Until.Sub(was.Block.From).Round(time.Hour) != 7*24*time.Hour {
		t.Errorf("blocked %+v, %v", was.Block, err)
	}
	status, body = b.get(userPath(u) + "/block")
	says(t, status, body, http.StatusOK, "Change the block</h1>", "Taʼtilda &lt;b&gt;</textarea>", "Save")
	for _, asks := range []string{"Yes, block", "leaves the panel", `name="from"`} {
		if strings.Contains(body, asks) {
			t.Errorf("the form of a block that is there says %q", asks)
		}
	}
	status, body = b.post(userPath(u)+"/block", "reason", "Kasal", "from", "2198-01-01T10:00", "length", "until", "until", "2190-01-01T10:00")
	says(t, status, body, http.StatusOK, "The block is saved.", "Kasal", "1 Jan 2190")
	if is, err := p.user(u.ID); err != nil || !is.Block.From.Equal(was.Block.From) || !is.Block.Since.Equal(was.Block.Since) {
		t.Errorf("it was %+v and is %+v, %v", was.Block, is.Block, err)
	}
	if _, body := in.get("/admin/campaigns"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session lives on")
	}
	if _, body := in.post("/admin/catalogs", "name", "Yangi"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session acts on")
	}
	if status, body = in.signIn(u); strings.Contains(body, "/signout") {
		t.Errorf("he signs in: %d", status)
	}
	_, body = b.get("/admin/users?state=blocked")
	says(t, 200, body, 200, "Jasur", "Blocked", "until")
	status, body = b.post(userPath(u) + "/link")
	says(t, status, body, http.StatusOK, "Unblock him first.")
	status, body = b.post(userPath(u) + "/unblock")
	says(t, status, body, http.StatusOK, "The user is unblocked.")
	status, body = b.post(userPath(u) + "/unblock")
	says(t, status, body, http.StatusOK, "This user is not blocked.")
	if status, body = in.signIn(u); !strings.Contains(body, "/signout") {
		t.Errorf("he does not sign in: %d", status)
	}
}

// TestPlannedBlock begins when it was typed for, in the zone that the page shows.
func TestPlannedBlock(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	zone := p.owner.Organization.Location()
	from := time.Now().In(zone).AddDate(0, 0, 3).Truncate(time.Minute)
	status, body := b.post(userPath(p.member.User)+"/block", "reason", "Shartnoma tugaydi", "from", from.Format("2006-01-02T15:04"), "length", "good")
	says(t, status, body, http.StatusOK, "Will be blocked", from.Format("2 Jan 2006 15:04"), "for good")
	u, err := p.user(p.member.User.ID)
	if err != nil || !u.Block.From.Equal(from) || u.Block.Active() || !u.Block.Until.IsZero() {
		t.Errorf("planned %+v, %v", u.Block, err)
	}
	if status, _ := p.as(p.member).get("/admin/campaigns"); status != http.StatusOK {
		t.Errorf("it holds already: %d", status)
	}
	_, body = b.get(userPath(p.member.User) + "/block")
	says(t, 200, body, 200, "Shartnoma tugaydi", from.Format("2006-01-02T15:04"))
}

// TestManagerDecidesAboutHisMembers: forged fields raise no role, move nobody and
// grant no more than his department.
func TestManagerDecidesAboutHisMembers(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	d, err := p.store.CreateDepartment(t.Context(), domain.Department{OrganizationID: p.owner.User.OrganizationID, Name: "Samarqand"})
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
	d, err := p.store.CreateDepartment(t.Context(), domain.Department{OrganizationID: p.owner.User.OrganizationID, Name: "Samarqand"})
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

// order sends a text to two chats from a number of that user.
func (p *panel) order(a domain.Actor, acc domain.Account, text string) {
	p.t.Helper()
	b := p.as(a)
	at := b.catalog("Yuklar")
	b.post(at+"/add", "account", itoa(acc.ID), "ids", peer(1), "ids", peer(2), "shown", peer(1)+","+peer(2))
	status, body := b.post("/admin/campaigns", "token", domain.NewToken(), "catalog", at[strings.LastIndex(at, "/")+1:], "account", itoa(acc.ID),
		"text", text, "rounds", "5", "every", "1", "unit", "hours", "start", "now")
	says(p.t, status, body, http.StatusOK, text)
}

// TestRemoveKeepsHistory: who is removed is out, his place and e-mail are free,
// and his campaigns stay in the owner's list, cancelled.
func TestRemoveKeepsHistory(t *testing.T) {
	p := newPanel(t)
	p.room(3)
	acc := p.account(p.member, "+998901234567", 78, chats(2)...)
	p.order(p.member, acc, "Toshkentdan Buxoroga")
	in, b := p.as(p.member), p.as(p.owner)
	at := userPath(p.member.User)
	status, body := b.get(at)
	says(t, status, body, http.StatusOK, "Toshkentdan Buxoroga", "+998 90 123 45 67", `href="/admin/campaigns?user=`+itoa(p.member.User.ID)+`"`, `href="/admin/new-telegram-users?new=1&amp;user=`+itoa(p.member.User.ID)+`"`)
	status, body = b.get(at + "/remove")
	says(t, status, body, http.StatusOK, "Remove bekzod?", "1 live campaign is cancelled", "1 number is disconnected", `name="log_out" value="1" checked`)
	status, body = b.post(at+"/remove", "log_out", "1")
	says(t, status, body, http.StatusOK, "The user is removed.", "2 of 3 places taken")
	if len(p.tg.out) != 1 || p.tg.out[0] != acc.ID {
		t.Errorf("logged out %v", p.tg.out)
	}
	if status, _ := b.get(at); status != http.StatusNotFound {
		t.Errorf("his page answers %d", status)
	}
	if _, body := in.get("/admin/campaigns"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session lives on")
	}
	_, body = b.get("/admin/campaigns")
	says(t, 200, body, 200, "Toshkentdan Buxoroga", "bekzod", `data-st="cancelled"`)
	for _, page := range []string{"/admin/users", "/admin/new-telegram-users?new=1"} {
		if _, body = b.get(page); strings.Contains(body, "bekzod") {
			t.Errorf("%s offers him still", page)
		}
	}
	status, body = b.post("/admin/users", newUser("email", p.member.User.Email)...)
	says(t, status, body, http.StatusOK, "The link for")
}

// TestRemoveSaysWhatTelegramDidNot: he is gone though it did not answer.
func TestRemoveSaysWhatTelegramDidNot(t *testing.T) {
	p := newPanel(t)
	p.account(p.member, "+998901234567", 78)
	p.tg.noOut = errors.Join(domain.E(domain.Conflict, "account.not_logged_out"))
	status, body := p.as(p.owner).post(userPath(p.member.User)+"/remove", "log_out", "1")
	says(t, status, body, http.StatusOK, "Telegram did not confirm")
	if _, err := p.user(p.member.User.ID); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("he is there: %v", err)
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

// TestNumberForAUser: the wizard begins with him chosen.
func TestNumberForAUser(t *testing.T) {
	p := newPanel(t)
	status, body := p.as(p.owner).get(wizard + "?new=1&user=" + itoa(p.member.User.ID))
	says(t, status, body, http.StatusOK, `<option value="`+itoa(p.member.User.ID)+`" selected`)
}

var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// TestSlowerForm: of two forms of one user, and of one organization's limits, that are
// open side by side, the slower one is refused and shows what is now.
func TestSlowerForm(t *testing.T) {
	p := newPanel(t)
	u := p.member.User
	b := p.as(p.owner)
	_, body := b.get(userPath(u) + "/edit")
	seen := seenField.FindStringSubmatch(body)[1]
	status, body := b.post(userPath(u), newUser("seen", seen, "read_only", "1")...)
	says(t, status, body, http.StatusOK, "Dilshod Rahimov")
	status, body = b.post(userPath(u), newUser("seen", seen, "name", "Slow")...)
	says(t, status, body, http.StatusConflict, "Somebody has just changed this user.", `name="read_only" value="1" checked`, `value="Dilshod Rahimov"`)
	now := seenField.FindStringSubmatch(body)[1]
	if got, err := p.user(u.ID); err != nil || !got.ReadOnly || got.Name != "Dilshod Rahimov" {
		t.Errorf("he is %+v, %v", got.User, err)
	}
	status, _ = b.post(userPath(u), newUser("seen", now, "name", "Slow")...)
	if got, err := p.user(u.ID); status != http.StatusOK || err != nil || got.ReadOnly || got.Name != "Slow" {
		t.Errorf("with a fresh form: %d, %+v, %v", status, got.User, err)
	}

	admin := p.asAdmin()
	path := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	_, body = admin.get(path)
	seen = seenField.FindStringSubmatch(body)[1]
	p.room(3)
	status, body = admin.post(path+"/limits", "seen", seen, "user_limit", "70", "account_limit", "10", "campaigns_per_day", "0", "messages_per_day", "0", "watch", "on")
	says(t, status, body, http.StatusConflict, "Somebody has just changed the limits", `value="3"`)
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

// TestNonsenseIsRefused: what no form of ours sends is wrong, not none.
func TestNonsenseIsRefused(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	b := p.as(p.owner)
	for _, typed := range []string{"abc", "-1", "99999999999999999999"} {
		if status, _ := b.post("/admin/users", newUser("department", typed)...); status != http.StatusUnprocessableEntity {
			t.Errorf("department %q answers %d", typed, status)
		}
	}
	for name, form := range map[string][]string{
		"length": {"length", "bogus"},
		"until":  {"length", "until", "until", "0001-01-01T00:00"},
		"from":   {"length", "good", "from", "0001-01-01T00:00"},
	} {
		if status, _ := b.post(userPath(p.member.User)+"/block", append(form, "reason", "x")...); status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, status)
		}
	}
	if row, err := p.user(p.member.User.ID); err != nil || row.Block.Planned() {
		t.Errorf("he is blocked: %+v, %v", row.Block, err)
	}
}
