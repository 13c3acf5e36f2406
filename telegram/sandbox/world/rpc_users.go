package world

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func userMethods(reg registry) {
	on(reg, reading, func(c *call, r *tg.UsersGetUsersRequest) (bin.Encoder, error) {
		out := vector{}
		for _, in := range r.ID {
			u, err := c.inputUser(in)
			if err != nil {
				out = append(out, &tg.UserEmpty{ID: inputUserID(in)})
				continue
			}
			out = append(out, c.mine().tgUser(u))
		}
		return out, nil
	})
	on(reg, reading, func(c *call, r *tg.UsersGetFullUserRequest) (bin.Encoder, error) {
		u, err := c.inputUser(r.ID)
		if err != nil {
			return nil, err
		}
		full := tg.UserFull{ID: u.ID, Blocked: c.user.blocks(u.ID)}
		if u.Bio != "" {
			full.SetAbout(u.Bio)
		}
		return c.mine().asUserFull(&tg.UsersUserFull{FullUser: full, Users: []tg.UserClass{c.mine().tgUser(u)}, Chats: []tg.ChatClass{}}), nil
	})
	on(reg, reading, func(c *call, r *tg.ContactsResolveUsernameRequest) (bin.Encoder, error) {
		id, ok := c.w.byName[foldName(r.Username)]
		if !ok || c.w.users[id] != nil && c.w.users[id].deleted {
			return nil, rpcErr(400, "USERNAME_NOT_OCCUPIED")
		}
		users, chats := c.mine().entities(nil, id)
		return &tg.ContactsResolvedPeer{Peer: tgPeer(id), Users: users, Chats: chats}, nil
	})
	on(reg, reading, func(c *call, _ *tg.ContactsGetContactsRequest) (bin.Encoder, error) {
		out := &tg.ContactsContacts{Contacts: []tg.Contact{}, SavedCount: len(c.user.account.contacts)}
		for _, id := range c.user.account.contacts {
			out.Contacts = append(out.Contacts, tg.Contact{UserID: id})
		}
		out.Users, _ = c.mine().entities(nil, c.user.account.contacts...)
		return out, nil
	})
	on(reg, reading, (*call).getBlocked)
}

// getBlocked lists whom the account blocked, the newest first.
func (c *call) getBlocked(r *tg.ContactsGetBlockedRequest) (bin.Encoder, error) {
	var ids []int64
	if !r.MyStoriesFrom { // a list of its own, which nobody is on
		ids = slices.SortedFunc(maps.Keys(c.user.blocked), func(a, b int64) int {
			return cmp.Or(cmp.Compare(c.user.blocked[b], c.user.blocked[a]), cmp.Compare(a, b))
		})
	}
	all := len(ids)
	ids = ids[min(max(r.Offset, 0), all):]
	ids = ids[:min(max(r.Limit, 0), maxPage, len(ids))]
	list := make([]tg.PeerBlocked, len(ids))
	for i, id := range ids {
		list[i] = tg.PeerBlocked{PeerID: tgPeer(id), Date: int(c.user.blocked[id] / 1000)}
	}
	users, chats := c.mine().entities(nil, ids...)
	if len(ids) < all {
		return &tg.ContactsBlockedSlice{Count: all, Blocked: list, Users: users, Chats: chats}, nil
	}
	return &tg.ContactsBlocked{Blocked: list, Users: users, Chats: chats}, nil
}

func inputUserID(in tg.InputUserClass) int64 {
	switch x := in.(type) {
	case *tg.InputUser:
		return x.UserID
	case *tg.InputUserFromMessage:
		return x.UserID
	}
	return 0
}

func (c *call) inputUser(in tg.InputUserClass) (*user, error) {
	switch x := in.(type) {
	case *tg.InputUserSelf:
		return c.user, nil
	case *tg.InputUser:
		return c.knownUser(x.UserID, x.AccessHash)
	}
	return nil, rpcErr(400, "USER_ID_INVALID")
}

func (c *call) knownUser(id, hash int64) (*user, error) {
	u := c.w.users[id]
	if u == nil || u != c.user && hash != c.w.accessHash(c.user.ID, id) {
		return nil, rpcErr(400, "USER_ID_INVALID")
	}
	return u, nil
}

// peer resolves what a request names, access hash and all. A channel that the
// account may not even read is CHANNEL_PRIVATE only to the methods that read.
func (c *call) peer(in tg.InputPeerClass) (int64, error) {
	switch p := in.(type) {
	case *tg.InputPeerSelf:
		return c.user.ID, nil
	case *tg.InputPeerUser:
		if _, err := c.knownUser(p.UserID, p.AccessHash); err != nil {
			return 0, rpcErr(400, "PEER_ID_INVALID")
		}
		return p.UserID, nil
	case *tg.InputPeerChat:
		g, err := c.group(p.ChatID)
		if err != nil {
			return 0, rpcErr(400, "PEER_ID_INVALID")
		}
		return g.id, nil
	case *tg.InputPeerChannel:
		ch, err := c.channel(&tg.InputChannel{ChannelID: p.ChannelID, AccessHash: p.AccessHash})
		if err != nil {
			return 0, err
		}
		return ch.id, nil
	}
	return 0, rpcErr(400, "PEER_ID_INVALID")
}

// group finds a basic group that the account is or was in.
func (c *call) group(id int64) (*chat, error) {
	g := c.w.chats[markGroup(id)]
	if g == nil {
		return nil, rpcErr(400, "CHAT_ID_INVALID")
	}
	if _, known := g.status[c.user.ID]; !known {
		return nil, rpcErr(400, "CHAT_ID_INVALID")
	}
	return g, nil
}

func (c *call) channel(in tg.InputChannelClass) (*chat, error) {
	x, ok := in.(*tg.InputChannel)
	if !ok {
		return nil, rpcErr(400, "CHANNEL_INVALID")
	}
	ch := c.w.chats[markChannel(x.ChannelID)]
	if ch == nil || x.AccessHash != c.w.accessHash(c.user.ID, ch.id) {
		return nil, rpcErr(400, "CHANNEL_INVALID")
	}
	return ch, nil
}

// readable is an error when the account may not see what is written in the peer.
func (c *call) readable(peer int64) error {
	if !isChannel(peer) {
		return nil
	}
	ch := c.w.chats[peer]
	if st := ch.status[c.user.ID]; st == statusKicked || !st.inside() && ch.username == "" {
		return rpcErr(400, "CHANNEL_PRIVATE")
	}
	return nil
}
