package handlers_test

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// newServiceOffice is a service desk with all that service admins do.
func newServiceOffice(t *testing.T, tg *fakeTelegram) *campaignDesk {
	t.Helper()
	d := newCampaignDesk(t)
	now := func() time.Time { return deskNow }
	passwords := handlers.NewPasswords(1)
	logins := &domain.Logins{Store: d.store, People: d.store, Hub: d.hub, Now: now, Log: slog.New(slog.DiscardHandler)}
	t.Cleanup(logins.Close)
	d.url = withService(t, d.store, d.hub, handlers.Options{
		Campaigns: d.campaigns, Now: now, Version: "1.2.3",
		Accounts:      &domain.Accounts{Store: d.store, Dialogs: d.store, Links: tg, Hub: d.hub, Now: now},
		Organizations: &domain.Organizations{Store: d.store, Blocks: d.store, Passwords: passwords, Logins: logins, Hub: d.hub, Now: now},
		Users:         &domain.Users{Store: d.store, Passwords: passwords, Logins: logins, Links: tg, Hub: d.hub, Now: now},
		Limits:        &domain.LimitRequests{Store: d.store, Hub: d.hub, Now: now},
	})
	return d
}

// began stores a campaign with its first round open since then.
func (d *campaignDesk) began(u domain.User, a domain.Account, c domain.Catalog, at time.Time) {
	d.t.Helper()
	deskValue[bool](d.t)(d.created(u, a, c, at))
	d.openAt(at)
}

func (d *campaignDesk) created(u domain.User, a domain.Account, c domain.Catalog, at time.Time) (bool, error) {
	_, created, err := d.store.CreateCampaign(d.t.Context(), domain.Campaign{
		OrganizationID: u.OrganizationID, UserID: u.ID, UUID: domain.NewToken(), AccountID: a.ID, CatalogID: c.ID, CatalogName: c.Name,
		Text: "Yuk bor", Rounds: 1, StartAt: at, PlannedEnd: at.Add(time.Hour), CreatedAt: at,
	}, d.peers)
	return created, err
}

// went settles the account's next delivery at that time: sent, or failed.
func (d *campaignDesk) went(a domain.Account, at time.Time, sent bool) {
	d.t.Helper()
	claimed := deskValue[domain.Turn](d.t)(d.store.Claim(d.t.Context(), a.ID, at))
	if claimed.Attempt == nil {
		d.t.Fatalf("nothing to claim at %v: %+v", at, claimed)
	}
	r := domain.SettleSent(*claimed.Attempt, domain.SentMessage{ID: 7, At: at}, at, 0)
	if !sent {
		r = domain.SettleError(*claimed.Attempt, &domain.SendError{Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"}, at, 0)
	}
	if err := d.store.Settle(d.t.Context(), r); err != nil {
		d.t.Fatal(err)
	}
}

var (
	cellIn = regexp.MustCompile(`(?s)<t[dh] [^>]*>(.*?)</t[dh]>`)
	// what is shown only where no script runs
	withoutScript = regexp.MustCompile(`(?s)<noscript>.*?</noscript>`)
	tagIn         = regexp.MustCompile(`<[^>]*>`)
)

// words are what a piece of a page says.
func words(piece string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tagIn.ReplaceAllString(piece, " "))), " ")
}

// row is what the cells of a table's row say.
func (a deskAnswer) row(id string) (cells []string) {
	_, rest, _ := strings.Cut(a.body, `id="`+id+`"`)
	rest, _, _ = strings.Cut(rest, "</tr>")
	rest = withoutScript.ReplaceAllString(rest, "")
	for _, m := range cellIn.FindAllStringSubmatch(rest, -1) {
		cells = append(cells, words(m[1]))
	}
	return cells
}

// fact is what the element with that id says.
func (a deskAnswer) fact(id, end string) string {
	_, rest, _ := strings.Cut(a.body, `id="`+id+`"`)
	_, rest, _ = strings.Cut(rest, ">")
	rest, _, _ = strings.Cut(rest, end)
	return words(rest)
}

// TestFiguresOfOrganizations: what went out counts for the day on which it did,
// also of a round that was opened before, and each organization for itself.
func TestFiguresOfOrganizations(t *testing.T) {
	d := newServiceOffice(t, &fakeTelegram{})
	today, before := deskNow.Add(-time.Hour), deskNow.AddDate(0, 0, -3)
	long := deskNow.AddDate(0, 0, -8)
	d.began(d.owner, d.account, d.catalog, long)
	d.went(d.account, long.Add(time.Hour), true) // neither today nor within the week
	d.went(d.account, before, true)              // within the week
	d.went(d.account, before.Add(time.Hour), false)
	d.went(d.account, today, true) // today
	d.began(d.other.actor.User, d.other.account, d.other.catalog, today)
	for i := range 3 {
		d.went(d.other.account, today.Add(time.Duration(i+1)*15*time.Minute), i > 0)
	}
	gone := d.user(d.org, domain.RoleMember, "Ketgan")
	if err := d.store.RemoveUser(t.Context(), gone, deskNow); err != nil {
		t.Fatal(err)
	}

	admin := d.browser(d.admin(), "en")
	page := admin.get("/admin/service")
	page.sound(t)
	ours, theirs := fmt.Sprintf("organization-%d", d.org.ID), fmt.Sprintf("organization-%d", d.other.actor.Organization.ID)
	for id, want := range map[string][]string{
		ours:   {"Savdo Nur", "2", "1", "1 queued: 1", "1", "2 failed: 33%", "Sending is on", "Stop"},
		theirs: {"Lola", "1", "1", "1 queued: 2", "2", "2 failed: 33%", "Sending is on", "Stop"},
	} {
		if got := page.row(id); !slices.Equal(got, want) {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	if got := page.fact("service-figures", "</dl>"); got != "Organizations 2 users: 3 Numbers 2 need attention: 0 Live campaigns 2 queued: 3 Sent today 3 in 7 days: 4, failed: 33%" {
		t.Errorf("the sums say %q", got)
	}
	one := admin.get(organizationPath(d.org.ID, ""))
	one.sound(t)
	if got := one.fact("organization-figures", "</dl>"); got != "Users 2 limit: 100 Numbers 1 need attention: 0 Live campaigns 1 queued: 1 Sent today 1 in 7 days: 2, failed: 33%" {
		t.Errorf("the organization's page says %q", got)
	}
}

// TestServiceListIsSearchedAndSorted, page by page.
func TestServiceListIsSearchedAndSorted(t *testing.T) {
	d := newServiceOffice(t, &fakeTelegram{})
	for i := range 60 {
		d.organization(fmt.Sprintf("Tashkilot %02d", i), "Ega")
	}
	d.began(d.owner, d.account, d.catalog, deskNow)
	admin := d.browser(d.admin(), "en")
	first := func(query string) (names []string) {
		for _, m := range regexp.MustCompile(`<bdi>([^<]*)</bdi>\s*</a>`).FindAllStringSubmatch(admin.get("/admin/service"+query).body, -1) {
			names = append(names, m[1])
		}
		return names
	}
	if got := first(""); len(got) != 50 || got[0] != "Lola" || got[2] != "Tashkilot 00" {
		t.Errorf("by name: %d, %q", len(got), got)
	}
	if got := first("?page=2"); len(got) != 12 || got[11] != "Tashkilot 59" {
		t.Errorf("the second page: %q", got)
	}
	if got := first("?sort=open"); got[0] != "Savdo Nur" {
		t.Errorf("by what is queued: %q", got[0])
	}
	if got := first("?search=KILOT+4"); len(got) != 10 || got[0] != "Tashkilot 40" {
		t.Errorf("found: %q", got)
	}
	if got := first("?sort=nonsense&page=99"); len(got) != 0 {
		t.Errorf("behind the end: %q", got)
	}
	admin.get("/admin/service?search=none").wants(t, http.StatusOK, "No organization matches")
}

// TestHealthOfTheService: the state of each number, how late the sending is, and
// whether the counters add up.
func TestHealthOfTheService(t *testing.T) {
	tg := &fakeTelegram{links: map[int64]domain.LinkState{}}
	d := newServiceOffice(t, tg)
	tg.links[d.account.ID] = domain.LinkReady
	admin := d.browser(d.admin(), "en")
	health := func() string { return admin.get("/admin/service").fact("service-health", "</section>") }
	well := health()
	for _, says := range []string{"Connected: 1 Offline: 1", "No message is late", "The counters of all campaigns add up", "Version: 1.2.3", "Free on the disk"} {
		if !strings.Contains(well, says) {
			t.Errorf("it does not say %q: %s", says, well)
		}
	}
	d.began(d.owner, d.account, d.catalog, deskNow.Add(-25*time.Minute))
	if _, err := d.store.SetAccountState(t.Context(), d.other.account.OrganizationID, d.other.account.ID, domain.AccountNeedsLogin, "AUTH_KEY_UNREGISTERED", deskNow); err != nil {
		t.Fatal(err)
	}
	ill := health()
	for _, says := range []string{"Connected: 1 Connect again: 1", "Longest delay: 25 minutes", "Numbers with late messages: 1."} {
		if !strings.Contains(ill, says) {
			t.Errorf("it does not say %q: %s", says, ill)
		}
	}
	// What waits for a person, or for its time, is not late.
	if err := d.store.StopSending(t.Context(), domain.CodeAdminStop); err != nil {
		t.Fatal(err)
	}
	if got := health(); strings.Contains(got, "Longest delay") || strings.Contains(got, "No message is late") || !strings.Contains(got, "Everything is stopped") {
		t.Errorf("stopped: %s", got)
	}
}

// TestServiceIsLive: figures, health and the rows of the page renew themselves.
func TestServiceIsLive(t *testing.T) {
	d := newServiceOffice(t, &fakeTelegram{})
	b := d.browser(d.admin(), "en")
	s := b.live(b.get("/admin/service").stream(t))
	ours, theirs := partial(fmt.Sprintf("organization-%d", d.org.ID)), partial(fmt.Sprintf("organization-%d", d.other.actor.Organization.ID))
	first := s.next()
	first.wants(t, http.StatusOK, ours, theirs, partial("service-figures"), partial("service-health"))
	first.sound(t)
	d.began(d.owner, d.account, d.catalog, deskNow)
	d.hub.ChangedAll()
	second := s.next()
	second.wants(t, http.StatusOK, ours, partial("service-figures"), "queued: 5")
	second.lacks(t, theirs)
}
