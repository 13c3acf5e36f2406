package domain

import (
	"context"
	"errors"
	"time"
)

// BlockStore keeps the blocks of organizations and numbers, and makes all blocks
// begin and end. What is done is kept in the audit.
type BlockStore interface {
	// TurnBlocks lets blocks of users, organizations and numbers take effect whose
	// time has come, and takes those off whose time is over. Asked again it does
	// nothing.
	TurnBlocks(ctx context.Context, now time.Time) (Turned, error)
	// BlockOrganization stores a block; one that has begun ends the sessions of all
	// and pauses all campaigns ([CodeOrgBlocked]); links open nothing until it ends.
	// NotFound (organization.missing), also for the service's own.
	BlockOrganization(ctx context.Context, id int64, b Block, now time.Time) error
	// UnblockOrganization takes a block off, also one that has not begun; what is
	// paused stays so. Conflict (organization.not_blocked).
	UnblockOrganization(ctx context.Context, id int64) error
	// BlockPhone stores a block; one that has begun pauses the number's account
	// ([CodePhoneBlocked]), whose organization it answers, 0 for none.
	BlockPhone(ctx context.Context, p Phone, b Block, now time.Time) (organizationID int64, err error)
	// UnblockPhone takes a block off; the account stays paused. Conflict
	// (phone.not_blocked).
	UnblockPhone(ctx context.Context, p Phone) (organizationID int64, err error)
	// BlockedPhones lists them, also those that are not blocked yet.
	BlockedPhones(ctx context.Context) ([]BlockedPhone, error)
}

// Turned is whom blocks that begin or end by themselves concern.
type Turned struct {
	Organizations []int64 // that something has changed in
	Users         []int64 // who are shut out now
}

// BlockedPhone is a number that nobody may connect or send with.
type BlockedPhone struct {
	Phone          Phone
	Block          Block
	AccountID      int64 // that holds it; 0: none
	OrganizationID int64
	Organization   string
	By             string // who has blocked it: his name; "" where it is not known
}

// Block shuts an organization out. NotFound (organization.missing), and Invalid on
// "reason", "from" or "until".
func (s *Organizations) Block(ctx context.Context, a Actor, id int64, b Block) error {
	b, err := s.block(a, b)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	ctx = context.WithoutCancel(ctx) // half of it is worse than all
	if err := s.Blocks.BlockOrganization(ctx, id, b, now); err != nil {
		return err
	}
	if !b.From.After(now) {
		var us []User
		us, err = s.Store.Users(ctx, Scope{OrganizationID: id})
		for _, u := range us {
			s.Logins.EndOf(u.ID)
		}
	}
	return errors.Join(err, s.turned(ctx, id))
}

// block checks what a service admin has filled in.
func (s *Organizations) block(a Actor, b Block) (Block, error) {
	if a.User.Role != RoleAdmin {
		return b, E(Forbidden, "service.admin_only")
	}
	return b.clean(s.Now().UTC())
}

// turned tells that an organization, 0 for none, was shut out or let in.
func (s *Organizations) turned(ctx context.Context, organizationID int64) error {
	if organizationID == 0 {
		return nil
	}
	return limitsChanged(ctx, s.Watch, s.Hub, organizationID)
}

// Unblock lets an organization in again. Its campaigns stay paused until a person
// lets each go on. Conflict (organization.not_blocked).
func (s *Organizations) Unblock(ctx context.Context, a Actor, id int64) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	if err := s.Blocks.UnblockOrganization(ctx, id); err != nil {
		return err
	}
	return s.turned(ctx, id)
}

// BlockPhone keeps a number from being connected and from sending, whoever holds
// it. Invalid on "phone", "reason", "from" or "until".
func (s *Organizations) BlockPhone(ctx context.Context, a Actor, phone string, b Block) error {
	b, err := s.block(a, b)
	if err != nil {
		return err
	}
	p, err := ParsePhone(phone)
	if err != nil {
		return err
	}
	org, err := s.Blocks.BlockPhone(ctx, p, b, s.Now().UTC())
	if err != nil {
		return err
	}
	return s.turned(ctx, org)
}

// UnblockPhone lets a number be connected again; a paused account of it stays so
// until a person resumes it. Conflict (phone.not_blocked).
func (s *Organizations) UnblockPhone(ctx context.Context, a Actor, phone string) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	p, err := ParsePhone(phone)
	if err != nil {
		return err
	}
	org, err := s.Blocks.UnblockPhone(ctx, p)
	if err != nil {
		return err
	}
	return s.turned(ctx, org)
}

// BlockedPhones lists the blocked numbers, the latest first.
func (s *Organizations) BlockedPhones(ctx context.Context, a Actor) ([]BlockedPhone, error) {
	if a.User.Role != RoleAdmin {
		return nil, E(Forbidden, "service.admin_only")
	}
	return s.Blocks.BlockedPhones(ctx)
}

// TurnBlocks lets blocks begin and end whose time has come.
func (s *Organizations) TurnBlocks(ctx context.Context) error {
	t, err := s.Blocks.TurnBlocks(ctx, s.Now().UTC())
	for _, id := range t.Users {
		s.Logins.EndOf(id)
	}
	for _, id := range t.Organizations {
		err = errors.Join(err, s.turned(ctx, id))
	}
	return err
}
