package filter

import "unicode"

// The characters of three bytes and more that are common: punctuation, arrows and
// signs, emoji.
const (
	firstSign, lastSign       = 0x2000, 0x2bff
	firstPicture, lastPicture = 0x1f000, 0x1faff
	firstStyle, lastStyle     = 0xfe00, 0xff5f // variation selectors, full-width letters
)

var (
	signTable    = newRareTable(firstSign, lastSign)
	pictureTable = newRareTable(firstPicture, lastPicture)
	styleTable   = newRareTable(firstStyle, lastStyle)
)

func newRareTable(first, last rune) []char {
	t := make([]char, last-first+1)
	for i := range t {
		t[i] = rareChar(first + rune(i))
	}
	return t
}

// charOf finds the row of any character.
func charOf(r rune) char {
	switch {
	case r < tableSize:
		return foldTable[r]
	case r >= firstSign && r <= lastSign:
		return signTable[r-firstSign]
	case r >= firstPicture && r <= lastPicture:
		return pictureTable[r-firstPicture]
	case r >= firstStyle && r <= lastStyle:
		return styleTable[r-firstStyle]
	}
	return rareChar(r)
}

// rareChar makes the row of a character that stands in no table.
func rareChar(r rune) char {
	c := signChar(r)
	if base := unstyle(r); base != 0 {
		c = foldTable[base]
	}
	c.measure(r)
	return c
}

// signChar is a character that is no letter of the tables: digits, marks, emoji.
func signChar(r rune) char {
	switch {
	case r >= regionalA && r <= regionalZ:
		return char{class: isFlag}
	case isApostropheRune(r):
		return char{class: isApostrophe}
	case showsNothing(r):
		return char{class: isSkip}
	case unicode.Is(unicode.Nd, r):
		return char{class: isDigit, gap: gapDigit}
	case digitValue(r) >= 0: // of phones, no neighbour of words: ❶
		return char{class: isDigit, gap: gapOf(r)}
	}
	return char{class: isGap, gap: gapOf(r)}
}

const regionalA, regionalZ = 0x1f1e6, 0x1f1ff

func showsNothing(r rune) bool {
	return r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2064 ||
		r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff || r >= 0xe0020 && r <= 0xe007f || r == 0x20e3 ||
		unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r)
}

// run is a row of styled letters that stand for consecutive plain ones.
type run struct {
	first, last, as rune
}

// styledRuns are the alphabets that people decorate names with, outside the
// mathematical block.
var styledRuns = []run{
	{0x249c, 0x24b5, 'a'},
	{0x24b6, 0x24cf, 'A'},
	{0x24d0, 0x24e9, 'a'},
	{0x2460, 0x2468, '1'},
	{0xff10, 0xff19, '0'},
	{0xff21, 0xff3a, 'A'},
	{0xff41, 0xff5a, 'a'},
	{0x1f110, 0x1f129, 'A'},
	{0x1f130, 0x1f149, 'A'},
	{0x1f150, 0x1f169, 'A'},
	{0x1f170, 0x1f189, 'A'},
}

var (
	styledFrom = []rune("ᴀᴄᴅᴇꜰᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡᴢᵃᵇᶜᵈᵉᶠᵍⁱᵏᵐⁿᵒᵖᵗᵘᵛᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂℂℍℕℙℚℝℤℎℬℰℱℋℐℒℳℛℭℌℑℜℨℯℊℴẞᎪᏴᏟᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᏃ")
	styledTo   = []rune("acdefjkmopstuvwzabcdefgikmnoptuvzABDEGHIJKLMNOPRTUVWCHNPQRZhBEFHILMRCHIRZegosABCEHJKLMPRSTVZ")
	styledOne  = pairs(styledFrom, styledTo)
)

func pairs(from, to []rune) map[rune]rune {
	m := make(map[rune]rune, len(from))
	for i, r := range from {
		m[r] = to[i]
	}
	return m
}

// unstyle gives the plain letter or digit that a styled one stands for, 0 for
// none: full-width, mathematical, circled, squared, small capitals, raised.
func unstyle(r rune) rune {
	switch {
	case r >= 0x1d400 && r <= 0x1d6a3:
		i := (r - 0x1d400) % 52
		if i < 26 {
			return 'A' + i
		}
		return 'a' + i - 26
	case r >= 0x1d7ce && r <= 0x1d7ff:
		return '0' + (r-0x1d7ce)%10
	case r >= 0x1e00 && r <= 0x1eff:
		return vietnamese(r)
	}
	for _, s := range styledRuns {
		if r >= s.first && r <= s.last {
			return s.as + r - s.first
		}
	}
	return styledOne[r]
}

// vietnamese gives the plain letter of the Latin block of letters with dots and
// two marks. Its rows are short and never needed exactly: the common ones do.
func vietnamese(r rune) rune {
	const letters = "aabbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnooooooooppppr" +
		"rrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzz"
	if i := int(r - 0x1e00); i < len(letters) {
		return rune(letters[i])
	}
	return 0
}
