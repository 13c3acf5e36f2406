package filter

import (
	"encoding/binary"
	"hash/maphash"
	"time"
)

// duplicateMessage hits when the sender wrote the same text within the window,
// wherever.
func (e *Engine) duplicateMessage(*Message) Hit {
	if e.sight.text == 0 || !e.memory.repeated(&e.sight, e.settings.DuplicateWindow.ms()) {
		return Hit{}
	}
	return Hit{Count: 2, Within: time.Duration(e.settings.DuplicateWindow)}
}

// textKey is a hash of the sender and what is compared of his text, 0 when
// nothing is left of it.
func (e *Engine) textKey(m *Message) uint64 {
	key := e.text.compared(e.settings.DuplicatePrefix)
	if len(key) == plainHead {
		return 0
	}
	binary.LittleEndian.PutUint64(key, uint64(m.SenderID))
	return maphash.Bytes(e.seed, key) | 1
}
