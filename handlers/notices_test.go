package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// newNoticePanel is a panel that shows notices, too.
func newNoticePanel(t *testing.T) *panel {
	t.Helper()
	p := newPanel(t)
	hub := &domain.Hub{}
	p.url = withService(t, p.store, hub, handlers.Options{
		Now:       time.Now,
		Accounts:  &domain.Accounts{Store: p.store, Dialogs: p.store, Linked: p.store, Links: p.tg, Hub: hub, Now: time.Now},
		Campaigns: &domain.Campaigns{Store: p.store, Schedule: p.store, Catalogs: p.store, Peers: p.store, Accounts: p.store, Hub: hub, Now: time.Now},
	})
	return p
}

// notice stores a notice as the program does in the transaction of its cause.
func (p *panel) notice(a domain.Actor, kind domain.NoticeKind, account, campaign int64, reason string, at time.Time) {
	p.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+p.path+"?_pragma=busy_timeout(5000)")
	must(p.t, err)
	defer func() { _ = raw.Close() }()
	_, err = raw.ExecContext(p.t.Context(), `INSERT INTO notices (organization_id, kind, user_id, account_id, campaign_id, reason, until, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, a.User.OrganizationID, kind, a.User.ID, account, campaign, reason, at.Add(time.Hour).UnixMilli(), at.UnixMilli())
	must(p.t, err)
}

const bellOfTwo = `aria-label="Notices: 2 new"`

func TestNoticesAreSeenByThoseTheyConcern(t *testing.T) {
	p := newNoticePanel(t)
	acc := p.account(p.member, "+998901234567", 7001)
	now := time.Now()
	p.notice(p.member, domain.NoticeNeedsLogin, acc.ID, 0, "SESSION_REVOKED", now.Add(-time.Hour))
	p.notice(p.owner, domain.NoticeCampaignPaused, 0, 42, domain.CodeManyFailed, now)
	owner, member, other := p.as(p.owner), p.as(p.member), p.as(p.other)

	_, body := owner.get("/admin/notices")
	says(t, 200, body, 200, "Bekzod", "+998 90 123 45 67", "Campaign #42", fmt.Sprintf(`href="/admin/accounts/%d"`, acc.ID), `href="/admin/campaigns/42"`, bellOfTwo)
	if strings.Index(body, "Campaign #42") > strings.Index(body, "+998 90 123 45 67") {
		t.Error("the newest does not come first")
	}
	_, body = member.get("/admin/notices")
	says(t, 200, body, 200, "+998 90 123 45 67", "Notices: 1 new")
	if strings.Contains(body, "№42") {
		t.Error("a member sees what is the owner's")
	}
	_, body = other.get("/admin/notices")
	says(t, 200, body, 200, "All is well so far")
	if _, body = other.get("/admin/campaigns"); strings.Contains(body, "new\" title=\"Notices") || strings.Contains(body, `class="badge`) {
		t.Error("another organization has a badge")
	}
}

// TestNoticesAreSeenOnceShown: reading alone changes nothing, the form on the
// page does, and only for the one who sends it.
func TestNoticesAreSeenOnceShown(t *testing.T) {
	p := newNoticePanel(t)
	p.notice(p.owner, domain.NoticeSums, 0, 1, "", time.Now())
	p.notice(p.owner, domain.NoticeSums, 0, 2, "", time.Now())
	owner := p.as(p.owner)
	manager := p.as(domain.Actor{User: p.owner.User, Organization: p.owner.Organization}) // the same owner elsewhere
	for range 2 {
		_, body := owner.get("/admin/notices")
		says(t, 200, body, 200, bellOfTwo, `name="up_to" value="2"`, `<span class="notice-new">new</span>`)
	}
	p.notice(p.owner, domain.NoticeSums, 0, 3, "", time.Now()) // comes while he reads
	status, body := owner.post("/admin/notices/seen", "up_to", "2")
	says(t, status, body, 200, "Notices: 1 new")
	_, body = manager.get("/admin/campaigns")
	says(t, 200, body, 200, "Notices: 1 new")
	status, body = owner.post("/admin/notices/seen", "up_to", "3")
	says(t, status, body, 200, `aria-label="Notices"`)
	if strings.Contains(body, "notice-new") || strings.Contains(body, "up_to") {
		t.Error("something is still new")
	}
	status, body = owner.post("/admin/notices/seen", "up_to", "1") // an old page is sent late
	says(t, status, body, 200, `aria-label="Notices"`)
	if status, _ := owner.get("/admin/notices/seen"); status != http.StatusNotFound {
		t.Errorf("reading may mark: %d", status)
	}
}

func TestNoticesHavePages(t *testing.T) {
	p := newNoticePanel(t)
	for i := range 31 {
		p.notice(p.owner, domain.NoticeSums, 0, int64(100+i), "", time.Now())
	}
	owner := p.as(p.owner)
	_, body := owner.get("/admin/notices")
	says(t, 200, body, 200, "#130", "Page 1 of 2", `href="/admin/notices?page=2"`)
	if strings.Contains(body, "#100 ") {
		t.Error("all of them stand on the first page")
	}
	_, body = owner.get("/admin/notices?page=2")
	says(t, 200, body, 200, "#100", `class="notice-new"`)
	if strings.Contains(body, "up_to") {
		t.Error("an older page marks what it does not show")
	}
}

// TestEveryNoticeHasWords in every language, also where the number is of an
// organization that the reader does not see.
func TestEveryNoticeHasWords(t *testing.T) {
	p := newNoticePanel(t)
	service, err := p.store.ServiceOrganization(t.Context())
	must(t, err)
	u, err := p.store.CreateUser(t.Context(), domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin, Name: "admin", CreatedAt: time.Now()}, "")
	must(t, err)
	admin := domain.Actor{User: u, Organization: service}
	for _, who := range []domain.Actor{p.owner, admin} {
		for _, kind := range domain.NoticeKinds {
			p.notice(who, kind, 77, 5, noticeReason(kind), time.Now())
		}
		for _, lang := range []string{"uz", "uz-Cyrl", "ru", "en"} {
			status, body := p.as(who).get("/admin/notices?lang=" + lang)
			campaign := "№5"
			if lang == "en" {
				campaign = "#5"
			}
			says(t, status, body, 200, "№77", campaign)
			if n := strings.Count(body, `class="notice-text"`); n != len(domain.NoticeKinds) || strings.Contains(body, "no value") {
				t.Errorf("%s: %d notices: %s", lang, n, body)
			}
		}
	}
	_, body := p.as(admin).get("/admin/notices")
	says(t, 200, body, 200, `href="/admin/service"`)
	if strings.Contains(body, `href="/admin/accounts/77"`) {
		t.Error("an admin is sent to a page that he cannot see")
	}
}

func noticeReason(k domain.NoticeKind) string {
	switch k {
	case domain.NoticeLimitGranted, domain.NoticeLimitRefused:
		return string(domain.LimitMessages) + " 500\nmayli"
	case domain.NoticeLimitNear:
		return domain.NearReason(domain.LimitMessages, 400, 500)
	case domain.NoticeCritical:
		return domain.FoundReason(12, "Sardor")
	case domain.NoticeFinished, domain.NoticeFailed:
		return domain.Finished(domain.Campaign{Counts: domain.Counts{Planned: 1240, Sent: 1200, Failed: 40}}, time.Time{}).Reason
	}
	return "FLOOD_WAIT_7200"
}

// TestQuietNoticesDoNotRing: that a campaign has finished stands in the list as new,
// with its figures, and the bell does not count it.
func TestQuietNoticesDoNotRing(t *testing.T) {
	p := newNoticePanel(t)
	p.notice(p.owner, domain.NoticeSums, 0, 1, "", time.Now())
	p.notice(p.owner, domain.NoticeFinished, 0, 42, noticeReason(domain.NoticeFinished), time.Now())
	p.notice(p.owner, domain.NoticeCritical, 0, 0, noticeReason(domain.NoticeCritical), time.Now())
	owner := p.as(p.owner)
	_, body := owner.get("/admin/notices")
	says(t, 200, body, 200, "Notices: 1 new", `name="up_to" value="3"`, "All: 1,240 · Sent: 1,200 · Failed: 40", `href="/admin/campaigns/42"`, "12", "Sardor")
	if n := strings.Count(body, `class="notice-new"`); n != 3 {
		t.Errorf("%d of 3 are shown as new", n)
	}
	owner.post("/admin/notices/seen", "up_to", "1")
	_, body = owner.get("/admin/notices")
	says(t, 200, body, 200, `aria-label="Notices"`, `name="up_to" value="3"`)
	if n := strings.Count(body, `class="notice-new"`); n != 2 {
		t.Errorf("%d of 2 are shown as new", n)
	}
}

// The notice of a marked sender leads to his detections, for those who run the
// filter.
func TestNoticeOfAMarkedSenderLeadsToHim(t *testing.T) {
	d := newWatchDesk(t)
	d.spams(dispatcher(7, "Anvar"))
	d.browser(d.owner, "en").get("/admin/notices").wants(t, http.StatusOK, "Anvar", `href="/admin/watch?sender=7"`, "The sender’s messages")
}
