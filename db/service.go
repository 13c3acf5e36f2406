package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Organization implements [domain.ServiceStore].
func (s *Store) Organization(ctx context.Context, id int64) (domain.Organization, error) {
	r, err := s.read.Organization(ctx, id)
	return toOrganization(r), refuse("find an organization", missing("organization.missing", err))
}

// OrganizationsAtWork implements [domain.ServiceStore].
func (s *Store) OrganizationsAtWork(ctx context.Context) ([]domain.OrganizationAtWork, error) {
	rows, err := s.read.OrganizationsAtWork(ctx)
	os := make([]domain.OrganizationAtWork, len(rows))
	for i, r := range rows {
		os[i] = domain.OrganizationAtWork{
			Organization: toOrganization(r.Organization), Users: int(r.Users), Accounts: int(r.Accounts), Care: int(r.Care),
			Campaigns: int(r.Campaigns), Open: int(r.Open),
		}
	}
	return os, refuse("list the organizations", err)
}

// SetStop implements [domain.ServiceStore].
func (s *Store) SetStop(ctx context.Context, id int64, was, to domain.Stop, when time.Time) (bool, error) {
	var n int64
	err := s.write(ctx, "stop or resume an organization", func(ctx context.Context, q *sqlc.Queries) (err error) {
		n, err = q.SetStop(ctx, sqlc.SetStopParams{Stop: string(to), ID: id, Was: string(was)})
		if err != nil || n == 0 {
			return err
		}
		e := domain.AuditEntry{OrganizationID: id, Event: domain.AuditOrganizationStop, Subject: domain.SubjectOrganization, SubjectID: id, Detail: string(to)}
		if to == domain.StopNone || was == domain.StopBoth {
			e.Event = domain.AuditOrganizationResume
		}
		audit(ctx, e)
		if to != domain.StopNone {
			return nil
		}
		return spaceRounds(ctx, q, id, 0, when)
	})
	return n > 0, err
}

// SpaceRounds implements [domain.ServiceStore].
func (s *Store) SpaceRounds(ctx context.Context, when time.Time) error {
	return s.write(ctx, "keep the next rounds at their distance", func(ctx context.Context, q *sqlc.Queries) error {
		return spaceRounds(ctx, q, 0, 0, when)
	})
}

// SetGranted implements [domain.ServiceStore].
func (s *Store) SetGranted(ctx context.Context, id int64, p domain.Pace) error {
	return s.setPace(ctx, "grant a pace", id, domain.AuditOrganizationGrant, func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetGranted(ctx, sqlc.SetGrantedParams{
			GapMs: p.GapMin.Milliseconds(), ChatGapMs: p.ChatGap.Milliseconds(), PerHour: int64(p.PerHour), PerDay: int64(p.PerDay),
			IntervalMs: p.MinInterval.Milliseconds(), ID: id,
		})
	})
}

// SetSending implements [domain.ServiceStore].
func (s *Store) SetSending(ctx context.Context, id int64, own domain.Pace, h domain.Hours) error {
	return s.setPace(ctx, "set an organization's pace and hours", id, domain.AuditOrganizationPace, func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetSending(ctx, sqlc.SetSendingParams{
			GapMinMs: own.GapMin.Milliseconds(), GapMaxMs: own.GapMax.Milliseconds(), ChatGapMs: own.ChatGap.Milliseconds(),
			PerHour: int64(own.PerHour), PerDay: int64(own.PerDay), MinIntervalMs: own.MinInterval.Milliseconds(),
			QuietFrom: int64(h.QuietFrom), QuietTo: int64(h.QuietTo), Days: int64(h.Days), ID: id,
		})
	})
}

// changedPace tells what was changed of what is granted to an organization and of
// what it has chosen, such as "gap_min 8s → 10s, quiet 22:00-08:00 → -".
func changedPace(was, is domain.Organization) string {
	var all changes
	pace := func(was, is domain.Pace) {
		all.note("gap_min", was.GapMin, is.GapMin)
		all.note("gap_max", was.GapMax, is.GapMax)
		all.note("chat_gap", was.ChatGap, is.ChatGap)
		all.note("per_hour", was.PerHour, is.PerHour)
		all.note("per_day", was.PerDay, is.PerDay)
		all.note("min_interval", was.MinInterval, is.MinInterval)
	}
	quiet := func(o domain.Organization) string {
		if o.QuietFrom == o.QuietTo {
			return "-"
		}
		return fmt.Sprintf("%02d:%02d-%02d:%02d", o.QuietFrom/60, o.QuietFrom%60, o.QuietTo/60, o.QuietTo%60)
	}
	pace(was.Granted, is.Granted)
	pace(was.Own, is.Own)
	all.note("quiet", quiet(was), quiet(is))
	all.note("days", int(was.Days), int(is.Days))
	return strings.Join(all, ", ")
}

// setPace changes an organization's pace, and with it the gaps that its chats
// keep already: they count from the chat's last message.
func (s *Store) setPace(ctx context.Context, doing string, id int64, event domain.AuditEvent, set func(context.Context, *sqlc.Queries) error) error {
	return s.write(ctx, doing, func(ctx context.Context, q *sqlc.Queries) error {
		was, err := q.Organization(ctx, id)
		if err != nil {
			return missing("organization.missing", err)
		}
		if err := set(ctx, q); err != nil {
			return err
		}
		is, err := q.Organization(ctx, id)
		if err != nil {
			return fmt.Errorf("read the new pace: %w", err)
		}
		audit(ctx, organizationEntry(id, event, changedPace(toOrganization(was), toOrganization(is))))
		by := (toOrganization(is).Pace.ChatGap - toOrganization(was).Pace.ChatGap).Milliseconds()
		if by == 0 {
			return nil
		}
		if err := q.ShiftChatGaps(ctx, sqlc.ShiftChatGapsParams{ByMs: by, OrganizationID: id}); err != nil {
			return fmt.Errorf("move the chats' gaps: %w", err)
		}
		if err := q.ShiftGapDeliveries(ctx, sqlc.ShiftGapDeliveriesParams{ByMs: by, OrganizationID: id}); err != nil {
			return fmt.Errorf("move what waits for them: %w", err)
		}
		return nil
	})
}
