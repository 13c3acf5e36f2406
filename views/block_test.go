package views

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
)

// TestRemovalBegun: somebody whose removal was cut off is blocked without a reason, and
// his page says what to do.
func TestRemovalBegun(t *testing.T) {
	since := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	card := func(lang, reason string) string {
		b := blocked{Block: domain.Block{Reason: reason, From: since, Since: since}, By: templ.NopComponent}
		return render(t, lang, Viewer{}, blockCard(b))
	}
	for _, l := range locale.Languages {
		if got := card(l.Code, ""); strings.Contains(got, "block-why") || strings.Contains(got, "⟦") {
			t.Errorf("in %s: %s", l.Code, got)
		}
	}
	const begun = "A removal was begun"
	if !strings.Contains(card("en", ""), begun) || strings.Contains(card("en", "qoida"), begun) {
		t.Error("the card does not tell a removal from a block")
	}
}
