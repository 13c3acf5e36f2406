package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// tellNear tells the owners that a limit is nearly full, once on a day of their
// organization. Told are the limits of which they were told on it: a bit for each.
func tellNear(ctx context.Context, q *sqlc.Queries, o domain.Organization, k domain.LimitKind, used, told int64, now time.Time) error {
	limit, open := o.Limit(k)
	bit := int64(1) << slices.Index(domain.NearLimits, k)
	if open || told&bit != 0 || o.Service || !domain.NearlyFull(int(used), limit) {
		return nil
	}
	begins, _ := o.Day(now)
	err := q.SetToldOfDay(ctx, sqlc.SetToldOfDayParams{OrganizationID: o.ID, Day: ms(begins), Told: told | bit})
	if err != nil {
		return fmt.Errorf("note that a limit was told of: %w", err)
	}
	return notify(ctx, q, domain.Notice{
		OrganizationID: o.ID, Kind: domain.NoticeLimitNear, Reason: domain.NearReason(k, int(used), limit), At: now,
	})
}

// tellPlaces does the same for places that were just taken: users or accounts.
func tellPlaces(ctx context.Context, q *sqlc.Queries, organizationID int64, k domain.LimitKind, now time.Time) error {
	r, err := q.Organization(ctx, organizationID)
	if err != nil {
		return missing("organization.missing", err)
	}
	o := toOrganization(r)
	places, err := q.CountPlaces(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("count the places that are taken: %w", err)
	}
	used := places.Users
	if k == domain.LimitAccounts {
		used = places.Accounts
	}
	begins, _ := o.Day(now)
	told, err := q.ToldOfDay(ctx, sqlc.ToldOfDayParams{OrganizationID: o.ID, Day: ms(begins)})
	if err := ignoreMissing(err); err != nil {
		return fmt.Errorf("read which limits were told of: %w", err)
	}
	return tellNear(ctx, q, o, k, used, told, now)
}
