package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// LineError is what is wrong with a file, and where.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// ParseKeywords reads a keywords file. A list that it does not name is the
// built-in one; an empty list is empty. What is wrong with a file that is not
// too large is said with its line, in a [*LineError].
func ParseKeywords(b []byte) (Keywords, error) {
	if len(b) > MaxKeywordsFile {
		return Keywords{}, fmt.Errorf("the file has %d bytes, at most %d are read", len(b), MaxKeywordsFile)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if i := invalidUTF8(b); i >= 0 {
		return Keywords{}, &LineError{lineAt(b, i), errors.New("not UTF-8")}
	}
	p := keywordsParser{data: b, dec: json.NewDecoder(bytes.NewReader(b)), k: DefaultKeywords(), seen: map[string]bool{}}
	if err := p.file(); err != nil {
		return Keywords{}, &LineError{p.line(err), err}
	}
	return p.k, nil
}

// keywordsParser goes through the file piece by piece, so that it knows where
// it stands when something is wrong.
type keywordsParser struct {
	data []byte
	dec  *json.Decoder
	k    Keywords
	seen map[string]bool
}

func (p *keywordsParser) file() error {
	if err := p.want(json.Delim('{'), "an object with the three lists"); err != nil {
		return err
	}
	for p.dec.More() {
		t, err := p.dec.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // a key is always a string
		list := p.list(name)
		if list == nil {
			return fmt.Errorf("unknown field %q", name)
		}
		if p.seen[name] {
			return fmt.Errorf("%s stands twice", name)
		}
		p.seen[name] = true
		if *list, err = p.words(name); err != nil {
			return err
		}
	}
	if err := p.want(json.Delim('}'), "the end of the object"); err != nil {
		return err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands after the end of the object")
	}
	return nil
}

func (p *keywordsParser) list(name string) *[]string {
	switch name {
	case "username_keywords":
		return &p.k.Username
	case "foreign_locations":
		return &p.k.Places
	case "message_keywords":
		return &p.k.Message
	}
	return nil
}

func (p *keywordsParser) words(name string) ([]string, error) {
	if err := p.want(json.Delim('['), name+" to be a list of words"); err != nil {
		return nil, err
	}
	words := []string{}
	for p.dec.More() {
		t, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		s, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("%s holds something that is not a word in quotes", name)
		}
		s = strings.TrimSpace(s)
		if err := checkKeyword(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if words = append(words, s); len(words) > MaxKeywords {
			return nil, fmt.Errorf("%s holds more than %d words", name, MaxKeywords)
		}
	}
	return words, p.want(json.Delim(']'), "the end of the list")
}

func checkKeyword(s string) error {
	if s == "" {
		return errors.New("an empty word")
	}
	if utf8.RuneCountInString(s) > MaxKeyword {
		return fmt.Errorf("a word of more than %d characters", MaxKeyword)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return errors.New("a word with a control character")
	}
	if _, flag := flagOf(s); !flag && foldName(s) == "" {
		return fmt.Errorf("%q has no letter", s)
	}
	return nil
}

func (p *keywordsParser) want(d json.Delim, what string) error {
	t, err := p.dec.Token()
	if err != nil {
		return err
	}
	if t != d {
		return fmt.Errorf("expected %s", what)
	}
	return nil
}

// line is where an error stands, or where reading has come to.
func (p *keywordsParser) line(err error) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return lineAt(p.data, int(syntax.Offset)-1)
	}
	return lineAt(p.data, int(p.dec.InputOffset())-1)
}

func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), len(data))], []byte("\n"))
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
