package filter

import "time"

// phoneSpam hits when a number of the message was seen in many groups within its
// window, whoever wrote it. Of several such numbers it names the busiest.
func (e *Engine) phoneSpam(m *Message) Hit {
	var busiest Hit
	if m.ChatID == 0 {
		return busiest
	}
	for i, p := range e.sight.phones {
		n := e.memory.phoneGroups(&e.sight, p, e.settings.PhoneWindow.ms())
		if n >= e.settings.PhoneGroups && n > busiest.Count {
			busiest = Hit{Seen: e.phones[i], Count: n, Within: time.Duration(e.settings.PhoneWindow)}
		}
	}
	return busiest
}
