package db

import (
	"context"
	"errors"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Code requests are counted over an hour; older ones are of no use.
const keepCodeRequests = 24 * time.Hour

// Prune removes what has outlived its use: sessions, code requests, and phones
// that Telegram refused until a time that has passed.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	return s.write(ctx, "prune", func(ctx context.Context, q *sqlc.Queries) error {
		return errors.Join(
			q.PruneSessions(ctx, ms(now.Add(-domain.SessionLife))),
			q.PruneCodeRequests(ctx, ms(now.Add(-keepCodeRequests))),
			q.PruneRefusedPhones(ctx, ms(now)),
		)
	})
}
