package domain

import (
	"hash/maphash"

	"postix/domain/filter"
)

// twins knows messages again that another account has heard before. In a basic
// group each account counts messages in a way of its own, so that what two
// accounts hear has two ids: it is the same message when sender, second and text
// are. Elsewhere the id says it.
type twins struct {
	seed        maphash.Seed
	young, aged map[uint64]bool
}

// mostTwins is how many messages are kept at least; twice that at most.
const mostTwins = 4096

// heard notes a message and reports whether its twin was heard before.
func (t *twins) heard(m *filter.Message) bool {
	if m.ChatID >= 0 {
		return false
	}
	if t.young == nil {
		t.seed, t.young = maphash.MakeSeed(), map[uint64]bool{}
	}
	type same struct {
		chat, sender, second int64
		text                 string
	}
	is := same{m.ChatID, m.SenderID, m.At.Unix(), m.Text}
	if m.ChatID <= -channelBase {
		is = same{chat: m.ChatID, second: m.ID}
	}
	key := maphash.Comparable(t.seed, is)
	if t.young[key] || t.aged[key] {
		return true
	}
	if len(t.young) >= mostTwins {
		t.young, t.aged = map[uint64]bool{}, t.young
	}
	t.young[key] = true
	return false
}
