package filter

import (
	"strings"
	"testing"
	"time"
)

// TestDuplicateWindow: the same text counts until it is a window old.
func TestDuplicateWindow(t *testing.T) {
	for after, want := range map[time.Duration][]Rule{
		0:                                 {DuplicateMessage},
		time.Second:                       {DuplicateMessage},
		20*time.Minute - time.Millisecond: {DuplicateMessage},
		20 * time.Minute:                  nil,
		20*time.Minute + time.Second:      nil,
	} {
		d := newDesk(t)
		first, second := d.message(0), d.message(after)
		second.Text = first.Text
		d.expect("the first", first)
		d.expect(after.String(), second, want...)
	}
}

// TestDuplicateSight: the window slides with each message of the text; another
// sender's is another text; the same message again is none.
func TestDuplicateSight(t *testing.T) {
	d := newDesk(t)
	first := d.message(0)
	say := func(what string, after time.Duration, sender int64, want ...Rule) {
		t.Helper()
		m := d.message(after)
		m.Text, m.SenderID = first.Text, sender
		d.expect(what, m, want...)
	}
	d.expect("first", first)
	d.expect("the same message", first)
	say("another sender", time.Minute, 8)
	say("again", 19*time.Minute, 7, DuplicateMessage)
	d.expect("the same message, late", first)
	say("again, by the second", 38*time.Minute, 7, DuplicateMessage)
	say("late, between", 10*time.Minute, 7)
	say("too long after", 58*time.Minute, 7)
}

// TestDuplicateText: what makes two texts the same.
func TestDuplicateText(t *testing.T) {
	const text = "Navoiydan Jizzaxga ПИЁЗ bor " + phone
	long := strings.Repeat("ab ", 100)
	for _, c := range []struct {
		what, first, second string
		same                bool
	}{
		{"white space", text, " Navoiydan\u00a0Jizzaxga\n\n\tПИЁЗ  bor" + phone + "\u3000", true},
		{"case", text, strings.ToUpper(text), true},
		{"case, Cyrillic", text, strings.ToLower(text), true},
		{"emoji", text, "🚚🚚 " + text + " 👨‍👩‍👧‍👦 🇺🇿 👍🏽 ✅ ☎️ 1️⃣", true},
		{"nothing to see", text, "\u200b" + strings.ReplaceAll(text, "d", "d\u200d\ufeff"), true},
		{"a letter", text, text + "a", false},
		{"a digit", text, text + "1", false},
		{"a dot", text, text + ".", false},
		{"the 200th character", long[:298] + "x" + phone, long[:298] + "y" + phone, false},
		{"the 201st character", phone + long[:282] + "x", phone + long[:282] + "y", true},
		{"a keycap at the 200th character", long[:298] + "1\ufe0f\u20e3x" + phone, long[:298] + "x" + phone, true},
		{"a digit at the 200th character", long[:298] + "1x" + phone, long[:298] + "x" + phone, false},
		{"nothing", "🚚 \n", "✅", false},
	} {
		d := newDesk(t)
		d.only(DuplicateMessage)
		first, second := d.message(0), d.message(time.Second)
		first.Text, second.Text = c.first, c.second
		d.check(first)
		if same := len(d.check(second)) > 0; same != c.same {
			t.Errorf("%s: the same: %v", c.what, same)
		}
	}
}
