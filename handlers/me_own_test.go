package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestLanguageIsKept: a language that was chosen on any page is the user's in every
// browser, and nobody else's.
func TestLanguageIsKept(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleMember, Name: "Nodira", Email: "nodira@a.uz"})
	desk, phone := p.stranger(), p.stranger()
	desk.signIn(u)
	_, body := desk.get("/admin/campaigns?search=a%26b&lang=uz")
	if !strings.Contains(body, `name="next" value="/admin/campaigns?search=a%26b"`) || strings.Contains(body, `href="?lang=`) {
		t.Error("the page does not offer its own address in another language")
	}
	status, body := desk.post("/admin/me/language", "lang", "ru", "next", "/admin/campaigns?search=a%26b")
	says(t, status, body, http.StatusOK, `<html lang="ru"`, `value="a&amp;b"`)
	status, body = phone.signIn(u) // its cookie says English
	says(t, status, body, http.StatusOK, `<html lang="ru"`)
	status, body = phone.get("/admin/catalogs?lang=uz") // a look at it in another language
	says(t, status, body, http.StatusOK, `<html lang="uz"`)
	status, body = phone.get("/admin/catalogs")
	says(t, status, body, http.StatusOK, `<html lang="ru"`)
	status, body = p.as(p.owner).get("/admin/catalogs")
	says(t, status, body, http.StatusOK, `<html lang="en"`)

	for _, lang := range []string{"", "de", "uz_UZ"} {
		if status, _ := desk.post("/admin/me/language", "lang", lang, "next", "/"); status != http.StatusUnprocessableEntity {
			t.Errorf("the language %q: %d", lang, status)
		}
	}
	status, body = desk.post("/admin/me/language", "lang", "en", "next", "https://evil.example/")
	says(t, status, body, http.StatusOK, `<html lang="en"`)
	if status, _ := p.stranger().post("/admin/me/language", "lang", "ru"); status != http.StatusOK {
		t.Errorf("a stranger is not led to the sign-in page: %d", status)
	}
}

// TestOwnZone: times stand in the user's own zone, those that he types are read in
// it, and the hours of sending stay those of the organization.
func TestOwnZone(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b := p.stranger()
	b.signIn(u)
	status, body := b.get("/admin/me")
	says(t, status, body, http.StatusOK, `<option value="" selected>Organization: Tashkent (UTC+5)</option>`, `<option value="Asia/Tokyo">UTC+9 · Tokyo</option>`)
	for _, zone := range []string{"Local", "Mars/Base", "../../etc/passwd", strings.Repeat("Asia/", 20) + "Tokyo"} {
		status, body = b.post("/admin/me/preferences", "lang", "en", "zone", zone)
		says(t, status, body, http.StatusUnprocessableEntity, "Choose a time zone from the list.")
	}
	status, body = b.post("/admin/me/preferences", "lang", "en", "zone", "Asia/Tokyo")
	says(t, status, body, http.StatusOK, "Language and time zone are saved.", `<option value="Asia/Tokyo" selected>`)
	other := p.stranger()
	other.signIn(u)
	status, body = other.get("/admin/me")
	says(t, status, body, http.StatusOK, "(+09:00)")
	if strings.Contains(body, "(+05:00)") {
		t.Error("some times are in the organization's zone")
	}
	status, body = b.get("/admin/settings")
	says(t, status, body, http.StatusOK, "Tashkent time (UTC+5)")
	if strings.Contains(body, "Tokyo time") {
		t.Error("the hours of sending moved with the reader")
	}
	status, body = b.get("/admin/audit?event=preferences")
	says(t, status, body, http.StatusOK, "Changed language or time zone", "(+09:00)")
	b.post("/admin/me/preferences", "lang", "en", "zone", "Asia/Tokyo")
	if _, again := b.get("/admin/audit?event=preferences"); strings.Count(again, "Changed language or time zone") != strings.Count(body, "Changed language or time zone") {
		t.Error("what changes nothing stands in the audit")
	}
}

// TestOwnZoneOfTimes: a start is read in the zone in which the pages show it, and a
// day of the list is the reader's.
func TestOwnZoneOfTimes(t *testing.T) {
	d := newCampaignDesk(t)
	owner := d.owner
	owner.Zone = "Asia/Tokyo"
	must(t, d.store.SetPreferences(t.Context(), owner))
	b := d.browser(owner, "en")
	b.get("/admin/campaigns/new").wants(t, http.StatusOK, "Tokyo time (UTC+9)", `min="2026-11-20T19:00"`)
	fields := d.campaignFields()
	fields.Set("start", "at")
	fields.Set("start_at", "2026-11-22T01:30")
	b.post("/admin/campaigns/new", fields).wants(t, http.StatusOK, "22 Nov 2026 01:30", "22 Nov 2026 03:30")
	b.post("/admin/campaigns", fields)
	cs := d.all()
	if want := time.Date(2026, 11, 21, 16, 30, 0, 0, time.UTC); len(cs) != 1 || !cs[0].StartAt.Equal(want) {
		t.Fatalf("starts at %v, want %v", cs[0].StartAt, want)
	}
	// 16:30 UTC is the 22nd in Tokyo, and still the 21st in Tashkent.
	row := "/admin/campaigns/" + id(cs[0].ID)
	b.get("/admin/campaigns?from=2026-11-22&to=2026-11-22").wants(t, http.StatusOK, row)
	b.get("/admin/campaigns?from=2026-11-21&to=2026-11-21").lacks(t, row)
	d.browser(d.member, "en").get("/admin/campaigns?from=2026-11-22").lacks(t, row)
}

var setField = regexp.MustCompile(`name="set" value="(\d+)"`)

// TestNewRecoveryCodes: they take the password, are shown once, and the old ones are
// dead. Of two requests of one form the second makes none.
func TestNewRecoveryCodes(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b := p.stranger()
	b.signIn(u)
	status, _ := b.post("/admin/me/totp/codes", "set", "0", "codes_password", goodPassword)
	if status != http.StatusConflict {
		t.Errorf("codes without a second step: %d", status)
	}
	_, old := switchOn(t, b, "/admin/me", "/admin/me/totp/start")
	_, body := b.get("/admin/me")
	set := setField.FindStringSubmatch(body)[1]

	status, body = b.post("/admin/me/totp/codes", "set", set, "codes_password", "something else")
	says(t, status, body, http.StatusUnprocessableEntity, "The current password is wrong.", "10 recovery codes are left.")
	status, body = b.post("/admin/me/totp/codes", "set", set, "codes_password", goodPassword)
	says(t, status, body, http.StatusOK, "not shown again")
	found := aCode.FindAllStringSubmatch(body, -1)
	if len(found) != 10 {
		t.Fatalf("%d new codes", len(found))
	}
	status, body = b.post("/admin/me/totp/codes", "set", set, "codes_password", goodPassword)
	says(t, status, body, http.StatusConflict, "have just been replaced")
	if aCode.MatchString(body) {
		t.Error("the second request shows codes that the first has not")
	}

	again := p.stranger()
	again.signIn(u)
	status, body = again.post("/signin/code", "code", old[3])
	says(t, status, body, http.StatusUnauthorized, "The code is wrong.")
	status, body = again.post("/signin/code", "code", found[3][1])
	says(t, status, body, http.StatusOK, "Jasur")
	status, body = b.get("/admin/audit?event=recovery_codes")
	says(t, status, body, http.StatusOK, "Made new recovery codes")
	if strings.Contains(body, found[4][1]) {
		t.Error("the audit holds a code")
	}
}

// TestStartTwice: whoever sends the form twice, and sees the second answer alone, is
// led to new codes.
func TestStartTwice(t *testing.T) {
	p := newPanel(t)
	service, err := p.store.ServiceOrganization(t.Context())
	must(t, err)
	for _, c := range []struct {
		user         domain.User
		begin, start string
	}{
		{domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"}, "/admin/me", "/admin/me/totp/start"},
		{domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin, Name: "Bosh", Email: "bosh@a.uz"}, "/signin/totp", "/signin/totp"},
	} {
		b := p.stranger()
		b.signIn(p.signedUp(c.user))
		secret, _ := switchOn(t, b, c.begin, c.start)
		status, body := b.post(c.start, "secret", secret, "code", codeAt(t, secret, time.Now()), "totp_password", goodPassword)
		says(t, status, body, http.StatusOK, "If you have not seen the recovery codes, get new ones.", `action="/admin/me/totp/codes#me-totp"`)
	}
}

// TestAuditOfSignIn: the password alone is no sign-in where a code is missing.
func TestAuditOfSignIn(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{Role: domain.RoleMember, Name: "Nodira", Email: "nodira@a.uz"})
	b := p.stranger()
	b.signIn(u)
	secret, _ := switchOn(t, b, "/admin/me", "/admin/me/totp/start")
	events := func() (got []domain.AuditEvent) {
		t.Helper()
		es, err := p.store.Audit(t.Context(), domain.AuditFilter{OrganizationID: u.OrganizationID, UserID: u.ID, Limit: 50})
		must(t, err)
		for _, e := range es {
			if e.IP == "" {
				t.Errorf("%s came from nowhere", e.Event)
			}
			got = append(got, e.Event)
		}
		return got
	}
	in := p.stranger()
	in.signIn(u)
	if got := events(); got[0] != domain.AuditSignInBegun || got[len(got)-1] != domain.AuditSignIn {
		t.Errorf("with the password alone: %v", got)
	}
	in.post("/signin/code", "code", codeAt(t, secret, time.Now().Add(30*time.Second)))
	if got := events(); got[0] != domain.AuditSignIn || got[1] != domain.AuditSignInBegun {
		t.Errorf("with the code: %v", got)
	}
}
