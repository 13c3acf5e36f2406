package filter

import "time"

// groupActivity hits when the sender wrote in many groups within its window.
func (e *Engine) groupActivity(m *Message) Hit {
	if m.SenderID == 0 || m.ChatID == 0 {
		return Hit{}
	}
	hit := reached(e.memory.groupsOf(&e.sight, e.settings.ActivityWindow.ms()), e.settings.ActivityGroups)
	hit.Within = time.Duration(e.settings.ActivityWindow)
	return hit
}
