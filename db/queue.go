package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Recover implements [domain.Queue].
func (s *Store) Recover(ctx context.Context, now time.Time) (int, error) {
	n := 0
	err := s.write(ctx, "recover what was in flight", func(ctx context.Context, q *sqlc.Queries) error {
		rows, err := q.InFlight(ctx)
		if err != nil {
			return fmt.Errorf("list what was in flight: %w", err)
		}
		for _, r := range rows {
			err := q.MarkUncertain(ctx, sqlc.MarkUncertainParams{
				Reason: domain.CodeInterrupted, DueAt: ms(now), UpdatedAt: ms(now), OrganizationID: r.OrganizationID, ID: r.ID,
			})
			if err != nil {
				return fmt.Errorf("mark a delivery as uncertain: %w", err)
			}
			if err := count(ctx, q, r.OrganizationID, r.CampaignID, r.Round, domain.Counts{Uncertain: 1}); err != nil {
				return err
			}
			if err := closeRound(ctx, q, r.OrganizationID, r.CampaignID, now); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// DueRounds implements [domain.Queue]. Campaigns of an account that is not
// active are left out: whether their rounds are too late is judged when it is
// active again. While all sending is stopped nothing is due.
func (s *Store) DueRounds(ctx context.Context, now time.Time, limit int) ([]domain.Campaign, error) {
	if _, stopped, err := s.SendingStopped(ctx); stopped || err != nil {
		return nil, err
	}
	rows, err := s.read.DueRounds(ctx, sqlc.DueRoundsParams{Now: ms(now), RowLimit: upTo(limit)})
	return toCampaigns(rows), refuse("list the due rounds", err)
}

// DueAccounts implements [domain.Queue].
func (s *Store) DueAccounts(ctx context.Context, now time.Time) ([]int64, error) {
	idle, err := s.idle(ctx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, a := range idle {
		if !a.due.After(now) {
			ids = append(ids, a.id)
		}
	}
	return ids, nil
}

// NextDue implements [domain.Queue]. What has been due already counts too. An
// account with a message in flight does not: it is due again after Settle.
func (s *Store) NextDue(ctx context.Context, _ time.Time) (time.Time, bool, error) {
	idle, err := s.idle(ctx)
	if err != nil || idle == nil {
		return time.Time{}, false, err
	}
	round, err := s.read.NextRound(ctx)
	if err != nil {
		return time.Time{}, false, refuse("find the next round", err)
	}
	first := at(round)
	for _, a := range idle {
		first = earliest(first, a.due)
	}
	return first, !first.IsZero(), nil
}

type idleAccount struct {
	id  int64
	due time.Time // when it may send next
}

// idle lists the accounts that have something to send and nothing in flight;
// nil while all sending is stopped.
func (s *Store) idle(ctx context.Context) ([]idleAccount, error) {
	if _, stopped, err := s.SendingStopped(ctx); stopped || err != nil {
		return nil, err
	}
	rows, err := s.read.IdleAccounts(ctx)
	if err != nil {
		return nil, refuse("list the accounts that may send", err)
	}
	as := make([]idleAccount, 0, len(rows))
	for _, r := range rows {
		if first := earliest(at(r.DueAt), at(r.UncertainAt)); !first.IsZero() {
			as = append(as, idleAccount{r.ID, at(max(ms(first), r.ReadyAt, r.WaitUntil))})
		}
	}
	return as, nil
}

// earliest leaves zero times out.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
