package views

import (
	"context"
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
	w := formatWriter{ctx: ctx, units: utf16.Encode([]rune(text)), shown: ui.VisibleUnits(text)}
	fs.Nest(0, len(w.units), w.plain, w.open, w.close)
	return templ.Raw(w.out.String()) // nothing got there that is not escaped
}

// formatWriter writes HTML.
type formatWriter struct {
	ctx   context.Context
	units []uint16 // of the text
	shown []string // of each of them
	out   strings.Builder
}

func (w *formatWriter) plain(from, to int) {
	w.out.WriteString(templ.EscapeString(strings.Join(w.shown[from:to], "")))
}

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
func (w *formatWriter) close(f domain.Format) {
	w.out.WriteString("</" + formatElement(f.Kind) + ">")
	if f.Kind == domain.FormatLink && string(utf16.Decode(w.units[f.Offset:f.Offset+f.Length])) != f.URL {
		w.out.WriteString(` <span data-format="address">(` + templ.EscapeString(ui.VisibleText(f.URL)) + ")</span>")
	}
}
