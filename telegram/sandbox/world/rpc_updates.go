package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Differences are answered in slices of this many messages; a channel that is
// further behind than maxBehind gets a "too long". A client that names a pts of
// the future is told that nothing happened.
const maxBehind = 3000

func updateMethods(reg registry) {
	on(reg, reading, func(c *call, _ *tg.UpdatesGetStateRequest) (bin.Encoder, error) {
		s := c.state()
		return &s, nil
	})
	on(reg, reading, (*call).getDifference)
	on(reg, reading, (*call).getChannelDifference)
	on(reg, reading, yes[*tg.AccountUpdateStatusRequest])
}

func (c *call) state() tg.UpdatesState {
	return tg.UpdatesState{Pts: c.user.box.pts(), Date: c.w.unix()}
}

func (c *call) getDifference(r *tg.UpdatesGetDifferenceRequest) (bin.Encoder, error) {
	events := c.user.box.events
	if r.Pts < 1 {
		return nil, rpcErr(400, "PERSISTENT_TIMESTAMP_EMPTY")
	}
	if r.Pts > len(events) {
		return &tg.UpdatesDifferenceEmpty{Date: c.w.unix()}, nil
	}
	todo := events[r.Pts-1:]
	if total, ok := r.GetPtsTotalLimit(); ok && len(todo) > total {
		return &tg.UpdatesDifferenceTooLong{Pts: c.user.box.pts()}, nil
	}
	part := todo[:min(len(todo), maxPage)]
	v := c.mine()
	var fresh, all []*message
	other := []tg.UpdateClass{}
	for _, e := range part {
		all = append(all, e.msg)
		switch {
		case e.gone:
			other = append(other, e.msg.goneUpdate())
		case e.edit:
			other = append(other, v.update(e.msg, true))
		default:
			fresh = append(fresh, e.msg)
			other = append(other, v.sentUpdates(e.msg)...)
		}
	}
	users, chats := v.entities(all)
	if len(part) < len(todo) {
		st := c.state()
		st.Pts = r.Pts + len(part)
		return &tg.UpdatesDifferenceSlice{
			NewMessages: v.tgMessages(fresh), OtherUpdates: other, Users: users, Chats: chats,
			IntermediateState: st,
		}, nil
	}
	return &tg.UpdatesDifference{NewMessages: v.tgMessages(fresh), OtherUpdates: other, Users: users, Chats: chats, State: c.state()}, nil
}

// sentUpdates tells an account which of its messages this is, by random_id.
func (v view) sentUpdates(m *message) []tg.UpdateClass {
	if m.from != v.user.ID || m.randomID == 0 {
		return nil
	}
	return []tg.UpdateClass{&tg.UpdateMessageID{ID: m.id, RandomID: m.randomID}}
}

func (c *call) getChannelDifference(r *tg.UpdatesGetChannelDifferenceRequest) (bin.Encoder, error) {
	ch, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	if err := c.readable(ch.id); err != nil {
		return nil, err
	}
	v := c.mine()
	switch {
	case r.Pts < 1:
		return nil, rpcErr(400, "PERSISTENT_TIMESTAMP_EMPTY")
	case r.Pts >= ch.pts():
		return &tg.UpdatesChannelDifferenceEmpty{Final: true, Pts: ch.pts()}, nil
	case ch.pts()-r.Pts > maxBehind:
		return c.channelTooLong(ch), nil
	}
	limit := r.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	todo := ch.msgs[r.Pts-1:]
	part := todo[:min(len(todo), limit)]
	other := []tg.UpdateClass{}
	for _, m := range part {
		other = append(other, v.sentUpdates(m)...)
	}
	users, chats := v.entities(part, ch.id)
	return &tg.UpdatesChannelDifference{
		Final: len(part) == len(todo), Pts: r.Pts + len(part),
		NewMessages: v.tgMessages(part), OtherUpdates: other, Users: users, Chats: chats,
	}, nil
}

func (c *call) channelTooLong(ch *chat) bin.Encoder {
	d := c.user.box.dialogs[ch.id]
	if d == nil {
		d = &dialog{}
	}
	ds, ms, us, cs := c.dialogs([]row{c.w.row(ch.id, d)})
	return &tg.UpdatesChannelDifferenceTooLong{Final: true, Dialog: ds[0], Messages: ms, Users: us, Chats: cs}
}
