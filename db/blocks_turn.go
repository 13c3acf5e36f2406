package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

var _ domain.BlockStore = (*Store)(nil)

// TurnBlocks implements [domain.BlockStore].
func (s *Store) TurnBlocks(ctx context.Context, now time.Time) (domain.Turned, error) {
	if turns, err := s.blocksToTurn(ctx, now); !turns || err != nil {
		return domain.Turned{}, err
	}
	var t domain.Turned
	err := s.write(ctx, "begin and end blocks", func(ctx context.Context, q *sqlc.Queries) error {
		t = domain.Turned{}
		for _, turn := range []func(context.Context, *sqlc.Queries, time.Time, *domain.Turned) error{
			freeUsers, freeOrganizations, freePhones, blockUsers, blockOrganizations, blockPhones,
		} {
			if err := turn(ctx, q, now, &t); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Sort(t.Organizations)
	t.Organizations = slices.Compact(t.Organizations)
	return t, err
}

// blocksToTurn spares the writer most of the time.
func (s *Store) blocksToTurn(ctx context.Context, now time.Time) (bool, error) {
	n, err := s.read.BlocksToTurn(ctx, ms(now))
	return n > 0, refuse("look for blocks that begin or end", err)
}

func blockUsers(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.UsersToBlock(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the users to block: %w", err)
	}
	for _, r := range rows {
		u := toUser(r)
		err := q.StartUserBlock(ctx, sqlc.StartUserBlockParams{Now: ms(now), OrganizationID: u.OrganizationID, ID: u.ID})
		if err != nil {
			return fmt.Errorf("block a user: %w", err)
		}
		if err := shutOut(ctx, q, u.OrganizationID, u.ID, domain.CodeUserBlocked, now); err != nil {
			return err
		}
		audit(ctx, domain.AuditEntry{
			OrganizationID: u.OrganizationID, Event: domain.AuditUserBlock, Subject: domain.SubjectUser, SubjectID: u.ID,
			Detail: u.Name + ": " + blockDetail(u.Block),
		})
		t.Organizations, t.Users = append(t.Organizations, u.OrganizationID), append(t.Users, u.ID)
	}
	return nil
}

// shutOut is what a block does when it takes effect, at once or by itself.
func shutOut(ctx context.Context, q *sqlc.Queries, organizationID, userID int64, reason string, now time.Time) error {
	if err := endSessionsOf(ctx, q, organizationID, userID); err != nil {
		return err
	}
	return holdCampaigns(ctx, q, organizationID, userID, reason, now)
}

func freeUsers(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.UsersToFree(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the users to unblock: %w", err)
	}
	for _, r := range rows {
		u := toUser(r)
		if err := q.EndUserBlock(ctx, sqlc.EndUserBlockParams{OrganizationID: u.OrganizationID, ID: u.ID}); err != nil {
			return fmt.Errorf("unblock a user: %w", err)
		}
		auditUser(ctx, u, domain.AuditUserUnblock)
		t.Organizations = append(t.Organizations, u.OrganizationID)
	}
	return nil
}

func blockOrganizations(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.OrganizationsToBlock(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the organizations to block: %w", err)
	}
	for _, r := range rows {
		if err := setOrganizationBlock(ctx, q, toOrganization(r), toOrganization(r).Block, now); err != nil {
			return err
		}
		t.Organizations = append(t.Organizations, r.ID)
		us, err := q.Users(ctx, sqlc.UsersParams{OrganizationID: r.ID})
		if err != nil {
			return fmt.Errorf("list the organization's users: %w", err)
		}
		for _, u := range us {
			t.Users = append(t.Users, u.ID)
		}
	}
	return nil
}

func freeOrganizations(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.OrganizationsToFree(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the organizations to unblock: %w", err)
	}
	for _, r := range rows {
		if err := endOrganizationBlock(ctx, q, r.ID); err != nil {
			return err
		}
		t.Organizations = append(t.Organizations, r.ID)
	}
	return nil
}

func blockPhones(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.PhonesToBlock(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the numbers to block: %w", err)
	}
	for _, r := range rows {
		org, err := setPhoneBlock(ctx, q, domain.Phone(r.Phone), phoneBlock(r), now)
		if err != nil {
			return err
		}
		if org != 0 {
			t.Organizations = append(t.Organizations, org)
		}
	}
	return nil
}

func freePhones(ctx context.Context, q *sqlc.Queries, now time.Time, t *domain.Turned) error {
	rows, err := q.PhonesToFree(ctx, ms(now))
	if err != nil {
		return fmt.Errorf("list the numbers to unblock: %w", err)
	}
	for _, r := range rows {
		org, err := endPhoneBlock(ctx, q, domain.Phone(r.Phone))
		if err != nil {
			return err
		}
		if org != 0 {
			t.Organizations = append(t.Organizations, org)
		}
	}
	return nil
}
