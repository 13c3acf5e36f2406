package db

import (
	"context"
	"errors"
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
		if u, err = insertUser(ctx, q, u, passwordHash); err != nil {
			return err
		}
		if err := tellPlaces(ctx, q, u.OrganizationID, domain.LimitUsers, u.CreatedAt); err != nil || link.Hash == nil {
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
	// Who reads the old address sets no password any more; and who was given a link to
	// a member has none to an owner.
	if is.Email != was.Email || is.Role != was.Role || is.Sees != was.Sees || is.DepartmentID != was.DepartmentID {
		err := errors.Join(
			q.DropPasswordLinks(ctx, sqlc.DropPasswordLinksParams{OrganizationID: was.OrganizationID, UserID: was.ID}),
			q.DropBotLinks(ctx, sqlc.DropBotLinksParams{OrganizationID: was.OrganizationID, UserID: was.ID}),
		)
		if err != nil {
			return fmt.Errorf("drop the links: %w", err)
		}
	}
	detail, err := edited(ctx, q, was, is)
	if err != nil {
		return err
	}
	audit(ctx, domain.AuditEntry{
		OrganizationID: was.OrganizationID, Event: domain.AuditUserEdit, Subject: domain.SubjectUser, SubjectID: was.ID, Detail: detail,
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

// edited tells what was changed about a user; departments by number and name, as they
// are called now.
func edited(ctx context.Context, q *sqlc.Queries, was, is domain.User) (string, error) {
	rows, err := q.Departments(ctx, was.OrganizationID)
	if err != nil {
		return "", fmt.Errorf("list the departments: %w", err)
	}
	department := func(id int64) string {
		for _, r := range rows {
			if r.ID == id {
				return fmt.Sprintf("%d %s", id, r.Name)
			}
		}
		return fmt.Sprint(id)
	}
	all := changes{was.Name}
	all.note("name:", was.Name, is.Name)
	all.note("email:", was.Email, is.Email)
	all.note("telegram_id:", was.TelegramID, is.TelegramID)
	all.note("role:", was.Role, is.Role)
	all.note("department:", department(was.DepartmentID), department(is.DepartmentID))
	all.note("sees:", was.Sees, is.Sees)
	all.note("read_only:", was.ReadOnly, is.ReadOnly)
	return strings.Join(all, "; "), nil
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
		if err := is.Block.MayChange(b.ByService); err != nil { // also of a moment ago
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
		if err := is.Block.MayChange(byService); err != nil {
			return err
		}
		auditUser(ctx, is, domain.AuditUserUnblock)
		return setUserBlock(ctx, q, is, domain.Block{})
	})
}
