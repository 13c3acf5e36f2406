package db

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// CheckSums implements [domain.SumChecker]. Each campaign is read in a snapshot
// of its own: sending goes on meanwhile, and is no false alarm.
func (s *Store) CheckSums(ctx context.Context, since, now time.Time) ([]domain.WrongSum, error) {
	rows, err := s.read.CampaignsToCheck(ctx, ms(since))
	if err != nil {
		return nil, refuse("list the campaigns to check", err)
	}
	slices.SortFunc(rows, func(a, b sqlc.CampaignsToCheckRow) int { return cmp.Compare(a.ID, b.ID) })
	var all []domain.WrongSum
	for _, r := range slices.Compact(rows) {
		c, wrong, err := s.checkSums(ctx, whole(r.OrganizationID), r.ID)
		if err != nil {
			return all, refuse("check the sums of a campaign", err)
		}
		all = append(all, wrong...)
		if c.SumsWrong != (len(wrong) > 0) {
			if err := s.markSums(ctx, c, len(wrong) > 0, now); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func (s *Store) checkSums(ctx context.Context, sc domain.Scope, id int64) (c domain.Campaign, wrong []domain.WrongSum, err error) {
	err = s.snapshot(ctx, func(q *sqlc.Queries) error {
		if c, err = campaignOrReply(ctx, q, sc, id); err != nil {
			return err
		}
		stored, err := q.Rounds(ctx, sqlc.RoundsParams{OrganizationID: c.OrganizationID, CampaignID: id})
		if err != nil {
			return fmt.Errorf("list the rounds: %w", err)
		}
		rounds := make([]domain.Round, len(stored))
		for i, r := range stored {
			rounds[i] = toRound(r)
		}
		tallies, err := q.TallyDeliveries(ctx, id)
		if err != nil {
			return fmt.Errorf("count the deliveries: %w", err)
		}
		found := map[int]domain.Counts{}
		for _, t := range tallies {
			n := domain.Counts{Planned: int(t.Deliveries)}
			add(&n, domain.DeliveryStatus(t.Status), int(t.Deliveries))
			found[int(t.Round)] = found[int(t.Round)].Plus(n)
		}
		wrong = domain.WrongSums(c, rounds, found)
		return nil
	})
	return c, wrong, err
}

// markSums notes at the campaign whether its figures come out, and tells the
// service when they no longer do.
func (s *Store) markSums(ctx context.Context, c domain.Campaign, wrong bool, now time.Time) error {
	return s.write(ctx, "mark a campaign whose sums are wrong", func(ctx context.Context, q *sqlc.Queries) error {
		if !wrong {
			return q.ClearSumsWrong(ctx, sqlc.ClearSumsWrongParams{OrganizationID: c.OrganizationID, ID: c.ID})
		}
		n, err := q.MarkSumsWrong(ctx, sqlc.MarkSumsWrongParams{Now: ms(now), OrganizationID: c.OrganizationID, ID: c.ID})
		if err != nil || n == 0 {
			return err
		}
		return notifyService(ctx, q, domain.Notice{Kind: domain.NoticeSums, CampaignID: c.ID, At: now})
	})
}

// snapshot reads without seeing what is written meanwhile.
func (s *Store) snapshot(ctx context.Context, do func(*sqlc.Queries) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return do(s.read.WithTx(tx))
}
