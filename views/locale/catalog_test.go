package locale

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

func catalog(t *testing.T, lang string) map[string]*i18n.Message {
	t.Helper()
	messages, err := readCatalog(lang)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]*i18n.Message{}
	for _, msg := range messages {
		if m[msg.ID] != nil {
			t.Errorf("%s: %s stands in two files", lang, msg.ID)
		}
		m[msg.ID] = msg
	}
	return m
}

// forms are the plural forms each language has.
var forms = map[string][]string{
	"uz": {"one", "other"}, "uz-Cyrl": {"one", "other"}, "en": {"one", "other"},
	"ru": {"one", "few", "many", "other"},
}

func texts(m *i18n.Message) map[string]string {
	out := map[string]string{}
	for form, text := range map[string]string{"one": m.One, "few": m.Few, "many": m.Many, "other": m.Other} {
		if text != "" {
			out[form] = text
		}
	}
	return out
}

func counted(m *i18n.Message) bool { return len(texts(m)) > 1 }

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(s string) string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

func TestLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	base := catalog(t, Default)
	for _, l := range Languages {
		other := catalog(t, l.Code)
		for key := range other {
			if base[key] == nil {
				t.Errorf("%s: %s is not in %s", l.Code, key, Default)
			}
		}
		for key, want := range base {
			got := other[key]
			if got == nil {
				t.Errorf("%s: %s is missing", l.Code, key)
				continue
			}
			compare(t, l.Code, want, got)
		}
	}
}

func compare(t *testing.T, lang string, want, got *i18n.Message) {
	t.Helper()
	if counted(want) != counted(got) {
		t.Errorf("%s: %s is counted in one language only", lang, want.ID)
		return
	}
	if counted(got) {
		for _, form := range forms[lang] {
			if texts(got)[form] == "" {
				t.Errorf("%s: %s has no form %q", lang, got.ID, form)
			}
		}
		if len(texts(got)) != len(forms[lang]) {
			t.Errorf("%s: %s has forms this language does not know", lang, got.ID)
		}
	}
	for form, text := range texts(got) {
		if a, b := placeholders(want.Other), placeholders(text); a != b {
			t.Errorf("%s: %s (%s) has {%s}, %s has {%s}", lang, got.ID, form, b, Default, a)
		}
		if strings.Count(text, "{{") != len(placeholder.FindAllString(text, -1)) {
			t.Errorf("%s: %s has something else than {{.Name}} in %q", lang, got.ID, text)
		}
		if strings.TrimSpace(text) != text {
			t.Errorf("%s: %s has space at an end", lang, got.ID)
		}
	}
}

// Uzbek Latin has oʻ and gʻ with U+02BB and the sign ʼ with U+02BC; quotes
// inside words are the keyboard's makeshift. Uzbek Cyrillic has neither.
func TestUzbekLetters(t *testing.T) {
	makeshift := regexp.MustCompile("\\pL['’‘`´]\\pL|[OoGg]['’‘`´]")
	wrongMark := regexp.MustCompile(`[^OoGg]ʻ|^ʻ|[OoGg]ʼ`)
	russianOnly := regexp.MustCompile(`[ЫыЩщ]`)
	latin := regexp.MustCompile(`\b[A-Za-z]+\b`)
	markup := regexp.MustCompile(`</?(?:b|i|code)>|/[a-z]+`) // tags and commands of the bot
	allowed := regexp.MustCompile(`^(Telegram|Postix|SpamBot|SMS|QR|ID|FLOOD|WAIT|t|me|username|id|XX|XXX|bot|CSV|joinchat|recover|telegram|org|JSON|UTF|IP|Google|Authenticator|Aegis|Asia|Tashkent|http|https)$`)
	for _, lang := range []string{"uz", "uz-Cyrl"} {
		for key, m := range catalog(t, lang) {
			for _, text := range texts(m) {
				if makeshift.MatchString(text) {
					t.Errorf("%s: %s has a quote inside a word: %q", lang, key, text)
				}
				if lang == "uz" && wrongMark.MatchString(text) {
					t.Errorf("uz: %s has the wrong mark on a letter: %q", key, text)
				}
				if lang == "uz" && regexp.MustCompile(`\p{Cyrillic}`).MatchString(text) {
					t.Errorf("uz: %s has Cyrillic letters: %q", key, text)
				}
				if lang == "uz-Cyrl" && (russianOnly.MatchString(text) || strings.ContainsAny(text, "ʻʼ")) {
					t.Errorf("uz-Cyrl: %s has letters of another alphabet: %q", key, text)
				}
				if lang == "uz-Cyrl" {
					for _, word := range latin.FindAllString(markup.ReplaceAllString(placeholder.ReplaceAllString(text, ""), ""), -1) {
						if !allowed.MatchString(word) {
							t.Errorf("uz-Cyrl: %s has %q in Latin letters", key, word)
						}
					}
				}
			}
		}
	}
}

// sources are all our files that may name a key, without tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	root, out := "../..", map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "static" || name == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			return nil
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".templ" {
			return nil
		}
		body, err := os.ReadFile(path)
		out[path] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A call names its key whole, or begins it with a literal:
// T(ctx, "role."+string(r)).
var (
	call    = regexp.MustCompile(`(?:\b(?:T|N)\((?:ctx|c\.Request\.Context\(\)|r\.Context\(\)), |\bt\.[TN]\()"([^"]+)"(\s*\+)?`)
	refusal = regexp.MustCompile(`(?:\bE\((?:domain\.)?[A-Z]\w*|\b[Mm]issing\()(?:, )?"([^"]+)"`)
	literal = regexp.MustCompile(`"([a-z][\w-]*(?:\.[\w-]+)*\.?)"`)
)

func TestEveryKeyUsedExists(t *testing.T) {
	keys := catalog(t, Default)
	for path, body := range sources(t) {
		for _, m := range call.FindAllStringSubmatch(body, -1) {
			if m[2] != "" {
				if !begins(keys, m[1]) {
					t.Errorf("%s: no key begins with %q", path, m[1])
				}
			} else if keys[m[1]] == nil {
				t.Errorf("%s: no key %q", path, m[1])
			}
		}
		for _, m := range refusal.FindAllStringSubmatch(body, -1) {
			if keys["error."+m[1]] == nil {
				t.Errorf("%s: no key %q", path, "error."+m[1])
			}
		}
	}
}

func begins(keys map[string]*i18n.Message, prefix string) bool {
	for key := range keys {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// A key counts as used when any literal in our sources is the key, its part
// after "error.", or a beginning of it that ends in a dot or an underscore.
func TestEveryKeyIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, body := range sources(t) {
		for _, m := range literal.FindAllStringSubmatch(body, -1) {
			used[m[1]] = true
		}
	}
	var unused []string
	for key := range catalog(t, Default) {
		if !isUsed(used, key) {
			unused = append(unused, key)
		}
	}
	slices.Sort(unused)
	for _, key := range unused {
		t.Errorf("nothing uses %q", key)
	}
}

func isUsed(used map[string]bool, key string) bool {
	if used[key] || used[strings.TrimPrefix(key, "error.")] {
		return true
	}
	for i, r := range key {
		start := key[:i+1]
		if r != '.' && r != '_' || !strings.Contains(start, ".") || start == "error." {
			continue
		}
		if short := strings.TrimPrefix(start, "error."); used[start] || strings.Contains(short, ".") && used[short] {
			return true
		}
	}
	return false
}

func TestNestedTablesBecomeFlatKeys(t *testing.T) {
	var seen []string
	err := flatten("", map[string]any{"a": map[string]any{"b": "x", "n": map[string]any{"one": "1", "other": "2"}}}, func(m *i18n.Message) {
		seen = append(seen, fmt.Sprint(m.ID, counted(m)))
	})
	slices.Sort(seen)
	if err != nil || strings.Join(seen, " ") != "a.bfalse a.ntrue" {
		t.Errorf("flattened to %v, err %v", seen, err)
	}
	if err := flatten("", map[string]any{"a": 5}, nil); err == nil {
		t.Error("a number passed as a text")
	}
}
