package filter

import (
	"fmt"
	"time"
)

// Rule is the stable id of a rule.
type Rule string

// The rules, in the order in which they are evaluated. CustomFilter comes from
// the organization's own words and senders.
const (
	PhoneRequired     Rule = "phone_required"
	CustomFilter      Rule = "custom_filter"
	ProfileKeyword    Rule = "profile_keyword"
	SuspiciousProfile Rule = "suspicious_profile"
	PhoneSpam         Rule = "phone_spam"
	ForeignRoute      Rule = "foreign_route"
	MessageLength     Rule = "message_length"
	EmojiCount        Rule = "emoji_count"
	BlankLines        Rule = "blank_lines"
	GroupActivity     Rule = "group_activity"
	MessageFrequency  Rule = "message_frequency"
	DuplicateMessage  Rule = "duplicate_message"
	MessageKeyword    Rule = "message_keyword"
)

// test is a rule that can hit: what it saw of a message, or the zero Hit.
type test struct {
	rule     Rule
	severity Severity
	see      func(*Engine, *Message) Hit
}

// tests are all rules but the gate, in order. A test reads the engine's memory
// and changes nothing.
var tests = [...]test{
	{CustomFilter, High, (*Engine).customFilter},
	{ProfileKeyword, High, func(e *Engine, m *Message) Hit { return Hit{Seen: e.judgeProfile(m).seen(m)} }},
	{SuspiciousProfile, High, func(e *Engine, m *Message) Hit {
		j := e.judgeProfile(m)
		return Hit{Seen: j.trait, Count: j.count}
	}},
	{PhoneSpam, Critical, (*Engine).phoneSpam},
	{ForeignRoute, High, func(e *Engine, _ *Message) Hit { return Hit{Seen: e.lexicon.foreignPlace(&e.text)} }},
	{MessageLength, Medium, func(e *Engine, _ *Message) Hit {
		return reached(e.text.length(e.settings.Length), e.settings.Length)
	}},
	{EmojiCount, Medium, func(e *Engine, _ *Message) Hit {
		return reached(e.text.emoji(e.settings.Emoji), e.settings.Emoji)
	}},
	{BlankLines, Medium, func(e *Engine, _ *Message) Hit {
		return reached(e.text.blankLines, e.settings.BlankLines)
	}},
	{GroupActivity, High, (*Engine).groupActivity},
	{MessageFrequency, High, (*Engine).messageFrequency},
	{DuplicateMessage, Medium, (*Engine).duplicateMessage},
	{MessageKeyword, Low, func(e *Engine, _ *Message) Hit { return Hit{Seen: e.lexicon.messageKeyword(&e.text)} }},
}

// enough is where counting the characters and emoji of a text may stop: no text
// on Telegram is longer.
const enough = 4096

// reached is the hit of a count that is at least its threshold.
func reached(n, threshold int) Hit {
	if n < threshold {
		return Hit{}
	}
	return Hit{Count: n}
}

// Rules are all rules in their order, the gate first.
func Rules() []Rule {
	all := []Rule{PhoneRequired}
	for _, t := range tests {
		all = append(all, t.rule)
	}
	return all
}

// Severity is that of the rule's hits; None for the gate and for no rule.
func (r Rule) Severity() Severity {
	for _, t := range tests {
		if t.rule == r {
			return t.severity
		}
	}
	return None
}

// Known reports whether there is such a rule.
func (r Rule) Known() bool { return r == PhoneRequired || r.Severity() != None }

// String is the reason in English, for the command line.
func (h Hit) String() string {
	switch h.Rule {
	case CustomFilter:
		return fmt.Sprintf("%q is on the block list", h.Seen) // a word, or the sender's id
	case ProfileKeyword:
		return fmt.Sprintf("%q in the profile", h.Seen)
	case SuspiciousProfile:
		if h.Count == 0 {
			return "suspicious profile: " + h.Seen
		}
		return fmt.Sprintf("suspicious profile: %s, %d", h.Seen, h.Count)
	case PhoneSpam:
		return fmt.Sprintf("%s in %d groups within %s", h.Seen, h.Count, span(h.Within))
	case ForeignRoute:
		return fmt.Sprintf("%q is abroad", h.Seen)
	case MessageLength:
		return fmt.Sprintf("%d characters", h.Count)
	case EmojiCount:
		return fmt.Sprintf("%d emoji", h.Count)
	case BlankLines:
		return fmt.Sprintf("%d blank lines in a row", h.Count)
	case GroupActivity:
		return fmt.Sprintf("wrote in %d groups within %s", h.Count, span(h.Within))
	case MessageFrequency:
		return fmt.Sprintf("%d messages within %s", h.Count, span(h.Within))
	case DuplicateMessage:
		return "the same text within " + span(h.Within)
	case MessageKeyword:
		return fmt.Sprintf("%q in the text", h.Seen)
	}
	return string(h.Rule)
}

func span(d time.Duration) string { return Window(d).String() }
