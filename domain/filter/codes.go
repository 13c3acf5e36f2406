package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// codeLetters is the length of a country's code.
const codeLetters = 2

func isCode(name string) bool {
	return utf8.RuneCountInString(name) == codeLetters && strings.ToUpper(name) == name && strings.ToLower(name) != name
}

// codeBegins reports whether word i begins with two capitals, as a code with its
// ending does ("РФга").
func (t *text) codeBegins(i int) bool {
	s := t.raw[t.words[i].start:t.words[i].end]
	_, first := utf8.DecodeRuneInString(s)
	_, second := utf8.DecodeRuneInString(s[first:])
	return isCode(s[:first+second])
}

// code gives the folded code of unit i without its ending.
func (t *text) code(i int) string {
	letters := t.folded(&t.words[t.units[i].first])
	return string(letters[:min(codeLetters, len(letters))])
}

// isUnit: kilograms and tons, which are the codes of two countries.
func isUnit(code string) bool { return code == "kg" || code == "tm" }

// declined reports whether a code has an ending that says it is a place ("РФга",
// "KZ ga"). Kilograms have endings too, and in capitals "RUDA" is an ore: where
// that may be meant, the line must lead somewhere.
func (t *text) declined(i int) bool {
	u := &t.units[i]
	if u.end == bare || !t.standsFree(i) {
		return false
	}
	code, w := t.code(i), &t.words[u.first]
	if isUnit(code) {
		return u.gap&gapDigit == 0 && t.isGoal(i)
	}
	if strings.ContainsAny(code, "aeiou") && w.letters > codeLetters && !strings.ContainsFunc(t.raw[w.start:w.end], unicode.IsLower) {
		return t.isGoal(i)
	}
	return true
}

// standsFree reports that a code is no part of a plate, an address or the name of
// a model: no digit, dot or @ touches it, nor a hyphen behind what is no place.
func (t *text) standsFree(i int) bool {
	gap := t.units[i].gap
	switch {
	case gap&gapSpace == 0 && gap&(gapDigit|gapSoft|gapAt) != 0:
		return false
	case gap == gapHyphen:
		return i > 0 && t.units[i-1].kinds&kindPlace != 0
	}
	return true
}
