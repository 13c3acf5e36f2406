package world

import (
	"fmt"
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Limits of https://limits.tginfo.me and help.getConfig.
const (
	maxText     = 4096 // UTF-16 units
	maxEntities = 100
)

func sendMethods(reg registry) {
	on(reg, writing, (*call).sendMessage)
}

// sendMessage checks in Telegram's order: who is written to, what is written,
// whether it was sent before, whether one may write there, whether one must wait.
func (c *call) sendMessage(r *tg.MessagesSendMessageRequest) (bin.Encoder, error) {
	peer, err := c.peer(r.Peer)
	if err != nil {
		return nil, err
	}
	if err := checkText(r); err != nil {
		return nil, err
	}
	key := sentKey{c.user.ID, peer, r.RandomID}
	if first := c.w.sent[key]; first != nil {
		c.note.Outcome, c.note.MessageID = "duplicate", first.idFor(c.user.ID)
		return c.sentAnswer(first), nil
	}
	if !c.reserved && c.w.inFlight.has(key) {
		return nil, rpcErr(500, "RANDOM_ID_DUPLICATE")
	}
	if err := c.w.mayWrite(c.user, peer); err != nil {
		return nil, err
	}
	if err := c.w.slowMode(c.user, peer); err != nil {
		return nil, err
	}
	reply, err := c.replyNumber(peer, r.ReplyTo)
	if err != nil {
		return nil, err
	}
	sent := c.w.commitMessage(&msgRec{
		Chat: peer, From: c.user.ID, At: ms(c.w.now()), Text: r.Message,
		Entities: sortedEntities(r.Entities), RandomID: r.RandomID, ReplyTo: reply,
	}, c.s)
	c.w.noticeLeakedCode(c.user, r.Message)
	c.note.MessageID = sent.idFor(c.user.ID)
	return c.sentAnswer(sent), nil
}

func checkText(r *tg.MessagesSendMessageRequest) error {
	size := utf16Len(r.Message)
	switch {
	case strings.TrimSpace(r.Message) == "":
		return rpcErr(400, "MESSAGE_EMPTY")
	case size > maxText:
		return rpcErr(400, "MESSAGE_TOO_LONG")
	case len(r.Entities) > maxEntities:
		return rpcErr(400, "ENTITIES_TOO_LONG")
	case r.RandomID == 0:
		return rpcErr(400, "RANDOM_ID_EMPTY")
	}
	for _, e := range r.Entities {
		if e.GetOffset() < 0 || e.GetLength() <= 0 || e.GetOffset()+e.GetLength() > size {
			return rpcErr(400, "ENTITY_BOUNDS_INVALID")
		}
	}
	return nil
}

// mayWrite is nil when the user's message to the peer would be taken, slow mode
// aside.
func (w *World) mayWrite(u *user, peer int64) error {
	if isUser(peer) {
		return mayWriteUser(u, w.users[peer])
	}
	c := w.chats[peer]
	st := c.status[u.ID]
	switch {
	case c.to != 0:
		return rpcErr(400, "CHAT_ID_INVALID")
	case c.kind == KindGroup && !st.inside():
		return rpcErr(403, "CHAT_WRITE_FORBIDDEN")
	case st == statusKicked, !st.inside() && c.username == "":
		return rpcErr(400, "CHANNEL_PRIVATE")
	case !st.inside() && c.kind == KindSupergroup:
		return rpcErr(403, "CHAT_WRITE_FORBIDDEN")
	case st == statusAdmin:
		return nil
	case c.kind == KindChannel:
		return rpcErr(400, "CHAT_ADMIN_REQUIRED")
	case st == statusRestricted:
		return rpcErr(400, "USER_BANNED_IN_CHANNEL")
	case c.readOnly:
		return rpcErr(403, "CHAT_WRITE_FORBIDDEN")
	}
	return nil
}

func mayWriteUser(u, to *user) error {
	switch {
	case to.deleted:
		return rpcErr(400, "INPUT_USER_DEACTIVATED")
	case to.blocks(u.ID):
		return rpcErr(400, "USER_IS_BLOCKED")
	case u.blocks(to.ID):
		return rpcErr(400, "YOU_BLOCKED_USER")
	case to.ID == serviceID:
		return rpcErr(403, "CHAT_WRITE_FORBIDDEN")
	}
	return nil
}

func (w *World) slowMode(u *user, peer int64) error {
	c := w.chats[peer]
	if c == nil || c.slow == 0 || c.status[u.ID] == statusAdmin {
		return nil
	}
	last, posted := c.lastPost[u.ID]
	if left := last + int64(c.slow)*1000 - ms(w.now()); posted && left > 0 {
		return rpcErr(420, fmt.Sprintf("SLOWMODE_WAIT_%d", (left+999)/1000))
	}
	return nil
}

// replyNumber is the answered message's number in the chat's own count.
func (c *call) replyNumber(peer int64, in tg.InputReplyToClass) (int, error) {
	r, ok := in.(*tg.InputReplyToMessage)
	if !ok || r.ReplyToMsgID == 0 {
		return 0, nil
	}
	var m *message
	if isChannel(peer) {
		if list := c.w.chats[peer].msgs; r.ReplyToMsgID > 0 && r.ReplyToMsgID <= len(list) {
			m = list[r.ReplyToMsgID-1]
		}
	} else {
		m = c.user.box.byID(r.ReplyToMsgID)
	}
	if m == nil || m.peer != peer {
		return 0, rpcErr(400, "REPLY_MESSAGE_ID_INVALID")
	}
	return m.n, nil
}

// sentAnswer is what the sender's client gets for a message, the first time and
// every time it repeats the random_id.
func (c *call) sentAnswer(sent *content) bin.Encoder {
	id := sent.idFor(c.user.ID)
	if isUser(sent.chat) {
		m := c.user.box.at(id)
		return &tg.UpdateShortSentMessage{
			Out: true, ID: id, Pts: m.pts, PtsCount: 1, Date: m.date(),
			Entities: c.mine().asEntities(sent.entities),
		}
	}
	var m *message
	if isChannel(sent.chat) {
		m = c.w.chats[sent.chat].msgs[sent.n-1]
	} else {
		m = c.user.box.at(id)
	}
	v := c.mine()
	users, chats := v.entities([]*message{m})
	return &tg.Updates{Users: users, Chats: chats, Date: m.date(), Updates: []tg.UpdateClass{
		&tg.UpdateMessageID{ID: m.id, RandomID: sent.randomID},
		v.update(m, false),
	}}
}
