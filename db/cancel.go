package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// CancelCampaign implements [domain.CancelStore]. An open round stays open for
// as long as one of its messages is in flight.
func (s *Store) CancelCampaign(ctx context.Context, sc domain.Scope, id int64, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "cancel a campaign", sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if !c.Status.Live() {
			return domain.E(domain.Conflict, "campaign.ended")
		}
		n, err := q.CancelOpenDeliveries(ctx, sqlc.CancelOpenDeliveriesParams{
			UpdatedAt: ms(when), OrganizationID: c.OrganizationID, CampaignID: c.ID,
		})
		if err != nil {
			return fmt.Errorf("cancel the deliveries: %w", err)
		}
		if err := count(ctx, q, c.OrganizationID, c.ID, int64(c.Round), domain.Counts{Cancelled: int(n)}); err != nil {
			return err
		}
		toCome := domain.Counts{Cancelled: (c.Rounds - c.Round) * c.Peers}
		if err := countCampaign(ctx, q, c.OrganizationID, c.ID, toCome); err != nil {
			return err
		}
		if err := endCampaign(ctx, q, c, domain.CampaignCancelled, when); err != nil {
			return err
		}
		return closeRound(ctx, q, c.OrganizationID, c.ID, when)
	})
}

// CancelDeliveries implements [domain.CancelStore].
func (s *Store) CancelDeliveries(ctx context.Context, sc domain.Scope, campaignID int64, ids []int64, when time.Time) (int, error) {
	caught := 0
	_, err := s.change(ctx, "cancel deliveries", sc, campaignID, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		for _, id := range ids {
			n, err := q.CancelDelivery(ctx, sqlc.CancelDeliveryParams{
				UpdatedAt: ms(when), OrganizationID: c.OrganizationID, CampaignID: c.ID, ID: id,
			})
			if err != nil {
				return fmt.Errorf("cancel a delivery: %w", err)
			}
			caught += int(n)
		}
		// What can be cancelled stands in the latest round: the others are closed.
		if err := count(ctx, q, c.OrganizationID, c.ID, int64(c.Round), domain.Counts{Cancelled: caught}); err != nil {
			return err
		}
		return closeRound(ctx, q, c.OrganizationID, c.ID, when)
	})
	if err != nil {
		return 0, err
	}
	return caught, nil
}

// ResumeCampaign implements [domain.CancelStore].
func (s *Store) ResumeCampaign(ctx context.Context, sc domain.Scope, id int64, _ time.Time) (domain.Campaign, error) {
	return s.change(ctx, "resume a campaign", sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if c.Status != domain.CampaignPaused {
			return domain.E(domain.Conflict, "campaign.not_paused")
		}
		status := domain.CampaignRunning
		if c.Round == 0 {
			status = domain.CampaignScheduled
		}
		return setHeld(ctx, q, c, status, "", false)
	})
}

// setHeld pauses a campaign or lets it go on, with its open deliveries.
func setHeld(ctx context.Context, q *sqlc.Queries, c domain.Campaign, st domain.CampaignStatus, reason string, held bool) error {
	err := q.SetCampaignStatus(ctx, sqlc.SetCampaignStatusParams{
		Status: string(st), Reason: reason, OrganizationID: c.OrganizationID, ID: c.ID,
	})
	if err != nil {
		return fmt.Errorf("set the campaign's status: %w", err)
	}
	err = q.HoldDeliveries(ctx, sqlc.HoldDeliveriesParams{Held: flag(held), OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if err != nil {
		return fmt.Errorf("hold the deliveries: %w", err)
	}
	return nil
}

// change does something to a campaign of the scope and answers what it became.
func (s *Store) change(ctx context.Context, doing string, sc domain.Scope, id int64, do func(context.Context, *sqlc.Queries, domain.Campaign) error) (domain.Campaign, error) {
	var c domain.Campaign
	err := s.write(ctx, doing, func(ctx context.Context, q *sqlc.Queries) error {
		found, err := campaign(ctx, q, sc, id)
		if err != nil {
			return err
		}
		if err := do(ctx, q, found); err != nil {
			return err
		}
		c, err = campaign(ctx, q, sc, id)
		return err
	})
	if err != nil {
		return domain.Campaign{}, err
	}
	return c, nil
}
