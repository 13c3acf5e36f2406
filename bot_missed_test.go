package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// TestBotMissed: a campaign whose time went by while nobody sent is told as that; it
// goes out when somebody says so, and once, however often he does.
func TestBotMissed(t *testing.T) {
	t.Parallel()
	a, w, _, bot := connectedMember(t)
	acs, err := a.store.Accounts(t.Context(), w.member.Scope())
	bot.ok(err)
	cats, err := a.store.Catalogs(t.Context(), w.member.Scope())
	bot.ok(err)
	before := &domain.Campaigns{
		Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub,
		Now: func() time.Time { return time.Now().Add(-2 * time.Hour) },
	}
	c, _, err := before.Create(t.Context(), w.member, domain.Draft{
		Token: domain.NewToken(), CatalogID: cats[0].ID, AccountID: acs[0].ID, Text: "Yuk bor", Rounds: 1, StartAt: time.Now().Add(-time.Hour),
	})
	bot.ok(err)
	stored := func() domain.Campaign {
		t.Helper()
		c, err := a.store.Campaign(t.Context(), w.member.Scope(), c.ID)
		bot.ok(err)
		return c
	}
	eventually(t, "it is missed", func() bool { return stored().Counts.Missed == c.Peers })

	bot.types("/history", "№1")
	bot.taps("№1", "Vaqti oʻtib ketdi", "Vaqti oʻtdi: ")
	bot.taps("⏩", "1-aylanish hozir yuborilsinmi?")
	bot.taps("Yoʻq", "Vaqti oʻtdi: ")
	if n := stored().Counts.Missed; n != c.Peers || len(sends(t, bot.c)) > 0 {
		t.Fatalf("%d of %d are missed before he says yes", n, c.Peers)
	}
	bot.taps("⏩", "1-aylanish hozir yuborilsinmi?")
	yes := bot.data("c.missed.yes:")
	bot.taps("c.missed.yes:", "Vaqti oʻtgan aylanish navbatga qoʻyildi", "№1 · Yuborilmoqda")
	bot.forges(yes, "№1 · ")
	eventually(t, "it has ended", func() bool { return stored().Status == domain.CampaignDone })
	bot.forges(yes, "allaqachon yuborilgan", "№1 · Tugadi")
	bot.types("/history", "№1", "Tugadi")
	m := bot.taps("c:1", "№1 · Tugadi", fmt.Sprintf("Yuborildi: %d / %d", c.Peers, c.Peers))
	if n := stored().Counts; n != (domain.Counts{Planned: c.Peers, Sent: c.Peers}) || strings.Contains(m.Text, "Vaqti oʻt") {
		t.Errorf("counted %+v, and he reads %s", n, m.Text)
	}
	if _, ok := buttonOf(m, "⏩"); ok {
		t.Error("he may send it once more")
	}
	compare(t, bot.c, a.store, w.member, c.ID)
}

// TestBotLookAgain: a message of which nobody knows whether it arrived would be asked
// about in an hour; somebody who wants to know has it asked about now, and it is not
// there twice.
func TestBotLookAgain(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	var chat domain.Peer
	h.inStore(func(ctx context.Context, a *app) {
		targets, err := a.store.Targets(ctx, h.owner.Scope(), h.catalogs[0].ID, h.accounts[0].ID)
		bot.ok(err)
		chat = targets[0].Peer
	})
	h.fault(world.Fault{Chat: int64(chat.ID), Mode: world.FaultAfterStore, Error: "RPC_CALL_FAIL", Times: -1})
	h.start()
	bot.says("/start")
	bot.orders("Yuk bor")
	bot.taps("send.go:", "№1")
	const uncertain = "SELECT COUNT(*) FROM deliveries WHERE status = 'uncertain'"
	eventually(t, "one alone is left", func() bool {
		return h.number("SELECT COUNT(*) FROM deliveries WHERE status = 'sent'") == int64(h.catalogs[0].Peers)-1 && h.number(uncertain) == 1
	})
	h.p.stop(t)
	h.change("UPDATE deliveries SET due_at = due_at + 3600000 WHERE status = 'uncertain'")
	h.clearFaults()
	h.start()

	bot.types("/history", "№1")
	bot.taps("№1", "Noaniq: 1")
	if n := h.number(uncertain); n != 1 {
		t.Fatalf("%d are uncertain before he asks", n)
	}
	bot.taps("🔎", "Noaniq xabarlar tekshirilmoqda")
	eventually(t, "it is known to be there", func() bool { return h.number(uncertain) == 0 })
	h.ends()
	bot.forges("c.look:1", "Noaniq xabar qolmagan", "№1 · Tugadi")
	eventually(t, "there is nothing to look for any more", func() bool {
		said := bot.said()
		_, has := buttonOf(said[len(said)-1], "🔎")
		return !has
	})
	h.truth(1)
}
