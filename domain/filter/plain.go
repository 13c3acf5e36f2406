package filter

import (
	"unicode"
	"unicode/utf8"
)

// appendPlain appends what is compared of a text: its first characters without
// emoji, white space and what shows nothing, case-folded.
func appendPlain(dst []byte, s string, most int) []byte {
	for i := 0; i < len(s) && most > 0; {
		r, n := rune(s[i]), 1
		switch {
		case r < utf8.RuneSelf:
			if i+1 < len(s) && s[i+1] >= 0xe2 {
				if n := keycapSize(s[i:]); n > 0 {
					i += n
					continue
				}
			}
			r = rune(comparedRunes[r])
		case r >= 0xc2 && r < 0xe0 && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
			r, n = rune(comparedRunes[r&0x1f<<6|rune(s[i+1]&0x3f)]), 2
		default:
			r, n = utf8.DecodeRuneInString(s[i:])
			r = comparedRune(r)
		}
		i += n
		switch {
		case r == 0:
			continue
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r < 0x800:
			dst = append(dst, 0xc0|byte(r>>6), 0x80|byte(r&0x3f))
		default:
			dst = utf8.AppendRune(dst, r)
		}
		most--
	}
	return dst
}

// comparedRunes is comparedRune of the characters of one and two bytes, which most
// texts are made of.
var comparedRunes = func() (t [0x800]uint16) {
	for r := range t {
		t[r] = uint16(comparedRune(rune(r)))
	}
	return t
}()

// comparedRune is what is compared of a character: the one that stands for all its
// cases, or 0 for emoji, however they are shown, white space and what shows
// nothing.
func comparedRune(r rune) rune {
	if blankRune(r) || regional(r) || r >= 0x1f3fb && r <= 0x1f3ff || unicode.Is(pictographs, r) {
		return 0
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return unicode.ToLower(least)
}

// keycapSize is the length of a keycap emoji at the start of s, such as 1️⃣, or 0.
func keycapSize(s string) int {
	if c := s[0]; (c < '0' || c > '9') && c != '#' && c != '*' {
		return 0
	}
	r, n := utf8.DecodeRuneInString(s[1:])
	if r == emojiStyle {
		var more int
		r, more = utf8.DecodeRuneInString(s[1+n:])
		n += more
	}
	if r != keycapSign {
		return 0
	}
	return 1 + n
}
