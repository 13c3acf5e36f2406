package db

import (
	"context"

	"postix/db/sqlc"
	"postix/domain"
)

// CustomFilters implements [domain.WatchStore], newest first.
func (s *Store) CustomFilters(ctx context.Context, organizationID int64) ([]domain.CustomFilter, error) {
	rows, err := s.read.CustomFilters(ctx, organizationID)
	cs := make([]domain.CustomFilter, len(rows))
	for i, r := range rows {
		f := r.CustomFilter
		cs[i] = domain.CustomFilter{
			ID: f.ID, Block: f.Block == 1, SenderID: f.SenderID, Word: f.Word, Note: f.Note, UserName: r.UserName, At: at(f.At),
		}
	}
	return cs, refuse("list the custom filters", err)
}

// AddCustomFilter implements [domain.WatchStore]; Conflict (watch.filter_taken)
// when there is one of the same sender or word, whatever it says.
func (s *Store) AddCustomFilter(ctx context.Context, organizationID, userID int64, c domain.CustomFilter) error {
	return s.write(ctx, "add a custom filter", func(ctx context.Context, q *sqlc.Queries) error {
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditCustomAdd, Detail: c.Word})
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: organizationID, ID: userID})
		if err != nil {
			return missing(keyNoWatch, err)
		}
		n, err := q.InsertCustomFilter(ctx, sqlc.InsertCustomFilterParams{
			OrganizationID: organizationID, Block: flag(c.Block), SenderID: c.SenderID, Word: c.Word, Folded: needle(c.Word),
			Note: c.Note, UserID: userID, At: ms(c.At),
		})
		if err == nil && n == 0 {
			return domain.E(domain.Conflict, "watch.filter_taken")
		}
		return err
	})
}

// RemoveCustomFilter implements [domain.WatchStore].
func (s *Store) RemoveCustomFilter(ctx context.Context, organizationID, id int64) error {
	return s.write(ctx, "remove a custom filter", func(ctx context.Context, q *sqlc.Queries) error {
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditCustomRemove})
		return changed(q.DeleteCustomFilter(ctx, sqlc.DeleteCustomFilterParams{OrganizationID: organizationID, ID: id}))
	})
}

// Templates implements [domain.WatchStore], oldest first.
func (s *Store) Templates(ctx context.Context, organizationID int64) ([]domain.Template, error) {
	rows, err := s.read.Templates(ctx, organizationID)
	ts := make([]domain.Template, len(rows))
	for i, r := range rows {
		ts[i] = domain.Template{ID: r.ID, Text: r.Body, Active: r.Active == 1, Sent: int(r.Sent), At: at(r.At)}
	}
	return ts, refuse("list the templates", err)
}

// PutTemplate implements [domain.WatchStore]. How often it was sent stays.
func (s *Store) PutTemplate(ctx context.Context, organizationID int64, t domain.Template) error {
	return s.write(ctx, "store a template", func(ctx context.Context, q *sqlc.Queries) error {
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditTemplatePut})
		if t.ID == 0 {
			return q.InsertTemplate(ctx, sqlc.InsertTemplateParams{
				OrganizationID: organizationID, Body: t.Text, Active: flag(t.Active), At: ms(t.At),
			})
		}
		return changed(q.UpdateTemplate(ctx, sqlc.UpdateTemplateParams{
			Body: t.Text, Active: flag(t.Active), At: ms(t.At), OrganizationID: organizationID, ID: t.ID,
		}))
	})
}

// RemoveTemplate implements [domain.WatchStore].
func (s *Store) RemoveTemplate(ctx context.Context, organizationID, id int64) error {
	return s.write(ctx, "remove a template", func(ctx context.Context, q *sqlc.Queries) error {
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditTemplateDrop})
		return changed(q.DeleteTemplate(ctx, sqlc.DeleteTemplateParams{OrganizationID: organizationID, ID: id}))
	})
}
