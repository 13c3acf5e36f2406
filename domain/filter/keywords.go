package filter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Keywords are an organization's lists, as they stand in
// dispatcher_keywords.json. Spelling does not matter: case, alphabet and endings
// are the matching's business.
type Keywords struct {
	Username []string // words in profiles
	Places   []string // places abroad; also flags (🇷🇺) and codes of countries in capitals (KZ)
	Message  []string // words in texts, for the optional rule
}

// What a keywords file may hold.
const (
	MaxKeywordsFile = 1 << 20 // bytes
	MaxKeywords     = 10000   // words in one list
	MaxKeyword      = 64      // characters in one word
)

// DefaultKeywords are the built-in lists. The caller may change what he gets.
func DefaultKeywords() Keywords {
	k := builtin().keywords
	return Keywords{Username: slices.Clone(k.Username), Places: slices.Clone(k.Places), Message: slices.Clone(k.Message)}
}

// keywordsFile is the form of the file.
type keywordsFile struct {
	Username []string `json:"username_keywords"`
	Places   []string `json:"foreign_locations"`
	Message  []string `json:"message_keywords"`
}

// JSON writes the lists as a file that [ParseKeywords] reads.
func (k Keywords) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(keywordsFile{full(k.Username), full(k.Places), full(k.Message)}) // strings always encode
	return b.Bytes()
}

// full makes an absent list an empty one: [] and not null.
func full(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ParseKeywords reads a keywords file. A list that it does not name is the
// built-in one; an empty list is empty. What is wrong with a file that is not
// too large is said with its line, in a [*LineError].
func ParseKeywords(b []byte) (Keywords, error) {
	if len(b) > MaxKeywordsFile {
		return Keywords{}, fmt.Errorf("the file has %d bytes, at most %d are read", len(b), MaxKeywordsFile)
	}
	f, err := openJSON(b)
	if err != nil {
		return Keywords{}, err
	}
	k := DefaultKeywords()
	lists := map[string]*[]string{"username_keywords": &k.Username, "foreign_locations": &k.Places, "message_keywords": &k.Message}
	err = f.object("", func(name string) (err error) {
		list := lists[name]
		if list == nil {
			return f.unknown(name)
		}
		*list, err = f.words(name)
		return err
	})
	if err != nil {
		return Keywords{}, err
	}
	return k, nil
}

// words reads a list.
func (f *jsonFile) words(name string) ([]string, error) {
	if t, _ := f.dec.Token(); t != json.Delim('[') {
		return nil, f.fault(FaultList, name, 0, "%q must be a list of words", name)
	}
	words := []string{}
	for f.dec.More() {
		t, _ := f.dec.Token()
		s, ok := t.(string)
		if !ok {
			return nil, f.fault(FaultText, name, 0, "%q holds something that is not a word in quotes", name)
		}
		s = strings.TrimSpace(s)
		if bad := badKeyword(s); bad != nil {
			return nil, f.fault(bad.fault, cmp.Or(bad.word, name), bad.most, "%q holds %w", name, bad)
		}
		if words = append(words, s); len(words) > MaxKeywords {
			return nil, f.fault(FaultMany, name, MaxKeywords, "%q holds more than %d words", name, MaxKeywords)
		}
	}
	_, err := f.dec.Token()
	return words, err
}

// wordError is why a word cannot be a keyword.
type wordError struct {
	fault Fault
	word  string // "" where it cannot be shown
	most  int
	text  string
}

func (e *wordError) Error() string { return e.text }

func badKeyword(s string) *wordError {
	_, flag := flagOf(s)
	switch {
	case s == "":
		return &wordError{fault: FaultEmpty, text: "an empty word"}
	case utf8.RuneCountInString(s) > MaxKeyword:
		return &wordError{FaultLong, string([]rune(s)[:MaxKeyword]) + "…", MaxKeyword, fmt.Sprintf("a word of more than %d characters", MaxKeyword)}
	case strings.ContainsFunc(s, unicode.IsControl):
		return &wordError{fault: FaultControl, text: "a word with a control character"}
	case !flag && foldName(s) == "":
		return &wordError{fault: FaultLetter, word: s, text: fmt.Sprintf("%q, which has no letter", s)}
	}
	return nil
}

// checkKeyword refuses what no list may hold.
func checkKeyword(s string) error {
	if bad := badKeyword(s); bad != nil {
		return bad
	}
	return nil
}
