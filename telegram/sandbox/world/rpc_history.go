package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func historyMethods(reg registry) {
	on(reg, reading, (*call).getHistory)
	on(reg, reading, func(c *call, r *tg.MessagesGetMessagesRequest) (bin.Encoder, error) {
		return c.byIDs(r.ID, c.user.box.byID, nil), nil
	})
	on(reg, reading, (*call).getChannelMessages)
	on(reg, writing, func(c *call, r *tg.MessagesReadHistoryRequest) (bin.Encoder, error) {
		peer, err := c.peer(r.Peer)
		if err != nil {
			return nil, err
		}
		if err := c.read(peer, r.MaxID); err != nil {
			return nil, err
		}
		return &tg.MessagesAffectedMessages{Pts: c.user.box.pts()}, nil
	})
	on(reg, writing, func(c *call, r *tg.ChannelsReadHistoryRequest) (bin.Encoder, error) {
		ch, err := c.channel(r.Channel)
		if err != nil {
			return nil, err
		}
		return boolean(true), c.read(ch.id, r.MaxID)
	})
}

// getHistory counts offset_id and add_offset as core.telegram.org/api/offsets
// says: newest first, starting below offset_id, moved by add_offset.
func (c *call) getHistory(r *tg.MessagesGetHistoryRequest) (bin.Encoder, error) {
	peer, err := c.peer(r.Peer)
	if err != nil {
		return nil, err
	}
	if err := c.readable(peer); err != nil {
		return nil, err
	}
	all := c.w.history(c.user, peer)
	end := before(all, r.OffsetID)
	if r.OffsetID == 0 && r.OffsetDate != 0 {
		for end > 0 && all[end-1].date() >= r.OffsetDate {
			end--
		}
	}
	end = min(max(end-r.AddOffset, 0), len(all))
	limit := r.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	page := make([]*message, 0, min(limit, end))
	for i := end - 1; i >= 0 && len(page) < limit; i-- {
		m := all[i]
		if r.MinID != 0 && m.id <= r.MinID {
			break
		}
		if r.MaxID == 0 || m.id < r.MaxID {
			page = append(page, m)
		}
	}
	return c.list(page, peer, len(all)), nil
}

// list wraps messages of one dialog; total is how many there are in it.
func (c *call) list(page []*message, peer int64, total int) bin.Encoder {
	v := c.mine()
	users, chats := v.entities(page, peer)
	plain := &tg.MessagesMessages{Messages: v.tgMessages(page), Users: users, Chats: chats}
	switch {
	case isChannel(peer):
		return &tg.MessagesChannelMessages{
			Pts: c.w.chats[peer].pts(), Count: total,
			Messages: plain.Messages, Users: users, Chats: chats,
		}
	case len(page) < total:
		return v.asMessages(plain, total)
	}
	return v.asMessages(plain, 0)
}

func (c *call) getChannelMessages(r *tg.ChannelsGetMessagesRequest) (bin.Encoder, error) {
	ch, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	if err := c.readable(ch.id); err != nil {
		return nil, err
	}
	return c.byIDs(r.ID, func(id int) *message {
		if id < 1 || id > len(ch.msgs) {
			return nil
		}
		return ch.msgs[id-1]
	}, ch), nil
}

// byIDs lists the messages asked for; those that do not exist come as empty.
func (c *call) byIDs(in []tg.InputMessageClass, find func(int) *message, ch *chat) bin.Encoder {
	v := c.mine()
	var found []*message
	list := []tg.MessageClass{}
	for _, x := range in {
		id, ok := x.(*tg.InputMessageID)
		if !ok || len(list) >= maxPage {
			continue
		}
		if m := find(id.ID); m != nil {
			found = append(found, m)
			list = append(list, v.tgMessage(m))
		} else {
			list = append(list, &tg.MessageEmpty{ID: id.ID})
		}
	}
	users, chats := v.entities(found)
	plain := &tg.MessagesMessages{Messages: list, Users: users, Chats: chats}
	if ch == nil {
		return v.asMessages(plain, 0)
	}
	return &tg.MessagesChannelMessages{Pts: ch.pts(), Count: len(list), Messages: list, Users: users, Chats: chats}
}

// read marks the dialog as read up to that message; 0 means all of it.
func (c *call) read(peer int64, maxID int) error {
	if c.user.box.dialogs[peer] == nil {
		return nil
	}
	last := c.w.lastID(c.user, peer)
	if maxID == 0 || maxID > last {
		maxID = last
	}
	if maxID <= c.user.box.dialogs[peer].readMax {
		return nil
	}
	return c.w.commit(record{Dialog: &dialogRec{User: c.user.ID, Peer: peer, Read: maxID}})
}
