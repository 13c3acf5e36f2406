package ui

import (
	"fmt"
	"strings"
	"unicode"
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
