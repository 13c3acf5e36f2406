package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// SetLimits implements [domain.OrganizationStore].
func (s *Store) SetLimits(ctx context.Context, id int64, seen string, l domain.Limits, now time.Time) error {
	return s.write(ctx, "set the limits of an organization", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.Organization(ctx, id)
		if err != nil {
			return missing("organization.missing", err)
		}
		o := toOrganization(r)
		if seen != "" && seen != o.Limits.Mark() {
			return domain.E(domain.Conflict, "limit.changed")
		}
		return setLimits(ctx, q, o, l, now)
	})
}

func setLimits(ctx context.Context, q *sqlc.Queries, o domain.Organization, l domain.Limits, now time.Time) error {
	if o.Service {
		return domain.Missing("organization.missing")
	}
	if o.Limits == l {
		return nil
	}
	if err := putLimits(ctx, q, o.ID, l); err != nil {
		return err
	}
	audit(ctx, organizationEntry(o.ID, domain.AuditOrganizationLimit, changedLimits(o.Limits, l)))
	if o.Limits.WatchOff && !l.WatchOff { // what was said meanwhile is not its business
		if err := q.DropPositions(ctx, o.ID); err != nil {
			return fmt.Errorf("let the accounts begin to hear anew: %w", err)
		}
	}
	if o.Limits.MessagesPerDay == l.MessagesPerDay {
		return nil
	}
	if err := q.ClearDayLimit(ctx, o.ID); err != nil {
		return fmt.Errorf("clear what the accounts wait for: %w", err)
	}
	if o.Limits.MessagesPerDay > 0 {
		return nil
	}
	return countDay(ctx, q, o, now)
}

func putLimits(ctx context.Context, q *sqlc.Queries, id int64, l domain.Limits) error {
	_, err := q.SetLimits(ctx, sqlc.SetLimitsParams{
		UserLimit: int64(l.Users), AccountLimit: int64(l.Accounts), CampaignsPerDay: int64(l.CampaignsPerDay),
		MessagesPerDay: int64(l.MessagesPerDay), WatchOff: flag(l.WatchOff), ID: id,
	})
	if err != nil {
		return fmt.Errorf("store the limits: %w", err)
	}
	return nil
}

// changedLimits are those that differ, such as "users 100 → 120, watch on → off".
func changedLimits(was, is domain.Limits) string {
	var all changes
	watch := map[bool]string{false: "on", true: "off"}
	all.note(string(domain.LimitUsers), was.Users, is.Users)
	all.note(string(domain.LimitAccounts), was.Accounts, is.Accounts)
	all.note(string(domain.LimitCampaigns), was.CampaignsPerDay, is.CampaignsPerDay)
	all.note(string(domain.LimitMessages), was.MessagesPerDay, is.MessagesPerDay)
	all.note(string(domain.LimitWatch), watch[was.WatchOff], watch[is.WatchOff])
	return strings.Join(all, ", ")
}

// countDay begins to count the day's messages, with those that it has had: without
// a limit nobody counts.
func countDay(ctx context.Context, q *sqlc.Queries, o domain.Organization, now time.Time) error {
	begins, _ := o.Day(now)
	n, err := q.GoneOut(ctx, sqlc.GoneOutParams{OrganizationID: o.ID, Since: ms(begins)})
	if err != nil {
		return fmt.Errorf("count what has gone out today: %w", err)
	}
	err = q.SetMessagesOfDay(ctx, sqlc.SetMessagesOfDayParams{OrganizationID: o.ID, Day: ms(begins), Messages: n})
	if err != nil {
		return fmt.Errorf("store what has gone out today: %w", err)
	}
	err = q.CountOpenOfDay(ctx, sqlc.CountOpenOfDayParams{Day: ms(begins), OrganizationID: o.ID})
	if err != nil {
		return fmt.Errorf("note what of it may be given back: %w", err)
	}
	return nil
}

// usedOfDay is what an organization has used of the day that now lies in.
func usedOfDay(ctx context.Context, q *sqlc.Queries, o domain.Organization, now time.Time) (used sqlc.UsedOfDayRow, begins, ends time.Time, err error) {
	begins, ends = o.Day(now)
	used, err = q.UsedOfDay(ctx, sqlc.UsedOfDayParams{OrganizationID: o.ID, Day: ms(begins)})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return used, begins, ends, fmt.Errorf("read what the organization has used today: %w", err)
	}
	return used, begins, ends, nil
}

// dayFull is when the organization's day ends, if it has sent what it may on it.
// Without a limit it asks nothing.
func dayFull(ctx context.Context, q *sqlc.Queries, o domain.Organization, now time.Time) (time.Time, error) {
	if o.Limits.MessagesPerDay == 0 {
		return time.Time{}, nil
	}
	used, _, ends, err := usedOfDay(ctx, q, o, now)
	if err != nil || used.Messages < int64(o.Limits.MessagesPerDay) {
		return time.Time{}, err
	}
	return ends, nil
}

// takeMessage takes one of the day's messages, and answers the day; 0 where
// nothing is counted. What is tried again because nobody knows whether it has
// arrived has taken its own before.
func (from sender) takeMessage(ctx context.Context, q *sqlc.Queries, a domain.Attempt) (day int64, err error) {
	if from.org.Limits.MessagesPerDay == 0 || a.Uncertain {
		return 0, nil
	}
	begins, _ := from.org.Day(from.now)
	n, err := q.CountMessageOfDay(ctx, sqlc.CountMessageOfDayParams{OrganizationID: from.org.ID, Day: ms(begins)})
	if err != nil {
		return 0, fmt.Errorf("count a message of the day: %w", err)
	}
	return ms(begins), tellNear(ctx, q, from.org, domain.LimitMessages, n.Messages, n.Told, from.now)
}

// giveMessageBack gives back what an attempt took that has come to nothing, to the
// day from which it was taken.
func giveMessageBack(ctx context.Context, q *sqlc.Queries, p sqlc.SettleDeliveryParams, day int64) error {
	gone := p.Status == string(domain.DeliverySent) || p.Status == string(domain.DeliveryUncertain)
	if day == 0 || gone {
		return nil
	}
	err := q.GiveMessageBack(ctx, sqlc.GiveMessageBackParams{OrganizationID: p.OrganizationID, Day: day})
	if err != nil {
		return fmt.Errorf("give a message of the day back: %w", err)
	}
	return nil
}

// takeCampaign counts one more campaign of its organization's day: Limited
// (campaign.day_limit) for one too many.
func takeCampaign(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	r, err := q.Organization(ctx, c.OrganizationID)
	if err != nil {
		return missing("organization.missing", err)
	}
	o := toOrganization(r)
	used, begins, ends, err := usedOfDay(ctx, q, o, c.CreatedAt)
	if err != nil {
		return err
	}
	if limit := o.Limits.CampaignsPerDay; limit > 0 && used.Campaigns >= int64(limit) {
		return domain.DayLimit(o, ends, c.CreatedAt)
	}
	n, err := q.CountCampaignOfDay(ctx, sqlc.CountCampaignOfDayParams{OrganizationID: o.ID, Day: ms(begins)})
	if err != nil {
		return fmt.Errorf("count a campaign of the day: %w", err)
	}
	return tellNear(ctx, q, o, domain.LimitCampaigns, n.Campaigns, n.Told, c.CreatedAt)
}
