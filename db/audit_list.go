package db

import (
	"context"
	"strings"

	"postix/domain"
)

const auditList = `SELECT a.id, a.organization_id, o.name, a.at, a.user_id, COALESCE(u.name, ''), a.ip, a.event, a.subject, a.subject_id, a.detail, COALESCE(n.phone, '')
FROM audit a JOIN organizations o ON o.id = a.organization_id LEFT JOIN users u ON u.id = a.user_id
    LEFT JOIN accounts n ON a.subject = 'account' AND n.organization_id = a.organization_id AND n.id = a.subject_id
WHERE TRUE`

// Audit implements [domain.AuditStore]. A Limit of 0 lists all.
func (s *Store) Audit(ctx context.Context, f domain.AuditFilter) ([]domain.AuditEntry, error) {
	query, args := auditQuery(f)
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, refuse("read the audit", err)
	}
	defer rows.Close()
	var out []domain.AuditEntry
	for rows.Next() {
		var e domain.AuditEntry
		var when int64
		err := rows.Scan(&e.ID, &e.OrganizationID, &e.Organization, &when, &e.UserID, &e.User, &e.IP, &e.Event, &e.Subject, &e.SubjectID, &e.Detail, &e.Phone)
		if err != nil {
			return nil, refuse("read the audit", err)
		}
		e.At = at(when)
		out = append(out, e)
	}
	return out, refuse("read the audit", rows.Err())
}

// AuditOrganizations implements [domain.AuditStore].
func (s *Store) AuditOrganizations(ctx context.Context) ([]domain.Organization, error) {
	rows, err := s.read.OrganizationNames(ctx)
	os := make([]domain.Organization, len(rows))
	for i, r := range rows {
		os[i] = domain.Organization{ID: r.ID, Name: r.Name}
	}
	return os, refuse("list the organizations by name", err)
}

// auditQuery is put together here and not by sqlc: the organization must reach the
// planner as a plain condition, so that its page is read off its index, however
// much the others have done.
func auditQuery(f domain.AuditFilter) (string, []any) {
	var query strings.Builder
	var args []any
	query.WriteString(auditList)
	and := func(on bool, condition string, value any) {
		if on {
			query.WriteString(" AND " + condition)
			args = append(args, value)
		}
	}
	and(f.OrganizationID != 0, "a.organization_id = ?", f.OrganizationID)
	and(f.UserID != 0, "a.user_id = ?", f.UserID)
	and(f.Event != "", "a.event = ?", string(f.Event))
	and(!f.From.IsZero(), "a.at >= ?", ms(f.From))
	and(!f.To.IsZero(), "a.at < ?", ms(f.To))
	and(f.Before != 0, "a.id < ?", f.Before)
	return query.String() + "\nORDER BY a.id DESC LIMIT ?", append(args, upTo(f.Limit))
}
