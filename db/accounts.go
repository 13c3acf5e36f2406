package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// whole is the scope that sees the whole organization.
func whole(organizationID int64) domain.Scope { return domain.Scope{OrganizationID: organizationID} }

func account(ctx context.Context, q *sqlc.Queries, sc domain.Scope, id int64) (domain.Account, error) {
	r, err := q.Account(ctx, sqlc.AccountParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, ID: id,
	})
	return toAccount(r), missing("account.missing", err)
}

func toAccounts(rows []sqlc.AccountRow) []domain.Account {
	as := make([]domain.Account, len(rows))
	for i, r := range rows {
		as[i] = toAccount(r)
	}
	return as
}

// Accounts implements [domain.AccountStore].
func (s *Store) Accounts(ctx context.Context, sc domain.Scope) ([]domain.Account, error) {
	rows, err := s.read.Accounts(ctx, sqlc.AccountsParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	return toAccounts(rows), refuse("list the accounts", err)
}

// Account implements [domain.AccountStore]; NotFound (account.missing).
func (s *Store) Account(ctx context.Context, sc domain.Scope, id int64) (domain.Account, error) {
	a, err := account(ctx, s.read, sc, id)
	return a, refuse("find an account", err)
}

// SetAccountState implements [domain.AccountStore]; NotFound (account.missing),
// and Conflict (account.no_session) when an account without a session should
// become active: only a login does that. What cannot follow from the present
// state changes nothing and answers false: a lost session is no news for an
// account that a person has disconnected.
func (s *Store) SetAccountState(ctx context.Context, organizationID, id int64, st domain.AccountState, reason string, _ time.Time) (bool, error) {
	var moved bool
	err := s.write(ctx, "move an account", func(ctx context.Context, q *sqlc.Queries) (err error) {
		moved, err = moveAccount(ctx, q, organizationID, id, st, reason)
		return err
	})
	return moved, err
}

func moveAccount(ctx context.Context, q *sqlc.Queries, organizationID, id int64, to domain.AccountState, reason string) (bool, error) {
	a, err := account(ctx, q, whole(organizationID), id)
	if err != nil || a.State == to {
		return false, err
	}
	linked := a.State == domain.AccountActive || a.State == domain.AccountPaused
	switch {
	case to == domain.AccountActive && !linked:
		return false, domain.E(domain.Conflict, "account.no_session")
	case to == domain.AccountActive:
		reason = ""
	case to != domain.AccountDisconnected && !linked:
		return false, nil
	}
	if to == domain.AccountNeedsLogin || to == domain.AccountDisconnected {
		err := q.EraseTelegramSession(ctx, sqlc.EraseTelegramSessionParams{OrganizationID: organizationID, AccountID: id})
		if err != nil {
			return false, fmt.Errorf("erase the session: %w", err)
		}
	}
	err = q.SetAccountState(ctx, sqlc.SetAccountStateParams{State: string(to), Reason: reason, OrganizationID: organizationID, ID: id})
	return err == nil, err
}

// LinkedAccounts implements [domain.SessionVault].
func (s *Store) LinkedAccounts(ctx context.Context) ([]domain.Account, error) {
	rows, err := s.read.LinkedAccounts(ctx)
	return toAccounts(rows), refuse("list the linked accounts", err)
}

// TelegramSession implements [domain.SessionVault]; NotFound (session.missing).
func (s *Store) TelegramSession(ctx context.Context, organizationID, accountID int64) ([]byte, error) {
	sealed, err := s.read.TelegramSession(ctx, sqlc.TelegramSessionParams{OrganizationID: organizationID, AccountID: accountID})
	if err != nil {
		return nil, refuse("read a Telegram session", missing("session.missing", err))
	}
	data, err := s.sealer.open(purposeSession, organizationID, accountID, sealed)
	if err != nil {
		return nil, fmt.Errorf("open the Telegram session of account %d: %w", accountID, err)
	}
	return data, nil
}

// SaveTelegramSession implements [domain.SessionVault]; NotFound
// (session.missing) when the account has none any more.
func (s *Store) SaveTelegramSession(ctx context.Context, organizationID, accountID int64, data []byte) error {
	sealed := s.sealer.seal(purposeSession, organizationID, accountID, data)
	return s.write(ctx, "save a Telegram session", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.UpdateTelegramSession(ctx, sqlc.UpdateTelegramSessionParams{
			Sealed: sealed, OrganizationID: organizationID, AccountID: accountID,
		})
		if err == nil && n == 0 {
			return domain.Missing("session.missing")
		}
		return err
	})
}
