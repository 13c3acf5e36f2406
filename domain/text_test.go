package domain_test

import (
	"errors"
	"strings"
	"testing"

	"postix/domain"
)

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"  Akmal  Tosh ":             "Akmal Tosh",
		"Ўткир-ака №1":               "Ўткир-ака №1",
		"👩\u200d💻 Lola":              "👩\u200d💻 Lola", // joined by U+200D
		"نرم\u200cافزار":             "نرم\u200cافزار",
		"क्\u200dष Lola":             "क्\u200dष Lola",
		"❤\uFE0F\u200D🔥 ☎\uFE0F":     "❤\uFE0F\u200D🔥 ☎\uFE0F",
		"👩🏽\u200D🤝\u200D👩🏻":          "👩🏽\u200D🤝\u200D👩🏻",
		"🙂\u200D↔\uFE0F":             "🙂\u200D↔\uFE0F",
		"1\uFE0F\u20E3 №":            "1\uFE0F\u20E3 №",
		"é":                          "é",
		strings.Repeat("ў", 20):      strings.Repeat("ў", 20),
		"<b>bold</b> & \"quoted\" =": "<b>bold</b> & \"quoted\" =",
	} {
		if got, err := domain.CleanName(in, "name", 30); err != nil || got != want {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{
		"":                      "name.empty",
		" \t ":                  "name.empty",
		"\u3164":                "name.empty", // Hangul filler, a letter
		"\u2800 \u2800":         "name.empty", // Braille without a dot
		"\u200D\u200C":          "name.empty",
		"\uFE0F\u034F":          "name.empty", // marks on nothing
		"a\x00b":                "name.hidden",
		"a\nb":                  "name.hidden",
		"a\tb":                  "name.hidden",
		"a\u0085b":              "name.hidden",
		"a\u2028b":              "name.hidden",
		"\u202Elamka":           "name.hidden",
		"a\u2066b\u2069":        "name.hidden",
		"a\u200Fb":              "name.hidden",
		"a\u061Cb":              "name.hidden",
		"ak\u200Bmal":           "name.hidden",
		"\uFEFFakmal":           "name.hidden",
		"a\xffb":                "name.hidden",
		"Sav\u200Ddo":           "name.hidden", // joiners that join nothing
		"Sav\u200Cdo":           "name.hidden",
		"\u200DSavdo":           "name.hidden",
		"Savdo\u200D":           "name.hidden",
		"👩\u200C💻":              "name.hidden",
		"👩\u200D\u200D💻":        "name.hidden",
		"👩\u200DSavdo":          "name.hidden",
		"Sav\u034Fdo":           "name.hidden", // marks that nobody sees
		"Sav\uFE0Fdo":           "name.hidden",
		"Sav\uFE0Edo":           "name.hidden",
		"Savdo 1\uFE0F":         "name.hidden",
		"❤\uFE0F\uFE0F":         "name.hidden",
		"❤\uFE01":               "name.hidden",
		"Sav\u180Bdo":           "name.hidden",
		"Sav\U000E0101do":       "name.hidden",
		"Sav\u3164do":           "name.hidden", // fillers
		"Sav\u115Fdo":           "name.hidden",
		"Sav\uFFA0do":           "name.hidden",
		"Sav\u2800do":           "name.hidden",
		strings.Repeat("ў", 31): "name.long",
	} {
		if got, err := domain.CleanName(in, "name", 30); !refused(err, key, "name") {
			t.Errorf("%q became %q, %v, want %s", in, got, err, key)
		}
	}
}

func TestCleanEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Akmal.T+x@A.Uz ": "akmal.t+x@a.uz",
		"ўткир@пример.уз":  "ўткир@пример.уз",
	} {
		if got, err := domain.CleanEmail(in); err != nil || got != want {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "@", "a@", "@b", "a@b@c", "a b@c", "a\u00A0b@c", "a\x00@b", "a\x7F@b", "a\r\nBcc: x@b", "a\u202E@b", "a\u200D@b", "a\u200B@b",
		"a\u3164@b", "a\xff@b", "a<b@c", `a"b@c`, `a\b@c`, strings.Repeat("a", 250) + "@b.uz",
	} {
		if got, err := domain.CleanEmail(in); !refused(err, "email.format", "email") {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

// refused reports whether an error has that key, on that field.
func refused(err error, key, field string) bool {
	var e *domain.Error
	return errors.As(err, &e) && e.Key == key && e.Field == field
}
