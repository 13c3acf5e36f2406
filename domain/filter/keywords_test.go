package filter

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestKeywordsRoundTrip(t *testing.T) {
	k := DefaultKeywords()
	got, err := ParseKeywords(k.JSON())
	if err != nil || !reflect.DeepEqual(got, k) {
		t.Fatalf("the exported lists come back otherwise (%v)", err)
	}
	got, err = ParseKeywords([]byte(`{"foreign_locations":[]}`))
	if err != nil || len(got.Places) != 0 || len(got.Username) == 0 {
		t.Errorf("%v: %d places, %d username words; an absent list is the built-in one", err, len(got.Places), len(got.Username))
	}
}

// TestKeywordsRefused: a file that is wrong is refused with the line at fault, in
// words of the file alone, and with what a page needs for a sentence of its own.
func TestKeywordsRefused(t *testing.T) {
	long := strings.Repeat("a", MaxKeyword+1)
	for file, want := range map[string]LineError{
		"":                                   {1, FaultEnd, "", 0, errors.New("the file ends too early")},
		" \n{\"message_keywords\": [\n":      {2, FaultEnd, "", 0, errors.New("the file ends too early")},
		"[]":                                 {1, FaultObject, "", 0, errors.New("not a JSON object")},
		"{\n\"places\": []}":                 {2, FaultUnknown, "places", 0, errors.New(`unknown field "places"`)},
		"{\n\"message_keywords\": \"груз\"}": {2, FaultList, "message_keywords", 0, errors.New(`"message_keywords" must be a list of words`)},
		"{\"message_keywords\": [\n\"груз\",\n7]}":                                     {3, FaultText, "message_keywords", 0, errors.New(`"message_keywords" holds something that is not a word in quotes`)},
		"{\"message_keywords\": [\n\"груз\",\n1e999]}":                                 {3, FaultText, "message_keywords", 0, errors.New(`"message_keywords" holds something that is not a word in quotes`)},
		"{\"message_keywords\": [\n\"груз\",\n\n\" \"]}":                               {4, FaultEmpty, "message_keywords", 0, errors.New(`"message_keywords" holds an empty word`)},
		"{\"message_keywords\": [\n\"груз\" \"тонн\"]}":                                {2, FaultJSON, "", 0, errors.New("not valid JSON from character 8 on")},
		"{\"message_keywords\": [\"12\"]}":                                             {1, FaultLetter, "12", 0, errors.New(`"message_keywords" holds "12", which has no letter`)},
		"{\"message_keywords\": [\"a\\u0007\"]}":                                       {1, FaultControl, "message_keywords", 0, errors.New(`"message_keywords" holds a word with a control character`)},
		"{\"message_keywords\": [\n\"\xff\"]}":                                         {2, FaultUTF8, "", 0, errors.New("not UTF-8")},
		"{\"message_keywords\": []}\n{}":                                               {2, FaultAfter, "", 0, errors.New("something follows the end of the object")},
		"{\"message_keywords\": [],\n\"message_keywords\":[]}":                         {2, FaultTwice, "message_keywords", 0, errors.New(`"message_keywords" stands there twice`)},
		"{\"message_keywords\": [\"" + long + "\"]}":                                   {1, FaultLong, long[1:] + "…", MaxKeyword, errors.New(`"message_keywords" holds a word of more than 64 characters`)},
		"{\"message_keywords\": [" + strings.Repeat("\"a\",", MaxKeywords) + "\"a\"]}": {1, FaultMany, "message_keywords", MaxKeywords, errors.New(`"message_keywords" holds more than 10000 words`)},
	} {
		_, err := ParseKeywords([]byte(file))
		got := new(LineError)
		if !errors.As(err, &got) || err.Error() != want.Error() || got.Fault != want.Fault || got.Name != want.Name || got.Most != want.Most {
			t.Errorf("%.40q: %v: %+v, want %+v", file, err, *got, want)
		}
	}
	if _, err := ParseKeywords([]byte(strings.Repeat(" ", MaxKeywordsFile+1))); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("a large file: %v", err)
	}
	if CheckKeyword("12") == nil || CheckKeyword("груз") != nil {
		t.Error("a word alone is not judged as in a file")
	}
}

func TestProfileKeyword(t *testing.T) {
	l := NewLexicon(DefaultKeywords())
	var x text
	for _, m := range []Message{
		{Username: "cargo_logist_uz"},
		{Username: "logistuz"},
		{Username: "LOGISTUZ"},
		{Username: "SardorLogist"},
		{Username: "sardorlogist"},
		{Username: "Cargo24"},
		{FirstName: "Диспетчер Олим"},
		{LastName: "Карго"},
		{FirstName: "𝐋𝐨𝐠𝐢𝐬𝐭"},
		{Bio: "Логистика хизмати"},
		{FirstName: "Yuk markazi"},
	} {
		if l.profileKeyword(&m, &x) == "" {
			t.Errorf("%+v: saw nothing", m)
		}
	}
	for _, m := range []Message{
		{},
		{Username: "yuksel_90", FirstName: "Yuksel"},
		{Username: "psychologist_uz"},
		{FirstName: "Олим", LastName: "Каримов", Bio: "Фура, тент"},
		{Username: "haydovchi_ali"},
	} {
		if seen := l.profileKeyword(&m, &x); seen != "" {
			t.Errorf("%+v: saw %q", m, seen)
		}
	}
}

func TestMessageKeyword(t *testing.T) {
	l := NewLexicon(DefaultKeywords())
	var x text
	for s, want := range map[string]string{"СРОЧНО бор": "СРОЧНО", "20 tonnadan": "tonnadan", "салом ҳаммага": ""} {
		x.fold(s)
		if seen := l.messageKeyword(&x); seen != want {
			t.Errorf("%q: saw %q, want %q", s, seen, want)
		}
	}
}
