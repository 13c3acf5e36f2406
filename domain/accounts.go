package domain

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Links is the live side of accounts.
type Links interface {
	Link(accountID int64) LinkState
	// Connect starts or restarts the account's client.
	Connect(a Account)
	// Disconnect stops it; logOut ends the session at Telegram first, within a
	// deadline.
	Disconnect(ctx context.Context, a Account, logOut bool) error
	// Dialogs reads all of the account's dialogs from Telegram.
	Dialogs(ctx context.Context, a Account) ([]Dialog, error)
	// Listen lets the account hear what is written in its groups, or no longer.
	Listen(accountID int64, on bool)
}

// Accounts is what people do with accounts.
type Accounts struct {
	Store   AccountStore
	Dialogs DialogStore
	Linked  interface {
		LinkedAccounts(ctx context.Context) ([]Account, error)
	}
	Links Links
	Hub   *Hub
	Now   func() time.Time

	mu   sync.Mutex
	busy map[int64]bool // accounts whose dialogs are being read
}

// Refreshing reports whether the account's dialogs are being read.
func (s *Accounts) Refreshing(accountID int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[accountID]
}

// Refresh reads an account's dialogs from Telegram and stores them. While one
// refresh is under way another answers at once.
func (s *Accounts) Refresh(ctx context.Context, acc Account) error {
	if acc.State != AccountActive && acc.State != AccountPaused {
		return E(Conflict, "account.not_connected")
	}
	s.mu.Lock()
	if s.busy[acc.ID] {
		s.mu.Unlock()
		return nil
	}
	if s.busy == nil {
		s.busy = map[int64]bool{}
	}
	s.busy[acc.ID] = true
	s.mu.Unlock()
	s.Hub.Changed(acc.OrganizationID)
	defer func() {
		s.mu.Lock()
		delete(s.busy, acc.ID)
		s.mu.Unlock()
		s.Hub.Changed(acc.OrganizationID)
	}()
	ds, err := s.Links.Dialogs(ctx, acc)
	if err != nil {
		return err
	}
	return s.Dialogs.ReplaceDialogs(ctx, acc.OrganizationID, acc.ID, ds, s.Now().UTC())
}

// Disconnect logs an account out at Telegram, as far as Telegram answers, and
// erases its session. Its campaigns wait for it to be connected again.
func (s *Accounts) Disconnect(ctx context.Context, a Actor, id int64) error {
	acc, err := s.Store.Account(ctx, a.Scope(), id)
	if err != nil {
		return err
	}
	if acc.State == AccountDisconnected {
		return E(Conflict, "account.disconnected")
	}
	out := s.Links.Disconnect(context.WithoutCancel(ctx), acc, true)
	if _, err := s.Store.SetAccountState(ctx, acc.OrganizationID, id, AccountDisconnected, "", s.Now().UTC()); err != nil {
		return err
	}
	s.Hub.Changed(acc.OrganizationID)
	return out
}

// Resume lets an account send again that Telegram had limited.
func (s *Accounts) Resume(ctx context.Context, a Actor, id int64) error {
	acc, err := s.Store.Account(ctx, a.Scope(), id)
	if err != nil {
		return err
	}
	if acc.State != AccountPaused {
		return E(Conflict, "account.not_paused")
	}
	if _, err := s.Store.SetAccountState(ctx, acc.OrganizationID, id, AccountActive, "", s.Now().UTC()); err != nil {
		return err
	}
	s.Hub.Changed(acc.OrganizationID)
	return nil
}

// Listen lets an account hear what is written in its groups, for the filter, or
// no longer. Its user decides it, or who answers for him.
func (s *Accounts) Listen(ctx context.Context, a Actor, id int64, on bool) error {
	acc, err := s.Store.Account(ctx, a.Scope(), id)
	if err != nil {
		return err
	}
	if acc.State == AccountDisconnected {
		return E(Conflict, "account.not_connected")
	}
	if a.Organization.Limits.WatchOff {
		return E(Forbidden, "limit.watch_off")
	}
	if on { // what it hears may be answered
		if err := a.mayLet(); err != nil {
			return err
		}
	}
	if err := s.Store.SetListening(ctx, acc.OrganizationID, id, on); err != nil {
		return err
	}
	s.Links.Listen(id, on)
	s.Hub.Changed(acc.OrganizationID)
	return nil
}

// RefreshDialogs reads the dialogs of those connected accounts, of all
// organizations, whose dialogs were last read before then.
func (s *Accounts) RefreshDialogs(ctx context.Context, before time.Time) error {
	as, err := s.Linked.LinkedAccounts(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, a := range as {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if a.DialogsAt.Before(before) && s.Links.Link(a.ID) == LinkReady {
			failed = errors.Join(failed, s.Refresh(ctx, a))
		}
	}
	return failed
}
