package filter

import (
	"unicode"
	"unicode/utf8"
)

// blankLines is the longest run of blank lines. A line is blank when nothing in
// it can be seen: white space of every kind, zero-width characters, the fillers
// that look like space. Lines end as UAX #14 breaks them: \n, \r\n, \r, \v, \f,
// U+0085, U+2028 and U+2029. Blank lines at the start count; the line end after
// the last text ends that text's line and makes no blank one.
func blankLines(s string) int {
	longest, run, blank := 0, 0, true
	start := 0 // of the line
	for i := 0; i < len(s); {
		if c := s[i]; c > ' ' && c < 0x7f {
			blank = false
		}
		if !blank {
			for i < len(s) && !mayEndLine[s[i]] {
				i++
			}
			if i == len(s) {
				break
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if !endsLine(r) {
			blank = blank && blankRune(r)
			continue
		}
		if r == '\r' && i < len(s) && s[i] == '\n' {
			i++
		}
		if run++; !blank {
			run = 0
		}
		longest = max(longest, run)
		blank, start = true, i
	}
	if blank && start < len(s) {
		longest = max(longest, run+1)
	}
	return longest
}

// mayEndLine tells by the first byte of a character whether to look closer.
var mayEndLine = func() (t [256]bool) {
	for _, b := range []byte("\n\v\f\r\xc2\xe2") {
		t[b] = true
	}
	return t
}()

func endsLine(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// blankRune reports characters that show nothing by themselves.
func blankRune(r rune) bool {
	switch {
	case r == 0x34f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x2800, r == 0x3164, r == 0xffa0:
		return true // joiners, Hangul fillers and the empty Braille cell
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef: // variation selectors
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
}
