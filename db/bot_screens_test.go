package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// Of one person the newest messages follow campaigns, and an old one that he asks for
// again is new; another's messages of the same numbers are his own.
func TestBotScreens(t *testing.T) {
	w := newWorld(t, 0)
	put := func(telegramID int64, message, minute int) {
		t.Helper()
		w.ok(w.s.PutBotScreen(w.ctx, domain.BotScreen{
			TelegramID: telegramID, MessageID: message, OrganizationID: w.org.ID, CampaignID: 7, Shown: "a", Since: start.Add(time.Duration(minute) * time.Minute),
		}))
	}
	stand := func(want string) {
		t.Helper()
		var all []string
		for _, s := range must(w.s.BotScreens(w.ctx)) {
			all = append(all, fmt.Sprintf("%d:%d%s", s.TelegramID, s.MessageID, s.Shown))
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("left are %s, want %s", got, want)
		}
	}
	put(1, 1, 0)
	put(2, 1, 0)
	for i := range domain.MaxBotScreens - 1 {
		put(1, i+2, i+1)
		put(2, i+6, i+20) // newer than all of the other's
	}
	put(1, 1, 10)
	put(1, 9, 11)
	stand("1:1a 1:3a 1:4a 1:5a 1:9a 2:1a 2:6a 2:7a 2:8a 2:9a")
	_, err := w.s.BotScreen(w.ctx, 1, 8)
	wantKey(t, err, domain.NotFound, "bot.screen_gone")
	w.ok(w.s.SetBotScreenShown(w.ctx, 1, 9, "b"))
	s, err := w.s.BotScreen(w.ctx, 1, 9)
	if want := (domain.BotScreen{TelegramID: 1, MessageID: 9, OrganizationID: w.org.ID, CampaignID: 7, Shown: "b", Since: start.Add(11 * time.Minute)}); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	stand("1:1a 1:3a 1:4a 1:5a 1:9b 2:1a 2:6a 2:7a 2:8a 2:9a")
	w.ok(w.s.DropBotScreen(w.ctx, 1, 9))
	stand("1:1a 1:3a 1:4a 1:5a 2:1a 2:6a 2:7a 2:8a 2:9a")
}

// What went to one chat is found by its index, in all rounds.
func TestDeliveriesToPeer(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(2, time.Hour, w.peers...)
	w.openDue(start)
	w.sendAll(start)
	w.openDue(start.Add(time.Hour))
	ds, total, err := w.s.Deliveries(w.ctx, w.scope, c.ID, domain.DeliveryFilter{Peer: w.peers[1].ID, Limit: 10})
	if err != nil || total != 2 || len(ds) != 2 || ds[0].Peer.ID != w.peers[1].ID || ds[1].Peer.ID != w.peers[1].ID {
		t.Errorf("%+v of %d, %v", ds, total, err)
	}
	found, args := deliveriesFound(c.ID, domain.DeliveryFilter{Peer: w.peers[1].ID})
	plan := w.plan(written("SELECT d.id"+found, args...))
	if want := "(campaign_id=? AND round=? AND peer_id=?)"; !strings.Contains(plan, want) {
		t.Errorf("want %s in\n%s", want, plan)
	}
}
