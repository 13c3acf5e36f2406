package db

import (
	"context"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// seenStep is how old a session's last use may get before it is written again:
// a page view alone should not cost a write.
const seenStep = 30 * time.Second

// touchLimit is how long a page waits for that write.
const touchLimit = 500 * time.Millisecond

// ServiceOrganization implements [domain.Setup].
func (s *Store) ServiceOrganization(ctx context.Context) (domain.Organization, error) {
	r, err := s.read.ServiceOrganization(ctx)
	return toOrganization(r), refuse("read the service organization", err)
}

// CreateOrganization implements [domain.Setup]. Zero Zone, Pace and Days become
// the defaults, a zero Granted is the Pace; no limit of users is the
// default one; no limit of accounts lets none be connected.
func (s *Store) CreateOrganization(ctx context.Context, o domain.Organization) (domain.Organization, error) {
	err := s.write(ctx, "create an organization", func(ctx context.Context, q *sqlc.Queries) (err error) {
		o, err = insertOrganization(ctx, q, o)
		return err
	})
	return o, err
}

func insertOrganization(ctx context.Context, q *sqlc.Queries, o domain.Organization) (domain.Organization, error) {
	if o.Zone == "" {
		o.Zone = domain.DefaultZone
	}
	if o.Pace == (domain.Pace{}) {
		o.Pace = domain.DefaultPace
	}
	if o.Granted == (domain.Pace{}) {
		o.Granted = o.Pace
	}
	if o.Limits.Users == 0 {
		o.Limits.Users = domain.DefaultLimits.Users
	}
	if o.Days == 0 {
		o.Days = domain.AllDays
	}
	r, err := q.InsertOrganization(ctx, sqlc.InsertOrganizationParams{
		Name: o.Name, Zone: o.Zone,
		GapMinMs: o.Pace.GapMin.Milliseconds(), GapMaxMs: o.Pace.GapMax.Milliseconds(),
		ChatGapMs: o.Pace.ChatGap.Milliseconds(), PerHour: int64(o.Pace.PerHour), PerDay: int64(o.Pace.PerDay),
		MinIntervalMs: o.Pace.MinInterval.Milliseconds(),
		GrantedGapMs:  o.Granted.GapMin.Milliseconds(), GrantedChatGapMs: o.Granted.ChatGap.Milliseconds(),
		GrantedPerHour: int64(o.Granted.PerHour), GrantedPerDay: int64(o.Granted.PerDay),
		GrantedIntervalMs: o.Granted.MinInterval.Milliseconds(),
		QuietFrom:         int64(o.QuietFrom), QuietTo: int64(o.QuietTo), Days: int64(o.Days),
		AccountLimit: int64(o.Limits.Accounts), UserLimit: int64(o.Limits.Users),
		CampaignsPerDay: int64(o.Limits.CampaignsPerDay), MessagesPerDay: int64(o.Limits.MessagesPerDay), WatchOff: flag(o.Limits.WatchOff),
		CreatedAt: ms(o.CreatedAt),
	})
	if err != nil {
		return o, err
	}
	o = toOrganization(r)
	audit(ctx, domain.AuditEntry{
		OrganizationID: o.ID, Event: domain.AuditOrganizationCreate, Subject: domain.SubjectOrganization, SubjectID: o.ID, Detail: o.Name,
	})
	return o, nil
}

// CreateUser implements [domain.Setup].
func (s *Store) CreateUser(ctx context.Context, u domain.User, passwordHash string) (domain.User, error) {
	err := s.write(ctx, "create a user", func(ctx context.Context, q *sqlc.Queries) (err error) {
		u, err = insertUser(ctx, q, u, passwordHash)
		return err
	})
	return u, err
}

func insertUser(ctx context.Context, q *sqlc.Queries, u domain.User, passwordHash string) (domain.User, error) {
	r, err := q.InsertUser(ctx, sqlc.InsertUserParams{
		OrganizationID: u.OrganizationID, DepartmentID: reference(u.DepartmentID), Role: string(u.Role),
		Name: u.Name, Email: u.Email, PasswordHash: passwordHash, TelegramID: u.TelegramID, Lang: u.Lang,
		ReadOnly: flag(u.ReadOnly), Sees: string(u.Sees), MustChange: flag(u.MustChange), CreatedAt: ms(u.CreatedAt),
	})
	auditUser(ctx, toUser(r), domain.AuditUserCreate)
	return toUser(r), err
}

// CountUsers implements [domain.Setup].
func (s *Store) CountUsers(ctx context.Context) (int, error) {
	n, err := s.read.CountUsers(ctx)
	return int(n), refuse("count the users", err)
}

// Users implements [domain.AccountStore].
func (s *Store) Users(ctx context.Context, sc domain.Scope) ([]domain.User, error) {
	rows, err := s.read.Users(ctx, sqlc.UsersParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	us := make([]domain.User, len(rows))
	for i, r := range rows {
		us[i] = toUser(r)
	}
	return us, refuse("list the users", err)
}

// Departments implements [domain.AccountStore].
func (s *Store) Departments(ctx context.Context, organizationID int64) ([]domain.Department, error) {
	rows, err := s.read.Departments(ctx, organizationID)
	ds := make([]domain.Department, len(rows))
	for i, r := range rows {
		ds[i] = domain.Department{ID: r.ID, OrganizationID: r.OrganizationID, Name: r.Name}
	}
	return ds, refuse("list the departments", err)
}

// UserByEmail implements [domain.SessionStore].
func (s *Store) UserByEmail(ctx context.Context, email string) (domain.Actor, string, error) {
	r, err := s.read.UserByEmail(ctx, email)
	if err != nil {
		return domain.Actor{}, "", refuse("find a user by e-mail", missing("user.missing", err))
	}
	return domain.Actor{User: toUser(r.User), Organization: toOrganization(r.Organization)}, r.User.PasswordHash, nil
}

// CreateSession implements [domain.SessionStore].
func (s *Store) CreateSession(ctx context.Context, n domain.Session) error {
	return s.write(ctx, "create a session", func(ctx context.Context, q *sqlc.Queries) error {
		verified, err := q.InsertSession(ctx, sqlc.InsertSessionParams{
			Hash: n.Hash, OrganizationID: n.OrganizationID, UserID: n.UserID,
			Ip: n.IP, Agent: n.Agent, CreatedAt: ms(n.CreatedAt), SeenAt: ms(n.SeenAt), PasswordHash: n.PasswordHash,
		})
		if err != nil {
			return missing("user.missing", err) // he is shut out, or has another password by now
		}
		event := domain.AuditSignIn
		if verified == 0 {
			event = domain.AuditSignInBegun
		}
		audit(ctx, domain.AuditEntry{OrganizationID: n.OrganizationID, UserID: n.UserID, IP: n.IP, Event: event})
		return q.SeeUser(ctx, sqlc.SeeUserParams{SeenAt: ms(n.SeenAt), OrganizationID: n.OrganizationID, ID: n.UserID, Verified: verified})
	})
}

// SessionActor implements [domain.SessionStore]. The last use is kept to within
// half a minute.
func (s *Store) SessionActor(ctx context.Context, hash []byte, made, seen, now time.Time) (domain.Actor, error) {
	r, err := s.read.SessionUser(ctx, sqlc.SessionUserParams{Hash: hash, Made: ms(made), Seen: ms(seen)})
	if err != nil {
		return domain.Actor{}, refuse("find a session", missing("session.missing", err))
	}
	if now.Sub(at(r.SeenAt)) >= seenStep {
		s.touch(ctx, hash, now)
	}
	return domain.Actor{User: toUser(r.User), Organization: toOrganization(r.Organization), Verified: r.Verified == 1}, nil
}

// touch marks a session as seen. It changes only a row that is still there: a
// session that was ended meanwhile stays ended. Pages stay readable while the
// storage is full or locked, so that it neither fails them nor holds them up.
func (s *Store) touch(ctx context.Context, hash []byte, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, touchLimit)
	defer cancel()
	err := s.write(ctx, "mark a session as seen", func(ctx context.Context, q *sqlc.Queries) error {
		return q.TouchSession(ctx, sqlc.TouchSessionParams{Hash: hash, SeenAt: ms(now)})
	})
	if err != nil {
		s.log.Warn("session not marked as seen", "err", err)
	}
}

// DeleteSession implements [domain.SessionStore].
func (s *Store) DeleteSession(ctx context.Context, hash []byte) error {
	return s.write(ctx, "end a session", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.DeleteSession(ctx, hash)
		if err != nil {
			return ignoreMissing(err)
		}
		audit(ctx, domain.AuditEntry{OrganizationID: r.OrganizationID, UserID: r.UserID, Event: domain.AuditSignOut})
		return nil
	})
}
