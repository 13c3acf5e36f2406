package world

import (
	"encoding/json"
	"slices"
)

// bot is the state of the world's bot beside its box.
type bot struct {
	updates  []botUpdate // unconfirmed, by id
	lastID   int64
	met      map[int64]bool              // who wrote to it
	answers  map[string]*content         // callback id to the message it was pressed on
	waiting  map[string]chan<- BotAnswer // clients that wait for the answer, by callback id
	settings map[string]json.RawMessage
}

type botUpdate struct {
	id      int64
	from    int64
	message *content     // a message, or what the button is under
	event   *botEventRec // nil: the message itself
}

func newBot() *bot {
	return &bot{
		met: map[int64]bool{}, answers: map[string]*content{}, waiting: map[string]chan<- BotAnswer{},
		settings: map[string]json.RawMessage{},
	}
}

func (b *bot) addMessage(c *content) {
	b.met[c.from] = true
	b.add(botUpdate{from: c.from, message: c})
}

func (b *bot) add(u botUpdate) {
	b.lastID++
	u.id = b.lastID
	b.updates = append(b.updates, u)
}

func (b *bot) confirm(below int64) {
	b.updates = slices.DeleteFunc(b.updates, func(u botUpdate) bool { return u.id < below })
}

func (w *World) applyBotEvent(r *botEventRec) {
	u := botUpdate{from: r.User, event: r}
	if r.Message != 0 {
		u.message = w.users[BotID].box.at(r.Message).content
		u.message.pressed = r.Data
		w.bot.answers[r.ID] = u.message
	}
	w.bot.add(u)
}

// BotUpdates returns up to limit updates with an id of at least offset and
// forgets those below, as getUpdates does; limit 0 is none. A negative offset
// counts from the end. Whoever waits for more uses Subscribe.
func (w *World) BotUpdates(offset int64, limit int) []BotUpdate {
	w.mu.RLock()
	if n := len(w.bot.updates); offset < 0 && n > 0 {
		offset = w.bot.updates[max(n+int(offset), 0)].id
	}
	w.mu.RUnlock()
	w.BotConfirm(offset)
	return w.BotPending(offset, limit)
}

// BotConfirm forgets the updates with an id below that.
func (w *World) BotConfirm(below int64) {
	w.mu.RLock()
	stale := len(w.bot.updates) > 0 && w.bot.updates[0].id < below
	w.mu.RUnlock()
	if !stale {
		return
	}
	if err := w.write(func() error { return w.commit(record{BotSeen: below}) }); err != nil {
		w.log.Error("sandbox log", "error", err)
	}
}

// BotPending returns what BotUpdates does and forgets nothing.
func (w *World) BotPending(from int64, limit int) []BotUpdate {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := []BotUpdate{}
	for _, u := range w.bot.updates {
		if u.id >= from && (limit <= 0 || len(out) < limit) {
			out = append(out, w.botUpdate(u))
		}
	}
	return out
}

// BotPut queues an update as it is, a JSON object without update_id, and returns
// its number.
func (w *World) BotPut(raw json.RawMessage) (int64, error) {
	var id int64
	err := w.write(func() error {
		err := w.commit(record{BotEvent: &botEventRec{Raw: raw}})
		id = w.bot.lastID
		return err
	})
	return id, err
}

func (w *World) botUpdate(u botUpdate) BotUpdate {
	out := BotUpdate{ID: u.id}
	if u.from != 0 {
		out.From = w.users[u.from].Profile
	}
	switch e := u.event; {
	case e == nil:
		m := w.botMessage(u.message)
		out.Message = &m
	case e.Raw != nil:
		out.Raw = e.Raw
	case e.Blocked != nil:
		out.Block = &BotBlock{Blocked: *e.Blocked, At: fromMS(e.At)}
	default:
		out.Callback = &BotCallback{ID: e.ID, Data: e.Data, Message: w.botMessage(u.message)}
	}
	return out
}

func (w *World) botMessage(c *content) BotMessage {
	m := BotMessage{
		ID: c.idFor(BotID), ChatID: c.to, FromBot: c.from == BotID, At: fromMS(c.at), Text: c.text,
		Entities: apiEntities(c.entities), Markup: c.markup, Document: c.document, Contact: c.contact, Forward: c.forward,
		Pressed: c.pressed, Answer: c.answer, Alert: c.alert, SendOptions: c.options, Deleted: c.deleted,
	}
	if !m.FromBot {
		m.ChatID = c.from
	}
	if c.editedAt != 0 {
		t := fromMS(c.editedAt)
		m.EditedAt = &t
	}
	if c.replyTo != nil && !c.replyTo.deleted {
		m.ReplyTo = c.replyTo.idFor(BotID)
	}
	return m
}

// botPeer checks that the bot may write to the user: only one who wrote first,
// did not block it and exists.
func (w *World) botPeer(chatID int64) (*user, error) {
	u := w.users[chatID]
	switch {
	case u == nil:
		return nil, &BotError{400, "Bad Request: chat not found"}
	case u.deleted:
		return nil, &BotError{403, "Forbidden: user is deactivated"}
	case u.blocks(BotID):
		return nil, &BotError{403, "Forbidden: bot was blocked by the user"}
	case !w.bot.met[chatID]:
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

// BotMayWrite is nil when the bot may write to the user, else a *BotError.
func (w *World) BotMayWrite(chatID int64) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	_, err := w.botPeer(chatID)
	return err
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
			Markup: out.Markup, Document: out.Document, Options: out.SendOptions,
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

// BotBlocked reports whether the user blocks the bot.
func (w *World) BotBlocked(userID int64) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u := w.users[userID]
	return u != nil && u.blocks(BotID)
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
