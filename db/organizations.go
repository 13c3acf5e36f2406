package db

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// AddOrganization implements [domain.OrganizationStore].
func (s *Store) AddOrganization(ctx context.Context, o domain.Organization, department string, owner domain.User, hash string, link domain.PasswordLink) (domain.Organization, error) {
	err := s.write(ctx, "create an organization with its owner", func(ctx context.Context, q *sqlc.Queries) (err error) {
		if o, err = insertOrganization(ctx, q, o); err != nil {
			return err
		}
		if department != "" {
			d, err := q.InsertDepartment(ctx, sqlc.InsertDepartmentParams{OrganizationID: o.ID, Name: department})
			if err != nil {
				return fmt.Errorf("make its department: %w", err)
			}
			auditDepartment(ctx, toDepartment(d), domain.AuditDepartmentAdd, d.Name)
		}
		owner.OrganizationID = o.ID
		if owner, err = insertUser(ctx, q, owner, hash); err != nil {
			return err
		}
		if link.Hash == nil {
			return nil
		}
		return putPasswordLink(ctx, q, owner, link)
	})
	return o, err
}

// EditOrganization implements [domain.OrganizationStore].
func (s *Store) EditOrganization(ctx context.Context, id int64, name, zone string, now time.Time) error {
	return s.write(ctx, "edit an organization", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.Organization(ctx, id)
		if err != nil {
			return missing("organization.missing", err)
		}
		was := toOrganization(r)
		if was.Service {
			return domain.Missing("organization.missing")
		}
		name = cmp.Or(name, was.Name)
		all := changes{was.Name}
		all.note("name:", was.Name, name)
		all.note("zone:", was.Zone, zone)
		if len(all) == 1 {
			return nil
		}
		audit(ctx, organizationEntry(id, domain.AuditOrganizationEdit, strings.Join(all, "; ")))
		if zone != was.Zone {
			if err := chargeDays(ctx, q, was, zone, now); err != nil {
				return err
			}
		}
		return q.EditOrganization(ctx, sqlc.EditOrganizationParams{Name: name, Zone: zone, ID: id})
	})
}

// chargeDays lets what is used of the organization's day count on its days in another
// zone.
func chargeDays(ctx context.Context, q *sqlc.Queries, was domain.Organization, zone string, now time.Time) error {
	used, _, _, err := usedOfDay(ctx, q, was, now)
	if err != nil {
		return err
	}
	for _, day := range was.Charged(zone, now) {
		err := q.ChargeDay(ctx, sqlc.ChargeDayParams{OrganizationID: was.ID, Day: ms(day), Campaigns: used.Campaigns, Messages: used.Messages})
		if err != nil {
			return fmt.Errorf("count what is used in another zone: %w", err)
		}
	}
	return nil
}

func putPasswordLink(ctx context.Context, q *sqlc.Queries, u domain.User, l domain.PasswordLink) error {
	err := q.DropPasswordLinks(ctx, sqlc.DropPasswordLinksParams{OrganizationID: u.OrganizationID, UserID: u.ID})
	if err != nil {
		return fmt.Errorf("drop the older links: %w", err)
	}
	auditUser(ctx, u, domain.AuditUserLink)
	return q.PutPasswordLink(ctx, sqlc.PutPasswordLinkParams{
		Hash: l.Hash, OrganizationID: u.OrganizationID, UserID: u.ID, ExpiresAt: ms(l.ExpiresAt),
	})
}

// PutPasswordLink implements [domain.OrganizationStore].
func (s *Store) PutPasswordLink(ctx context.Context, u domain.User, l domain.PasswordLink) error {
	return s.write(ctx, "make a link to set a password", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: u.OrganizationID, ID: u.ID})
		if err != nil {
			return missing("user.missing", err)
		}
		return putPasswordLink(ctx, q, u, l)
	})
}

// LinkedUser implements [domain.OrganizationStore].
func (s *Store) LinkedUser(ctx context.Context, hash []byte, now time.Time) (domain.User, error) {
	r, err := s.read.LinkedUser(ctx, sqlc.LinkedUserParams{Hash: hash, Now: ms(now)})
	return toUser(r.User), refuse("find whose link it is", missing("link.missing", err))
}

// UsePasswordLink implements [domain.OrganizationStore].
func (s *Store) UsePasswordLink(ctx context.Context, hash []byte, now time.Time, passwordHash string) error {
	return s.write(ctx, "use a link to set a password", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.LinkedUser(ctx, sqlc.LinkedUserParams{Hash: hash, Now: ms(now)})
		if err != nil {
			return missing("link.missing", err)
		}
		u := toUser(r.User)
		err = q.DropPasswordLinks(ctx, sqlc.DropPasswordLinksParams{OrganizationID: u.OrganizationID, UserID: u.ID})
		if err != nil {
			return fmt.Errorf("drop the link: %w", err)
		}
		if err := setPassword(ctx, q, u, passwordHash, []byte{}); err != nil || !u.TOTP {
			return err
		}
		return dropTOTP(ctx, q, u) // who needs a link may have lost his phone as well
	})
}
