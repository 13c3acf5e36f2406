package world

import (
	"fmt"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// TestUpdates: a message reaches the sender's other session and the receiver.
func TestUpdates(t *testing.T) {
	e := start(t, "")
	a, a2, b := e.as(dilnoza), e.as(dilnoza), e.as(sardor)
	for _, c := range []*client{a, a2, b} {
		_, err := c.UpdatesGetState(c.ctx)
		c.must(err)
	}
	_, err := e.send(a, sardorID, "shaxsiy", 1)
	a.must(err)
	for _, c := range []*client{a2, b} {
		m := c.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
		if m.Message != "shaxsiy" || m.Out != (c == a2) {
			t.Fatalf("pushed %+v", m)
		}
	}
	super := e.chatOf(dilnoza, KindSupergroup, "")
	_, err = e.send(a, super, "guruhga", 2)
	a.must(err)
	for _, c := range []*client{a2, b} {
		m := c.next().(*tg.UpdateNewChannelMessage).Message.(*tg.Message)
		if m.Message != "guruhga" || m.Out != (c == a2) {
			t.Fatalf("pushed %+v", m)
		}
	}
	select {
	case u := <-a.updates:
		t.Fatalf("the sender was pushed %v", u)
	default:
	}
}

// TestDifference: what was missed is told later, own messages by their id.
func TestDifference(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	st, err := c.UpdatesGetState(c.ctx)
	c.must(err)
	for i := range 250 {
		_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: fmt.Sprint("xabar ", i)})
		e.must(err)
	}
	_, err = e.send(c, bekzodID, "oʻzim", 4242)
	c.must(err)
	var texts []string
	ids := map[int64]int{}
	pts, slices := st.Pts, 0
	for {
		d, err := c.UpdatesGetDifference(c.ctx, &tg.UpdatesGetDifferenceRequest{Pts: pts, Date: st.Date})
		c.must(err)
		var msgs []tg.MessageClass
		var other []tg.UpdateClass
		done := false
		switch x := d.(type) {
		case *tg.UpdatesDifferenceSlice:
			msgs, other, pts = x.NewMessages, x.OtherUpdates, x.IntermediateState.Pts
			slices++
		case *tg.UpdatesDifference:
			msgs, other, pts, done = x.NewMessages, x.OtherUpdates, x.State.Pts, true
		default:
			t.Fatalf("got %T", d)
		}
		for _, m := range msgs {
			texts = append(texts, m.(*tg.Message).Message)
		}
		for _, u := range other {
			u := u.(*tg.UpdateMessageID)
			ids[u.RandomID] = u.ID
		}
		if done {
			break
		}
	}
	list := e.saved(dilnozaID)
	if len(texts) != 251 || texts[0] != "xabar 0" || texts[250] != "oʻzim" || slices != 2 || ids[4242] != list[len(list)-1].MessageID {
		t.Fatalf("%d messages in %d slices, ids %v", len(texts), slices, ids)
	}
	d, err := c.UpdatesGetDifference(c.ctx, &tg.UpdatesGetDifferenceRequest{Pts: pts, Date: st.Date})
	c.must(err)
	if _, ok := d.(*tg.UpdatesDifferenceEmpty); !ok {
		t.Fatalf("got %T", d)
	}
}

func TestChannelDifference(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	super := e.chatOf(dilnoza, KindSupergroup, "")
	in := e.input(c, super).(*tg.InputPeerChannel)
	req := &tg.UpdatesGetChannelDifferenceRequest{
		Channel: &tg.InputChannel{ChannelID: in.ChannelID, AccessHash: in.AccessHash},
		Filter:  &tg.ChannelMessagesFilterEmpty{}, Pts: len(e.saved(super)) + 1, Limit: 100,
	}
	_, err := e.send(c, super, "oʻzim", 99)
	c.must(err)
	for i := range 120 {
		_, err := e.Post(Incoming{Chat: super, Sender: Profile{ID: firstStranger}, Text: fmt.Sprint("xabar ", i)})
		e.must(err)
	}
	d, err := c.UpdatesGetChannelDifference(c.ctx, req)
	c.must(err)
	x := d.(*tg.UpdatesChannelDifference)
	if id := x.OtherUpdates[0].(*tg.UpdateMessageID); x.Final || len(x.NewMessages) != 100 || id.RandomID != 99 || id.ID != x.NewMessages[0].GetID() {
		t.Fatalf("%d messages, final %v, %v", len(x.NewMessages), x.Final, id)
	}
	req.Pts = x.Pts
	d, err = c.UpdatesGetChannelDifference(c.ctx, req)
	c.must(err)
	if x := d.(*tg.UpdatesChannelDifference); !x.Final || len(x.NewMessages) != 21 {
		t.Fatalf("%d messages, final %v", len(x.NewMessages), x.Final)
	}
	for i := range maxBehind {
		_, err := e.Post(Incoming{Chat: super, Sender: Profile{ID: firstStranger}, Text: fmt.Sprint("yana ", i)})
		e.must(err)
	}
	d, err = c.UpdatesGetChannelDifference(c.ctx, req)
	c.must(err)
	if _, ok := d.(*tg.UpdatesChannelDifferenceTooLong); !ok {
		t.Fatalf("got %T", d)
	}
}

// TestSlowReader: who does not read holds up nobody, and learns afterwards that
// he missed something.
func TestSlowReader(t *testing.T) {
	e := start(t, "")
	entered, release := make(chan struct{}), make(chan struct{})
	pushed := make(chan bin.Encoder, 10)
	first := true
	s := &fakeSession{push: func(m bin.Encoder) error {
		if first {
			first = false
			close(entered)
			<-release
		}
		pushed <- m
		return nil
	}}
	e.attach(s, dilnozaID)
	for i := range maxNotices + 2*maxTogether {
		_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: fmt.Sprint(i)})
		e.must(err)
		if i == 0 {
			<-entered
		}
	}
	close(release)
	<-pushed
	if m, ok := (<-pushed).(*tg.UpdatesTooLong); !ok {
		t.Fatalf("pushed %T", m)
	}
}

// TestPostAsChat: an anonymous admin and a channel's post name a channel as their
// sender, and come with it.
func TestPostAsChat(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	_, err := c.UpdatesGetState(c.ctx)
	c.must(err)
	super, channel := e.chatOf(dilnoza, KindSupergroup, ""), e.chatOf(dilnoza, KindChannel, "CHAT_ADMIN_REQUIRED")
	for _, as := range []int64{super, channel} {
		_, err := e.Post(Incoming{Chat: super, As: as, Text: "eʼlon"})
		e.must(err)
		m := c.next().(*tg.UpdateNewChannelMessage).Message.(*tg.Message)
		if from, ok := m.FromID.(*tg.PeerChannel); !ok || from.ChannelID != bare(as) || m.Post {
			t.Errorf("as %d: pushed %+v", as, m)
		}
	}
	if _, err := e.Post(Incoming{Chat: dilnozaID, As: super, Text: "x"}); err == nil {
		t.Error("a group wrote a private message")
	}
}
