package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"postix/domain"
)

func organizationPath(id int64, act string) string {
	return fmt.Sprintf("/admin/service/organizations/%d%s", id, act)
}

// TestServiceIsThereForItsAdminsOnly: for others there is no such page, and what
// they send changes nothing.
func TestServiceIsThereForItsAdminsOnly(t *testing.T) {
	d := newServiceDesk(t)
	before := d.now()
	paths := map[string]string{
		"/admin/service": http.MethodGet, "/admin/service/stop": http.MethodPost, "/admin/service/resume": http.MethodPost,
		organizationPath(d.org.ID, ""): http.MethodGet, organizationPath(d.org.ID, "/stop"): http.MethodPost,
		organizationPath(d.org.ID, "/resume"): http.MethodPost, organizationPath(d.org.ID, "/granted"): http.MethodPost,
	}
	for _, u := range []domain.User{d.owner, d.user(d.org, domain.RoleManager, "Lola"), d.member, d.other.actor.User} {
		b := d.browser(u, "en")
		nowhere := b.get("/admin/nowhere")
		for path, method := range paths {
			if got := b.do(method, path, gentle()); got.status != http.StatusNotFound || got.body != nowhere.body {
				t.Errorf("%s %s as %s: %d", method, path, u.Role, got.status)
			}
		}
		b.get("/admin/campaigns").lacks(t, "/admin/service")
	}
	nobody := d.browser(d.owner, "en")
	nobody.cookie = "lang=en"
	for path, method := range paths {
		if got := nobody.do(method, path, nil); got.status != http.StatusSeeOther {
			t.Errorf("%s %s signed out: %d", method, path, got.status)
		}
	}
	if _, stopped, err := d.store.SendingStopped(t.Context()); stopped || err != nil || d.now() != before {
		t.Errorf("something has changed: stopped %v, %v, %+v", stopped, err, d.now())
	}
}

func TestAdminStopsAllSending(t *testing.T) {
	d := newServiceDesk(t)
	admin := d.browser(d.admin(), "en")
	page := admin.get("/admin/service")
	page.sound(t)
	page.wants(t, http.StatusOK, "Savdo Nur", "Lola", "Stop everything", hiddenStops)
	for range 2 { // a second press, or another admin
		admin.post("/admin/service/stop", nil)
		if code, stopped, err := d.store.SendingStopped(t.Context()); code != domain.CodeAdminStop || !stopped || err != nil {
			t.Fatalf("%q, %v, %v", code, stopped, err)
		}
	}
	for _, path := range stopPages {
		d.browser(d.owner, "en").get(path).wants(t, http.StatusOK, "The service administrator has stopped all sending.")
	}
	admin.get("/admin/catalogs").wants(t, http.StatusOK, `<a href="/admin/service">Go to the service page`)
	admin.post("/admin/service/resume", nil)
	if _, stopped, err := d.store.SendingStopped(t.Context()); stopped || err != nil {
		t.Errorf("stopped %v, %v", stopped, err)
	}
	if got := admin.post("/admin/service/resume", nil).flash; got != "warn service.not_stopped" {
		t.Errorf("going on twice says %q", got)
	}
}

// TestRestoredDataIsNotLetGoHere: that takes somebody at the server.
func TestRestoredDataIsNotLetGoHere(t *testing.T) {
	d := newServiceDesk(t)
	admin := d.browser(d.admin(), "en")
	if err := d.store.StopSending(t.Context(), domain.CodeRestored); err != nil {
		t.Fatal(err)
	}
	page := admin.get("/admin/service")
	page.wants(t, http.StatusOK, "postix adopt")
	page.lacks(t, `action="/admin/service/resume"`)
	if got := admin.post("/admin/service/resume", nil).flash; got != "warn service.adopt_first" {
		t.Errorf("it says %q", got)
	}
	if code, stopped, _ := d.store.SendingStopped(t.Context()); !stopped || code != domain.CodeRestored {
		t.Errorf("%q, stopped %v", code, stopped)
	}
}

func TestAdminGrantsAPace(t *testing.T) {
	d := newServiceDesk(t)
	d.order("Yuk bor", 1, 0)
	d.open()
	admin := d.browser(d.admin(), "en")
	list := admin.get("/admin/service")
	list.wants(t, http.StatusOK, organizationPath(d.org.ID, "/stop"), `<a href="`+organizationPath(d.org.ID, "")+`">`)
	page := admin.get(organizationPath(d.org.ID, ""))
	page.sound(t)
	page.wants(t, http.StatusOK, "Savdo Nur", "Granted pace", "What holds now", "8–12 seconds")
	form := url.Values{
		"gap_min": {"2"}, "chat_gap": {"30"}, "chat_gap_unit": {"seconds"}, "per_hour": {"0"}, "per_day": {"5000"},
		"min_interval": {"10"}, "min_interval_unit": {"minutes"},
	}
	if got := admin.post(organizationPath(d.org.ID, "/granted"), form); got.to != organizationPath(d.org.ID, "") {
		t.Fatalf("%d to %q", got.status, got.to)
	}
	o := d.now()
	want := domain.Pace{GapMin: 2 * time.Second, GapMax: 2 * time.Second, ChatGap: 30 * time.Second, PerDay: 5000, MinInterval: 10 * time.Minute}
	if o.Granted != want || o.Own != domain.DefaultPace {
		t.Errorf("granted %+v, own %+v", o.Granted, o.Own)
	}
	d.browser(d.owner, "en").get("/admin/settings").wants(t, http.StatusOK, "At least 2 seconds.", "At least 10 minutes.", "At most 5,000.")

	form.Set("min_interval", "8")
	form.Set("min_interval_unit", "days")
	wrong := admin.post(organizationPath(d.org.ID, "/granted"), form)
	wrong.sound(t)
	wrong.wants(t, http.StatusUnprocessableEntity, "The time must lie between 1 second and 7 days.", `value="5000"`, `value="8"`)
	if d.now().Granted != want {
		t.Errorf("a refused form has granted %+v", d.now().Granted)
	}
}

func TestServiceKnowsOrganizationsOnly(t *testing.T) {
	d := newServiceDesk(t)
	service := deskValue[domain.Organization](t)(d.store.ServiceOrganization(t.Context()))
	admin := d.browser(d.admin(), "en")
	for _, id := range []int64{service.ID, 999} {
		admin.get(organizationPath(id, "")).wants(t, http.StatusNotFound)
		for _, act := range []string{"/stop", "/resume", "/granted"} {
			admin.post(organizationPath(id, act), gentle()).wants(t, http.StatusNotFound)
		}
	}
	if again := deskValue[domain.Organization](t)(d.store.ServiceOrganization(t.Context())); again != service {
		t.Errorf("the service has become %+v", again)
	}
	admin.get("/admin/service").lacks(t, organizationPath(service.ID, ""))
}
