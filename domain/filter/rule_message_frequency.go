package filter

import "time"

// messageFrequency hits when the sender wrote many messages within its window,
// wherever.
func (e *Engine) messageFrequency(m *Message) Hit {
	if m.SenderID == 0 {
		return Hit{}
	}
	hit := reached(e.memory.messagesOf(&e.sight, e.settings.FrequencyWindow.ms()), e.settings.FrequencyMessages)
	hit.Within = time.Duration(e.settings.FrequencyWindow)
	return hit
}
