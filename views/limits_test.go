package views

import (
	"testing"

	"postix/views/locale"
)

// What the audit keeps of limits in figures is read in words.
func TestLimitWords(t *testing.T) {
	ctx := locale.With(t.Context(), "en", nil)
	for kept, want := range map[string]string{
		"users 100 → 1200, watch on → off": "Users: 100 → 1,200, Dispatcher filter: on → off",
		"messages 50 → 0":                  "Messages a day: 50 → no limit",
		"interval 600":                     "Shortest interval between rounds: 10 minutes",
		"something else":                   "something else",
		"users many":                       "Users: many",
		"":                                 "",
	} {
		if got := limitWords(ctx, kept); got != want {
			t.Errorf("%q reads %q, want %q", kept, got, want)
		}
	}
}
