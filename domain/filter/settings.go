package filter

import (
	"bytes"
	"encoding/json"
	"errors"
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

func (e *FieldError) Error() string { return e.Field + ": " + e.Why }

// Validate refuses what is out of range with a [*FieldError].
func (s Settings) Validate() error {
	for _, r := range slices.Sorted(maps.Keys(s.Rules)) {
		if !r.Known() {
			return &FieldError{Field: "rules", Why: fmt.Sprintf("there is no rule %q", r)}
		}
	}
	for _, n := range []struct {
		field     string
		n, lo, hi int
	}{
		{"profile.length", s.Profile.Length, 0, enough},
		{"profile.repeated", s.Profile.Repeated, 0, enough},
		{"profile.emoji", s.Profile.Emoji, 0, enough},
		{"profile.no_letters", s.Profile.NoLetters, 0, enough},
		{"phone_groups", s.PhoneGroups, 1, MostCounted},
		{"length", s.Length, 1, enough},
		{"emoji", s.Emoji, 1, enough},
		{"blank_lines", s.BlankLines, 1, enough},
		{"activity_groups", s.ActivityGroups, 1, MostCounted},
		{"frequency_messages", s.FrequencyMessages, 1, MostCounted},
		{"duplicate_prefix", s.DuplicatePrefix, 1, enough},
	} {
		if n.n < n.lo || n.n > n.hi {
			return &FieldError{Field: n.field, Why: fmt.Sprintf("must lie between %d and %d", n.lo, n.hi), Least: n.lo, Most: n.hi}
		}
	}
	for _, w := range []struct {
		field string
		w     Window
	}{
		{"phone_window", s.PhoneWindow},
		{"activity_window", s.ActivityWindow},
		{"frequency_window", s.FrequencyWindow},
		{"duplicate_window", s.DuplicateWindow},
	} {
		if time.Duration(w.w) < time.Second || time.Duration(w.w) > LongestWindow {
			return &FieldError{Field: w.field, Why: "must lie between 1s and " + span(LongestWindow)}
		}
	}
	return nil
}

// ParseSettings reads settings from JSON; what the file does not name is as in
// [DefaultSettings]. Its errors name the line at fault.
func ParseSettings(b []byte) (Settings, error) {
	s := DefaultSettings()
	lines := map[string]int{} // of each field
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(b))
	at := func(offset int64) int { return lineAt(b, int(offset)) }
	fail := func(line int, err error) (Settings, error) {
		return Settings{}, fmt.Errorf("line %d: %s", line, strings.TrimPrefix(err.Error(), "json: "))
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fail(1, errors.New("not a JSON object"))
	}
	for d.More() {
		t, err := d.Token()
		key, _ := t.(string)
		line := at(d.InputOffset())
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return fail(at(errorOffset(err, d.InputOffset())), err)
		}
		if _, twice := lines[key]; twice {
			return fail(line, fmt.Errorf("%q stands there twice", key))
		}
		lines[key] = line
		if err := s.set(key, value); err != nil {
			return fail(line, err)
		}
	}
	_, err := d.Token()
	if err == nil && len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		err = errors.New("something follows the object")
	}
	if err != nil {
		return fail(at(int64(len(bytes.TrimSpace(b)))), errors.New("the object does not end as it should"))
	}
	if err := s.Validate(); err != nil {
		var f *FieldError
		errors.As(err, &f)
		field, _, _ := strings.Cut(f.Field, ".")
		return fail(lines[field], err)
	}
	return s, nil
}

// set takes one field of the file, by its name and nothing like it: JSON would
// take capitals too.
func (s *Settings) set(key string, value json.RawMessage) error {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return fmt.Errorf("unknown field %q", key)
	}
	name, _ := json.Marshal(key)
	d := json.NewDecoder(bytes.NewReader(slices.Concat([]byte("{"), name, []byte(":"), value, []byte("}"))))
	d.DisallowUnknownFields()
	return d.Decode(s)
}

// errorOffset is where a JSON error stands, if it says so.
func errorOffset(err error, other int64) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	return other
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
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("%q is no duration such as 30m", v)
		}
		*w = Window(d)
		return nil
	case float64:
		if v >= 0 && v <= LongestWindow.Seconds() {
			*w = Window(v * float64(time.Second))
			return nil
		}
	}
	return fmt.Errorf("%s is no window such as \"30m\", of at most %s", b, span(LongestWindow))
}
