package bot

import (
	"html"
	"strings"
	"unicode/utf16"

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
	w := richWriter{shown: ui.VisibleUnits(text)}
	end, cut := 0, len(text)
	for i, r := range text {
		if most -= domain.TextUnits(w.shown[end]); most < 0 {
			cut = i
			break
		}
		end += utf16.RuneLen(r)
	}
	fs.Nest(0, end, w.plain, w.open, w.end)
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

// richWriter writes the tags of
// https://core.telegram.org/bots/api#html-style.
type richWriter struct {
	shown []string // of each unit of the text
	out   strings.Builder
}

func (w *richWriter) plain(from, to int) {
	w.out.WriteString(html.EscapeString(strings.Join(w.shown[from:to], "")))
}

func (w *richWriter) open(f domain.Format) {
	opening, _ := richTags(f)
	w.out.WriteString(opening)
}

func (w *richWriter) end(f domain.Format) {
	_, closing := richTags(f)
	w.out.WriteString(closing)
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
