package world

import "slices"

// commitMessage stores a message, gives everybody concerned his copy and queues
// the updates for all their connections but origin. The caller holds the lock
// and has checked that the message may be sent.
func (w *World) commitMessage(r *msgRec, origin Session) *content {
	c := w.applyMessage(r)
	w.announce(c, w.store.add(record{Msg: r}), origin)
	return c
}

func (w *World) applyMessage(r *msgRec) *content {
	c := &content{
		chat: r.Chat, from: r.From, at: r.At, text: r.Text, entities: r.Entities, randomID: r.RandomID,
		action: r.Action, markup: r.Markup, document: r.Document, contact: r.Contact,
		forward: r.Forward, options: r.Options,
	}
	switch {
	case isUser(r.Chat):
		w.putPrivate(c, r.ReplyTo)
	case isChannel(r.Chat):
		w.putChannel(w.chats[r.Chat], c, r.ReplyTo)
	default:
		w.putGroup(w.chats[r.Chat], c, r.ReplyTo)
	}
	if r.RandomID != 0 {
		w.sent[sentKey{r.From, r.Chat, r.RandomID}] = c
	}
	return c
}

func (w *World) putPrivate(c *content, replyTo int) {
	c.to = c.chat
	c.n = len(w.private) + 1
	c.replyTo = nth(w.private, replyTo)
	w.private = append(w.private, c)
	from, to := w.users[c.from], w.users[c.to]
	from.private = append(from.private, c)
	from.receive(c, to.ID)
	if to == from {
		return
	}
	to.private = append(to.private, c)
	to.receive(c, from.ID)
	if to.ID == BotID {
		w.bot.addMessage(c)
	}
}

func (w *World) putGroup(g *chat, c *content, replyTo int) {
	g.add(c, replyTo)
	for _, id := range g.boxes {
		w.users[id].receive(c, g.id)
	}
}

func (w *World) putChannel(ch *chat, c *content, replyTo int) {
	ch.add(c, replyTo)
	m := &message{content: c, id: c.n, peer: ch.id, pts: c.n + 1}
	ch.msgs = append(ch.msgs, m)
	if u := w.users[c.from]; u != nil && u.box != nil {
		if d := u.box.dialogs[ch.id]; d != nil {
			d.readMax = m.id
		}
	}
}

func (c *chat) add(m *content, replyTo int) {
	m.n = len(c.log) + 1
	m.replyTo = nth(c.log, replyTo)
	c.log = append(c.log, m)
	c.lastPost[m.from] = m.at
}

func nth(list []*content, n int) *content {
	if n < 1 || n > len(list) {
		return nil
	}
	return list[n-1]
}

// receive puts a copy into the user's box, if it has one.
func (u *user) receive(c *content, peer int64) {
	if u.box == nil {
		return
	}
	m := &message{content: c, id: len(u.box.msgs) + 1, peer: peer, pts: u.box.pts() + 1}
	u.box.msgs = append(u.box.msgs, m)
	u.box.events = append(u.box.events, event{msg: m})
	c.copies = append(c.copies, copyID{u.ID, m.id})
	d := u.dialog(peer, c.at)
	d.msgs = append(d.msgs, m)
	if c.from == u.ID {
		d.readMax, d.unread = m.id, 0
	} else {
		d.unread++
	}
}

// dialog with the peer, made when there is none. The user has a box.
func (u *user) dialog(peer, since int64) *dialog {
	d := u.box.dialogs[peer]
	if d == nil {
		d = &dialog{since: since}
		u.box.dialogs[peer] = d
	}
	return d
}

// announce queues updates about a new message.
func (w *World) announce(c *content, ticket uint64, origin Session) {
	if isChannel(c.chat) {
		ch := w.chats[c.chat]
		for _, id := range ch.boxes {
			w.links.send(id, origin, notice{msg: ch.msgs[c.n-1], ticket: ticket})
		}
		return
	}
	for _, k := range c.copies {
		w.links.send(k.owner, origin, notice{msg: w.users[k.owner].box.at(k.id), ticket: ticket})
	}
}

// top is the newest message of a dialog, nil when it has none.
func (w *World) top(peer int64, d *dialog) *message {
	list := d.msgs
	if isChannel(peer) {
		list = w.chats[peer].msgs
	}
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// history is a dialog's messages, oldest first. The slice is the world's own.
func (w *World) history(u *user, peer int64) []*message {
	if isChannel(peer) {
		return w.chats[peer].msgs
	}
	if d := u.box.dialogs[peer]; d != nil {
		return d.msgs
	}
	return nil
}

// before is the number of messages with an id below that; 0 asks for all.
func before(list []*message, id int) int {
	if id == 0 {
		return len(list)
	}
	n, _ := slices.BinarySearchFunc(list, id, func(m *message, id int) int { return m.id - id })
	return n
}
