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

var _ domain.LimitStore = (*Store)(nil)

// LimitUse implements [domain.LimitStore].
func (s *Store) LimitUse(ctx context.Context, organizationID int64, now time.Time) (domain.LimitUse, error) {
	o, err := s.Organization(ctx, organizationID)
	if err != nil {
		return domain.LimitUse{}, err
	}
	places, err := s.read.CountPlaces(ctx, organizationID)
	if err != nil {
		return domain.LimitUse{}, refuse("count the places that are taken", err)
	}
	used, begins, ends, err := usedOfDay(ctx, s.read, o, now)
	if err == nil && o.Limits.MessagesPerDay == 0 { // nobody counts
		used.Messages, err = s.read.GoneOut(ctx, sqlc.GoneOutParams{OrganizationID: o.ID, Since: ms(begins)})
	}
	return domain.LimitUse{
		Users: int(places.Users), Accounts: int(places.Accounts),
		Campaigns: int(used.Campaigns), Messages: int(used.Messages), DayEnds: ends,
	}, refuse("read what is used of the limits", err)
}

// LimitRequests implements [domain.LimitStore].
func (s *Store) LimitRequests(ctx context.Context, organizationID int64, most int) ([]domain.LimitRequest, error) {
	rows, err := s.read.LimitRequests(ctx, sqlc.LimitRequestsParams{OrganizationID: organizationID, RowLimit: upTo(most)})
	rs := make([]domain.LimitRequest, len(rows))
	for i, r := range rows {
		rs[i] = toLimitRequest(sqlc.LimitRequestRow(r))
	}
	return rs, refuse("list the requests of an organization", err)
}

// OpenLimitRequests implements [domain.LimitStore].
func (s *Store) OpenLimitRequests(ctx context.Context) ([]domain.LimitRequest, error) {
	rows, err := s.read.OpenLimitRequests(ctx)
	rs := make([]domain.LimitRequest, len(rows))
	for i, r := range rows {
		rs[i] = toLimitRequest(sqlc.LimitRequestRow(r))
	}
	return rs, refuse("list the open requests", err)
}

// AnsweredLimitRequests implements [domain.LimitStore].
func (s *Store) AnsweredLimitRequests(ctx context.Context, most int) ([]domain.LimitRequest, error) {
	rows, err := s.read.AnsweredLimitRequests(ctx, upTo(most))
	rs := make([]domain.LimitRequest, len(rows))
	for i, r := range rows {
		rs[i] = toLimitRequest(sqlc.LimitRequestRow(r))
	}
	return rs, refuse("list the answered requests", err)
}

// CountOpenLimitRequests implements [domain.LimitStore].
func (s *Store) CountOpenLimitRequests(ctx context.Context) (int, error) {
	n, err := s.read.CountOpenLimitRequests(ctx)
	return int(n), refuse("count the open requests", err)
}

// LimitRequest implements [domain.LimitStore].
func (s *Store) LimitRequest(ctx context.Context, id int64) (domain.LimitRequest, error) {
	r, err := s.read.LimitRequest(ctx, id)
	return toLimitRequest(r), refuse("find a request", missing("limit.missing", err))
}

func toLimitRequest(row sqlc.LimitRequestRow) domain.LimitRequest {
	r := row.LimitRequest
	return domain.LimitRequest{
		ID: r.ID, OrganizationID: r.OrganizationID, UserID: r.UserID, Kind: domain.LimitKind(r.Kind), Wanted: int(r.Wanted), Note: r.Note,
		At: at(r.At), Status: domain.RequestStatus(r.Status), Given: int(r.Given), Answer: r.Answer, AnsweredAt: at(r.AnsweredAt),
		Organization: toOrganization(row.Organization), User: row.UserName,
	}
}

// AskLimit implements [domain.LimitStore].
func (s *Store) AskLimit(ctx context.Context, r domain.LimitRequest) error {
	return s.write(ctx, "ask for a higher limit", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.OpenLimitRequest(ctx, sqlc.OpenLimitRequestParams{OrganizationID: r.OrganizationID, Kind: string(r.Kind)})
		if err == nil {
			return domain.E(domain.Conflict, "limit.asked")
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look for an open request: %w", err)
		}
		o, err := q.Organization(ctx, r.OrganizationID)
		if err != nil {
			return missing("organization.missing", err)
		}
		_, err = q.InsertLimitRequest(ctx, sqlc.InsertLimitRequestParams{
			OrganizationID: r.OrganizationID, UserID: r.UserID, Kind: string(r.Kind), Wanted: int64(r.Wanted), Note: r.Note, At: ms(r.At),
		})
		if err != nil {
			return fmt.Errorf("store the request: %w", err)
		}
		auditRequest(ctx, domain.AuditLimitAsk, r, r.Wanted)
		return notifyService(ctx, q, domain.Notice{Kind: domain.NoticeLimitAsked, Reason: o.Name, At: r.At})
	})
}

func auditRequest(ctx context.Context, event domain.AuditEvent, r domain.LimitRequest, value int) {
	audit(ctx, domain.AuditEntry{
		OrganizationID: r.OrganizationID, Event: event, Subject: domain.SubjectOrganization, SubjectID: r.OrganizationID,
		Detail: fmt.Sprintf("%s %d", r.Kind, value),
	})
}

// endings are how requests end: what is kept of it, and what their owner is told.
var endings = map[domain.RequestStatus]struct {
	event  domain.AuditEvent
	notice domain.NoticeKind
}{
	domain.RequestGranted:   {domain.AuditLimitGrant, domain.NoticeLimitGranted},
	domain.RequestRefused:   {domain.AuditLimitRefuse, domain.NoticeLimitRefused},
	domain.RequestWithdrawn: {domain.AuditLimitWithdraw, ""},
}

// AnswerLimit implements [domain.LimitStore].
func (s *Store) AnswerLimit(ctx context.Context, r domain.LimitRequest, by int64) error {
	return s.write(ctx, "answer a request", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.AnswerLimitRequest(ctx, sqlc.AnswerLimitRequestParams{
			Status: string(r.Status), Given: int64(r.Given), Answer: r.Answer, AnsweredAt: ms(r.AnsweredAt), AnsweredBy: by,
			OrganizationID: r.OrganizationID, ID: r.ID,
		})
		if err != nil {
			return fmt.Errorf("store the answer: %w", err)
		}
		if n == 0 {
			return domain.E(domain.Conflict, "limit.answered")
		}
		value := r.Wanted
		if r.Status == domain.RequestGranted {
			value = r.Given
			if err := setLimit(ctx, q, r); err != nil {
				return err
			}
		}
		end := endings[r.Status]
		auditRequest(ctx, end.event, r, value)
		if end.notice == "" {
			return nil
		}
		return notify(ctx, q, domain.Notice{
			OrganizationID: r.OrganizationID, Kind: end.notice, UserID: r.UserID, Reason: fmt.Sprintf("%s %d\n%s", r.Kind, value, r.Answer), At: r.AnsweredAt,
		})
	})
}

// setLimit sets what was granted; Invalid on "value" for what is no more than there is.
func setLimit(ctx context.Context, q *sqlc.Queries, r domain.LimitRequest) error {
	row, err := q.Organization(ctx, r.OrganizationID)
	if err != nil {
		return missing("organization.missing", err)
	}
	o := toOrganization(row)
	if err := o.Raises(r.Kind, r.Given); err != nil {
		return err
	}
	if r.Kind != domain.LimitInterval {
		return setLimits(ctx, q, o, o.Limits.With(r.Kind, r.Given), r.AnsweredAt)
	}
	interval := time.Duration(r.Given) * time.Second
	err = q.SetGrantedInterval(ctx, sqlc.SetGrantedIntervalParams{GrantedIntervalMs: interval.Milliseconds(), ID: o.ID})
	if err != nil {
		return fmt.Errorf("grant the interval: %w", err)
	}
	return nil
}
