package bot

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"postix/domain"
	"postix/views/ui"
)

// aside is what [isolate] adds, in UTF-16 units.
const aside = 2

// rich is a campaign's text with its formats as a part of a message: as much of its
// beginning as has no more than that many UTF-16 units where it is shown. rest is what
// is left, with its formats.
func rich(text string, fs domain.Formats, most int) (out, rest string, left domain.Formats) {
	turned := strings.ContainsFunc(text, rightToLeft)
	if turned {
		most -= aside
	}
	w := richWriter{shown: shownUnits(text)}
	end, cut := 0, len(text)
	for i, r := range text {
		if most -= domain.TextUnits(w.shown[end]); most < 0 {
			cut = i
			break
		}
		end += utf16.RuneLen(r)
	}
	w.write(0, end, fs)
	for _, f := range fs {
		if over := f.Offset + f.Length - max(f.Offset, end); over > 0 {
			f.Offset, f.Length = max(f.Offset-end, 0), over
			left = append(left, f)
		}
	}
	out = w.out.String()
	if turned {
		out = isolate(out)
	}
	return out, text[cut:], left
}

// shownUnits is how each UTF-16 unit of a text is shown: what is unseen takes several.
// Of a character of two units the first one shows it, and the second one nothing. How
// a character is shown may depend on those before it, whatever formats they have.
func shownUnits(text string) (shown []string) {
	text = string([]rune(text)) // each broken byte is one character
	left := ui.VisibleText(text)
	for i, r := range text {
		first, n := utf8.DecodeRuneInString(left)
		switch {
		case r == '\r' && strings.HasPrefix(text[i+1:], "\n"): // of two that end a line the second one stays
			n = 0
		case first != r && first == '⟨': // its number stands there instead
			n = strings.IndexRune(left, '⟩') + len("⟩")
		}
		shown = append(shown, left[:n])
		if utf16.RuneLen(r) == 2 {
			shown = append(shown, "")
		}
		left = left[n:]
	}
	return shown
}

// richWriter writes the tags of
// https://core.telegram.org/bots/api#html-style.
type richWriter struct {
	shown []string // of each unit of the text
	out   strings.Builder
}

// write writes the units of [from, to) with the formats that begin there. Where two
// cross each other the second one is cut in two: tags may only lie in each other.
func (w *richWriter) write(from, to int, fs domain.Formats) {
	for len(fs) > 0 {
		f := fs[0]
		begin, end := max(f.Offset, from), min(f.Offset+f.Length, to)
		if begin >= end {
			fs = fs[1:]
			continue
		}
		var within, after domain.Formats
		for _, g := range fs[1:] {
			if g.Offset < end {
				within = append(within, g)
			}
			if over := g.Offset + g.Length - max(g.Offset, end); over > 0 {
				g.Offset, g.Length = max(g.Offset, end), over
				after = append(after, g)
			}
		}
		slices.SortStableFunc(after, func(a, b domain.Format) int {
			return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
		})
		opening, closing := richTags(f)
		w.plain(from, begin)
		w.out.WriteString(opening)
		w.write(begin, end, within)
		w.out.WriteString(closing)
		from, fs = end, after
	}
	w.plain(from, to)
}

func (w *richWriter) plain(from, to int) {
	w.out.WriteString(html.EscapeString(strings.Join(w.shown[from:to], "")))
}

// richNames are the tags of the formats that need nothing else.
var richNames = map[domain.FormatKind]string{
	domain.FormatBold: "b", domain.FormatItalic: "i", domain.FormatUnderline: "u", domain.FormatStrike: "s",
	domain.FormatSpoiler: "tg-spoiler", domain.FormatCode: "code", domain.FormatQuote: "blockquote",
}

func richTags(f domain.Format) (opening, closing string) {
	switch f.Kind {
	case domain.FormatLink:
		return `<a href="` + html.EscapeString(f.URL) + `">`, "</a>"
	case domain.FormatPre:
		if f.Language != "" {
			return `<pre><code class="language-` + html.EscapeString(f.Language) + `">`, "</code></pre>"
		}
		return "<pre>", "</pre>"
	}
	n, known := richNames[f.Kind]
	if !known {
		return "", ""
	}
	return "<" + n + ">", "</" + n + ">"
}
