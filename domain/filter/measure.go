package filter

import (
	"unicode"
	"unicode/utf8"
)

// breakClass is what a character does at the border of user-perceived
// characters: the property Grapheme_Cluster_Break of UAX #29, with pictographs
// beside it.
type breakClass uint8

const (
	classOther breakClass = iota
	classCR
	classLF
	classControl
	classExtend
	classZWJ
	classSpacingMark
	classPrepend
	classRegional
	classPictograph
	classL
	classV
	classT
	classLV
	classLVT
)

// segmenter finds where user-perceived characters begin: the extended grapheme
// clusters of UAX #29 for the standard library's Unicode (15.0). The zero value
// stands before a text.
type segmenter struct {
	prev     breakClass
	inside   bool // a character came before
	odd      bool // an odd number of regional indicators came before
	pictZWJ  bool // the cluster is a pictograph, extended, and a joiner
	pictured bool // the cluster is a pictograph, extended
}

// begins reports whether r begins a new cluster.
func (s *segmenter) begins(r rune) bool {
	class := classOf(r)
	begins := !s.inside || s.breaks(class)
	switch class {
	case classPictograph:
		s.pictured, s.pictZWJ = true, false
	case classExtend:
		s.pictZWJ = false
	case classZWJ:
		s.pictured, s.pictZWJ = false, s.pictured
	default:
		s.pictured, s.pictZWJ = false, false
	}
	s.odd = class == classRegional && (begins || !s.odd)
	s.prev, s.inside = class, true
	return begins
}

// breaks applies the rules GB3 to GB13 between the last character and the next.
func (s *segmenter) breaks(next breakClass) bool {
	switch {
	case s.prev == classCR && next == classLF:
		return false
	case s.prev <= classControl && s.prev != classOther, next <= classControl && next != classOther:
		return true
	case next == classExtend, next == classZWJ, next == classSpacingMark, s.prev == classPrepend:
		return false
	case s.prev == classL && (next == classL || next == classV || next == classLV || next == classLVT),
		(s.prev == classV || s.prev == classLV) && (next == classV || next == classT),
		(s.prev == classT || s.prev == classLVT) && next == classT:
		return false
	case s.pictZWJ && next == classPictograph, s.odd && next == classRegional:
		return false
	}
	return true
}

// simpleRune reports characters of the scripts that nearly all texts are written
// in, of which each is a cluster whatever comes before, a Prepend aside.
func simpleRune(r rune) bool {
	return r >= ' ' && r < 0x7f || r >= 0xaf && r < 0x300 || r >= 0x370 && r < 0x483 || r >= 0x48a && r < 0x591
}

// classOf is the class of a character.
func classOf(r rune) breakClass {
	switch {
	case r == '\r':
		return classCR
	case r == '\n':
		return classLF
	case r == 0xa9, r == 0xae:
		return classPictograph
	case simpleRune(r):
		return classOther
	case r == 0x200d:
		return classZWJ
	case r >= 0x1100 && r < 0x1200, r >= 0xa960 && r < 0xa97d, r >= 0xac00 && r < 0xd7fc:
		return hangul(r)
	case r >= 0x1f1e6 && r <= 0x1f1ff:
		return classRegional
	case r >= 0x1f3fb && r <= 0x1f3ff:
		return classExtend
	case unicode.Is(pictographs, r):
		return classPictograph
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend):
		return classExtend
	case unicode.Is(prepended, r):
		return classPrepend
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp), r >= 0xe0000 && r < 0xe1000, r == 0x2065, r >= 0xfff0 && r <= 0xfff8:
		return classControl
	case r == 0xe33, r == 0xeb3, unicode.Is(unicode.Mc, r) && !unicode.Is(loneMarks, r):
		return classSpacingMark
	}
	return classOther
}

// hangul tells the jamo and the syllables apart (Hangul_Syllable_Type).
func hangul(r rune) breakClass {
	switch {
	case r < 0x1160, r >= 0xa960 && r < 0xa97d:
		return classL
	case r < 0x11a8, r >= 0xd7b0 && r <= 0xd7c6:
		return classV
	case r < 0x1200, r >= 0xd7cb:
		return classT
	case r >= 0xd7a4:
		return classOther
	case (r-0xac00)%28 == 0:
		return classLV
	}
	return classLVT
}

// clusterCount counts user-perceived characters. It may stop when it has
// counted enough of them, where enough is above zero.
func clusterCount(s string, enough int) int {
	if enough <= 0 {
		enough = len(s)
	}
	var seg segmenter
	n, plain := 0, false // plain: the character before needs no state
	for i := 0; i < len(s) && n < enough; {
		r, size := plainAt(s, i)
		if size > 0 && (plain || seg.prev != classPrepend) {
			i, n, plain = i+size, n+1, true
			continue
		}
		if plain {
			seg, plain = segmenter{inside: true}, false
		}
		if size == 0 {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if seg.begins(r) {
			n++
		}
		i += size
	}
	return n
}

// plainAt reads a printable ASCII character or a letter of basic Cyrillic, which
// are plain; size is 0 for all others.
func plainAt(s string, i int) (r rune, size int) {
	switch c := s[i]; {
	case c >= ' ' && c < 0x7f:
		return rune(c), 1
	case (c == 0xd0 || c == 0xd1) && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
		return rune(c&0x1f)<<6 | rune(s[i+1]&0x3f), 2
	}
	return 0, 0
}
