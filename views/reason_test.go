package views_test

import (
	"testing"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// TestReasons: every reason that the domain can give has words in every
// language, and an unknown code is shown.
func TestReasons(t *testing.T) {
	for _, l := range locale.Languages {
		ctx := locale.With(t.Context(), l.Code, time.UTC)
		seen := map[string]string{}
		for _, key := range domain.Reasons() {
			if !locale.Has("reason." + key) {
				t.Fatalf("no words for %s", key)
			}
			words := views.Reason(ctx, key)
			if other := seen[words]; other != "" {
				t.Errorf("%s: %s and %s both say %q", l.Code, other, key, words)
			}
			seen[words] = key
		}
		if got := views.Reason(ctx, "SOMETHING_NEW_7"); got == views.Reason(ctx, "OTHER") {
			t.Errorf("%s: an unknown code is hidden: %q", l.Code, got)
		}
	}
}
