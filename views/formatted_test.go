package views

import (
	"strings"
	"testing"

	"postix/domain"
)

// Formats lie in each other, cross each other, and never tear a text apart.
func TestFormatted(t *testing.T) {
	f := func(k domain.FormatKind, offset, length int) domain.Format {
		return domain.Format{Kind: k, Offset: offset, Length: length}
	}
	link := domain.Format{Kind: domain.FormatLink, Offset: 0, Length: 12, URL: "https://a.uz"}
	for name, c := range map[string]struct {
		text string
		fs   domain.Formats
		want string
	}{
		"plain":   {"a <b>\n\tc &amp;", nil, "a &lt;b&gt;\n\tc &amp;amp;"},
		"nested":  {"abcd", domain.Formats{f(domain.FormatBold, 0, 4), f(domain.FormatItalic, 1, 2)}, "<strong>a<em>bc</em>d</strong>"},
		"crossed": {"abcdef", domain.Formats{f(domain.FormatBold, 0, 4), f(domain.FormatUnderline, 2, 4)}, "<strong>ab<u>cd</u></strong><u>ef</u>"},
		"thrice": {
			"abcdef",
			domain.Formats{f(domain.FormatBold, 0, 3), f(domain.FormatItalic, 1, 4), f(domain.FormatStrike, 2, 4)},
			"<strong>a<em>b<s>c</s></em></strong><s><em>de</em>f</s>",
		},
		"emoji":    {"🚚🚚b", domain.Formats{f(domain.FormatBold, 2, 2)}, "🚚<strong>🚚</strong>b"},
		"code":     {"a\nb", domain.Formats{f(domain.FormatCode, 0, 1), {Kind: domain.FormatPre, Offset: 2, Length: 1, Language: `"x`}}, "<code>a</code>\n<code data-format=\"pre\" title=\"&#34;x\">b</code>"},
		"quote":    {"ab", domain.Formats{f(domain.FormatQuote, 0, 1)}, `<span data-format="quote">a</span>b`},
		"its own":  {"https://a.uz", domain.Formats{link}, `<a href="https://a.uz" rel="noopener noreferrer nofollow" target="_blank">https://a.uz</a>`},
		"hidden":   {"a\u202eb", domain.Formats{f(domain.FormatBold, 1, 2)}, "a<strong>⟨202E⟩b</strong>"},
		"joined":   {"👨‍👩", domain.Formats{f(domain.FormatBold, 0, 2)}, "<strong>👨</strong>\u200d👩"},
		"too long": {"ab", domain.Formats{f(domain.FormatBold, 1, 9), f(domain.FormatItalic, 7, 9)}, "a<strong>b</strong>"},
		"no page":  {"ab", domain.Formats{{Kind: domain.FormatLink, Offset: 0, Length: 2, URL: "javascript:x"}}, `<a href="about:invalid#TemplFailedSanitizationURL" rel="noopener noreferrer nofollow" target="_blank">ab</a> <span data-format="address">(javascript:x)</span>`},
	} {
		var b strings.Builder
		if err := formatted(t.Context(), c.text, c.fs).Render(t.Context(), &b); err != nil || b.String() != c.want {
			t.Errorf("%s: %s, %v, want %s", name, b.String(), err, c.want)
		}
	}
}
