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

// TestSettingsFields: each field that is written is read into its own place.
func TestSettingsFields(t *testing.T) {
	want := DefaultSettings()
	for i, n := range want.numbers() {
		*n.n = 20 + i
	}
	for i, w := range want.windows() {
		*w.w = Window(time.Duration(i+2) * time.Hour)
	}
	for i, r := range Rules() {
		want.Rules[r] = i%2 == 0
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseSettings(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%s\n%+v", err, b, got)
	}
}

// TestNullSettings: what the file says null to is as if it did not name it.
func TestNullSettings(t *testing.T) {
	none := `{"length": null, "phone_window": null, "profile": null, "rules": {"emoji_count": null, "message_keyword": null}}`
	for _, text := range []string{"{}", `{"rules": null}`, none} {
		if got, err := ParseSettings([]byte(text)); err != nil || !reflect.DeepEqual(got, DefaultSettings()) {
			t.Errorf("%s: %v: %+v", text, err, got)
		}
	}
}

// TestBadSettings: a file that is wrong is refused with the line at fault, in
// words of the file alone.
func TestBadSettings(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "line 1: the file ends too early",
		"\ufeff":                            "line 1: the file ends too early",
		"[]":                                "line 1: not a JSON object",
		"null":                              "line 1: not a JSON object",
		"{\n\"length\": 1,\n":               "line 2: the file ends too early",
		"{\n\"length\": 1\n} x":             "line 3: something follows the end of the object",
		"{\n\"length\": 1\n\"emoji\": 2}":   "line 3: not valid JSON from character 1 on",
		"{\n \"ж\", \"length\": }":          "line 2: not valid JSON from character 5 on",
		"{\n\"a\": \"\xff\"}":               "line 2: not UTF-8",
		"{\n\"size\": 1}":                   `line 2: unknown field "size"`,
		"{\n\"Length\": 1}":                 `line 2: unknown field "Length"`,
		"{\n\"profile.length\": 1}":         `line 2: unknown field "profile.length"`,
		"{\n\"length\": 1,\n\"length\": 2}": `line 3: "length" stands there twice`,
		"{\"rules\": {\n\"emoji_count\": true,\n\"emoji_count\": false}}": `line 3: "emoji_count" stands there twice`,
		"{\"profile\": {\n\"emoji\": 1,\n\"emoji\": 1}}":                  `line 3: "emoji" stands there twice`,
		"{\n\n\"length\": \"many\"}":                                      `line 3: "length" must be a whole number`,
		"{\"length\": 1.5}":                                               `line 1: "length" must be a whole number`,
		"{\"length\": 1e999}":                                             `line 1: "length" must be a whole number`,
		"{\"length\": 1,\n\"emoji\": 0}":                                  `line 2: "emoji" must lie between 1 and 4096`,
		"{\n\"phone_groups\": 101}":                                       `line 2: "phone_groups" must lie between 1 and 100`,
		"{\"length\": 10,\n\"phone_window\": \"25h\"}":                    `line 2: "phone_window" must lie between 1s and 24h`,
		"{\"length\": 10,\n\"phone_window\": \"soon\"}":                   `line 2: "phone_window" must be a duration such as "30m", or a number of seconds`,
		"{\"phone_window\": 1e99}":                                        `line 1: "phone_window" must be a duration such as "30m", or a number of seconds`,
		"{\"phone_window\": true}":                                        `line 1: "phone_window" must be a duration such as "30m", or a number of seconds`,
		"{\"rules\": true}":                                               `line 1: "rules" must be an object`,
		"{\"profile\": []}":                                               `line 1: "profile" must be an object`,
		"{\"rules\": {\"emoji_count\": \"yes\"}}":                         `line 1: "rules.emoji_count" must be true or false`,
		"{\"length\": 10,\n\"rules\": {\"emoji\": true}}":                 `line 2: "rules" names "emoji", and there is no such rule`,
		"{\"length\": 10,\n\"profile\": {\"emoji\": -1}}":                 `line 2: "profile.emoji" must lie between 0 and 4096`,
		"{\"length\": 10,\n\n\"profile\": {\"script\": 1}}":               `line 3: unknown field "profile.script"`,
	} {
		if _, err := ParseSettings([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, not %s", text, err, want)
		}
	}
	_, err := ParseSettings([]byte(`{"emoji": 0}`))
	var f *FieldError
	var l *LineError
	if !errors.As(err, &f) || f.Field != "emoji" || f.Least != 1 || f.Most != 4096 || !errors.As(err, &l) || l.Fault != FaultValue || l.Name != "emoji" {
		t.Errorf("of a number out of range it says %+v, %+v", f, l)
	}
	s := DefaultSettings()
	s.FrequencyWindow = 0
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
