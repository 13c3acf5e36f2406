package filter

import (
	"strings"
	"testing"
)

func TestEmojiCount(t *testing.T) {
	for text, want := range map[string]int{
		"": 0,
		"Тошкент - Самарқанд #1 * 20%": 0,
		"0123456789#*":                      0,
		"🔥":                                 1,
		"🔥🔥🔥":                               3,
		"юк 🚚 бор 📦":                        2,
		"👍🏽":                                1,
		"👍🏽👍🏿":                              2,
		"👍🏽🏽":                               1,
		"🏽":                                 1,
		"👩\u200d👩\u200d👧\u200d👦":            1,
		"👩\u200d\u200d👧":                    2,
		"🏳\ufe0f\u200d🌈":                    1,
		"❤\ufe0f\u200d🔥":                    1,
		"❤\u200d🔥":                          1,
		"🇺🇿":                                1,
		"🇺🇿🇷🇺":                              2,
		"🇺🇿🇺🇿🇺🇿":                            3,
		"🇺":                                 0,
		"🇺🇿🇷":                               1,
		"🇺 🇿":                               0,
		"🏴\U000e0067\U000e0062\U000e007f":   1,
		"1\ufe0f\u20e3":                     1,
		"1\u20e3":                           1,
		"9\ufe0f\u20e30\ufe0f\u20e3#\u20e3": 3,
		"1\ufe0f":                           0,
		"a\u20e3":                           0,
		"\u20e3":                            0,
		"☎":                                 0,
		"☎\ufe0f":                           1,
		"⚖\ufe0f ⚖":                         1,
		"🅰\ufe0f🅰":                          1,
		"‼\ufe0f‼":                          1,
		"❗❗\ufe0f":                          2,
		"❗\ufe0e":                           0,
		"✅❌⛔":                               3,
		"✔ ✖ ✓ ★ ☆ ● ■ → ➝ ➔ • ━ – №": 0,
		"✔\ufe0f✖\ufe0f":        2,
		"© ® ™ ↔ ℹ ⁉":           0,
		"©\ufe0f®\ufe0f™\ufe0f": 3,
		"☝🏽":                    1,
		"⬛⬜⭐":                   3,
		"🫠🪿":                    2,
		"🛑🟥":                    2,
		"\xf0\x9f\x94":          0,
	} {
		if got := emojiCount(text, 0); got != want {
			t.Errorf("emojiCount(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestEmojiCountThreshold(t *testing.T) {
	for _, emoji := range []string{"🔥", "☎\ufe0f", "🇺🇿", "👩\u200d👧", "5\ufe0f\u20e3", "👍🏿"} {
		for _, n := range []int{2, 3, 4} {
			s := "юк" + strings.Repeat(emoji, n) + "бор"
			if got := emojiCount(s, 0); got != n {
				t.Errorf("%q: %d, want %d", s, got, n)
			}
			if got := emojiCount(s, 3); got != min(n, 3) {
				t.Errorf("%q, enough at 3: %d", s, got)
			}
		}
	}
}
