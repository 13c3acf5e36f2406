package world

// BotDelete takes a message of the bot back. What is left of it has neither text
// nor document, which nothing else has that a bot sends. A document stays.
func (w *World) BotDelete(chatID int64, messageID int) error {
	return w.write(func() error {
		m := w.users[BotID].box.byID(messageID)
		switch {
		case m == nil || m.peer != chatID:
			return &BotError{400, "Bad Request: message to delete not found"}
		case m.from != BotID || m.document != nil:
			return &BotError{400, "Bad Request: message can't be deleted"}
		}
		return w.commit(record{Edit: &editRec{ID: messageID, At: ms(w.now())}})
	})
}

// Deleted reports whether the bot took the message back.
func (m BotMessage) Deleted() bool {
	return m.FromBot && m.Text == "" && m.Document == nil
}
