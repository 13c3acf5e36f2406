package world

import (
	"testing"

	"github.com/gotd/td/tg"
)

// allDialogs pages through the list as clients do.
func (c *client) allDialogs(e *env, page int) (peers map[int64]*tg.Dialog, chats map[int64]tg.ChatClass, calls int) {
	c.t.Helper()
	peers, chats = map[int64]*tg.Dialog{}, map[int64]tg.ChatClass{}
	req := &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: page}
	for {
		res, err := c.MessagesGetDialogs(c.ctx, req)
		c.must(err)
		calls++
		d, ok := res.(interface {
			GetDialogs() []tg.DialogClass
			GetMessages() []tg.MessageClass
			GetChats() []tg.ChatClass
		})
		if !ok || len(d.GetDialogs()) == 0 {
			return peers, chats, calls
		}
		for _, x := range d.GetChats() {
			chats[x.GetID()] = x
		}
		tops := map[int64]tg.NotEmptyMessage{}
		for _, m := range d.GetMessages() {
			m, _ := m.AsNotEmpty()
			tops[markOf(m.GetPeerID())] = m
		}
		for _, x := range d.GetDialogs() {
			d := x.(*tg.Dialog)
			id := markOf(d.Peer)
			if peers[id] != nil {
				c.t.Fatalf("dialog %d twice", id)
			}
			peers[id] = d
			m := tops[id]
			if m == nil || m.GetID() != d.TopMessage {
				c.t.Fatalf("dialog %d without its top message", id)
			}
			if !d.Pinned {
				req.OffsetDate, req.OffsetID, req.OffsetPeer = m.GetDate(), m.GetID(), e.input(c, id)
			}
		}
	}
}

func markOf(p tg.PeerClass) int64 {
	switch x := p.(type) {
	case *tg.PeerUser:
		return x.UserID
	case *tg.PeerChat:
		return markGroup(x.ChatID)
	case *tg.PeerChannel:
		return markChannel(x.ChannelID)
	}
	return 0
}

func TestDialogsPaging(t *testing.T) {
	e := start(t, "")
	c := e.as(madina)
	peers, _, calls := c.allDialogs(e, 500)
	if len(peers) != madinaDialogs || calls != 31 {
		t.Fatalf("%d dialogs in %d calls", len(peers), calls)
	}
}

// TestDialogsPagingMoves: a dialog that gets a message between two pages moves
// to the top and takes nobody else's place.
func TestDialogsPagingMoves(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	list, err := e.Dialogs(dilnoza)
	e.must(err)
	first, err := c.MessagesGetDialogs(c.ctx, &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: 20, ExcludePinned: true})
	c.must(err)
	page := first.(*tg.MessagesDialogsSlice)
	seen := map[int64]bool{}
	var last *tg.Dialog
	for _, d := range page.Dialogs {
		last = d.(*tg.Dialog)
		seen[markOf(last.Peer)] = true
	}
	m, _ := page.Messages[len(page.Messages)-1].AsNotEmpty()
	moved := list[90].ChatID
	_, err = e.Post(Incoming{Chat: moved, Sender: Profile{ID: firstStranger}, Text: "yuqoriga"})
	e.must(err)
	rest, err := c.MessagesGetDialogs(c.ctx, &tg.MessagesGetDialogsRequest{
		Limit: 100, ExcludePinned: true,
		OffsetDate: m.GetDate(), OffsetID: m.GetID(), OffsetPeer: e.input(c, markOf(last.Peer)),
	})
	c.must(err)
	for _, d := range rest.(*tg.MessagesDialogsSlice).Dialogs {
		id := markOf(d.(*tg.Dialog).Peer)
		if seen[id] {
			t.Fatalf("dialog %d twice", id)
		}
		seen[id] = true
	}
	if want := len(list) - 2; len(seen) != want || seen[moved] { // without the pinned and the moved one
		t.Fatalf("saw %d dialogs, want %d", len(seen), want)
	}
}

// TestDialogKinds looks at the flags by which clients tell chats apart.
func TestDialogKinds(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	peers, chats, _ := c.allDialogs(e, 100)
	if len(peers) != 100 {
		t.Fatalf("%d dialogs", len(peers))
	}
	count := map[string]int{}
	add := func(what string, is bool) {
		if is {
			count[what]++
		}
	}
	for id := range peers {
		switch x := chats[bare(id)].(type) {
		case nil:
			count["private"]++
		case *tg.Chat:
			_, to := x.GetMigratedTo()
			add("group", !to)
			add("migrated", to && x.Deactivated)
		case *tg.ChatForbidden:
			count["kicked group"]++
		case *tg.ChannelForbidden:
			count["kicked supergroup"]++
		case *tg.Channel:
			add("supergroup", x.Megagroup)
			add("channel", x.Broadcast)
			add("admin", x.Broadcast && x.AdminRights.PostMessages)
			add("slow", x.SlowmodeEnabled)
			add("forum", x.Forum)
			add("read only", x.DefaultBannedRights.SendMessages)
			add("restricted", x.BannedRights.SendMessages)
			add("public", x.Username != "")
		}
	}
	for what, n := range map[string]int{
		"private": 14, "group": 18, "migrated": 1, "kicked group": 1, "kicked supergroup": 1,
		"supergroup": 53, "channel": 12, "admin": 4, "slow": 5, "forum": 2, "read only": 4, "restricted": 2,
	} {
		if count[what] != n {
			t.Errorf("%s: %d, want %d", what, count[what], n)
		}
	}
}

// TestPeers: names resolve, hashes are the account's own.
func TestPeers(t *testing.T) {
	e := start(t, "")
	a, b := e.as(dilnoza), e.as(sardor)
	r, err := a.ContactsResolveUsername(a.ctx, &tg.ContactsResolveUsernameRequest{Username: "YUK_bozori_03"})
	a.must(err)
	ch := r.Chats[0].(*tg.Channel)
	full, err := a.ChannelsGetFullChannel(a.ctx, ch.AsInput())
	a.must(err)
	if got := full.FullChat.(*tg.ChannelFull); got.ID != ch.ID || got.ParticipantsCount == 0 {
		t.Fatalf("full %+v", got)
	}
	_, err = b.ChannelsGetFullChannel(b.ctx, ch.AsInput())
	wantErr(t, err, "CHANNEL_INVALID")
	_, err = a.ContactsResolveUsername(a.ctx, &tg.ContactsResolveUsernameRequest{Username: "hech_kim"})
	wantErr(t, err, "USERNAME_NOT_OCCUPIED")
	_, err = a.MessagesCheckChatInvite(a.ctx, "abc")
	wantErr(t, err, "INVITE_HASH_EXPIRED")
	kicked := e.chatOf(dilnoza, KindSupergroup, "CHANNEL_PRIVATE")
	_, err = a.MessagesGetHistory(a.ctx, &tg.MessagesGetHistoryRequest{Peer: e.input(a, kicked), Limit: 5})
	wantErr(t, err, "CHANNEL_PRIVATE")
}

// TestUnread counts what others wrote since one read or wrote last.
func TestUnread(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	for _, chat := range []int64{bekzodID, e.chatOf(dilnoza, KindGroup, ""), e.chatOf(dilnoza, KindSupergroup, "")} {
		in, to := e.input(c, chat), chat
		sender := Profile{ID: firstStranger}
		if isUser(chat) {
			sender, to = Profile{ID: bekzodID}, dilnozaID
		}
		unread := func() int {
			res, err := c.MessagesGetPeerDialogs(c.ctx, []tg.InputDialogPeerClass{&tg.InputDialogPeer{Peer: in}})
			c.must(err)
			return res.Dialogs[0].(*tg.Dialog).UnreadCount
		}
		post := func() {
			_, err := e.Post(Incoming{Chat: to, Sender: sender, Text: "yuk bor"})
			e.must(err)
		}
		_, err := e.send(c, chat, "salom", 1)
		c.must(err)
		if n := unread(); n != 0 {
			t.Fatalf("%d unread after writing", n)
		}
		post()
		post()
		if n := unread(); n != 2 {
			t.Fatalf("%d unread, want 2", n)
		}
		if isChannel(chat) {
			_, err = c.ChannelsReadHistory(c.ctx, &tg.ChannelsReadHistoryRequest{Channel: &tg.InputChannel{
				ChannelID: bare(chat), AccessHash: in.(*tg.InputPeerChannel).AccessHash,
			}})
		} else {
			_, err = c.MessagesReadHistory(c.ctx, &tg.MessagesReadHistoryRequest{Peer: in})
		}
		c.must(err)
		post()
		if n := unread(); n != 1 {
			t.Fatalf("%d unread, want 1", n)
		}
	}
}
