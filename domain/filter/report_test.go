package filter

import (
	"fmt"
	"testing"
)

func TestReport(t *testing.T) {
	var r Report
	verdict := func(rules ...Rule) *Verdict {
		v := &Verdict{Dispatcher: len(rules) > 0}
		for _, rule := range rules {
			v.Hits = append(v.Hits, Hit{Rule: rule})
		}
		return v
	}
	for i, c := range []struct {
		want  []Rule
		got   *Verdict
		right bool
	}{
		{nil, verdict(), true},
		{[]Rule{EmojiCount}, verdict(EmojiCount), true},
		{[]Rule{EmojiCount, BlankLines}, verdict(EmojiCount, MessageLength), false},
		{[]Rule{EmojiCount}, verdict(), false},
		{nil, verdict(EmojiCount), false},
		{[]Rule{EmojiCount}, verdict(EmojiCount), true},
	} {
		if right := r.Add(len(c.want) > 0, c.want, c.got); right != c.right {
			t.Errorf("line %d is right: %v", i, right)
		}
	}
	for _, c := range []struct {
		what string
		got  Tally
		want Tally
	}{
		{"dispatcher", r.Dispatcher, Tally{3, 1, 1}},
		{"emoji", *r.Rules[EmojiCount], Tally{3, 1, 1}},
		{"blank lines", *r.Rules[BlankLines], Tally{0, 0, 1}},
		{"length", *r.Rules[MessageLength], Tally{0, 1, 0}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, not %+v", c.what, c.got, c.want)
		}
	}
	got := fmt.Sprintf("%d messages, %.2f %.2f %.2f", r.Messages, r.Dispatcher.Precision(), r.Dispatcher.Recall(), Tally{1, 0, 1}.F1())
	if got != "6 messages, 0.75 0.75 0.67" || (Tally{}).Precision() != 1 || (Tally{}).F1() != 1 {
		t.Error(got)
	}
}
