package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// canary is something that must not be found where it does not belong.
type canary struct {
	what string
	raw  []byte
	home string // beginning of the names of the files that may hold it; "": none
	code bool   // a few digits, which count only where nothing stands around them
}

// canaries are looked for in all that a product says and keeps.
type canaries struct {
	t    *testing.T
	list []canary
}

const inDatabase = "postix.db" // and the files that SQLite keeps beside it

// secret adds what may be found nowhere, and answers it.
func (c *canaries) secret(what, text string) string {
	c.t.Helper()
	return c.add(canary{what: what, raw: []byte(text)})
}

// code is a secret of a few digits.
func (c *canaries) code(what, text string) string {
	c.t.Helper()
	return c.add(canary{what: what, raw: []byte(text), code: true})
}

// content adds what people write, which the database keeps and nobody else.
func (c *canaries) content(what, text string) string {
	c.t.Helper()
	return c.add(canary{what: what, raw: []byte(text), home: inDatabase})
}

func (c *canaries) add(one canary) string {
	c.t.Helper()
	if len(one.raw) < 10 && !one.code || len(one.raw) < 5 {
		c.t.Fatalf("%s: %q could stand anywhere by chance", one.what, one.raw)
	}
	c.list = append(c.list, one)
	return string(one.raw)
}

// forms are the ways in which it could be written.
func (c canary) forms() [][]byte {
	if c.code {
		return nil
	}
	text := string(c.raw)
	out := [][]byte{c.raw, []byte(hex.EncodeToString(c.raw)), bytes.ToUpper([]byte(hex.EncodeToString(c.raw))), []byte(url.QueryEscape(text)), []byte(url.PathEscape(text))}
	if quoted := strings.Trim(strconv.Quote(text), `"`); quoted != text {
		out = append(out, []byte(quoted))
	}
	for before := range 3 { // what stands before it shifts its base64
		padded := append(make([]byte, before), c.raw...)
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			e := enc.EncodeToString(padded)[(before*4+2)/3:]
			if len(padded)%3 != 0 { // its last sign says what comes after it, too
				e = e[:len(e)-1]
			}
			out = append(out, []byte(e))
		}
	}
	return out
}

// within reports whether some form of it stands in the text.
func (c canary) within(text []byte) bool {
	if c.code {
		form := regexp.MustCompile(`(?:^|[^0-9A-Za-z.:_-]|[^0-9]:)` + regexp.QuoteMeta(string(c.raw)) + `(?:$|[^0-9A-Za-z._-])`)
		return form.Match(text)
	}
	for _, f := range c.forms() {
		if bytes.Contains(text, f) {
			return true
		}
	}
	return false
}

// said fails for each canary that stands in what a process said; but names those
// that it was asked for.
func (c *canaries) said(who string, text []byte, but ...string) {
	c.t.Helper()
	for _, one := range c.list {
		if !contains(but, one.what) && one.within(text) {
			c.t.Errorf("%s says %s (%q):\n%s", who, one.what, one.raw, lineOf(text, one))
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// lineOf is the line in which it stands.
func lineOf(text []byte, c canary) string {
	for l := range bytes.Lines(text) {
		if c.within(l) {
			return string(l[:min(len(l), 1000)])
		}
	}
	return ""
}

// kept fails for each canary that stands in a file of the directories that is not
// its home, and answers which were found at home.
func (c *canaries) kept(dirs ...string) (home map[string]bool) {
	c.t.Helper()
	home = map[string]bool{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			if os.IsNotExist(err) { // a log that SQLite has just taken in
				return nil
			}
			for _, one := range c.list {
				found := one.within(b) || one.within([]byte(path))
				switch {
				case found && one.home != "" && strings.HasPrefix(d.Name(), one.home):
					home[one.what] = true
				case found:
					c.t.Errorf("%s keeps %s (%q)", d.Name(), one.what, one.raw)
				}
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			c.t.Fatal(err)
		}
	}
	return home
}

// TestCanariesAreFound: each form in which one is looked for is found among other
// things, and another one is not.
func TestCanariesAreFound(t *testing.T) {
	t.Parallel()
	one := canary{what: "one", raw: []byte("kanareyka+1/yuk=\x80\xff")}
	quoted := strconv.Quote("x" + string(one.raw))
	for i := range 4 {
		around := append(append(bytes.Repeat([]byte("a"), i), one.raw...), "more"...)
		for how, text := range map[string]string{
			"plain": string(around), "hex": hex.EncodeToString(around), "HEX": strings.ToUpper(hex.EncodeToString(around)), "quoted": quoted,
			"base64": base64.StdEncoding.EncodeToString(around), "base64url": base64.RawURLEncoding.EncodeToString(around),
			"query": url.QueryEscape(string(around)), "path": url.PathEscape(string(around)),
		} {
			if !one.within([]byte("before " + text + " after")) {
				t.Errorf("not found as %s after %d others: %s", how, i, text)
			}
			if other := (canary{raw: []byte("kanareyka+2/yuk=\x80\xff")}); other.within([]byte(text)) {
				t.Errorf("another is found as %s in %s", how, text)
			}
		}
	}
	code := canary{raw: []byte("12345"), code: true}
	for text, want := range map[string]bool{"code 12345 came": true, `code="12345"`: true, "12345": true, `{"code":12345}`: true, "912345": false, "1.12345ms": false, "a12345b": false, "127.0.0.1:12345": false} {
		if code.within([]byte(text)) != want {
			t.Errorf("the code in %q: %t", text, !want)
		}
	}
}
