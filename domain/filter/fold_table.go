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

// char is a character's place in the folded alphabet. out is one or two of
// a-z; c stands for ch, w for sh, j for zh and dzh, and q, x, y are not used.
type char struct {
	class  charClass
	script uint8 // scripts it may belong to
	upper  bool
	n      uint8
	out    [2]byte
	other  byte // what it is in the other script that has this shape; 0 for the same
	gap    gap
}

const (
	latin    uint8 = 1 << iota
	cyrillic       // a letter of Cyrillic
	twin           // its shape stands in the other script too
	softC          // Latin c, which h makes into ch
)

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
	latinTwins    = map[rune]byte{'c': 's', 'p': 'r', 'y': 'u', 'B': 'v', 'H': 'n', 'a': 0, 'e': 0, 'o': 0, 'x': 0, 'K': 0, 'M': 0, 'T': 0, 'i': 0, 'k': 0}
	cyrillicTwins = map[rune]byte{'с': 'k', 'р': 'p', 'у': 'i', 'В': 'b', 'Н': 'h', 'а': 0, 'е': 0, 'о': 0, 'х': 0, 'К': 0, 'М': 0, 'Т': 0, 'і': 0, 'к': 0}
	// Greek capitals and the like, taken as the Latin letters they look like.
	borrowed = map[rune]rune{
		'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T',
		'Υ': 'Y', 'Χ': 'X', 'α': 'a', 'ο': 'o', 'ν': 'v', 'ρ': 'p', 'κ': 'k', 'ι': 'i',
		'ɑ': 'a', 'ʙ': 'b', 'ɢ': 'g', 'ʜ': 'h', 'ɪ': 'i', 'ʟ': 'l', 'ɴ': 'n', 'ʀ': 'r', 'ʏ': 'y', 'ǫ': 'q', 'ʰ': 'h', 'ʲ': 'j',
		'ʳ': 'r', 'ʷ': 'w', 'ʸ': 'y', 'ˡ': 'l', 'ˢ': 's', 'ˣ': 'x', 'º': 'o', 'ª': 'a',
	}
)

// tableSize covers Latin, Greek and Cyrillic: all that two bytes of UTF-8 or
// fewer say in these texts.
const tableSize = 0x500

var foldTable = newFoldTable()

func newFoldTable() *[tableSize]char {
	t := new([tableSize]char)
	for r := range rune(tableSize) {
		t[r] = char{class: isGap, gap: gapOf(r)}
		switch {
		case r >= '0' && r <= '9':
			t[r] = char{class: isDigit}
		case unicode.Is(unicode.Mn, r) || r == 0xad || r == 0x34f:
			t[r] = char{class: isSkip}
		case isApostropheRune(r):
			t[r] = char{class: isApostrophe}
		}
	}
	fillRows(t, latinRows, latin)
	fillRows(t, cyrillicRows, cyrillic)
	t['c'] = char{class: isLetter, script: latin | softC, n: 1, out: [2]byte{'k'}}
	t['C'] = char{class: isLetter, script: latin | softC, upper: true, n: 1, out: [2]byte{'k'}}
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
	return t
}

func fillRows(t *[tableSize]char, rows map[string]string, script uint8) {
	for out, letters := range rows {
		c := char{class: isLetter, script: script, n: uint8(len(out))}
		copy(c.out[:], out)
		for _, r := range letters {
			c.upper = false
			t[r] = c
			if u := unicode.ToUpper(r); u != r && u < tableSize {
				c.upper = true
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
