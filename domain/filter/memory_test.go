package filter

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestExpired: what no window can see any more goes while messages come, and at
// Prune when none do.
func TestExpired(t *testing.T) {
	d := newDesk(t)
	crowd := func(from time.Duration) {
		for i := range 5000 {
			m := d.message(from + time.Duration(i)*time.Millisecond)
			m.SenderID = d.next
			m.Text = fmt.Sprintf("Jizzaxga +9989000%05d", d.next)
			d.Remember(&m)
		}
	}
	crowd(0)
	if s := d.Stats(); s.Senders != 5000 || s.Phones != 5000 || s.Texts != 5000 {
		t.Fatalf("remembered: %+v", s)
	}
	crowd(36 * time.Minute) // phones and texts of the first are over
	if s := d.Stats(); s.Senders != 10000 || s.Phones != 5000 || s.Texts != 5000 {
		t.Errorf("after 36 minutes: %+v", s)
	}
	d.Prune(start.Add(25 * time.Hour))
	if s := d.Stats(); s != (Stats{}) {
		t.Errorf("after a day: %+v", s)
	}
}

// TestCaps: whoever comes in numbers, memory stays below its caps, the newest are
// remembered and the given up ones counted.
func TestCaps(t *testing.T) {
	limits := Limits{Senders: 1000, Phones: 1000, Texts: 500, Marks: 90_000}
	for _, c := range []struct {
		what  string
		shape func(i int, m *Message)
	}{
		{"a sender with many texts", func(i int, m *Message) { m.SenderID = 7; m.ChatID = int64(-i%50 - 1) }},
		{"many senders", func(i int, m *Message) { m.SenderID = int64(i + 1) }},
		{"many senders in many groups", func(i int, m *Message) { m.SenderID, m.ChatID = int64(i%900+1), int64(-1-i) }},
		{"many numbers in each message", func(i int, m *Message) {
			for k := range 20 {
				m.Text += fmt.Sprintf(" +99890%07d", i*20+k)
			}
		}},
		{"a number in many groups", func(i int, m *Message) { m.SenderID, m.ChatID = 7, int64(-1-i) }},
	} {
		e := NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{}, limits)
		var v Verdict
		for i := range 20_000 {
			m := Message{ID: int64(i + 1), At: start, ChatID: -1, SenderID: 7, Text: fmt.Sprintf("%d kg bor +9989%08d", i, i)}
			c.shape(i, &m)
			e.Check(&m, &v)
			if s := e.Stats(); s.Senders > limits.Senders || s.Phones > limits.Phones || s.Texts > limits.Texts || s.Marks > limits.Marks {
				t.Fatalf("%s: message %d: %+v", c.what, i, s)
			}
			if i%100 == 0 {
				other := m
				other.ID = -1
				e.Explain(&other, &v)
				if rules := rulesOf(&v); len(rules) == 0 || rules[len(rules)-1] != DuplicateMessage {
					t.Fatalf("%s: what was just seen is forgotten: %v", c.what, v.Hits)
				}
			}
		}
		if s := e.Stats(); s.EvictedSenders+s.EvictedPhones+s.EvictedTexts == 0 {
			t.Errorf("%s: nothing was given up: %+v", c.what, s)
		}
	}
}

// TestMarks compares chains with a plain list, over random work.
func TestMarks(t *testing.T) {
	type plain struct {
		key uint64
		at  int64
	}
	r := rand.New(rand.NewPCG(1, 2))
	p := marks{most: 1 << 20}
	var chains [20]chain
	var lists [20][]plain
	const base = int64(1) << 40
	for step := range 50_000 {
		i := r.IntN(len(chains))
		c, l := &chains[i], lists[i]
		key, now := uint64(1+r.IntN(60)), base+int64(r.IntN(1000))
		switch r.IntN(12) {
		case 0:
			dead := base + int64(r.IntN(1000))
			p.drop(c, base, dead)
			l = nil
			for _, m := range lists[i] {
				if m.at > dead {
					l = append(l, m)
				}
			}
		case 1:
			p.clear(c)
			l = nil
		default:
			p.put(c, base, key, now)
			known := false
			for k := range l {
				if l[k].key == key {
					l[k].at, known = max(l[k].at, now), true
				}
			}
			if !known {
				l = append(l, plain{key, now})
			}
		}
		lists[i] = l
		want := 0
		for _, m := range l {
			if m.at > now-500 && m.at <= now && m.key != key {
				want++
			}
		}
		if got := p.others(*c, base, key, now, 500); got != want || int(c.n) != len(l) {
			t.Fatalf("step %d: %d others of %d, not %d of %d", step, got, c.n, want, len(l))
		}
	}
	for i := range chains {
		p.clear(&chains[i])
	}
	if p.used != 0 {
		t.Errorf("%d chunks are lost", p.used)
	}
}

// TestTable compares the order of use with a plain list.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	tab := newTable[int64, int64]()
	var order []int64 // the oldest first
	for range 20_000 {
		key := r.Int64N(1500)
		for i, k := range order {
			if k == key {
				order = append(order[:i], order[i+1:]...)
				break
			}
		}
		tab.use(key, 0).v = key
		order = append(order, key)
		if r.IntN(3) == 0 {
			tab.remove(tab.oldest)
			order = order[1:]
		}
	}
	if tab.len() != len(order) {
		t.Fatalf("%d records, not %d", tab.len(), len(order))
	}
	for id, i := tab.oldest, 0; id != 0; id, i = tab.at(id).newer, i+1 {
		if rec := tab.at(id); rec.key != order[i] || rec.v != order[i] || tab.find(order[i]) != rec {
			t.Fatalf("place %d: %d, not %d", i, rec.key, order[i])
		}
	}
}
