package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"postix/domain"
)

// stopPages are pages of every kind, all of which say that nothing goes out.
var stopPages = []string{"/admin/campaigns", "/admin/campaigns/new", "/admin/catalogs", "/admin/accounts", "/admin/settings", "/admin/notices"}

const hiddenStops = `id="stops" class="stack" hidden`

func TestOwnerStopsHisOrganization(t *testing.T) {
	d := newServiceDesk(t)
	d.order("Yuk bor", 1, 0)
	d.open()
	owner, member, other := d.browser(d.owner, "en"), d.browser(d.member, "en"), d.browser(d.other.actor.User, "en")
	owner.get("/admin/settings").wants(t, http.StatusOK, hiddenStops)
	if got := owner.post("/admin/settings/stop", nil); got.to != "/admin/settings" {
		t.Fatalf("%d to %q", got.status, got.to)
	}
	for _, path := range stopPages {
		told := owner.get(path)
		told.wants(t, http.StatusOK, "All sending of your organization is stopped.")
		if strings.Contains(told.body, `<a href="/admin/settings">Go to the settings`) != (path != "/admin/settings") {
			t.Errorf("%s: whether it leads to the settings is wrong", path)
		}
		page := member.get(path)
		page.wants(t, http.StatusOK, "The owner of the organization has stopped all sending")
		page.lacks(t, "Go to the settings")
		other.get(path).wants(t, http.StatusOK, hiddenStops)
	}
	if turn, err := d.store.Claim(t.Context(), d.account.ID, deskNow); err != nil || turn.Attempt != nil {
		t.Errorf("it still hands out %+v, %v", turn.Attempt, err)
	}
	if got := owner.post("/admin/settings/stop", nil).flash; got != "warn service.stopped" { // a second window
		t.Errorf("the second press says %q", got)
	}
	owner.post("/admin/settings/resume", nil)
	if d.now().Stop != domain.StopNone {
		t.Error("it does not go on")
	}
	if turn, err := d.store.Claim(t.Context(), d.account.ID, deskNow); err != nil || turn.Attempt == nil {
		t.Errorf("nothing goes out again: %v", err)
	}
}

func TestOwnerDoesNotLiftTheServicesStop(t *testing.T) {
	d := newServiceDesk(t)
	admin := d.browser(d.admin(), "en")
	admin.post(organizationPath(d.org.ID, "/stop"), nil)
	owner := d.browser(d.owner, "en")
	page := owner.get("/admin/settings")
	page.wants(t, http.StatusOK, "The service administrator has stopped the sending of your organization", "Stopped by the service")
	page.lacks(t, `action="/admin/settings/stop"`, `action="/admin/settings/resume"`)
	// Pages that were open before: what he wants for himself is remembered.
	for _, c := range []struct {
		act, says string
		stop      domain.Stop
	}{
		{"stop", "ok service.one_stopped", domain.StopBoth},
		{"stop", "warn service.stopped", domain.StopBoth},
		{"resume", "warn service.stopped_by_service", domain.StopService},
	} {
		if got := owner.post("/admin/settings/"+c.act, nil).flash; got != c.says || d.now().Stop != c.stop {
			t.Errorf("%s says %q and makes it %q", c.act, got, d.now().Stop)
		}
	}
	admin.post(organizationPath(d.org.ID, "/resume"), nil)
	if d.now().Stop != domain.StopNone {
		t.Error("the admin does not lift it")
	}
}

func TestServiceDoesNotLiftTheOwnersStop(t *testing.T) {
	d := newServiceDesk(t)
	admin, path := d.browser(d.admin(), "en"), organizationPath(d.org.ID, "")
	d.browser(d.owner, "en").post("/admin/settings/stop", nil)
	own := admin.get(path)
	own.wants(t, http.StatusOK, "Stopped by the owner", `action="`+path+`/stop"`)
	own.lacks(t, `action="`+path+`/resume"`)
	admin.post(path+"/stop", nil)
	admin.get(path).wants(t, http.StatusOK, "Stopped by the service", `action="`+path+`/resume"`)
	if got := admin.post(path+"/resume", nil).flash; got != "warn service.stopped_by_owner" || d.now().Stop != domain.StopOwner {
		t.Errorf("the service's resume says %q and leaves %q", got, d.now().Stop)
	}
}

// TestStopComesToOpenPages: a page that renews itself says it at once.
func TestStopComesToOpenPages(t *testing.T) {
	d := newServiceDesk(t)
	admin := d.browser(d.admin(), "en")
	s := d.browser(d.member, "en").live("/admin/campaigns/live")
	s.next().wants(t, http.StatusOK, partial("stops"), hiddenStops, partial("bell"))
	d.browser(d.owner, "en").post("/admin/settings/stop", nil)
	own := s.next()
	own.wants(t, http.StatusOK, partial("stops"), "The owner of the organization has stopped all sending")
	own.lacks(t, partial("bell"))
	admin.post("/admin/service/stop", nil)
	s.next().wants(t, http.StatusOK, "The service administrator has stopped all sending.")
	admin.post("/admin/service/resume", nil)
	again := s.next()
	again.wants(t, http.StatusOK, "The owner of the organization has stopped all sending")
	again.lacks(t, "The service administrator has stopped")
}
