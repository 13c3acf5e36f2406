package bot

import (
	"strings"
	"testing"

	"postix/domain"
	"postix/views/ui"
)

// every is a format at each so many units of a text.
func every(step, length, count int) (fs domain.Formats) {
	for i := range count {
		fs = append(fs, domain.Format{Kind: domain.FormatBold, Offset: step * i, Length: length})
	}
	return fs
}

// TestRichKeepsItsLength: each part is as long as it may be and no longer, wherever
// the formats begin and end, and all parts together show the whole text.
func TestRichKeepsItsLength(t *testing.T) {
	t.Parallel()
	family := strings.Repeat("👨‍👩‍👧", 511) // 8 units each
	for name, c := range map[string]struct {
		text string
		fs   domain.Formats
		same bool // parts begin anew with characters that do not depend on those before
	}{
		"formats within emoji":       {family, every(8, 2, 100), false},
		"formats from a joiner on":   {family, every(8, 1, 100)[1:], false},
		"formats of half characters": {family, every(3, 2, 100), false},
		"a half format":              {strings.Repeat("🚛", 2000), every(2, 1, 100), true},
		"unseen":                     {wide(domain.MaxText), every(40, 3, 100), true},
		"tags":                       {strings.Repeat("<&>\"", 1024), every(3, 2, 100), true},
		"from right to left":         {strings.Repeat("אב ", 1300), every(4, 3, 100), true},
		"brackets":                   {strings.Repeat("⟨a⟩\u202e⟩", 800), every(5, 2, 100), true},
		"lines":                      {strings.Repeat("a\r\n\tb\r\r\n\x00", 500), every(4, 3, 100), true},
		"broken":                     {strings.Repeat("a\xff\xfeb", 1000), every(3, 2, 100), true},
	} {
		for _, most := range []int{mostUnits - spare, 700, 100} {
			var all strings.Builder
			parts := 0
			for text, fs := c.text, c.fs; text != ""; parts++ {
				part, rest, left := rich(text, fs, most)
				n := units(part)
				if n > most || n < most-aside-7 && rest != "" { // no character shows longer
					t.Fatalf("%s: a part of %d units instead of %d", name, n, most)
				}
				if len(rest) >= len(text) {
					t.Fatalf("%s: no end at %d units", name, most)
				}
				if strings.Count(part, "<b>") != strings.Count(part, "</b>") {
					t.Fatalf("%s: tags are cut", name)
				}
				all.WriteString(strings.Trim(bare(part), "\u2068\u2069"))
				text, fs = rest, left
			}
			want := ui.VisibleText(string([]rune(c.text)))
			got := all.String()
			if !c.same { // a joiner that a part begins with shows as its number
				want, got = strings.ReplaceAll(want, "⟨200D⟩", "\u200d"), strings.ReplaceAll(got, "⟨200D⟩", "\u200d")
			}
			if got != want {
				t.Errorf("%s: %d parts of %d units do not show the text", name, parts, most)
			}
		}
	}
}
