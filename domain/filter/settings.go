package filter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Settings are an organization's switches and thresholds. A threshold is the
// number at which a rule hits: N or more. The JSON names are those of the file
// that filter check --settings reads.
type Settings struct {
	Rules             map[Rule]bool `json:"rules"` // whether a rule is on; one that is missing is as in [DefaultSettings]
	PhoneGroups       int           `json:"phone_groups"`
	PhoneWindow       Window        `json:"phone_window"`
	Length            int           `json:"length"` // user-perceived characters
	Emoji             int           `json:"emoji"`
	BlankLines        int           `json:"blank_lines"`
	ActivityGroups    int           `json:"activity_groups"`
	ActivityWindow    Window        `json:"activity_window"`
	FrequencyMessages int           `json:"frequency_messages"`
	FrequencyWindow   Window        `json:"frequency_window"`
	DuplicateWindow   Window        `json:"duplicate_window"`
	DuplicatePrefix   int           `json:"duplicate_prefix"` // characters that are compared
	Profile           ProfileLimits `json:"profile"`          // a zero switches a trait off
}

// The ranges of settings: a count within a window is kept exactly up to
// MostCounted, and nothing is remembered for longer than LongestWindow.
const (
	MostCounted   = 100
	LongestWindow = 24 * time.Hour
)

// DefaultSettings are those of a new organization.
func DefaultSettings() Settings {
	s := Settings{
		Rules:       map[Rule]bool{},
		PhoneGroups: 20, PhoneWindow: Window(30 * time.Minute),
		Length: 200, Emoji: 3, BlankLines: 3,
		ActivityGroups: 15, ActivityWindow: Window(24 * time.Hour),
		FrequencyMessages: 10, FrequencyWindow: Window(5 * time.Minute),
		DuplicateWindow: Window(20 * time.Minute), DuplicatePrefix: 200,
		Profile: DefaultProfileLimits(),
	}
	for _, r := range Rules() {
		s.Rules[r] = r != MessageKeyword
	}
	return s
}

// On reports whether a rule is switched on.
func (s Settings) On(r Rule) bool {
	on, said := s.Rules[r]
	return on || !said && r != MessageKeyword
}

// FieldError is a setting that cannot be.
type FieldError struct {
	Field       string // as in the JSON; a field of a field with a dot
	Why         string
	Least, Most int // of a number; both 0 for another setting
}

func (e *FieldError) Error() string { return fmt.Sprintf("%q %s", e.Field, e.Why) }

// number is a setting that is a whole number, with its range.
type number struct {
	field       string
	n           *int
	least, most int
}

func (s *Settings) numbers() []number {
	return []number{
		{"profile.length", &s.Profile.Length, 0, enough},
		{"profile.repeated", &s.Profile.Repeated, 0, enough},
		{"profile.emoji", &s.Profile.Emoji, 0, enough},
		{"profile.no_letters", &s.Profile.NoLetters, 0, enough},
		{"phone_groups", &s.PhoneGroups, 1, MostCounted},
		{"length", &s.Length, 1, enough},
		{"emoji", &s.Emoji, 1, enough},
		{"blank_lines", &s.BlankLines, 1, enough},
		{"activity_groups", &s.ActivityGroups, 1, MostCounted},
		{"frequency_messages", &s.FrequencyMessages, 1, MostCounted},
		{"duplicate_prefix", &s.DuplicatePrefix, 1, enough},
	}
}

func (n number) check() error {
	if *n.n < n.least || *n.n > n.most {
		return &FieldError{n.field, fmt.Sprintf("must lie between %d and %d", n.least, n.most), n.least, n.most}
	}
	return nil
}

// windowed is a setting that is a window.
type windowed struct {
	field string
	w     *Window
}

func (s *Settings) windows() []windowed {
	return []windowed{
		{"phone_window", &s.PhoneWindow},
		{"activity_window", &s.ActivityWindow},
		{"frequency_window", &s.FrequencyWindow},
		{"duplicate_window", &s.DuplicateWindow},
	}
}

func (w windowed) check() error {
	if d := time.Duration(*w.w); d < time.Second || d > LongestWindow {
		return &FieldError{Field: w.field, Why: "must lie between 1s and " + span(LongestWindow)}
	}
	return nil
}

// Validate refuses what is out of range with a [*FieldError].
func (s Settings) Validate() error {
	for _, r := range slices.Sorted(maps.Keys(s.Rules)) {
		if err := r.check(); err != nil {
			return err
		}
	}
	for _, n := range s.numbers() {
		if err := n.check(); err != nil {
			return err
		}
	}
	for _, w := range s.windows() {
		if err := w.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r Rule) check() error {
	if !r.Known() {
		return &FieldError{Field: "rules", Why: fmt.Sprintf("names %q, and there is no such rule", r)}
	}
	return nil
}

// ParseSettings reads settings from JSON; what the file does not name, or says
// null to, is as in [DefaultSettings]. Its errors are a [*LineError].
func ParseSettings(b []byte) (Settings, error) {
	s := DefaultSettings()
	f, err := openJSON(b)
	if err == nil {
		err = f.object("", func(name string) error {
			if strings.Contains(name, ".") {
				return f.unknown(name)
			}
			return s.read(f, name)
		})
	}
	if err != nil {
		return Settings{}, err
	}
	return s, nil
}

// read reads one field, or one of a field's.
func (s *Settings) read(f *jsonFile, field string) error {
	for _, n := range s.numbers() {
		if n.field == field {
			return f.value(field, n.n, "must be a whole number", n.check)
		}
	}
	for _, w := range s.windows() {
		if w.field == field {
			return f.value(field, w.w, "must be a duration such as \"30m\", or a number of seconds", w.check)
		}
	}
	switch field {
	case "rules":
		return f.object(field, func(name string) error {
			on := s.On(Rule(name))
			if err := f.value("rules."+name, &on, "must be true or false", Rule(name).check); err != nil {
				return err
			}
			s.Rules[Rule(name)] = on
			return nil
		})
	case "profile":
		return f.object(field, func(name string) error { return s.read(f, field+"."+name) })
	}
	return f.unknown(field)
}

// value reads a value and checks it; wanted is what it must be.
func (f *jsonFile) value(field string, into any, wanted string, check func() error) error {
	err := f.dec.Decode(into)
	if err != nil {
		err = &FieldError{Field: field, Why: wanted}
	} else {
		err = check()
	}
	if err != nil {
		return f.fault(FaultValue, field, 0, "%w", err)
	}
	return nil
}

// Window is how far back a rule looks. In JSON it is a duration such as "30m",
// or a number of seconds.
type Window time.Duration

// String is the duration without its zero parts: 30m, 24h, 1h30m.
func (w Window) String() string {
	s := time.Duration(w).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalJSON takes a duration or seconds.
func (w *Window) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("%q is no duration such as 30m", v)
		}
		*w = Window(d)
		return nil
	case float64:
		if seconds := LongestWindow.Seconds(); v >= 0 && v <= seconds {
			*w = Window(v * float64(time.Second))
			return nil
		}
	}
	return fmt.Errorf("%s is no window such as \"30m\", of at most %s", b, span(LongestWindow))
}
