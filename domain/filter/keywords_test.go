package filter

import (
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

func TestKeywordsRefused(t *testing.T) {
	for file, want := range map[string]string{
		"":                                  "line 1:",
		"{\n\"places\": []}":                "line 2: unknown field",
		"{\n\"message_keywords\": \"груз\"": "line 2: expected",
		"{\"message_keywords\": [\n\"груз\",\n7]}":                                "line 3: message_keywords holds something",
		"{\"message_keywords\": [\n\"груз\",\n\n\" \"]}":                          "line 4: message_keywords: an empty word",
		"{\"message_keywords\": [\n\"груз\" \"тонн\"]}":                           "line 2:",
		"{\"message_keywords\": [\"12\"]}":                                        "has no letter",
		"{\"message_keywords\": []}\n{}":                                          "line 2: something stands after",
		"{\"message_keywords\": [],\n\"message_keywords\":[]}":                    "line 2: message_keywords stands twice",
		"{\"message_keywords\": [\"" + strings.Repeat("a", MaxKeyword+1) + "\"]}": "more than",
		strings.Repeat(" ", MaxKeywordsFile+1):                                    "bytes",
	} {
		if _, err := ParseKeywords([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", file, err, want)
		}
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
