package filter

import "unicode"

// What a character is to the folding.
type charClass uint8

const (
	isGap    charClass = iota // separates words; gap says how
	isLetter                  // out says what it becomes
	isDigit
	isSkip       // shows nothing: zero-width, combining marks, the hard and soft signs
	isApostrophe // dropped inside a word, a gap outside
	isFlag       // a regional indicator, half a flag
)

// char is all that the one pass over a text wants to know of a character. Its
// place in the folded alphabet, out, is one or two of a-z; c stands for ch, w for
// sh, j for zh and dzh, and q, x, y are not used.
type char struct {
	class    charClass
	script   uint8 // scripts it may belong to, and what kind of letter it is
	simple   byte  // what it becomes, of a letter that becomes one and counts as one; 0 for all others
	n        uint8
	other    byte // what it is in the other script that has this shape; 0 for the same
	out      [2]byte
	gap      gap
	look     look
	kept     uint8 // the bytes of compared that a comparison keeps: all or none
	compared rune  // what is compared of it when texts are, see comparedRune
}

const (
	latin    uint8 = 1 << iota
	cyrillic       // a letter of Cyrillic
	twin           // its shape stands in the other script too
	softC          // Latin c, which h makes into ch
	upper          // a capital
)

// look is what a character is to the measures of a text.
type look uint8

const (
	visible  look = 1 << iota // not blank
	joining                   // it may be no user-perceived character of its own
	pictured                  // an emoji, a part of one, or one in some texts
	unseen                    // shows nothing by itself: it parts no digits
)

// size of a compared character in text.plain.
const comparedSize = 4

// measure fills in what the measures of a text want to know of the character.
func (c *char) measure(r rune) {
	c.look, c.kept, c.simple, c.compared = 0, 0, 0, comparedRune(r)
	if c.compared != 0 {
		c.kept = comparedSize
	}
	if !blankRune(r) {
		c.look |= visible
	}
	switch classOf(r) {
	case classOther, classLF, classControl, classPictograph:
	default:
		c.look |= joining
	}
	if regional(r) || skinTone(r) || r == keycapSign || unicode.Is(pictographs, r) {
		c.look |= pictured
	}
	if r >= 0x300 && r < 0x370 || unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
		c.look |= unseen
	}
	if c.class == isLetter && c.n == 1 && c.look == visible {
		c.simple = c.out[0]
	}
}

// The rows of the table: characters, and what they become.
var (
	latinRows = map[string]string{
		"a": "aàáâãäåāăą", "b": "b", "k": "kq", "d": "dďđ", "e": "eèéêëēĕėęěəǝ", "f": "f", "g": "gğĝġģ",
		"h": "hxħĥ", "i": "iyìíîïīĭįıýÿ", "j": "jžźż", "l": "lłľĺļ", "m": "m", "n": "nñńņňŋ",
		"o": "oòóôõöøōŏő", "p": "p", "r": "rŕřŗ", "s": "sśß", "t": "tţťț", "u": "uùúûüūŭůűų", "v": "v",
		"w": "wşšșŝ", "z": "z", "c": "çčćĉ",
	}
	cyrillicRows = map[string]string{
		"a": "аәӑӓ", "b": "б", "v": "в", "g": "гғґӷ", "d": "д", "e": "еёэєѐ", "j": "жҗӂ", "z": "зҙ", "i": "иійыїѝ",
		"k": "кқҝҡ", "l": "л", "m": "м", "n": "нңҥ", "o": "оөўӧ", "p": "п", "r": "р", "s": "сҫ", "t": "т",
		"u": "уұүӯ", "f": "ф", "h": "хҳһ", "ts": "ц", "c": "чҷҹ", "w": "шщ", "iu": "ю", "ia": "я",
	}
	// Letters of one shape in both scripts whose sounds differ. Those with the
	// same sound need nothing but the mark.
	latinTwins    = map[rune]byte{'c': 's', 'p': 'r', 'y': 'u', 'u': 'i', 'B': 'v', 'H': 'n', 'a': 0, 'e': 0, 'o': 0, 'x': 0, 'K': 0, 'M': 0, 'T': 0, 'i': 0, 'k': 0}
	cyrillicTwins = map[rune]byte{'с': 'k', 'р': 'p', 'у': 'i', 'В': 'b', 'Н': 'h', 'а': 0, 'е': 0, 'о': 0, 'х': 0, 'К': 0, 'М': 0, 'Т': 0, 'і': 0, 'к': 0}
	// Greek capitals and the like, taken as the Latin letters they look like.
	borrowed = map[rune]rune{
		'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T',
		'Υ': 'Y', 'Χ': 'X', 'α': 'a', 'ο': 'o', 'ν': 'v', 'ρ': 'p', 'κ': 'k', 'ι': 'i',
		'ɑ': 'a', 'ʙ': 'b', 'ɢ': 'g', 'ʜ': 'h', 'ɪ': 'i', 'ʟ': 'l', 'ɴ': 'n', 'ʀ': 'r', 'ʏ': 'y', 'ǫ': 'q', 'ʰ': 'h', 'ʲ': 'j',
		'ʳ': 'r', 'ʷ': 'w', 'ʸ': 'y', 'ˡ': 'l', 'ˢ': 's', 'ˣ': 'x', 'º': 'o', 'ª': 'a',
	}
)

// tableSize covers all that two bytes of UTF-8 or fewer say, which is nearly all
// of these texts.
const tableSize = 0x800

var foldTable = newFoldTable()

func newFoldTable() (t [tableSize]char) {
	for r := range rune(tableSize) {
		t[r] = signChar(r)
	}
	fillRows(&t, latinRows, latin)
	fillRows(&t, cyrillicRows, cyrillic)
	t['c'] = char{class: isLetter, script: latin | softC, n: 1, out: [2]byte{'k'}}
	t['C'] = char{class: isLetter, script: latin | softC | upper, n: 1, out: [2]byte{'k'}}
	t['İ'] = t['I']
	for _, r := range "ьъЬЪ" {
		t[r] = char{class: isSkip, script: cyrillic}
	}
	for r, as := range borrowed {
		t[r] = t[as]
	}
	for _, twins := range []map[rune]byte{latinTwins, cyrillicTwins} {
		for r, other := range twins {
			for _, c := range []rune{r, unicode.ToUpper(r)} {
				t[c].script |= twin
				t[c].other = other
			}
		}
	}
	for r := range rune(tableSize) {
		t[r].measure(r)
	}
	return t
}

func fillRows(t *[tableSize]char, rows map[string]string, script uint8) {
	for out, letters := range rows {
		c := char{class: isLetter, script: script, n: uint8(len(out))}
		copy(c.out[:], out)
		for _, r := range letters {
			c.script &^= upper
			t[r] = c
			if u := unicode.ToUpper(r); u != r && u < tableSize {
				c.script |= upper
				t[u] = c
			}
		}
	}
}

func isApostropheRune(r rune) bool {
	switch r {
	case '\'', '`', '´', 'ʹ', 'ʻ', 'ʼ', 'ʽ', 'ʾ', 'ʿ', 'ˈ', 'ˊ', 'ˋ', '‘', '’', '‛', '′', '＇', 'ꞌ':
		return true
	}
	return false
}
