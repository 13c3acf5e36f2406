package handlers_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
	"postix/views"
)

const denyPath = "/admin/deny-list"

// newDenyDesk is a desk with a deny list.
func newDenyDesk(t *testing.T) *campaignDesk {
	t.Helper()
	d := newCampaignDesk(t)
	now := func() time.Time { return deskNow }
	d.url = withService(t, d.store, d.hub, handlers.Options{
		Now: now, Campaigns: d.campaigns, Accounts: &domain.Accounts{Store: d.store, Dialogs: d.store, Links: &fakeTelegram{}, Hub: d.hub, Now: now},
		DenyList: &domain.DenyList{Store: d.store, Hub: d.hub, Now: now},
	})
	return d
}

// denied are the titles on the organization's list, newest first.
func (d *campaignDesk) denied(o domain.Organization) (titles []string) {
	d.t.Helper()
	ps, _, err := d.store.DeniedPeers(d.t.Context(), o.ID, domain.DenyFilter{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range ps {
		titles = append(titles, p.Title)
	}
	return titles
}

func denyForm(p domain.Peer, pairs ...string) url.Values {
	form := url.Values{"peer": {fmt.Sprint(int64(p.ID))}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// denyAskLink leads to the question before a peer comes onto the list.
func denyAskLink(p domain.Peer, campaignID int64, back string) string {
	return `href="` + html.EscapeString(views.DenyAskURL(p.ID, campaignID, back)) + `"`
}

func denyRemovePath(p domain.Peer) string { return fmt.Sprintf("%s/%d/remove", denyPath, int64(p.ID)) }

// The list is the owner's and the managers'; a manager finds what is his
// department's.
func TestDenyListIsKeptByManagers(t *testing.T) {
	d := newDenyDesk(t)
	dep := deskValue[domain.Department](t)(d.store.AddDepartment(t.Context(), domain.Department{OrganizationID: d.org.ID, Name: "Savdo"}))
	manager := deskValue[domain.User](t)(d.store.CreateUser(t.Context(), domain.User{
		OrganizationID: d.org.ID, DepartmentID: dep.ID, Role: domain.RoleManager, Name: "Lola", CreatedAt: deskNow,
	}, ""))
	for _, u := range []domain.User{d.member, d.admin()} {
		b := d.browser(u, "en")
		for path, method := range map[string]string{denyPath: http.MethodGet, denyPath + "/add": http.MethodGet, denyPath + "?": http.MethodPost, denyRemovePath(d.peers[0]): http.MethodPost} {
			if got := b.do(method, path, denyForm(d.peers[0])); got.status != http.StatusForbidden {
				t.Errorf("%s %s as %s: %d", method, path, u.Role, got.status)
			}
		}
		b.get("/admin/catalogs").lacks(t, denyPath)
	}
	if got := d.denied(d.org); len(got) != 0 {
		t.Fatalf("denied: %v", got)
	}
	lola := d.browser(manager, "en")
	lola.get("/admin/catalogs").wants(t, http.StatusOK, `href="`+denyPath+`"`)
	lola.post(denyPath, denyForm(d.peers[0])).wants(t, http.StatusNotFound) // a chat of nobody in her department
	lola.get(denyPath+"?find=Guruh").wants(t, http.StatusOK, "No such chat was found")
	owner := d.browser(d.owner, "en")
	owner.post(denyPath, denyForm(d.peers[0])).leads(t, denyPath, "ok deny.added")
	lola.post(denyRemovePath(d.peers[0]), nil).leads(t, denyPath, "ok deny.removed")
}

func TestDenyListPage(t *testing.T) {
	d := newDenyDesk(t)
	owner := d.browser(d.owner, "en")
	owner.get(denyPath).wants(t, http.StatusOK, "The list is empty so far")
	found := owner.get(denyPath + "?find=" + url.QueryEscape("@guruh_2"))
	found.wants(t, http.StatusOK, "Guruh 2", "Do not write to this chat", denyAskLink(d.peers[1], 0, denyPath))
	found.lacks(t, "Guruh 1")
	owner.post(denyPath, denyForm(d.peers[1], "reason", "Oʻzi \u202e soʻradi")).wants(t, http.StatusUnprocessableEntity, "invisible characters")
	owner.post(denyPath, denyForm(d.peers[1], "reason", " Oʻzi <soʻradi> ")).leads(t, denyPath, "ok deny.added")
	owner.post(denyPath, denyForm(d.peers[1])).leads(t, denyPath, "warn deny.already")
	owner.post(denyPath, denyForm(d.peers[2]))
	page := owner.get(denyPath)
	page.wants(t, http.StatusOK, "Guruh 2", "Oʻzi &lt;soʻradi&gt;", "Sardor", "Guruh 3", "No reason was given", denyRemovePath(d.peers[1]))
	owner.get(denyPath+"?find=guruh").wants(t, http.StatusOK, "On the list")
	searched := owner.get(denyPath + "?search=guruh_3")
	searched.wants(t, http.StatusOK, "Guruh 3")
	searched.lacks(t, "Guruh 2")
	owner.get(denyPath+"?search=nobody").wants(t, http.StatusOK, "No chat matches")
	for _, lang := range []string{"uz", "uz-Cyrl", "ru", "en"} {
		d.browser(d.owner, lang).get(denyPath + "?find=guruh").sound(t)
	}
	owner.post(denyRemovePath(d.peers[1]), nil).leads(t, denyPath, "ok deny.removed")
	if got := d.denied(d.org); len(got) != 1 || got[0] != "Guruh 3" {
		t.Errorf("left: %v", got)
	}
}

// A chat comes onto the list after a question only, which asks for the reason and
// leads back to where it was asked for.
func TestDenyAsks(t *testing.T) {
	d := newDenyDesk(t)
	owner := d.browser(d.owner, "en")
	ask := views.DenyAskURL(d.peers[1].ID, 7, "/admin/catalogs/3?page=2")
	page := owner.get(ask)
	page.wants(t, http.StatusOK, "Stop writing to this chat?", "Guruh 2", `name="reason"`, `name="campaign" value="7"`,
		`name="back" value="/admin/catalogs/3?page=2"`, `href="/admin/catalogs/3?page=2"`)
	for _, lang := range []string{"uz", "uz-Cyrl", "ru"} {
		d.browser(d.owner, lang).get(ask).sound(t)
	}
	if got := d.denied(d.org); len(got) != 0 {
		t.Errorf("asking has denied %v", got)
	}
	owner.get(views.DenyAskURL(d.peers[1].ID, 0, "https://example.com/")).lacks(t, `value="https://example.com`, `href="https://example.com`)
	owner.get(views.DenyAskURL(12345, 0, denyPath)).wants(t, http.StatusNotFound)
	long := strings.Repeat("x", 201)
	again := owner.post(denyPath, denyForm(d.peers[1], "reason", long, "back", "/admin/catalogs"))
	again.wants(t, http.StatusUnprocessableEntity, long, "Guruh 2", `name="back" value="/admin/catalogs"`, "field-error")
}

// What Telegram's answer put on the list says so.
func TestDenyListSaysWhatTelegramAnswered(t *testing.T) {
	d := newDenyDesk(t)
	person := domain.Peer{ID: 501, Kind: domain.KindUser, Title: "Anvar"}
	ds := []domain.Dialog{{Peer: person, CanWrite: true}}
	if err := d.store.ReplaceDialogs(t.Context(), d.org.ID, d.account.ID, ds, deskNow); err != nil {
		t.Fatal(err)
	}
	deskValue[int](t)(d.store.AddPeers(t.Context(), domain.Scope{OrganizationID: d.org.ID}, d.catalog.ID, []domain.Peer{person}, deskNow))
	d.order("Salom", 1, 0)
	d.open()
	d.settle(&domain.SendError{Action: domain.ActFailPeer, Code: "USER_IS_BLOCKED"})
	page := d.browser(d.owner, "en").get(denyPath)
	page.wants(t, http.StatusOK, "Anvar", "automatically", "blocked")
}

// The row of a delivery puts its chat on the list: what waits is skipped at once,
// and everybody reads why.
func TestDenyFromACampaign(t *testing.T) {
	d := newDenyDesk(t)
	c := d.order("Salom", 1, 0)
	d.open()
	at, p := fmt.Sprintf("/admin/campaigns/%d", c.ID), d.peers[2]
	owner := d.browser(d.owner, "en")
	page := owner.get(at)
	page.sound(t)
	page.wants(t, http.StatusOK, "Do not write to this chat: Guruh 3", denyAskLink(p, c.ID, at))
	owner.post(denyPath, denyForm(p, "campaign", fmt.Sprint(c.ID), "back", at, "reason", "Soʻrashdi")).leads(t, at, "ok deny.added")
	owner.get(denyPath).wants(t, http.StatusOK, "Guruh 3", "Soʻrashdi")
	page = owner.get(at)
	page.wants(t, http.StatusOK, "The chat is on the deny list.")
	page.lacks(t, "Do not write to this chat: Guruh 3")
	if got := deskValue[domain.Campaign](t)(d.store.Campaign(t.Context(), domain.Scope{OrganizationID: d.org.ID}, c.ID)).Counts; got.Skipped != 1 || got.Open() != 4 {
		t.Errorf("counted %+v", got)
	}
}

// Members see in their catalogs and before they order who is not written to, and
// cannot change it.
func TestDenyIsSeenByMembers(t *testing.T) {
	d := newDenyDesk(t)
	own := deskValue[domain.Catalog](t)(d.store.CreateCatalog(t.Context(), domain.Catalog{
		OrganizationID: d.org.ID, UserID: d.member.ID, Name: "Meniki", CreatedAt: deskNow,
	}))
	deskValue[int](t)(d.store.AddPeers(t.Context(), domain.Scope{OrganizationID: d.org.ID}, own.ID, d.peers, deskNow))
	at := fmt.Sprintf("/admin/catalogs/%d", own.ID)
	owner, member := d.browser(d.owner, "en"), d.browser(d.member, "en")
	owner.get(at).wants(t, http.StatusOK, "Do not write to this chat: Guruh 1", "5 can be written to")
	for _, p := range d.peers[:2] {
		owner.post(denyPath, denyForm(p, "back", at)).leads(t, at, "ok deny.added")
	}
	page := member.get(at)
	page.wants(t, http.StatusOK, "Not written to", "The chat is on the deny list.", "3 can be written to")
	page.lacks(t, "Do not write to this chat", `id="deny"`)
	troubled := member.get(at + "?troubled=1")
	troubled.wants(t, http.StatusOK, "Guruh 1", "Guruh 2")
	troubled.lacks(t, "Guruh 3")
	order := d.campaignFields()
	order.Set("catalog", fmt.Sprint(own.ID))
	review := member.post("/admin/campaigns/new", order)
	review.wants(t, http.StatusOK, "2 chats are on the deny list and will be skipped")
	for _, p := range d.peers[2:] {
		owner.post(denyPath, denyForm(p))
	}
	member.post("/admin/campaigns/new", order).wants(t, http.StatusUnprocessableEntity)
}

// What belongs to another organization, or to nobody, is missing.
func TestForeignPeersAreMissing(t *testing.T) {
	d := newDenyDesk(t)
	theirs := domain.Peer{ID: 777, Kind: domain.KindUser, Title: "Begona"}
	if err := d.store.ReplaceDialogs(t.Context(), d.other.actor.Organization.ID, d.other.account.ID, []domain.Dialog{{Peer: theirs, CanWrite: true}}, deskNow); err != nil {
		t.Fatal(err)
	}
	other := d.browser(d.other.actor.User, "en")
	other.post(denyPath, denyForm(theirs)).leads(t, denyPath, "ok deny.added")
	ours := domain.Peer{ID: 888, Kind: domain.KindUser, Title: "Oʻzimizniki"}
	deskValue[int](t)(d.store.AddPeers(t.Context(), domain.Scope{OrganizationID: d.org.ID}, d.catalog.ID, []domain.Peer{ours}, deskNow))
	c := d.order("Salom", 1, 0)
	owner := d.browser(d.owner, "en")
	nowhere := owner.get("/admin/nowhere")
	for _, try := range []struct {
		b    *deskBrowser
		path string
		form url.Values
	}{
		{owner, denyPath, denyForm(theirs)},
		{owner, denyPath, denyForm(domain.Peer{ID: 12345})},
		{owner, denyPath, nil},
		{owner, denyRemovePath(theirs), nil},
		{owner, denyPath + "/x/remove", nil},
		{other, denyPath, denyForm(ours, "campaign", fmt.Sprint(c.ID))},
	} {
		if got := try.b.post(try.path, try.form); got.status != http.StatusNotFound || try.b == owner && got.body != nowhere.body {
			t.Errorf("%s %v: %d", try.path, try.form, got.status)
		}
	}
	owner.get(denyPath+"?find=Begona").lacks(t, "Begona</")
	if mine, left := d.denied(d.org), d.denied(d.other.actor.Organization); len(mine) != 0 || len(left) != 1 {
		t.Errorf("ours %v, theirs %v", mine, left)
	}
}
