package filter

import "testing"

// A bound that reaches a threshold is no count: the count must be made then.
func TestMeasuresAreExactAtThreshold(t *testing.T) {
	for _, c := range []struct {
		text                     string
		threshold, length, emoji int
	}{
		{"☎ ☎ ☎", 3, 5, 0},
		{"👨‍👩‍👧 👍🏽", 3, 3, 2},
		{"e\u0301e\u0301e\u0301", 3, 3, 0},
		{"e\u0301e\u0301", 3, 2, 0},
		{"\r\n\r\n", 3, 2, 0},
	} {
		var x text
		x.fold(c.text)
		for name, n := range map[string][2]int{"length": {x.length(c.threshold), c.length}, "emoji": {x.emoji(c.threshold), c.emoji}} {
			if got, want := n[0], n[1]; got != want && (got >= c.threshold || want >= c.threshold) {
				t.Errorf("%s of %q = %d, want %d", name, c.text, got, want)
			}
		}
	}
}
