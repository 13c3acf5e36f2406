package world

import (
	"cmp"
	"errors"
	"time"
)

// Incoming is a message from somebody who is not one of our accounts' clients.
type Incoming struct {
	// Chat is a group or channel, or the account a private message goes to.
	Chat int64
	// Sender is known by ID; without one, or with an unknown one, it is a whole
	// profile and the person is added first.
	Sender Profile
	// As, in a supergroup, is who writes in place of a person: the group itself,
	// for an admin who stays anonymous, or a channel, for a post of it that is
	// passed on.
	As      int64
	Text    string
	At      time.Time // zero: now
	ReplyTo int       // MessageInfo.ID
}

// Post puts a message into a chat. The sender need not be a member and is not
// asked for rights.
func (w *World) Post(in Incoming) (MessageInfo, error) {
	var out MessageInfo
	err := w.write(func() error {
		if err := w.checkIncoming(&in); err != nil {
			return err
		}
		at := w.now()
		if !in.At.IsZero() {
			at = in.At
		}
		c := w.commitMessage(&msgRec{Chat: in.Chat, From: cmp.Or(in.As, in.Sender.ID), At: ms(at), Text: in.Text, ReplyTo: in.ReplyTo}, nil)
		out = w.messageInfo(c)
		return nil
	})
	return out, err
}

func (w *World) checkIncoming(in *Incoming) error {
	c, to := w.chats[in.Chat], w.users[in.Chat]
	switch {
	case c == nil && to == nil:
		return errNoChat
	case c != nil && c.to != 0:
		return errors.New("this group has become a supergroup")
	case in.As != 0 && (!isChannel(in.Chat) || w.chats[in.As] == nil):
		return errors.New("only a chat that is there writes in place of a person, and only in a supergroup")
	case in.Text == "":
		return errors.New("a message needs a text")
	case utf16Len(in.Text) > maxText:
		return errors.New("the text is longer than 4096 UTF-16 units")
	}
	if in.As != 0 || w.users[in.Sender.ID] != nil {
		return nil
	}
	rec := &userRec{Profile: in.Sender}
	if err := w.addUser(rec); err != nil {
		return err
	}
	in.Sender.ID = rec.ID
	return nil
}

// Messages lists the messages of a chat with an ID above since, oldest first.
// For a user it lists his private messages, sent and received. With a limit and
// since 0 it is the newest ones, else the first ones after since.
func (w *World) Messages(chatID int64, since, limit int) ([]MessageInfo, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var all []*content
	if c := w.chats[chatID]; c != nil {
		all = c.log
	} else if u := w.users[chatID]; u != nil {
		all = u.private
	} else {
		return nil, errNoChat
	}
	from := len(all)
	for from > 0 && all[from-1].n > since {
		from--
	}
	all = all[from:]
	if limit > 0 && len(all) > limit {
		if since == 0 {
			all = all[len(all)-limit:]
		} else {
			all = all[:limit]
		}
	}
	out := make([]MessageInfo, 0, len(all))
	for _, c := range all {
		if !c.deleted {
			out = append(out, w.messageInfo(c))
		}
	}
	return out, nil
}

func (w *World) messageInfo(c *content) MessageInfo {
	m := MessageInfo{
		ID: c.n, MessageID: c.idFor(c.from), ChatID: c.chat, At: fromMS(c.at), SenderID: c.from,
		SenderName: w.users[c.from].name(), To: c.to, Text: c.text, Entities: apiEntities(c.entities), RandomID: c.randomID,
	}
	if c.replyTo != nil {
		m.ReplyTo = c.replyTo.n
	}
	if c.action != nil {
		m.Text = "[" + c.action.Created + "]"
	}
	return m
}
