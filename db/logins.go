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

// AccountByPhone implements [domain.LoginStore]; NotFound (account.missing).
func (s *Store) AccountByPhone(ctx context.Context, p domain.Phone) (domain.Account, error) {
	r, err := s.read.AccountByPhone(ctx, string(p))
	return toAccount(r), refuse("find an account by phone", missing("account.missing", err))
}

// CodeRequests implements [domain.LoginStore].
func (s *Store) CodeRequests(ctx context.Context, organizationID, userID int64, p domain.Phone, since time.Time) (domain.CodeRequests, error) {
	fail := func(err error) (domain.CodeRequests, error) {
		return domain.CodeRequests{}, refuse("list code requests", err)
	}
	forPhone, err := s.read.CodeRequestsForPhone(ctx, sqlc.CodeRequestsForPhoneParams{Phone: string(p), Since: ms(since)})
	if err != nil {
		return fail(err)
	}
	byUser, err := s.read.CodeRequestsByUser(ctx, sqlc.CodeRequestsByUserParams{UserID: userID, Since: ms(since)})
	if err != nil {
		return fail(err)
	}
	byAll, err := s.read.CodeRequestsByOrganization(ctx, sqlc.CodeRequestsByOrganizationParams{OrganizationID: organizationID, Since: ms(since)})
	if err != nil {
		return fail(err)
	}
	until, err := s.read.RefusedPhone(ctx, string(p))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fail(err)
	}
	return domain.CodeRequests{Phone: times(forPhone), User: times(byUser), Organization: times(byAll), Refused: at(until)}, nil
}

func times(stored []int64) []time.Time {
	ts := make([]time.Time, len(stored))
	for i, t := range stored {
		ts[i] = at(t)
	}
	return ts
}

// AddCodeRequest implements [domain.LoginStore].
func (s *Store) AddCodeRequest(ctx context.Context, organizationID, userID int64, p domain.Phone, when time.Time) error {
	return s.write(ctx, "record a code request", func(ctx context.Context, q *sqlc.Queries) error {
		return q.InsertCodeRequest(ctx, sqlc.InsertCodeRequestParams{
			OrganizationID: organizationID, UserID: userID, Phone: string(p), At: ms(when),
		})
	})
}

// RefusePhone implements [domain.LoginStore].
func (s *Store) RefusePhone(ctx context.Context, p domain.Phone, until time.Time) error {
	return s.write(ctx, "refuse a phone", func(ctx context.Context, q *sqlc.Queries) error {
		return q.RefusePhone(ctx, sqlc.RefusePhoneParams{Phone: string(p), Until: ms(until)})
	})
}

// ConnectAccount implements [domain.LoginStore]; NotFound (account.missing,
// user.missing) for a Reconnect or UserID outside the organization. A user who
// disconnected the same Telegram user before gets that account back with its
// history, and a Telegram user who is known in the organization is not made
// into a second one.
func (s *Store) ConnectAccount(ctx context.Context, n domain.NewAccount) (domain.Account, error) {
	var a domain.Account
	err := s.write(ctx, "connect an account", func(ctx context.Context, q *sqlc.Queries) error {
		id, err := s.connect(ctx, q, n)
		if err != nil {
			return err
		}
		a, err = account(ctx, q, whole(n.OrganizationID), id)
		audit(ctx, domain.AuditEntry{
			OrganizationID: n.OrganizationID, Event: domain.AuditAccountConnect, Subject: domain.SubjectAccount, SubjectID: id,
		})
		return err
	})
	return a, err
}

func (s *Store) connect(ctx context.Context, q *sqlc.Queries, n domain.NewAccount) (int64, error) {
	if err := checkBy(ctx, q, n); err != nil {
		return 0, err
	}
	id := n.Reconnect
	var err error
	if id != 0 {
		n.UserID, err = checkReconnect(ctx, q, n)
	} else {
		n.UserID, id, err = owner(ctx, q, n)
	}
	if err != nil {
		return 0, err
	}
	if err := mayConnect(ctx, q, n.OrganizationID, n.UserID, n.Phone); err != nil {
		return 0, err
	}
	if err := checkFree(ctx, q, n, id); err != nil {
		return 0, err
	}
	if id, err = putAccount(ctx, q, n, id); err != nil {
		return 0, fmt.Errorf("store the account: %w", err)
	}
	if err := inherit(ctx, q, n, id); err != nil {
		return 0, fmt.Errorf("take over what holds the Telegram user up: %w", err)
	}
	err = q.PutTelegramSession(ctx, sqlc.PutTelegramSessionParams{
		AccountID: id, OrganizationID: n.OrganizationID,
		Sealed: s.sealer.seal(purposeSession, n.OrganizationID, id, n.Session),
	})
	if err != nil || n.Reconnect != 0 { // its place was taken before
		return id, err
	}
	return id, tellPlaces(ctx, q, n.OrganizationID, domain.LimitAccounts, n.At)
}

// checkBy refuses what somebody has begun who may do less by now.
func checkBy(ctx context.Context, q *sqlc.Queries, n domain.NewAccount) error {
	if n.By.ID == 0 {
		return nil
	}
	is, err := user(ctx, q, n.OrganizationID, n.By.ID)
	if err != nil && !domain.IsCode(err, domain.NotFound) {
		return err
	}
	if err != nil || is.Block.Active() || !is.SameRights(n.By) {
		return domain.E(domain.Forbidden, "login.rights")
	}
	return nil
}

// checkReconnect answers whose account it is.
func checkReconnect(ctx context.Context, q *sqlc.Queries, n domain.NewAccount) (userID int64, err error) {
	a, err := account(ctx, q, whole(n.OrganizationID), n.Reconnect)
	if err == nil && a.TelegramID != n.Profile.TelegramID {
		return 0, domain.E(domain.Conflict, "account.other_user")
	}
	return a.UserID, err
}

// owner finds or makes the user of a new account, and his former account of the
// same Telegram user, or 0.
func owner(ctx context.Context, q *sqlc.Queries, n domain.NewAccount) (userID, former int64, err error) {
	var u sqlc.User
	if n.UserID != 0 {
		u, err = q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: n.OrganizationID, ID: n.UserID})
		err = missing("user.missing", err)
	} else {
		u, err = q.UserByTelegram(ctx, sqlc.UserByTelegramParams{OrganizationID: n.OrganizationID, TelegramID: n.Profile.TelegramID})
		if errors.Is(err, sql.ErrNoRows) {
			id, err := newOwner(ctx, q, n)
			return id, 0, err
		}
	}
	if err != nil {
		return 0, 0, err
	}
	former, err = q.DisconnectedAccount(ctx, sqlc.DisconnectedAccountParams{
		OrganizationID: n.OrganizationID, UserID: u.ID, TelegramID: n.Profile.TelegramID,
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return u.ID, former, err
}

func newOwner(ctx context.Context, q *sqlc.Queries, n domain.NewAccount) (int64, error) {
	if err := checkPlace(ctx, q, n.OrganizationID); err != nil {
		return 0, err
	}
	u := domain.User{
		OrganizationID: n.OrganizationID, DepartmentID: n.DepartmentID, Role: domain.RoleMember,
		TelegramID: n.Profile.TelegramID, CreatedAt: n.At,
	}
	if err := checkDepartment(ctx, q, u); err != nil {
		return 0, err
	}
	u.Name = domain.Account{FirstName: n.Profile.FirstName, LastName: n.Profile.LastName, Phone: n.Phone}.Name()
	u, err := insertUser(ctx, q, u, "")
	if err != nil {
		return 0, fmt.Errorf("make the user: %w", err)
	}
	if err := tellPlaces(ctx, q, n.OrganizationID, domain.LimitUsers, n.At); err != nil {
		return 0, err
	}
	if n.Catalog == "" {
		return u.ID, nil
	}
	_, err = insertCatalog(ctx, q, domain.Catalog{
		OrganizationID: n.OrganizationID, UserID: u.ID, Name: n.Catalog, CreatedAt: n.At, UpdatedAt: n.At,
	})
	return u.ID, err
}

// checkFree refuses a number or a Telegram user that another account holds, and
// one account too many.
func checkFree(ctx context.Context, q *sqlc.Queries, n domain.NewAccount, id int64) error {
	held, err := q.AccountClashes(ctx, sqlc.AccountClashesParams{
		ExceptID: id, Phone: string(n.Phone), TelegramID: n.Profile.TelegramID,
	})
	if err != nil {
		return fmt.Errorf("look for the phone: %w", err)
	}
	if held > 0 {
		return domain.E(domain.Conflict, "phone.taken").On("phone")
	}
	return checkAccounts(ctx, q, n.OrganizationID, id)
}

// checkAccounts refuses one account too many. The one that it is (0: none yet) holds
// no place against itself.
func checkAccounts(ctx context.Context, q *sqlc.Queries, organizationID, id int64) error {
	limit, err := q.AccountLimit(ctx, organizationID)
	if err != nil {
		return fmt.Errorf("read the account limit: %w", err)
	}
	live, err := q.CountLiveAccounts(ctx, sqlc.CountLiveAccountsParams{OrganizationID: organizationID, ExceptID: id})
	if err == nil && live >= limit {
		return domain.E(domain.Conflict, "account.limit", "Limit", limit)
	}
	return err
}

func putAccount(ctx context.Context, q *sqlc.Queries, n domain.NewAccount, id int64) (int64, error) {
	p := n.Profile
	if id != 0 {
		err := q.ReconnectAccount(ctx, sqlc.ReconnectAccountParams{
			OrganizationID: n.OrganizationID, ID: id, Phone: string(n.Phone),
			FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, ConnectedAt: ms(n.At),
		})
		if err != nil {
			return 0, err
		}
		return id, spaceRounds(ctx, q, n.OrganizationID, id, n.At)
	}
	return q.InsertAccount(ctx, sqlc.InsertAccountParams{
		OrganizationID: n.OrganizationID, UserID: n.UserID, Phone: string(n.Phone), TelegramID: p.TelegramID,
		FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, ConnectedAt: ms(n.At),
	})
}

// inherit gives the account what Telegram and the governor know of its Telegram
// user from the account that he had before, in whatever organization: to Telegram
// they are the same. It leaves warming up to each account.
func inherit(ctx context.Context, q *sqlc.Queries, n domain.NewAccount, id int64) error {
	former, err := q.FormerAccount(ctx, sqlc.FormerAccountParams{TelegramID: n.Profile.TelegramID, ID: id})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the former account: %w", err)
	}
	err = q.SetAccountWait(ctx, sqlc.SetAccountWaitParams{
		WaitUntil: former.WaitUntil, WaitReason: former.WaitReason, OrganizationID: n.OrganizationID, ID: id,
	})
	if err != nil {
		return fmt.Errorf("keep Telegram's wait: %w", err)
	}
	err = q.InheritReady(ctx, sqlc.InheritReadyParams{ReadyAt: former.ReadyAt, OrganizationID: n.OrganizationID, ID: id})
	if err != nil {
		return fmt.Errorf("keep the gap: %w", err)
	}
	err = q.InheritOutgoing(ctx, sqlc.InheritOutgoingParams{
		AccountID: id, OrganizationID: n.OrganizationID, FormerID: former.ID, Since: ms(n.At.Add(-domain.LongestWindow)),
	})
	if err != nil {
		return fmt.Errorf("count what has gone out: %w", err)
	}
	err = q.InheritBans(ctx, sqlc.InheritBansParams{AccountID: id, OrganizationID: n.OrganizationID, FormerID: former.ID})
	if err != nil {
		return fmt.Errorf("remember the chats that shut it out: %w", err)
	}
	return nil
}
