package domain

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// FormatKind is one of the ways in which a part of a text can be shown.
type FormatKind string

// The kinds of formats. A spoiler is hidden until one presses it; a link leads to its
// URL; pre is code in lines of its own.
const (
	FormatBold      FormatKind = "bold"
	FormatItalic    FormatKind = "italic"
	FormatUnderline FormatKind = "underline"
	FormatStrike    FormatKind = "strike"
	FormatSpoiler   FormatKind = "spoiler"
	FormatCode      FormatKind = "code"
	FormatPre       FormatKind = "pre"
	FormatLink      FormatKind = "link"
	FormatQuote     FormatKind = "quote"
)

// FormatKinds lists all.
var FormatKinds = []FormatKind{
	FormatBold, FormatItalic, FormatUnderline, FormatStrike, FormatSpoiler, FormatCode, FormatPre, FormatLink, FormatQuote,
}

// Format is one part of a text that is shown in a way of its own. Offset and Length
// are in UTF-16 units, as Telegram counts
// (https://core.telegram.org/api/entities#entity-length).
type Format struct {
	Kind           FormatKind
	Offset, Length int
	URL            string // of a link only
	Language       string // of a pre only, may be empty
}

// Formats are those of one text, by their beginning, the longer one first. They may
// lie in each other.
type Formats []Format

// Limits of formats.
const (
	MaxFormats  = 100 // of one message (https://limits.tginfo.me); more than that Telegram refuses or drops
	maxLink     = 2048
	maxLanguage = 64
)

// CleanFormatted is [CleanText] of a text with its formats, which move along; of one
// that lies in what is left out nothing stays. No formats (nil) stay none. It refuses
// formats that no message can have: too many (format.many), those of an unknown kind
// or beyond the text (format.broken), and links that lead elsewhere than to the web
// (format.link).
func CleanFormatted(text string, formats Formats) (string, Formats, error) {
	clean, err := CleanText(text)
	if err != nil || formats == nil {
		return clean, nil, err
	}
	if len(formats) > MaxFormats {
		return "", nil, E(Invalid, "format.many", "Count", len(formats), "Max", MaxFormats).On("text")
	}
	to := unitsAfter(text, clean)
	out := make(Formats, 0, len(formats))
	for _, f := range formats {
		if f, err = f.clean(to); err != nil {
			return "", nil, err
		}
		if f.Length > 0 {
			out = append(out, f)
		}
	}
	out.sort()
	return clean, out, nil
}

// inside is where a unit of a text goes that is the second half of a character:
// nothing begins or ends before it.
const inside = -1

// unitsAfter says of each unit of a text, and of its end, where it stands after
// [CleanText].
func unitsAfter(text, clean string) []int {
	short := lineEnds.Replace(text)
	at, end := TextUnits(strings.TrimLeftFunc(short, unicode.IsSpace))-TextUnits(short), TextUnits(clean)
	to := make([]int, 0, len(text)+1)
	for i, r := range text {
		to = append(to, min(max(at, 0), end))
		if utf16.RuneLen(r) == 2 {
			to = append(to, inside)
			at++
		}
		if r != '\r' || !strings.HasPrefix(text[i+1:], "\n") { // of two that end a line the second one stays
			at++
		}
	}
	return append(to, end)
}

// clean is the format where the units have moved to, with nothing that its kind does
// not have. Its Length is 0 when nothing of it is left.
func (f Format) clean(to []int) (Format, error) {
	broken := E(Invalid, "format.broken").On("text")
	last := len(to) - 1
	if !slices.Contains(FormatKinds, f.Kind) || f.Offset < 0 || f.Length <= 0 || f.Offset > last || f.Length > last-f.Offset {
		return f, broken
	}
	from, end := to[f.Offset], to[f.Offset+f.Length]
	if from == inside || end == inside {
		return f, broken
	}
	out := Format{Kind: f.Kind, Offset: from, Length: end - from}
	switch f.Kind {
	case FormatLink:
		if !webLink(f.URL) {
			return f, E(Invalid, "format.link").On("text")
		}
		out.URL = f.URL
	case FormatPre:
		if len(f.Language) > maxLanguage || !utf8.ValidString(f.Language) || strings.ContainsFunc(f.Language, unseen) {
			return f, broken
		}
		out.Language = f.Language
	}
	return out, nil
}

// webLink reports whether an address leads to a page of the web: http or https, and
// no other. What tg: and the schemes of other programs do happens inside the reader's
// own Telegram or device, such as signing somebody in, and no page tells beforehand.
// Nor may it hold a name before the host, which reads as if that were the host.
func webLink(s string) bool {
	if len(s) > maxLink || !utf8.ValidString(s) || strings.ContainsFunc(s, unseen) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// unseen reports whether a character shows nothing, or only a gap.
func unseen(r rune) bool { return unicode.In(r, unicode.C, unicode.Z) }

// Nest goes through the units of a text from one place to another: plain is told the
// parts that nothing begins or ends in, open and end where each format does. What was
// opened last ends first. Of two formats that cross each other the second one is
// therefore cut in two, and what lies beyond to is cut off.
func (fs Formats) Nest(from, to int, plain func(from, to int), open, end func(Format)) {
	for len(fs) > 0 {
		f := fs[0]
		begins, ends := max(f.Offset, from), min(f.Offset+f.Length, to)
		if begins >= ends {
			fs = fs[1:]
			continue
		}
		f.Offset, f.Length = begins, ends-begins
		var within, after Formats
		for _, g := range fs[1:] {
			if g.Offset < ends {
				within = append(within, g)
			}
			if over := g.Offset + g.Length - max(g.Offset, ends); over > 0 {
				g.Offset, g.Length = max(g.Offset, ends), over
				after = append(after, g)
			}
		}
		after.sort()
		plain(from, begins)
		open(f)
		within.Nest(begins, ends, plain, open, end)
		end(f)
		from, fs = ends, after
	}
	plain(from, to)
}

func (fs Formats) sort() {
	slices.SortStableFunc(fs, func(a, b Format) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
	})
}
