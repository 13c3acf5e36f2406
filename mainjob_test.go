package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	cd "github.com/chromedp/chromedp"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// startPanel runs the product inside the test, seeded, and answers its address.
func startPanel(t *testing.T, page string, gap time.Duration) (*app, seeded, string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	set, err := loadSettings(sandboxSettings(t.TempDir(), page))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("POSTIX_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	tg, url, err := joinTelegram(ctx, set, log)
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(ctx, set, tg, log)
	if err != nil {
		t.Fatal(err)
	}
	a.sandboxURL = url
	if a.botAt, err = joinBot(ctx, set); err != nil {
		t.Fatal(err)
	}
	w, err := a.seed(ctx, gap)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		a.close()
	})
	return a, w, "http://" + l.Addr().String()
}

// TestMainJob walks the whole way in a real browser: sign in, connect numbers
// by code and with 2FA, with everything that goes wrong on the way, a catalog
// of all their chats, a campaign of two rounds that is cancelled in the second.
// Then it compares what the panel says with what Telegram got, row by row.
func TestMainJob(t *testing.T) {
	tgSide, tg := startTelegram(t)
	a, w, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	b := newBrowser(t, base)

	b.open("/signin?lang=uz")
	b.fill("email", "owner@sandbox.uz")
	b.fill("password", "not the password")
	b.click(".signin-form button[type=submit]")
	b.sees("E-pochta yoki parol")
	b.signIn("owner@sandbox.uz")

	b.connectExpired(tg, "+998901000005")
	b.connectByCode(tg, "90 100 00 01")
	b.connectWithPassword(tg, "+998 (90) 100-00-02")
	picked := b.makeCatalog("Hamma chatlar", "Dilnoza")
	b.order("Hamma chatlar", "Dilnoza", "Toshkentdan Moskvaga 22 tonna yuk bor 🚛\nTent kerak", 2, 10)
	b.watch(picked)
	b.cancelInSecondRound(tg, a, w.owner)

	c, err := a.store.Campaign(t.Context(), w.owner.Scope(), 1)
	if err != nil || c.Counts.Cancelled == 0 || c.Counts.Sent <= picked/2 || c.Round != 2 {
		t.Fatalf("cancelled in the second round: %+v, %v", c, err)
	}
	compare(t, tg, a.store, w.owner, 1)
	b.comparePages(t, a, w.owner)
}

func (b *browser) askCode(phone string) {
	b.t.Helper()
	b.open("/admin/new-telegram-users")
	b.fill("phone", phone)
	b.click("form[action$='/phone'] button[type=submit]")
}

// typeCode waits for the login code that Telegram has sent and types change of
// it; the form sends itself when it is complete.
func (b *browser) typeCode(tg sandbox.Client, phone string, change func(string) string) {
	b.t.Helper()
	b.do(cd.WaitVisible(cd.CSS("[name=code]")))
	code, err := tg.Code(b.t.Context(), phone)
	if err != nil {
		b.t.Fatal(err)
	}
	b.fill("code", change(code))
}

func right(code string) string { return code }

func wrong(code string) string {
	return code[:4] + string('0'+(code[4]-'0'+1)%10)
}

// connectExpired lets the code expire: the wizard says why and begins again.
func (b *browser) connectExpired(tg sandbox.Client, phone string) {
	b.t.Helper()
	if _, err := tg.AddFault(b.t.Context(), world.Fault{Method: "auth.signIn", Phone: phone, Mode: "before", Error: "PHONE_CODE_EXPIRED"}); err != nil {
		b.t.Fatal(err)
	}
	b.askCode("not a number")
	b.do(cd.WaitVisible(cd.CSS("[name=phone][aria-invalid]")))
	b.askCode(phone)
	b.typeCode(tg, phone, right)
	b.do(cd.WaitVisible(cd.CSS("[name=phone]")))
	b.sees("Kodning muddati tugagan")
}

func (b *browser) connectByCode(tg sandbox.Client, phone string) {
	b.t.Helper()
	b.askCode(phone)
	b.typeCode(tg, "+998901000001", wrong)
	b.sees("Qolgan urinishlar: 2")
	b.open("/admin/new-telegram-users") // as after a reload, or in a second tab
	b.typeCode(tg, "+998901000001", right)
	b.sees("Dilnoza Karimova")
}

func (b *browser) connectWithPassword(tg sandbox.Client, phone string) {
	b.t.Helper()
	b.open("/admin/new-telegram-users?new=1")
	b.fill("phone", phone)
	b.click("form[action$='/phone'] button[type=submit]")
	b.typeCode(tg, "+998901000002", right)
	b.do(cd.WaitVisible(cd.CSS("[name=password]")))
	b.sees("sandbox2fa") // the hint
	b.fill("password", "wrong one")
	b.click("form[action$='/password'] button[type=submit]")
	b.sees("Qolgan urinishlar: 2")
	b.fill("password", "sandbox2fa")
	b.click("form[action$='/password'] button[type=submit]")
	b.sees("Sardor Rahimov")
}

// makeCatalog puts all chats of an account into a new catalog and answers how
// many they are.
func (b *browser) makeCatalog(name, account string) int {
	b.t.Helper()
	b.open("/admin/catalogs")
	b.click("a[data-opens]")
	b.fill("name", name)
	b.click("dialog[open] form button.primary")
	b.waits("the catalog", `location.pathname.match(/catalogs\/\d+/)`)
	at, _ := read[string](b, "location.pathname")
	b.open(at + "/add")
	value, err := read[string](b, fmt.Sprintf(`[...document.querySelectorAll("select[name=account] option")].find(o => o.text.includes(%q))?.value ?? ""`, account))
	if err != nil || value == "" {
		b.t.Fatalf("no account %s to add from: %v", account, err)
	}
	b.open(at + "/add?account=" + value)
	b.waits("the dialogs", `document.querySelector("#picks input[type=checkbox]")`)
	b.click("button[name=act][value=all]")
	b.waits("all chosen", `document.querySelector("#picked b.num")`)
	b.click("#picked button.primary")
	b.waits("the catalog again", `location.pathname == "`+at+`"`)
	n, err := read[int](b, `Number((document.querySelector("main").innerText.match(/(\d+) ta chat/) ?? [])[1] ?? 0)`)
	if err != nil || n < 80 { // of a hundred dialogs those that are groups and channels
		b.t.Fatalf("%d chats in the catalog, %v", n, err)
	}
	return n
}

func (b *browser) order(catalog, account, text string, rounds, seconds int) {
	b.t.Helper()
	b.open("/admin/campaigns/new")
	for name, want := range map[string]string{"catalog": catalog, "account": account} {
		value, err := read[string](b, fmt.Sprintf(`[...document.querySelectorAll("select[name=%s] option")].find(o => o.text.includes(%q)).value`, name, want))
		if err != nil {
			b.t.Fatal(err)
		}
		b.choose(name, value)
	}
	b.fill("text", text)
	b.fill("rounds", fmt.Sprint(rounds))
	b.fill("every", fmt.Sprint(seconds))
	b.choose("unit", "seconds")
	b.click(".campaign-form button.primary")
	b.sees("Yuborishni boshlash")
	// A hurried person clicks twice: one campaign.
	b.do(cd.DoubleClick(cd.CSS("form[action='/admin/campaigns'] button.primary")))
	b.waits("the campaign's page", `location.pathname == "/admin/campaigns/1"`)
}

// watch sees the figures grow on a page that is not loaded again.
func (b *browser) watch(peers int) {
	b.t.Helper()
	if _, err := read[bool](b, "window.stayed = true"); err != nil {
		b.t.Fatal(err)
	}
	const rows = `document.querySelectorAll("tr[id^=delivery-][data-st=sent]").length`
	b.waits("ten rows sent", rows+" >= 10")
	b.waits("more rows sent", rows+" >= 20")
	if stayed, _ := read[bool](b, "window.stayed === true"); !stayed {
		b.t.Error("the page was loaded again")
	}
}

func (b *browser) cancelInSecondRound(tg sandbox.Client, a *app, who domain.Actor) {
	b.t.Helper()
	b.waits("the second round", `document.querySelector("#round-2[data-st=open], #round-2")`)
	first := len(sends(b.t, tg))
	eventually(b.t, "the second round goes out", func() bool { return len(sends(b.t, tg)) >= first+10 })
	b.click("#campaign-actions summary")
	// The page changes while it is pressed: what a click has missed is pressed again.
	b.waits("the question", `document.querySelector("#ask[open]") ||
		document.querySelector("form[action='/admin/campaigns/1/cancel'] button")?.click()`)
	b.click("#ask [data-yes]")
	b.sees("Bekor qilindi")
	eventually(b.t, "nothing is in flight", func() bool {
		_, n, err := a.store.Deliveries(b.t.Context(), who.Scope(), 1, domain.DeliveryFilter{Status: domain.DeliverySending})
		return err == nil && n == 0
	})
	b.waits("nothing in flight", `!document.querySelector("tr[id^=delivery-][data-st=sending]")`)
	after := len(sends(b.t, tg))
	b.open("/admin/campaigns/1?status=cancelled")
	b.waits("cancelled rows", `document.querySelectorAll("tr[id^=delivery-][data-st=cancelled]").length > 10`)
	if again := len(sends(b.t, tg)); again != after {
		b.t.Errorf("%d messages first started after the cancellation", again-after)
	}
}

var rowForm = regexp.MustCompile(`id="delivery-(\d+)"[^>]*data-st="(\w+)"`)

// comparePages holds the rows that the panel shows against the ones that are
// stored, which have been compared with Telegram's journal.
func (b *browser) comparePages(t *testing.T, a *app, who domain.Actor) {
	t.Helper()
	ds, _, err := a.store.Deliveries(t.Context(), who.Scope(), 1, domain.DeliveryFilter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	me := signIn(t, b.base, who.User.Email)
	for round := 1; round <= 2; round++ {
		for page := 1; page <= 10; page++ {
			rows := rowForm.FindAllStringSubmatch(me.get(t, fmt.Sprintf("/admin/campaigns/1?round=%d&page=%d", round, page)), -1)
			for _, r := range rows {
				shown[r[1]] = r[2]
			}
		}
	}
	if len(shown) != len(ds) {
		t.Errorf("the pages show %d deliveries of %d", len(shown), len(ds))
	}
	for _, d := range ds {
		if got := shown[id(d.ID)]; got != string(d.Status) {
			t.Errorf("delivery %d is shown as %q and is %s", d.ID, got, d.Status)
		}
	}
	if strings.Contains(me.get(t, "/admin/campaigns/1"), "⟦") {
		t.Error("a text is missing")
	}
}
