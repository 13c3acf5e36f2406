package filter

import "strings"

// profileKeyword gives the first keyword in the sender's username, name or bio
// as it stands there, "" for none. A username is one run of letters, so there a
// long keyword may also follow other letters ("sardorlogist").
func (l *Lexicon) profileKeyword(m *Message, scratch *text) (seen string) {
	for i, s := range [...]string{m.Username, m.FirstName, m.LastName, m.Bio} {
		if s == "" {
			continue
		}
		scratch.fold(s)
		if seen = l.profile.keyword(scratch, i == 0); seen != "" {
			return seen
		}
	}
	return ""
}

const (
	innerMin  = 5 // letters of a keyword that may stand inside a word
	prefixMin = 4 // letters of a keyword that may have an ending
	anyMin    = 6 // letters of a keyword that anything may follow ("logistali")
)

// keywordNames folds a list of keywords, each with its other spellings. A short
// one with e for yo is many a word, and counts for kindYo alone.
func keywordNames(list []string) map[string]kind {
	m := make(map[string]kind, len(list))
	for _, word := range list {
		folded := foldName(word)
		m[folded] |= kindPlain
		for _, other := range otherSpellings(word) {
			if len(other) < prefixMin && len(other) < len(folded) {
				m[other] |= kindYo
			} else {
				m[other] |= kindPlain
			}
		}
	}
	return m
}

// keyword finds the first of the trie's words in a text; inner also looks
// inside words.
func (t *trie) keyword(x *text, inner bool) string {
	for i := range x.words {
		w := &x.words[i]
		if w.flag {
			continue
		}
		if j := t.keywordAt(x, i); j >= 0 {
			return x.seen(i, j)
		}
		if inner && t.inside(x.folded(w)) {
			return x.seen(i, i)
		}
	}
	return ""
}

// keywordAt gives the last word of a keyword that begins at word i, -1 for none.
func (t *trie) keywordAt(x *text, i int) int {
	n := uint32(root)
	for j := i; j < len(x.words); j++ {
		letters := x.folded(&x.words[j])
		if j > i && x.words[j].glue != 0 {
			g := t.step(n, x.words[j].glue) // "l0gist"
			if g == 0 && x.words[j].glue == 'c' {
				g = t.step(n, 'a') // a 4 stands for both: "c4rgo"
			}
			if g != 0 {
				n = g
			}
		} else if j > i {
			if n = t.step(n, sep); n == 0 || x.words[j].gap&gapLine != 0 {
				return -1
			}
		}
		for p, c := range letters {
			if n = t.step(n, c); n == 0 {
				return -1
			}
			if t.ends(n) && keywordEnding(letters[p+1:], c, p+1) && (t.kinds[n] != kindYo || strings.ContainsAny(x.seen(i, j), "ёЁ")) {
				return j
			}
		}
	}
	return -1
}

// inside reports whether a long keyword stands in a word after other letters.
// "logist" after o is another trade: psychologist, biologist.
func (t *trie) inside(letters []byte) bool {
	for s := 2; s+innerMin <= len(letters); s++ {
		if letters[s] == 'l' && letters[s-1] == 'o' {
			continue
		}
		n := uint32(root)
		for p := s; p < len(letters); p++ {
			if n = t.step(n, letters[p]); n == 0 {
				break
			}
			if p+1-s >= innerMin && t.ends(n) && keywordEnding(letters[p+1:], letters[p], p+1-s) {
				return true
			}
		}
	}
	return false
}

// keywordEnding reports whether a keyword of so many letters may end so: with an
// Uzbek or a Russian ending, or with what people hang on a username.
func keywordEnding(rest []byte, last byte, length int) bool {
	if len(rest) == 0 {
		return true
	}
	if length < prefixMin {
		return false
	}
	if length >= anyMin || uzbekEnding(rest, last) != noEnding {
		return true
	}
	switch string(rest) {
	case "a", "u", "om", "e", "i", "o", "ov", "am", "ami", "ah", "oi", "ei", "iu", "ia", "ik", "iki", "ika", "s",
		"man", "im", "imiz", "cilik", "ci", "cilar", "lik", "ka", "ki",
		"uz", "uzb", "uzbekistan", "ru", "kz", "tj", "kg", "tm", "tr", "eu", "az", "bot", "pro", "grup", "gr", "trans", "servis",
		"servike", "kom", "ofis", "ofike", "tawkent", "towkent", "samarkand", "buhara", "buhoro", "fergana", "fargona",
		"andijan", "andijon", "namangan", "teh", "tec", "jon", "tel", "kanal", "markaz", "bor", "bek", "iuk", "uzz", "z", "tt", "plus": //nolint:misspell // folded letters, no English
		return true
	}
	return false
}
