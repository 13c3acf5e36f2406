package main

import (
	"strings"
	"testing"

	"postix/domain"
)

// puts queues an update about a message of the chatter's, and waits for what the bot
// says then.
func (p *chatter) puts(kind string, message int, text string, parts ...string) {
	p.t.Helper()
	was := p.looks()
	_, err := p.c.BotPut(p.t.Context(), map[string]any{kind: map[string]any{
		"message_id": message, "date": 1, "text": text,
		"from": map[string]any{"id": seedMemberID, "is_bot": false, "first_name": "B"},
		"chat": map[string]any{"id": seedMemberID, "type": "private"},
	}})
	p.ok(err)
	p.answers(was, parts)
}

// TestBotTextEdited: whoever mends his message after the bot has taken the text from it
// is asked about the new one, and told when it is too late. What else he mends is
// answered no second time.
func TestBotTextEdited(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	bot.types("/send", "1/5")
	bot.taps("Yuk guruhlari", "2/5")
	bot.taps("Bekzod Aliyev", "3/5")
	bot.puts("message", 5000, "/Toshkent - Moskva, 20 t", "shu koʻrinishda", "20 t")
	bot.taps("✔️", "4/5")
	bot.taps("1", "5/5")
	bot.taps("▶️ Hozir", "Tekshiring", "20 t")
	confirm := bot.data("✅")
	bot.puts("edited_message", 5000, "Toshkent - Moskva, 25 t", "3/5", "25 t")
	was := bot.looks()
	bot.ok(bot.c.BotPress(t.Context(), bot.phone, confirm))
	bot.answers(was, []string{"Qoralama oʻzgargan", "25 t"})
	bot.taps("✅", "№1", "25 t")
	bot.puts("edited_message", 5000, "Toshkent - Moskva, 30 t", "№1", "oldingi matn")
	bot.puts("edited_message", 5000, "12345", "Kodni bu yerga yozmang")

	before := len(bot.said())
	for _, text := range []string{"/menu", "/start AAAA", "Yuk bor"} {
		_, err := bot.c.BotPut(t.Context(), map[string]any{"edited_message": map[string]any{
			"message_id": 4000, "date": 1, "text": text,
			"from": map[string]any{"id": seedMemberID, "is_bot": false, "first_name": "B"},
			"chat": map[string]any{"id": seedMemberID, "type": "private"},
		}})
		bot.ok(err)
	}
	bot.types("/menu", w.member.User.Name)
	if n := len(bot.said()); n != before+1 {
		t.Errorf("%d messages instead of one", n-before)
	}
	cs, _, err := a.store.Campaigns(t.Context(), w.member.Scope(), domain.CampaignFilter{Limit: 10})
	if err != nil || len(cs) != 1 || !strings.HasSuffix(cs[0].Text, "25 t") {
		t.Errorf("the campaigns are %+v, %v", cs, err)
	}
}
