package filter

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// sForTsMin is the length of the shortest word that is also sought with s for ts:
// short ones become other words.
const sForTsMin = 5

// otherSpellings gives the folded forms of a name besides that of foldName, which
// takes ё for e as Russian does: in Uzbek ё is yo ("пиёз", piyoz), and ц is s to
// many ("цемент", sement).
func otherSpellings(name string) []string {
	lower := strings.ToLower(name)
	forms := []string{strings.ReplaceAll(lower, "ё", "йо"), yoAsOne(lower)}
	if utf8.RuneCountInString(lower) >= sForTsMin && strings.Contains(lower, "ц") {
		for _, form := range append(forms, lower) {
			forms = append(forms, strings.ReplaceAll(form, "ц", "с"))
		}
	}
	own := foldName(name)
	var others []string
	for _, form := range forms {
		if folded := foldName(form); folded != own && !slices.Contains(others, folded) {
			others = append(others, folded)
		}
	}
	return others
}

// yoAsOne writes yo with one letter, in the script that it stands in. Before an
// apostrophe it is no ё ("yoʻl" is "йўл").
func yoAsOne(lower string) string {
	s := strings.ReplaceAll(lower, "йо", "ё")
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "yo")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if r, _ := utf8.DecodeRuneInString(rest); isApostropheRune(r) {
			b.WriteString("yo")
		} else {
			b.WriteString("ë") // Latin, so that the word stays of one script
		}
		s = rest
	}
}
