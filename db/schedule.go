package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// CancelCampaign implements [domain.ScheduleStore]. An open round stays open for
// as long as one of its messages is in flight.
func (s *Store) CancelCampaign(ctx context.Context, sc domain.Scope, id int64, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "cancel a campaign", domain.AuditCampaignCancel, sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if !c.Cancellable() {
			return domain.E(domain.Conflict, "campaign.ended")
		}
		return cancelNow(ctx, q, c, when)
	})
}

// cancelNow cancels what is left of a campaign. What is in flight or uncertain ends
// as it is found out.
func cancelNow(ctx context.Context, q *sqlc.Queries, c domain.Campaign, when time.Time) error {
	if err := cancelOpen(ctx, q, c, when); err != nil {
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
}

// cancelOpen cancels what was never tried. That may stand in several rounds: a
// message that is proved not to have arrived is open again, though its round may
// be closed.
func cancelOpen(ctx context.Context, q *sqlc.Queries, c domain.Campaign, when time.Time) error {
	rounds, err := q.OpenByRound(ctx, sqlc.OpenByRoundParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if err != nil {
		return fmt.Errorf("count what is open: %w", err)
	}
	err = q.CancelOpenDeliveries(ctx, sqlc.CancelOpenDeliveriesParams{
		UpdatedAt: ms(when), OrganizationID: c.OrganizationID, CampaignID: c.ID,
	})
	if err != nil {
		return fmt.Errorf("cancel the deliveries: %w", err)
	}
	for _, r := range rounds {
		if err := count(ctx, q, c.OrganizationID, c.ID, r.Round, domain.Counts{Cancelled: int(r.Open)}); err != nil {
			return err
		}
	}
	return nil
}

// CancelDeliveries implements [domain.ScheduleStore].
func (s *Store) CancelDeliveries(ctx context.Context, sc domain.Scope, campaignID int64, ids []int64, when time.Time) (int, error) {
	caught := 0
	_, err := s.change(ctx, "cancel deliveries", "", sc, campaignID, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		for _, id := range ids {
			round, err := q.CancelDelivery(ctx, sqlc.CancelDeliveryParams{
				UpdatedAt: ms(when), OrganizationID: c.OrganizationID, CampaignID: c.ID, ID: id,
			})
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return fmt.Errorf("cancel a delivery: %w", err)
			}
			if err := count(ctx, q, c.OrganizationID, c.ID, round, domain.Counts{Cancelled: 1}); err != nil {
				return err
			}
			caught++
		}
		if caught > 0 {
			auditCampaign(ctx, c, domain.AuditCampaignPeer)
		}
		return closeRound(ctx, q, c.OrganizationID, c.ID, when)
	})
	if err != nil {
		return 0, err
	}
	return caught, nil
}

// PauseCampaign implements [domain.ScheduleStore].
func (s *Store) PauseCampaign(ctx context.Context, sc domain.Scope, id int64, reason string, _ time.Time) (domain.Campaign, error) {
	return s.change(ctx, "pause a campaign", domain.AuditCampaignPause, sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		switch {
		case c.Status == domain.CampaignPaused:
			return domain.E(domain.Conflict, "campaign.paused")
		case !c.Status.Live():
			return domain.E(domain.Conflict, "campaign.ended")
		}
		return setHeld(ctx, q, c, domain.CampaignPaused, reason, true)
	})
}

// ResumeCampaign implements [domain.ScheduleStore].
func (s *Store) ResumeCampaign(ctx context.Context, sc domain.Scope, id int64, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "resume a campaign", domain.AuditCampaignResume, sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		if c.Status != domain.CampaignPaused {
			return domain.E(domain.Conflict, "campaign.not_paused")
		}
		if err := mayGoOut(ctx, q, c); err != nil {
			return err
		}
		status := domain.CampaignRunning
		if c.StartedAt.IsZero() && c.Round == 0 {
			status = domain.CampaignScheduled
		}
		if err := setHeld(ctx, q, c, status, "", false); err != nil {
			return err
		}
		if err := q.ResetRecent(ctx, sqlc.ResetRecentParams{OrganizationID: c.OrganizationID, ID: c.ID}); err != nil {
			return fmt.Errorf("forget how the latest attempts ended: %w", err)
		}
		if c.NextDueAt.IsZero() { // a round is open: the next one keeps its distance from now
			err := q.SetAfter(ctx, sqlc.SetAfterParams{AfterAt: ms(when.Add(c.Spacing())), OrganizationID: c.OrganizationID, ID: c.ID})
			if err != nil {
				return fmt.Errorf("keep the next round at its distance: %w", err)
			}
			return closeRound(ctx, q, c.OrganizationID, c.ID, when) // only what is uncertain may be left of it
		}
		return setDue(ctx, q, c, domain.AfterRound(c.NextDueAt, when, c.Hours))
	})
}

// StartCampaign implements [domain.ScheduleStore]. In quiet hours the first round
// is due when they end.
func (s *Store) StartCampaign(ctx context.Context, sc domain.Scope, id int64, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "start a campaign", domain.AuditCampaignSend, sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		switch {
		case c.Status == domain.CampaignPaused:
			return domain.E(domain.Conflict, "campaign.paused")
		case !c.Status.Live():
			return domain.E(domain.Conflict, "campaign.ended")
		case c.Status != domain.CampaignScheduled:
			return domain.E(domain.Conflict, "campaign.started")
		}
		if err := mayGoOut(ctx, q, c); err != nil {
			return err
		}
		err := q.SetStart(ctx, sqlc.SetStartParams{
			StartAt: ms(c.Hours.Next(when)), OrganizationID: c.OrganizationID, ID: c.ID,
		})
		if err != nil {
			return fmt.Errorf("set the start: %w", err)
		}
		return nil
	})
}

// setDue says when the next round opens; the zero time says that one is open.
func setDue(ctx context.Context, q *sqlc.Queries, c domain.Campaign, due time.Time) error {
	err := q.SetNextDue(ctx, sqlc.SetNextDueParams{NextDueAt: ms(due), OrganizationID: c.OrganizationID, ID: c.ID})
	if err != nil {
		return fmt.Errorf("say when the next round is due: %w", err)
	}
	return nil
}

// EditText implements [domain.ScheduleStore].
func (s *Store) EditText(ctx context.Context, sc domain.Scope, id int64, version int, text string, formats domain.Formats, userID int64, when time.Time) (domain.Campaign, error) {
	return s.change(ctx, "edit a text", "", sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
		switch {
		case !c.Status.Live():
			return domain.E(domain.Conflict, "campaign.ended")
		case c.Text == text && (formats == nil || slices.Equal(c.Formats, formats)): // also the second press of a button
			return nil
		case c.Texts != version:
			return domain.E(domain.Conflict, "campaign.edited").On("text")
		}
		err := q.InsertCampaignText(ctx, sqlc.InsertCampaignTextParams{
			CampaignID: c.ID, Version: int64(version + 1), OrganizationID: c.OrganizationID, UserID: userID,
			Body: text, Formats: fromFormats(formats), CreatedAt: ms(when),
		})
		if err != nil {
			return fmt.Errorf("store the text: %w", err)
		}
		err = q.SetCampaignText(ctx, sqlc.SetCampaignTextParams{
			Body: text, Formats: fromFormats(formats), Search: fold(text), Texts: int64(version + 1), OrganizationID: c.OrganizationID, ID: c.ID,
		})
		if err != nil {
			return fmt.Errorf("make it the text: %w", err)
		}
		auditCampaign(ctx, c, domain.AuditCampaignText)
		return nil
	})
}

// LookAgain implements [domain.ScheduleStore].
func (s *Store) LookAgain(ctx context.Context, sc domain.Scope, id int64, when time.Time) (int, error) {
	var n int64
	_, err := s.change(ctx, "look again", "", sc, id, func(ctx context.Context, q *sqlc.Queries, c domain.Campaign) (err error) {
		n, err = q.LookAgain(ctx, sqlc.LookAgainParams{Now: ms(when), OrganizationID: c.OrganizationID, CampaignID: c.ID})
		return err
	})
	return int(n), err
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

func auditCampaign(ctx context.Context, c domain.Campaign, event domain.AuditEvent) {
	audit(ctx, domain.AuditEntry{OrganizationID: c.OrganizationID, Event: event, Subject: domain.SubjectCampaign, SubjectID: c.ID})
}

// change does something to a campaign of the scope and answers what it became. It
// is kept as the event; a do that may change nothing is given none, and keeps its
// own.
func (s *Store) change(ctx context.Context, doing string, event domain.AuditEvent, sc domain.Scope, id int64, do func(context.Context, *sqlc.Queries, domain.Campaign) error) (domain.Campaign, error) {
	var c domain.Campaign
	err := s.write(ctx, doing, func(ctx context.Context, q *sqlc.Queries) error {
		found, err := campaign(ctx, q, sc, id)
		if err != nil {
			return err
		}
		if err := do(ctx, q, found); err != nil {
			return err
		}
		if event != "" {
			auditCampaign(ctx, found, event)
		}
		c, err = campaign(ctx, q, sc, id)
		return err
	})
	if err != nil {
		return domain.Campaign{}, err
	}
	return c, nil
}
