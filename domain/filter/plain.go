package filter

import "unicode"

// roomForPlain gives the room for what is compared of a text of so many bytes.
func (t *text) roomForPlain(size int) []byte {
	most := plainHead + comparedSize*(size+1)
	if cap(t.plain) < most {
		t.plain = make([]byte, most)
	}
	return t.plain[:cap(t.plain)]
}

// compared gives what is compared of the text, its first characters without emoji,
// white space and what shows nothing, with plainHead bytes before it for the
// caller's use.
func (t *text) compared(most int) []byte {
	return t.plain[:min(len(t.plain), plainHead+comparedSize*most)]
}

// comparedRune is what is compared of a character: the one that stands for all its
// cases, or 0 for emoji, however they are shown, white space and what shows
// nothing.
func comparedRune(r rune) rune {
	if blankRune(r) || regional(r) || skinTone(r) || unicode.Is(pictographs, r) {
		return 0
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return unicode.ToLower(least)
}
