package world

import (
	"slices"
	"time"
)

// BotEdit replaces text, entities, inline keyboard and preview of a message of
// the bot.
func (w *World) BotEdit(chatID int64, messageID int, out BotOut) (BotMessage, error) {
	var edited BotMessage
	err := w.write(func() error {
		m := w.users[BotID].box.byID(messageID)
		switch {
		case m == nil || m.peer != chatID:
			return &BotError{400, "Bad Request: message to edit not found"}
		case m.from != BotID:
			return &BotError{400, "Bad Request: message can't be edited"}
		}
		if err := checkBotText(out.Text, m.document); err != nil {
			return err
		}
		if _, err := w.botPeer(chatID); err != nil {
			return err
		}
		entities := tgEntities(out.Entities)
		if m.text == out.Text && sameMarkup(m.markup, out.Markup) && slices.Equal(apiEntities(m.entities), apiEntities(entities)) {
			return &BotError{400, "Bad Request: message is not modified: specified new message content and reply markup are " +
				"exactly the same as a current content and reply markup of the message"}
		}
		err := w.commit(record{Edit: &editRec{
			ID: messageID, At: ms(w.now()), Text: out.Text, Entities: entities, Markup: out.Markup, NoPreview: out.NoPreview,
		}})
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
	m := w.users[BotID].box.at(r.ID)
	switch {
	case r.Answer != nil:
		m.answer, m.alert = *r.Answer, r.Alert
		return
	case r.Gone, r.Text == "" && m.document == nil: // the latter in older logs
		w.applyGone(m.content)
		return
	}
	m.text, m.entities, m.markup, m.editedAt = r.Text, r.Entities, r.Markup, r.At
	m.options.NoPreview = r.NoPreview
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
		return w.commit(record{Edit: &editRec{ID: c.idFor(BotID), Answer: &a.Text, Alert: a.Alert}})
	})
}

// Either side's message may be taken back this long in a private chat
// (core.telegram.org/bots/api#deletemessage).
const deletable = 48 * time.Hour

// BotDelete deletes a message on both sides, whoever wrote it.
func (w *World) BotDelete(chatID int64, messageID int) error {
	return w.write(func() error {
		m := w.users[BotID].box.byID(messageID)
		switch {
		case m == nil || m.peer != chatID:
			return &BotError{400, "Bad Request: message to delete not found"}
		case w.now().Sub(fromMS(m.at)) >= deletable:
			return &BotError{400, "Bad Request: message can't be deleted for everyone"}
		}
		if err := w.commit(record{Edit: &editRec{ID: messageID, At: ms(w.now()), Gone: true}}); err != nil {
			return err
		}
		for _, k := range m.copies {
			w.links.send(k.owner, nil, notice{msg: w.users[k.owner].box.at(k.id), gone: true, ticket: w.store.last()})
		}
		return nil
	})
}

// applyGone takes the content's copies out of their dialogs. They keep their
// numbers.
func (w *World) applyGone(c *content) {
	c.deleted = true
	for _, k := range c.copies {
		b := w.users[k.owner].box
		own := b.at(k.id)
		b.events = append(b.events, event{msg: own, gone: true})
		own.gonePts = b.pts()
		d := b.dialogs[own.peer]
		d.msgs = slices.DeleteFunc(d.msgs, func(m *message) bool { return m == own })
		if c.from != k.owner && own.id > d.readMax {
			d.unread--
		}
	}
}
