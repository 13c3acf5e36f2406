package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/domain"
)

// campaignFields is a form that is right.
func (d *campaignDesk) campaignFields() url.Values {
	return url.Values{
		"token": {domain.NewToken()}, "catalog": {strconv.FormatInt(d.catalog.ID, 10)}, "account": {strconv.FormatInt(d.account.ID, 10)},
		"text": {"Yuk bor: Toshkent – Buxoro"}, "rounds": {"3"}, "every": {"2"}, "unit": {"hours"}, "start": {"now"},
	}
}

func (d *campaignDesk) all() []domain.Campaign {
	d.t.Helper()
	cs, _, err := d.store.Campaigns(d.t.Context(), domain.Scope{OrganizationID: d.org.ID}, domain.CampaignFilter{})
	if err != nil {
		d.t.Fatal(err)
	}
	return cs
}

// A day that is used up is said before the campaign is confirmed, and a plan under a
// daily limit of messages says that it is one.
func TestReviewKnowsTheLimitsOfTheDay(t *testing.T) {
	d := newCampaignDesk(t)
	limit := func(campaigns, messages int) {
		l := domain.DefaultLimits
		l.CampaignsPerDay, l.MessagesPerDay = campaigns, messages
		must(t, d.store.SetLimits(t.Context(), d.org.ID, "", l, deskNow))
	}
	b, fields := d.browser(d.owner, "en"), d.campaignFields()
	limit(1, 3)
	b.post("/admin/campaigns/new", fields).wants(t, http.StatusOK, "limit of messages a day is 3, left today: 3")
	if a := b.post("/admin/campaigns", fields); a.status != http.StatusSeeOther {
		t.Fatalf("ordered: %d", a.status)
	}
	again := d.campaignFields()
	b.post("/admin/campaigns/new", again).wants(t, http.StatusTooManyRequests, "limit of campaigns a day is 1", fields.Get("text"))
	limit(2, 0)
	b.post("/admin/campaigns/new", again).lacks(t, "messages a day")
	if n := len(d.all()); n != 1 {
		t.Errorf("%d campaigns", n)
	}
}

func TestCampaignIsReviewedAndOrderedOnce(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	form := b.get("/admin/campaigns/new")
	form.wants(t, http.StatusOK, "Mijozlar", "+998 90 123 45 67")
	form.sound(t)

	fields := d.campaignFields()
	fields.Set("start", "at")
	fields.Set("start_at", "2026-11-21T09:30")
	review := b.post("/admin/campaigns/new", fields)
	// 9:30 in Tashkent, then every two hours; five chats in three rounds.
	review.wants(t, http.StatusOK, "21.11.2026 09:30", "21.11.2026 11:30", "21.11.2026 13:30", "<b class=\"num\">15</b>",
		"taxminan 40 soniya", `value="`+fields.Get("token")+`"`, "Yuk bor: Toshkent – Buxoro</textarea>")
	review.sound(t)
	if n := len(d.all()); n != 0 {
		t.Fatalf("the review has made %d campaigns", n)
	}

	var wg sync.WaitGroup
	places := make([]string, 8)
	for i := range places {
		wg.Go(func() { places[i] = b.post("/admin/campaigns", fields).to })
	}
	wg.Wait()
	cs := d.all()
	if len(cs) != 1 {
		t.Fatalf("%d campaigns, want 1", len(cs))
	}
	for _, p := range places {
		if want := fmt.Sprintf("/admin/campaigns/%d", cs[0].ID); p != want {
			t.Errorf("a click landed on %q, want %q", p, want)
		}
	}
	if want := time.Date(2026, 11, 21, 4, 30, 0, 0, time.UTC); !cs[0].StartAt.Equal(want) || cs[0].Interval != 2*time.Hour {
		t.Errorf("starts at %v every %v, want %v every 2h", cs[0].StartAt, cs[0].Interval, want)
	}

	fields.Set("text", "Boshqa matn")
	changed := b.post("/admin/campaigns", fields)
	changed.wants(t, http.StatusConflict, "Boshqa matn</textarea>", "allaqachon yaratilgan")
	changed.lacks(t, fields.Get("token"))
}

func TestCampaignFormKeepsWhatWasTyped(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "ru")
	for name, c := range map[string]struct {
		field, value string
		want         string
	}{
		"no catalog":   {"catalog", "", "Выберите каталог."},
		"no account":   {"account", "", "Выберите номер."},
		"empty text":   {"text", "   ", "Напишите текст сообщения."},
		"long text":    {"text", strings.Repeat("🎉", 2049), "Текст слишком длинный: 4\u00a0098 знаков"},
		"rounds":       {"rounds", "101", "Введите целое число от 1 до 100."},
		"no number":    {"rounds", "ikki", "Введите целое число от 1 до 100."},
		"interval":     {"every", "0", "Минимальный интервал: 1 час"},
		"huge":         {"every", "99999999999999", "максимальный: 30 дней"},
		"past":         {"start_at", "2026-11-20T14:00", "Это время уже прошло."},
		"no date":      {"start_at", "ertaga", "Укажите дату и время."},
		"too far away": {"start_at", "2029-01-01T00:00", "Это слишком далеко."},
	} {
		t.Run(name, func(t *testing.T) {
			fields := d.campaignFields()
			fields.Set(c.field, c.value)
			if c.field == "start_at" {
				fields.Set("start", "at")
			}
			for _, path := range []string{"/admin/campaigns/new", "/admin/campaigns"} {
				a := b.post(path, fields)
				a.wants(t, http.StatusUnprocessableEntity, c.want, `value="`+fields.Get("rounds")+`"`, `value="`+fields.Get("token")+`"`,
					fields.Get("text")+"</textarea>", `aria-invalid="true"`)
				if c.field != "catalog" {
					a.wants(t, http.StatusUnprocessableEntity, `value="`+fields.Get("catalog")+`" selected`)
				}
				a.sound(t)
			}
		})
	}
	if n := len(d.all()); n != 0 {
		t.Errorf("wrong input has made %d campaigns", n)
	}
}

func TestCampaignOfYearsIsRefused(t *testing.T) {
	d := newCampaignDesk(t)
	fields := d.campaignFields()
	fields.Set("every", "30")
	fields.Set("unit", "days")
	for rounds, says := range map[string]string{"25": "", "26": "more than 2 years from now"} {
		fields.Set("rounds", rounds)
		a := d.browser(d.owner, "en").post("/admin/campaigns/new", fields)
		a.wants(t, map[bool]int{true: http.StatusOK, false: http.StatusUnprocessableEntity}[says == ""], says)
	}
}

func TestCampaignFormIsFilledIn(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "en")
	c := d.order("Ask me again", 4, 0)
	again := b.get(fmt.Sprintf("/admin/campaigns/new?repeat=%d", c.ID))
	again.wants(t, http.StatusOK, "Ask me again</textarea>", `name="rounds" type="number" value="4"`, `value="1" min="1"`, `value="hours" selected`)

	fields := d.campaignFields()
	fields.Set("preset", "30m0s")
	preset := b.post("/admin/campaigns/new", fields)
	preset.wants(t, http.StatusOK, `value="30" min="1"`, `value="minutes" selected`, fields.Get("text")+"</textarea>", fields.Get("token"))

	fields.Del("preset")
	fields.Set("edit", "1")
	b.post("/admin/campaigns/new", fields).wants(t, http.StatusOK, `value="2" min="1"`, fields.Get("text")+"</textarea>", fields.Get("token"))
}

func TestCampaignListFilters(t *testing.T) {
	d := newCampaignDesk(t)
	running := d.order("Ertalabki eʼlon", 1, 0)
	d.open()
	planned := d.order("Kechki XABAR", 1, 30*time.Hour)
	b := d.browser(d.owner, "uz")
	both := b.get("/admin/campaigns")
	both.wants(t, http.StatusOK, "Ertalabki eʼlon", "Kechki XABAR", "Yuborilmoqda", "Rejalashtirilgan")
	both.sound(t)
	for query, want := range map[string]*domain.Campaign{
		"status=running":                    &running,
		"status=scheduled":                  &planned,
		"status=done":                       nil,
		"search=kechki+xabar":               &planned,
		"search=%E2%84%96" + id(running.ID): &running,
		"search=nothing":                    nil,
		"user=" + id(d.member.ID):           nil,
		"from=2026-11-21":                   &planned,
		"to=2026-11-20":                     &running,
		"from=2026-11-21&to=2026-11-21":     &planned,
		"account=999":                       nil,
	} {
		t.Run(query, func(t *testing.T) {
			a := b.get("/admin/campaigns?" + query)
			a.wants(t, http.StatusOK)
			for _, c := range []domain.Campaign{running, planned} {
				row := fmt.Sprintf(`id="campaign-%d"`, c.ID)
				if want != nil && want.ID == c.ID {
					a.wants(t, http.StatusOK, row)
				} else {
					a.lacks(t, row)
				}
			}
			if want == nil {
				a.wants(t, http.StatusOK, "Mos yuborish topilmadi")
			}
		})
	}
	d.browser(d.member, "uz").get("/admin/campaigns").wants(t, http.StatusOK, "Hali yuborishlar yoʻq")
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

func TestCampaignListHasPages(t *testing.T) {
	d := newCampaignDesk(t)
	for i := range 21 {
		d.order(fmt.Sprintf("Xabar %d", i), 1, time.Hour)
	}
	b := d.browser(d.owner, "uz")
	first := b.get("/admin/campaigns?status=scheduled")
	first.wants(t, http.StatusOK, "Xabar 20", "/admin/campaigns?page=2&amp;status=scheduled")
	first.lacks(t, "Xabar 0<")
	b.get("/admin/campaigns?status=scheduled&page=2").wants(t, http.StatusOK, "Xabar 0<")
}

func TestCampaignPageSaysWhatBecameOfEachMessage(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, 0)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, "Birinchi aylanish hali boshlanmagan")
	d.open()
	d.settle(nil)
	d.settle(&domain.SendError{Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"})
	d.settle(&domain.SendError{Action: domain.ActRetry, Code: "TIMEOUT"})
	d.settle(&domain.SendError{Action: domain.ActWaitChat, Code: "SLOWMODE_WAIT_30", Wait: 30 * time.Second})
	a := b.get(path)
	a.wants(t, http.StatusOK,
		"https://t.me/guruh_1/77", "Bu chatda yozish taqiqlangan.", "Noaniq", "qayta yubormang",
		"Guruhda sekin rejim.", "data-until=", "1 ta xabar noaniq", "Yana 1 ta aylanish bor.")
	a.lacks(t, "30 soniya") // the countdown says what is left of it
	a.sound(t)
	if got, want := sums(a.body), "10 = 1 + 1 + 1 + 0 + 0 + 0 + 7"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
	failed := b.get(path + "?status=failed")
	failed.wants(t, http.StatusOK, "Guruh 2")
	failed.lacks(t, "Guruh 1<")
	found := b.get(path + "?search=guruh_3&round=all")
	found.wants(t, http.StatusOK, "Guruh 3")
	found.lacks(t, "Guruh 2<")
}

var sumFigure = regexp.MustCompile(`<dd class="num"(?: data-sign="(.)")?>([^<]*)</dd>`)

// sums is the campaign's sum as its page writes it.
func sums(body string) string {
	var out []string
	for _, m := range sumFigure.FindAllStringSubmatch(body, -1) {
		if m[1] != "" {
			out = append(out, m[1])
		}
		out = append(out, m[2])
	}
	return strings.Join(out, " ")
}

func TestCampaignNeverRunsWhileItWaits(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, "<span>Yuborilmoqda</span>")
	d.settle(&domain.SendError{Action: domain.ActWaitAccount, Code: "FLOOD_WAIT_600", Wait: 10 * time.Minute})
	waits := b.get("/admin/campaigns")
	waits.wants(t, http.StatusOK, "Kutmoqda", "Telegram cheklovi", "data-until=")
	waits.lacks(t, "<span>Yuborilmoqda</span>")
	for _, c := range []struct {
		state domain.AccountState
		want  string
	}{
		{domain.AccountPaused, "Telegram raqamni chekladi"},
		{domain.AccountNeedsLogin, "Raqam Telegramdan chiqib qolgan"},
		{domain.AccountDisconnected, "Raqam uzib qoʻyilgan"},
	} {
		if _, err := d.store.SetAccountState(t.Context(), d.org.ID, d.account.ID, c.state, "", deskNow); err != nil {
			t.Fatal(err)
		}
		a := b.get(path)
		a.wants(t, http.StatusOK, "Kutmoqda", c.want, `href="/admin/accounts/`+id(d.account.ID)+`"`)
		a.lacks(t, "<span>Yuborilmoqda</span>")
		b.get("/admin/campaigns").wants(t, http.StatusOK, `<a href="/admin/campaigns?status=care">Eʼtibor kerak</a>`, "yuborish: 1 ·")
		b.get("/admin/campaigns?status=care").wants(t, http.StatusOK, "Yuk bor")
		b.get("/admin/campaigns?status=running").lacks(t, "Yuk bor")
	}
}

func TestCampaignWaitsForItsChats(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	for range d.peers {
		d.settle(&domain.SendError{Action: domain.ActWaitChat, Code: "SLOWMODE_WAIT_600", Wait: 10 * time.Minute})
	}
	a := d.browser(d.owner, "uz").get("/admin/campaigns/" + id(c.ID))
	a.wants(t, http.StatusOK, id(int64(len(d.peers)))+" ta chat kutilmoqda", "data-until=")
	a.lacks(t, "<span>Yuborilmoqda</span>")
	d.browser(d.owner, "ru").get("/admin/campaigns?status=running").wants(t, http.StatusOK, "Ждём 5 чатов")
}

func TestCampaignCancel(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, 0)
	d.open()
	d.settle(nil)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, "“Yuk bor” bekor qilinsinmi?", "Navbatdagi 9 ta xabar endi yuborilmaydi.")
	b.post(path+"/cancel", nil).leads(t, path, "ok campaign.now_cancelled")
	a := b.get(path)
	a.wants(t, http.StatusOK, "Bekor qilindi", "1 ta aylanish boshlanmay qoldi.")
	if got, want := sums(a.body), "10 = 1 + 0 + 0 + 0 + 0 + 9 + 0"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
	for _, act := range []string{"/cancel", "/pause", "/start"} {
		b.post(path+act, nil).leads(t, path, "warn campaign.ended")
	}
	b.post(path+"/resume", nil).leads(t, path, "warn campaign.not_paused")
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "warn campaign.cancelled")
	b.post(path+"/rounds/2/send", nil).leads(t, path, "warn campaign.cancelled")
	b.post(path+"/look", nil).leads(t, path, "info campaign.looked")
}

func TestDeliveriesCancel(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	sent := d.settle(nil)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	ds, _, err := d.store.Deliveries(t.Context(), domain.Scope{OrganizationID: d.org.ID}, c.ID, domain.DeliveryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	page := b.get(path)
	page.lacks(t, fmt.Sprintf(`name="ids" value="%d"`, sent.DeliveryID))
	page.wants(t, http.StatusOK, fmt.Sprintf(`name="ids" value="%d"`, ds[1].ID))
	a := b.post(path+"/deliveries/cancel", url.Values{
		"ids": {id(ds[1].ID), id(ds[2].ID), id(sent.DeliveryID)}, "back": {path + "?status=planned"},
	})
	if a.to != path+"?status=planned" {
		t.Errorf("went on to %q", a.to)
	}
	if got, want := sums(b.get(path).body), "5 = 1 + 0 + 0 + 0 + 0 + 2 + 2"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
	if a := b.post(path+"/deliveries/cancel", url.Values{"ids": {"x"}, "back": {"https://evil.example/"}}); a.to != path {
		t.Errorf("went on to %q", a.to)
	}
}

// What belongs to others answers exactly as what does not exist, and stays as it
// is.
func TestCampaignOfOthersIsMissing(t *testing.T) {
	d := newCampaignDesk(t)
	foreign, _, err := d.campaigns.Create(t.Context(), d.other.actor, domain.Draft{
		Token: domain.NewToken(), CatalogID: d.other.catalog.ID, AccountID: d.other.account.ID, Text: "Begona matn", Rounds: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	colleague := d.order("Hamkasb matni", 1, 0)
	for who, c := range map[string]struct {
		user domain.User
		id   int64
	}{"other organization": {d.owner, foreign.ID}, "colleague": {d.member, colleague.ID}} {
		b := d.browser(c.user, "uz")
		for _, r := range []struct{ method, path string }{
			{"GET", ""},
			{"GET", "/live"},
			{"GET", "/text"},
			{"POST", "/text"},
			{"POST", "/start"},
			{"POST", "/pause"},
			{"POST", "/resume"},
			{"POST", "/cancel"},
			{"POST", "/look"},
			{"POST", "/rounds/1/send"},
			{"POST", "/rounds/1/retry"},
			{"POST", "/deliveries/cancel"},
		} {
			form := url.Values{"text": {"Oʻzgargan matn"}, "version": {"1"}}
			theirs := b.do(r.method, "/admin/campaigns/"+id(c.id)+r.path, form)
			none := b.do(r.method, "/admin/campaigns/987654"+r.path, form)
			if theirs.status != http.StatusNotFound || theirs.body != none.body {
				t.Errorf("%s: %s %s answers %d, unlike a missing one", who, r.method, r.path, theirs.status)
			}
		}
		b.get("/admin/campaigns/new?repeat="+id(c.id)).wants(t, http.StatusNotFound)
	}
	b := d.browser(d.owner, "uz")
	for field, value := range map[string]int64{"catalog": d.other.catalog.ID, "account": d.other.account.ID} {
		fields := d.campaignFields()
		fields.Set(field, id(value))
		theirs := b.post("/admin/campaigns", fields)
		theirs.wants(t, http.StatusNotFound, fields.Get("text"))
		theirs.lacks(t, "Lola")
		fields.Set(field, "987654")
		if none := b.post("/admin/campaigns", fields); none.body != theirs.body {
			t.Errorf("a foreign %s answers unlike a missing one", field)
		}
	}
	for _, c := range []struct {
		scope domain.Scope
		id    int64
	}{{d.other.actor.Scope(), foreign.ID}, {domain.Scope{OrganizationID: d.org.ID}, colleague.ID}} {
		if got, err := d.store.Campaign(t.Context(), c.scope, c.id); err != nil || got.Status != domain.CampaignScheduled || got.Texts != 1 {
			t.Errorf("the campaign of others is %s with %d texts (%v)", got.Status, got.Texts, err)
		}
	}
}
