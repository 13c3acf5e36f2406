package filter

import (
	"unicode"
	"unicode/utf8"
)

// gap says what stands between two words.
type gap uint16

const (
	gapSpace  gap = 1 << iota
	gapWide       // two spaces or more
	gapHyphen     // a plain hyphen: inside a name, before an ending, between two places
	gapSoft       // dot, underscore, star: what may stand inside a word
	gapMark       // dash, arrow, slash: what stands between two places
	gapLine       // a new line
	gapPoint      // comma, colon and the like: what parts sentences
	gapParen
	gapDigit
	gapEmoji
	gapCase // nothing: a capital after small letters
	gapAt   // @, which may stand for a
)

// gapRoute are the marks that make a route of two places.
const gapRoute = gapHyphen | gapMark

// gapOf sorts the characters that are no part of words.
func gapOf(r rune) gap {
	switch r {
	case '\n', '\r', '\v', '\f', 0x85, 0x2028, 0x2029:
		return gapLine
	case '-', '‐', '‑':
		return gapHyphen
	case '.', '_', '*', '·', '•', '∙', '․':
		return gapSoft
	case '/', '\\', '|', '>', '<', '~', '=', '+', '»', '«', '›', '−', '№':
		return gapMark
	case '@':
		return gapPoint | gapAt
	case '(', ')', '[', ']', '{', '}':
		return gapParen
	}
	switch {
	case unicode.IsSpace(r) || r == 0x3164 || r == 0x2800:
		return gapSpace
	case unicode.Is(unicode.Pd, r), isArrow(r):
		return gapMark
	case r > 0x2000 && unicode.Is(unicode.So, r), r >= 0x1f3fb && r <= 0x1f3ff:
		return gapEmoji
	}
	return gapPoint
}

func isArrow(r rune) bool {
	return r >= 0x2190 && r <= 0x21ff || r >= 0x2500 && r <= 0x257f || r >= 0x2794 && r <= 0x27bf || r >= 0x27f0 && r <= 0x27ff ||
		r >= 0x2900 && r <= 0x297f || r >= 0x2b00 && r <= 0x2b4f || r >= 0x1f800 && r <= 0x1f8ff
}

// spelledLetters is how many letters that stand apart make a word.
const spelledLetters = 4

// joinSpelled adds the words that are written as single letters apart.
func (t *text) joinSpelled() {
	for i, n := 0, len(t.words); i < n; i++ {
		if t.words[i].letters != 1 {
			continue
		}
		j := i + 1
		for j < n && t.words[j].letters == 1 && !t.words[j].flag && t.words[j].gap == t.words[i+1].gap &&
			t.words[j].gap&(gapLine|gapWide|gapPoint|gapParen|gapDigit) == 0 {
			j++
		}
		if j-i >= spelledLetters {
			t.joinWords(i, j)
		}
		i = j - 1
	}
}

func (t *text) joinWords(i, j int) {
	from, start, end := len(t.buf), t.words[i].start, t.words[j-1].end
	t.buf = refold(t.buf, t.raw[start:end])
	t.words = append(t.words, word{start: start, end: end, from: from, to: len(t.buf), gap: gapLine, letters: j - i, spelled: true})
}

// folded gives the folded letters of a word.
func (t *text) folded(w *word) []byte { return t.buf[w.from:w.to] }

// seen gives the words first to last in their own spelling.
func (t *text) seen(first, last int) string { return t.raw[t.words[first].start:t.after(last)] }

// after is where word i ends in raw, with the hard or soft sign that no folded
// letter stands for.
func (t *text) after(i int) int {
	end := t.words[i].end
	switch r, size := utf8.DecodeRuneInString(t.raw[end:]); r {
	case 'ь', 'ъ', 'Ь', 'Ъ':
		return end + size
	}
	return end
}
