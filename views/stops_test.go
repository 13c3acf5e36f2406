package views

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
)

func TestStopsSayWhoCanLiftThem(t *testing.T) {
	for _, c := range []struct {
		stops        Stopped
		says, linkTo string
	}{
		{Stopped{Own: domain.StopOwner, Role: domain.RoleOwner}, "All sending of your organization is stopped.", `href="/admin/settings"`},
		{Stopped{Own: domain.StopOwner, Role: domain.RoleManager}, "The owner of the organization has stopped", ""},
		{Stopped{Own: domain.StopService, Role: domain.RoleOwner}, "nobody else can let it go on", ""},
		{Stopped{Own: domain.StopBoth, Role: domain.RoleOwner}, "nobody else can let it go on", ""},
		{Stopped{All: domain.CodeAdminStop, Role: domain.RoleOwner}, "The service administrator has stopped all sending.", ""},
		{Stopped{All: domain.CodeAdminStop, Role: domain.RoleAdmin}, "The service administrator has stopped all sending.", `href="/admin/service"`},
		{Stopped{All: domain.CodeRestored, Role: domain.RoleOwner}, "the service administrator must confirm on the server that it is the only copy. Queued messages wait; rounds whose time passes are not sent", ""},
		{Stopped{All: domain.CodeDamaged, Role: domain.RoleMember}, "<p>The database is damaged", ""}, // and something may be lost
	} {
		got := render(t, "en", Viewer{}, Stops(c.stops))
		if !strings.Contains(got, c.says) || !strings.Contains(got, c.linkTo) || c.linkTo == "" && strings.Contains(got, "<a ") {
			t.Errorf("%+v: %s", c.stops, got)
		}
	}
}

// A banner leads nowhere from the page that it leads to.
func TestStopsDoNotLinkToTheirOwnPage(t *testing.T) {
	for page, s := range map[Nav]Stopped{
		NavService:  {All: domain.CodeAdminStop, Role: domain.RoleAdmin},
		NavSettings: {Own: domain.StopOwner, Role: domain.RoleOwner},
	} {
		for at, links := range map[string]bool{string(page): false, string(NavCampaigns): true} {
			if got := render(t, "en", Viewer{URL: &url.URL{Path: at}}, Stops(s)); strings.Contains(got, "<a ") != links {
				t.Errorf("%+v at %s: %s", s, at, got)
			}
		}
	}
}

// A switch says what is in force: not that sending is on while the whole service
// is stopped.
func TestSwitchSaysWhatIsInForce(t *testing.T) {
	for _, code := range []string{domain.CodeAdminStop, domain.CodeRestored, domain.CodeDamaged, "API_ID_INVALID"} {
		all := Viewer{Stops: Stopped{All: code}}
		for page, c := range map[string]templ.Component{"settings": settingsSwitch(SettingsPage{Edits: true}), "row": OrganizationRow(ServicePage{}, domain.OrganizationFigures{})} {
			if got := render(t, "en", all, c); !strings.Contains(got, `<span class="pill" data-tone="">`) || !strings.Contains(got, "Whole service stopped") || strings.Contains(got, "Sending is on") {
				t.Errorf("%s, %s: %s", page, code, got)
			}
		}
		if got := render(t, "en", all, organizationStanding(time.Time{}, domain.Organization{Stop: domain.StopOwner})); !strings.Contains(got, "Stopped by the owner") {
			t.Errorf("%s hides the organization's own stop: %s", code, got)
		}
	}
	for edits, says := range map[bool]string{true: "all numbers of the organization can be stopped", false: "the owner of the organization can stop all numbers"} {
		if got := render(t, "en", Viewer{}, settingsSwitch(SettingsPage{Edits: edits})); !strings.Contains(got, "Sending is on") || !strings.Contains(got, says) {
			t.Errorf("edits %v: %s", edits, got)
		}
	}
}

func TestLengthsHaveTheLanguagesDecimalSign(t *testing.T) {
	for lang, want := range map[string]string{"uz": "0,333 soniya", "uz-Cyrl": "0,333 сония", "ru": "0,333 с", "en": "0.333 seconds"} {
		if got := length(locale.With(t.Context(), lang, nil), 333*time.Millisecond); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := gapWords(locale.With(t.Context(), "ru", nil), domain.Pace{GapMin: 9500 * time.Millisecond, GapMax: 12 * time.Second}); got != "9,5–12 с" {
		t.Errorf("a range: %q", got)
	}
}

func TestBellCountsUpToWhatFits(t *testing.T) {
	for unseen, want := range map[int]string{0: "", 1: ">1<", 99: ">99<", domain.MostUnseen: ">99+<"} {
		got := render(t, "en", Viewer{}, Bell(unseen))
		if strings.Contains(got, "badge") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%d: %s", unseen, got)
		}
	}
}

func TestMenuHasWhatTheRoleNeeds(t *testing.T) {
	for role, want := range map[domain.Role]string{domain.RoleMember: "/admin/settings", domain.RoleOwner: "/admin/settings", domain.RoleAdmin: "/admin/service"} {
		got := render(t, "uz", Viewer{Role: role}, Layout(Page{Title: "x"}))
		for _, link := range []string{"/admin/settings", "/admin/service"} {
			if n := strings.Count(got, `href="`+link+`"`); n != map[bool]int{true: 2, false: 0}[link == want] { // beside the page, and in a phone's menu
				t.Errorf("%s: %d links to %s", role, n, link)
			}
		}
	}
}
