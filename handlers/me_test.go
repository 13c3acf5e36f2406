package handlers_test

import (
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postix/domain"
	"postix/handlers"
)

const goodPassword = "sariq-choynak-7"

// signedUp is a user who signs in with [goodPassword].
func (p *panel) signedUp(u domain.User) domain.User {
	p.t.Helper()
	if u.OrganizationID == 0 {
		u.OrganizationID = p.owner.User.OrganizationID
	}
	u, err := domain.AddUser(p.t.Context(), p.store, handlers.NewPasswords(1), u, goodPassword, time.Now())
	must(p.t, err)
	return u
}

// stranger is a browser that has not signed in yet.
func (p *panel) stranger() *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	b := &browser{p, &http.Client{Jar: jar}}
	b.get("/signin?lang=en")
	return b
}

func (b *browser) signIn(u domain.User) (status int, body string) {
	b.p.t.Helper()
	return b.post("/signin", "email", u.Email, "password", goodPassword)
}

var (
	secretField = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)
	aCode       = regexp.MustCompile(`<li><code>([a-z0-9]{10})</code></li>`)
)

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	must(t, err)
	return c
}

// switchOn sets the second step up and answers its secret and recovery codes.
func switchOn(t *testing.T, b *browser, begin, start string) (secret string, codes []string) {
	t.Helper()
	status, body := b.get(begin)
	if begin == "/admin/me" {
		status, body = b.post(begin + "/totp")
	}
	found := secretField.FindStringSubmatch(body)
	if status != http.StatusOK || found == nil || !strings.Contains(body, "<svg viewBox") {
		t.Fatalf("no secret and no QR code: %d", status)
	}
	secret = found[1]
	if begin == "/admin/me" {
		status, body = b.post(start, "secret", secret, "code", codeAt(t, secret, time.Now()))
		says(t, status, body, http.StatusUnprocessableEntity, "The current password is wrong.", secret)
	}
	for _, weak := range []string{"", "AA"} {
		code, _ := totp.GenerateCode(weak, time.Now())
		status, body = b.post(start, "secret", weak, "code", code, "totp_password", goodPassword)
		says(t, status, body, http.StatusUnprocessableEntity)
	}
	status, body = b.post(start, "secret", secret, "code", "000000", "totp_password", goodPassword)
	says(t, status, body, http.StatusUnprocessableEntity, "The code is wrong.", secret)
	status, body = b.post(start, "secret", secret, "code", codeAt(t, secret, time.Now()), "totp_password", goodPassword)
	says(t, status, body, http.StatusOK, "not shown again")
	for _, c := range aCode.FindAllStringSubmatch(body, -1) {
		codes = append(codes, c[1])
	}
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	return secret, codes
}

// TestSecondStep: with the password alone nobody gets further than to the code, and
// who was in with it alone is out.
func TestSecondStep(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	first := p.stranger()
	status, body := first.signIn(u)
	says(t, status, body, http.StatusOK)
	early := p.stranger()
	early.signIn(u)
	secret, codes := switchOn(t, first, "/admin/me", "/admin/me/totp/start")
	if _, body := early.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		t.Error("a browser that was signed in before the second step still is")
	}

	b := p.stranger()
	status, body = b.signIn(u)
	says(t, status, body, http.StatusOK, "Second step", `action="/signin/code"`)
	for _, path := range []string{"/admin/catalogs", "/admin/me", "/admin/notices", "/signin/totp", "/signin/password"} {
		if _, body := b.get(path); !strings.Contains(body, `action="/signin/code"`) {
			t.Errorf("%s opens with the password alone", path)
		}
	}
	b.post("/admin/me/totp/stop", "totp_password", goodPassword)
	b.post("/admin/me/sessions/end-others")
	if status, _ := first.get("/admin/me"); status != http.StatusOK {
		t.Error("the password alone signed another browser out")
	}
	for code, why := range map[string]string{"123": "The code is wrong.", codeAt(t, secret, time.Now().Add(-time.Hour)): "The code is wrong."} {
		status, body = b.post("/signin/code", "code", code)
		says(t, status, body, http.StatusUnauthorized, why)
	}
	next := codeAt(t, secret, time.Now().Add(30*time.Second))
	status, body = b.post("/signin/code", "code", next[:3]+" "+next[3:])
	says(t, status, body, http.StatusOK, "Jasur")

	again := p.stranger()
	again.signIn(u)
	status, body = again.post("/signin/code", "code", next)
	says(t, status, body, http.StatusUnauthorized, "has been used")
	status, body = again.post("/signin/code", "code", codes[0])
	says(t, status, body, http.StatusOK, "Jasur")
	again = p.stranger()
	again.signIn(u)
	status, body = again.post("/signin/code", "code", codes[0])
	says(t, status, body, http.StatusUnauthorized, "The code is wrong.")
	status, body = again.post("/signin/code", "code", strings.ToUpper(codes[1]))
	says(t, status, body, http.StatusOK, "Jasur")
	status, body = again.get("/admin/me")
	says(t, status, body, http.StatusOK, "8 recovery codes are left.")

	status, body = again.post("/admin/me/totp/stop", "totp_password", "something else")
	says(t, status, body, http.StatusUnprocessableEntity, "The current password is wrong.")
	status, body = again.post("/admin/me/totp/stop", "totp_password", goodPassword)
	says(t, status, body, http.StatusOK, "Two-step sign-in is off.")
}

// TestCodesCannotBeGuessed: wrong codes make the next one wait.
func TestCodesCannotBeGuessed(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b := p.stranger()
	b.signIn(u)
	secret, _ := switchOn(t, b, "/admin/me", "/admin/me/totp/start")
	b = p.stranger()
	b.signIn(u)
	for range 5 {
		b.post("/signin/code", "code", "123")
	}
	status, body := b.post("/signin/code", "code", codeAt(t, secret, time.Now().Add(30*time.Second)))
	says(t, status, body, http.StatusTooManyRequests)
}

// TestAdminNeedsSecondStep: a service admin without one sets it up before he may
// do anything, and cannot switch it off.
func TestAdminNeedsSecondStep(t *testing.T) {
	p := newPanel(t)
	service, err := p.store.ServiceOrganization(t.Context())
	must(t, err)
	u := p.signedUp(domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin, Name: "Bosh", Email: "bosh@a.uz"})
	b := p.stranger()
	status, body := b.signIn(u)
	says(t, status, body, http.StatusOK, "Service admins have to")
	if _, body := b.get("/admin/audit"); !strings.Contains(body, "Service admins have to") {
		t.Error("the audit opens without it")
	}
	switchOn(t, b, "/signin/totp", "/signin/totp")
	status, body = b.get("/admin/audit")
	says(t, status, body, http.StatusOK, "Switched two-step sign-in on")
	status, _ = b.post("/admin/me/totp/stop", "totp_password", goodPassword)
	if status != http.StatusForbidden {
		t.Errorf("switching it off: %d", status)
	}
}

// TestMustChangePassword: a password that somebody else has set opens nothing but
// the page that replaces it.
func TestMustChangePassword(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleMember, Name: "Yangi", Email: "yangi@a.uz", MustChange: true})
	b := p.stranger()
	status, body := b.signIn(u)
	says(t, status, body, http.StatusOK, "Choose a new password")
	if _, body := b.get("/admin/catalogs"); !strings.Contains(body, "Choose a new password") {
		t.Error("a page opens with it")
	}
	for _, c := range [][3]string{
		{"wrong one", "yashil-daraxt-8", "The current password is wrong."},
		{goodPassword, goodPassword, "must differ"},
		{goodPassword, "short", "8 to 128"},
		{goodPassword, "Yangi123", "easily guessed"},
	} {
		status, body = b.post("/signin/password", "current", c[0], "password", c[1])
		says(t, status, body, http.StatusUnprocessableEntity, c[2])
	}
	status, body = b.post("/signin/password", "current", goodPassword, "password", "yashil-daraxt-8")
	says(t, status, body, http.StatusOK, "The password is changed.")
	status, body = b.get("/admin/catalogs")
	says(t, status, body, http.StatusOK, "Yangi")
}

// TestPasswordChangeEndsOtherSessions, and so does "sign out everywhere else"; a
// stranger's session ends by neither.
func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleMember, Name: "Nodira", Email: "nodira@a.uz"})
	other := p.as(p.owner)
	desk, phone := p.stranger(), p.stranger()
	desk.signIn(u)
	phone.signIn(u)
	status, body := desk.post("/admin/me/password", "current", goodPassword, "password", "yashil-daraxt-8")
	says(t, status, body, http.StatusOK, "The password is changed.")
	if _, body := phone.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		t.Error("the phone is still signed in")
	}
	if status, body := phone.signIn(u); status != http.StatusUnauthorized {
		t.Errorf("the old password still works: %d %s", status, body[:min(len(body), 80)])
	}
	phone.post("/signin", "email", u.Email, "password", "yashil-daraxt-8")
	_, body = desk.get("/admin/me")
	ends := regexp.MustCompile(`/admin/me/sessions/[0-9a-f]{16}/end"`).FindAllString(body, -1)
	if len(ends) != 1 {
		t.Fatalf("%d other sessions are shown", len(ends))
	}
	foreign := strings.TrimSuffix(ends[0], `"`)
	if status, _ := other.post(foreign); status != http.StatusNotFound {
		t.Errorf("a stranger ends the session: %d", status)
	}
	status, body = desk.post("/admin/me/sessions/end-others")
	says(t, status, body, http.StatusOK, "Signed out.")
	if _, body := phone.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		t.Error("the phone is still signed in")
	}
	if status, _ := other.get("/admin/me"); status != http.StatusOK {
		t.Error("somebody else was signed out")
	}
}

// TestAuditOfOne: a service admin narrows the audit down to an organization, and then
// to a person of it.
func TestAuditOfOne(t *testing.T) {
	p := newPanel(t)
	p.as(p.other).post("/admin/me/sessions/end-others")
	p.as(p.owner).post("/admin/me/sessions/end-others")
	b := p.asAdmin()
	status, body := b.get("/admin/audit")
	says(t, status, body, http.StatusOK, "akmal", "zafar", `name="organization"`, "All organizations", "Made a backup")
	if strings.Contains(body, `name="user"`) {
		t.Error("people of all organizations are offered")
	}
	one := "/admin/audit?organization=" + itoa(p.owner.User.OrganizationID)
	status, body = b.get(one)
	says(t, status, body, http.StatusOK, "akmal", `name="user"`)
	if strings.Contains(body, "zafar") {
		t.Error("it shows another organization")
	}
	status, body = b.get(one + "&event=sessions_end&user=" + itoa(p.member.User.ID))
	says(t, status, body, http.StatusOK, "No entries")
	status, body = b.get("/admin/audit.csv?organization=" + itoa(p.other.User.OrganizationID))
	if says(t, status, body, http.StatusOK, "zafar"); strings.Contains(body, "akmal") {
		t.Error("the file holds more")
	}
	status, body = p.as(p.owner).get("/admin/audit?organization=" + itoa(p.other.User.OrganizationID))
	if says(t, status, body, http.StatusOK, "No entries"); strings.Contains(body, "zafar") {
		t.Error("an owner reads another organization")
	}
}

// TestAudit: an owner reads what was done in his organization, and only that;
// others read nothing.
func TestAudit(t *testing.T) {
	p := newPanel(t)
	p.as(p.other).post("/admin/me/sessions/end-others")
	b := p.as(p.owner)
	status, body := b.get("/admin/audit")
	says(t, status, body, http.StatusOK, "Signed in", "akmal", "Created an organization")
	if strings.Contains(body, "zafar") || strings.Contains(body, "Theirs") {
		t.Error("it shows another organization")
	}
	status, body = b.get("/admin/audit?event=signin&user=999&before=1")
	says(t, status, body, http.StatusOK, "No entries")
	status, body = b.get("/admin/audit.csv?event=signin")
	says(t, status, body, http.StatusOK, "akmal", "Signed in")
	if strings.Contains(body, "Created") || strings.Contains(body, "zafar") {
		t.Errorf("the file holds more: %s", body)
	}
	status, body = b.get("/admin/audit")
	says(t, status, body, http.StatusOK, "Exported to a file", "audit-")
	for _, never := range []string{"Made a backup", "Stopped all sending", "Blocked a number"} {
		if strings.Contains(body, never) {
			t.Errorf("an owner may choose %q, which is never his", never)
		}
	}
	for _, a := range []domain.Actor{p.manager, p.member} {
		if status, body := p.as(a).get("/admin/audit"); status != http.StatusForbidden || strings.Contains(body, "Signed in") {
			t.Errorf("a %s reads it: %d", a.User.Role, status)
		}
	}
	wrong := p.stranger()
	wrong.post("/signin", "email", "akmal@a.uz", "password", "a guess")
	status, body = b.get("/admin/audit?event=signin_failed")
	says(t, status, body, http.StatusOK, "Failed to sign in", "127.0.0.1")
}
