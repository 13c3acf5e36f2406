package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestGuideIsOpen: everybody reads the guide in his language; the panel's own frame
// has it for those only who are all the way in.
func TestGuideIsOpen(t *testing.T) {
	p := newPanel(t)
	for lang, title := range map[string]string{"uz": "Telegram ID qanday topiladi?", "uz-Cyrl": "Telegram ID қандай топилади?", "ru": "Как узнать Telegram ID?", "en": "How do I find my Telegram ID?"} {
		status, body := p.stranger().get("/guide?lang=" + lang)
		says(t, status, body, http.StatusOK, `<html lang="`+lang+`"`, title, `id="telegram-id"`, `href="/signin"`)
		if strings.Contains(body, "/signout") {
			t.Error("a stranger has the panel's frame")
		}
	}
	status, body := p.as(p.member).get("/guide")
	says(t, status, body, http.StatusOK, `action="/signout"`, "bekzod", `aria-current="page"`, `id="no-code"`)

	u := p.signedUp(domain.User{Role: domain.RoleOwner, Name: "Jasur", Email: "jasur@a.uz"})
	b := p.stranger()
	b.signIn(u)
	switchOn(t, b, "/admin/me", "/admin/me/totp/start")
	half := p.stranger()
	half.signIn(u)
	status, body = half.get("/guide")
	says(t, status, body, http.StatusOK, `id="lost-phone"`)
	if strings.Contains(body, "Jasur") || strings.Contains(body, "Ours") {
		t.Error("with the password alone the guide shows whose it is")
	}
}

// TestGuideIsLinked from where people get stuck.
func TestGuideIsLinked(t *testing.T) {
	p := newPanel(t)
	status, body := p.stranger().get("/signin")
	says(t, status, body, http.StatusOK, `href="/guide#sign-in"`)
	u := p.signedUp(domain.User{Role: domain.RoleMember, Name: "Nodira", Email: "nodira@a.uz"})
	must(t, p.store.BlockUser(t.Context(), u, domain.Block{Reason: "Test", From: time.Now().UTC()}, time.Now().UTC()))
	status, body = p.stranger().signIn(u)
	says(t, status, body, http.StatusForbidden, "Test", `href="/guide#unblock"`)
	b := p.as(p.owner)
	status, body = b.post("/admin/new-telegram-users/phone", "phone", "+998901234567")
	says(t, status, body, http.StatusOK, `href="/guide#no-code"`)
	for _, a := range []domain.Actor{p.owner, p.manager, p.member} {
		_, body := p.as(a).get("/admin/campaigns")
		if strings.Count(body, `href="/guide"`) != 2 { // beside the page, and behind one's picture
			t.Errorf("the menu of a %s has no guide", a.User.Role)
		}
	}
}

// TestTooLarge says so clearly, and that nothing is lost.
func TestTooLarge(t *testing.T) {
	p := newPanel(t)
	status, body := p.as(p.owner).post("/admin/catalogs", "name", strings.Repeat("a", 1<<20))
	says(t, status, body, http.StatusRequestEntityTooLarge, "nothing was saved", "what you typed is still there", "data-back")
	cs, err := p.store.Catalogs(t.Context(), p.owner.Scope())
	must(t, err)
	if len(cs) != 0 {
		t.Error("something was saved")
	}
}

// TestNothingIsSentUnasked: on pages whose forms ask, also those of many rows, each
// does so without a script, too, and takes its hidden values along.
func TestNothingIsSentUnasked(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	p := newPanel(t)
	acc := p.account(p.owner, "+998901112233", 501)
	at := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	owner, admin := p.as(p.owner), p.asAdmin()
	admin.post("/admin/service/numbers/block", "phone", string(acc.Phone), "reason", "Spam", "length", "good")
	page := func(b *browser, path string) string {
		_, body := b.get(path)
		return body
	}
	desk := d.browser(d.owner, "en")
	for path, look := range map[string]struct{ body, wants string }{
		"/admin/campaigns/" + id(c.ID):        {desk.get("/admin/campaigns/" + id(c.ID)).body, "/deliveries/cancel"},
		"/admin/catalogs/" + id(d.catalog.ID): {desk.get("/admin/catalogs/" + id(d.catalog.ID)).body, "/remove"},
		"/admin/service":                      {page(admin, "/admin/service"), `name="back" value="/admin/service"`},
		at:                                    {page(admin, at), `name="back" value="` + at + `"`},
		"/admin/service/numbers":              {page(admin, "/admin/service/numbers"), `name="phone" value="+998901112233"`},
		"/admin/departments":                  {page(owner, "/admin/departments"), "/admin/departments"},
		"/admin/watch/keywords":               {page(owner, "/admin/watch/keywords"), "/import"},
	} {
		if !strings.Contains(look.body, look.wants) {
			t.Errorf("%s has no %s", path, look.wants)
		}
		for _, form := range strings.Split(look.body, "<form")[1:] {
			head, rest, _ := strings.Cut(form, ">")
			inside, _, _ := strings.Cut(rest, "</form>")
			if strings.Contains(head+inside, "data-ask=") && !strings.Contains(head, "needs-js") && !strings.Contains(inside, "plain-ask") {
				t.Errorf("%s: sent unasked without a script: <form%s>", path, head)
			}
		}
	}
}

// TestAsksWithoutScript: a button that cannot be taken back shows its question
// where no dialog opens, and is hidden itself.
func TestAsksWithoutScript(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	b := d.browser(d.owner, "en")
	for _, path := range []string{"/admin/campaigns", "/admin/campaigns/" + id(c.ID)} {
		page := b.get(path).body
		before, inside, found := strings.Cut(page, `<details class="plain-ask">`)
		cancel := `action="/admin/campaigns/` + id(c.ID) + `/cancel"`
		if !found || !strings.Contains(inside, cancel) || !strings.Contains(inside, "<b>Cancel #") {
			t.Errorf("%s: nothing asks without a script", path)
		}
		for _, form := range strings.SplitAfter(before, "<form")[1:] {
			if head, _, _ := strings.Cut(form, ">"); strings.Contains(head, cancel) && !strings.Contains(head, "needs-js") {
				t.Errorf("%s: the button that does not ask is there too", path)
			}
		}
	}
}
