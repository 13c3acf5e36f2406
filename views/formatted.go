package views

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// formatted is a text with its formats, for where line ends count. It is written here
// and not in a template, which would put spaces between the parts.
func formatted(ctx context.Context, text string, fs domain.Formats) templ.Component {
	w := formatWriter{ctx: ctx, units: utf16.Encode([]rune(text))}
	w.write(0, len(w.units), fs)
	return templ.Raw(w.out.String()) // nothing got there that is not escaped
}

// formatWriter writes HTML.
type formatWriter struct {
	ctx   context.Context
	units []uint16 // of the text
	out   strings.Builder
}

// write writes the units of [from, to) with the formats that begin there. Where two
// cross each other the second one is cut in two: elements may only lie in each other.
func (w *formatWriter) write(from, to int, fs domain.Formats) {
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
		w.plain(from, begin)
		w.open(f)
		w.write(begin, end, within)
		w.close(f, begin, end)
		from, fs = end, after
	}
	w.plain(from, to)
}

func (w *formatWriter) plain(from, to int) {
	w.text(string(utf16.Decode(w.units[from:to])))
}

func (w *formatWriter) text(s string) { w.out.WriteString(templ.EscapeString(ui.VisibleText(s))) }

// formatElements are the elements that show a format by themselves; the others are
// spans that the style sheet knows by their kind.
var formatElements = map[domain.FormatKind]string{
	domain.FormatBold: "strong", domain.FormatItalic: "em", domain.FormatUnderline: "u", domain.FormatStrike: "s",
	domain.FormatCode: "code", domain.FormatPre: "code", domain.FormatLink: "a",
}

func formatElement(k domain.FormatKind) string {
	if name, ok := formatElements[k]; ok {
		return name
	}
	return "span"
}

func (w *formatWriter) open(f domain.Format) {
	w.out.WriteString("<" + formatElement(f.Kind))
	switch f.Kind {
	case domain.FormatLink:
		w.attribute("href", string(templ.URL(f.URL)))
		w.attribute("rel", "noopener noreferrer nofollow")
		w.attribute("target", "_blank")
	case domain.FormatPre:
		w.attribute("data-format", string(f.Kind))
		if f.Language != "" {
			w.attribute("title", ui.Visible(f.Language))
		}
	case domain.FormatSpoiler:
		w.attribute("data-format", string(f.Kind))
		w.attribute("title", locale.T(w.ctx, "campaign.text.spoiler"))
	case domain.FormatQuote:
		w.attribute("data-format", string(f.Kind))
	}
	w.out.WriteString(">")
}

func (w *formatWriter) attribute(name, value string) {
	w.out.WriteString(" " + name + `="` + templ.EscapeString(value) + `"`)
}

// close ends a format. Behind the words of a link stands where they lead, unless they
// say so themselves.
func (w *formatWriter) close(f domain.Format, begin, end int) {
	w.out.WriteString("</" + formatElement(f.Kind) + ">")
	if f.Kind == domain.FormatLink && string(utf16.Decode(w.units[begin:end])) != f.URL {
		w.out.WriteString(` <span data-format="address">(`)
		w.text(f.URL)
		w.out.WriteString(")</span>")
	}
}
