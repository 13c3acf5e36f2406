package filter

import "unicode/utf8"

// text is a message's text folded once, for all rules: its words in one small
// alphabet in which Uzbek Latin, Uzbek Cyrillic and Russian spellings, styled
// letters and look-alikes are the same. It is scratch: folding again reuses it.
type text struct {
	raw   string
	words []word
	buf   []byte // the words' folded letters
	units []unit // what the lexicon made of the words
}

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

// folding is the state of one pass.
type folding struct {
	t       *text
	w       word
	open    bool
	gap     gap
	gapFrom int
	scripts uint8
	marks   uint8 // softC of the letter before
	letters int
	lower   bool // the letter before was a small one
	digit   byte // the only character of the gap, when it is a digit
}

// fold resets t and fills it with s.
func (t *text) fold(s string) {
	t.raw, t.words, t.buf, t.units = s, t.words[:0], t.buf[:0], t.units[:0]
	f := folding{t: t, gap: gapLine}
	for i := 0; i < len(s); {
		size := 1
		var c *char
		var rare char
		switch b := s[i]; {
		case b < utf8.RuneSelf:
			c = &foldTable[b]
		case b >= 0xc2 && b < 0xd4 && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
			c, size = &foldTable[rune(b&0x1f)<<6|rune(s[i+1]&0x3f)], 2
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			rare = charOf(r)
			c = &rare
		}
		switch c.class {
		case isLetter:
			f.letter(c, i, i+size)
		case isSkip:
			f.scripts |= c.script
		case isApostrophe:
			if !f.open {
				f.space(gapPoint)
			}
		case isDigit:
			f.close()
			f.space(gapDigit)
			f.digit = s[i]
		case isFlag:
			size += f.flag(i, i+size)
		default:
			f.close()
			f.space(c.gap)
		}
		i += size
	}
	f.close()
	t.joinSpelled()
}

// letter takes one letter, which may begin a word.
func (f *folding) letter(c *char, start, end int) {
	t := f.t
	if f.open && c.upper && f.lower && f.letters >= 3 && nextIsSmall(t.raw[end:]) {
		f.close()
		f.space(gapCase)
	}
	if !f.open {
		f.w = word{start: start, from: len(t.buf), gap: f.gap}
		if f.gap == gapDigit && start == f.gapFrom+1 {
			f.w.glue = digitLetter(f.digit)
		}
		f.open, f.scripts, f.marks, f.letters = true, 0, 0, 0
	}
	f.w.end = end
	f.scripts |= c.script &^ softC
	t.buf = appendLetter(t.buf, f.w.from, c.out[0], f.marks)
	if c.n == 2 {
		t.buf = appendLetter(t.buf, f.w.from, c.out[1], 0)
	}
	f.marks = c.script & softC
	f.lower = !c.upper
	f.letters++
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
	if !f.open {
		return
	}
	f.open, f.gap, f.gapFrom, f.digit = false, 0, f.w.end, 0
	if f.scripts&(latin|cyrillic) == latin|cyrillic && f.scripts&twin != 0 && !twoParts(f.t.raw[f.w.start:f.w.end]) {
		f.t.buf = refold(f.t.buf[:f.w.from], f.t.raw[f.w.start:f.w.end])
	}
	f.w.to, f.w.letters = len(f.t.buf), f.letters
	f.t.words = append(f.t.words, f.w)
}

// space adds a character to the gap after the word before.
func (f *folding) space(g gap) {
	if f.gap&gapSpace != 0 && g == gapSpace {
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
	if second < regionalA || second > regionalZ {
		f.gap |= gapMark
		return 0
	}
	first, _ := utf8.DecodeRuneInString(t.raw[start:])
	from := len(t.buf)
	t.buf = append(t.buf, byte('a'+first-regionalA), byte('a'+second-regionalA))
	t.words = append(t.words, word{start: start, end: end + size, from: from, to: from + 2, gap: f.gap, flag: true})
	f.gap, f.gapFrom = gapMark, end+size
	return size
}

// twoParts reports whether a word is a stem in one script with an ending in the
// other ("Москваdan"): there every letter is what it seems.
func twoParts(s string) bool {
	var run [2]int
	part, before := 0, uint8(0)
	for _, r := range s {
		c := charOf(r)
		if c.class != isLetter {
			continue
		}
		script := c.script & (latin | cyrillic)
		if before != 0 && script != before {
			part++
		}
		if part > 1 {
			return false
		}
		before = script
		run[part]++
	}
	return run[0] >= 3 && run[1] >= 2 && run[1] <= 5
}

// refold folds a word of both scripts: a letter whose shape stands in both is
// read in the script of those that stand in one only.
func refold(buf []byte, s string) []byte {
	var sure [latin | cyrillic + 1]int
	for _, r := range s {
		if c := charOf(r); c.class == isLetter && c.script&twin == 0 {
			sure[c.script&(latin|cyrillic)]++
		}
	}
	script := cyrillic
	if sure[latin] > sure[cyrillic] {
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

func charOf(r rune) char {
	if r < tableSize {
		return foldTable[r]
	}
	return rareChar(r)
}

// nextIsSmall reports whether a text begins with a small letter.
func nextIsSmall(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	c := charOf(r)
	return c.class == isLetter && !c.upper
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
