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

// BlockOrganization implements [domain.BlockStore].
func (s *Store) BlockOrganization(ctx context.Context, id int64, b domain.Block, now time.Time) error {
	return s.write(ctx, "block an organization", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.Organization(ctx, id)
		if err != nil {
			return missing("organization.missing", err)
		}
		if r.Service == 1 {
			return domain.Missing("organization.missing")
		}
		return setOrganizationBlock(ctx, q, toOrganization(r), b, now)
	})
}

// setOrganizationBlock stores a block, and does what it does where it has come. One
// that is in effect stays so, with another reason and end.
func setOrganizationBlock(ctx context.Context, q *sqlc.Queries, o domain.Organization, b domain.Block, now time.Time) error {
	was := o.Block
	b = b.Over(was, now)
	_, err := q.SetOrganizationBlock(ctx, sqlc.SetOrganizationBlockParams{
		BlockedAt: ms(b.Since), BlockFrom: ms(b.From), BlockUntil: ms(b.Until), BlockReason: b.Reason, ID: o.ID,
	})
	if err != nil {
		return fmt.Errorf("store the organization's block: %w", err)
	}
	audit(ctx, organizationEntry(o.ID, domain.AuditOrganizationBlock, blockDetail(b)))
	if !b.Active() || was.Active() {
		return nil
	}
	return shutOut(ctx, q, o.ID, 0, domain.CodeOrgBlocked, now)
}

func organizationEntry(id int64, event domain.AuditEvent, detail string) domain.AuditEntry {
	return domain.AuditEntry{OrganizationID: id, Event: event, Subject: domain.SubjectOrganization, SubjectID: id, Detail: detail}
}

// UnblockOrganization implements [domain.BlockStore].
func (s *Store) UnblockOrganization(ctx context.Context, id int64) error {
	return s.write(ctx, "unblock an organization", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.Organization(ctx, id)
		if err != nil {
			return missing("organization.missing", err)
		}
		if !toOrganization(r).Block.Planned() {
			return domain.E(domain.Conflict, "organization.not_blocked")
		}
		return endOrganizationBlock(ctx, q, id)
	})
}

// endOrganizationBlock leaves what is paused so.
func endOrganizationBlock(ctx context.Context, q *sqlc.Queries, id int64) error {
	if _, err := q.SetOrganizationBlock(ctx, sqlc.SetOrganizationBlockParams{ID: id}); err != nil {
		return fmt.Errorf("take the organization's block off: %w", err)
	}
	if err := q.DropPositions(ctx, id); err != nil {
		return fmt.Errorf("let its accounts hear from now on: %w", err)
	}
	audit(ctx, organizationEntry(id, domain.AuditOrganizationUnblock, ""))
	return nil
}

// BlockPhone implements [domain.BlockStore].
func (s *Store) BlockPhone(ctx context.Context, p domain.Phone, b domain.Block, now time.Time) (organizationID int64, err error) {
	err = s.write(ctx, "block a number", func(ctx context.Context, q *sqlc.Queries) (err error) {
		organizationID, err = setPhoneBlock(ctx, q, p, b, now)
		return err
	})
	return organizationID, err
}

// setPhoneBlock stores a block, pauses the account of the number where it has come,
// and answers the organization of that; 0 for none.
func setPhoneBlock(ctx context.Context, q *sqlc.Queries, p domain.Phone, b domain.Block, now time.Time) (int64, error) {
	r, err := q.BlockedPhone(ctx, string(p))
	if err := ignoreMissing(err); err != nil {
		return 0, fmt.Errorf("find the number's block: %w", err)
	}
	was := phoneBlock(r)
	b = b.Over(was, now)
	by, _ := domain.WhoActs(ctx)
	if by == 0 { // it takes effect by itself
		by = r.BlockedBy
	}
	err = q.PutBlockedPhone(ctx, sqlc.PutBlockedPhoneParams{
		Phone: string(p), BlockedAt: ms(b.Since), BlockFrom: ms(b.From), BlockUntil: ms(b.Until), BlockReason: b.Reason, BlockedBy: by,
	})
	if err != nil {
		return 0, fmt.Errorf("store the number's block: %w", err)
	}
	audit(ctx, domain.AuditEntry{Event: domain.AuditPhoneBlock, Detail: p.String() + ": " + blockDetail(b)})
	if !b.Active() || was.Active() {
		return 0, nil
	}
	a, err := q.AccountByPhone(ctx, string(p))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the number's account: %w", err)
	}
	return a.OrganizationID, pauseNumber(ctx, q, toAccount(a), domain.CodePhoneBlocked, now)
}

// pauseNumber pauses an account that sends or may, and says why of one that was
// paused before.
func pauseNumber(ctx context.Context, q *sqlc.Queries, a domain.Account, reason string, now time.Time) error {
	if a.State == domain.AccountPaused {
		err := q.SetAccountState(ctx, sqlc.SetAccountStateParams{
			State: string(domain.AccountPaused), Reason: reason, OrganizationID: a.OrganizationID, ID: a.ID,
		})
		if err != nil {
			return fmt.Errorf("say why the account is paused: %w", err)
		}
		return nil
	}
	_, err := moveAccount(ctx, q, a.OrganizationID, a.ID, domain.AccountPaused, reason, now)
	return err
}

// UnblockPhone implements [domain.BlockStore].
func (s *Store) UnblockPhone(ctx context.Context, p domain.Phone) (organizationID int64, err error) {
	err = s.write(ctx, "unblock a number", func(ctx context.Context, q *sqlc.Queries) (err error) {
		organizationID, err = endPhoneBlock(ctx, q, p)
		return err
	})
	return organizationID, err
}

// endPhoneBlock leaves the number's account paused, and answers its organization.
func endPhoneBlock(ctx context.Context, q *sqlc.Queries, p domain.Phone) (int64, error) {
	n, err := q.DropBlockedPhone(ctx, string(p))
	if err != nil {
		return 0, fmt.Errorf("take the number's block off: %w", err)
	}
	if n == 0 {
		return 0, domain.E(domain.Conflict, "phone.not_blocked")
	}
	audit(ctx, domain.AuditEntry{Event: domain.AuditPhoneUnblock, Detail: p.String()})
	a, err := q.AccountByPhone(ctx, string(p))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the number's account: %w", err)
	}
	if a.State != string(domain.AccountPaused) || a.Reason != domain.CodePhoneBlocked {
		return a.OrganizationID, nil
	}
	return a.OrganizationID, pauseNumber(ctx, q, toAccount(a), domain.CodePhoneFree, time.Time{})
}

// BlockedPhones implements [domain.BlockStore].
func (s *Store) BlockedPhones(ctx context.Context) ([]domain.BlockedPhone, error) {
	rows, err := s.read.BlockedPhones(ctx)
	ps := make([]domain.BlockedPhone, len(rows))
	for i, r := range rows {
		ps[i] = domain.BlockedPhone{
			Phone: domain.Phone(r.BlockedPhone.Phone), Block: phoneBlock(r.BlockedPhone),
			AccountID: r.AccountID, OrganizationID: r.OrganizationID, Organization: r.Organization, By: r.ByName,
		}
	}
	return ps, refuse("list the blocked numbers", err)
}

func phoneBlock(r sqlc.BlockedPhone) domain.Block {
	return domain.Block{
		Reason: r.BlockReason, From: at(r.BlockFrom), Until: at(r.BlockUntil), Since: at(r.BlockedAt), ByService: true,
	}
}
