package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// gates are the services that shut people out, over the desk's database.
type gates struct {
	users *domain.Users
	orgs  *domain.Organizations
	admin domain.Actor
}

type noLogins struct{}

func (noLogins) EndOf(int64) {}

func (d *campaignDesk) gates() gates {
	d.t.Helper()
	now := func() time.Time { return deskNow }
	service := deskValue[domain.Organization](d.t)(d.store.ServiceOrganization(d.t.Context()))
	return gates{
		users: &domain.Users{Store: d.store, Logins: noLogins{}, Hub: d.hub, Now: now},
		orgs:  &domain.Organizations{Store: d.store, Blocks: d.store, Logins: noLogins{}, Hub: d.hub, Now: now},
		admin: domain.Actor{User: d.user(service, domain.RoleAdmin, "Admin"), Organization: service},
	}
}

var outside = domain.Block{Reason: "Sinov"}

// ends fails unless the stream ends.
func (s *deskStream) ends() {
	s.t.Helper()
	for range 9 {
		if _, ok := <-s.events; !ok {
			return
		}
	}
	s.t.Error("the stream goes on")
}

// out fails unless the browser is signed out.
func (b *deskBrowser) out(method, path string) {
	t := b.desk.t
	t.Helper()
	nobody := *b
	nobody.cookie = "lang=uz"
	got, want := b.do(method, path, nil), nobody.do(method, path, nil)
	if got.status != want.status || got.to != want.to || got.status != http.StatusSeeOther && got.status != http.StatusUnauthorized {
		t.Errorf("%s %s: %d to %q, nobody gets %d to %q", method, path, got.status, got.to, want.status, want.to)
	}
}

// TestBlockEndsAll: pages, their streams and what is sent from them end with a block
// of a user or of his organization; that of the second one ends nobody else's.
func TestBlockEndsAll(t *testing.T) {
	for name, block := range map[string]func(d *campaignDesk, g gates) error{
		"user": func(d *campaignDesk, g gates) error {
			return g.users.Block(d.t.Context(), d.actor(d.owner), d.org.ID, d.member.ID, outside)
		},
		"organization": func(d *campaignDesk, g gates) error { return g.orgs.Block(d.t.Context(), g.admin, d.org.ID, outside) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newCampaignDesk(t)
			c := d.membersOwn("Yuk bor")
			path := "/admin/campaigns/" + id(c.ID)
			b, theirs := d.browser(d.member, "uz"), d.browser(d.other.actor.User, "uz")
			list, page, apart := b.live(b.get("/admin/campaigns").stream(t)), b.live(b.get(path).stream(t)), theirs.live(theirs.get("/admin/campaigns").stream(t))
			list.next()
			page.next()
			apart.next()

			if err := block(d, d.gates()); err != nil {
				t.Fatal(err)
			}
			list.ends()
			page.ends()
			b.out(http.MethodPost, path+"/cancel")
			b.out(http.MethodGet, path)
			b.out(http.MethodGet, path+"/live")
			d.hub.Changed(d.other.actor.Organization.ID)
			theirs.get("/admin/campaigns").wants(t, http.StatusOK)
			if got := d.stored(c.ID); got.Status != domain.CampaignPaused {
				t.Errorf("the campaign is %s", got.Status)
			}
		})
	}
}

// membersOwn is a campaign that the member has ordered.
func (d *campaignDesk) membersOwn(text string) domain.Campaign {
	d.t.Helper()
	ctx, scope := d.t.Context(), domain.Scope{OrganizationID: d.org.ID}
	own := deskValue[domain.Catalog](d.t)(d.store.CreateCatalog(ctx, domain.Catalog{
		OrganizationID: d.org.ID, UserID: d.member.ID, Name: "Oʻzimniki", CreatedAt: deskNow, UpdatedAt: deskNow,
	}))
	deskValue[int](d.t)(d.store.AddPeers(ctx, scope, own.ID, d.peers, deskNow))
	c, _, err := d.campaigns.Create(ctx, d.actor(d.member), domain.Draft{
		Token: domain.NewToken(), CatalogID: own.ID, AccountID: d.account.ID, Text: text, Rounds: 1,
	})
	must(d.t, err)
	return c
}

// stored is a campaign as it is.
func (d *campaignDesk) stored(campaignID int64) domain.Campaign {
	d.t.Helper()
	return deskValue[domain.Campaign](d.t)(d.store.Campaign(d.t.Context(), domain.Scope{OrganizationID: d.org.ID}, campaignID))
}

// TestLookingOn: who was granted wider viewing reads the campaigns of others, finds
// no button on them and changes nothing; when it is taken from him they go, also from
// pages that are open.
func TestLookingOn(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Begona matn", 1, time.Hour)
	seer := d.user(d.org, domain.RoleMember, "Nodir")
	sees := seer
	sees.Sees = domain.SeesOrganization
	must(t, d.store.EditUser(t.Context(), seer, sees, deskNow))
	path := "/admin/campaigns/" + id(c.ID)
	b := d.browser(seer, "uz")

	page, list := b.get(path), b.get("/admin/campaigns")
	page.wants(t, http.StatusOK, "Begona matn", "Sardor")
	list.wants(t, http.StatusOK, "Begona matn", `value="`+id(d.owner.ID)+`"`)
	if _, filter, _ := strings.Cut(list.body, `name="account"`); strings.Contains(filter[:strings.Index(filter, "</select>")], `value="`+id(d.account.ID)+`"`) {
		t.Error("a number is offered that is not his to see")
	}
	for _, a := range []deskAnswer{page, list} {
		a.lacks(t, path+"/pause", path+"/cancel", path+"/start", path+"/text", "repeat="+id(c.ID), `href="/admin/accounts/`+id(d.account.ID))
		a.sound(t)
	}
	missing := "/admin/campaigns/999"
	for _, act := range []string{"/pause", "/cancel", "/start", "/resume", "/look", "/rounds/1/send", "/rounds/1/retry", "/text", "/deliveries/cancel"} {
		got, want := b.post(path+act, url.Values{"text": {"x"}, "version": {"1"}}), b.post(missing+act, url.Values{"text": {"x"}, "version": {"1"}})
		if got.status != http.StatusNotFound || strings.ReplaceAll(got.body, path, missing) != want.body {
			t.Errorf("%s answers %d, not as what is missing (%d)", act, got.status, want.status)
		}
	}
	b.get(path+"/text").wants(t, http.StatusNotFound)
	b.get("/admin/campaigns/new?repeat="+id(c.ID)).lacks(t, "Begona matn")
	if got := d.stored(c.ID); got.Status != domain.CampaignScheduled || got.Texts != 1 {
		t.Errorf("the campaign is %s with %d texts", got.Status, got.Texts)
	}

	rows, one := b.live(list.stream(t)), b.live(page.stream(t))
	rows.next().wants(t, http.StatusOK, "Begona matn")
	one.next().wants(t, http.StatusOK, "Begona matn")
	must(t, d.store.EditUser(t.Context(), sees, seer, deskNow))
	d.hub.Changed(d.org.ID)
	gone := rows.next()
	gone.wants(t, http.StatusOK, fmt.Sprintf(`<tr id="campaign-%d" hidden></tr>`, c.ID))
	gone.lacks(t, "Begona matn")
	one.ends()
	b.get(path).wants(t, http.StatusNotFound)
	b.get("/admin/campaigns").lacks(t, "Begona matn")
}

// TestReaderOrdersNothing: who only looks on lets nothing go out, of his own neither;
// he may stop it.
func TestReaderOrdersNothing(t *testing.T) {
	d := newCampaignDesk(t)
	boss := d.user(d.org, domain.RoleOwner, "Rais")
	is := boss
	is.ReadOnly = true
	must(t, d.store.EditUser(t.Context(), boss, is, deskNow))
	c := d.order("Yuk bor", 1, time.Hour)
	path := "/admin/campaigns/" + id(c.ID)
	b := d.browser(boss, "uz")
	b.get("/admin/campaigns").lacks(t, path+"/resume", path+"/start")
	for _, at := range []string{"/admin/campaigns", "/admin/campaigns/new"} {
		b.get(at).wants(t, http.StatusOK, "Sizga faqat kuzatishga ruxsat berilgan")
	}
	b.get("/admin/accounts").lacks(t, "/admin/new-telegram-users?new=1")
	page := b.get(path)
	page.wants(t, http.StatusOK, path+"/pause", path+"/cancel")
	page.lacks(t, path+"/start", path+"/text", "repeat="+id(c.ID))
	says := "Yuborib boʻlmaydi: foydalanuvchiga faqat kuzatishga ruxsat berilgan."
	form := url.Values{"text": {"x"}, "version": {"1"}}
	b.post(path+"/start", nil).wants(t, http.StatusForbidden, says)
	b.post(path+"/text", form).wants(t, http.StatusForbidden, says)
	b.post(path+"/pause", nil).leads(t, path, "ok campaign.now_paused")
	b.post(path+"/resume", nil).wants(t, http.StatusForbidden, says)
	b.post(path+"/rounds/1/send", nil).wants(t, http.StatusForbidden, says)
	b.post(path+"/rounds/1/retry", nil).wants(t, http.StatusForbidden, says)
	b.post(path+"/cancel", nil).leads(t, path, "ok campaign.now_cancelled")
	list := b.get("/admin/campaigns")
	list.wants(t, http.StatusOK, `href="/admin/catalogs"`)
	list.lacks(t, `href="/admin/campaigns/new"`)
	why := b.get("/admin/campaigns/new")
	why.wants(t, http.StatusOK, "Sizga faqat kuzatishga ruxsat berilgan")
	why.lacks(t, "<textarea", `name="account"`)
	why.sound(t)
	b.post("/admin/campaigns/new", d.campaignFields()).wants(t, http.StatusForbidden, says)
	b.post("/admin/campaigns", d.campaignFields()).wants(t, http.StatusForbidden, says)
}

// TestBlockedUsersNumber: nobody orders from it, and nobody lets go on what a block has
// paused.
func TestBlockedUsersNumber(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	b := d.browser(d.owner, "uz")
	must(t, d.gates().users.Block(t.Context(), d.actor(d.owner), d.org.ID, d.member.ID, outside))
	path := "/admin/campaigns/" + id(c.ID)
	page := b.get(path)
	page.wants(t, http.StatusOK, "Yuborish blok sababli toʻxtatilgan", "Foydalanuvchi bloklangan edi.")
	page.sound(t)
	b.post(path+"/resume", nil).leads(t, path, "warn campaign.account_blocked")
	form := b.get("/admin/campaigns/new")
	form.sound(t)
	_, numbers, _ := strings.Cut(form.body, `name="account"`)
	if option := regexp.MustCompile(`<option value="` + id(c.AccountID) + `"[^>]*>[^<]*`).FindString(numbers); !strings.Contains(option, " disabled") || !strings.Contains(option, "foydalanuvchisi bloklangan") {
		t.Errorf("the form offers the number: %q", option)
	}
	for _, at := range []string{"/admin/campaigns/new", "/admin/campaigns"} {
		b.post(at, d.campaignFields()).wants(t, http.StatusConflict, "Bu raqamdan yuborib boʻlmaydi: uning egasi bloklangan.", "Buxoro</textarea>")
	}
	b.post(path+"/cancel", nil).leads(t, path, "ok campaign.now_cancelled")
}

// TestBlockedNumberIsNotConnected: the answer tells neither why nor by whom.
func TestBlockedNumberIsNotConnected(t *testing.T) {
	p := newPanel(t)
	must2 := func(_ int64, err error) { t.Helper(); must(t, err) }
	now := time.Now().UTC()
	must2(p.store.BlockPhone(t.Context(), "+998901234567", domain.Block{Reason: "Firibgar", From: now}, now))
	b := p.as(p.owner)
	status, body := b.post(wizard+"/phone", "phone", "90 123 45 67", "user", "0")
	says(t, status, body, http.StatusConflict, "This number cannot be connected.", `value="90 123 45 67"`)
	if strings.Contains(body, "Firibgar") {
		t.Error("it says why")
	}

	// A login that is under way when the block comes does not get through.
	p.tg.profile = domain.Profile{TelegramID: 77, FirstName: "Dilnoza"}
	status, body = b.post(wizard+"/phone", "phone", "90 765 43 21", "user", "0")
	says(t, status, body, http.StatusOK, "Enter the code")
	must2(p.store.BlockPhone(t.Context(), "+998907654321", domain.Block{Reason: "Firibgar", From: now}, now))
	status, body = b.post(wizard+"/code", "code", "81818")
	says(t, status, body, http.StatusConflict, "This number cannot be connected.")
	if as, err := p.store.Accounts(t.Context(), p.owner.Scope()); err != nil || len(as) != 0 {
		t.Errorf("connected: %+v, %v", as, err)
	}

	// Nor is it resumed while it is blocked.
	acc := p.account(p.member, "+998909998877", 88)
	must2(p.store.BlockPhone(t.Context(), acc.Phone, domain.Block{Reason: "Firibgar", From: now}, now))
	status, body = b.post("/admin/accounts/" + id(acc.ID) + "/resume")
	says(t, status, body, http.StatusOK, "The service has blocked this number. It can be resumed when the block has ended.")
}
