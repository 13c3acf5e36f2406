package telegram

import (
	"strings"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// person and group are what a message does not say itself.
type (
	person struct {
		username, first, last string
		bot                   bool
	}
	group struct {
		title   string
		members int
	}
)

// peopleMost bounds the people a listener remembers. They are needed where
// Telegram leaves out who writes, which it does for people it told of before.
const peopleMost = 3000

// meet remembers who came along with messages.
func (l *listener) meet(users []tg.UserClass, chats []tg.ChatClass) {
	if len(l.people)+len(users) > peopleMost { // before: those who come along are needed next
		clear(l.people)
	}
	for _, u := range users {
		if u, ok := u.(*tg.User); ok {
			l.people[u.ID] = person{username(u.Username, u.Usernames), name(u.FirstName), name(u.LastName), u.Bot}
		}
	}
	for _, c := range chats {
		switch c := c.(type) {
		case *tg.Chat:
			l.groups[groupID(c.ID)] = group{name(c.Title), c.ParticipantsCount}
		case *tg.Channel:
			if b := l.boxes[channelID(c.ID)]; b != nil {
				l.describe(b, c)
			}
		}
	}
}

// describe takes what Telegram says of a supergroup. In its shortest form it
// leaves the number of members out, and the hash is good for nothing here.
// Source: https://core.telegram.org/api/min
func (l *listener) describe(b *box, c *tg.Channel) {
	b.title = name(c.Title)
	if c.ParticipantsCount > 0 {
		b.members = c.ParticipantsCount
	}
	if hash, ok := c.GetAccessHash(); ok && !c.Min {
		b.hash = hash
	}
}

// event is a new message as a step in its box.
func (l *listener) event(m tg.MessageClass, pts, count int) event {
	e := event{pts: pts, count: count}
	text, ok := m.(*tg.Message)
	if !ok || !l.spoken(text) {
		return e
	}
	in, complete := l.incoming(text)
	switch {
	case !complete:
		e.vague = true
	case in != nil:
		e.message = in
	}
	return e
}

// spoken reports whether a person wrote m, in a group, and not the account
// itself. A bot is told by what is known of it.
func (l *listener) spoken(m *tg.Message) bool {
	if m.Out || m.Post || strings.TrimSpace(m.Message) == "" {
		return false
	}
	if id := peerID(m.PeerID); id == 0 || isUser(id) {
		return false
	}
	from, ok := m.FromID.(*tg.PeerUser) // else an anonymous admin, or a channel's own post
	return ok && from.UserID != serviceUser && from.UserID != l.account.TelegramID
}

// incoming is what was heard; nil for a bot's message. It is not complete where
// the sender or the group is not known.
func (l *listener) incoming(m *tg.Message) (in *domain.Incoming, complete bool) {
	id, from := peerID(m.PeerID), m.FromID.(*tg.PeerUser).UserID
	p, met := l.people[from]
	if p.bot {
		return nil, true
	}
	g, seen := l.groups[id]
	if b := l.boxes[id]; b != nil {
		g, seen = group{b.title, b.members}, true
	}
	return &domain.Incoming{
		OrganizationID: l.account.OrganizationID, AccountID: l.account.ID,
		GroupMessage: domain.GroupMessage{
			ID: int64(m.ID), At: unix(m.Date), ChatID: int64(id), ChatTitle: g.title, ChatMembers: g.members,
			SenderID: from, Username: p.username, FirstName: p.first, LastName: p.last, Text: short(m.Message, longestText),
		},
	}, met && seen
}
