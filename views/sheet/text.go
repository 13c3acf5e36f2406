package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"postix/views/ui"
)

// safe makes a text harmless: what cannot be seen in it is shown, and where a
// program could take it for a formula an apostrophe stands before it. That holds
// in a workbook too: there text is text, but not any more when somebody saves the
// workbook as CSV and opens that.
func safe(s string) string {
	s = ui.VisibleText(s)
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\n") {
		return "'" + s
	}
	// Blanks before it may be cut off, and some programs accept the wide forms.
	seen := strings.TrimLeftFunc(s, unicode.IsSpace)
	if first, _ := utf8.DecodeRuneInString(seen); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
