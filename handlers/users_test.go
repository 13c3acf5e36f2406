package handlers_test

import (
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
	says(t, status, body, http.StatusConflict, "limit of users is 7", `href="/admin/limits#limit-users"`, `value="dilshod@a.uz"`)
	status, body = b.get("/admin/users")
	says(t, status, body, http.StatusOK, "7 of 7 places taken", `href="/admin/limits#limit-users"`)
	status, body = b.get("/admin/users/new")
	says(t, status, body, http.StatusOK, "limit of users is 7", `href="/admin/limits#limit-users"`)
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

// TestNumberForAUser: the wizard begins with him chosen.
func TestNumberForAUser(t *testing.T) {
	p := newPanel(t)
	status, body := p.as(p.owner).get(wizard + "?new=1&user=" + itoa(p.member.User.ID))
	says(t, status, body, http.StatusOK, `<option value="`+itoa(p.member.User.ID)+`" selected`)
}
