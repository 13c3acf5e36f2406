package world

import (
	"errors"
	"slices"
	"strconv"
)

// bot is the state of the world's bot beside its box.
type bot struct {
	updates []botUpdate // unconfirmed, by id
	lastID  int64
	answers map[string]*content         // callback id to the message it was pressed on
	waiting map[string]chan<- BotAnswer // clients that wait for the answer, by callback id
}

type botUpdate struct {
	id       int64
	from     int64
	message  *content // a message, or what the button is under
	callback *botEventRec
}

func newBot() *bot {
	return &bot{answers: map[string]*content{}, waiting: map[string]chan<- BotAnswer{}}
}

func (b *bot) addMessage(c *content) {
	b.lastID++
	b.updates = append(b.updates, botUpdate{id: b.lastID, from: c.from, message: c})
}

func (b *bot) confirm(below int64) {
	b.updates = slices.DeleteFunc(b.updates, func(u botUpdate) bool { return u.id < below })
}

// applyBotEvent is a pressed button.
func (w *World) applyBotEvent(r *botEventRec) {
	c := w.users[BotID].box.byID(r.Message).content
	w.bot.lastID++
	w.bot.updates = append(w.bot.updates, botUpdate{id: w.bot.lastID, from: r.User, message: c, callback: r})
	w.bot.answers[r.ID] = c
}

// BotUpdates returns up to limit updates with an id of at least offset and
// forgets those below, as getUpdates does. A negative offset counts from the
// end. Whoever waits for more uses Subscribe.
func (w *World) BotUpdates(offset int64, limit int) []BotUpdate {
	w.mu.RLock()
	if n := len(w.bot.updates); offset < 0 && n > 0 {
		offset = w.bot.updates[max(n+int(offset), 0)].id
	}
	stale := len(w.bot.updates) > 0 && w.bot.updates[0].id < offset
	w.mu.RUnlock()
	if stale {
		err := w.write(func() error { return w.commit(record{BotSeen: offset}) })
		if err != nil {
			w.log.Error("sandbox log", "error", err)
		}
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := []BotUpdate{}
	for _, u := range w.bot.updates {
		if u.id >= offset && (limit <= 0 || len(out) < limit) {
			out = append(out, w.botUpdate(u))
		}
	}
	return out
}

func (w *World) botUpdate(u botUpdate) BotUpdate {
	m := w.botMessage(u.message)
	out := BotUpdate{ID: u.id, From: w.users[u.from].Profile}
	if u.callback != nil {
		out.Callback = &BotCallback{ID: u.callback.ID, Data: u.callback.Data, Message: m}
	} else {
		out.Message = &m
	}
	return out
}

func (w *World) botMessage(c *content) BotMessage {
	m := BotMessage{
		ID: c.idFor(BotID), ChatID: c.to, FromBot: c.from == BotID, At: fromMS(c.at), Text: c.text,
		Entities: apiEntities(c.entities), Markup: c.markup, Document: c.document, Contact: c.contact, Answer: c.answer,
	}
	if !m.FromBot {
		m.ChatID = c.from
	}
	if c.editedAt != 0 {
		t := fromMS(c.editedAt)
		m.EditedAt = &t
	}
	if c.replyTo != nil {
		m.ReplyTo = c.replyTo.idFor(BotID)
	}
	return m
}

// botPeer checks that the bot may write to the user: only one who wrote first,
// did not block it and exists.
func (w *World) botPeer(chatID int64) (*user, error) {
	u := w.users[chatID]
	b := w.users[BotID]
	switch {
	case u == nil:
		return nil, &BotError{400, "Bad Request: chat not found"}
	case u.deleted:
		return nil, &BotError{403, "Forbidden: user is deactivated"}
	case u.blocks(BotID):
		return nil, &BotError{403, "Forbidden: bot was blocked by the user"}
	}
	if d := b.box.dialogs[chatID]; d == nil || !slices.ContainsFunc(d.msgs, func(m *message) bool { return m.from == chatID }) {
		return nil, &BotError{403, "Forbidden: bot can't initiate conversation with a user"}
	}
	return u, nil
}

func checkBotText(text string, d *Document) error {
	switch n := utf16Len(text); {
	case n == 0 && d == nil:
		return &BotError{400, "Bad Request: message text is empty"}
	case n > 1024 && d != nil:
		return &BotError{400, "Bad Request: message caption is too long"}
	case n > maxText:
		return &BotError{400, "Bad Request: message is too long"}
	}
	return nil
}

// BotSend sends a message of the bot. A refusal is a *BotError.
func (w *World) BotSend(chatID int64, out BotOut) (BotMessage, error) {
	var sent BotMessage
	err := w.write(func() error {
		u, err := w.botPeer(chatID)
		if err != nil {
			return err
		}
		if err := checkBotText(out.Text, out.Document); err != nil {
			return err
		}
		r := &msgRec{
			Chat: u.ID, From: BotID, At: ms(w.now()), Text: out.Text, Entities: tgEntities(out.Entities),
			Markup: out.Markup, Document: out.Document,
		}
		if m := w.users[BotID].box.byID(out.ReplyTo); m != nil && m.peer == u.ID {
			r.ReplyTo = m.n
		} else if out.ReplyTo != 0 {
			return &BotError{400, "Bad Request: message to be replied not found"}
		}
		sent = w.botMessage(w.commitMessage(r, nil))
		return nil
	})
	return sent, err
}

// BotEdit replaces text, entities and inline keyboard of a message of the bot.
func (w *World) BotEdit(chatID int64, messageID int, text string, entities []Entity, markup *Markup) (BotMessage, error) {
	var edited BotMessage
	err := w.write(func() error {
		m := w.users[BotID].box.byID(messageID)
		switch {
		case m == nil || m.peer != chatID:
			return &BotError{400, "Bad Request: message to edit not found"}
		case m.from != BotID:
			return &BotError{400, "Bad Request: message can't be edited"}
		}
		if err := checkBotText(text, m.document); err != nil {
			return err
		}
		if m.text == text && sameMarkup(m.markup, markup) && slices.Equal(apiEntities(m.entities), entities) {
			return &BotError{400, "Bad Request: message is not modified: specified new message content and reply markup are " +
				"exactly the same as a current content and reply markup of the message"}
		}
		err := w.commit(record{Edit: &editRec{ID: messageID, At: ms(w.now()), Text: text, Entities: tgEntities(entities), Markup: markup}})
		if err != nil {
			return err
		}
		edited = w.botMessage(m.content)
		if u := w.users[chatID]; u.box != nil {
			w.links.send(chatID, nil, notice{msg: u.box.byID(m.idFor(chatID)), edit: true, ticket: w.store.last()})
		}
		return nil
	})
	return edited, err
}

func sameMarkup(a, b *Markup) bool {
	rows := func(m *Markup) [][]Button {
		if m == nil {
			return nil
		}
		return m.Inline
	}
	return slices.EqualFunc(rows(a), rows(b), func(x, y []Button) bool { return slices.Equal(x, y) })
}

// applyEdit replaces the content's fields: all copies share it.
func (w *World) applyEdit(r *editRec) {
	m := w.users[BotID].box.byID(r.ID)
	if r.Answer != nil {
		m.answer = *r.Answer
		return
	}
	m.text, m.entities, m.markup, m.editedAt = r.Text, r.Entities, r.Markup, r.At
	for _, k := range m.copies {
		b := w.users[k.owner].box
		own := b.byID(k.id)
		b.events = append(b.events, event{msg: own, edit: true})
		own.editPts = b.pts()
	}
}

// BotCallbackAnswer is what the bot says to a pressed button; a client that
// waits for it gets it, the page and BotChat show it with the message.
func (w *World) BotCallbackAnswer(id string, a BotAnswer) error {
	return w.write(func() error {
		c := w.bot.answers[id]
		if c == nil {
			return &BotError{400, "Bad Request: query is too old and response timeout expired or query ID is invalid"}
		}
		if said := w.bot.waiting[id]; said != nil {
			delete(w.bot.waiting, id) // it is answered once
			said <- a
		}
		return w.commit(record{Edit: &editRec{ID: c.idFor(BotID), Answer: &a.Text}})
	})
}

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
	r := &msgRec{Chat: BotID, From: u.ID, At: ms(w.now()), Text: in.Text}
	switch {
	case in.Callback != "":
		return w.pressButton(u, in)
	case in.Contact:
		r.Contact = &Contact{Phone: u.account.phone, FirstName: u.FirstName, LastName: u.LastName, UserID: u.ID}
	case in.Text == "":
		return errors.New("a text, a callback or a contact is needed")
	case utf16Len(in.Text) > maxText:
		return errors.New("the text is longer than 4096 UTF-16 units")
	}
	w.commitMessage(r, nil)
	return nil
}

func (w *World) pressButton(u *user, in BotInput) error {
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

// BotChat lists the messages between the account and the bot, oldest first.
func (w *World) BotChat(phone string) ([]BotMessage, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u, err := w.accountUser(phone)
	if err != nil {
		return nil, err
	}
	out := []BotMessage{}
	for _, m := range w.history(u, BotID) {
		out = append(out, w.botMessage(m.content))
	}
	return out, nil
}
