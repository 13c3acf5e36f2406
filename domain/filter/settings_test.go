package filter

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaultSettings(t *testing.T) {
	s := DefaultSettings()
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	for _, r := range Rules() {
		if s.On(r) != (r != MessageKeyword) || (Settings{}).On(r) != s.On(r) {
			t.Errorf("%s is on: %v", r, s.On(r))
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseSettings(b); err != nil || !reflect.DeepEqual(back, s) {
		t.Errorf("written and read: %v\n%s\n%+v", err, b, back)
	}
	if !strings.Contains(string(b), `"activity_window":"24h"`) {
		t.Errorf("windows are unreadable: %s", b)
	}
}

// TestParseSettings: a file changes what it names and nothing else.
func TestParseSettings(t *testing.T) {
	want := DefaultSettings()
	want.Rules[EmojiCount], want.Rules[MessageKeyword] = false, true
	want.Length, want.PhoneWindow, want.DuplicateWindow = 300, Window(90*time.Second), Window(45*time.Minute)
	want.Profile.Length = 50
	got, err := ParseSettings([]byte("\ufeff" + `{
		"rules": {"emoji_count": false, "message_keyword": true},
		"length": 300, "phone_window": 90, "duplicate_window": "45m",
		"profile": {"length": 50}
	}
	`))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v", err, got)
	}
}

// TestBadSettings: a file that is wrong is refused with the line at fault.
func TestBadSettings(t *testing.T) {
	for text, want := range map[string]string{
		``:                                  "line 1: ",
		`[]`:                                "line 1: not a JSON object",
		"{\n\"length\": 1,\n":               "line 2: ",
		"{\n\"length\": 1\n} x":             "line 3: ",
		"{\n\"length\": 1\n\"emoji\": 2}":   "line 3: ",
		"{\n\"size\": 1}":                   `line 2: unknown field "size"`,
		"{\n\"Length\": 1}":                 `line 2: unknown field "Length"`,
		"{\n\"length\": 1,\n\"length\": 2}": `line 3: "length" stands there twice`,
		"{\n\n\"length\": \"many\"}":        "line 3: ",
		"{\n\"length\": 1,\n\"emoji\": 0}":  "line 3: emoji: must lie between 1 and 4096",
		"{\n\"phone_groups\": 101}":         "line 2: phone_groups: must lie between 1 and 100",
		"{\"length\": 10,\n\"phone_window\": \"25h\"}":      "line 2: phone_window: must lie between 1s and 24h",
		"{\"length\": 10,\n\"phone_window\": \"soon\"}":     `line 2: "soon" is no duration such as 30m`,
		"{\"phone_window\": 1e99}":                          "line 1: 1e99 is no window",
		"{\"phone_window\": true}":                          "line 1: true is no window",
		"{\"length\": 10,\n\"rules\": {\"emoji\": true}}":   `line 2: rules: there is no rule "emoji"`,
		"{\"length\": 10,\n\"profile\": {\"emoji\": -1}}":   "line 2: profile.emoji: must lie",
		"{\"length\": 10,\n\n\"profile\": {\"script\": 1}}": `line 3: unknown field "script"`,
	} {
		if _, err := ParseSettings([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	s := DefaultSettings()
	s.FrequencyWindow = 0
	var f *FieldError
	if err := s.Validate(); !errors.As(err, &f) || f.Field != "frequency_window" {
		t.Errorf("Validate: %v", err)
	}
}

func TestSeverity(t *testing.T) {
	for s := None; s <= Critical; s++ {
		b, err := json.Marshal(s)
		var back Severity
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if err != nil || back != s {
			t.Errorf("%s: %v, %v", s, back, err)
		}
	}
	var s Severity
	if err := json.Unmarshal([]byte(`"grave"`), &s); err == nil {
		t.Error("an unknown severity is taken")
	}
}

// TestReasons: each rule's hit has a sentence of its own.
func TestReasons(t *testing.T) {
	for want, h := range map[string]Hit{
		`"logist" in the profile`:               {Rule: ProfileKeyword, Seen: "logist"},
		`suspicious profile: long, 120`:         {Rule: SuspiciousProfile, Seen: "long", Count: 120},
		`+998900000001 in 20 groups within 30m`: {Rule: PhoneSpam, Seen: phone, Count: 20, Within: 30 * time.Minute},
		`"Moskvaga" is abroad`:                  {Rule: ForeignRoute, Seen: "Moskvaga"},
		`200 characters`:                        {Rule: MessageLength, Count: 200},
		`3 emoji`:                               {Rule: EmojiCount, Count: 3},
		`4 blank lines in a row`:                {Rule: BlankLines, Count: 4},
		`wrote in 15 groups within 24h`:         {Rule: GroupActivity, Count: 15, Within: 24 * time.Hour},
		`10 messages within 1m30s`:              {Rule: MessageFrequency, Count: 10, Within: 90 * time.Second},
		`the same text within 1h30m`:            {Rule: DuplicateMessage, Count: 2, Within: 90 * time.Minute},
		`"срочно" in the text`:                  {Rule: MessageKeyword, Seen: "срочно"},
		`"shakar" is on the block list`:         {Rule: CustomFilter, Seen: "shakar"},
	} {
		if h.String() != want {
			t.Errorf("%s: %s", h.Rule, h)
		}
		if h.Rule.Severity() == None || !h.Rule.Known() {
			t.Errorf("%s has no severity", h.Rule)
		}
	}
}
