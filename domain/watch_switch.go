package domain

import (
	"context"
	"slices"
)

// WatchSwitch lets accounts hear their groups, as it is stored: those of an
// organization without the filter hear nothing, whatever was said of each.
type WatchSwitch struct {
	Stored interface {
		Listening(ctx context.Context) ([]int64, error)
	}
	Accounts interface {
		Accounts(ctx context.Context, s Scope) ([]Account, error)
	}
	Links interface {
		Listen(accountID int64, on bool)
	}
	Watch *Watch
}

// Switched makes it so for the accounts of an organization, at once.
func (s *WatchSwitch) Switched(ctx context.Context, organizationID int64) error {
	s.Watch.forget(organizationID)
	listening, err := s.Stored.Listening(ctx)
	if err != nil {
		return err
	}
	all, err := s.Accounts.Accounts(ctx, Scope{OrganizationID: organizationID})
	for _, a := range all {
		s.Links.Listen(a.ID, slices.Contains(listening, a.ID))
	}
	return err
}

// Connected makes it so for an account that has just been connected.
func (s *WatchSwitch) Connected(ctx context.Context, accountID int64) error {
	listening, err := s.Stored.Listening(ctx)
	if err == nil {
		s.Links.Listen(accountID, slices.Contains(listening, accountID))
	}
	return err
}
