package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func chatMethods(reg registry) {
	on(reg, reading, func(c *call, r *tg.MessagesGetChatsRequest) (bin.Encoder, error) {
		out := &tg.MessagesChats{Chats: []tg.ChatClass{}}
		for _, id := range r.ID {
			g, err := c.group(id)
			if err != nil {
				return nil, err
			}
			out.Chats = append(out.Chats, c.mine().tgChat(g))
		}
		return out, nil
	})
	on(reg, reading, func(c *call, r *tg.ChannelsGetChannelsRequest) (bin.Encoder, error) {
		out := &tg.MessagesChats{Chats: []tg.ChatClass{}}
		for _, in := range r.ID {
			ch, err := c.channel(in)
			if err != nil {
				return nil, err
			}
			out.Chats = append(out.Chats, c.mine().tgChat(ch))
		}
		return out, nil
	})
	on(reg, reading, (*call).getFullChat)
	on(reg, reading, (*call).getFullChannel)
	on(reg, reading, func(*call, *tg.MessagesCheckChatInviteRequest) (bin.Encoder, error) {
		return nil, rpcErr(400, "INVITE_HASH_EXPIRED") // the sandbox hands out no invitations
	})
	on(reg, writing, (*call).joinChannel)
	on(reg, writing, (*call).leaveChannel)
}

func (c *call) getFullChat(r *tg.MessagesGetFullChatRequest) (bin.Encoder, error) {
	g, err := c.group(r.ChatID)
	if err != nil {
		return nil, err
	}
	full := &tg.ChatFull{ID: r.ChatID, About: g.about}
	if !g.status[c.user.ID].inside() {
		full.Participants = &tg.ChatParticipantsForbidden{ChatID: r.ChatID}
	} else {
		list := &tg.ChatParticipants{ChatID: r.ChatID, Version: 1}
		for id, st := range g.status {
			if st.inside() {
				list.Participants = append(list.Participants, c.mine().asParticipant(&tg.ChatParticipant{UserID: id, Date: int(g.created / 1000)}))
			}
		}
		full.Participants = list
	}
	return &tg.MessagesChatFull{FullChat: c.mine().asChatFull(full), Chats: []tg.ChatClass{c.mine().tgChat(g)}, Users: []tg.UserClass{}}, nil
}

func (c *call) getFullChannel(r *tg.ChannelsGetFullChannelRequest) (bin.Encoder, error) {
	ch, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	if err := c.readable(ch.id); err != nil {
		return nil, err
	}
	full := &tg.ChannelFull{ID: bare(ch.id), About: ch.about, ChatPhoto: &tg.PhotoEmpty{}, Pts: ch.pts(), BotInfo: []tg.BotInfo{}}
	full.SetParticipantsCount(ch.count())
	if d := c.user.box.dialogs[ch.id]; d != nil {
		full.ReadInboxMaxID, full.UnreadCount = d.readMax, max(len(ch.msgs)-d.readMax, 0)
	}
	if ch.slow > 0 {
		full.SetSlowmodeSeconds(ch.slow)
		if last, ok := ch.lastPost[c.user.ID]; ok {
			full.SetSlowmodeNextSendDate(int(last/1000) + ch.slow)
		}
	}
	peers := []int64{ch.id}
	if ch.from != 0 {
		full.SetMigratedFromChatID(bare(ch.from))
		full.SetMigratedFromMaxID(c.w.lastID(c.user, ch.from))
		peers = append(peers, ch.from)
	}
	_, chats := c.mine().entities(nil, peers...)
	return &tg.MessagesChatFull{FullChat: c.mine().asChatFull(full), Chats: chats, Users: []tg.UserClass{}}, nil
}

// lastID is the newest message's number in the user's dialog, 0 for none.
func (w *World) lastID(u *user, peer int64) int {
	if list := w.history(u, peer); len(list) > 0 {
		return list[len(list)-1].id
	}
	return 0
}

func (c *call) joinChannel(r *tg.ChannelsJoinChannelRequest) (bin.Encoder, error) {
	ch, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	switch st := ch.status[c.user.ID]; {
	case st == statusKicked, ch.username == "" && !st.inside():
		return nil, rpcErr(400, "CHANNEL_PRIVATE")
	case st.inside():
		return nil, rpcErr(400, "USER_ALREADY_PARTICIPANT")
	}
	if err := c.w.setMember(ch.id, c.user.ID, statusMember); err != nil {
		return nil, err
	}
	changed := c.chatChanged(ch)
	if c.mine().pre(layerJoinResult) {
		return changed, nil
	}
	return &tg.MessagesChatInviteJoinResultOk{Updates: changed}, nil
}

func (c *call) leaveChannel(r *tg.ChannelsLeaveChannelRequest) (bin.Encoder, error) {
	ch, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	if !ch.status[c.user.ID].inside() {
		return nil, rpcErr(400, "USER_NOT_PARTICIPANT")
	}
	if err := c.w.setMember(ch.id, c.user.ID, statusLeft); err != nil {
		return nil, err
	}
	return c.chatChanged(ch), nil
}

func (c *call) chatChanged(ch *chat) *tg.Updates {
	return &tg.Updates{
		Date: c.w.unix(), Users: []tg.UserClass{}, Chats: []tg.ChatClass{c.mine().tgChat(ch)},
		Updates: []tg.UpdateClass{&tg.UpdateChannel{ChannelID: bare(ch.id)}},
	}
}
