package views

import (
	"context"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// Reason says in words why something was not sent, waits or is not active; ""
// for an empty code. An unknown code is shown as it is.
func Reason(ctx context.Context, code string) string {
	if code == "" {
		return ""
	}
	key, n := domain.ReasonOf(code)
	return locale.T(ctx, "reason."+key, "Code", code, "Wait", time.Duration(n)*time.Second)
}
