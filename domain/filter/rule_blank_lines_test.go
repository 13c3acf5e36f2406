package filter

import "testing"

func TestBlankLines(t *testing.T) {
	for text, want := range map[string]int{
		"":                                    0,
		"a":                                   0,
		"a\nb":                                0,
		"a\n\nb":                              1,
		"a\n\n\nb":                            2,
		"a\n\n\n\nb":                          3,
		"a\n\n\n\n\nb":                        4,
		"a\r\n\r\n\r\n\r\nb":                  3,
		"a\r\r\r\rb":                          3,
		"a\n\r\nb":                            1,
		"a\u2028\u2029\u0085\v\fb":            4,
		"a\n \n\t\n  \nb":                     3,
		"a\n\u00a0\n\u200b\n\u3000\nb":        3,
		"a\n\u3164\n\u2800\n\u115f\uffa0\nb":  3,
		"a\n\ufe0f\n\u200d\u2060\n\ufeff\nb":  3,
		"a\n\u00ad\n\u202a\u202c\n\u034f\nb":  3,
		"a\n.\n\n\nb":                         2,
		"a\n\n\nb\n\n\nc":                     2,
		"a\n\n\n\nb\n\n\nc":                   3,
		"a\n\n\nb\n\n\n\nc":                   3,
		"тест\n\n\n\nтест":                    3,
		"🔥\n\n\n\n🔥":                          3,
		"—\n\n\n\n—":                          3,
		"a ’ — …\n\n\n\nb":                    3,
		"\n\n\na":                             3,
		"\n\na":                               2,
		"a\n\n\n":                             2,
		"a\n\n\n\n":                           3,
		"a\n\n\n ":                            3,
		"\n\n\n":                              3,
		" \n \n ":                             3,
		"a\n-\n\n-\n\n-\nb":                   1,
		"a\xff\n\n\n\n\xffb":                  3,
		"a\u00a0\u00a0\n\u00a0b":              0,
		"\u200f\n\u200e\n\u061c\n\U000e0100x": 3,
	} {
		if got := blankLines(text); got != want {
			t.Errorf("blankLines(%q) = %d, want %d", text, got, want)
		}
	}
}

func blankLines(s string) int {
	var t text
	t.fold(s)
	return t.blankLines
}
