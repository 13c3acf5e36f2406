package domain

import (
	"strings"
	"unicode"
)

// The joiners of Persian words and of emoji, and the selectors between the two ways
// to show a sign.
const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
	asText             = '\uFE0E'
	asEmoji            = '\uFE0F'
)

// hasHidden reports whether something in a name has no place there: control
// characters, line ends, what works unseen, such as a change of direction, and what
// shows nothing, such as a filler, or a joiner that joins nothing.
func hasHidden(name []rune) bool {
	for i, r := range name {
		switch r {
		case zeroWidthJoiner, zeroWidthNonJoiner:
			if !joins(name, i) {
				return true
			}
		case asText, asEmoji:
			if !selects(name, i) {
				return true
			}
		default:
			if filler(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector) {
				return true
			}
		}
	}
	return false
}

// filler reports whether a character takes room, or none, and shows nothing, though
// it is a letter, a mark or a sign to Unicode.
func filler(r rune) bool {
	return r == '\u2800' || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) // Braille without a dot
}

// joins reports whether the joiner at i stands between letters that it may change,
// or, one that joins, between emoji (https://www.unicode.org/reports/tr51/#Emoji_ZWJ_Sequences).
func joins(name []rune, i int) bool {
	if i == 0 || i == len(name)-1 {
		return false
	}
	before, after := name[i-1], name[i+1]
	if unicode.In(before, joined...) && unicode.In(after, joined...) {
		return true
	}
	for at := i - 1; at > 0 && (before == asEmoji || modifier(before)); at-- {
		before = name[at-1]
	}
	return name[i] == zeroWidthJoiner && pictured(before) && pictured(after)
}

// joined are the scripts whose words are written with joiners.
var joined = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
	unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
}

// selects reports whether the selector at i stands behind a sign that has two forms:
// a picture, or the digit of a keycap.
func selects(name []rune, i int) bool {
	if i == 0 {
		return false
	}
	keycap := strings.ContainsRune("0123456789#*", name[i-1]) && i < len(name)-1 && name[i+1] == '\u20E3'
	return keycap || pictured(name[i-1]) || strings.ContainsRune("‼⁉ℹ〰", name[i-1])
}

// pictured reports whether a character may be an emoji.
func pictured(r rune) bool {
	return unicode.Is(unicode.So, r) || r >= '\u2190' && unicode.Is(unicode.Sm, r)
}

// modifier reports whether it is a colour of skin.
func modifier(r rune) bool { return r >= '\U0001F3FB' && r <= '\U0001F3FF' }
