package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// newServiceDesk is a campaign desk whose panel has notices, too.
func newServiceDesk(t *testing.T) *campaignDesk {
	t.Helper()
	d := newCampaignDesk(t)
	now := func() time.Time { return deskNow }
	d.url = withService(t, d.store, d.hub, handlers.Options{
		Campaigns: d.campaigns, Now: now,
		Accounts: &domain.Accounts{Store: d.store, Dialogs: d.store, Links: &fakeTelegram{}, Hub: d.hub, Now: now},
	})
	return d
}

// withService serves a panel over a store and answers its address. o has what
// depends on the moment.
func withService(t *testing.T, store *db.Store, hub *domain.Hub, o handlers.Options) (at string) {
	t.Helper()
	closing, stop := context.WithCancel(context.Background())
	o.SignIns = &domain.SignIns{Store: store, Now: o.Now}
	o.Catalogs = &domain.Catalogs{Store: store, Peers: store, Dialogs: store, Hub: hub, Now: o.Now}
	o.Notices, o.Switch, o.Audit, o.Hub, o.Log, o.Closing = store, store, store, hub, slog.New(slog.DiscardHandler), closing
	h := deskValue[http.Handler](t)(handlers.New(o))
	server := httptest.NewServer(h)
	t.Cleanup(func() { stop(); server.Close() })
	return server.URL
}

// gentle is a form that the default pace allows.
func gentle() url.Values {
	return url.Values{
		"gap_min": {"9,5"}, "gap_max": {"20"}, "chat_gap": {"2"}, "chat_gap_unit": {"minutes"}, "per_hour": {"100"}, "per_day": {"900"},
		"min_interval": {"3"}, "min_interval_unit": {"hours"}, "quiet_from": {"22:00"}, "quiet_to": {"07:00"}, "days": {"1", "2", "3", "4", "5", "6"},
	}
}

// now is the organization as it is stored.
func (d *campaignDesk) now() domain.Organization {
	d.t.Helper()
	return deskValue[domain.Organization](d.t)(d.store.Organization(d.t.Context(), d.org.ID))
}

// admin serves the whole service.
func (d *campaignDesk) admin() domain.User {
	d.t.Helper()
	return d.user(deskValue[domain.Organization](d.t)(d.store.ServiceOrganization(d.t.Context())), domain.RoleAdmin, "Servis admini")
}

func TestSettingsAreReadByAllAndSetByTheOwner(t *testing.T) {
	d := newServiceDesk(t)
	before := d.now()
	owner := d.browser(d.owner, "en").get("/admin/settings")
	owner.sound(t)
	owner.wants(t, http.StatusOK, `name="gap_min"`, `value="8"`, "At least 8 seconds.", "At most 240.", "at most 240 messages an hour", "60 messages an hour, 500 messages in 24 hours", "Sends every day, around the clock", "Stop sending")
	for _, u := range []domain.User{d.user(d.org, domain.RoleManager, "Lola"), d.member} {
		b := d.browser(u, "en")
		page := b.get("/admin/settings")
		page.wants(t, http.StatusOK, "8–12 seconds", "2,000", "The owner of the organization sets these.")
		page.lacks(t, `name="gap_min"`, "/admin/settings/stop")
		for _, path := range []string{"", "/stop", "/resume"} {
			b.post("/admin/settings"+path, gentle()).wants(t, http.StatusForbidden, "Only the owner")
		}
	}
	admin := d.browser(d.admin(), "en")
	if got := admin.get("/admin/settings"); got.to != "/admin/service" {
		t.Errorf("an admin, whose organization sends nothing, gets %d to %q", got.status, got.to)
	}
	admin.post("/admin/settings", gentle()).wants(t, http.StatusForbidden)
	if now := d.now(); now != before {
		t.Errorf("it has become %+v", now)
	}
}

func TestOwnerSetsPaceAndHours(t *testing.T) {
	d := newServiceDesk(t)
	b := d.browser(d.owner, "uz")
	want := domain.Pace{GapMin: 9500 * time.Millisecond, GapMax: 20 * time.Second, ChatGap: 2 * time.Minute, PerHour: 100, PerDay: 900, MinInterval: 3 * time.Hour}
	for range 2 { // the second press changes nothing more
		if got := b.post("/admin/settings", gentle()); got.status != http.StatusSeeOther || got.to != "/admin/settings" {
			t.Fatalf("%d to %q", got.status, got.to)
		}
		o := d.now()
		if o.Own != want || o.Pace != want || o.QuietFrom != 22*60 || o.QuietTo != 7*60 || o.Days != domain.AllDays&^1 {
			t.Fatalf("stored %+v", o)
		}
	}
	b.get("/admin/settings").wants(t, http.StatusOK, `value="9.5"`, `value="22:00"`, "Du–Sh, 07:00–22:00", "bir soatda koʻpi bilan 100 ta xabar")
	if theirs := deskValue[domain.Organization](t)(d.store.Organization(t.Context(), d.other.actor.Organization.ID)); theirs.Own != domain.DefaultPace {
		t.Errorf("another organization has %+v", theirs.Own)
	}
}

func TestWrongSettingsComeBackAsTyped(t *testing.T) {
	d := newServiceDesk(t)
	before := d.now()
	b := d.browser(d.owner, "en")
	for _, c := range []struct{ field, typed, says string }{
		{"gap_min", "abc", "The time must lie between 0 and 10 minutes."},
		{"gap_min", "3", "faster than the service allows. The limit: 8 seconds."},
		{"gap_min", "1e300", "The time must lie between 0 and 10 minutes."},
		{"gap_max", "9", "must not be less than the first"},
		{"gap_max", "601", "The time must lie between 0 and 10 minutes."},
		{"chat_gap", "-1", "The time must lie between 0 and 1 day."},
		{"chat_gap", "0", "The limit: 1 minute."},
		{"per_hour", "", "a whole number from 0 to 3,600"},
		{"per_hour", "0", "The limit: 240."}, // no cap is faster than any
		{"per_day", "86401", "a whole number from 0 to 86,400"},
		{"min_interval", "NaN", "The time must lie between 1 second and 7 days."},
		{"min_interval_unit", "years", "The time must lie between 1 second and 7 days."},
		{"quiet_from", "25:00", "Write the time as 22:00."},
		{"quiet_to", "", "Write the time as 22:00."},
		{"days", "7", "Tick at least one day."},
	} {
		form := gentle()
		form.Set(c.field, c.typed)
		got := b.post("/admin/settings", form)
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, c.says, "field-error")
		for name, typed := range map[string]string{"gap_max": "20", "per_day": "900", "quiet_to": "07:00"} {
			if name != c.field {
				got.wants(t, http.StatusUnprocessableEntity, `value="`+typed+`"`)
			}
		}
		if c.typed != "" && !strings.HasSuffix(c.field, "unit") && c.field != "days" {
			got.wants(t, http.StatusUnprocessableEntity, `value="`+c.typed+`"`)
		}
		if t.Failed() {
			t.Fatalf("at %s = %q", c.field, c.typed)
		}
	}
	if now := d.now(); now != before {
		t.Errorf("a refused form has made it %+v", now)
	}
}

// TestSettingsSayWhatTheyMean while they are typed: what is wrong says nothing.
func TestSettingsSayWhatTheyMean(t *testing.T) {
	d := newServiceDesk(t)
	b := d.browser(d.owner, "ru")
	for _, c := range []struct {
		change url.Values
		want   string
	}{
		{nil, "не больше 100 сообщений в час"},
		{nil, "Отправка: пн–сб, 07:00–22:00. Время: Ташкент (UTC+5)."},
		{url.Values{"per_hour": {"0"}, "gap_min": {"8"}, "gap_max": {"12"}}, "примерно 360 сообщений в час"},
		{url.Values{"per_hour": {"0"}, "gap_min": {"0"}, "gap_max": {"0"}, "per_day": {"0"}}, "Номер не замедляет ничто"},
		{url.Values{"days": {"1", "2", "4", "0"}}, "пн, вт, чт, вс, 07:00–22:00"},
		{url.Values{"quiet_from": {"12:00"}, "quiet_to": {"13:30"}}, "00:00–12:00, 13:30–24:00"},
		{url.Values{"quiet_from": {"00:00"}, "quiet_to": {"06:00"}}, "06:00–24:00"},
		{url.Values{"quiet_from": {""}, "quiet_to": {""}, "days": {"0", "1", "2", "3", "4", "5", "6"}}, "каждый день, круглосуточно"},
		{url.Values{"days": nil}, `id="hours-words" class="means" aria-live="polite" hidden`},
		{url.Values{"gap_max": {"1"}}, `id="pace-words" class="means" aria-live="polite" hidden`},
	} {
		form := gentle()
		for k, v := range c.change {
			form[k] = v
		}
		got := b.get("/admin/settings/words?" + form.Encode())
		got.sound(t)
		got.wants(t, http.StatusOK, c.want, partial("pace-words"), partial("hours-words"))
	}
}
