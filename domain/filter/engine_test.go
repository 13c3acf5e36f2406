package filter

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const phone = "+998900000001"

// desk is an engine with a message that no rule minds, to be changed by a test.
type desk struct {
	t *testing.T
	*Engine
	next int64 // id of the next message
}

func newDesk(t *testing.T) *desk {
	return &desk{t, NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{}, Limits{}), 1}
}

// set changes the settings.
func (d *desk) set(change func(*Settings)) {
	d.t.Helper()
	s := DefaultSettings()
	change(&s)
	if err := s.Validate(); err != nil {
		d.t.Fatal(err)
	}
	d.Configure(s, d.lexicon, Custom{})
}

// only leaves one rule on.
func (d *desk) only(rule Rule) {
	d.set(func(s *Settings) {
		for _, r := range Rules() {
			s.Rules[r] = r == rule
		}
	})
}

// message is a driver's, from a chat of its own and with a text of its own.
func (d *desk) message(after time.Duration) Message {
	d.next++
	return Message{
		ID: d.next, At: start.Add(after), ChatID: -d.next, SenderID: 7, FirstName: "Botir",
		Text: fmt.Sprintf("Navoiydan Jizzaxga %d tonna bor %s", d.next, phone),
	}
}

// check is which rules hit.
func (d *desk) check(m Message) []Rule {
	d.t.Helper()
	var v, again Verdict
	d.Explain(&m, &again)
	d.Check(&m, &v)
	if !slices.Equal(v.Hits, again.Hits) {
		d.t.Errorf("Check sees %v and Explain %v", v.Hits, again.Hits)
	}
	return rulesOf(&v)
}

func rulesOf(v *Verdict) []Rule {
	var rules []Rule
	for _, h := range v.Hits {
		rules = append(rules, h.Rule)
	}
	return rules
}

// expect fails when other rules hit than these.
func (d *desk) expect(what string, m Message, want ...Rule) {
	d.t.Helper()
	if got := d.check(m); !slices.Equal(got, want) {
		d.t.Errorf("%s: %v hit, not %v", what, got, want)
	}
}

func TestPhoneGate(t *testing.T) {
	d := newDesk(t)
	m := d.message(0)
	m.Username, m.Text = "logist", "Moskvaga yuk bor"
	var v Verdict
	d.Check(&m, &v)
	if v.Dispatcher || v.Severity != None || v.Rule != PhoneRequired || len(v.Hits) != 0 {
		t.Errorf("without a phone: %+v", v)
	}
	m.Text += " " + phone
	d.Check(&m, &v)
	if !v.Dispatcher || v.Severity != High || v.Rule != ProfileKeyword || len(v.Hits) < 2 || !slices.Equal(v.Phones, []string{phone}) {
		t.Errorf("with one: %+v", v)
	}
	d.set(func(s *Settings) { s.Rules[PhoneRequired] = false })
	m.Text = "Moskvaga yuk bor"
	d.Check(&m, &v)
	if !v.Dispatcher || v.Rule != ProfileKeyword || v.Phones == nil || len(v.Phones) != 0 {
		t.Errorf("with the gate open: %+v", v)
	}
}

// TestGateFeeds: a message without a phone counts for its sender all the same.
func TestGateFeeds(t *testing.T) {
	d := newDesk(t)
	for i := range 9 {
		m := d.message(time.Duration(i) * time.Second)
		m.Text = "qayerdasiz"
		d.expect("no phone", m)
	}
	d.expect("the tenth", d.message(9*time.Second), MessageFrequency)
}

// TestSwitchedOffFeeds: a rule that is off counts on.
func TestSwitchedOffFeeds(t *testing.T) {
	d := newDesk(t)
	d.set(func(s *Settings) { s.Rules[MessageFrequency] = false })
	for i := range 11 {
		d.expect("off", d.message(time.Duration(i)*time.Second))
	}
	d.set(func(*Settings) {})
	d.expect("on again", d.message(12*time.Second), MessageFrequency)
}

func TestNotJudged(t *testing.T) {
	d := newDesk(t)
	for _, id := range []int64{777000, 1087968824, 136817688, -1001234567890} {
		for range 30 {
			m := d.message(0)
			m.SenderID, m.Username = id, "logist"
			d.expect(fmt.Sprint(id), m)
		}
	}
	if s := d.Stats(); s.Senders+s.Phones+s.Texts+s.Marks != 0 {
		t.Errorf("they are remembered: %+v", s)
	}
}

// TestUnknownSender: without a sender or a chat the text alone is judged.
func TestUnknownSender(t *testing.T) {
	d := newDesk(t)
	for range 30 {
		m := d.message(0)
		m.SenderID, m.ChatID, m.Text = 0, 0, "Navoiydan Jizzaxga "+phone
		d.expect("nobody", m)
	}
}

func TestCustom(t *testing.T) {
	d := newDesk(t)
	judge := func(c Custom, text string) (v Verdict) {
		d.Configure(d.settings, d.lexicon, c)
		m := d.message(0)
		m.Text = text
		d.Explain(&m, &v)
		return v
	}
	const plain, with = "Navoiyga shakar bor", "Navoiyga shakar bor " + phone
	abroad := "Moskvaga shakar bor " + phone
	for _, c := range []struct {
		what       string
		custom     Custom
		text       string
		dispatcher bool
		rule       Rule
	}{
		{"nothing", Custom{}, with, false, ""},
		{"blocked", Custom{BlockSenders: []int64{7}}, with, true, CustomFilter},
		{"blocked, no phone", Custom{BlockSenders: []int64{7}}, plain, true, CustomFilter},
		{"another blocked", Custom{BlockSenders: []int64{8}}, with, false, ""},
		{"allowed", Custom{AllowSenders: []int64{7}}, abroad, false, ForeignRoute},
		{"blocked and allowed", Custom{BlockSenders: []int64{7}, AllowSenders: []int64{7}}, with, false, CustomFilter},
		{"blocked word", Custom{BlockWords: []string{"shakar"}}, with, true, CustomFilter},
		{"blocked word, no phone", Custom{BlockWords: []string{"shakar"}}, plain, false, PhoneRequired},
		{"allowed word", Custom{AllowWords: []string{"shakar"}}, abroad, false, ForeignRoute},
		{"allowed word of a blocked sender", Custom{AllowWords: []string{"shakar"}, BlockSenders: []int64{7}}, plain, true, CustomFilter},
		{"no word", Custom{BlockWords: []string{"kartoshka"}, AllowWords: []string{"piyoz"}}, with, false, ""},
	} {
		if v := judge(c.custom, c.text); v.Dispatcher != c.dispatcher || v.Rule != c.rule {
			t.Errorf("%s: %+v", c.what, v)
		}
	}
	if v := judge(Custom{BlockSenders: []int64{7}}, plain); v.Hits[0].String() != `"7" is on the block list` || v.Severity != High {
		t.Errorf("the reason: %v", v.Hits)
	}
}

// TestVerdictReused: nothing of the message before is left in a verdict.
func TestVerdictReused(t *testing.T) {
	d := newDesk(t)
	var v Verdict
	m := d.message(0)
	m.Username, m.Text = "logist", "Moskvaga "+phone
	d.Check(&m, &v)
	m.Username, m.Text = "", "Navoiyga"
	d.Check(&m, &v)
	if v.Dispatcher || v.Severity != None || len(v.Hits)+len(v.Phones) != 0 {
		t.Errorf("%+v", v)
	}
}

// TestRemember: counters that are fed after a restart are those from before it.
func TestRemember(t *testing.T) {
	before, after := newDesk(t), newDesk(t)
	var v, w Verdict
	for i := range 40 {
		m := before.message(time.Duration(i) * 20 * time.Second)
		before.Check(&m, &v)
		after.Remember(&m)
	}
	m := before.message(801 * time.Second)
	before.Check(&m, &v)
	after.Check(&m, &w)
	if !slices.Equal(v.Hits, w.Hits) || len(v.Hits) != 3 {
		t.Errorf("before %v, after %v", v.Hits, w.Hits)
	}
}

func TestReset(t *testing.T) {
	d := newDesk(t)
	for i := range 30 {
		d.check(d.message(time.Duration(i) * time.Second))
	}
	d.Reset()
	if s := d.Stats(); s != (Stats{}) {
		t.Errorf("left: %+v", s)
	}
	d.expect("after it", d.message(31*time.Second))
}

// TestSideBySide is for the race detector.
func TestSideBySide(t *testing.T) {
	d := newDesk(t)
	m := d.message(0)
	done := make(chan bool)
	for range 4 {
		go func() {
			var v Verdict
			for range 100 {
				d.Check(&m, &v)
				d.Explain(&m, &v)
				d.Remember(&m)
				d.Configure(DefaultSettings(), d.lexicon, Custom{})
				d.Prune(start)
				d.Stats()
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("logist", "Moskvaga\n\n\n\n yuk 🚚🚚🚚 "+phone, int64(5), int64(0))
	f.Add("\xff\u200d", "\xf0\x9f\xe2\x80", int64(-5), int64(1)<<60)
	e := NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{BlockWords: []string{"x"}}, Limits{})
	f.Fuzz(func(t *testing.T, name, text string, id, at int64) {
		m := Message{ID: id, At: time.UnixMilli(at), ChatID: id, SenderID: id, Username: name, FirstName: name, Text: text}
		var seen, v Verdict
		e.Explain(&m, &seen)
		e.Check(&m, &v)
		if !slices.Equal(seen.Hits, v.Hits) || v.Dispatcher != (len(v.Hits) > 0) {
			t.Errorf("Explain %+v, Check %+v", seen, v)
		}
	})
}
