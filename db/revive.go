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

// SendMissed implements [domain.ScheduleStore].
func (s *Store) SendMissed(ctx context.Context, sc domain.Scope, id int64, round int, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "send a missed round", domain.AuditCampaignSend, sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if err := idle(ctx, q, c); err != nil {
			return err
		}
		if err := mayGoOut(ctx, q, c); err != nil {
			return err
		}
		r, err := q.Round(ctx, sqlc.RoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID, Number: int64(round)})
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && r.Status != string(domain.RoundMissed):
			return domain.E(domain.Conflict, "campaign.round_not_missed")
		case err != nil:
			return fmt.Errorf("find the round: %w", err)
		}
		if from := c.MissedFrom(when); !from.IsZero() {
			return domain.E(domain.Conflict, "campaign.missed_early", "Until", from).After(from.Sub(when))
		}
		if err := s.openMissed(ctx, q, c, round, when); err != nil {
			return err
		}
		if err := revive(ctx, q, c, when.Add(c.Spacing()), when); err != nil {
			return err
		}
		return closeRound(ctx, q, c.OrganizationID, c.ID, when) // all may have been skipped
	})
}

// idle refuses a campaign that is cancelled, paused or has a round open.
func idle(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	switch c.Status {
	case domain.CampaignCancelled:
		return domain.E(domain.Conflict, "campaign.cancelled")
	case domain.CampaignPaused:
		return domain.E(domain.Conflict, "campaign.paused")
	}
	_, err := q.OpenRound(ctx, sqlc.OpenRoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for an open round: %w", err)
	}
	return domain.E(domain.Conflict, "campaign.round_open")
}

// openMissed writes the deliveries of a missed round and counts them as open.
func (s *Store) openMissed(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, when time.Time) error {
	rows, err := s.planRound(ctx, q, c, round, when)
	if err != nil {
		return err
	}
	skipped := 0
	for _, d := range rows {
		if d.Status == string(domain.DeliverySkipped) {
			skipped++
		}
		if err := q.InsertDelivery(ctx, d); err != nil {
			return fmt.Errorf("store a delivery: %w", err)
		}
	}
	err = q.OpenMissedRound(ctx, sqlc.OpenMissedRoundParams{
		OpenedAt: ms(when), Skipped: int64(skipped), OrganizationID: c.OrganizationID, CampaignID: c.ID, Number: int64(round),
	})
	if err != nil {
		return fmt.Errorf("open the missed round: %w", err)
	}
	return countCampaign(ctx, q, c.OrganizationID, c.ID, domain.Counts{Missed: -c.Peers, Skipped: skipped})
}

// revive lets a campaign run whose round was opened by a person. It ends, or says
// when its next round is due, when that one is closed.
func revive(ctx context.Context, q *sqlc.Queries, c domain.Campaign, after, when time.Time) error {
	err := q.ReviveCampaign(ctx, sqlc.ReviveCampaignParams{
		AfterAt: ms(after), StartedAt: ms(when), OrganizationID: c.OrganizationID, ID: c.ID,
	})
	if err != nil {
		return fmt.Errorf("let the campaign go on: %w", err)
	}
	return nil
}

// RetryFailed implements [domain.ScheduleStore].
func (s *Store) RetryFailed(ctx context.Context, sc domain.Scope, id int64, round int, when time.Time) (c domain.Campaign, done domain.Retried, err error) {
	c, err = s.change(ctx, "retry what failed", "", sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if c.Status == domain.CampaignCancelled {
			return domain.E(domain.Conflict, "campaign.cancelled")
		}
		if err := mayGoOut(ctx, q, c); err != nil {
			return err
		}
		r, err := q.Round(ctx, sqlc.RoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID, Number: int64(round)})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find the round: %w", err)
		}
		if done, err = s.planFailed(ctx, q, c, r, when); err != nil || done.Planned == 0 {
			return err
		}
		auditCampaign(ctx, c, domain.AuditCampaignRetry)
		return reopen(ctx, q, c, round, when)
	})
	return c, done, err
}

// planFailed plans the failed deliveries of a round again: new messages, under
// random ids of their own.
func (s *Store) planFailed(ctx context.Context, q *sqlc.Queries, c domain.Campaign, r sqlc.Round, when time.Time) (done domain.Retried, err error) {
	rows, err := q.FailedDeliveries(ctx, sqlc.FailedDeliveriesParams{
		Now: ms(when), OpenedAt: r.OpenedAt, OrganizationID: c.OrganizationID, CampaignID: c.ID, Round: r.Number,
	})
	if err != nil {
		return done, fmt.Errorf("list what failed: %w", err)
	}
	for _, d := range rows {
		if from := at(d.LastAt).Add(c.Spacing()); d.LastAt != 0 && from.After(when) {
			done.Left++
			if done.From.IsZero() || from.Before(done.From) {
				done.From = from
			}
			continue
		}
		done.Planned++
		if err := s.planAgain(ctx, q, c, r.Number, d, when); err != nil {
			return done, err
		}
	}
	return done, count(ctx, q, c.OrganizationID, c.ID, r.Number, domain.Counts{Failed: -done.Planned})
}

func (s *Store) planAgain(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int64, d sqlc.FailedDeliveriesRow, when time.Time) error {
	id := domain.RandomID(s.install, c.UUID, int(round), c.AccountID, domain.PeerID(d.PeerID), int(d.Retries)+1)
	err := q.RetryDelivery(ctx, sqlc.RetryDeliveryParams{
		Held: flag(c.Status == domain.CampaignPaused), Now: ms(when), RandomID: id, OrganizationID: c.OrganizationID, ID: d.ID,
	})
	if err != nil {
		return fmt.Errorf("plan a delivery again: %w", err)
	}
	err = q.ClearFails(ctx, sqlc.ClearFailsParams{OrganizationID: c.OrganizationID, AccountID: c.AccountID, PeerID: d.PeerID})
	if err != nil {
		return fmt.Errorf("forget the refusals: %w", err)
	}
	return nil
}

// reopen opens a round again that has something to send again. While another one
// is open it stays closed: what is left of it when that one closes opens it. A
// paused campaign stays paused.
func reopen(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, when time.Time) error {
	_, err := q.OpenRound(ctx, sqlc.OpenRoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	err = q.ReopenRound(ctx, sqlc.ReopenRoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID, Number: int64(round)})
	if err != nil {
		return fmt.Errorf("open the round again: %w", err)
	}
	if c.Status == domain.CampaignPaused {
		return setDue(ctx, q, c, time.Time{})
	}
	return revive(ctx, q, c, c.AfterAt, when)
}
