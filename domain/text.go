package domain

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxText is the longest text of one message, in UTF-16 units, as Telegram
// counts (config message_length_max).
const MaxText = 4096

// TextUnits is the length of a text in UTF-16 units.
func TextUnits(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// lineEnds makes every line end \n.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// CleanText is a text as it will be sent: line ends are \n, the space around it
// is gone (Telegram drops it too). It refuses an empty, a too long and a broken
// one.
func CleanText(s string) (string, error) {
	s = strings.TrimSpace(lineEnds.Replace(s))
	switch {
	case strings.TrimFunc(s, invisible) == "":
		return "", E(Invalid, "text.empty").On("text")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return "", E(Invalid, "text.broken").On("text")
	}
	if n := TextUnits(s); n > MaxText {
		return "", E(Invalid, "text.long", "Units", n, "Max", MaxText).On("text")
	}
	return s, nil
}

// invisible reports whether a character shows nothing by itself: Telegram calls
// a text of only these empty.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// CleanName is a name that people give: trimmed, one line, 1 to max runes. It
// refuses what nobody sees and what turns the direction of writing, since two
// names would look alike; joiners and variation selectors stay where they do
// something (emoji, Persian and Indic words).
func CleanName(s, field string, max int) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.ValidString(s) && strings.TrimFunc(s, blank) == "" {
		return "", E(Invalid, "name.empty").On(field)
	}
	if !utf8.ValidString(s) || hasHidden([]rune(s)) {
		return "", E(Invalid, "name.hidden").On(field)
	}
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > max {
		return "", E(Invalid, "name.long", "Max", max).On(field)
	}
	return s, nil
}

// blank reports whether a character shows nothing when it stands alone. The
// fillers are letters and signs to Unicode; marks need a letter below them.
func blank(r rune) bool { return filler(r) || invisible(r) || unicode.Is(unicode.M, r) }

// CleanEmail is an address in lower case. It checks for one @ between two parts
// of characters that one sees, and nothing else: only a delivered mail proves more.
func CleanEmail(s string) (string, error) {
	whole := utf8.ValidString(s)
	s = strings.ToLower(strings.TrimSpace(s))
	name, host, ok := strings.Cut(s, "@")
	switch {
	case !whole || !ok || name == "" || host == "" || len(s) > longestEmail || strings.Contains(host, "@"),
		strings.ContainsAny(s, "<>\"'\\"),
		strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.C, unicode.Z) || blank(r) }):
		return "", E(Invalid, "email.format").On("email")
	}
	return s, nil
}
