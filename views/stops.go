package views

import (
	"context"
	"strconv"

	"postix/domain"
	"postix/views/locale"
)

// stoppedAll says why nothing goes out of the whole service.
func stoppedAll(ctx context.Context, code string) string {
	switch code {
	case domain.CodeAdminStop:
		return locale.T(ctx, "stop.by_admin")
	case domain.CodeRestored:
		return locale.T(ctx, "stop.restored")
	case domain.CodeDamaged: // nobody can promise that nothing is lost
		return Reason(ctx, code)
	}
	return locale.T(ctx, "app.stopped", "Reason", Reason(ctx, code))
}

// stoppedOwn says who has stopped the organization, and who can let it go on.
func stoppedOwn(ctx context.Context, s Stopped) string {
	switch {
	case s.Own.By(domain.StopService): // the stronger of two
		return locale.T(ctx, "stop.by_service")
	case s.Role == domain.RoleOwner:
		return locale.T(ctx, "stop.by_you")
	}
	return locale.T(ctx, "stop.by_owner")
}

// elsewhere tells whether the viewer is not on that page already.
func elsewhere(ctx context.Context, n Nav) bool {
	u := viewer(ctx).URL
	return u == nil || u.Path != string(n)
}

// bellName says what the bell has to tell.
func bellName(ctx context.Context, unseen int) string {
	if unseen == 0 {
		return locale.T(ctx, "notices.title")
	}
	return locale.N(ctx, "notices.bell", unseen)
}

// badge is a count that fits a badge.
func badge(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}
