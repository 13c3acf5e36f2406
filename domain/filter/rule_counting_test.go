package filter

import (
	"fmt"
	"testing"
	"time"
)

// counting describes a rule that counts: at n it hits.
type counting struct {
	rule   Rule
	n      int
	window time.Duration
	shape  func(d *desk, m *Message)
}

var countingRules = []counting{
	{PhoneSpam, 20, 30 * time.Minute, func(d *desk, m *Message) { m.SenderID = d.next }},
	{GroupActivity, 15, 24 * time.Hour, func(*desk, *Message) {}},
	{MessageFrequency, 10, 5 * time.Minute, func(_ *desk, m *Message) { m.ChatID = -1 }},
}

// TestCounting: a rule hits at its number and above, for what lies less than its
// window back.
func TestCounting(t *testing.T) {
	for _, c := range countingRules {
		t.Run(string(c.rule), func(t *testing.T) {
			for _, k := range []struct {
				what string
				n    int           // messages in all
				last time.Duration // when the last one comes; the others evenly before, the first at 0
				hits bool
			}{
				{"one less", c.n - 1, c.window / 2, false},
				{"as many", c.n, c.window / 2, true},
				{"one more", c.n + 1, c.window / 2, true},
				{"all at once", c.n, 0, true},
				{"just within the window", c.n, c.window - time.Millisecond, true},
				{"the first a window ago", c.n, c.window, false},
				{"the first a window ago, one more", c.n + 1, c.window, true},
				{"the first longer ago", c.n, c.window + time.Millisecond, false},
			} {
				d := newDesk(t)
				d.only(c.rule)
				for i := range k.n {
					at := k.last * time.Duration(i) / time.Duration(k.n)
					if i == k.n-1 {
						at = k.last
					}
					m := d.message(at)
					c.shape(d, &m)
					want := []Rule{}
					if k.hits && i >= c.n-1 && i == k.n-1 || i >= c.n-1 && i < k.n-1 {
						want = append(want, c.rule)
					}
					d.expect(fmt.Sprintf("%s, message %d", k.what, i+1), m, want...)
				}
			}
		})
	}
}

// TestCountingTwice: the same group or message again is one.
func TestCountingTwice(t *testing.T) {
	for _, c := range countingRules {
		d := newDesk(t)
		d.only(c.rule)
		for i := range c.n - 1 {
			m := d.message(time.Duration(i) * time.Second)
			c.shape(d, &m)
			for range 3 {
				d.expect(fmt.Sprint("message ", i+1), m)
			}
		}
		m := d.message(time.Minute)
		c.shape(d, &m)
		for range 2 { // and hits again when it is seen again
			d.expect("as many", m, c.rule)
		}
	}
}

// TestSameGroups: a hundred messages in fourteen groups are fourteen groups.
func TestSameGroups(t *testing.T) {
	d := newDesk(t)
	d.only(GroupActivity)
	for i := range 100 {
		m := d.message(time.Duration(i) * 10 * time.Minute)
		m.ChatID = int64(-1 - i%14)
		d.expect(fmt.Sprint("message ", i), m)
	}
}

// TestWithoutID: messages without an id are never the same.
func TestWithoutID(t *testing.T) {
	d := newDesk(t)
	m := d.message(0)
	for i := range 12 {
		m.ID, m.ChatID, m.Text = 0, -1, fmt.Sprint(i, " yuk ", phone)
		if hits := len(d.check(m)) > 0; hits != (i >= 9) {
			t.Errorf("message %d: %v", i+1, hits)
		}
	}
}

// TestLate: messages that come late are judged by what was before them, and do
// not spoil what comes after.
func TestLate(t *testing.T) {
	for _, c := range countingRules {
		t.Run(string(c.rule), func(t *testing.T) {
			d := newDesk(t)
			d.only(c.rule)
			say := func(what string, at time.Duration, want ...Rule) {
				t.Helper()
				m := d.message(at)
				c.shape(d, &m)
				d.expect(what, m, want...)
			}
			now := 3 * c.window
			for i := range c.n - 1 {
				say("live", now+time.Duration(i))
			}
			say("late by two windows", c.window)
			say("late by a bit", now-c.window/2)
			say("from a month ago", -30*24*time.Hour) // a clock that was wrong before: begins anew
			for i := range c.n - 2 {
				say("live again", now+time.Duration(i))
			}
			say("from the next century", 100*365*24*time.Hour)
			for i := range c.n - 1 {
				say("as if nothing were", now+time.Duration(i))
			}
			say("as many", now+c.window/2, c.rule)
		})
	}
}

// TestWindowChanges: a new window or threshold holds from the next message on.
func TestWindowChanges(t *testing.T) {
	d := newDesk(t)
	for i := range 9 {
		d.expect("one of nine", d.message(time.Duration(i)*30*time.Second))
	}
	d.set(func(s *Settings) { s.FrequencyWindow = Window(time.Minute) })
	d.expect("a shorter window", d.message(270*time.Second))
	d.set(func(s *Settings) { s.FrequencyMessages = 3 })
	d.expect("a smaller number", d.message(271*time.Second), MessageFrequency)
}

// TestManyCounted: what is counted above the threshold is told, up to MostCounted,
// and the newest are what counts.
func TestManyCounted(t *testing.T) {
	d := newDesk(t)
	var v Verdict
	for i := range 1000 {
		m := d.message(time.Duration(i) * time.Second)
		countingRules[0].shape(d, &m)
		d.Check(&m, &v)
		if want := min(i+1, MostCounted+1); i >= 19 && (len(v.Hits) != 1 || v.Hits[0].Count != want) {
			t.Fatalf("group %d: %v", i+1, v.Hits)
		}
	}
	m := d.message(999*time.Second + 29*time.Minute + 40*time.Second)
	countingRules[0].shape(d, &m)
	d.Check(&m, &v)
	if len(v.Hits) != 1 || v.Hits[0].Count != 21 || v.Hits[0].String() != phone+" in 21 groups within 30m" {
		t.Errorf("the last twenty and one: %v", v.Hits)
	}
}
