package filter

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextLength(t *testing.T) {
	for text, want := range map[string]int{
		"":                                0,
		"yuk bor":                         7,
		"Ўзбекистон":                      10,
		"oʻzbek":                          6,
		"e\u0301":                         1,
		"й":                               1,
		"и\u0306":                         1,
		"\r\n":                            1,
		"\n\r":                            2,
		"a\r\nb":                          3,
		"🇺🇿":                              1,
		"🇺🇿🇷🇺":                            2,
		"🇺🇿🇷":                             2,
		"a🇺b":                             3,
		"👍🏽":                              1,
		"👩\u200d👩\u200d👧":                 1,
		"👩\u200d\u200d👧":                  2,
		"a\u200d👧":                        2,
		"❤\ufe0f\u200d🔥":                  1,
		"1\ufe0f\u20e3":                   1,
		"🏴\U000e0067\U000e0062\U000e007f": 1,
		"각":                               1,
		"\u1100\u1161\u11a8":              1,
		"\u1100\u1100":                    1,
		"각각":                              2,
		"\uac00\u11a8":                    1,
		"\uac01\u1161":                    2,
		"\u0915\u093f":                    1,
		"\u0e01\u0e33":                    1,
		"\u06001":                         1,
		"\u0600\n":                        2,
		"\u200b":                          1,
		"a\u00adb":                        3,
		"a\u200cb":                        2,
		"\u0301\u0301":                    1,
		"\xff\xfe":                        2,
		"𝐌𝐨𝐬":                             3,
		"مرحبا":                           5,
		"漢字":                              2,
	} {
		if got := textLength(text, 0); got != want {
			t.Errorf("textLength(%q) = %d, want %d", text, got, want)
		}
	}
}

// TestTextLengthThreshold: around the limit of the rule, in characters of one to
// eleven bytes each, and with the count stopped at the limit.
func TestTextLengthThreshold(t *testing.T) {
	for _, char := range []string{"a", "я", "漢", "👍", "👍🏽", "🇺🇿", "e\u0301", "👩\u200d👧"} {
		for _, n := range []int{199, 200, 201} {
			s := strings.Repeat(char, n)
			if got := textLength(s, 0); got != n {
				t.Errorf("%d × %q: %d", n, char, got)
			}
			if got := textLength(s, 200); got != min(n, 200) {
				t.Errorf("%d × %q, enough at 200: %d", n, char, got)
			}
		}
	}
}

// FuzzClusters: counts lie between nothing and the characters, an early stop
// tells the truth, and a tab parts what stands before it from what stands behind
// it.
func FuzzClusters(f *testing.F) {
	for _, s := range []string{"a\u0301", "🇺🇿🇷", "👩\u200d👧\ufe0f", "\r\n\r", "각\u11a8", "\u0600a", "\xf0\x9f", "1\ufe0f\u20e3", "©\ufe0e™\ufe0f"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, enough int) {
		n, emoji, blank := textLength(s, 0), emojiCount(s, 0), blankLines(s)
		if n > utf8.RuneCountInString(s) || n == 0 && s != "" || emoji > n || blank > len(s) {
			t.Fatalf("%d clusters, %d emoji, %d blank lines of %d bytes", n, emoji, blank, len(s))
		}
		if enough > 0 {
			if got := textLength(s, enough); got != min(n, enough) {
				t.Fatalf("stopped at %d: %d of %d", enough, got, n)
			}
			if got := emojiCount(s, enough); got != min(emoji, enough) {
				t.Fatalf("stopped at %d: %d of %d emoji", enough, got, emoji)
			}
		}
		if got := textLength("\t"+s+"\t"+s+"\t", 0); got != 2*n+3 {
			t.Fatalf("twice over: %d, once %d", got, n)
		}
		if got := emojiCount(s+"\t"+s, 0); got != 2*emoji {
			t.Fatalf("twice over: %d emoji, once %d", got, emoji)
		}
	})
}
