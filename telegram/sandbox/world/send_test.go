package world

import (
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"
)

// sentID takes number and date out of either shape of the answer to a send.
func sentID(t *testing.T, u tg.UpdatesClass) (id, date int) {
	t.Helper()
	switch x := u.(type) {
	case *tg.UpdateShortSentMessage:
		return x.ID, x.Date
	case *tg.Updates:
		return x.Updates[0].(*tg.UpdateMessageID).ID, x.Date
	}
	t.Fatalf("sending was answered with %T", u)
	return 0, 0
}

// TestSendOnce: an id that was used gets the first message for an answer, per
// chat, whatever the text, and also when the chat has been closed since.
func TestSendOnce(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	for i, chat := range []int64{
		e.chatOf(dilnoza, KindPrivate, ""), e.chatOf(dilnoza, KindGroup, ""),
		e.chatOf(dilnoza, KindSupergroup, ""), e.chatOf(dilnoza, KindChannel, ""), dilnozaID,
	} {
		before := len(e.saved(chat))
		first, err := e.send(c, chat, "Toshkent – Moskva, 20 t", 77)
		c.must(err)
		e.clock.add(time.Minute)
		if isGroup(chat) || isChannel(chat) {
			e.must(e.SetRights(chat, Rights{SendMessages: true}))
		}
		again, err := e.send(c, chat, "boshqa matn", 77)
		c.must(err)
		id1, at1 := sentID(t, first)
		id2, at2 := sentID(t, again)
		if id1 != id2 || at1 != at2 {
			t.Fatalf("chat %d: first %d at %d, again %d at %d", i, id1, at1, id2, at2)
		}
		list := e.saved(chat)
		if last := list[len(list)-1]; len(list) != before+1 || last.RandomID != 77 || last.MessageID != id1 || last.SenderID != dilnozaID {
			t.Fatalf("chat %d: %d messages, last %+v", i, len(list)-before, last)
		}
		j := e.sends()
		if x, y := j[len(j)-2], j[len(j)-1]; x.Outcome != "ok" || y.Outcome != "duplicate" || x.MessageID != id1 || y.MessageID != id1 ||
			x.Chat != chat || y.RandomID != 77 || x.Phone != dilnoza {
			t.Fatalf("journal %+v %+v", x, y)
		}
	}
}

func TestSendChecks(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	open := e.chatOf(dilnoza, KindSupergroup, "")
	_, err := e.send(c, open, " \n", 1)
	wantErr(t, err, "MESSAGE_EMPTY")
	_, err = e.send(c, open, strings.Repeat("🚚", 2048), 2)
	c.must(err)
	_, err = e.send(c, open, strings.Repeat("🚚", 2048)+"a", 3)
	wantErr(t, err, "MESSAGE_TOO_LONG")
	_, err = e.send(c, open, "x", 0)
	wantErr(t, err, "RANDOM_ID_EMPTY")
	for _, entity := range []tg.MessageEntityClass{&tg.MessageEntityBold{Offset: 4, Length: 2}, &tg.MessageEntityBold{Offset: -1, Length: 1}} {
		_, err = c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{
			Peer: e.input(c, open), Message: "12345", RandomID: 4,
			Entities: []tg.MessageEntityClass{entity},
		})
		wantErr(t, err, "ENTITY_BOUNDS_INVALID")
	}
	_, err = c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{Peer: &tg.InputPeerChannel{ChannelID: bare(open), AccessHash: 1}, Message: "x", RandomID: 5})
	wantErr(t, err, "CHANNEL_INVALID")
	_, err = c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{Peer: &tg.InputPeerUser{UserID: bekzodID, AccessHash: 1}, Message: "x", RandomID: 5})
	wantErr(t, err, "PEER_ID_INVALID")
	_, err = c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{
		Peer: e.input(c, open), Message: "x", RandomID: 6,
		ReplyTo: &tg.InputReplyToMessage{ReplyToMsgID: 999},
	})
	wantErr(t, err, "REPLY_MESSAGE_ID_INVALID")
}

// TestSendEverywhere sends to every dialog of the seeded account: what is told
// beforehand is what happens.
func TestSendEverywhere(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	list, err := e.Dialogs(dilnoza)
	e.must(err)
	refusals := map[string]int{}
	for i, d := range list {
		_, err := e.send(c, d.ChatID, "salom", int64(i+1))
		if d.Refused == "" {
			c.must(err)
			continue
		}
		wantErr(t, err, d.Refused)
		refusals[d.Refused]++
	}
	for name, n := range map[string]int{
		"CHANNEL_PRIVATE": 1, "CHAT_ADMIN_REQUIRED": 8, "CHAT_ID_INVALID": 1, "CHAT_WRITE_FORBIDDEN": 6,
		"INPUT_USER_DEACTIVATED": 1, "USER_BANNED_IN_CHANNEL": 2, "USER_IS_BLOCKED": 1,
	} {
		if refusals[name] != n {
			t.Errorf("%s %d times, want %d", name, refusals[name], n)
		}
	}
}

func TestSlowMode(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat, err := e.AddChat(ChatSpec{Kind: KindSupergroup, Title: "Sekin", SlowMode: 30, Members: []int64{dilnozaID, sardorID}})
	e.must(err)
	_, err = e.send(c, chat, "bir", 1)
	c.must(err)
	e.clock.add(10 * time.Second)
	_, err = e.send(c, chat, "ikki", 2)
	wantErr(t, err, "SLOWMODE_WAIT")
	if j := e.sends(); j[len(j)-1].Outcome != "SLOWMODE_WAIT_20" {
		t.Fatalf("outcome %s", j[len(j)-1].Outcome)
	}
	if _, err = e.send(c, chat, "bir", 1); err != nil {
		t.Fatalf("a repetition has to wait: %v", err)
	}
	e.clock.add(20 * time.Second)
	_, err = e.send(c, chat, "ikki", 2)
	c.must(err)
}

// TestReply: an answer points at the receiver's own copy of the message.
func TestReply(t *testing.T) {
	e := start(t, "")
	group, err := e.AddChat(ChatSpec{Kind: KindGroup, Title: "Javoblar", Members: []int64{dilnozaID, sardorID}})
	e.must(err)
	a, b := e.as(dilnoza), e.as(sardor)
	_, err = b.UpdatesGetState(b.ctx)
	b.must(err)
	_, err = e.Post(Incoming{Chat: sardorID, Sender: Profile{ID: firstStranger}, Text: "raqamlar ajralsin"})
	e.must(err)
	in, err := e.Post(Incoming{Chat: group, Sender: Profile{FirstName: "Begona", Bio: "dispetcher"}, Text: "kim boradi?"})
	e.must(err)
	h, err := a.MessagesGetHistory(a.ctx, &tg.MessagesGetHistoryRequest{Peer: e.input(a, group), Limit: 1})
	a.must(err)
	question := h.(*tg.MessagesMessagesSlice).Messages[0].(*tg.Message)
	_, err = a.MessagesSendMessage(a.ctx, &tg.MessagesSendMessageRequest{
		Peer: e.input(a, group), Message: "men", RandomID: 9,
		ReplyTo: &tg.InputReplyToMessage{ReplyToMsgID: question.ID},
	})
	a.must(err)
	var asked, answered *tg.Message
	for asked == nil || answered == nil { // a client handles what arrives side by side: either may be first
		m := b.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
		switch m.Message {
		case "kim boradi?":
			asked = m
		case "men":
			answered = m
		}
	}
	if h := answered.ReplyTo.(*tg.MessageReplyHeader); h.ReplyToMsgID != asked.ID || asked.ID == question.ID {
		t.Fatalf("reply to %d; the question is %d here, %d there", h.ReplyToMsgID, asked.ID, question.ID)
	}
	list := e.saved(group)
	if last := list[len(list)-1]; last.ReplyTo != in.ID || last.Text != "men" || in.SenderName != "Begona" {
		t.Fatalf("saved %+v", last)
	}
}
