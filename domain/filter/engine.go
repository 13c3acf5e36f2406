package filter

import (
	"hash/maphash"
	"sync"
	"time"
)

// Engine judges the messages of one organization and remembers what the counting
// rules need. Windows slide on the messages' own time: a rule looks at
// (at-window, at], so that the message itself counts and one that is exactly a
// window old does not. A message that comes late is judged by what was before
// it.
//
// It is safe for use by several goroutines, which then take turns.
type Engine struct {
	mu       sync.Mutex
	settings Settings
	lexicon  *Lexicon
	custom   custom
	gate     bool
	on       []bool // as tests
	keep     keep
	memory   memory
	seed     maphash.Seed // texts come from strangers, who must not choose what collides

	// Of the message at hand, reused:
	sight   sight
	phones  []string
	text    text
	profile text

	profiles profiles
}

// NewEngine makes an engine that has seen nothing. The settings must be valid.
func NewEngine(s Settings, l *Lexicon, c Custom, lim Limits) *Engine {
	e := &Engine{memory: newMemory(lim), seed: maphash.MakeSeed()}
	e.Configure(s, l, c)
	return e
}

// Configure puts new settings in force from the next message on. Memory is kept;
// a window that grows fills with what comes, for what lay outside the old one is
// gone.
func (e *Engine) Configure(s Settings, l *Lexicon, c Custom) {
	compiled := compile(c)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settings, e.lexicon, e.custom = s, l, compiled
	clear(e.profiles.known[:])
	e.gate = s.On(PhoneRequired)
	e.on = make([]bool, len(tests))
	for i := range tests {
		e.on[i] = s.On(tests[i].rule)
	}
	e.keep = keep{groups: s.ActivityWindow.ms(), messages: s.FrequencyWindow.ms(), phones: s.PhoneWindow.ms(), texts: s.DuplicateWindow.ms()}
}

// Check judges a message and remembers it. What v held is overwritten, its slices
// are used again. The same message a second time (same chat and id) is judged
// again and counted once.
func (e *Engine) Check(m *Message, v *Verdict) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.judge(m, v) {
		e.memory.remember(&e.sight, e.keep)
	}
}

// Explain is Check without remembering anything.
func (e *Engine) Explain(m *Message, v *Verdict) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.judge(m, v)
}

// Remember is Check without judging: it feeds the counters with messages that
// were judged before a restart.
func (e *Engine) Remember(m *Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if judged(m) {
		e.look(m)
		e.memory.remember(&e.sight, e.keep)
	}
}

// Reset forgets all that was seen, and gives the memory back.
func (e *Engine) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.memory = newMemory(e.memory.limits)
}

// Prune forgets what has expired by now. The engine does so by itself while
// messages come; this is for when none do.
func (e *Engine) Prune(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.memory.expire(now.UnixMilli(), e.keep, sweepStep) {
	}
}

// Stats says how much is remembered.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.memory.now()
}

// judge fills the verdict and e.sight, and reports whether the message was judged
// at all.
func (e *Engine) judge(m *Message, v *Verdict) bool {
	*v = Verdict{Hits: v.Hits[:0], Phones: v.Phones[:0]}
	if !judged(m) {
		return false
	}
	e.look(m)
	e.profiles.now = nil
	v.Phones = append(v.Phones, e.phones...)
	stopped := e.gate && len(v.Phones) == 0
	for i := range tests {
		t := &tests[i]
		if !e.on[i] || stopped && t.rule != CustomFilter {
			continue
		}
		if hit := t.see(e, m); hit.Seen != "" || hit.Count > 0 {
			hit.Rule, hit.Severity = t.rule, t.severity
			v.Hits = append(v.Hits, hit)
			v.Severity = max(v.Severity, t.severity)
		}
	}
	switch {
	case len(v.Hits) > 0:
		v.Rule = v.Hits[0].Rule
	case stopped:
		v.Rule = PhoneRequired
	}
	v.Allowed = e.allowed(m)
	v.Dispatcher = len(v.Hits) > 0 && !v.Allowed
	return true
}

// Senders that are no people. Telegram's service account; and the accounts that
// stand in where the sender is a chat: an anonymous admin, a linked channel.
const (
	serviceUser    = 777000
	anonymousAdmin = 1087968824
	linkedChannel  = 136817688
)

// judged reports whether a message is anybody's. Bots and the system's own
// accounts are for the caller to leave out, who alone knows them.
func judged(m *Message) bool {
	switch m.SenderID {
	case serviceUser, anonymousAdmin, linkedChannel:
		return false
	}
	return m.SenderID >= 0
}

// look folds a message's text, finds its phones and takes from it what the memory
// needs.
func (e *Engine) look(m *Message) {
	e.text.fold(m.Text)
	e.phones = e.text.appendPhones(e.phones[:0])
	s := &e.sight
	*s = sight{now: m.At.UnixMilli(), sender: m.SenderID, chat: m.ChatID, phones: s.phones[:0]}
	if m.ID != 0 {
		s.message = maphash.Comparable(e.seed, [2]int64{m.ChatID, m.ID}) | 1
	}
	for _, p := range e.phones {
		s.phones = append(s.phones, digits(p))
	}
	if s.sender != 0 {
		s.text = e.textKey(m)
	}
}

// digits is a phone as a number: fifteen digits at most.
func digits(phone string) (n uint64) {
	for _, c := range []byte(phone) {
		if c >= '0' && c <= '9' {
			n = n*10 + uint64(c-'0')
		}
	}
	return n
}

func (w Window) ms() int64 { return time.Duration(w).Milliseconds() }
