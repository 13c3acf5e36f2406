package filter

import "testing"

// TestSpellings: ё is yo in Uzbek and е in Russian, and ц may be written s.
func TestSpellings(t *testing.T) {
	var x text
	for _, c := range []struct{ keyword, text, seen string }{
		{"пиёз", "Piyozdan 20 tonna", "Piyozdan"},
		{"пиёз", "ПИЁЗ бор", "ПИЁЗ"},
		{"пиёз", "пиез бор", "пиез"},
		{"piyoz", "20 тонна пиёздан", "пиёздан"},
		{"Пийоз", "пиёз", "пиёз"},
		{"ёғоч", "yogʻochga", "yogʻochga"},
		{"ёғоч", "yog'och", "yog'och"},
		{"yogʻoch", "ёғоч", "ёғоч"},
		{"yogʻ", "ўсимлик ёғ", "ёғ"},
		{"самолёт", "самолет", "самолет"},
		{"самолет", "самолёт", "самолёт"},
		{"Королёв", "Королев", "Королев"},
		{"цемент", "20 tonna sement", "sement"},
		{"цемент", "tsementdan", "tsementdan"},
		{"цемент", "ЦЕМЕНТ", "ЦЕМЕНТ"},

		{"yogʻ", "эг", ""},
		{"yol", "эл", ""},
		{"yoʻl", "ёл", ""},
		{"цех", "сех", ""},
	} {
		x.fold(c.text)
		if seen := wordList([]string{c.keyword}).messageKeyword(&x); seen != c.seen {
			t.Errorf("%q in %q: saw %q, want %q", c.keyword, c.text, seen, c.seen)
		}
	}
}
