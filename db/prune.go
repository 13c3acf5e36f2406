package db

import (
	"context"
	"errors"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Code requests are counted over an hour; older ones are of no use.
const keepCodeRequests = 24 * time.Hour

// What an organization has used on its days is asked of the last few.
const keepOrganizationDays = 30 * 24 * time.Hour

// accountsToPrune is how many accounts are pruned in one transaction, so that it
// does not hold up what goes out.
const accountsToPrune = 20

// Prune removes what has outlived its use: sessions, code requests, phones that
// Telegram refused until a time that has passed, links and updates of the bot, old
// notices, what the caps and the bans do not count any more, and what the filter
// heard and found.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	err := s.write(ctx, "prune", func(ctx context.Context, q *sqlc.Queries) error {
		return errors.Join(
			q.PruneSessions(ctx, ms(now.Add(-domain.SessionLife))),
			q.PruneCodeRequests(ctx, ms(now.Add(-keepCodeRequests))),
			q.PruneRefusedPhones(ctx, ms(now)),
			q.PrunePasswordLinks(ctx, ms(now)),
			q.PruneBotLinks(ctx, ms(now)),
			q.PruneBotUpdates(ctx, ms(now.Add(-domain.KeepBotUpdates))),
			q.PruneBans(ctx, ms(now.Add(-domain.BansWithin))),
			q.PruneOrganizationDays(ctx, ms(now.Add(-keepOrganizationDays))),
			q.PruneNotices(ctx, ms(now.Add(-domain.KeepNotices))),
		)
	})
	if err != nil {
		return err
	}
	ids, err := s.read.AccountsWithOutgoing(ctx)
	if err != nil {
		return refuse("list the accounts that have sent", err)
	}
	for part := range slices.Chunk(ids, accountsToPrune) {
		err := s.write(ctx, "prune what has gone out", func(ctx context.Context, q *sqlc.Queries) (err error) {
			for _, id := range part {
				err = errors.Join(err, q.PruneOutgoing(ctx, sqlc.PruneOutgoingParams{AccountID: id, Before: ms(now.Add(-domain.LongestWindow))}))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.pruneWatch(ctx, now)
}
