package world

import (
	"testing"

	"github.com/gotd/td/tg"
)

// TestChatLife: what the control side does to a chat reaches the account.
func TestChatLife(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	_, err := c.UpdatesGetState(c.ctx)
	c.must(err)
	group, err := e.AddChat(ChatSpec{Kind: KindGroup, Title: "Guruh", Members: []int64{dilnozaID, sardorID}})
	e.must(err)
	if m, ok := c.next().(*tg.UpdateNewMessage).Message.(*tg.MessageService); !ok || markOf(m.PeerID) != group {
		t.Fatal("the new group was not announced")
	}
	_, err = e.send(c, group, "salom", 1)
	c.must(err)
	to, err := e.Migrate(group)
	e.must(err)
	_, err = e.send(c, group, "salom", 2)
	wantErr(t, err, "CHAT_ID_INVALID")
	res, err := c.MessagesGetChats(c.ctx, []int64{bare(group)})
	c.must(err)
	in, ok := res.GetChats()[0].(*tg.Chat).GetMigratedTo()
	if ch, is := in.(*tg.InputChannel); !ok || !is || markChannel(ch.ChannelID) != to {
		t.Fatalf("migrated to %v, want %d", in, to)
	}
	_, err = e.send(c, to, "salom", 2)
	c.must(err)
	full, err := c.ChannelsGetFullChannel(c.ctx, in.(*tg.InputChannel))
	c.must(err)
	if f := full.FullChat.(*tg.ChannelFull); f.MigratedFromChatID != bare(group) {
		t.Fatalf("migrated from %d", f.MigratedFromChatID)
	}
	if _, err = e.Migrate(group); err == nil {
		t.Fatal("migrated twice")
	}
	for _, step := range []struct {
		do      func() error
		refused string
	}{
		{func() error { return e.Restrict(to, dilnozaID, true) }, "USER_BANNED_IN_CHANNEL"},
		{func() error { return e.Restrict(to, dilnozaID, false) }, ""},
		{func() error { return e.SetRights(to, Rights{SendMessages: true}) }, "CHAT_WRITE_FORBIDDEN"},
		{func() error { return e.SetRights(to, Rights{}) }, ""},
		{func() error { return e.Kick(to, dilnozaID) }, "CHANNEL_PRIVATE"},
		{func() error { return e.Join(to, dilnozaID) }, ""},
		{func() error { return e.Leave(to, dilnozaID) }, "CHANNEL_PRIVATE"},
	} {
		e.must(step.do())
		_, err := e.send(c, to, "salom", int64(10+len(e.saved(to))+len(e.Journal(0, 0))))
		if step.refused == "" {
			c.must(err)
		} else {
			wantErr(t, err, step.refused)
		}
	}
	if list, _ := e.Dialogs(dilnoza); len(list) != 101 {
		t.Fatalf("%d dialogs: the one that was left stays", len(list))
	}
}
