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

// add counts n deliveries that came to stand there, or left it when n is
// negative. Open ones are not counted: they are what is left of the planned.
func add(c *domain.Counts, st domain.DeliveryStatus, n int) {
	switch st {
	case domain.DeliverySent:
		c.Sent += n
	case domain.DeliveryFailed:
		c.Failed += n
	case domain.DeliveryCancelled:
		c.Cancelled += n
	case domain.DeliveryMissed:
		c.Missed += n
	case domain.DeliverySkipped:
		c.Skipped += n
	case domain.DeliveryUncertain:
		c.Uncertain += n
	}
}

// moved is what changes in the counters when one delivery moves.
func moved(from, to domain.DeliveryStatus) domain.Counts {
	var c domain.Counts
	add(&c, from, -1)
	add(&c, to, 1)
	return c
}

func countCampaign(ctx context.Context, q *sqlc.Queries, organizationID, campaignID int64, c domain.Counts) error {
	if c == (domain.Counts{}) {
		return nil
	}
	err := q.CountCampaign(ctx, sqlc.CountCampaignParams{
		Sent: int64(c.Sent), Failed: int64(c.Failed), Cancelled: int64(c.Cancelled), Missed: int64(c.Missed),
		Skipped: int64(c.Skipped), Uncertain: int64(c.Uncertain), OrganizationID: organizationID, ID: campaignID,
	})
	if err != nil {
		return fmt.Errorf("count in the campaign: %w", err)
	}
	return nil
}

// count changes the counters of a campaign and of one of its rounds.
func count(ctx context.Context, q *sqlc.Queries, organizationID, campaignID, round int64, c domain.Counts) error {
	if c == (domain.Counts{}) {
		return nil
	}
	err := q.CountRound(ctx, sqlc.CountRoundParams{
		Sent: int64(c.Sent), Failed: int64(c.Failed), Cancelled: int64(c.Cancelled), Missed: int64(c.Missed),
		Skipped: int64(c.Skipped), Uncertain: int64(c.Uncertain),
		OrganizationID: organizationID, CampaignID: campaignID, Number: round,
	})
	if err != nil {
		return fmt.Errorf("count in the round: %w", err)
	}
	return countCampaign(ctx, q, organizationID, campaignID, c)
}

// closeRound closes the campaign's open round once nothing of it is open any
// more, and says when the next one is due or that the campaign is done.
// Uncertain deliveries do not keep a round open, but the last one of a paused
// campaign: it is not done while a person may still decide about them. Of one that
// proved not to have arrived afterwards the round is opened again first.
func closeRound(ctx context.Context, q *sqlc.Queries, organizationID, campaignID int64, now time.Time) error {
	row, err := q.OpenRound(ctx, sqlc.OpenRoundParams{OrganizationID: organizationID, CampaignID: campaignID})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the open round: %w", err)
	}
	r := toRound(row)
	if r.Counts.Open() > 0 {
		return nil
	}
	c, err := campaignOrReply(ctx, q, whole(organizationID), campaignID)
	if err != nil {
		return err
	}
	if c.Status == domain.CampaignPaused && c.Round == c.Rounds && c.Counts.Uncertain > 0 {
		return nil
	}
	status := domain.RoundDone
	if c.Status == domain.CampaignCancelled {
		status = domain.RoundCancelled
	}
	err = q.CloseRound(ctx, sqlc.CloseRoundParams{
		Status: string(status), ClosedAt: ms(now), OrganizationID: organizationID, CampaignID: campaignID, Number: int64(r.Number),
	})
	if err != nil {
		return fmt.Errorf("close the round: %w", err)
	}
	switch {
	case !c.Status.Live():
		return nil
	case c.Counts.Open() > (c.Rounds-c.Round)*c.Peers:
		return reopenEarlier(ctx, q, c)
	case c.Round == c.Rounds:
		return endCampaign(ctx, q, c, domain.CampaignDone, now)
	}
	return q.SetNextDue(ctx, sqlc.SetNextDueParams{
		NextDueAt: ms(domain.AfterRound(c.AfterAt, now, c.Hours)), OrganizationID: organizationID, ID: campaignID,
	})
}

// reopenEarlier opens the first closed round again of which something is open.
func reopenEarlier(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	number, err := q.FirstRoundLeft(ctx, sqlc.FirstRoundLeftParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if err == nil {
		err = q.ReopenRound(ctx, sqlc.ReopenRoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID, Number: number})
	}
	if err != nil {
		return fmt.Errorf("open an earlier round again: %w", err)
	}
	return nil
}

func endCampaign(ctx context.Context, q *sqlc.Queries, c domain.Campaign, st domain.CampaignStatus, now time.Time) error {
	err := q.EndCampaign(ctx, sqlc.EndCampaignParams{
		Status: string(st), FinishedAt: ms(now), OrganizationID: c.OrganizationID, ID: c.ID,
	})
	if err != nil {
		return fmt.Errorf("end the campaign: %w", err)
	}
	return notifyFinished(ctx, q, c, st, now)
}
