package views

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Letters whose place in the alphabet is not that of their code, as something
// that has this place: ё follows е, and the last letters of the Uzbek alphabets
// follow я and z.
var (
	letterPlaces = strings.NewReplacer("ё", "е\u0450", "ў", "\u0460a", "қ", "\u0460b", "ғ", "\u0460c", "ҳ", "\u0460d")
	uzbekPlaces  = strings.NewReplacer("oʻ", "{a", "o‘", "{a", "o'", "{a", "gʻ", "{b", "g‘", "{b", "g'", "{b", "sh", "{c", "ch", "{d")
)

// alphabetically puts words into the order in which a reader of the language
// looks for them: first those of his own script, then those of others, last
// flags and signs.
func alphabetically(words []string, lang string) []string {
	type word struct {
		text, key string
		class     int
	}
	cyrillic := lang == "ru" || lang == "uz-Cyrl"
	sorted := make([]word, len(words))
	for i, w := range words {
		key := letterPlaces.Replace(strings.ToLower(w))
		if lang == "uz" {
			key = uzbekPlaces.Replace(key)
		}
		sorted[i] = word{w, key, wordClass(w, cyrillic)}
	}
	slices.SortStableFunc(sorted, func(a, b word) int {
		return cmp.Or(cmp.Compare(a.class, b.class), strings.Compare(a.key, b.key))
	})
	out := make([]string, len(sorted))
	for i, w := range sorted {
		out[i] = w.text
	}
	return out
}

// wordClass is 0 for a word in the reader's script, 1 for one in another, 2 for
// what begins with no letter.
func wordClass(w string, cyrillic bool) int {
	first, _ := utf8.DecodeRuneInString(w)
	switch {
	case !unicode.IsLetter(first):
		return 2
	case unicode.Is(unicode.Cyrillic, first) == cyrillic && unicode.In(first, unicode.Cyrillic, unicode.Latin):
		return 0
	}
	return 1
}
