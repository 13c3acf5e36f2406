package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postix/domain"
)

var (
	startTag  = regexp.MustCompile(`<[a-z][\w-]*((?:\s[^<>]*)?)>`)
	attribute = regexp.MustCompile(`([^\s="/]+)(?:="[^"]*")?`)
	nextPage  = regexp.MustCompile(`action="/admin/me/language">\s*<input type="hidden" name="next" value="([^"]*)"`)
)

// wrongTag is the first tag of a page that has an attribute twice, or a word of the
// template's for one; "" where there is none.
func wrongTag(page string) string {
	for _, tag := range startTag.FindAllStringSubmatch(page, -1) {
		var seen []string
		for _, a := range attribute.FindAllStringSubmatch(tag[1], -1) {
			if slices.Contains(seen, a[1]) || a[1] == "else" || a[1] == "if" {
				return tag[0]
			}
			seen = append(seen, a[1])
		}
	}
	return ""
}

func TestWrongTag(t *testing.T) {
	for tag, wrong := range map[string]bool{
		`<input name="a" value="else a=&quot;b" required>`: false, `<p>if else</p>`: false,
		`<input name="a" else>`: true, `<input dir="auto" name="a" dir="auto">`: true, `<a href="/" if>`: true,
	} {
		if got := wrongTag("<div>" + tag + "</div>"); (got != "") != wrong {
			t.Errorf("%s: found %q", tag, got)
		}
	}
}

// postFrom sends a form that stands on the page of that address.
func (b *browser) postFrom(from, path string, pairs ...string) (status int, body string) {
	b.p.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(b.p.t.Context(), http.MethodPost, b.p.url+path, strings.NewReader(form.Encode()))
	must(b.p.t, err)
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}, "Referer": {b.p.url + from}}
	return b.do(r)
}

// TestLanguageAfterForms: what a form answers leads, in another language, to a page
// that there is, with the page's own search where it came from there.
func TestLanguageAfterForms(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	member := "/admin/users/" + itoa(p.member.User.ID)
	for _, c := range [][3]string{ // the form's page, its action, where the language leads
		{"/admin/me", "/admin/me/totp", "/admin/me"},
		{"/admin/me/totp", "/admin/me/password", "/admin/me"},
		{"/admin/me/totp/start", "/admin/me/totp/start", "/admin/me"},
		{"/admin/settings?x=1", "/admin/settings", "/admin/settings?x=1"},
		{member + "/edit", member, member + "/edit"},
		{member, member, member},
		{"https://evil.example/admin/users", "/admin/departments", "/admin/departments"},
		{"/admin/me/nowhere/at/all", "/admin/me/totp/stop", "/admin/me"},
	} {
		status, body := b.postFrom(c[0], c[1])
		found := nextPage.FindStringSubmatch(body)
		if found == nil || found[1] != c[2] {
			t.Errorf("%s from %s answers %d and leads to %v, want %s", c[1], c[0], status, found, c[2])
		}
	}
}

// TestShownOnce: a page of what is not shown again offers no other language, which
// would lead away from it.
func TestShownOnce(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b := p.stranger()
	b.signIn(u)
	once := func(status int, body, what string) {
		t.Helper()
		says(t, status, body, http.StatusOK, what)
		if strings.Contains(body, `action="/admin/me/language"`) {
			t.Errorf("the page with %s offers another language", what)
		}
	}
	secret, codes := switchOn(t, b, "/admin/me", "/admin/me/totp/start")
	if len(secret) == 0 || len(codes) == 0 {
		t.Fatal("no codes")
	}
	_, body := b.get("/admin/me")
	set := regexp.MustCompile(`name="set" value="(-?\d+)"`).FindStringSubmatch(body)
	if nextPage.FindStringSubmatch(body) == nil || set == nil {
		t.Fatal("one's own page offers no other language, or no new codes")
	}
	status, body := b.post("/admin/me/totp/codes", "set", set[1], "codes_password", goodPassword)
	once(status, body, "not shown again")
	status, body = b.post("/admin/users/" + itoa(p.member.User.ID) + "/link")
	once(status, body, "/set-password/")
	status, body = p.asAdmin().post("/admin/service/organizations/new", filled()...)
	once(status, body, "/set-password/")
}

// TestDeadLink is a page for somebody who has never been inside.
func TestDeadLink(t *testing.T) {
	p := newPanel(t)
	status, body := p.stranger().get("/set-password/" + domain.NewToken())
	says(t, status, body, http.StatusNotFound, "This link does not work", "Ask for a new one.", `href="/signin"`, "Go to the sign-in")
	if strings.Contains(body, "Back to monitoring") || strings.Contains(body, "Page not found") {
		t.Error("the page is that of an address which there is not")
	}
}

// TestPasswordAgain: of a form that comes back without the typed password nobody
// gets a link in silence.
func TestPasswordAgain(t *testing.T) {
	p := newPanel(t)
	admin, owner := p.asAdmin(), p.as(p.owner)
	for _, c := range []struct {
		b    *browser
		at   string
		form func(pairs ...string) []string
	}{
		{admin, "/admin/service/organizations/new", filled},
		{owner, "/admin/users", func(pairs ...string) []string {
			return append(pairs, "email", "yangi@a.uz", "role", "member", "name", "Yangi")
		}},
	} {
		status, body := c.b.post(c.at, append([]string{"name", ""}, c.form("name", "", "password", goodPassword)...)...)
		says(t, status, body, http.StatusUnprocessableEntity, "Type the password again", `name="password_typed" value="1"`)
		if strings.Contains(body, goodPassword) {
			t.Error("the password is shown again")
		}
		status, body = c.b.post(c.at, c.form("password_typed", "1")...)
		says(t, status, body, http.StatusUnprocessableEntity, "Type the password again", `name="password_typed" value="1"`)
		if givenLink.MatchString(body) {
			t.Fatal("a link in place of the password")
		}
		status, body = c.b.post(c.at, c.form("password_typed", "1", "by_link", "1")...)
		says(t, status, body, http.StatusOK)
		if !givenLink.MatchString(body) {
			t.Error("no link, though it was asked for")
		}
	}
}

// TestOwnDetails: one changes one's own name, and with the password by what one
// gets in; another e-mail ends the other sessions.
func TestOwnDetails(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b, elsewhere := p.stranger(), p.stranger()
	b.signIn(u)
	elsewhere.signIn(u)
	if status, body := b.get("/admin/users/" + itoa(u.ID) + "/edit"); status != http.StatusOK || !strings.Contains(body, `action="/admin/me/details"`) {
		t.Errorf("editing oneself does not lead to one's own page: %d", status)
	}
	const at = "/admin/me/details"
	for _, c := range [][4]string{
		{"", "jasur@a.uz", "", "Enter a name."},
		{"Jasur", "", "", "The current password is wrong."},
		{"Jasur", "yangi@a.uz", "", "The current password is wrong."},
		{"Jasur", "jasur@a.uz", "777", "The current password is wrong."},
	} {
		status, body := b.post(at, "name", c[0], "email", c[1], "telegram_id", c[2])
		says(t, status, body, http.StatusUnprocessableEntity, c[3])
	}
	status, body := b.post(at, "name", "Jasur", "email", "", "own_password", goodPassword)
	says(t, status, body, http.StatusUnprocessableEntity, "The e-mail address is not right.")
	status, body = b.post(at, "name", "Jasur", "email", p.other.User.Email, "own_password", goodPassword)
	says(t, status, body, http.StatusConflict, "This e-mail is taken.")
	status, body = b.post(at, "name", "Jasur Karimov", "email", "jasur@a.uz")
	says(t, status, body, http.StatusOK, "The changes are saved.", "Jasur Karimov")
	if _, body := elsewhere.get("/admin/me"); strings.Contains(body, `action="/signin"`) {
		t.Error("another name signs the other browsers out")
	}
	status, body = b.post(at, "name", "Jasur Karimov", "email", "karimov@a.uz", "telegram_id", "777001", "own_password", goodPassword)
	says(t, status, body, http.StatusOK, "The changes are saved.", "karimov@a.uz", "777001")
	if _, body := elsewhere.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		t.Error("another e-mail leaves the other browsers in")
	}
	status, body = b.get("/admin/audit")
	says(t, status, body, http.StatusOK, "Changed a user", "jasur@a.uz → karimov@a.uz")
}

// TestServiceMends: a service admin corrects an owner, and name and zone of his
// organization; the owner sets its zone himself.
func TestServiceMends(t *testing.T) {
	p := newPanel(t)
	admin, owner := p.asAdmin(), p.as(p.owner)
	one := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	his := one + "/users/" + itoa(p.owner.User.ID)
	status, body := admin.post(his, "name", "Akmal Aka", "email", "not one")
	says(t, status, body, http.StatusUnprocessableEntity, "The e-mail address is not right.", `value="not one"`)
	status, body = admin.post(his, "name", "Akmal Aka", "email", "akmal.aka@a.uz")
	says(t, status, body, http.StatusOK, "The changes are saved.", "Akmal Aka", "akmal.aka@a.uz")
	for _, u := range []domain.Actor{p.member, p.manager, p.other} {
		status, _ := admin.post(one+"/users/"+itoa(u.User.ID), "name", "X", "email", "x@a.uz")
		if status != http.StatusNotFound {
			t.Errorf("%s is changed by the service: %d", u.User.Name, status)
		}
	}
	status, body = admin.post(one, "name", " ", "zone", "Asia/Tokyo")
	says(t, status, body, http.StatusUnprocessableEntity, "Enter a name.")
	status, body = admin.post(one, "name", "Silk", "zone", "Mars/Base")
	says(t, status, body, http.StatusUnprocessableEntity, `value="Silk"`, `aria-invalid`)
	status, body = admin.post(one, "name", "Silk", "zone", "Asia/Tokyo")
	says(t, status, body, http.StatusOK, "The name and time zone are saved.", "<h1>Silk</h1>", `value="Asia/Tokyo" selected`)
	status, body = owner.post("/admin/settings/zone", "zone", "Local")
	says(t, status, body, http.StatusUnprocessableEntity, "aria-invalid")
	status, body = owner.post("/admin/settings/zone", "zone", "Asia/Samarkand")
	says(t, status, body, http.StatusOK, "Samarkand")
	status, body = owner.get("/admin/audit")
	says(t, status, body, http.StatusOK, "Name: Ours → Silk", "Asia/Tokyo → Asia/Samarkand", "Changed the name or time zone")
}
