package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// PasswordHash implements [domain.SecurityStore].
func (s *Store) PasswordHash(ctx context.Context, u domain.User) (string, error) {
	hash, err := s.read.PasswordHash(ctx, sqlc.PasswordHashParams{OrganizationID: u.OrganizationID, ID: u.ID})
	return hash, refuse("read a password's hash", missing("user.missing", err))
}

// SetPassword implements [domain.SecurityStore].
func (s *Store) SetPassword(ctx context.Context, u domain.User, hash string, keep []byte) error {
	return s.write(ctx, "set a password", func(ctx context.Context, q *sqlc.Queries) error {
		return setPassword(ctx, q, u, hash, keep)
	})
}

// setPassword ends all sessions of the user but the one with that hash.
func setPassword(ctx context.Context, q *sqlc.Queries, u domain.User, hash string, keep []byte) error {
	err := q.SetPassword(ctx, sqlc.SetPasswordParams{PasswordHash: hash, OrganizationID: u.OrganizationID, ID: u.ID})
	if err != nil {
		return fmt.Errorf("store the password: %w", err)
	}
	e := domain.AuditEntry{
		OrganizationID: u.OrganizationID, UserID: u.ID, Event: domain.AuditPassword, Subject: domain.SubjectUser, SubjectID: u.ID, Detail: u.Name,
	}
	audit(ctx, e)
	_, err = q.EndOtherSessions(ctx, sqlc.EndOtherSessionsParams{OrganizationID: u.OrganizationID, UserID: u.ID, Keep: keep})
	return err
}

func auditUser(ctx context.Context, u domain.User, event domain.AuditEvent) {
	audit(ctx, domain.AuditEntry{
		OrganizationID: u.OrganizationID, Event: event, Subject: domain.SubjectUser, SubjectID: u.ID, Detail: u.Name,
	})
}

// Sessions implements [domain.SecurityStore].
func (s *Store) Sessions(ctx context.Context, u domain.User, made, seen time.Time) ([]domain.Session, error) {
	rows, err := s.read.SessionsOfUser(ctx, sqlc.SessionsOfUserParams{
		OrganizationID: u.OrganizationID, UserID: u.ID, Made: ms(made), Seen: ms(seen),
	})
	out := make([]domain.Session, len(rows))
	for i, r := range rows {
		out[i] = domain.Session{
			Hash: r.Hash, OrganizationID: r.OrganizationID, UserID: r.UserID, IP: r.Ip, Agent: r.Agent,
			CreatedAt: at(r.CreatedAt), SeenAt: at(r.SeenAt),
		}
	}
	return out, refuse("list the sessions", err)
}

// EndSession implements [domain.SecurityStore].
func (s *Store) EndSession(ctx context.Context, u domain.User, hash []byte) error {
	return s.write(ctx, "end a session", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.EndSession(ctx, sqlc.EndSessionParams{Hash: hash, OrganizationID: u.OrganizationID, UserID: u.ID})
		if err == nil && n == 0 {
			return domain.Missing("session.missing")
		}
		auditUser(ctx, u, domain.AuditSessionsEnd)
		return err
	})
}

// EndOtherSessions implements [domain.SecurityStore].
func (s *Store) EndOtherSessions(ctx context.Context, u domain.User, keep []byte) (int, error) {
	var n int64
	err := s.write(ctx, "end a user's other sessions", func(ctx context.Context, q *sqlc.Queries) (err error) {
		n, err = q.EndOtherSessions(ctx, sqlc.EndOtherSessionsParams{OrganizationID: u.OrganizationID, UserID: u.ID, Keep: keep})
		if n > 0 {
			auditUser(ctx, u, domain.AuditSessionsEnd)
		}
		return err
	})
	return int(n), err
}

const purposeTOTP = "second step"

// TOTP implements [domain.SecurityStore].
func (s *Store) TOTP(ctx context.Context, u domain.User) (secret string, step int64, err error) {
	r, err := s.read.TOTP(ctx, sqlc.TOTPParams{OrganizationID: u.OrganizationID, ID: u.ID})
	if err != nil {
		return "", 0, refuse("read the second step", missing("user.missing", err))
	}
	if len(r.Totp) == 0 {
		return "", 0, nil
	}
	plain, err := s.sealer.open(purposeTOTP, u.OrganizationID, u.ID, r.Totp)
	return string(plain), r.TotpStep, refuse("read the second step", err)
}

// SetTOTP implements [domain.SecurityStore].
func (s *Store) SetTOTP(ctx context.Context, u domain.User, secret string, step int64, recovery [][]byte, session []byte) error {
	return s.write(ctx, "set the second step", func(ctx context.Context, q *sqlc.Queries) error {
		had, err := q.TOTP(ctx, sqlc.TOTPParams{OrganizationID: u.OrganizationID, ID: u.ID})
		if err != nil {
			return err
		}
		if len(had.Totp) > 0 { // another browser was faster: its codes are good
			return domain.E(domain.Conflict, "totp.on")
		}
		sealed := s.sealer.seal(purposeTOTP, u.OrganizationID, u.ID, []byte(secret))
		if err := q.SetTOTP(ctx, sqlc.SetTOTPParams{Totp: sealed, Step: step, OrganizationID: u.OrganizationID, ID: u.ID}); err != nil {
			return err
		}
		if err := putRecoveryCodes(ctx, q, u, recovery); err != nil {
			return err
		}
		auditUser(ctx, u, domain.AuditTOTPOn)
		if _, err := q.EndOtherSessions(ctx, sqlc.EndOtherSessionsParams{OrganizationID: u.OrganizationID, UserID: u.ID, Keep: session}); err != nil {
			return err
		}
		_, err = q.VerifySession(ctx, sqlc.VerifySessionParams{Hash: session, OrganizationID: u.OrganizationID, UserID: u.ID})
		return err
	})
}

// DropTOTP implements [domain.SecurityStore].
func (s *Store) DropTOTP(ctx context.Context, u domain.User) error {
	return s.write(ctx, "switch the second step off", func(ctx context.Context, q *sqlc.Queries) error {
		return dropTOTP(ctx, q, u)
	})
}

func dropTOTP(ctx context.Context, q *sqlc.Queries, u domain.User) error {
	auditUser(ctx, u, domain.AuditTOTPOff)
	if err := q.SetTOTP(ctx, sqlc.SetTOTPParams{Totp: []byte{}, OrganizationID: u.OrganizationID, ID: u.ID}); err != nil {
		return err
	}
	return q.DropRecoveryCodes(ctx, sqlc.DropRecoveryCodesParams{OrganizationID: u.OrganizationID, UserID: u.ID})
}

// VerifyByCode implements [domain.SecurityStore].
func (s *Store) VerifyByCode(ctx context.Context, u domain.User, session []byte, step int64) (bool, error) {
	return s.verifySession(ctx, u, session, func(ctx context.Context, q *sqlc.Queries) (int64, error) {
		return q.UseTOTP(ctx, sqlc.UseTOTPParams{Step: step, OrganizationID: u.OrganizationID, ID: u.ID})
	})
}

// VerifyByRecovery implements [domain.SecurityStore].
func (s *Store) VerifyByRecovery(ctx context.Context, u domain.User, session, code []byte) (bool, error) {
	return s.verifySession(ctx, u, session, func(ctx context.Context, q *sqlc.Queries) (int64, error) {
		return q.UseRecoveryCode(ctx, sqlc.UseRecoveryCodeParams{OrganizationID: u.OrganizationID, UserID: u.ID, Hash: code})
	})
}

// verifySession verifies a session if use, which answers how many it has used up, finds
// what was given. For a session that is gone nothing is used up: NotFound
// (session.missing).
func (s *Store) verifySession(ctx context.Context, u domain.User, session []byte, use func(context.Context, *sqlc.Queries) (int64, error)) (bool, error) {
	var n int64
	err := s.write(ctx, "verify a session", func(ctx context.Context, q *sqlc.Queries) (err error) {
		if n, err = use(ctx, q); err != nil || n == 0 {
			return err
		}
		audit(ctx, domain.AuditEntry{OrganizationID: u.OrganizationID, Event: domain.AuditSignIn})
		if err := q.SeeUser(ctx, sqlc.SeeUserParams{SeenAt: ms(s.now()), OrganizationID: u.OrganizationID, ID: u.ID, Verified: 1}); err != nil {
			return err
		}
		there, err := q.VerifySession(ctx, sqlc.VerifySessionParams{Hash: session, OrganizationID: u.OrganizationID, UserID: u.ID})
		if err == nil && there == 0 {
			return domain.Missing("session.missing")
		}
		return err
	})
	return err == nil && n > 0, err
}

func putRecoveryCodes(ctx context.Context, q *sqlc.Queries, u domain.User, codes [][]byte) error {
	for _, hash := range codes {
		err := q.PutRecoveryCode(ctx, sqlc.PutRecoveryCodeParams{OrganizationID: u.OrganizationID, UserID: u.ID, Hash: hash})
		if err != nil {
			return err
		}
	}
	return nil
}

// RecoveryCodes implements [domain.SecurityStore].
func (s *Store) RecoveryCodes(ctx context.Context, u domain.User) (domain.RecoverySet, error) {
	r, err := s.read.RecoveryCodes(ctx, sqlc.RecoveryCodesParams{OrganizationID: u.OrganizationID, ID: u.ID})
	return domain.RecoverySet{Set: r.RecoverySet, Left: int(r.CodesLeft)}, refuse("count the recovery codes", missing("user.missing", err))
}

// ReplaceRecoveryCodes implements [domain.SecurityStore].
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, u domain.User, set int64, codes [][]byte) error {
	return s.write(ctx, "replace the recovery codes", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.NextRecoverySet(ctx, sqlc.NextRecoverySetParams{OrganizationID: u.OrganizationID, ID: u.ID, Was: set})
		if err != nil {
			return err
		}
		if n == 0 {
			return domain.E(domain.Conflict, "totp.codes_replaced")
		}
		if err := q.DropRecoveryCodes(ctx, sqlc.DropRecoveryCodesParams{OrganizationID: u.OrganizationID, UserID: u.ID}); err != nil {
			return err
		}
		auditUser(ctx, u, domain.AuditRecoveryCodes)
		return putRecoveryCodes(ctx, q, u, codes)
	})
}

// SetPreferences implements [domain.SecurityStore].
func (s *Store) SetPreferences(ctx context.Context, u domain.User) error {
	return s.write(ctx, "store language and zone", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.SetPreferences(ctx, sqlc.SetPreferencesParams{Lang: u.Lang, Zone: u.Zone, OrganizationID: u.OrganizationID, ID: u.ID})
		if err == nil && n > 0 {
			auditUser(ctx, u, domain.AuditPreferences)
		}
		return err
	})
}
