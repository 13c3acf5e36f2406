package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// user finds one who is not removed.
func user(ctx context.Context, q *sqlc.Queries, organizationID, id int64) (domain.User, error) {
	r, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: organizationID, ID: id})
	return toUser(r), missing("user.missing", err)
}

// checkPlace refuses one user too many.
func checkPlace(ctx context.Context, q *sqlc.Queries, organizationID int64) error {
	r, err := q.UserPlaces(ctx, organizationID)
	if err != nil {
		return fmt.Errorf("count the users: %w", err)
	}
	if r.Taken >= r.UserLimit {
		return domain.E(domain.Conflict, "user.limit", "Limit", int(r.UserLimit))
	}
	return nil
}

// AddUser implements [domain.UserStore].
func (s *Store) AddUser(ctx context.Context, u domain.User, passwordHash string, link domain.PasswordLink) (domain.User, error) {
	err := s.write(ctx, "add a user", func(ctx context.Context, q *sqlc.Queries) (err error) {
		if err := checkPlace(ctx, q, u.OrganizationID); err != nil {
			return err
		}
		if err := checkDepartment(ctx, q, u); err != nil {
			return err
		}
		if u, err = insertUser(ctx, q, u, passwordHash); err != nil || link.Hash == nil {
			return err
		}
		return putPasswordLink(ctx, q, u, link)
	})
	return u, onField(err)
}

// onField names the field of what is taken.
func onField(err error) error {
	for key, field := range map[string]string{"user.email_taken": "email", "user.telegram_taken": "telegram_id"} {
		if domain.IsKey(err, key) {
			return domain.E(domain.Conflict, key).On(field).Because(err)
		}
	}
	return err
}

// EditUser implements [domain.UserStore].
func (s *Store) EditUser(ctx context.Context, was, is domain.User, now time.Time) error {
	err := s.write(ctx, "edit a user", func(ctx context.Context, q *sqlc.Queries) error {
		before, err := user(ctx, q, was.OrganizationID, was.ID)
		if err != nil {
			return err
		}
		if filled(before) != filled(was) {
			return domain.E(domain.Conflict, "user.changed")
		}
		if filled(is) == filled(was) {
			return nil
		}
		if before.Role == domain.RoleOwner && is.Role != domain.RoleOwner {
			if err := checkOwners(ctx, q, before); err != nil {
				return err
			}
		}
		if err := checkDepartment(ctx, q, is); err != nil {
			return err
		}
		return editUser(ctx, q, before, is, now)
	})
	return onField(err)
}

func editUser(ctx context.Context, q *sqlc.Queries, was, is domain.User, now time.Time) error {
	err := q.PutUser(ctx, sqlc.PutUserParams{
		Name: is.Name, Email: is.Email, TelegramID: is.TelegramID, Role: string(is.Role), DepartmentID: reference(is.DepartmentID),
		Sees: string(is.Sees), ReadOnly: flag(is.ReadOnly), OrganizationID: was.OrganizationID, ID: was.ID,
	})
	if err != nil {
		return fmt.Errorf("store the user: %w", err)
	}
	if is.Email != was.Email { // who reads the old address sets no password any more
		err := q.DropPasswordLinks(ctx, sqlc.DropPasswordLinksParams{OrganizationID: was.OrganizationID, UserID: was.ID})
		if err != nil {
			return fmt.Errorf("drop the links: %w", err)
		}
	}
	audit(ctx, domain.AuditEntry{
		OrganizationID: was.OrganizationID, Event: domain.AuditUserEdit, Subject: domain.SubjectUser, SubjectID: was.ID, Detail: edited(was, is),
	})
	if !is.ReadOnly || was.ReadOnly {
		return nil
	}
	return holdCampaigns(ctx, q, was.OrganizationID, was.ID, domain.CodeReadOnly, now)
}

// filled is what people fill in about a user.
func filled(u domain.User) domain.User {
	return domain.User{
		Name: u.Name, Email: u.Email, TelegramID: u.TelegramID, Role: u.Role, DepartmentID: u.DepartmentID, Sees: u.Sees, ReadOnly: u.ReadOnly,
	}
}

// edited tells what was changed about a user.
func edited(was, is domain.User) string {
	parts := []string{was.Name}
	for _, c := range []struct {
		what     string
		was, now any
	}{
		{"name", was.Name, is.Name},
		{"email", was.Email, is.Email},
		{"telegram_id", was.TelegramID, is.TelegramID},
		{"role", was.Role, is.Role},
		{"department", was.DepartmentID, is.DepartmentID},
		{"sees", was.Sees, is.Sees},
		{"read_only", was.ReadOnly, is.ReadOnly},
	} {
		if c.was != c.now {
			parts = append(parts, fmt.Sprintf("%s: %v → %v", c.what, c.was, c.now))
		}
	}
	return strings.Join(parts, "; ")
}

// checkOwners refuses to leave an organization without an owner who gets in: one
// whose block is only planned does not count.
func checkOwners(ctx context.Context, q *sqlc.Queries, u domain.User) error {
	n, err := q.OtherOwners(ctx, sqlc.OtherOwnersParams{OrganizationID: u.OrganizationID, ExceptID: u.ID})
	if err != nil {
		return fmt.Errorf("count the owners: %w", err)
	}
	if n == 0 {
		return domain.E(domain.Conflict, "user.last_owner")
	}
	return nil
}

// BlockUser implements [domain.UserStore].
func (s *Store) BlockUser(ctx context.Context, u domain.User, b domain.Block, now time.Time) error {
	return s.write(ctx, "block a user", func(ctx context.Context, q *sqlc.Queries) error {
		is, err := user(ctx, q, u.OrganizationID, u.ID)
		if err != nil {
			return err
		}
		if err := mayChangeBlock(is, b.ByService); err != nil {
			return err
		}
		if is.Role == domain.RoleOwner && !b.ByService {
			if err := checkOwners(ctx, q, is); err != nil {
				return err
			}
		}
		b = b.Over(is.Block, now)
		if err := setUserBlock(ctx, q, is, b); err != nil {
			return err
		}
		if b.Reason != "" { // else it begins his removal, which is kept as that
			audit(ctx, domain.AuditEntry{
				OrganizationID: is.OrganizationID, Event: domain.AuditUserBlock, Subject: domain.SubjectUser, SubjectID: is.ID,
				Detail: is.Name + ": " + blockDetail(b),
			})
		}
		if !b.Active() || is.Block.Active() {
			return nil
		}
		return shutOut(ctx, q, is.OrganizationID, is.ID, domain.CodeUserBlocked, now)
	})
}

// mayChangeBlock refuses an organization what the service may have blocked a moment
// ago, after it was looked whether it may.
func mayChangeBlock(u domain.User, byService bool) error {
	if u.Block.ByService && !byService {
		return domain.E(domain.Forbidden, "user.blocked_by_service")
	}
	return nil
}

func setUserBlock(ctx context.Context, q *sqlc.Queries, u domain.User, b domain.Block) error {
	err := q.SetUserBlock(ctx, sqlc.SetUserBlockParams{
		BlockFrom: ms(b.From), BlockUntil: ms(b.Until), BlockReason: b.Reason, BlockService: flag(b.ByService), BlockedAt: ms(b.Since),
		OrganizationID: u.OrganizationID, ID: u.ID,
	})
	if err != nil {
		return fmt.Errorf("store the block: %w", err)
	}
	return nil
}

// UnblockUser implements [domain.UserStore].
func (s *Store) UnblockUser(ctx context.Context, u domain.User, byService bool) error {
	return s.write(ctx, "unblock a user", func(ctx context.Context, q *sqlc.Queries) error {
		is, err := user(ctx, q, u.OrganizationID, u.ID)
		if err != nil {
			return err
		}
		if !is.Block.Planned() {
			return domain.E(domain.Conflict, "user.not_blocked")
		}
		if err := mayChangeBlock(is, byService); err != nil {
			return err
		}
		auditUser(ctx, is, domain.AuditUserUnblock)
		return setUserBlock(ctx, q, is, domain.Block{})
	})
}
