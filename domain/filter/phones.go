package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPhones bounds what one text may yield: a stranger's text must not fill the
// counters by itself.
const maxPhones = 16

// appendPhones appends the phone numbers of a folded text to dst in E.164, in
// the order of the text, each once, at most maxPhones of them.
//
// Digits of every script count, also in circles, in keycaps and in mathematical
// letters; superscripts do not (m³). A number with a country's code may be
// grouped in any way, a local Uzbek one needs a code in use and a grouping that
// people write. Sums, cards, dates, coordinates, plates, ids and what stands in
// links are no phones.
func (t *text) appendPhones(dst []string) []string {
	if t.digits < minPhoneDigits-mostLetters {
		return dst
	}
	if t.run == nil {
		t.run = new(digitRun)
	}
	run, seen, end := t.run, len(dst), 0
	for _, i := range t.digitsAt {
		if i < end {
			continue
		}
		if len(dst)-seen == maxPhones {
			break
		}
		end = run.read(t.raw, i)
		if run.total >= minPhoneDigits {
			dst = run.appendPhones(dst, seen+maxPhones)
			if run.n == len(run.groups) {
				end = run.rest(end)
			}
		}
	}
	return dst
}

// minPhoneDigits is the length of the shortest number looked for: "+" and a
// country's code may make it longer, never shorter.
const minPhoneDigits = 8

// digitRun is a stretch of text made of digits and of what may stand between
// the digits of a number.
type digitRun struct {
	text   string
	groups [mostGroups]digitGroup
	n      int // groups in use
	total  int // digits in them
	found  [mostGroups]phoneMatch
}

const mostGroups = 24

// digitGroup is digits with nothing between them.
type digitGroup struct {
	start, end int                // in the text
	digits     [maxE164 + 1]uint8 // '0' to '9'; what does not fit is only counted
	n          int
	letters    int   // how many of the digits are written as letters: 9O for 90
	gap        joint // what stands between the group before and this one
	plus       bool
	taken      bool // part of a phone, or of something that is known not to be one
}

// maxE164 is the most digits a number has with its country's code (ITU-T E.164).
const maxE164 = 15

// joint is the set of what stands between two groups.
type joint uint16

const (
	jointSpace joint = 1 << iota
	jointDash
	jointDot
	jointBracket
	jointOther // _ ~ • and the like
	jointComma
	jointColon
	jointSlash
	jointStar
	jointSymbol // an emoji, an arrow
	jointLine   // a line break

	jointPlain = jointSpace | jointDash | jointDot | jointBracket | jointOther
	jointAny   = jointPlain | jointComma | jointColon | jointSlash | jointStar | jointSymbol
)

// maxGap is the most characters between two groups of one number.
const maxGap = 8

// read fills the run from the digit at i on and returns where it ended.
func (d *digitRun) read(text string, i int) int {
	d.text, d.n, d.total = text, 0, 0
	i = d.readGroup(i, 0)
	for d.n < len(d.groups) {
		next, gap, ok := d.readGap(i)
		if !ok {
			break
		}
		i = d.readGroup(next, gap)
	}
	return i
}

// rest is where to read on after a run that was full: behind its last phone, but
// no more groups are read twice than one number may have.
func (d *digitRun) rest(end int) int {
	k := d.n
	for k > d.n/2 && !d.groups[k-1].taken {
		k--
	}
	if k == d.n {
		return end
	}
	return d.groups[k].start
}

// readGroup adds the group that starts at i and returns its end. A letter that
// looks like a digit is one where no other letter touches it.
func (d *digitRun) readGroup(i int, before joint) int {
	g := &d.groups[d.n]
	*g = digitGroup{start: i, end: i, gap: before, plus: plusBefore(d.text, i)}
	letters := 0 // after the last digit: digits too, unless a letter follows
	for i < len(d.text) {
		if c := d.text[i] - '0'; c <= 9 { // as below, for nearly all
			g.add(letters, int(c))
			i++
			g.n, g.letters, g.end, letters = g.n+letters+1, g.letters+letters, i, 0
			continue
		}
		r, size := rune(d.text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(d.text[i:])
		} else if lookalike(r) < 0 { // nothing of ASCII joins
			if asciiLetter(d.text[i]) {
				letters = 0
			}
			break
		}
		if v := digitOf(r); v >= 0 {
			g.add(letters, v)
			g.n, g.letters, letters = g.n+letters+1, g.letters+letters, 0
			g.end = i + size
		} else if v := lookalike(r); v >= 0 {
			g.add(letters, v)
			letters++
		} else if !joins(r) {
			if unicode.IsLetter(r) {
				letters = 0
			}
			break
		}
		i += size
	}
	if letters > 0 {
		g.n, g.letters, g.end = g.n+letters, g.letters+letters, i
	}
	d.n, d.total = d.n+1, d.total+g.n
	return g.end
}

// add puts a digit behind those that count and the letters behind them.
func (g *digitGroup) add(letters, v int) {
	if at := g.n + letters; at < len(g.digits) {
		g.digits[at] = '0' + uint8(v)
	}
}

// readGap passes what stands after a group and returns where the next one
// starts; ok is false where none follows.
func (d *digitRun) readGap(i int) (next int, g joint, ok bool) {
	for n := 0; i < len(d.text) && n < maxGap; {
		if d.text[i] == ' ' {
			g |= jointSpace
			n++
			i++
			continue
		}
		if d.text[i]-'0' <= 9 {
			return i, g, true
		}
		r, size := utf8.DecodeRuneInString(d.text[i:])
		if digitOf(r) >= 0 {
			return i, g, true
		}
		if lookalike(r) >= 0 {
			// A letter begins a group only before a digit: 90 l23 45 67.
			after, _ := utf8.DecodeRuneInString(d.text[i+size:])
			return i, g, digitOf(after) >= 0 || threeZeros(d.text[i:])
		}
		if !joins(r) {
			kind := jointOf(r)
			if kind == 0 || kind == jointLine && g&jointLine != 0 {
				return i, g, false // a blank line ends everything
			}
			g |= kind
			n++
		}
		if r == '\r' && i+1 < len(d.text) && d.text[i+1] == '\n' {
			size++
		}
		i += size
	}
	return i, g, false
}

// threeZeros reports a group of three letters for zeros before another group: 90
// OOO 12 34.
func threeZeros(s string) bool {
	for range 3 {
		r, size := utf8.DecodeRuneInString(s)
		if lookalike(r) != 0 {
			return false
		}
		s = s[size:]
	}
	return len(s) > 1 && strings.IndexByte(" -.", s[0]) >= 0 && s[1]-'0' <= 9
}

// jointOf says what a character between two groups is, 0 for one that ends the
// number.
func jointOf(r rune) joint {
	switch r {
	case ' ', '\t':
		return jointSpace
	case '-':
		return jointDash
	case '.', '．':
		return jointDot
	case '(', ')', '[', ']', '{', '}', '（', '）':
		return jointBracket
	case '_', '~', '\'', '"', '`', '+', '=', '!', ';', '·', '•', '‧', '∙', '⋅', '․', '…', '’', '‘', '′', '＿', '＋':
		return jointOther
	case ',', '，':
		return jointComma
	case ':', '：':
		return jointColon
	case '/', '\\', '|', '／':
		return jointSlash
	case '*':
		return jointStar
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return jointLine
	}
	switch {
	case r < 0xa0:
		return 0
	case unicode.Is(unicode.Zs, r):
		return jointSpace
	case r == '−', unicode.Is(unicode.Pd, r):
		return jointDash
	case r >= 0x2190 && r < 0x2c00, r >= 0x1f000 && r < 0x1fb00:
		return jointSymbol
	}
	return 0
}

// joins reports characters that show nothing by themselves and may stand inside
// a group: zero-width ones, direction marks, what makes a keycap of a digit.
func joins(r rune) bool { return charOf(r).look&unseen != 0 }

// digitOf is the value of a digit of any script, -1 for anything else.
func digitOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < 0x660 || charOf(r).class != isDigit:
		return -1
	}
	return digitValue(r)
}

// digitValue is digitOf without the tables, which are made by it.
func digitValue(r rune) int {
	switch {
	case r >= 0x2190 && r < 0x2c00: // ① ⓵ ❶ ➀ ➊ and their zeros
		return circled(r)
	case r == 0x1f10b, r == 0x1f10c:
		return 0
	case !unicode.Is(unicode.Nd, r):
		return -1
	}
	// Every script has its ten in a row, and the table's ranges begin with zero.
	for _, t := range unicode.Nd.R16 {
		if lo, hi := rune(t.Lo), rune(t.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo, hi := rune(t.Lo), rune(t.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10
		}
	}
	return -1
}

func circled(r rune) int {
	if r == '⓪' || r == '⓿' {
		return 0
	}
	for _, one := range [...]rune{'①', '⓵', '❶', '➀', '➊'} {
		if r >= one && r < one+9 {
			return int(r-one) + 1
		}
	}
	return -1
}

// lookalike is the digit that a letter is typed for, -1 for none.
func lookalike(r rune) int {
	switch r {
	case 'O', 'o', 'О', 'о':
		return 0
	case 'l', 'I':
		return 1
	}
	return -1
}

// plusBefore reports a plus before the group at i, also as in "+ 998", "+(998)".
func plusBefore(text string, i int) bool {
	for range 4 {
		if i > 0 && text[i-1] < utf8.RuneSelf {
			switch text[i-1] {
			case '+':
				return true
			case ' ', '(', '_':
				i--
				continue
			}
			return false
		}
		r, size := utf8.DecodeLastRuneInString(text[:i])
		switch {
		case r == '＋', r == '➕':
			return true
		case !joins(r):
			return false
		}
		i -= size
	}
	return false
}
