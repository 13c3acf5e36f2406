package world

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gotd/td/tg"
)

// view is for whom objects are rendered. Its methods run under the world's lock
// and return objects that share nothing mutable with it.
type view struct {
	w     *World
	user  *user
	layer int
}

// accessHash is what the viewer must present to name the peer: another one for
// every account. A plain hash over the secret will do, since the input has a
// fixed length and most of the sum is kept back; an HMAC would be a third of the
// work of rendering.
func (w *World) accessHash(viewer, peer int64) int64 {
	var b [secretSize + 16]byte
	copy(b[:], w.secret)
	binary.LittleEndian.PutUint64(b[secretSize:], uint64(viewer))
	binary.LittleEndian.PutUint64(b[secretSize+8:], uint64(peer))
	sum := sha256.Sum256(b[:])
	return int64(binary.LittleEndian.Uint64(sum[:]))
}

func (v view) hash(peer int64) int64 { return v.w.accessHash(v.user.ID, peer) }

func (v view) tgUser(u *user) tg.UserClass {
	t := &tg.User{ID: u.ID, Bot: u.Bot, Self: u == v.user, Deleted: u.deleted}
	t.SetAccessHash(v.hash(u.ID))
	if u.deleted {
		return v.asUser(t)
	}
	t.SetFirstName(u.FirstName)
	if u.LastName != "" {
		t.SetLastName(u.LastName)
	}
	if u.Username != "" {
		t.SetUsername(u.Username)
	}
	if u.account != nil && u == v.user {
		t.SetPhone(u.account.phone)
	}
	if v.user.account != nil {
		for _, id := range v.user.account.contacts {
			t.Contact = t.Contact || id == u.ID
		}
	}
	if u.Bot {
		t.SetBotInfoVersion(1)
	}
	t.Verified = u.ID == serviceID
	return v.asUser(t)
}

func (v view) tgChat(c *chat) tg.ChatClass {
	st := c.status[v.user.ID]
	if c.kind == KindGroup {
		return v.tgGroup(c, st)
	}
	if st == statusKicked {
		f := &tg.ChannelForbidden{
			ID: bare(c.id), AccessHash: v.hash(c.id), Title: c.title,
			Broadcast: c.kind == KindChannel, Megagroup: c.kind == KindSupergroup,
		}
		return f
	}
	t := &tg.Channel{
		ID: bare(c.id), Title: c.title, Photo: &tg.ChatPhotoEmpty{}, Date: int(c.created / 1000),
		Broadcast: c.kind == KindChannel, Megagroup: c.kind == KindSupergroup, Forum: c.forum,
		Left: !st.inside(), SlowmodeEnabled: c.slow > 0,
	}
	t.SetAccessHash(v.hash(c.id))
	t.SetParticipantsCount(c.count())
	if c.username != "" {
		t.SetUsername(c.username)
	}
	switch st {
	case statusAdmin:
		t.SetAdminRights(tg.ChatAdminRights{PostMessages: true, EditMessages: true, DeleteMessages: true, ChangeInfo: true})
	case statusRestricted:
		t.SetBannedRights(noSending(true))
	}
	if c.kind == KindSupergroup {
		t.SetDefaultBannedRights(noSending(c.readOnly))
	}
	return v.asChannel(t)
}

func (v view) tgGroup(c *chat, st memberStatus) tg.ChatClass {
	if st == statusKicked {
		return &tg.ChatForbidden{ID: bare(c.id), Title: c.title}
	}
	t := &tg.Chat{
		ID: bare(c.id), Title: c.title, Photo: &tg.ChatPhotoEmpty{}, ParticipantsCount: c.count(),
		Date: int(c.created / 1000), Version: 1, Left: !st.inside(),
	}
	if st == statusAdmin {
		t.SetAdminRights(tg.ChatAdminRights{DeleteMessages: true, ChangeInfo: true})
	}
	t.SetDefaultBannedRights(noSending(c.readOnly))
	if c.to != 0 {
		t.Deactivated = true
		t.SetMigratedTo(&tg.InputChannel{ChannelID: bare(c.to), AccessHash: v.hash(c.to)})
	}
	return t
}

func noSending(forbidden bool) tg.ChatBannedRights {
	return tg.ChatBannedRights{SendMessages: forbidden, SendPlain: forbidden, SendMedia: forbidden}
}

func (v view) tgMessage(m *message) tg.MessageClass {
	if m.action != nil {
		return v.asService(v.tgAction(m))
	}
	t := &tg.Message{
		ID: m.id, Date: m.date(), Message: m.text, PeerID: tgPeer(m.peer), Out: m.from == v.user.ID,
		Entities: v.asEntities(m.entities),
	}
	if from := v.fromID(m); from != nil {
		t.SetFromID(from)
	}
	t.Post = v.isPost(m)
	if m.replyTo != nil {
		if id := m.replyTo.idFor(v.user.ID); id != 0 {
			h := &tg.MessageReplyHeader{}
			h.SetReplyToMsgID(id)
			t.SetReplyTo(v.asReply(h))
		}
	}
	if m.editedAt != 0 {
		t.SetEditDate(int(m.editedAt / 1000))
	}
	if k := v.asMarkup(m.markup); k != nil {
		t.SetReplyMarkup(k)
	}
	if media := tgMedia(m.content); media != nil {
		t.SetMedia(v.asMedia(media))
	}
	return v.asMessage(t)
}

func (v view) isPost(m *message) bool {
	return isChannel(m.peer) && v.w.chats[m.peer].kind == KindChannel
}

// fromID is left out where the dialog says it already.
func (v view) fromID(m *message) tg.PeerClass {
	if v.isPost(m) || isUser(m.peer) && m.from == m.peer || m.from == 0 {
		return nil
	}
	return tgPeer(m.from)
}

func (v view) tgAction(m *message) *tg.MessageService {
	t := &tg.MessageService{ID: m.id, Date: m.date(), PeerID: tgPeer(m.peer), Out: m.from == v.user.ID, Post: v.isPost(m)}
	if from := v.fromID(m); from != nil {
		t.SetFromID(from)
	}
	switch a := m.action; {
	case a.MigratedTo != 0 && isChannel(m.peer):
		t.Action = &tg.MessageActionChannelMigrateFrom{Title: a.Created, ChatID: bare(v.w.chats[m.peer].from)}
	case a.MigratedTo != 0:
		t.Action = &tg.MessageActionChatMigrateTo{ChannelID: bare(a.MigratedTo)}
	case isChannel(m.peer):
		t.Action = &tg.MessageActionChannelCreate{Title: a.Created}
	default:
		t.Action = &tg.MessageActionChatCreate{Title: a.Created}
	}
	return t
}

func (v view) tgMessages(list []*message) []tg.MessageClass {
	out := make([]tg.MessageClass, len(list))
	for i, m := range list {
		out[i] = v.tgMessage(m)
	}
	return out
}

// update wraps a message; pts of an edit is that of the event.
func (v view) update(m *message, edit bool) tg.UpdateClass {
	switch {
	case edit:
		return &tg.UpdateEditMessage{Message: v.tgMessage(m), Pts: m.editPts, PtsCount: 1}
	case isChannel(m.peer):
		return &tg.UpdateNewChannelMessage{Message: v.tgMessage(m), Pts: m.pts, PtsCount: 1}
	}
	return &tg.UpdateNewMessage{Message: v.tgMessage(m), Pts: m.pts, PtsCount: 1}
}

// goneUpdate says that the message was deleted.
func (m *message) goneUpdate() tg.UpdateClass {
	return &tg.UpdateDeleteMessages{Messages: []int{m.id}, Pts: m.gonePts, PtsCount: 1}
}

// entities are the users and chats that the messages and peers mention.
func (v view) entities(msgs []*message, peers ...int64) ([]tg.UserClass, []tg.ChatClass) {
	users, chats := []tg.UserClass{}, []tg.ChatClass{}
	seen := make(map[int64]bool, 2*len(msgs)+len(peers))
	var add func(id int64)
	add = func(id int64) {
		if id == 0 || seen[id] {
			return
		}
		seen[id] = true
		if u := v.w.users[id]; isUser(id) && u != nil {
			users = append(users, v.tgUser(u))
		} else if c := v.w.chats[id]; c != nil {
			chats = append(chats, v.tgChat(c))
			add(c.to)
		}
	}
	for _, m := range msgs {
		add(m.peer)
		add(m.from)
	}
	for _, id := range peers {
		add(id)
	}
	return users, chats
}
