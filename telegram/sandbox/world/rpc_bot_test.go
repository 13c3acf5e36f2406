package world

import (
	"testing"
	"time"

	"github.com/gotd/td/tg"
)

// TestButtonFromClient: a client presses an inline button and gets what the bot
// says, or hears that it said nothing.
func TestButtonFromClient(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	_, err := e.send(c, BotID, "/start", 1)
	c.must(err)
	_, err = e.BotSend(dilnozaID, BotOut{Text: "Tanlang", Markup: &Markup{Inline: [][]Button{{{Text: "Ha", CallbackData: "yes"}}}}})
	e.must(err)
	m := c.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
	press := func(data string) (*tg.MessagesBotCallbackAnswer, error) {
		r := &tg.MessagesGetBotCallbackAnswerRequest{Peer: e.input(c, BotID), MsgID: m.ID}
		r.SetData([]byte(data))
		return c.MessagesGetBotCallbackAnswer(c.ctx, r)
	}
	_, err = press("no")
	wantErr(t, err, "DATA_INVALID")

	go func() {
		eventually(t, "the query", func() bool {
			ups := e.BotUpdates(0, 0)
			last := ups[len(ups)-1]
			return last.Callback != nil && e.BotCallbackAnswer(last.Callback.ID, BotAnswer{Text: "Rahmat", Alert: true}) == nil
		})
	}()
	said, err := press("yes")
	c.must(err)
	if said.Message != "Rahmat" || !said.Alert {
		t.Fatalf("the bot said %+v", said)
	}

	e.mu.Lock()
	e.patience = 10 * time.Millisecond
	e.mu.Unlock()
	_, err = press("yes")
	wantErr(t, err, "BOT_RESPONSE_TIMEOUT")
}

func TestBlocked(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	e.must(e.Block(sardorID, dilnozaID))
	e.clock.add(time.Minute)
	e.must(e.Block(bekzodID, dilnozaID))
	r, err := c.ContactsGetBlocked(c.ctx, &tg.ContactsGetBlockedRequest{Limit: 1})
	c.must(err)
	part, ok := r.(*tg.ContactsBlockedSlice)
	if !ok || part.Count != 2 || len(part.Blocked) != 1 || part.Blocked[0].PeerID.(*tg.PeerUser).UserID != bekzodID || len(part.Users) != 1 {
		t.Fatalf("blocked %+v", r)
	}
	r, err = c.ContactsGetBlocked(c.ctx, &tg.ContactsGetBlockedRequest{Limit: 10})
	c.must(err)
	if all, ok := r.(*tg.ContactsBlocked); !ok || len(all.Blocked) != 2 {
		t.Fatalf("blocked %+v", r)
	}
}

// TestJoin: the answer to joining has a constructor of its own since layer 227.
func TestJoin(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	id, err := e.AddChat(ChatSpec{Kind: KindSupergroup, Title: "Ochiq", Username: "ochiq_joy", SlowMode: 5})
	e.must(err)
	p := e.input(c, id).(*tg.InputPeerChannel)
	r, err := c.ChannelsJoinChannel(c.ctx, &tg.InputChannel{ChannelID: p.ChannelID, AccessHash: p.AccessHash})
	c.must(err)
	if ok, is := r.(*tg.MessagesChatInviteJoinResultOk); !is || len(ok.Updates.(*tg.Updates).Chats) != 1 {
		t.Fatalf("joined %+v", r)
	}
}
