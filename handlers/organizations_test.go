package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// admin is a service admin, all the way in.
func (p *panel) admin() domain.Actor {
	p.t.Helper()
	service, err := p.store.ServiceOrganization(p.t.Context())
	must(p.t, err)
	u := p.signedUp(domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin, Name: "Bosh", Email: "bosh@a.uz"})
	return domain.Actor{User: u, Organization: service}
}

// asAdmin is his browser: the second step is behind him.
func (p *panel) asAdmin() *browser {
	p.t.Helper()
	a := p.admin()
	b := p.as(a)
	must(p.t, p.store.SetTOTP(p.t.Context(), a.User, "SECRET", 1, nil, domain.TokenHash(b.token())))
	return b
}

// token is that of the browser's session.
func (b *browser) token() string {
	for _, c := range b.c.Jar.Cookies(mustURL(b.p.t, b.p.url)) {
		if c.Name == "postix" {
			return c.Value
		}
	}
	return ""
}

var givenLink = regexp.MustCompile(`http://[^/]+(/set-password/[\w-]{43})`)

// filled is the form of a new organization.
func filled(change ...string) []string {
	form := map[string]string{"name": "Silk", "zone": "Asia/Tashkent", "owner_name": "Akmal", "email": "ega@silk.uz", "password": "", "account_limit": "3"}
	for i := 0; i+1 < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	var pairs []string
	for k, v := range form {
		pairs = append(pairs, k, v)
	}
	return pairs
}

// TestNewOrganization: its owner sets his password by a link that works once, and
// is in.
func TestNewOrganization(t *testing.T) {
	p := newPanel(t)
	b := p.asAdmin()
	for _, c := range [][3]string{
		{"name", " ", "Enter a name."},
		{"zone", "Mars/Phobos", "no such time zone"},
		{"account_limit", "many", "from 0 to"},
		{"account_limit", "-1", "from 0 to"},
		{"email", "no mail", "e-mail"},
		{"owner_name", "", "Enter a name."},
		{"password", "12345678", "easily guessed"},
		{"name", "Silk\u202egnipihs", "aria-invalid"}, // written backwards
		{"name", "\u200b\u2060", "aria-invalid"},
		{"owner_name", "Akmal\u2066", "aria-invalid"},
		{"department", "Savdo\u200b", "aria-invalid"},
		{"department", strings.Repeat("s", 61), "aria-invalid"},
		{"email", "ega\u200b@silk.uz", "e-mail"},
		{"telegram_id", "@akmal", "aria-invalid"},
		{"telegram_id", "-5", "aria-invalid"},
	} {
		status, body := b.post("/admin/service/organizations/new", filled(c[0], c[1])...)
		says(t, status, body, http.StatusUnprocessableEntity, c[2], `value="Akmal"`[:8])
	}
	status, body := b.post("/admin/service/organizations/new", filled()...)
	found := givenLink.FindStringSubmatch(body)
	if status != http.StatusOK || found == nil {
		t.Fatalf("%d, and no link", status)
	}
	link := found[1]
	if status, body = b.post("/admin/service/organizations/new", filled()...); status != http.StatusConflict || !strings.Contains(body, "taken") {
		t.Errorf("a second one with the same owner: %d", status)
	}
	owner := p.stranger()
	for range 2 { // programs follow links too
		status, body = owner.get(link)
		says(t, status, body, http.StatusOK, "Akmal")
	}
	status, body = owner.post(link, "password", "12345678")
	says(t, status, body, http.StatusUnprocessableEntity, "easily guessed")
	status, body = owner.post(link, "password", goodPassword)
	says(t, status, body, http.StatusOK, "The password is set.")
	for _, dead := range []string{link, "/set-password/" + domain.NewToken(), "/set-password/x"} {
		status, body = owner.get(dead)
		says(t, status, body, http.StatusNotFound, "does not work")
		status, _ = owner.post(dead, "password", "yashil-daraxt-8")
		if status != http.StatusNotFound {
			t.Errorf("%s sets a password: %d", dead, status)
		}
	}
	status, body = owner.signIn(domain.User{Email: "ega@silk.uz"})
	says(t, status, body, http.StatusOK, "Silk")
}

// hasDepartment fails unless the organization has that department alone and, in none,
// its owner with that Telegram ID.
func (p *panel) hasDepartment(name, department string, telegramID int64) {
	p.t.Helper()
	os, err := p.store.OrganizationsAtWork(p.t.Context())
	must(p.t, err)
	o := os[slices.IndexFunc(os, func(o domain.OrganizationAtWork) bool { return o.Name == name })]
	ds, err := p.store.Departments(p.t.Context(), o.ID)
	must(p.t, err)
	us, err := p.store.Users(p.t.Context(), domain.Scope{OrganizationID: o.ID})
	must(p.t, err)
	if len(ds) != 1 || ds[0].Name != department || len(us) != 1 || us[0].TelegramID != telegramID || us[0].DepartmentID != 0 {
		p.t.Errorf("departments %+v, users %+v", ds, us)
	}
}

// TestTypedPassword has to be changed by its owner.
func TestTypedPassword(t *testing.T) {
	p := newPanel(t)
	status, body := p.asAdmin().post("/admin/service/organizations/new", filled("password", goodPassword, "department", " Savdo  boʻlimi ", "telegram_id", "777001")...)
	says(t, status, body, http.StatusOK, "The organization is created.")
	p.hasDepartment("Silk", "Savdo boʻlimi", 777001)
	status, body = p.stranger().signIn(domain.User{Email: "ega@silk.uz"})
	says(t, status, body, http.StatusOK, "Choose a new password")
}

// TestNewLink replaces the one before, leaves the old password alone until it is
// used, and then ends the owner's sessions.
func TestNewLink(t *testing.T) {
	p := newPanel(t)
	owner := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	in := p.stranger()
	in.signIn(owner)
	b := p.asAdmin()
	at := "/admin/service/organizations/" + itoa(owner.OrganizationID)
	_, body := b.post(at + "/users/" + itoa(owner.ID) + "/link")
	first := givenLink.FindStringSubmatch(body)[1]
	_, body = b.post(at + "/users/" + itoa(owner.ID) + "/link")
	second := givenLink.FindStringSubmatch(body)[1]
	if status, _ := in.get("/admin/me"); status != http.StatusOK {
		t.Error("a link alone signs the owner out")
	}
	status, body := in.get(first)
	says(t, status, body, http.StatusNotFound, "does not work")
	must(t, p.store.SetTOTP(t.Context(), owner, "SECRET", 1, nil, domain.TokenHash(in.token()))) // his phone is lost since
	status, body = p.stranger().post(second, "password", "yashil-daraxt-8")
	says(t, status, body, http.StatusOK, "The password is set.")
	if _, body := in.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		t.Error("the old session lives on")
	}
	status, body = in.post("/signin", "email", owner.Email, "password", "yashil-daraxt-8")
	says(t, status, body, http.StatusOK, "Jasur")
	for _, foreign := range []int64{p.other.User.ID, p.member.User.ID, 0, 999} {
		if status, _ := b.post(at + "/users/" + itoa(foreign) + "/link"); status != http.StatusNotFound {
			t.Errorf("a link for user %d: %d", foreign, status)
		}
	}
}

// TestLinkEnds: a link works for a day.
func TestLinkEnds(t *testing.T) {
	p := newPanel(t)
	now := time.Now()
	s := &domain.Organizations{Store: p.store, Now: func() time.Time { return now }}
	token, _, err := s.NewLink(t.Context(), p.admin(), p.owner.User.OrganizationID, p.owner.User.ID)
	must(t, err)
	now = now.Add(domain.LinkLife - time.Millisecond)
	if _, err := s.LinkedUser(t.Context(), token); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	now = now.Add(time.Millisecond)
	if _, err := s.LinkedUser(t.Context(), token); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("at its end: %v", err)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	must(t, err)
	return u
}
