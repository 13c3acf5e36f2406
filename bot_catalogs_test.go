package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
	"postix/views"
)

// connectedMember is a member whose number is connected and has chats.
func connectedMember(t *testing.T) (*app, seeded, string, *chatter) {
	t.Helper()
	_, tg := startTelegram(t)
	a, w, panel := startPanel(t, tg.URL, time.Second)
	if err := a.connectSeed(t.Context(), w, tg); err != nil {
		t.Fatal(err)
	}
	bot := &chatter{t: t, c: tg, phone: seedMemberPhone}
	bot.says("/start")
	return a, w, panel, bot
}

// TestBotCatalogs: a catalog is made, filled by a link, a name and a forwarded
// message, renamed, thinned out and deleted; the panel shows each.
func TestBotCatalogs(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := connectedMember(t)
	desk := signIn(t, panel, seedMember)

	bot.reads(bot.says("/catalogs"), "Kataloglar")
	bot.presses("➕ Yangi katalog")
	bot.reads(bot.says("  Yangi   yuklar "), "Yangi yuklar", "Hali chat yoʻq")
	if page := desk.get(t, "/admin/catalogs"); !strings.Contains(page, "Yangi yuklar") {
		t.Error("the panel does not show the catalog")
	}

	bot.reads(bot.presses("➕ Chat qoʻshish"), "Yangi yuklar", "Bekzod Aliyev")
	lines := []string{"@" + seedGroup, "https://t.me/+AbCdEf123", "@" + seedGroup, "https://t.me/" + otherGroup(t, a, w)}
	bot.reads(bot.says(strings.Join(lines, "\n")), "4 ta qatordan 2 tasi", "Taklif havolasi", "Katalogda bor")
	title, chat, message := channel(t, a, w, bot)
	m := bot.after(func() error {
		return bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Forward: &world.BotForward{Chat: chat, Message: message}})
	})
	bot.reads(m, "✅", title)
	bot.reads(bot.presses("✔️"), "3 ta chat", title)

	bot.presses("Nomini oʻzgartirish")
	bot.reads(bot.says("Hamma guruh va kanallar"), "bor")
	bot.reads(bot.says("Eski yuklar"), "Eski yuklar")

	bot.presses("➖")
	bot.presses("✖️ " + title)
	bot.reads(bot.presses("« Orqaga"), "2 ta chat")

	bot.reads(bot.presses("Oʻchirish"), "Eski yuklar")
	bot.presses("Katalogni oʻchirish")
	if page := desk.get(t, "/admin/catalogs"); strings.Contains(page, "Eski yuklar") {
		t.Error("the catalog is still there")
	}
}

// otherGroup is the username of another group that the member's number is in.
func otherGroup(t *testing.T, a *app, w seeded) string {
	t.Helper()
	as, err := a.store.Accounts(t.Context(), w.member.Scope())
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := a.store.Dialogs(t.Context(), as[0].OrganizationID, as[0].ID, domain.DialogFilter{Kind: domain.KindSupergroup, Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Username != "" && r.Username != seedGroup {
			return r.Username
		}
	}
	t.Fatal("the number is in one group alone")
	return ""
}

// channel makes one that the member's number writes to, with a message.
func channel(t *testing.T, a *app, w seeded, bot *chatter) (title string, id int64, message int) {
	t.Helper()
	ctx := t.Context()
	c, err := bot.c.AddChat(ctx, world.ChatSpec{Kind: world.KindChannel, Title: "Yuk kanali", Members: []int64{seedMemberID}, Admins: []int64{seedMemberID}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := bot.c.Post(ctx, c.ID, sandbox.Incoming{Sender: sandbox.Sender{ID: seedMemberID}, Text: "Yangi yuk"})
	if err != nil {
		t.Fatal(err)
	}
	as, err := a.store.Accounts(ctx, w.member.Scope())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.accounts.Refresh(ctx, as[0]); err != nil {
		t.Fatal(err)
	}
	return c.Title, c.ID, m.ID
}

// TestBotNumbers: a number is shown with its state, and one that Telegram has thrown
// out leads to the panel.
func TestBotNumbers(t *testing.T) {
	t.Parallel()
	_, _, panel, bot := connectedMember(t)
	bot.says("/numbers")
	bot.reads(bot.presses("Bekzod Aliyev"), "+998 90 100 00 04", "Ulangan")
	if err := bot.c.Revoke(t.Context(), seedMemberPhone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the number needs a login", func() bool {
		return strings.Contains(bot.says("/numbers").Text, "Qayta ulash kerak")
	})
	m := bot.presses("Bekzod Aliyev")
	if b, _ := buttonOf(m, "Qayta ulash"); !strings.HasPrefix(b.URL, panel+"/admin/accounts/") {
		t.Errorf("connecting again leads to %q", b.URL)
	}
}

// TestBotGuide: the guide can be read in the bot, in each language. That every
// section fits is for the tests of telegram/bot.
func TestBotGuide(t *testing.T) {
	t.Parallel()
	_, tg := startTelegram(t)
	startPanel(t, tg.URL, time.Second)
	bot := &chatter{t: t, c: tg, phone: seedMemberPhone}
	bot.says("/start")
	for _, lang := range []string{"Ўзбекча", "Русский", "English", "Oʻzbekcha"} {
		bot.says("/language")
		bot.presses(lang)
		sections := bot.says("/guide").Markup.Inline
		for _, i := range []int{0, len(sections) - 2} { // the last row leads back
			m := bot.after(func() error { return bot.c.BotPress(t.Context(), bot.phone, fmt.Sprintf("guide.at:%d:0", i)) })
			bot.reads(m, sections[i][0].Text)
			if strings.Contains(m.Text, "**") || strings.Contains(m.Text, "⟦") {
				t.Errorf("%s: %s", lang, m.Text)
			}
			bot.presses("« ")
		}
		faq := sections[len(sections)-2][0]
		questions := bot.presses(faq.Text).Markup.Inline
		if len(sections) != len(views.GuideSections)+1 || len(questions) != len(views.GuideQuestions)+1 {
			t.Fatalf("%s: %d sections, %d questions", lang, len(sections)-1, len(questions)-1)
		}
		bot.reads(bot.presses(questions[0][0].Text), questions[0][0].Text)
		bot.reads(bot.presses("« "+faq.Text), faq.Text)
	}
}
