package world

import "encoding/json"

func (b *bot) set(r *botSetRec) {
	if r.Value == nil {
		delete(b.settings, r.Key)
		return
	}
	b.settings[r.Key] = r.Value
}

// BotSetting is what the bot set under the key, nil when it set nothing.
func (w *World) BotSetting(key string) json.RawMessage {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.bot.settings[key]
}

// SetBotSetting keeps something that the bot set for itself. No value takes it
// back.
func (w *World) SetBotSetting(key string, value json.RawMessage) error {
	return w.write(func() error { return w.commit(record{BotSet: &botSetRec{Key: key, Value: value}}) })
}
