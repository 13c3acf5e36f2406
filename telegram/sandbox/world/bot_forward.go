package world

import "errors"

var errForward = errors.New("a forward is of a message in a chat, of a user's text or of a name's text")

// passOn fills the message with what the account forwards and where it is from.
func (w *World) passOn(u *user, r *msgRec, f BotForward) error {
	switch {
	case f.Chat != 0 && f.Message > 0 && f.User == 0 && f.Name == "" && f.Text == "":
		return w.passOnMessage(u, r, f)
	case f.Chat != 0 || f.Message != 0 || f.Text == "" || (f.User != 0) == (f.Name != ""):
		return errForward
	}
	r.Text = f.Text
	if f.User == 0 {
		r.Forward = &Origin{Type: OriginHidden, Name: f.Name, At: fromMS(r.At)}
		return nil
	}
	from := w.users[f.User]
	if from == nil {
		return errNoUser
	}
	r.Forward = &Origin{Type: OriginUser, ID: from.ID, Name: from.name(), At: fromMS(r.At)}
	return nil
}

func (w *World) passOnMessage(u *user, r *msgRec, f BotForward) error {
	c, err := w.seenBy(u, f.Chat, f.Message)
	switch {
	case err != nil:
		return err
	case c.action != nil:
		return errors.New("a service message cannot be forwarded")
	case c.options.Protected:
		return errors.New("the message may not be forwarded")
	}
	r.Text, r.Entities, r.Document, r.Contact = c.text, c.entities, c.document, c.contact
	r.Forward = w.origin(c)
	return nil
}

// seenBy finds a message of a chat that the account is in, or of its private
// conversation with a user.
func (w *World) seenBy(u *user, chatID int64, number int) (*content, error) {
	var m *content
	if c := w.chats[chatID]; c != nil {
		if !c.status[u.ID].inside() {
			return nil, errors.New("the account is not in that chat")
		}
		m = nth(c.log, number)
	} else if p := w.users[chatID]; p != nil {
		m = nth(w.private, number)
		if m != nil && (m.from != u.ID || m.to != p.ID) && (m.from != p.ID || m.to != u.ID) {
			m = nil
		}
	} else {
		return nil, errNoChat
	}
	if m == nil || m.deleted {
		return nil, errors.New("the chat has no such message")
	}
	return m, nil
}

// origin is where a message comes from that is forwarded, perhaps again.
func (w *World) origin(c *content) *Origin {
	if c.forward != nil {
		return c.forward
	}
	o := &Origin{Type: OriginUser, ID: c.from, At: fromMS(c.at)}
	if in := w.chats[c.chat]; in != nil && in.kind == KindChannel {
		o.Type, o.ID, o.Name, o.Message = OriginChannel, in.id, in.title, c.n
	} else if as := w.chats[c.from]; as != nil {
		o.Type, o.Name = OriginChat, as.title
	} else {
		o.Name = w.users[c.from].name()
	}
	return o
}
