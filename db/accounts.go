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
func (s *Store) SetAccountState(ctx context.Context, organizationID, id int64, st domain.AccountState, reason string, when time.Time) (bool, error) {
	var moved bool
	err := s.write(ctx, "move an account", func(ctx context.Context, q *sqlc.Queries) (err error) {
		moved, err = moveAccount(ctx, q, organizationID, id, st, reason, when)
		auditMove(ctx, organizationID, id, st, moved)
		return err
	})
	return moved, err
}

// auditMove keeps what people do; what becomes of an account by itself they are
// told of.
func auditMove(ctx context.Context, organizationID, id int64, to domain.AccountState, moved bool) {
	e := domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditAccountResume, Subject: domain.SubjectAccount, SubjectID: id}
	if to == domain.AccountDisconnected {
		e.Event = domain.AuditAccountDisconnect
	}
	if user, _ := domain.WhoActs(ctx); moved && user != 0 {
		audit(ctx, e)
	}
}

// moveAccount tells people of a move that they have not made themselves.
func moveAccount(ctx context.Context, q *sqlc.Queries, organizationID, id int64, to domain.AccountState, reason string, when time.Time) (bool, error) {
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
		blocked, err := q.PhoneIsBlocked(ctx, string(a.Phone))
		if err != nil {
			return false, fmt.Errorf("look whether the number is blocked: %w", err)
		}
		if blocked == 1 {
			return false, domain.E(domain.Conflict, "account.phone_blocked")
		}
	case to != domain.AccountDisconnected && !linked:
		return false, nil
	}
	err = q.SetAccountState(ctx, sqlc.SetAccountStateParams{State: string(to), Reason: reason, OrganizationID: organizationID, ID: id})
	if err != nil {
		return false, fmt.Errorf("set the account's state: %w", err)
	}
	switch to {
	case domain.AccountActive:
		return true, spaceRounds(ctx, q, organizationID, id, when)
	case domain.AccountPaused:
		return true, notifyMove(ctx, q, a, domain.NoticeAccountPaused, reason, when)
	}
	err = q.EraseTelegramSession(ctx, sqlc.EraseTelegramSessionParams{OrganizationID: organizationID, AccountID: id})
	if err != nil {
		return false, fmt.Errorf("erase the session: %w", err)
	}
	if to == domain.AccountDisconnected {
		return true, nil
	}
	return true, notifyMove(ctx, q, a, domain.NoticeNeedsLogin, reason, when)
}

// spaceRounds keeps the next rounds at their distance from now after an account,
// an organization or all (0) could not send: of what waited in an open round much
// goes out only now.
func spaceRounds(ctx context.Context, q *sqlc.Queries, organizationID, accountID int64, when time.Time) error {
	rows, err := q.CampaignsInRound(ctx, sqlc.CampaignsInRoundParams{OfOrganization: organizationID, OfAccount: accountID})
	if err != nil {
		return fmt.Errorf("list what has a round open: %w", err)
	}
	for _, c := range toCampaigns(rows) {
		after := when.Add(c.Spacing())
		if !c.AfterAt.Before(after) {
			continue
		}
		err := q.SetAfter(ctx, sqlc.SetAfterParams{AfterAt: ms(after), OrganizationID: c.OrganizationID, ID: c.ID})
		if err != nil {
			return fmt.Errorf("keep the next round at its distance: %w", err)
		}
	}
	return nil
}

// notifyMove tells the account's own people; that a session was used in two
// places the service has to know too.
func notifyMove(ctx context.Context, q *sqlc.Queries, a domain.Account, kind domain.NoticeKind, reason string, when time.Time) error {
	err := notify(ctx, q, domain.Notice{
		OrganizationID: a.OrganizationID, Kind: kind, UserID: a.UserID, AccountID: a.ID, Reason: reason, At: when,
	})
	if err != nil || reason != domain.CodeKeyTwice {
		return err
	}
	return notifyService(ctx, q, domain.Notice{Kind: domain.NoticeKeyTwice, AccountID: a.ID, Reason: reason, At: when})
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
	return s.write(ctx, "save a Telegram session", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.UpdateTelegramSession(ctx, sqlc.UpdateTelegramSessionParams{
			Sealed: s.sealer.seal(purposeSession, organizationID, accountID, data), OrganizationID: organizationID, AccountID: accountID,
		})
		if err == nil && n == 0 {
			return domain.Missing("session.missing")
		}
		return err
	})
}
