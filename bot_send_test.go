package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// sees waits until one of the newest messages says all of that.
func (p *chatter) sees(parts ...string) world.BotMessage {
	p.t.Helper()
	return p.answers(map[int]string{}, parts)
}

// types writes, and waits until a message that is new then says all of that.
func (p *chatter) types(text string, parts ...string) world.BotMessage {
	p.t.Helper()
	was := p.looks()
	p.ok(p.c.BotSay(p.t.Context(), p.phone, text))
	return p.answers(was, parts)
}

// taps presses the newest button that begins with a label or with that data, and waits
// until a message that is new then, or looks new, says all of that.
func (p *chatter) taps(button string, parts ...string) world.BotMessage {
	p.t.Helper()
	data := p.data(button)
	was := p.looks()
	p.ok(p.c.BotPress(p.t.Context(), p.phone, data))
	return p.answers(was, parts)
}

// looks is what the messages look like now.
func (p *chatter) looks() map[int]string {
	p.t.Helper()
	was := map[int]string{}
	for _, m := range p.said() {
		was[m.ID] = look(m)
	}
	return was
}

// answers waits for a message that was not there before and says all of that: notices
// may come between.
func (p *chatter) answers(was map[int]string, parts []string) (found world.BotMessage) {
	p.t.Helper()
	says := func(m world.BotMessage) bool {
		return !slices.ContainsFunc(parts, func(s string) bool { return !strings.Contains(m.Text, s) && !strings.Contains(m.Answer, s) })
	}
	end := time.Now().Add(patience)
	for {
		list := p.said()
		for _, m := range list {
			if was[m.ID] != look(m) && says(m) {
				found = m
			}
		}
		if strings.Contains(found.Text, "⟦") {
			p.t.Errorf("a text is missing: %s", found.Text)
		}
		if found.ID != 0 {
			return found
		}
		if time.Now().After(end) {
			p.t.Fatalf("the bot does not say %q, but:\n%s", parts, list[len(list)-1].Text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// data is that of a button, of the newest message that has such a one.
func (p *chatter) data(button string) string {
	p.t.Helper()
	list := p.said()
	slices.Reverse(list)
	for _, m := range list {
		if b, ok := buttonOf(m, button); ok {
			return b.CallbackData
		}
		if m.Markup == nil {
			continue
		}
		for _, b := range slices.Concat(m.Markup.Inline...) {
			if strings.HasPrefix(b.CallbackData, button) {
				return b.CallbackData
			}
		}
	}
	p.t.Fatalf("no button %q under: %s", button, list[0].Text)
	return ""
}

func (p *chatter) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

const yukText = "Toshkent → Moskva 🚛 <22 t>\n\nTent kerak"

// yukFormats are some of its formats: the first word is bold, the last line a link.
var yukFormats = []world.Entity{{Type: "bold", Length: 8}, {Type: "text_link", Offset: 29, Length: 4, URL: "https://example.uz/yuk"}}

// TestBotSend: the whole way, with everything that one may type wrongly, back to the
// beginning and forward again; what is confirmed is one campaign, which goes out as it
// was typed.
func TestBotSend(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := connectedMember(t)

	bot.types("/send", "1/5", "Katalog")
	bot.types("hamma   GURUH", "1 ta katalog topildi")
	bot.types("yoʻq bunday", "hech narsa topilmadi")
	bot.taps("Hammasini koʻrsatish", "Tanlang yoki nomini yozib")
	bot.taps("Yuk guruhlari", "2/5", "Bekzod Aliyev", "+998 90 100 00 04")
	bot.types("90 100-00-04", "1 ta raqam topildi")
	bot.taps("Bekzod Aliyev", "3/5", "Xabar matnini yozing")
	bot.ok(bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Text: yukText, Entities: yukFormats}))
	bot.sees("shu koʻrinishda", "<22 t>", "Belgilar: 39 / 4\u00a0096")
	if !slices.ContainsFunc(bot.said(), func(m world.BotMessage) bool { return m.Text == yukText && slices.Equal(m.Entities, yukFormats) }) {
		t.Error("the text is not shown as it will look")
	}
	bot.taps("✔️", "4/5", "Necha aylanish")
	bot.types("juda koʻp", "1 dan 100 gacha", "masalan: 4")
	bot.types("-1", "1 dan 100 gacha", "masalan: 4")
	bot.types("101", "1 dan 100 gacha")
	bot.types("2", "Aylanishlar orasi", "Kamida 10 soniya, koʻpi bilan 30 kun")
	bot.types("tezroq", "Tushunarsiz.", "yozing: 45 (daqiqa)")
	bot.types("0", "kamida 10 soniya", "45 (daqiqa)")
	bot.types("-1", "kamida 10 soniya", "45 (daqiqa)")
	bot.types("99999999999", "koʻpi bilan 30 kun boʻlsin", "45 (daqiqa)")
	bot.types("1.5", "Tushunarsiz", "45 (daqiqa)")
	bot.types("5 soniya", "kamida 10 soniya")
	bot.types("31 kun", "koʻpi bilan 30 kun boʻlsin")
	bot.types("1,5 daqiqa", "5/5", "Boshlanishi", "Toshkent")
	bot.types("31.02 10:00", "Bunday kun yoʻq.")
	bot.types("25:00", "Bunday vaqt yoʻq.")
	if m := bot.types("qachondir", "Tushunarsiz."); strings.Count(m.Text, "18:30") != 1 {
		t.Errorf("the examples are not said once:\n%s", m.Text)
	}
	bot.types("01.02.2020 10:00", "oʻtib ketgan")
	bot.types("01.02.2099 10:00", "juda uzoq")
	bot.taps("Ertaga", "soat nechada")
	bot.taps("« Orqaga", "5/5", "Qachon boshlansin")
	for _, at := range []string{"Aylanishlar orasi", "Necha aylanish", "3/5", "2/5", "1/5"} {
		bot.taps("« Orqaga", at)
	}

	bot.types("/menu", "Bekzod Aliyev")
	bot.types("/send", "Tugallanmagan qoralama", "Yuk guruhlari", "Toshkent → Moskva")
	bot.taps("▶️ Davom ettirish", "5/5")
	bot.types("hozir", "Tekshiring va tasdiqlang", "Yuk guruhlari", "+998 90 100 00 04", "2 ta aylanish, orasi 1 daqiqa 30 soniya",
		"1-aylanish:", "2-aylanish:", "Taxminiy tugashi", "ta xabar:")
	bot.taps("✏️ Aylanishlar orasi", "4/5 · Aylanishlar orasi")
	bot.taps("Tekshirish »", "Tekshiring va tasdiqlang")
	confirm := bot.data("✅ Yuborishni boshlash")
	for range 2 {
		bot.ok(bot.c.BotPress(t.Context(), bot.phone, confirm))
	}
	shown := bot.sees("№1").ID
	bot.types("/send", "1/5")
	bot.ok(bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: confirm, MessageID: shown, Forged: true}))
	bot.types("/send", "1/5")

	cs, total, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10})
	if err != nil || total != 1 {
		t.Fatalf("%d campaigns, %v", total, err)
	}
	want := domain.Formats{{Kind: domain.FormatBold, Length: 8}, {Kind: domain.FormatLink, Offset: 29, Length: 4, URL: "https://example.uz/yuk"}}
	if c := cs[0]; c.Text != yukText || !slices.Equal(c.Formats, want) || c.Rounds != 2 || c.Interval != 90*time.Second || c.CatalogName != "Yuk guruhlari" {
		t.Errorf("the campaign is %+v", c)
	}
	page := signIn(t, panel, seedMember).get(t, "/admin/campaigns/1")
	for _, part := range []string{"&lt;22 t&gt;", "https://example.uz/yuk", "Yuk guruhlari"} {
		if !strings.Contains(page, part) {
			t.Errorf("the panel does not show %q", part)
		}
	}
	wentOut(t, bot, seedGroup)
}

// wentOut waits until the text stands in a group as it was typed.
func wentOut(t *testing.T, bot *chatter, group string) {
	t.Helper()
	chats, err := bot.c.Chats(t.Context())
	bot.ok(err)
	for _, c := range chats {
		if c.Username != group {
			continue
		}
		eventually(t, "the message is in the group", func() bool {
			list, err := bot.c.Messages(t.Context(), c.ID, 0)
			bot.ok(err)
			return slices.ContainsFunc(list, func(m world.MessageInfo) bool {
				return m.SenderID == seedMemberID && m.Text == yukText && slices.Equal(m.Entities, yukFormats)
			})
		})
	}
}

// TestBotSendChanged: a button to confirm is for what stands above it. Once more was
// chosen it asks again, and it is nobody's when another order has begun.
func TestBotSendChanged(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	count := func() int {
		_, n, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10})
		bot.ok(err)
		return n
	}
	below := bot.orders("Salom").ID
	stale := bot.data("send.go:")
	bot.taps("✏️ Xabar matni", "3/5")
	bot.types("Boshqa matn", "shu koʻrinishda")
	bot.taps("Tekshirish »", "Boshqa matn")
	bot.ok(bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: stale, MessageID: below, Forged: true}))
	eventually(t, "it asks again", func() bool {
		return slices.ContainsFunc(bot.said(), func(m world.BotMessage) bool { return strings.Contains(m.Text, "Qoralama oʻzgargan") })
	})
	if n := count(); n != 0 {
		t.Fatalf("%d campaigns of a button for something else", n)
	}
	bot.taps("✏️ Boshlanishi", "5/5")
	bot.taps("Ertaga", "soat nechada")
	bot.taps("18:00", "Tekshiring va tasdiqlang", "18:00")
	bot.taps("🗑 Oʻchirish", "Qoralama oʻchirildi")
	bot.ok(bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: stale, MessageID: below, Forged: true}))
	eventually(t, "the button is nobody's", func() bool {
		return slices.ContainsFunc(bot.said(), func(m world.BotMessage) bool { return strings.Contains(m.Answer, "eski qoralama") })
	})
	if n := count(); n != 0 {
		t.Errorf("%d campaigns of a dropped order", n)
	}
}

// orders goes the whole way to the review, in any language: one round, now.
func (p *chatter) orders(text string) world.BotMessage {
	p.t.Helper()
	p.types("/send", "1/5")
	p.taps("send.cat:", "2/5")
	p.taps("send.num:", "3/5")
	p.types(text, "3/5", text)
	p.taps("send.text.ok:", "4/5")
	p.taps("send.round:", "5/5")
	return p.taps("send.now:", "+998 90 100 00", text)
}

// TestBotSendLanguages: in every language a campaign comes of the main way.
func TestBotSendLanguages(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	for _, l := range []struct{ language, review, number string }{
		{"Ўзбекча", "Текширинг ва тасдиқланг", "№1"}, {"Русский", "Проверьте и подтвердите", "№2"}, {"English", "Check and confirm", "#3"},
	} {
		bot.says("/language")
		bot.presses(l.language)
		bot.orders("Yuk bor " + l.language)
		bot.sees(l.review)
		bot.taps("send.go:", l.number)
	}
	cs, total, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10})
	if err != nil || total != 3 || cs[0].Text != "Yuk bor English" || cs[0].Rounds != 1 {
		t.Errorf("%d campaigns, %+v, %v", total, cs, err)
	}
}

// TestBotSendNeeds: what is missing before anything can be sent is said, with the way
// to it.
func TestBotSendNeeds(t *testing.T) {
	t.Parallel()
	_, tg := startTelegram(t)
	a, w, panel := startPanel(t, tg.URL, time.Second)
	bot := &chatter{t: t, c: tg, phone: seedMemberPhone}
	bot.types("/start", "Bekzod Aliyev")
	m := bot.types("/send", "Avval raqam ulang", "Raqam panelda ulanadi")
	if b, _ := buttonOf(m, "➕"); !strings.HasPrefix(b.URL, panel+"/admin/new-telegram-users") {
		t.Errorf("connecting leads to %q", b.URL)
	}
	bot.ok(a.connectSeed(t.Context(), w, tg))
	cs, err := a.store.Catalogs(t.Context(), w.member.Scope())
	bot.ok(err)
	for _, c := range cs {
		bot.ok(a.store.DeleteCatalog(t.Context(), w.member.Scope(), c.ID))
	}
	bot.types("/send", "Avval katalog tuzing")
	if d := bot.data("➕ Yangi katalog"); d != "cat.new" {
		t.Errorf("a new catalog is %q", d)
	}
	_, err = a.store.CreateCatalog(t.Context(), domain.Catalog{OrganizationID: w.member.User.OrganizationID, UserID: w.member.User.ID, Name: "Quruq"})
	bot.ok(err)
	bot.types("/send", "1/5")
	bot.taps("Quruq", "hali chat yoʻq")
	bot.taps("➕ Chat qoʻshish", "Quruq")
}

// TestBotSendRefused: who may not send reads why, whenever that has begun.
func TestBotSendRefused(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	org, now := w.member.User.OrganizationID, time.Now().UTC()
	_, err := a.store.SetStop(t.Context(), org, domain.StopNone, domain.StopOwner, now)
	bot.ok(err)
	bot.orders("Salom")
	bot.sees("Tashkilotning barcha yuborishlari toʻxtatilgan")

	limits := domain.DefaultLimits
	limits.CampaignsPerDay = 1
	bot.ok(a.store.SetLimits(t.Context(), org, "", limits, now))
	bot.taps("send.go:", "№1")
	bot.types("/send", "chegara")

	limits.CampaignsPerDay = 0
	bot.ok(a.store.SetLimits(t.Context(), org, "", limits, now))
	bot.orders("Salom")
	reader := w.member.User
	reader.ReadOnly = true
	bot.ok(a.store.EditUser(t.Context(), w.member.User, reader, now))
	bot.taps("send.go:", "Qoralamangiz saqlanib turadi")
	bot.types("/send", "faqat kuzatishga ruxsat berilgan")
	if _, n, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10}); err != nil || n != 1 {
		t.Errorf("%d campaigns, %v", n, err)
	}
}

// TestBotSendRestart: what was chosen is there after the product was killed, and can
// be dropped.
func TestBotSendRestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Second, loadPhones[0])
	h.change("UPDATE users SET telegram_id = 7000012 WHERE id = ?", h.owner.User.ID)
	h.start()
	bot := &chatter{t: t, c: h.tg, phone: "+998901000012"}
	bot.types("/start", h.owner.User.Name)
	bot.types("/send", "1/5")
	bot.taps("Sinov", "2/5")
	bot.taps("send.num:", "3/5")
	bot.types("Uzoq yuk", "shu koʻrinishda")
	bot.taps("send.text.ok:", "4/5")
	h.p.kill()
	h.start()
	bot.types("3", "Aylanishlar orasi")
	bot.types("/cancel", h.owner.User.Name)
	bot.types("/send", "Tugallanmagan", "Uzoq yuk", "Sinov")
	bot.taps("🗑", "1/5")
	bot.types("/menu", h.owner.User.Name)
	bot.types("/send", "1/5")
	if n := h.number("SELECT COUNT(*) FROM campaigns"); n != 0 {
		t.Errorf("%d campaigns", n)
	}
}

// TestOrderStands: a campaign that was ordered is the answer to the same order, also
// when nothing may be ordered any more: the bot may ask twice after a crash.
func TestOrderStands(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0, loadPhones[0])
	inside(t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		campaigns := &domain.Campaigns{
			Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub, Now: time.Now,
		}
		d := domain.Draft{Token: domain.NewToken(), CatalogID: h.catalogs[0].ID, AccountID: h.accounts[0].ID, Text: "Salom", Rounds: 1}
		c, created, err := campaigns.Create(ctx, h.owner, d)
		if err != nil || !created {
			t.Fatal(created, err)
		}
		if err := a.store.DeleteCatalog(ctx, h.owner.Scope(), h.catalogs[0].ID); err != nil {
			t.Fatal(err)
		}
		again, created, err := campaigns.Create(ctx, h.owner, d)
		if err != nil || created || again.ID != c.ID {
			t.Errorf("campaign %d, %v, %v", again.ID, created, err)
		}
	})
}
