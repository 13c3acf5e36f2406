package telegram

import (
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// take takes what Telegram pushed, or answered to a call: the numbers of what the
// account itself wrote come in no other way. It never blocks, and may be called
// from several goroutines in any order.
func (l *listener) take(u tg.UpdatesClass) {
	switch u := u.(type) {
	case *tg.Updates:
		l.takeAll(u.Updates, u.Users, u.Chats, u.Date)
	case *tg.UpdatesCombined:
		l.takeAll(u.Updates, u.Users, u.Chats, u.Date)
	case *tg.UpdateShort:
		l.takeAll([]tg.UpdateClass{u.Update}, nil, nil, u.Date)
	case *tg.UpdateShortSentMessage:
		l.takeAll([]tg.UpdateClass{&tg.UpdateNewMessage{Pts: u.Pts, PtsCount: u.PtsCount}}, nil, nil, u.Date)
	case *tg.UpdatesTooLong:
		l.stale()
	}
}

func (l *listener) takeAll(us []tg.UpdateClass, users []tg.UserClass, chats []tg.ChatClass, date int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		return // the positions are read first, and what was missed is asked for then
	}
	l.meet(users, chats)
	now := time.Now()
	for _, u := range us {
		l.takeOne(u, chats, date, now)
	}
}

func (l *listener) takeOne(u tg.UpdateClass, chats []tg.ChatClass, date int, now time.Time) {
	switch u := u.(type) {
	case *tg.UpdateNewMessage:
		l.common.date = max(l.common.date, date)
		l.offer(l.common, l.event(u.Message, u.Pts, u.PtsCount), now)
		return
	case *tg.UpdateNewChannelMessage:
		if b := l.boxOf(u.Message, chats); b != nil {
			l.offer(b, l.event(u.Message, u.Pts, u.PtsCount), now)
		}
		return
	case *tg.UpdateChannelTooLong:
		l.takeTooLong(u, chats, now)
		return
	case *tg.UpdateChannel:
		l.takeMembership(channelID(u.ChannelID), chats, now)
		return
	case *tg.UpdateReadChannelInbox:
		return // its pts is where the account has read to
	}
	if pts, count, ok := tg.IsPtsUpdate(u); ok {
		l.offer(l.common, event{pts: pts, count: count}, now)
		return
	}
	if id, pts, count, ok, err := tg.IsChannelPtsUpdate(u); ok && err == nil {
		if b := l.boxes[channelID(id)]; b != nil {
			l.offer(b, event{pts: pts, count: count}, now)
		}
	}
}

// boxOf is the supergroup of a message, also one that is new; nil for a channel
// that people do not write in.
func (l *listener) boxOf(m tg.MessageClass, chats []tg.ChatClass) *box {
	var at tg.PeerClass
	switch m := m.(type) {
	case *tg.Message:
		if m.Post {
			return nil
		}
		at = m.PeerID
	case *tg.MessageService:
		if m.Post {
			return nil
		}
		at = m.PeerID
	default:
		return nil
	}
	id := peerID(at)
	if b := l.boxes[id]; b != nil {
		return b
	}
	for _, c := range chats {
		if c, ok := c.(*tg.Channel); ok && channelID(c.ID) == id {
			if c.Broadcast || c.Monoforum {
				return nil
			}
			b := l.newBox(id)
			l.describe(b, c)
			return b
		}
	}
	return l.newBox(id)
}

func (l *listener) newBox(id domain.PeerID) *box {
	b := &box{id: id}
	l.boxes[id] = b
	return b
}

// takeTooLong notes that there is more than Telegram cares to push. In a
// supergroup that is new it begins at the pts that comes along.
// Source: https://core.telegram.org/constructor/updateChannelTooLong
func (l *listener) takeTooLong(u *tg.UpdateChannelTooLong, chats []tg.ChatClass, now time.Time) {
	id := channelID(u.ChannelID)
	b := l.boxes[id]
	if b == nil {
		if c := channelOf(chats, id); c == nil || c.Broadcast || c.Monoforum {
			return
		}
		b = l.newBox(id)
		l.meet(nil, chats)
		b.pts = u.Pts
	}
	b.gone, b.want = false, max(b.want, u.Pts, b.pts+1)
	b.askBy(now)
	kick(l.wake)
}

// takeMembership notes that the account has joined a supergroup, or is out of it.
// Such news may overtake each other: the answer to the difference decides.
func (l *listener) takeMembership(id domain.PeerID, chats []tg.ChatClass, now time.Time) {
	b := l.boxes[id]
	if b == nil {
		c := channelOf(chats, id)
		if c == nil || c.Left || c.Broadcast || c.Monoforum {
			return
		}
		b = l.newBox(id)
		l.describe(b, c)
	}
	b.gone, b.want = false, max(b.want, b.pts+1)
	b.askBy(now)
	kick(l.wake)
}

func channelOf(chats []tg.ChatClass, id domain.PeerID) *tg.Channel {
	for _, c := range chats {
		if c, ok := c.(*tg.Channel); ok && channelID(c.ID) == id {
			return c
		}
	}
	return nil
}
