package db

import (
	"context"
	"database/sql"
	"errors"
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
			a := domain.Attempt{
				DeliveryID: r.ID, Claim: r.Claims, CampaignID: r.CampaignID, OrganizationID: r.Organization.ID,
				AccountID: r.AccountID, Number: int(r.Attempts), Pace: toOrganization(r.Organization).Pace,
			}
			if _, err := s.settle(ctx, q, domain.SettleInterrupted(a, now)); err != nil {
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
	cs := make([]domain.Campaign, len(rows))
	for i, r := range rows {
		cs[i] = toCampaign(r.CampaignRow)
	}
	return cs, refuse("list the due rounds", err)
}

// NextRound implements [domain.Queue].
func (s *Store) NextRound(ctx context.Context) (time.Time, bool, error) {
	if _, stopped, err := s.SendingStopped(ctx); stopped || err != nil {
		return time.Time{}, false, err
	}
	next, err := s.read.NextRound(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return at(next), err == nil, refuse("find the next round", err)
}

// Pending implements [domain.Queue].
func (s *Store) Pending(ctx context.Context) ([]domain.Pending, error) {
	if _, stopped, err := s.SendingStopped(ctx); stopped || err != nil {
		return nil, err
	}
	rows, err := s.read.PendingAccounts(ctx)
	if err != nil {
		return nil, refuse("list the accounts that may send", err)
	}
	ps := make([]domain.Pending, 0, len(rows))
	for _, r := range rows {
		if first := earliest(at(r.DueAt), at(r.UncertainAt)); !first.IsZero() {
			ps = append(ps, domain.Pending{AccountID: r.ID, At: at(max(ms(first), r.ReadyAt, r.WaitUntil))})
		}
	}
	return ps, nil
}

// earliest leaves zero times out.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
