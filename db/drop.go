package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// drop takes an open delivery out of the way that is not to be tried any more: an
// answer whose time is over, what cancelling or pausing its campaign has missed,
// and what may not go out for who is blocked. It answers whether it did.
func (from sender) drop(ctx context.Context, q *sqlc.Queries, d dueDelivery, r sqlc.ToSendRow) (bool, error) {
	open := openDelivery{org: from.org.ID, campaign: r.CampaignID, round: r.Round, id: d.id}
	switch {
	case d.uncertain: // it may have arrived
		return false, nil
	case r.CampaignStatus == string(domain.CampaignCancelled):
		return true, open.close(ctx, q, domain.DeliveryCancelled, from.now)
	case r.CampaignStatus == string(domain.CampaignPaused):
		if err := q.HoldDelivery(ctx, sqlc.HoldDeliveryParams{OrganizationID: from.org.ID, ID: d.id}); err != nil {
			return false, fmt.Errorf("hold a delivery: %w", err)
		}
		return true, nil
	case from.over(r):
		return true, open.close(ctx, q, domain.DeliveryMissed, from.now)
	}
	if why := from.barred(r); why != "" {
		return true, open.bar(ctx, q, why, from.now)
	}
	return false, nil
}

// over reports whether the delivery is of an answer that nobody wants any more: its
// time is over, or its organization has no filter now.
func (from sender) over(r sqlc.ToSendRow) bool {
	return expired(r.ExpiresAt, from.now) || r.DetectionID != 0 && from.org.Limits.WatchOff
}

// barred is why nothing of the delivery may go out: a code, or "".
func (from sender) barred(r sqlc.ToSendRow) string {
	if from.org.Block.Active() {
		return domain.CodeOrgBlocked
	}
	return r.Barred
}

// bar pauses the campaign of a delivery that may not go out. Where there is nothing
// to pause, an answer or what is left of an ended campaign, it cancels the
// delivery: nobody would let it go on.
func (d openDelivery) bar(ctx context.Context, q *sqlc.Queries, why string, now time.Time) error {
	c, err := campaignOrReply(ctx, q, whole(d.org), d.campaign)
	if err != nil {
		return err
	}
	if c.Reply || !c.Status.Live() {
		return d.close(ctx, q, domain.DeliveryCancelled, now)
	}
	return pauseCampaign(ctx, q, d.org, d.campaign, why, now)
}

// expired reports whether a time is over; 0 is none.
func expired(expiresAt int64, now time.Time) bool { return expiresAt > 0 && ms(now) >= expiresAt }

// Expire implements [domain.Queue].
func (s *Store) Expire(ctx context.Context, now time.Time) ([]int64, error) {
	rows, err := s.read.ExpiredReplies(ctx, ms(now))
	if err != nil || len(rows) == 0 {
		return nil, refuse("list the answers whose time is over", err)
	}
	var orgs []int64
	err = s.write(ctx, "give up answers whose time is over", func(ctx context.Context, q *sqlc.Queries) error {
		for _, r := range rows {
			open := openDelivery{org: r.OrganizationID, campaign: r.CampaignID, round: r.Round, id: r.ID}
			if err := open.close(ctx, q, domain.DeliveryMissed, now); err != nil {
				return err
			}
			orgs = append(orgs, r.OrganizationID)
		}
		return nil
	})
	slices.Sort(orgs)
	return slices.Compact(orgs), err
}

type openDelivery struct{ org, campaign, round, id int64 }

// close ends the delivery, if it is open still, as cancelled or missed. Where the
// counters are wrong and know of nothing open it is not counted: whether they
// come out is checked elsewhere, and sending goes on.
func (d openDelivery) close(ctx context.Context, q *sqlc.Queries, st domain.DeliveryStatus, now time.Time) error {
	n, err := q.CloseDelivery(ctx, sqlc.CloseDeliveryParams{Status: string(st), Now: ms(now), OrganizationID: d.org, ID: d.id})
	if err != nil {
		return fmt.Errorf("close a delivery: %w", err)
	}
	if n == 0 {
		return nil
	}
	var c domain.Counts
	add(&c, st, 1)
	_, err = q.CountClosedInRound(ctx, sqlc.CountClosedInRoundParams{
		Cancelled: int64(c.Cancelled), Missed: int64(c.Missed), OrganizationID: d.org, CampaignID: d.campaign, Number: d.round,
	})
	if err != nil {
		return fmt.Errorf("count in the round: %w", err)
	}
	_, err = q.CountClosedInCampaign(ctx, sqlc.CountClosedInCampaignParams{
		Cancelled: int64(c.Cancelled), Missed: int64(c.Missed), OrganizationID: d.org, ID: d.campaign,
	})
	if err != nil {
		return fmt.Errorf("count in the campaign: %w", err)
	}
	return closeRound(ctx, q, d.org, d.campaign, now)
}
