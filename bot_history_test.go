package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// slowMember is [connectedMember] at a pace at which one can press buttons meanwhile.
func slowMember(t *testing.T) (*app, seeded, string, *chatter) {
	t.Helper()
	_, tg := startTelegram(t)
	a, w, panel := startPanel(t, tg.URL, 4*time.Second)
	if err := a.connectSeed(t.Context(), w, tg); err != nil {
		t.Fatal(err)
	}
	bot := &chatter{t: t, c: tg, phone: seedMemberPhone}
	bot.says("/start")
	return a, w, panel, bot
}

const historyText = "Toshkentdan <Moskva>ga & 22 tonna\n\nTent kerak 🚛"

// orderForMember orders a campaign of the member in the panel, to all his chats.
func orderForMember(t *testing.T, a *app, w seeded, panel, text string, rounds int) (id int64, desk *browserless) {
	t.Helper()
	desk = signIn(t, panel, seedMember)
	acs, err := a.store.Accounts(t.Context(), w.member.Scope())
	if err != nil || len(acs) != 1 {
		t.Fatalf("%d numbers, %v", len(acs), err)
	}
	cats, err := a.store.Catalogs(t.Context(), w.member.Scope())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cats {
		if c.Name == "Hamma guruh va kanallar" {
			return desk.order(t, c.ID, acs[0].ID, text, rounds, 10*time.Minute), desk
		}
	}
	t.Fatal("no catalog")
	return 0, nil
}

var sentForm = regexp.MustCompile(`Yuborildi: (\d+) / (\d+)`)

// sentCount is how many messages the campaign's message says are sent.
func sentCount(m world.BotMessage) int {
	n := 0
	if found := sentForm.FindStringSubmatch(m.Text); found != nil {
		n, _ = strconv.Atoi(found[1])
	}
	return n
}

// forges presses a button that no message has.
func (p *chatter) forges(data string, parts ...string) world.BotMessage {
	p.t.Helper()
	list := p.said()
	p.ok(p.c.BotDo(p.t.Context(), p.phone, world.BotInput{Callback: data, MessageID: list[len(list)-1].ID, Forged: true}))
	return p.sees(parts...)
}

// TestBotHistory: a campaign's message follows it by itself; it is paused, one chat is
// taken out, it goes on, is cancelled and repeated, and each is so in the storage.
func TestBotHistory(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := slowMember(t)
	bot.types("/history", "Hali yuborishlar yoʻq", "Katalog tanlang")
	bot.data("send")

	id, desk := orderForMember(t, a, w, panel, historyText, 2)
	stored := func() domain.Campaign {
		t.Helper()
		c, err := a.store.Campaign(t.Context(), w.member.Scope(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	bot.types("/history", "Tarix", "№1 Toshkentdan <Moskva>ga & 22 tonna Tent kerak", "Yuborilmoqda · ")
	m := bot.taps("№1", "№1 · Yuborilmoqda", "Hamma guruh va kanallar", "+998 90 100 00 04", "2 ta aylanish, orasi 10 daqiqa", historyText, "Jonli")
	for first, n := sentCount(m), 0; n < 2; n++ { // nobody presses anything
		eventually(t, "the message follows the campaign", func() bool {
			list := bot.said()
			m = list[len(list)-1]
			return sentCount(m) > first
		})
		first = sentCount(m)
	}

	pause := bot.data("⏸")
	bot.taps("⏸", "№1 · Toʻxtab turibdi", "Qoʻlda toʻxtatib qoʻyilgan", "davom ettirsangiz")
	if c := stored(); c.Status != domain.CampaignPaused {
		t.Errorf("it is %s", c.Status)
	}
	if page := desk.get(t, "/admin/campaigns/1"); !strings.Contains(page, "Toʻxtab turibdi") {
		t.Error("the panel does not say so")
	}
	if m := bot.forges(pause, "Bu yuborish toʻxtatib turilibdi", "№1 · Toʻxtab turibdi"); m.Alert {
		t.Error("what is done already is told as a refusal")
	}

	bot.taps("📋", "Chatlar", "1-aylanish · Barcha holatlar", "✅ Yuborildi ", "1. ")
	bot.forges("c.chats:1:1:0:999999", "🕓 Navbatda", "Yuborish toʻxtatib turilibdi")
	bot.forges("c.chats:1:-7:-7:-7", "Barcha aylanishlar · Barcha holatlar", "1-aylanish")
	bot.forges("c.rounds:1:0:77", "1-aylanish · ", "Yana 1 ta aylanish bor")
	bot.taps("1", "1-aylanish · Barcha holatlar")
	bot.taps("Holat boʻyicha", "Qaysi xabarlar")
	bot.taps("❌", "Mos xabar topilmadi")
	bot.taps("Holat boʻyicha", "Qaysi xabarlar")
	bot.taps("Qoldi", "1-aylanish · Qoldi", "🕓 Navbatda", "raqamini bosing")
	bot.taps("1", "superguruh", "🕓 Navbatda")
	bot.taps("➖", "yuborilmasinmi?", "Keyingi aylanishlar oʻzgarmaydi")
	bot.taps("Yoʻq", "🕓 Navbatda")
	bot.taps("➖", "yuborilmasinmi?")
	take := bot.data("Ha, yuborilmasin")
	bot.taps("Ha, yuborilmasin", "Bu chatga xabar yuborilmaydi", "🚫 Bekor qilindi")
	bot.forges(take, "Bu chatga xabar yuborilmaydi")
	if c := stored(); c.Counts.Cancelled != 1 {
		t.Errorf("%d cancelled", c.Counts.Cancelled)
	}
	bot.taps("« №1", "Bekor qilindi: 1")
	bot.taps("📋", "Chatlar")
	bot.taps("🔎", "Chat nomining")
	bot.types(seedGroup, "🔎 "+seedGroup+": 1")
	bot.taps("« №1", "№1 · Toʻxtab turibdi")

	bot.taps("▶️", "Yuborish davom ettirildi", "№1 · ")
	bot.taps("🚫", "bekor qilinsinmi?", "endi yuborilmaydi")
	bot.taps("Yoʻq", "Jonli")
	bot.taps("🚫", "bekor qilinsinmi?")
	cancel := bot.data("Ha, bekor qilish")
	bot.taps("Ha, bekor qilish", "Yuborish bekor qilindi", "№1 · Bekor qilindi")
	bot.forges(cancel, "bekor qilingan", "№1 · Bekor qilindi", "holatiga koʻra")
	c := stored()
	if c.Status != domain.CampaignCancelled || c.Counts.Sent == 0 {
		t.Errorf("it is %s, %+v", c.Status, c.Counts)
	}
	eventually(t, "nothing of it is under way", func() bool { return stored().Counts.Open() == 0 })
	compare(t, bot.c, a.store, w.member, id)
	bot.taps("↩️", "Tekshiring va tasdiqlang", "Hamma guruh va kanallar", "Toshkentdan <Moskva>ga")
}

// TestBotHistoryActs: a campaign that waits for its time starts by a press, what has
// failed of it goes out again by another, and its whole text can be read.
func TestBotHistoryActs(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	acs, err := a.store.Accounts(t.Context(), w.member.Scope())
	bot.ok(err)
	cats, err := a.store.Catalogs(t.Context(), w.member.Scope())
	bot.ok(err)
	campaigns := &domain.Campaigns{
		Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub, Now: time.Now,
	}
	long := strings.Repeat("Toshkentdan Moskvaga 22 tonna yuk bor. ", 100) // 3,900 units
	c, _, err := campaigns.Create(t.Context(), w.member, domain.Draft{
		Token: strings.Repeat("t", 16), CatalogID: cats[0].ID, AccountID: acs[0].ID, Text: long, Rounds: 1, StartAt: time.Now().Add(time.Hour),
	})
	bot.ok(err)
	_, err = bot.c.AddFault(t.Context(), world.Fault{Method: "messages.sendMessage", Mode: world.FaultBefore, Error: "CHAT_WRITE_FORBIDDEN", Times: 2})
	bot.ok(err)

	bot.types("/history", "№1", "Rejalashtirilgan")
	bot.taps("№1", "Rejalashtirilgan")
	bot.taps("▶️", "hozir boshlansinmi?")
	start := bot.data("Hozir boshlash")
	bot.taps("Hozir boshlash", "rejadagi vaqtini kutmaydi")
	bot.forges(start, "allaqachon boshlangan")
	stored := func() domain.Campaign {
		c, err := a.store.Campaign(t.Context(), w.member.Scope(), c.ID)
		bot.ok(err)
		return c
	}
	eventually(t, "it has ended", func() bool { return stored().Status == domain.CampaignDone })
	if n := stored().Counts.Failed; n != 2 {
		t.Fatalf("%d failed", n)
	}
	bot.types("/history", "№1", "Tugadi")
	bot.taps("№1", "Yuborilmadi: 2")
	bot.taps("🔁", "Avval sababini bartaraf eting")
	bot.taps("Qayta yuborish", "qayta navbatga qoʻyildi")
	eventually(t, "all are sent", func() bool { c := stored(); return c.Counts.Sent == c.Counts.Planned })
	compare(t, bot.c, a.store, w.member, c.ID)

	bot.types("/history", "№1")
	bot.taps("№1", fmt.Sprintf("Yuborildi: %d / %d", c.Peers, c.Peers))
	bot.taps("Matnni toʻliq", strings.TrimSpace(long))
}

// TestBotHistoryRights: who may only look sees a campaign without the buttons that act;
// pressing them all the same does nothing, and what is another organization's is not
// there.
func TestBotHistoryRights(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := slowMember(t)
	id, _ := orderForMember(t, a, w, panel, historyText, 1)
	u := domain.User{
		OrganizationID: w.member.User.OrganizationID, Role: domain.RoleMember, Name: "Qarovchi", ReadOnly: true, Sees: domain.SeesOrganization,
		TelegramID: 7000011, CreatedAt: time.Now(),
	}
	if _, err := a.store.AddUser(t.Context(), u, "", domain.PasswordLink{}); err != nil {
		t.Fatal(err)
	}
	watcher := &chatter{t: t, c: bot.c, phone: "+998901000011"}
	watcher.types("/start", "Qarovchi")
	watcher.types("/history", "№1", "Bekzod Aliyev")
	watcher.taps("№1", historyText, "Kim yuboradi: Bekzod Aliyev")
	list := watcher.said()
	for _, icon := range []string{"⏸", "▶️", "🚫", "↩️", "➖", "🔁", "⏩"} {
		if b, ok := buttonOf(list[len(list)-1], icon); ok {
			t.Errorf("he may press %q", b.Text)
		}
	}
	other := &chatter{t: t, c: bot.c, phone: "+998901000012"}
	u.OrganizationID, u.Sees, u.ReadOnly, u.TelegramID, u.Name = otherOrganizationOf(t, a), domain.SeesOwn, false, 7000012, "Begona"
	if _, err := a.store.AddUser(t.Context(), u, "", domain.PasswordLink{}); err != nil {
		t.Fatal(err)
	}
	other.types("/start", "Begona")
	other.types("/history", "Hali yuborishlar yoʻq")

	ds, _, err := a.store.Deliveries(t.Context(), w.member.Scope(), id, domain.DeliveryFilter{Limit: 1})
	if err != nil || len(ds) != 1 {
		t.Fatalf("%d deliveries, %v", len(ds), err)
	}
	peer := int64(ds[0].Peer.ID)
	acts := []string{
		"c.pause:1", "c.resume:1", "c.start:1", "c.start.yes:1", "c.cancel:1", "c.cancel.yes:1", "c.look:1", "c.repeat:1",
		"c.retry:1:1", "c.retry.yes:1:1", "c.missed:1:1", "c.missed.yes:1:1", fmt.Sprintf("c.take:1:%d", peer), fmt.Sprintf("c.take.yes:1:%d", peer),
	}
	looks := []string{"c:1", "c.text:1", "c.rounds:1:0:0", "c.states:1:1", "c.chats:1:1:0:0", "c.find:1", fmt.Sprintf("c.chat:1:%d", peer), fmt.Sprintf("c.chat:1:%d", peer+1), "c:99"}
	refused := func(p *chatter, data string) {
		t.Helper()
		newest := func() world.BotMessage {
			list := p.said()
			return list[len(list)-1]
		}
		was := newest().ID
		p.ok(p.c.BotSay(t.Context(), p.phone, "/history"))
		eventually(t, "the list", func() bool { return newest().ID > was })
		p.forges(data)
		eventually(t, data+" is answered", func() bool { return newest().Answer != "" })
		if m := newest(); !strings.Contains(m.Answer, "Bu topilmadi") && !strings.Contains(m.Answer, "faqat kuzat") {
			t.Errorf("%s: %s", data, m.Answer)
		}
	}
	for _, data := range acts {
		refused(watcher, data)
		refused(other, data)
	}
	for _, data := range looks {
		refused(other, data)
	}
	c, err := a.store.Campaign(t.Context(), w.member.Scope(), id)
	if err != nil || c.Status != domain.CampaignRunning && c.Status != domain.CampaignDone || c.Counts.Cancelled != 0 {
		t.Errorf("it is %s, %+v, %v", c.Status, c.Counts, err)
	}
}

// otherOrganizationOf is the second organization of the sandbox.
func otherOrganizationOf(t *testing.T, a *app) int64 {
	t.Helper()
	who, _, err := a.store.UserByEmail(t.Context(), "other@sandbox.uz")
	if err != nil {
		t.Fatal(err)
	}
	return who.User.OrganizationID
}

// TestBotHistoryLanguages: a campaign is told in each language.
func TestBotHistoryLanguages(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := slowMember(t)
	orderForMember(t, a, w, panel, historyText, 2)
	for i, words := range [][]string{
		{"Tarix", "Boshlanishi", "Barcha holatlar", "guruh · №1"},
		{"Тарих", "Бошланиши", "Барча ҳолатлар", "гуруҳ · №1"},
		{"История", "Начало", "Все состояния", "группа · №1"},
		{"History", "Start", "Any status", "group · #1"},
	} {
		bot.types("/menu", "Bekzod Aliyev")
		bot.forges(fmt.Sprintf("lang.set:%d", i), "Bekzod Aliyev")
		bot.types("/history", words[0])
		bot.taps("c:1", words[1], historyText)
		bot.taps("📋", words[2])
		bot.taps("c.chat:1:", words[3])
	}
}
