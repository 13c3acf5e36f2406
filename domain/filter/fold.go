package filter

import (
	"encoding/binary"
	"unicode/utf8"
)

// text is a message's text after the one pass over it: its words in one small
// alphabet in which Uzbek Latin, Uzbek Cyrillic and Russian spellings, styled
// letters and look-alikes are the same; what is compared of it when texts are; and
// what was counted on the way. It is scratch: folding again reuses it.
type text struct {
	raw      string
	words    []word
	buf      []byte    // the words' folded letters
	units    []unit    // what the lexicon made of the words
	plain    []byte    // plainHead free bytes, then the characters that are compared, comparedSize bytes each
	run      *digitRun // scratch of the search for phones
	digitsAt []int     // where digits begin in raw, of any kind that phones are made of
	measures
}

// plainHead is room in text.plain for what is hashed with the text.
const plainHead = 8

// word is a run of letters, or a flag.
type word struct {
	start, end int // in raw
	from, to   int // in buf; for a flag the two letters of its country, a-z
	gap        gap // what stands between the word before and this one
	letters    int
	glue       byte // the letter that a digit between the word before and this one may stand for, 0 for none
	flag       bool
	spelled    bool // made of letters that stand apart, "M o s k v a"
}

// folding is the state of the words in the one pass.
type folding struct {
	t       *text
	buf     []byte // t.buf
	w       *word  // the newest, in t.words, where it is filled in
	last    byte   // its last folded letter, 0 where none is open
	gap     gap
	gapFrom int
	scripts uint8
	before  uint8 // the script of the letter before
	letters int
	singles int  // words of one letter
	digit   byte // the only character of the gap, when it is a digit
}

// fold resets t and fills it with s. This is the one pass over a text, in which
// each character is decoded once and looked up once: its row in the table says
// what it is to the words, to the comparison and to the measures. Nearly all
// characters have one or two bytes and are letters inside a word, and these
// take the shortest way.
func (t *text) fold(s string) {
	t.raw, t.words, t.units, t.digitsAt = s, t.words[:0], t.units[:0], t.digitsAt[:0]
	f := folding{t: t, buf: t.buf[:0], gap: gapLine}
	var m measuring
	plain, kept := t.roomForPlain(len(s)), plainHead
	digitEnd := -1
	var rare char
	for i := 0; i < len(s); {
		c, size := &rare, 1
		switch b := s[i]; {
		case b < utf8.RuneSelf:
			c = &foldTable[b]
		case b >= 0xc2 && b < 0xe0 && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
			c, size = &foldTable[rune(b&0x1f)<<6|rune(s[i+1]&0x3f)], 2
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			rare = charOf(r)
		}
		binary.LittleEndian.PutUint32(plain[kept:], uint32(c.compared))
		kept += int(c.kept)
		if f.continues(c) {
			i += size
			f.add(c, i)
			continue
		}
		m.add(c.look)
		switch c.class {
		case isLetter:
			f.letter(c, i, i+size)
		case isSkip:
			f.scripts |= c.script
			if c.compared == keycapSign && keycapBase(s[:i]) {
				kept -= 2 * comparedSize // the digit before and this make an emoji
			}
		case isApostrophe:
			if f.last == 0 {
				f.space(gapPoint)
			}
		case isDigit:
			f.close()
			f.space(c.gap)
			if i != digitEnd {
				t.digitsAt = append(t.digitsAt, i)
			}
			m.digits++
			for ; i+size < len(s) && s[i+size]-'0' <= 9; size++ { // the digits behind it say nothing new
				binary.LittleEndian.PutUint32(plain[kept:], uint32(s[i+size]))
				kept += comparedSize
				f.gap |= gapDigit
				m.digits++
			}
			f.digit = s[i+size-1]
			digitEnd = i + size
		case isFlag:
			size += f.flag(i, i+size)
		default:
			f.close()
			f.space(c.gap)
			if c.gap == gapLine {
				m.endLine(s, i, i+size)
			}
		}
		i += size
	}
	f.close()
	t.buf, t.plain, t.measures = f.buf, plain[:kept], m.done(s)
	if f.singles >= spelledLetters {
		t.joinSpelled()
	}
}

// drawn says of the letter of the open word, 0 for none, which may not simply
// follow it: those that appendLetter draws together with it, and 0. Without an
// open word these are all.
var drawn = func() (t [32]uint32) {
	t[0] = 1<<32 - 1
	for c := byte('a'); c <= 'z'; c++ {
		t[c&31] = 1 | 1<<(c&31)
	}
	for _, pair := range [...]string{"gh", "kh", "sh", "zh", "dj", "ie"} {
		t[pair[0]&31] |= 1 << (pair[1] & 31)
	}
	return t
}()

// continues reports a letter that continues the open word and becomes one letter.
func (f *folding) continues(c *char) bool {
	return drawn[f.last&31]>>(c.simple&31)&1 == 0 && c.script&^f.before&upper == 0
}

// add appends such a letter.
func (f *folding) add(c *char, end int) {
	f.buf = append(f.buf, c.simple)
	f.last, f.before = c.simple, c.script
	f.scripts |= c.script
	f.w.end = end
	f.letters++
}

// letter takes any letter, which may begin a word.
func (f *folding) letter(c *char, start, end int) {
	if f.last != 0 && c.script&upper != 0 && f.before&upper == 0 && f.letters >= 3 && nextIsSmall(f.t.raw[end:]) {
		f.close()
		f.space(gapCase)
	}
	if f.last == 0 {
		f.begin(start)
	}
	f.w.end = end
	f.scripts |= c.script
	f.buf = appendLetter(f.buf, f.w.from, c.out[0], f.before&softC)
	if c.n == 2 {
		f.buf = appendLetter(f.buf, f.w.from, c.out[1], 0)
	}
	f.last, f.before = f.buf[len(f.buf)-1], c.script
	f.letters++
}

// begin opens a word.
func (f *folding) begin(start int) {
	f.t.words = append(f.t.words, word{})
	f.w = &f.t.words[len(f.t.words)-1]
	f.w.start, f.w.from, f.w.gap = start, len(f.buf), f.gap
	if start == f.gapFrom+1 {
		f.w.glue = f.glue()
	}
	f.scripts, f.before, f.letters = 0, 0, 0
}

// appendLetter adds a letter to the word that begins at from and draws together
// what is one sound: ch, sh, zh, kh, gh, dzh, a letter twice, ye at the start.
func appendLetter(buf []byte, from int, c byte, before uint8) []byte {
	if len(buf) == from {
		return append(buf, c)
	}
	last := len(buf) - 1
	p := buf[last]
	switch {
	case p == c, p == 'g' && c == 'h':
		return buf
	case c == 'h' && before&softC != 0:
		c = 'c'
	case c == 'h' && p == 's':
		c = 'w'
	case c == 'h' && p == 'z', c == 'j' && p == 'd':
		c = 'j'
	case c == 'h' && p == 'k':
	case c == 'e' && p == 'i' && last == from:
	default:
		return append(buf, c)
	}
	if last > from && buf[last-1] == c {
		return buf[:last]
	}
	buf[last] = c
	return buf
}

// close ends the word that is open, if any.
func (f *folding) close() {
	if f.last != 0 {
		f.end()
	}
}

func (f *folding) end() {
	f.last, f.gap, f.gapFrom, f.digit = 0, 0, f.w.end, 0
	if f.scripts&(latin|cyrillic) == latin|cyrillic && f.scripts&twin != 0 && !twoParts(f.t.raw[f.w.start:f.w.end]) {
		f.buf = refold(f.buf[:f.w.from], f.t.raw[f.w.start:f.w.end])
	}
	f.w.to, f.w.letters = len(f.buf), f.letters
	if f.letters == 1 {
		f.singles++
	}
}

// space adds a character to the gap after the word before.
func (f *folding) space(g gap) {
	if f.gap&g&gapSpace != 0 {
		g |= gapWide
	}
	f.gap |= g
}

// flag takes a regional indicator and, if another follows, that too; it gives
// the size of the second.
func (f *folding) flag(start, end int) int {
	f.close()
	t := f.t
	second, size := utf8.DecodeRuneInString(t.raw[end:])
	if !regional(second) {
		f.gap |= gapMark
		return 0
	}
	first, _ := utf8.DecodeRuneInString(t.raw[start:])
	from := len(f.buf)
	f.buf = append(f.buf, byte('a'+first-regionalA), byte('a'+second-regionalA))
	t.words = append(t.words, word{start: start, end: end + size, from: from, to: from + 2, gap: f.gap, flag: true})
	f.gap, f.gapFrom = gapMark, end+size
	return size
}

// twoParts reports whether a word is a stem in one script with an ending in the
// other ("Москваdan"): there every letter is what it seems.
func twoParts(s string) bool {
	var run [2]int
	part, before, split := 0, uint8(0), 0
	for i, r := range s {
		c := charOf(r)
		if c.class != isLetter {
			continue
		}
		script := c.script & (latin | cyrillic)
		if before != 0 && script != before {
			part++
			split = i
		}
		if part > 1 {
			return false
		}
		before = script
		run[part]++
	}
	if run[0] < 3 && !isCode(s[:split]) || run[1] < 2 || run[1] > 5 {
		return false
	}
	var b [2 * endingMax]byte
	return plainEnding(refold(b[:0], s[split:])) != noEnding
}

// refold folds a word that may be of both scripts: a letter whose shape stands in both is
// read in the script of those that stand in one only.
func refold(buf []byte, s string) []byte {
	var sure [latin | cyrillic + 1]int
	var all uint8
	for _, r := range s {
		c := charOf(r)
		if c.class != isLetter {
			continue
		}
		all |= c.script & (latin | cyrillic)
		if c.script&twin == 0 {
			sure[c.script&(latin|cyrillic)]++
		}
	}
	script := cyrillic
	if sure[latin] > sure[cyrillic] || all == latin {
		script = latin
	}
	from, marks := len(buf), uint8(0)
	for _, r := range s {
		c := charOf(r)
		if c.class != isLetter {
			continue
		}
		out := c.out[0]
		foreign := c.script&twin != 0 && c.script&script == 0
		if foreign && c.other != 0 {
			out = c.other
		}
		buf = appendLetter(buf, from, out, marks)
		if c.n == 2 {
			buf = appendLetter(buf, from, c.out[1], 0)
		}
		marks = c.script & softC
		if foreign {
			marks = 0
			if r == 'с' || r == 'С' {
				marks = softC
			}
		}
	}
	return buf
}

// nextIsSmall reports whether a text begins with a small letter.
func nextIsSmall(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	c := charOf(r)
	return c.class == isLetter && c.script&upper == 0
}

// glue is the letter that the one character of the gap may stand for, 0 for none.
func (f *folding) glue() byte {
	switch f.gap {
	case gapDigit:
		return digitLetter(f.digit)
	case gapPoint | gapAt:
		return 'a'
	}
	return 0
}

// digitLetter is the letter that a digit inside a word stands for, 0 for none.
func digitLetter(d byte) byte {
	switch d {
	case '0':
		return 'o'
	case '1':
		return 'i'
	case '3':
		return 'z'
	case '4':
		return 'c'
	case '6':
		return 'b'
	}
	return 0
}
