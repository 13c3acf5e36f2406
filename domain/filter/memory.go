package filter

import (
	"cmp"
	"time"
)

// Limits are the hard caps of an engine's memory. Where one is reached, what was
// used longest ago goes first. A zero is the default.
type Limits struct {
	Senders int // who are remembered; default 262,144
	Phones  int // default 262,144
	Texts   int // of a sender each; default 262,144
	Marks   int // of senders in groups, phones in groups and messages; default 4,194,304
}

// Stats are what an engine remembers now, and what it gave up for its caps.
type Stats struct {
	Senders, Phones, Texts, Marks               int
	EvictedSenders, EvictedPhones, EvictedTexts uint64
}

// The defaults and the least of the caps: one message must find room whatever it
// holds.
const (
	defaultKept  = 1 << 18
	defaultMarks = 4 << 20
	leastKept    = 64
	leastMarks   = 4096
)

func (l Limits) filled() Limits {
	fill := func(n, other, least int) int { return max(least, cmp.Or(n, other)) }
	return Limits{
		Senders: fill(l.Senders, defaultKept, leastKept),
		Phones:  fill(l.Phones, defaultKept, leastKept),
		Texts:   fill(l.Texts, defaultKept, leastKept),
		Marks:   fill(l.Marks, defaultMarks, leastMarks),
	}
}

// memory is what the counting rules need of the past. It never grows beyond its
// caps, and what has expired goes bit by bit.
type memory struct {
	limits  Limits
	marks   marks
	senders table[int64, sender]
	phones  table[uint64, chain] // the groups of a number; the key is its digits
	texts   table[uint64, twins] // the key is a hash of sender and text
	stats   Stats                // the evictions
	swept   int64                // when expired entries last went, ms
	dirty   bool                 // there may be expired ones
}

type sender struct {
	groups   chain // where he wrote, the key is the chat
	messages chain // the key is that of the message
}

// twins are the two newest messages of a sender with the same text; the time of
// the newest is the record's.
type twins struct {
	newest, before uint64 // keys of the messages
	beforeAt       int64
}

// sight is what the memory needs of one message.
type sight struct {
	now     int64 // ms
	sender  int64 // 0: not known
	chat    int64 // 0: not known
	message uint64
	text    uint64 // 0: nothing to compare
	phones  []uint64
}

// keep is how long each kind is remembered, ms.
type keep struct{ groups, messages, phones, texts int64 }

const (
	sweepEvery = int64(5 * time.Minute / time.Millisecond)
	sweepStep  = 32                                            // records that go with one message: more than one brings
	apart      = int64(20 * 24 * time.Hour / time.Millisecond) // times further apart have nothing to do with each other
	never      = -1 << 62
)

func newMemory(l Limits) memory {
	l = l.filled()
	return memory{
		limits: l, marks: marks{most: l.Marks / perChunk},
		senders: newTable[int64, sender](), phones: newTable[uint64, chain](), texts: newTable[uint64, twins](),
		swept: never,
	}
}

// groupsOf counts the groups in which a sender wrote, that of the message
// included; messagesOf his messages with this one, phoneGroups a number's groups.
func (m *memory) groupsOf(s *sight, window int64) int {
	if r := m.senders.find(s.sender); r != nil {
		return 1 + m.marks.others(r.v.groups, r.last, uint64(s.chat), s.now, window)
	}
	return 1
}

func (m *memory) messagesOf(s *sight, window int64) int {
	if r := m.senders.find(s.sender); r != nil {
		return 1 + m.marks.others(r.v.messages, r.last, s.message, s.now, window)
	}
	return 1
}

func (m *memory) phoneGroups(s *sight, phone uint64, window int64) int {
	if r := m.phones.find(phone); r != nil {
		return 1 + m.marks.others(r.v, r.last, uint64(s.chat), s.now, window)
	}
	return 1
}

// repeated reports whether the sender wrote the same text in another message.
func (m *memory) repeated(s *sight, window int64) bool {
	r := m.texts.find(s.text)
	if r == nil {
		return false
	}
	other := func(message uint64, at int64) bool {
		return (message != s.message || message == 0) && at > s.now-window && at <= s.now
	}
	return other(r.v.newest, r.last) || other(r.v.before, r.v.beforeAt)
}

// remember feeds all counters. The same message a second time changes nothing.
func (m *memory) remember(s *sight, k keep) {
	m.sweep(s.now, k)
	if s.sender != 0 {
		m.rememberSender(s, k)
		if s.text != 0 {
			m.rememberText(s)
		}
	}
	if s.chat != 0 {
		for _, p := range s.phones {
			m.rememberPhone(s, p, k)
		}
	}
}

func (m *memory) rememberSender(s *sight, k keep) {
	r := m.senders.use(s.sender, s.now)
	if m.senders.len() > m.limits.Senders {
		m.forgetSender(m.senders.oldest)
		m.stats.EvictedSenders++
	}
	if s.now < r.last-apart {
		m.marks.clear(&r.v.groups)
		m.marks.clear(&r.v.messages)
		r.last = s.now
	}
	latest := max(r.last, s.now)
	m.mark(&r.v.groups, r.last, uint64(s.chat), s, latest-k.groups, s.chat != 0)
	m.mark(&r.v.messages, r.last, s.message, s, latest-k.messages, true)
	r.last = latest
}

func (m *memory) rememberPhone(s *sight, phone uint64, k keep) {
	r := m.phones.use(phone, s.now)
	if m.phones.len() > m.limits.Phones {
		m.forgetPhone(m.phones.oldest)
		m.stats.EvictedPhones++
	}
	if s.now < r.last-apart {
		m.marks.clear(&r.v)
		r.last = s.now
	}
	latest := max(r.last, s.now)
	m.mark(&r.v, r.last, uint64(s.chat), s, latest-k.phones, true)
	r.last = latest
}

// mark drops a chain's dead marks and puts a new one, if it is not dead itself.
func (m *memory) mark(c *chain, base int64, key uint64, s *sight, dead int64, known bool) {
	m.marks.drop(c, base, dead)
	if known && s.now > dead {
		for m.marks.full() {
			m.makeRoom()
		}
		m.marks.put(c, base, key, s.now)
	}
}

func (m *memory) rememberText(s *sight) {
	r := m.texts.use(s.text, s.now)
	if m.texts.len() > m.limits.Texts {
		m.texts.remove(m.texts.oldest)
		m.stats.EvictedTexts++
	}
	fresh := r.v == twins{}
	switch {
	case fresh || s.now < r.last-apart:
		r.last, r.v = s.now, twins{newest: s.message, beforeAt: never}
	case s.message != 0 && (s.message == r.v.newest || s.message == r.v.before):
	case s.now >= r.last:
		r.v = twins{newest: s.message, before: r.v.newest, beforeAt: r.last}
		r.last = s.now
	case s.now > r.v.beforeAt:
		r.v.before, r.v.beforeAt = s.message, s.now
	}
}

// makeRoom forgets the sender or the phone that was used longest ago, never the
// only one: that may be the one for which room is made.
func (m *memory) makeRoom() {
	s, p := m.senders.oldest, m.phones.oldest
	onlySender, onlyPhone := s == m.senders.newest, p == m.phones.newest
	if !onlySender && (onlyPhone || m.senders.at(s).last <= m.phones.at(p).last) {
		m.forgetSender(s)
		m.stats.EvictedSenders++
		return
	}
	m.forgetPhone(p)
	m.stats.EvictedPhones++
}

func (m *memory) forgetSender(id uint32) {
	v := &m.senders.at(id).v
	m.marks.clear(&v.groups)
	m.marks.clear(&v.messages)
	m.senders.remove(id)
}

func (m *memory) forgetPhone(id uint32) {
	m.marks.clear(&m.phones.at(id).v)
	m.phones.remove(id)
}

// sweep lets expired entries go every five minutes of the messages' time, a few
// with each message.
func (m *memory) sweep(now int64, k keep) {
	if d := now - m.swept; d >= sweepEvery || d <= -sweepEvery {
		m.swept, m.dirty = now, true
	}
	if m.dirty {
		m.dirty = m.expire(now, k, sweepStep)
	}
}

// expire forgets expired entries, so many of each kind at most, and reports
// whether there may be more.
func (m *memory) expire(now int64, k keep, most int) (more bool) {
	for range most {
		s, p, t := m.senders.oldest, m.phones.oldest, m.texts.oldest
		more = false
		if s != 0 && gone(m.senders.at(s).last, now, max(k.groups, k.messages)) {
			m.forgetSender(s)
			more = true
		}
		if p != 0 && gone(m.phones.at(p).last, now, k.phones) {
			m.forgetPhone(p)
			more = true
		}
		if t != 0 && gone(m.texts.at(t).last, now, k.texts) {
			m.texts.remove(t)
			more = true
		}
		if !more {
			return false
		}
	}
	return true
}

// gone reports whether a record has nothing more to say: its time is over, or
// was never right.
func gone(last, now, keep int64) bool { return last <= now-keep || last > now+apart }

// now is what is remembered at present.
func (m *memory) now() Stats {
	s := m.stats
	s.Senders, s.Phones, s.Texts = m.senders.len(), m.phones.len(), m.texts.len()
	s.Marks = m.marks.used * perChunk
	return s
}
