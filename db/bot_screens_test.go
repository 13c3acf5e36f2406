package db

import (
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// Of one person the newest messages follow campaigns, and an old one that he asks for
// again is new.
func TestBotScreens(t *testing.T) {
	w := newWorld(t, 0)
	put := func(telegramID int64, message, minute int) {
		t.Helper()
		w.ok(w.s.PutBotScreen(w.ctx, domain.BotScreen{
			TelegramID: telegramID, MessageID: message, OrganizationID: w.org.ID, CampaignID: 7, Shown: "a", Since: start.Add(time.Duration(minute) * time.Minute),
		}))
	}
	put(1, 1, 0)
	put(2, 1, 0)
	for i := range domain.MaxBotScreens - 1 {
		put(1, i+2, i+1)
	}
	put(1, 1, 10)
	put(1, 9, 11)
	var messages []int
	for _, s := range must(w.s.BotScreens(w.ctx)) {
		if s.TelegramID == 1 {
			messages = append(messages, s.MessageID)
		}
	}
	if len(messages) != domain.MaxBotScreens || messages[0] != 1 || messages[1] != 3 {
		t.Errorf("messages %v are left", messages)
	}
	if _, err := w.s.BotScreen(w.ctx, 2, 1); err != nil {
		t.Errorf("another person's: %v", err)
	}
	_, err := w.s.BotScreen(w.ctx, 1, 2)
	wantKey(t, err, domain.NotFound, "bot.screen_gone")
	w.ok(w.s.SetBotScreenShown(w.ctx, 1, 9, "b"))
	s, err := w.s.BotScreen(w.ctx, 1, 9)
	if want := (domain.BotScreen{TelegramID: 1, MessageID: 9, OrganizationID: w.org.ID, CampaignID: 7, Shown: "b", Since: start.Add(11 * time.Minute)}); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	w.ok(w.s.DropBotScreen(w.ctx, 1, 9))
	_, err = w.s.BotScreen(w.ctx, 1, 9)
	wantKey(t, err, domain.NotFound, "bot.screen_gone")
}

// What went to one chat is found by its index, in all rounds.
func TestDeliveriesToPeer(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(2, time.Hour, w.peers...)
	w.openDue(start)
	w.sendAll(start)
	w.openDue(start.Add(2 * time.Hour))
	ds, total, err := w.s.Deliveries(w.ctx, w.scope, c.ID, domain.DeliveryFilter{Peer: w.peers[1].ID, Limit: 10})
	if err != nil || total != len(ds) || len(ds) == 0 || ds[0].Peer.ID != w.peers[1].ID {
		t.Errorf("%+v of %d, %v", ds, total, err)
	}
	found, args := deliveriesFound(c.ID, domain.DeliveryFilter{Peer: w.peers[1].ID})
	plan := w.plan(written("SELECT d.id"+found, args...))
	if want := "(campaign_id=? AND round=? AND peer_id=?)"; !strings.Contains(plan, want) {
		t.Errorf("want %s in\n%s", want, plan)
	}
}
