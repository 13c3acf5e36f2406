package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// mostJoined is how many joiners an emoji has at most: no line breaks within one,
// and strangers make one as wide as they like.
const mostJoined = 5

// Visible replaces what cannot be seen in a text from strangers: control
// characters become their pictures (␀), direction marks and other format
// characters ⟨202E⟩. The joiner inside an emoji stays.
func Visible(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	prev := rune(0)
	joined := 0 // in the emoji at hand
	for _, r := range s {
		if r != '\u200D' && prev != '\u200D' && !unicode.In(r, unicode.M, unicode.Sk) {
			joined = 0
		}
		switch {
		case r < 0x20:
			b.WriteRune('\u2400' + r)
		case r == 0x7F:
			b.WriteRune('\u2421')
		case r == '\u200D' && prev > 0x2000 && joined < mostJoined: // between two emoji
			joined++
			b.WriteRune(r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			fmt.Fprintf(&b, "⟨%04X⟩", r)
		default:
			b.WriteRune(r)
		}
		prev = r
	}
	return b.String()
}

// VisibleText is [Visible] for texts of several lines: line ends and tabs stay.
func VisibleText(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		cells := strings.Split(l, "\t")
		for j, c := range cells {
			cells[j] = Visible(c)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// VisibleUnits is how each UTF-16 unit of a text is shown by [VisibleText]: what is
// unseen takes several characters. Of a character of two units the first one shows it,
// and the second one nothing. How a character is shown may depend on those before it,
// so that a part of a text alone may look otherwise.
func VisibleUnits(text string) (shown []string) {
	text = string([]rune(text)) // each broken byte is one character
	left := VisibleText(text)
	for i, r := range text {
		first, n := utf8.DecodeRuneInString(left)
		switch {
		case r == '\r' && strings.HasPrefix(text[i+1:], "\n"): // of two that end a line the second one stays
			n = 0
		case first != r && first == '⟨': // its number stands there instead
			n = strings.IndexRune(left, '⟩') + len("⟩")
		}
		shown = append(shown, left[:n])
		if utf16.RuneLen(r) == 2 {
			shown = append(shown, "")
		}
		left = left[n:]
	}
	return shown
}
