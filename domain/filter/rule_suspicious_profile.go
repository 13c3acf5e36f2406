package filter

import (
	"slices"
	"sort"
	"unicode"
)

// ProfileLimits are the least counts at which a username with a full name is
// suspicious; zero switches a trait off. One character of an unusual script is
// always enough.
type ProfileLimits struct {
	Length    int `json:"length"`     // user-perceived characters
	Repeated  int `json:"repeated"`   // the same character in a row
	Emoji     int `json:"emoji"`      // emoji
	NoLetters int `json:"no_letters"` // characters without a letter among them
}

// DefaultProfileLimits are the limits of a new organization.
func DefaultProfileLimits() ProfileLimits {
	return ProfileLimits{Length: 100, Repeated: 10, Emoji: 15, NoLetters: 10}
}

// The traits of a suspicious profile, as a hit names them.
const (
	TraitLong          = "long"
	TraitRepeated      = "repeated"
	TraitUnusualScript = "unusual_script"
	TraitEmoji         = "emoji"
	TraitNoLetters     = "no_letters"
)

// suspiciousProfile looks at the username and the full name of a sender, the
// first and the last name with a space between. It returns the first trait that
// reaches its limit, in the order of the traits, with what was counted, and ""
// for none.
func suspiciousProfile(m *Message, limits ProfileLimits) (trait string, n int) {
	parts := [...]string{m.Username, m.FirstName, m.LastName}
	if ordinary(&parts, limits) {
		return "", 0
	}
	length, emoji, repeated, unusual, letters := 0, 0, 0, 0, false
	if m.FirstName != "" && m.LastName != "" {
		length++
	}
	for _, s := range &parts {
		length += clusterCount(s, 0)
		emoji += emojiCount(s, 0)
		repeated = max(repeated, longestRepeat(s))
		unusual += unusualCount(s)
		letters = letters || hasLetter(s)
	}
	reached := func(n, limit int) bool { return limit > 0 && n >= limit }
	switch {
	case reached(length, limits.Length):
		return TraitLong, length
	case reached(repeated, limits.Repeated):
		return TraitRepeated, repeated
	case unusual > 0:
		return TraitUnusualScript, unusual
	case reached(emoji, limits.Emoji):
		return TraitEmoji, emoji
	case !letters && reached(length, limits.NoLetters):
		return TraitNoLetters, length
	}
	return "", 0
}

// ordinary tells quickly that no trait is possible: names are short, and most
// are a few plain letters.
func ordinary(parts *[3]string, limits ProfileLimits) bool {
	size, letter := 1, false
	for _, s := range parts {
		size += len(s)
		run, before := 0, rune(0)
		for i := 0; i < len(s); {
			r, n := plainAt(s, i)
			if n == 0 {
				return false
			}
			letter = letter || n == 2 || asciiLetter(byte(r))
			if run++; r != before {
				run, before = 1, r
			}
			if limits.Repeated > 0 && run >= limits.Repeated {
				return false
			}
			i += n
		}
	}
	return (letter || size < limits.NoLetters) && (limits.Length <= 0 || size < limits.Length)
}

// longestRepeat is the length of the longest row of one user-perceived
// character.
func longestRepeat(s string) int {
	var seg segmenter
	longest, run, start, before := 0, 0, 0, ""
	for i, r := range s {
		if seg.begins(r) && i > 0 {
			run, before = repeat(run, before, s[start:i])
			longest, start = max(longest, run), i
		}
	}
	if s != "" {
		run, _ = repeat(run, before, s[start:])
	}
	return max(longest, run)
}

// repeat continues a row with one more cluster.
func repeat(run int, before, cluster string) (n int, last string) {
	if cluster != before {
		run = 0
	}
	return run + 1, cluster
}

// hasLetter reports a letter that can be seen.
func hasLetter(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !blankRune(r) {
			return true
		}
	}
	return false
}

// unusualCount counts the characters of scripts that nobody here writes his
// name in.
func unusualCount(s string) int {
	n := 0
	for _, r := range s {
		if r < 0x700 || r >= 0x2000 && r < 0x2c00 || r >= 0x1d400 && r < 0x20000 {
			continue // the scripts of most names, signs, stylised letters, emoji
		}
		if i := sort.Search(len(unusual), func(i int) bool { return unusual[i].hi >= r }); i < len(unusual) && unusual[i].lo <= r {
			n++
		}
	}
	return n
}

type runeRange struct{ lo, hi rune }

// unusual holds all scripts but those in which living people commonly write: the
// recommended ones of UAX #31, table 5. What is left is cuneiform, hieroglyphs,
// runes and other dead scripts, and rare ones that serve as ornament here.
var unusual = func() []runeRange {
	usual := wordSet("Common Inherited Arabic Armenian Bengali Bopomofo Braille Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hangul Han Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan")
	var all []runeRange
	for name, t := range unicode.Scripts {
		if usual[name] {
			continue
		}
		for _, r := range t.R16 {
			all = appendRange(all, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			all = appendRange(all, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(all, func(a, b runeRange) int { return int(a.lo - b.lo) })
	return all
}()

func appendRange(to []runeRange, lo, hi, stride rune) []runeRange {
	if stride == 1 {
		return append(to, runeRange{lo, hi})
	}
	for r := lo; r <= hi; r += stride {
		to = append(to, runeRange{r, r})
	}
	return to
}
