package world

import (
	"errors"
	"slices"
	"strconv"
)

// BotInbound makes the account do something to the bot, and returns the number
// of the update it became.
func (w *World) BotInbound(phone string, in BotInput) (int64, error) {
	var id int64
	err := w.write(func() error {
		u, err := w.accountUser(phone)
		if err != nil {
			return err
		}
		if err := w.botInput(u, in); err != nil {
			return err
		}
		id = w.bot.lastID
		return nil
	})
	return id, err
}

func (w *World) botInput(u *user, in BotInput) error {
	if err := in.check(); err != nil {
		return err
	}
	switch {
	case u.deleted:
		return errors.New("the account is deleted")
	case in.Block != nil:
		if u.blocks(BotID) == *in.Block {
			return errors.New("the bot is blocked already, or was not")
		}
		return w.setBlock(BotID, u.ID, *in.Block)
	case u.blocks(BotID):
		return errors.New("the account has blocked the bot")
	case in.Callback != "":
		return w.pressButton(u, in)
	}
	r, err := w.botWritten(u, in)
	if err != nil {
		return err
	}
	if err := checkEntities(r.Text, in.Entities); err != nil {
		return err
	}
	if in.Entities != nil {
		r.Entities = sortedEntities(tgEntities(in.Entities))
	}
	if utf16Len(r.Text) > maxText {
		return errors.New("the text is longer than 4096 UTF-16 units; a client sends several messages")
	}
	w.commitMessage(r, nil)
	return nil
}

// check refuses what is not one thing.
func (in BotInput) check() error {
	n := 0
	for _, given := range [...]bool{in.Text != "", in.Forward != nil, in.Callback != "", in.Contact, in.Block != nil} {
		if given {
			n++
		}
	}
	switch {
	case n != 1:
		return errors.New("one of text, forward, callback, contact and block is needed")
	case len(in.Entities) > 0 && in.Text == "" && in.Forward == nil:
		return errors.New("entities format a text")
	case in.Callback == "" && (in.MessageID != 0 || in.Forged):
		return errors.New("message_id and forged are about a callback")
	case in.Forged && in.MessageID == 0:
		return errors.New("a forged callback needs a message_id")
	}
	return nil
}

// botWritten is the message that the input makes.
func (w *World) botWritten(u *user, in BotInput) (*msgRec, error) {
	r := &msgRec{Chat: BotID, From: u.ID, At: ms(w.now()), Text: in.Text}
	switch {
	case in.Contact:
		r.Contact = &Contact{Phone: u.account.phone, FirstName: u.FirstName, LastName: u.LastName, UserID: u.ID}
	case in.Forward != nil:
		return r, w.passOn(u, r, *in.Forward)
	}
	return r, nil
}

func (w *World) pressButton(u *user, in BotInput) error {
	if in.Forged {
		m := w.users[BotID].box.at(in.MessageID)
		if m == nil || m.peer != u.ID || m.from != BotID {
			return errors.New("the bot did not write such a message to the account")
		}
		_, err := w.press(u, m, in.Callback)
		return err
	}
	for _, m := range slices.Backward(w.history(u, BotID)) {
		if m.from == BotID && (in.MessageID == 0 || m.idFor(BotID) == in.MessageID) && m.markup.hasCallback(in.Callback) {
			_, err := w.press(u, m, in.Callback)
			return err
		}
	}
	return errors.New("no message of the bot has such a button")
}

// press makes the bot's update of a button and returns the id of the query.
func (w *World) press(u *user, m *message, data string) (id string, err error) {
	id = strconv.FormatInt(u.ID, 10) + randHex(6)
	return id, w.commit(record{BotEvent: &botEventRec{User: u.ID, Message: m.idFor(BotID), Data: data, ID: id}})
}

// hasCallback reports whether an inline button carries the data.
func (m *Markup) hasCallback(data string) bool {
	return m != nil && slices.ContainsFunc(m.Inline, func(row []Button) bool {
		return slices.ContainsFunc(row, func(b Button) bool { return b.CallbackData == data && b.URL == "" })
	})
}
