package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// tells waits until the bot has told something by itself that says all of that.
func (p *chatter) tells(parts ...string) (told world.BotMessage) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("the bot tells %q", parts), func() bool {
		list, err := p.c.BotSaid(p.t.Context(), p.phone)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, m := range slices.Backward(list) {
			if byItself(m) && !slices.ContainsFunc(parts, func(s string) bool { return !strings.Contains(m.Text, s) }) {
				told = m
				return true
			}
		}
		return false
	})
	return told
}

// TestBotNotices: a campaign that has finished is told with its figures and leads to
// its screen; the list shows it, as the panel does; a kind that is switched off is not
// told, and stands in the list all the same.
func TestBotNotices(t *testing.T) {
	t.Parallel()
	a, w, panel, bot := connectedMember(t)
	desk := signIn(t, panel, seedMember)
	order := func() domain.Campaign {
		t.Helper()
		cs, err := a.store.Catalogs(t.Context(), w.member.Scope())
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := a.store.Accounts(t.Context(), w.member.Scope())
		if err != nil {
			t.Fatal(err)
		}
		campaigns := &domain.Campaigns{
			Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub, Now: time.Now,
		}
		i := slices.IndexFunc(cs, func(c domain.Catalog) bool { return c.Name == "Yuk guruhlari" })
		c, _, err := campaigns.Create(t.Context(), w.member, domain.Draft{
			Token: domain.NewToken(), CatalogID: cs[i].ID, AccountID: accounts[0].ID, Text: "Yuk bor", Rounds: 1, StartAt: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := order()
	said := fmt.Sprintf("№%d yuborish yakunlandi", c.ID)
	m := bot.tells(said, "Yuborildi: ")
	b, ok := buttonOf(m, fmt.Sprintf("№%d yuborishga", c.ID))
	if !ok {
		t.Fatalf("no way to the campaign: %+v", m.Markup)
	}
	if page := desk.get(t, "/admin/notices"); !strings.Contains(page, said) || !strings.Contains(page, "notice-new") {
		t.Error("the panel does not show it as new")
	}
	screen := bot.after(func() error { return bot.c.BotPress(t.Context(), bot.phone, b.CallbackData) })
	bot.reads(screen, fmt.Sprintf("№%d", c.ID))

	bot.reads(bot.says("/notices"), "Bildirishnomalar", said)
	if d, want := bot.button(fmt.Sprintf("№%d", c.ID)).CallbackData, fmt.Sprintf("c:%d", c.ID); d != want {
		t.Errorf("in the list the campaign's button is %q", d)
	}
	eventually(t, "what was read in the bot is no longer new in the panel", func() bool {
		return !strings.Contains(desk.get(t, "/admin/notices"), "notice-new")
	})
	for _, in := range []struct{ lang, words string }{
		{"Русский", fmt.Sprintf("Рассылка №%d завершена", c.ID)},
		{"English", fmt.Sprintf("%d has finished", c.ID)},
		{"Ўзбекча", fmt.Sprintf("№%d юбориш якунланди", c.ID)},
		{"Oʻzbekcha", said},
	} {
		bot.says("/language")
		bot.presses(in.lang)
		bot.reads(bot.says("/notices"), in.words)
	}

	bot.says("/menu")
	bot.presses("🔔 Bildirishnomalar")
	bot.reads(bot.presses("⚙️"), "Nimalar haqida xabar berilsin")
	off := bot.button("✅ Yuborish yakunlandi").CallbackData
	bot.presses("✅ Yuborish yakunlandi")
	bot.button("🔕 Yuborish yakunlandi")
	forge := func(data string) error { // a button that no message has, or has any more
		list := bot.said()
		return bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: data, MessageID: list[len(list)-1].ID, Forged: true})
	}
	if err := forge(off); err != nil { // the second press of the same button
		t.Fatal(err)
	}
	bot.presses("✅ Kunlik hisobot")
	bot.button("🔕 Yuborish yakunlandi")
	muted, err := a.store.BotMutes(t.Context(), w.member.Organization.ID, w.member.User.ID)
	if err != nil || len(muted) != 2 || !slices.Contains(muted, domain.NoticeFinished) || !slices.Contains(muted, domain.NoticeDigest) {
		t.Errorf("muted are %v (%v)", muted, err)
	}
	bot.reads(bot.after(func() error { return forge("mute.sums:1") }), "topilmadi") // is the service's

	second := order()
	eventually(t, "the second campaign", func() bool {
		c, err := a.store.Campaign(t.Context(), w.member.Scope(), second.ID)
		return err == nil && c.Status == domain.CampaignDone
	})
	eventually(t, "the bot has looked at its notice", func() bool {
		rs, err := a.store.BotReaders(t.Context(), time.Now().Add(domain.BotPause), 10)
		return err == nil && len(rs) == 0
	})
	list, err := bot.c.BotSaid(t.Context(), bot.phone)
	if err != nil || slices.ContainsFunc(list, func(m world.BotMessage) bool {
		return byItself(m) && strings.Contains(m.Text, fmt.Sprintf("№%d", second.ID))
	}) {
		t.Errorf("what is switched off is told (%v)", err)
	}
	bot.reads(bot.says("/notices"), fmt.Sprintf("№%d yuborish yakunlandi", second.ID), said)
}
