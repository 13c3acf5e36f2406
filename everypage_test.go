package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cd "github.com/chromedp/chromedp"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/views/locale"
)

// TestEveryPage looks at each page in both themes, on a desk and on a phone, in
// every language: nothing that axe finds, no sideways scroll, no missing text,
// no report of the content security policy.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	tgSide, tg := startTelegram(t)
	a, w, base := startPanel(t, tgSide.URL(), 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.connectSeed(ctx, w, tg); err != nil {
		t.Fatal(err)
	}
	me := signIn(t, base, seedMember)
	for i, text := range []string{"Toshkentdan Moskvaga 22 tonna yuk bor", "Груз Ташкент – Алматы\n\n" + strings.Repeat("Оплата наличными на выгрузке. ", 20)} {
		at, page := me.post(t, "/admin/campaigns", url.Values{
			"token": {domain.NewToken()}, "catalog": {fmt.Sprint(i + 1)}, "account": {"1"}, "text": {text},
			"rounds": {fmt.Sprint(1 + 49*i)}, "every": {"1"}, "unit": {"hours"}, "start": {"now"},
		})
		if at != fmt.Sprintf("/admin/campaigns/%d", i+1) {
			t.Fatalf("ordering led to %s: %s", at, page)
		}
	}
	eventually(t, "a campaign ends", func() bool {
		c, err := a.store.Campaign(ctx, w.owner.Scope(), 1)
		return err == nil && c.Status == domain.CampaignDone
	})

	tell(t, a, w.owner)
	overhear(t, a, w.owner)
	b := newBrowser(t, base)
	// Each language at each width, and each theme at each width: a theme changes
	// colours only, which are the same in every language.
	themes := [2]string{"light", "dark"}
	visit := func(paths ...string) {
		for _, path := range paths {
			for i, size := range [][2]int64{{1280, 900}, {390, 844}} {
				b.size(size[0], size[1])
				for j, l := range locale.Languages {
					b.look(path, l.Code, themes[(i+j)%2], size[0])
				}
			}
		}
	}
	visit("/signin", "/guide")
	b.signIn("owner@sandbox.uz")
	visit("/admin/watch", "/admin/watch?search=nothing+like+it", "/admin/watch?sender=7001&marked=1", "/admin/watch?newest=1", "/admin/watch/detections/1", "/admin/watch/detections/22",
		"/admin/watch/reports", "/admin/watch/reports?days=90", "/admin/watch/reports?from=2020-01-01&to=2020-01-02", "/admin/watch/reports?from=2026-02-30&to=x",
		"/admin/watch/settings", "/admin/watch/keywords", "/admin/watch/keywords?list=profile&kind=removed", "/admin/watch/custom",
		"/admin/watch/templates", "/admin/watch/groups", "/admin/watch/try")
	visit("/admin/campaigns", "/admin/campaigns?search=nothing+like+it", "/admin/campaigns/1", "/admin/campaigns/2", "/admin/campaigns/new",
		"/admin/catalogs", "/admin/catalogs/new", "/admin/catalogs/1?account=1", "/admin/catalogs/1/add?account=1", "/admin/catalogs/1/lines?account=1",
		"/admin/accounts", "/admin/accounts/1", "/admin/new-telegram-users", "/admin/campaigns/999", "/admin/settings", "/admin/notices", "/admin/me", "/guide", "/admin/audit", "/admin/audit?event=key_rotate",
		"/admin/deny-list", "/admin/deny-list?find=Yuk", "/admin/deny-list/add?peer=-1001900000001&back=/admin/catalogs")
	away := fmt.Sprint(len(seedUsers) + 2) // blocked, the second of the colleagues
	visit("/admin/users", "/admin/users?search=nothing+like+it", "/admin/users/new", "/admin/users/2", "/admin/users/4", "/admin/users/4/edit",
		"/admin/users/4/remove", "/admin/users/"+away, "/admin/users/"+away+"/block", "/admin/departments", "/admin/departments/new", "/admin/departments/1/rename")
	me = signIn(t, base, "owner@sandbox.uz")
	me.post(t, "/admin/limits/requests", url.Values{"kind": {"accounts"}, "wanted": {"500"}, "note": {"Yangi raqamlar kerak"}})
	visit("/admin/limits")

	me.post(t, "/admin/settings/stop", nil) // said on the pages that follow
	visit("/admin/settings")
	me.post(t, "/admin/settings/resume", nil)
	b.size(1280, 900)
	b.click(".side-who button")
	b.do(cd.WaitVisible(cd.CSS(".signin-form")))
	b.signIn("admin@sandbox.uz")
	signIn(t, base, "admin@sandbox.uz").post(t, "/admin/service/numbers/block", url.Values{"phone": {"+998901112233"}, "reason": {"Firibgarlik"}, "length": {"week"}})
	one := fmt.Sprintf("/admin/service/organizations/%d", w.owner.Organization.ID)
	visit("/admin/service", "/admin/service?search=nothing+like+it", "/admin/service/requests", one, one+"/block", one+"/users", one+"/users/"+away, one+"/users/"+away+"/block",
		one+"/numbers", one+"/campaigns", one+"/campaigns/1/text", "/admin/service/numbers", "/admin/service/numbers/block", "/admin/service/organizations/new", "/admin/audit")
	link, _, err := (&domain.Organizations{Store: a.store, Now: time.Now}).NewLink(t.Context(), domain.Actor{User: domain.User{Role: domain.RoleAdmin}}, w.owner.Organization.ID, w.owner.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	visit("/set-password/"+link, "/set-password/none")
	if file := os.Getenv("POSTIX_SCREENSHOT"); file != "" {
		b.picture(a, tg, w.owner, file)
	}
}

// tell stores a notice of every kind, for pages that show them.
func tell(t *testing.T, a *app, who domain.Actor) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+a.set.database()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	for _, kind := range domain.NoticeKinds {
		why := "PEER_FLOOD"
		if kind == domain.NoticeLimitGranted || kind == domain.NoticeLimitRefused {
			why = string(domain.LimitMessages)
		}
		_, err := raw.ExecContext(t.Context(), `INSERT INTO notices (organization_id, kind, user_id, account_id, campaign_id, reason, at)
			VALUES (?, ?, ?, 1, 1, ?, ?)`, who.User.OrganizationID, kind, who.User.ID, why, time.Now().UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
	}
}

// overhear lets the filter find dispatchers, one of them in many groups.
func overhear(t *testing.T, a *app, who domain.Actor) {
	t.Helper()
	s := domain.DefaultWatchSettings()
	s.AllGroups = true
	if err := a.watch.SetSettings(t.Context(), who, s); err != nil {
		t.Fatal(err)
	}
	hear := func(group int, sender int64, name, text string) {
		t.Helper()
		err := a.watch.Hear(t.Context(), []domain.Incoming{{
			OrganizationID: who.User.OrganizationID, AccountID: 1, GroupMessage: domain.GroupMessage{
				ID: int64(group), At: time.Now().UTC(), ChatID: -1_000_000_007_000 - int64(group), ChatTitle: fmt.Sprintf("Yuk markazi №%d", group),
				ChatMembers: 1200, SenderID: sender, FirstName: name, Username: fmt.Sprintf("cargo_%d", sender), Text: text,
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		hear(i, 7001, "Anvar Logistika", "Toshkent – Moskva, tent, 22 tonna\nTel: +998 90 123 45 67")
	}
	hear(21, 7002, "", strings.Repeat("Груз Самара – Ташкент, оплата наличными. ", 9)+"\n\n\n\n+7 912 345 67 89")
	hear(22, 7003, strings.Repeat("Juda_uzun_ism", 9), "Olmaota🚚🚚🚚 +998901112233")
}

// picture is the README's: the list while a larger campaign goes out.
func (b *browser) picture(a *app, tg sandbox.Client, who domain.Actor, file string) {
	b.t.Helper()
	acc := connect(b.t.Context(), b.t, a, tg, who, "+998901000001")
	catalog := fillCatalog(b.t.Context(), b.t, a, who, acc)
	me := signIn(b.t, b.base, who.User.Email)
	for i, text := range []string{"Samarqanddan Buxoroga 10 tonna meva, ref kerak. Bugun yuklanadi", "Andijon – Toshkent, isuzu, 5 tonna. Haydovchilar qoʻngʻiroq qiling"} {
		form := url.Values{
			"token": {domain.NewToken()}, "catalog": {id(catalog.ID)}, "account": {id(acc.ID)}, "text": {text},
			"rounds": {"3"}, "every": {"2"}, "unit": {"hours"}, "start": {"now"},
		}
		if i == 1 {
			form.Set("start", "at")
			form.Set("start_at", time.Now().In(who.Organization.Location()).Add(3*time.Hour).Format("2006-01-02T15:04"))
		}
		me.post(b.t, "/admin/campaigns", form)
	}
	b.size(1280, 760)
	b.look("/admin/campaigns", "uz", "light", 1280)
	before := len(sends(b.t, tg))
	eventually(b.t, "half of a round goes out", func() bool { return len(sends(b.t, tg)) > before+catalog.Peers/2 })
	png, err := cd.Run(b.ctx, cd.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// look opens a page in one dress and reports what is wrong with it.
func (b *browser) look(path, lang, theme string, width int64) {
	b.t.Helper()
	name := fmt.Sprintf("%s %s %s %d", path, lang, theme, width)
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	if _, err := cd.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: "theme", Value: theme, URL: b.base}); err != nil {
		b.t.Fatal(err)
	}
	b.open(path + sep + "lang=" + lang)
	for _, v := range b.violations() {
		b.t.Errorf("%s: %s", name, v)
	}
	wrong, err := read[string](b, `
		document.body.innerText.includes("⟦") ? "a text is missing" :
		document.documentElement.lang != "`+lang+`" ? "it is in another language" :
		document.documentElement.dataset.theme != "`+theme+`" ? "it is in another theme" :
		[...document.querySelectorAll("[id]")].map(e => e.id).find((id, i, all) => all.indexOf(id) != i) ?? ""`)
	if err != nil || wrong != "" {
		b.t.Errorf("%s: %s %v", name, wrong, err)
	}
}
