package main

import (
	"strings"
	"testing"

	"postix/domain"
)

// put queues an update about a message of the chatter's.
func (p *chatter) put(kind string, message int, text string) {
	p.t.Helper()
	_, err := p.c.BotPut(p.t.Context(), map[string]any{kind: map[string]any{
		"message_id": message, "date": 1, "text": text,
		"from": map[string]any{"id": seedMemberID, "is_bot": false, "first_name": "B"},
		"chat": map[string]any{"id": seedMemberID, "type": "private"},
	}})
	p.ok(err)
}

// puts does so, and waits for what the bot says then.
func (p *chatter) puts(kind string, message int, text string, parts ...string) {
	p.t.Helper()
	was := p.looks()
	p.put(kind, message, text)
	p.answers(was, parts)
}

// mute does something, and fails where the bot answers it: that something else is
// answered tells that it was handled.
func (p *chatter) mute(do func()) {
	p.t.Helper()
	before := len(p.said())
	do()
	p.types("/language", "Qaysi tilda ishlaymiz")
	if n := len(p.said()) - before; n != 1 {
		p.t.Errorf("%d messages instead of one", n)
	}
}

const edited = "edited_message"

// TestBotEdited: what is mended in a message that the bot has asked for counts, also
// where it was refused or accepted before; a campaign that was ordered keeps its text,
// and the bot says so. What has changed no text is answered no second time, nor is
// anything else that was answered once.
func TestBotEdited(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	bot.types("/send", "1/5")
	bot.taps("Yuk guruhlari", "2/5")
	bot.taps("Bekzod Aliyev", "3/5")
	bot.puts("message", 5000, "/Toshkent - Moskva, 20 t", "shu koʻrinishda", "20 t")
	bot.taps("✔️", "4/5")
	bot.puts("message", 5001, "2 marrta", "1 dan 100 gacha")
	bot.puts(edited, 5001, "2", "Aylanishlar orasi")
	bot.puts("message", 5002, "2 saot", "Tushunarsiz")
	bot.puts(edited, 5002, "2 soat", "5/5")
	bot.taps("▶️ Hozir", "Tekshiring", "20 t", "2 soat")
	bot.puts(edited, 5002, "3 soat", "Tekshiring", "3 soat")
	confirm := bot.data("✅")

	bot.types("/catalogs", "Kataloglar")
	bot.taps("➕ Yangi katalog", "nom yozing")
	bot.put(edited, 5000, "/Toshkent - Moskva, 20 t")
	bot.puts(edited, 5000, "Toshkent - Moskva, 25 t", "Tahrir qabul qilindi", "25 t")
	bot.types("Janubiy guruhlar", "Katalog yaratildi")
	bot.types("/send", "Tugallanmagan", "25 t")
	bot.taps("▶️ Davom", "Tekshiring", "25 t")
	was := bot.looks()
	bot.ok(bot.c.BotPress(t.Context(), bot.phone, confirm))
	bot.answers(was, []string{"Qoralama oʻzgargan", "25 t"})
	bot.puts(edited, 5000, "Toshkent - Moskva, 26 t", "Tahrir qabul qilindi", "3/5", "26 t")
	bot.taps("Tekshirish", "Tekshiring", "26 t")
	bot.taps("✅", "№1", "26 t")
	bot.mute(func() { bot.put(edited, 5000, "Toshkent - Moskva, 26 t") })
	bot.puts(edited, 5000, "Toshkent - Moskva, 30 t", "№1", "avvalgi matn bilan ketadi")
	bot.mute(func() {
		bot.put(edited, 5000, "Toshkent - Moskva, 30 t")
		for _, text := range []string{"/menu", "/start AAAA", "Yuk bor"} {
			bot.put(edited, 4000, text)
		}
	})
	bot.types("/history", "№1")
	bot.taps("№1", "26 t")
	bot.taps("🚫", "bekor qilinsinmi")
	bot.taps("c.cancel.yes", "Bekor qilindi")
	bot.puts(edited, 5000, "Toshkent - Moskva, 31 t", "№1", "yakunlangan")
	bot.puts(edited, 5000, "12345", "Kodni bu yerga yozmang")

	cs, _, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10})
	if err != nil || len(cs) != 1 || !strings.HasSuffix(cs[0].Text, "26 t") {
		t.Errorf("the campaigns are %+v, %v", cs, err)
	}
}
