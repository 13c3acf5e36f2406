package domain_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"postix/domain"
)

// shown are the units of a text that a format covers.
func shown(text string, f domain.Format) string {
	return string(utf16.Decode(utf16.Encode([]rune(text))[f.Offset : f.Offset+f.Length]))
}

func bold(offset, length int) domain.Format {
	return domain.Format{Kind: domain.FormatBold, Offset: offset, Length: length}
}

func TestCleanFormatted(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		formats domain.Formats
		clean   string
		want    domain.Formats
	}{
		"plain":                  {" Yuk bor ", nil, "Yuk bor", nil},
		"nothing to move":        {"Yuk bor", domain.Formats{bold(4, 3)}, "Yuk bor", domain.Formats{bold(4, 3)}},
		"the whole text":         {"Yuk 🚚", domain.Formats{bold(0, 6)}, "Yuk 🚚", domain.Formats{bold(0, 6)}},
		"space before":           {" \n\tYuk 🚚", domain.Formats{bold(3, 3), bold(7, 2)}, "Yuk 🚚", domain.Formats{bold(0, 3), bold(4, 2)}},
		"it begins in the space": {"  Yuk", domain.Formats{bold(1, 3)}, "Yuk", domain.Formats{bold(0, 2)}},
		"it ends in the space":   {"Yuk  ", domain.Formats{bold(2, 3)}, "Yuk", domain.Formats{bold(2, 1)}},
		"all around":             {"  Yuk  ", domain.Formats{bold(0, 7)}, "Yuk", domain.Formats{bold(0, 3)}},
		"only space":             {"  Yuk  ", domain.Formats{bold(0, 2), bold(5, 2)}, "Yuk", domain.Formats{}},
		"line ends":              {"a\r\n🚚\r\nb\rc", domain.Formats{bold(3, 2), bold(7, 1), bold(9, 1)}, "a\n🚚\nb\nc", domain.Formats{bold(2, 2), bold(5, 1), bold(7, 1)}},
		"over a line end":        {"a\r\nb", domain.Formats{bold(0, 4)}, "a\nb", domain.Formats{bold(0, 3)}},
		"half a line end":        {"a\r\nb", domain.Formats{bold(1, 1), bold(2, 1)}, "a\nb", domain.Formats{bold(1, 1)}},
		"line ends before":       {"\r\n\r\n🚚 Yuk", domain.Formats{bold(4, 2), bold(7, 3)}, "🚚 Yuk", domain.Formats{bold(0, 2), bold(3, 3)}},
		"by their beginning": {
			"abcdef",
			domain.Formats{bold(4, 1), bold(1, 2), bold(1, 4), bold(0, 1)},
			"abcdef",
			domain.Formats{bold(0, 1), bold(1, 4), bold(1, 2), bold(4, 1)},
		},
		"what the kind has": {
			"abc",
			domain.Formats{
				{Kind: domain.FormatLink, Offset: 0, Length: 1, URL: "https://a.uz/?q=1#x", Language: "go"},
				{Kind: domain.FormatPre, Offset: 1, Length: 1, URL: "tg://x", Language: "c++"},
				{Kind: domain.FormatQuote, Offset: 2, Length: 1, URL: "x", Language: "y"},
			},
			"abc",
			domain.Formats{
				{Kind: domain.FormatLink, Offset: 0, Length: 1, URL: "https://a.uz/?q=1#x"},
				{Kind: domain.FormatPre, Offset: 1, Length: 1, Language: "c++"},
				{Kind: domain.FormatQuote, Offset: 2, Length: 1},
			},
		},
		"none, though there might be": {"abc", domain.Formats{}, "abc", domain.Formats{}},
	} {
		clean, got, err := domain.CleanFormatted(c.text, c.formats)
		if err != nil || clean != c.clean || !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %q with %+v, %v", name, clean, got, err)
		}
	}
}

func TestCleanFormattedRefuses(t *testing.T) {
	link := func(url string) domain.Formats {
		return domain.Formats{{Kind: domain.FormatLink, Offset: 0, Length: 1, URL: url}}
	}
	most := slices.Repeat(domain.Formats{bold(0, 1)}, domain.MaxFormats)
	if _, _, err := domain.CleanFormatted("abc", most); err != nil {
		t.Errorf("%d of them: %v", len(most), err)
	}
	for name, c := range map[string]struct {
		text    string
		formats domain.Formats
		key     string
	}{
		"too many":                {"abc", append(most, bold(1, 1)), "format.many"},
		"unknown":                 {"abc", domain.Formats{{Kind: "custom_emoji", Offset: 0, Length: 1}}, "format.broken"},
		"no kind":                 {"abc", domain.Formats{{Offset: 0, Length: 1}}, "format.broken"},
		"before the text":         {"abc", domain.Formats{bold(-1, 2)}, "format.broken"},
		"of nothing":              {"abc", domain.Formats{bold(1, 0)}, "format.broken"},
		"backwards":               {"abc", domain.Formats{bold(2, -1)}, "format.broken"},
		"behind the text":         {"abc", domain.Formats{bold(3, 1)}, "format.broken"},
		"longer than the text":    {"🚚", domain.Formats{bold(0, 3)}, "format.broken"},
		"longer than a number is": {"abc", domain.Formats{bold(1, int(^uint(0)>>1))}, "format.broken"},
		"from half a character":   {"🚚a", domain.Formats{bold(1, 2)}, "format.broken"},
		"to half a character":     {"a🚚", domain.Formats{bold(0, 2)}, "format.broken"},
		"a language that hides":   {"abc", domain.Formats{{Kind: domain.FormatPre, Length: 1, Language: "a\nb"}}, "format.broken"},
		"a long language":         {"abc", domain.Formats{{Kind: domain.FormatPre, Length: 1, Language: strings.Repeat("a", 65)}}, "format.broken"},
		"no address":              {"abc", link(""), "format.link"},
		"no host":                 {"abc", link("https:///path"), "format.link"},
		"no scheme":               {"abc", link("a.uz"), "format.link"},
		"telegram's own":          {"abc", link("tg://login?token=x"), "format.link"},
		"a script":                {"abc", link("javascript:alert(1)"), "format.link"},
		"a script in disguise":    {"abc", link("JaVaScRiPt://a.uz/%0aalert(1)"), "format.link"},
		"data":                    {"abc", link("data:text/html,x"), "format.link"},
		"a file":                  {"abc", link("file://a/etc"), "format.link"},
		"a name before the host":  {"abc", link("https://telegram.org@a.uz/"), "format.link"},
		"a turned address":        {"abc", link("https://a.uz/\u202egro.margelet"), "format.link"},
		"a gap":                   {"abc", link("https://a.uz/ b"), "format.link"},
		"a broken address":        {"abc", link("https://a.uz/\xff"), "format.link"},
		"a long address":          {"abc", link("https://a.uz/" + strings.Repeat("a", 2048)), "format.link"},
		"no text":                 {" \n ", domain.Formats{bold(0, 1)}, "text.empty"},
		"a broken text":           {"a\xff", domain.Formats{bold(0, 1)}, "text.broken"},
		"a long text":             {strings.Repeat("🚚", 2049), domain.Formats{bold(0, 2)}, "text.long"},
	} {
		if text, got, err := domain.CleanFormatted(c.text, c.formats); !refused(err, c.key, "text") || text != "" || got != nil {
			t.Errorf("%s: %q, %+v, %v", name, text, got, err)
		}
	}
}

// FuzzCleanFormatted: a format shows after cleaning what it has shown before, but for
// the space around the text; and no text is another one for having formats.
func FuzzCleanFormatted(f *testing.F) {
	for _, text := range []string{"Yuk bor", " \r\n🚚 Yuk\r\rbor 👩\u200d💻\n", "\u00a0\u2003a\r\nb\u0085", "🚚🚚🚚", "\r\n\ra\r\n"} {
		for offset := range 4 {
			f.Add(text, offset, 1+offset*2)
		}
	}
	f.Fuzz(func(t *testing.T, text string, offset, length int) {
		want, refusal := domain.CleanText(text)
		clean, got, err := domain.CleanFormatted(text, domain.Formats{bold(offset, length)})
		if refusal != nil || err != nil {
			if refusal != nil && err == nil {
				t.Fatalf("%q alone is refused: %v", text, refusal)
			}
			return
		}
		if clean != want {
			t.Fatalf("%q became %q, alone %q", text, clean, want)
		}
		units := utf16.Encode([]rune(text))
		before, part, after := string(utf16.Decode(units[:offset])), shown(text, bold(offset, length)), string(utf16.Decode(units[offset+length:]))
		if strings.HasSuffix(before, "\r") && strings.HasPrefix(part, "\n") || strings.HasSuffix(part, "\r") && strings.HasPrefix(after, "\n") {
			return // half a line end is either
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "\r\n", "\n"), "\r", "\n")
		if strings.TrimSpace(before) == "" {
			part = strings.TrimLeftFunc(part, unicode.IsSpace)
		}
		if strings.TrimSpace(after) == "" {
			part = strings.TrimRightFunc(part, unicode.IsSpace)
		}
		switch {
		case part == "" && len(got) == 0:
		case len(got) != 1, shown(clean, got[0]) != part:
			t.Errorf("of %q it shows %+v, want %q", clean, got, part)
		}
	})
}
