package bot

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode/utf16"

	"postix/domain"
	"postix/views/ui"
)

// rich is a campaign's text with its formats as a part of a message: as much of its
// beginning as has no more than that many UTF-16 units. rest is what is left, with its
// formats.
func rich(text string, fs domain.Formats, most int) (out, rest string, left domain.Formats) {
	begin, _ := cutUnits(text, most)
	for over := units(esc(begin)) - most; over > 0; over = units(esc(begin)) - most {
		begin, _ = cutUnits(begin, domain.TextUnits(begin)-max(1, over/8)) // a unit shows as seven at the most
	}
	w := richWriter{units: utf16.Encode([]rune(begin))}
	end := len(w.units)
	w.write(0, end, fs)
	for _, f := range fs {
		if over := f.Offset + f.Length - max(f.Offset, end); over > 0 {
			f.Offset, f.Length = max(f.Offset-end, 0), over
			left = append(left, f)
		}
	}
	return isolate(w.out.String()), text[len(begin):], left
}

// richWriter writes the tags of
// https://core.telegram.org/bots/api#html-style.
type richWriter struct {
	units []uint16 // of the text
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
	w.out.WriteString(html.EscapeString(ui.VisibleText(string(utf16.Decode(w.units[from:to])))))
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
