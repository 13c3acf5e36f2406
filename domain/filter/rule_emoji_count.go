package filter

import (
	"unicode"
	"unicode/utf8"
)

const (
	textStyle  = 0xfe0e // the variation selector for text
	emojiStyle = 0xfe0f // the variation selector for an emoji
	keycapSign = 0x20e3
)

// emoji counts the emoji of a folded text where they may be at least so many; a
// result below that only says so.
func (t *text) emoji(threshold int) int {
	if t.pictured < threshold {
		return t.pictured
	}
	return emojiCount(t.raw, enough)
}

// emojiCount counts emoji as UTS #51 shows them: a sequence with joiners, a
// flag, a keycap and a skin tone with its base are one each. A character that
// is text unless told otherwise (© ™ ↔ ☎ ⚖ 🅰) counts with the variation
// selector behind it, as phones type it. Telegram draws some of them (☎ ⚖ ✔) as
// emoji without it too; those are left to UTS #51, for of the texts known to us
// none is judged otherwise by counting them. It may stop at enough, where that is
// above zero: a result below enough is exact.
func emojiCount(s string, enough int) int {
	n := 0
	for i := 0; i < len(s) && (enough <= 0 || n < enough); {
		for i < len(s) && !mayBeEmoji[s[i]] {
			i++
		}
		if i == len(s) {
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		emoji := false
		switch {
		case r == keycapSign:
			emoji = keycapBase(s[:i])
		case regional(r):
			if next, more := utf8.DecodeRuneInString(s[i+size:]); regional(next) {
				emoji, size = true, size+more
			}
		case skinTone(r): // with no base
			emoji = true
		case unicode.Is(pictographs, r):
			emoji, size = emojiSequence(s[i:])
		}
		if emoji {
			n++
		}
		i += size
	}
	return n
}

// mayBeEmoji tells by the first byte of a character whether to look closer.
var mayBeEmoji = func() (t [256]bool) {
	for _, b := range []byte("\xc2\xe2\xe3\xf0") {
		t[b] = true
	}
	return t
}()

func regional(r rune) bool { return r >= regionalA && r <= regionalZ }

func skinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// keycapBase reports that what stands before a keycap sign makes one with it.
func keycapBase(before string) bool {
	r, size := utf8.DecodeLastRuneInString(before)
	if r == emojiStyle {
		r, _ = utf8.DecodeLastRuneInString(before[:len(before)-size])
	}
	return r >= '0' && r <= '9' || r == '#' || r == '*'
}

// emojiSequence measures the cluster that begins with a pictograph and says
// whether it shows as an emoji.
func emojiSequence(s string) (emoji bool, size int) {
	var seg segmenter
	for size < len(s) {
		r, n := utf8.DecodeRuneInString(s[size:])
		if seg.begins(r) && size > 0 {
			break
		}
		switch {
		case r == emojiStyle, skinTone(r), size > 0 && seg.prev == classPictograph:
			emoji = true
		case unicode.Is(emojiPresentation, r):
			next, _ := utf8.DecodeRuneInString(s[size+n:])
			emoji = emoji || next != textStyle
		}
		size += n
	}
	return emoji, size
}
