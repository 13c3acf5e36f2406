package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// mostInReport is how many groups and senders a report names.
const mostInReport = 20

// Report implements [domain.ReportStore]. It shows one moment, whatever is
// recorded meanwhile.
func (s *Store) Report(ctx context.Context, organizationID int64, from, to time.Time, zone *time.Location) (domain.Report, error) {
	r := report{
		Report: domain.Report{From: from, To: to, Days: daysOf(from, to, zone)},
		org:    organizationID, from: ms(from), to: ms(to),
	}
	err := s.snapshot(ctx, func(q *sqlc.Queries) error {
		r.q = q
		for _, part := range []func(context.Context) error{r.countDays, r.countRules, r.countGroups, r.countSenders} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return r.Report, refuse("report what the filter found", err)
}

// report is one in the making.
type report struct {
	domain.Report
	q        *sqlc.Queries
	org      int64
	from, to int64
}

// daysOf are the days of the zone that [from, to) touches.
func daysOf(from, to time.Time, zone *time.Location) []domain.DayCount {
	var days []domain.DayCount
	y, m, d := from.In(zone).Date()
	for i := 0; ; i++ {
		day := domain.StartOfDay(y, m, d+i, zone)
		if !day.Before(to) {
			return days
		}
		days = append(days, domain.DayCount{Day: day})
	}
}

// countDays counts each day on its own, for days are not all of one length.
func (r *report) countDays(ctx context.Context) error {
	heard, err := r.q.HeardCounts(ctx, sqlc.HeardCountsParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to})
	if err != nil {
		return fmt.Errorf("count the messages: %w", err)
	}
	for i := range r.Days {
		day := &r.Days[i]
		from, to := max(r.from, ms(day.Day)), r.to
		if i+1 < len(r.Days) {
			to = ms(r.Days[i+1].Day)
		}
		n, err := r.q.CountDetections(ctx, sqlc.CountDetectionsParams{OrganizationID: r.org, FromAt: from, ToAt: to})
		if err != nil {
			return fmt.Errorf("count the detections of a day: %w", err)
		}
		day.Detections = int(n)
		sent, err := r.q.CountSentReplies(ctx, sqlc.CountSentRepliesParams{OrganizationID: r.org, FromAt: from, ToAt: to})
		if err != nil {
			return fmt.Errorf("count the answers of a day: %w", err)
		}
		day.Replies = int(sent)
		for len(heard) > 0 && heard[0].At < to {
			day.Messages += int(heard[0].Messages)
			heard = heard[1:]
		}
		r.Detections += day.Detections
		r.Replies += day.Replies
		r.Messages += day.Messages
	}
	return nil
}

func (r *report) countRules(ctx context.Context) error {
	sets, err := r.q.DetectionRules(ctx, sqlc.DetectionRulesParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to})
	if err != nil {
		return fmt.Errorf("count the hits: %w", err)
	}
	reviews, err := r.q.ReviewedRules(ctx, sqlc.ReviewedRulesParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to})
	if err != nil {
		return fmt.Errorf("count the reviews: %w", err)
	}
	for i, rule := range ruleBits {
		c := domain.RuleCount{Rule: rule}
		for _, s := range sets {
			if s.Rules&(1<<i) != 0 {
				c.Hits += int(s.Detections)
			}
		}
		for _, v := range reviews {
			switch {
			case v.Rule != string(rule):
			case v.Review == string(domain.ReviewRight):
				c.Right = int(v.Detections)
			default:
				c.Wrong = int(v.Detections)
			}
		}
		if c.Hits > 0 {
			r.Rules = append(r.Rules, c)
		}
	}
	return nil
}

func (r *report) countGroups(ctx context.Context) error {
	rows, err := r.q.TopChats(ctx, sqlc.TopChatsParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to, Most: mostInReport})
	if err != nil {
		return fmt.Errorf("count the detections of groups: %w", err)
	}
	for _, c := range rows {
		r.Groups = append(r.Groups, domain.GroupCount{ChatID: c.ChatID, Title: c.Title, Detections: int(c.Detections)})
	}
	return nil
}

func (r *report) countSenders(ctx context.Context) error {
	n, err := r.q.CountDetectedSenders(ctx, sqlc.CountDetectedSendersParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to})
	if err != nil {
		return fmt.Errorf("count the senders: %w", err)
	}
	r.Senders = int(n)
	top, err := r.q.TopSenders(ctx, sqlc.TopSendersParams{OrganizationID: r.org, FromAt: r.from, ToAt: r.to, Most: mostInReport})
	if err != nil {
		return fmt.Errorf("count the detections of senders: %w", err)
	}
	for _, t := range top {
		sender, err := watchedSender(ctx, r.q, r.org, t.SenderID)
		if err != nil {
			return fmt.Errorf("find a sender: %w", err)
		}
		sender.Detections = int(t.Detections)
		r.Top = append(r.Top, sender)
	}
	return nil
}
