package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

const limitsAt = "/admin/limits"

// organizationAt is the service's page of the owner's organization.
func (p *panel) organizationAt() string {
	return "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
}

// nowLimited is the owner's organization as it is stored.
func (p *panel) nowLimited() domain.Limits {
	p.t.Helper()
	o, err := p.store.Organization(p.t.Context(), p.owner.User.OrganizationID)
	must(p.t, err)
	return o.Limits
}

func (p *panel) limit(l domain.Limits) {
	p.t.Helper()
	must(p.t, p.store.SetLimits(p.t.Context(), p.owner.User.OrganizationID, "", l, time.Now().UTC()))
}

// openRequest is the number of the one request that is open.
func (p *panel) openRequest() int64 {
	p.t.Helper()
	open, err := p.store.OpenLimitRequests(p.t.Context())
	must(p.t, err)
	if len(open) != 1 {
		p.t.Fatalf("%d open requests", len(open))
	}
	return open[0].ID
}

// TestServiceSetsLimits: all limits stand in one form; what is wrong with it stays
// typed, and lowering takes nothing away.
func TestServiceSetsLimits(t *testing.T) {
	p := newPanel(t)
	admin := p.asAdmin()
	status, body := admin.get(p.organizationAt())
	says(t, status, body, http.StatusOK, `name="user_limit"`, `value="100"`, `name="account_limit"`, `name="campaigns_per_day"`, `name="messages_per_day"`, `name="watch" checked`)
	form := []string{"user_limit", "0", "account_limit", "0", "campaigns_per_day", "4", "messages_per_day", "30"}
	status, body = admin.post(p.organizationAt()+"/limits", form...)
	says(t, status, body, http.StatusOK, "The limits are saved.")
	if got, want := p.nowLimited(), (domain.Limits{CampaignsPerDay: 4, MessagesPerDay: 30, WatchOff: true}); got != want {
		t.Errorf("set: %+v", got)
	}
	for _, bad := range []string{"", "-1", "many", "1e3", "99999999"} {
		form[7] = bad
		status, body = admin.post(p.organizationAt()+"/limits", form...)
		says(t, status, body, http.StatusUnprocessableEntity, "Type a whole number from 0 to", `name="campaigns_per_day"`, `value="4"`)
	}
	form[1] = "-5"
	_, body = admin.post(p.organizationAt()+"/limits", form...)
	if n := strings.Count(body, "Type a whole number from 0 to"); n != 2 {
		t.Errorf("%d of two wrong fields are marked", n)
	}
	if got := p.nowLimited(); got.MessagesPerDay != 30 {
		t.Errorf("set: %+v", got)
	}
	status, _ = p.as(p.owner).get(limitsAt) // he is in although there is no place for a user
	if status != http.StatusOK {
		t.Errorf("the owner's page answers %d", status)
	}
	entries, err := p.store.Audit(t.Context(), domain.AuditFilter{OrganizationID: p.owner.User.OrganizationID, Event: domain.AuditOrganizationLimit})
	must(t, err)
	if len(entries) != 1 || entries[0].Detail != "users 100 → 0, accounts 10 → 0, campaigns 0 → 4, messages 0 → 30, watch on → off" {
		t.Errorf("the audit says %+v", entries)
	}
}

// TestLimitRequest goes the way from a full limit to a higher one: the owner asks,
// the service answers, and each hears of it.
func TestLimitRequest(t *testing.T) {
	p := newPanel(t)
	p.limit(domain.Limits{Users: 100, Accounts: 3, MessagesPerDay: 50})
	owner, admin := p.as(p.owner), p.asAdmin()
	status, body := owner.get(limitsAt)
	says(t, status, body, http.StatusOK, "Numbers", "of 3", "no limit")

	status, body = owner.post(limitsAt+"/requests", "kind", "accounts", "wanted", "2", "note", "<b>yangi</b>")
	says(t, status, body, http.StatusUnprocessableEntity, "You have 3 already", "&lt;b&gt;yangi&lt;/b&gt;", `value="2"`)
	status, body = owner.post(limitsAt+"/requests", "kind", "accounts", "wanted", "9", "note", "<b>yangi</b> raqamlar")
	says(t, status, body, http.StatusOK, "The request is sent.", "You have asked for: 9.", "Withdraw")
	status, body = owner.post(limitsAt+"/requests", "kind", "accounts", "wanted", "10")
	says(t, status, body, http.StatusOK, "You have asked for that already.")
	id := p.openRequest()
	owner.post(fmt.Sprint(limitsAt, "/requests/", id, "/withdraw"))
	owner.post(limitsAt+"/requests", "kind", "accounts", "wanted", "12", "note", "<b>yangi</b>\r\nraqamlar")
	id = p.openRequest()

	status, body = admin.get("/admin/notices")
	says(t, status, body, http.StatusOK, "Ours asks for a higher limit.", "/admin/service/requests")
	status, body = admin.get("/admin/service")
	says(t, status, body, http.StatusOK, "1 request for a higher limit waits", "/admin/service/requests")
	status, body = admin.get("/admin/service/requests")
	says(t, status, body, http.StatusOK, "Ours", "Used now: ", "&lt;b&gt;yangi&lt;/b&gt;\nraqamlar", `value="12"`, `<textarea id="answer-`)
	at := fmt.Sprint("/admin/service/requests/", id)
	status, body = admin.post(at+"/grant", "value", "-4", "answer", "mayli")
	says(t, status, body, http.StatusUnprocessableEntity, "Type a whole number from 0 to", `value="-4"`, `>mayli</textarea>`)
	status, body = admin.post(at+"/grant", "value", "11", "answer", "mayli,\nrahmat")
	says(t, status, body, http.StatusOK, "the owner is told", "No requests", "Answered lately", "mayli,\nrahmat")
	if got := p.nowLimited(); got != (domain.Limits{Users: 100, Accounts: 11, MessagesPerDay: 50}) {
		t.Errorf("granted: %+v", got)
	}
	for _, late := range [][]string{{"/refuse", "answer", "yoʻq"}, {"/grant", "value", "-4"}, {"/grant", "value", "12", "answer", strings.Repeat("x", domain.MaxRequestNote+1)}} {
		status, body = admin.post(at+late[0], late[1:]...)
		says(t, status, body, http.StatusOK, "This request is not open any more.")
	}
	status, body = owner.get(limitsAt)
	says(t, status, body, http.StatusOK, "of 11", "Granted", "Given: 11.", "mayli,\nrahmat", "&lt;b&gt;yangi&lt;/b&gt;\nraqamlar", "Withdrawn")
	status, body = owner.get("/admin/notices")
	says(t, status, body, http.StatusOK, "The service has granted your request: Numbers: 11.", "mayli,\nrahmat", limitsAt)

	owner.post(limitsAt+"/requests", "kind", "messages", "wanted", "500")
	admin.post(fmt.Sprint("/admin/service/requests/", p.openRequest(), "/refuse"), "answer", "keyinroq")
	status, body = owner.get(limitsAt)
	says(t, status, body, http.StatusOK, "Refused", "keyinroq", "of 50")
	status, body = owner.get("/admin/notices")
	says(t, status, body, http.StatusOK, "The service has refused your request: Messages a day: 500.", "keyinroq")
}

// TestOwnerNeverSetsALimit: neither with forged fields nor with forged addresses,
// not even fifty at once.
func TestOwnerNeverSetsALimit(t *testing.T) {
	p := newPanel(t)
	before := p.nowLimited()
	owner := p.as(p.owner)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			owner.post(limitsAt+"/requests", "kind", "accounts", "wanted", fmt.Sprint(20+i), "given", "900", "status", "granted",
				"account_limit", "900", "organization", itoa(p.owner.User.OrganizationID))
		})
	}
	all.Wait()
	id := p.openRequest()
	for _, at := range []string{
		p.organizationAt() + "/limits", fmt.Sprint("/admin/service/requests/", id, "/grant"),
		fmt.Sprint(limitsAt, "/requests/", id, "/grant"), fmt.Sprint("/admin/service/requests/", id, "/refuse"),
	} {
		for _, c := range []*browser{owner, p.as(p.manager), p.as(p.member), p.as(p.other)} {
			missing, absent := c.post("/admin/service/organizations/99999/limits")
			status, body := c.post(at, "value", "900", "user_limit", "900", "account_limit", "900", "campaigns_per_day", "0", "messages_per_day", "0", "watch", "on")
			if status != http.StatusNotFound || missing != status || len(body) != len(absent) {
				t.Errorf("%s answers %d", at, status)
			}
		}
	}
	if got := p.nowLimited(); got != before {
		t.Errorf("the limits are %+v", got)
	}
	if p.openRequest() != id {
		t.Error("the request was answered")
	}

	// What is another organization's is missing.
	stranger := p.as(p.other)
	s1, b1 := stranger.post(fmt.Sprint(limitsAt, "/requests/", id, "/withdraw"))
	s2, b2 := stranger.post(fmt.Sprint(limitsAt, "/requests/", id+999, "/withdraw"))
	if s1 != http.StatusNotFound || s2 != s1 || b1 != b2 {
		t.Errorf("another's request answers %d, none %d", s1, s2)
	}
	for _, c := range []*browser{p.as(p.manager), p.as(p.member)} {
		if status, _ := c.get(limitsAt); status != http.StatusForbidden {
			t.Errorf("the page answers %d", status)
		}
		if status, _ := c.post(limitsAt+"/requests", "kind", "users", "wanted", "500"); status != http.StatusForbidden {
			t.Errorf("asking answers %d", status)
		}
	}
	if p.openRequest() != id {
		t.Error("the request was withdrawn")
	}
}

// TestFullLimitsLeadOn: where a limit is full the owner finds the way to ask, and
// others are told who can.
func TestFullLimitsLeadOn(t *testing.T) {
	p := newPanel(t)
	p.limit(domain.Limits{Users: 100, Accounts: 1})
	p.account(p.member, "+998901112233", 777)
	const ask, tell = `href="/admin/limits#limit-accounts"`, "The owner of your organization can ask for a higher limit."
	status, body := p.as(p.owner).get("/admin/new-telegram-users")
	says(t, status, body, http.StatusOK, "all places are taken", ask)
	status, body = p.as(p.member).get("/admin/new-telegram-users")
	says(t, status, body, http.StatusOK, "all places are taken", tell)
	if strings.Contains(body, ask) {
		t.Error("a member is led where he may not go")
	}
	const folded, open = `<details class="fold"><summary>Ask for more`, `<details class="fold" open><summary>Ask for more`
	status, body = p.as(p.owner).get(limitsAt)
	says(t, status, body, http.StatusOK, folded, open)
	if card := body[strings.Index(body, `id="limit-accounts"`):]; strings.Index(card, open) > strings.Index(card+folded, folded) {
		t.Error("the way leads to a form that is shut")
	}
	p.limit(domain.Limits{Users: 100})
	status, body = p.as(p.owner).get("/admin/new-telegram-users")
	says(t, status, body, http.StatusOK, "all places are taken", ask)
}

// TestWatchOffPages: without the filter there is neither its menu nor any of its pages,
// and switching it on brings back what was set.
func TestWatchOffPages(t *testing.T) {
	p := newPanel(t)
	p.limit(domain.Limits{Users: 100, Accounts: 10, WatchOff: true})
	for _, c := range []*browser{p.as(p.owner), p.as(p.manager)} {
		for _, at := range []string{"/admin/watch", "/admin/watch/settings", "/admin/watch/groups", "/admin/watch/live"} {
			status, body := c.get(at)
			says(t, status, body, http.StatusForbidden, "The dispatcher filter is switched off for your organization.")
		}
		if status, _ := c.post("/admin/watch/settings", "mode", "reply"); status != http.StatusForbidden {
			t.Errorf("its settings answer %d", status)
		}
		if _, body := c.get("/admin/campaigns"); strings.Contains(body, `href="/admin/watch"`) {
			t.Error("the menu still has it")
		}
	}
	status, body := p.as(p.owner).get(limitsAt)
	says(t, status, body, http.StatusOK, "Ask to switch it on")
	p.as(p.owner).post(limitsAt+"/requests", "kind", "watch")
	p.asAdmin().post(fmt.Sprint("/admin/service/requests/", p.openRequest(), "/grant"))
	status, body = p.as(p.owner).get("/admin/watch")
	says(t, status, body, http.StatusOK, `href="/admin/watch"`)
}

// TestLimitRoutes: no address of an owner's sets anything.
func TestLimitRoutes(t *testing.T) {
	var got []string
	for _, r := range handlers.Routes() {
		if strings.Contains(r.Path, "limits") || strings.Contains(r.Path, "requests") {
			got = append(got, fmt.Sprint(r.Method, " ", r.Path, " ", r.Permission))
		}
	}
	slices.Sort(got)
	want := []string{
		"GET /admin/limits owner", "GET /admin/service/requests admin", "POST /admin/limits/requests owner",
		"POST /admin/limits/requests/:id/withdraw owner", "POST /admin/service/organizations/:id/limits admin",
		"POST /admin/service/requests/:id/grant admin", "POST /admin/service/requests/:id/refuse admin",
	}
	if !slices.Equal(got, want) {
		t.Errorf("routes: %q", got)
	}
}

// TestCampaignsOfADay: fifty orders at the same moment get the day's places. Who
// comes too late is told when the next one may be ordered, and loses nothing.
func TestCampaignsOfADay(t *testing.T) {
	d := newCampaignDesk(t)
	must(t, d.store.SetLimits(t.Context(), d.org.ID, "", domain.Limits{Users: 100, Accounts: 9, CampaignsPerDay: 3}, deskNow))
	owner := d.browser(d.owner, "en")
	var all sync.WaitGroup
	answers := make([]int, 50)
	for i := range answers {
		all.Go(func() { answers[i] = owner.post("/admin/campaigns", d.campaignFields()).status })
	}
	all.Wait()
	refused := 0
	for _, status := range answers {
		if status == http.StatusTooManyRequests {
			refused++
		}
	}
	if n := len(d.all()); n != 3 || refused != 47 {
		t.Errorf("%d campaigns, %d refused", n, refused)
	}
	late := owner.post("/admin/campaigns", d.campaignFields())
	late.wants(t, http.StatusTooManyRequests, "limit of campaigns a day is 3", "Yuk bor: Toshkent – Buxoro</textarea>", `href="/admin/limits#limit-campaigns"`)
	d.browser(d.member, "en").post("/admin/campaigns", d.campaignFields()) // another's catalog: nothing is taken
	if n := len(d.all()); n != 3 {
		t.Errorf("%d campaigns", n)
	}
}

// TestDayOfMessagesOnPages: a campaign that waits for the organization's next day
// says so, and leads its owner on.
func TestDayOfMessagesOnPages(t *testing.T) {
	d := newCampaignDesk(t)
	ctx := t.Context()
	must(t, d.store.SetLimits(ctx, d.org.ID, "", domain.Limits{Users: 100, Accounts: 9, MessagesPerDay: 1}, deskNow))
	c := d.order("Salom", 1, 0)
	due := deskValue[[]domain.Campaign](t)(d.store.DueRounds(ctx, deskNow, 0))
	must(t, d.store.OpenRounds(ctx, due[0], due[0].Due(deskNow), deskNow))
	turn := deskValue[domain.Turn](t)(d.store.Claim(ctx, d.account.ID, deskNow))
	deskValue[domain.Turn](t)(d.store.Next(ctx, domain.SettleSent(*turn.Attempt, domain.SentMessage{ID: 1, At: deskNow}, deskNow, 0), deskNow))
	at := fmt.Sprint("/admin/campaigns/", c.ID)
	page := d.browser(d.owner, "en").get(at)
	page.wants(t, http.StatusOK, `href="/admin/limits#limit-messages"`, "The organization has sent what it may today.")
	page.sound(t)
}
