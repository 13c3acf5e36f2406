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
		if secret == "" {
			return dropTOTP(ctx, q, u)
		}
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
		for _, hash := range recovery {
			err := q.PutRecoveryCode(ctx, sqlc.PutRecoveryCodeParams{OrganizationID: u.OrganizationID, UserID: u.ID, Hash: hash})
			if err != nil {
				return err
			}
		}
		auditUser(ctx, u, domain.AuditTOTPOn)
		if _, err := q.EndOtherSessions(ctx, sqlc.EndOtherSessionsParams{OrganizationID: u.OrganizationID, UserID: u.ID, Keep: session}); err != nil {
			return err
		}
		_, err = q.VerifySession(ctx, sqlc.VerifySessionParams{Hash: session, OrganizationID: u.OrganizationID, UserID: u.ID})
		return err
	})
}

// dropTOTP switches the second step off.
func dropTOTP(ctx context.Context, q *sqlc.Queries, u domain.User) error {
	auditUser(ctx, u, domain.AuditTOTPOff)
	if err := q.SetTOTP(ctx, sqlc.SetTOTPParams{Totp: []byte{}, OrganizationID: u.OrganizationID, ID: u.ID}); err != nil {
		return err
	}
	return q.DropRecoveryCodes(ctx, sqlc.DropRecoveryCodesParams{OrganizationID: u.OrganizationID, UserID: u.ID})
}

// Verify implements [domain.SecurityStore].
func (s *Store) Verify(ctx context.Context, u domain.User, session []byte, step int64, recovery []byte) (bool, error) {
	var n int64
	err := s.write(ctx, "verify a session", func(ctx context.Context, q *sqlc.Queries) (err error) {
		if step > 0 {
			n, err = q.UseTOTP(ctx, sqlc.UseTOTPParams{Step: step, OrganizationID: u.OrganizationID, ID: u.ID})
		} else {
			n, err = q.UseRecoveryCode(ctx, sqlc.UseRecoveryCodeParams{OrganizationID: u.OrganizationID, UserID: u.ID, Hash: recovery})
		}
		if err != nil || n == 0 {
			return err
		}
		auditUser(ctx, u, domain.AuditSecondStep)
		n, err = q.VerifySession(ctx, sqlc.VerifySessionParams{Hash: session, OrganizationID: u.OrganizationID, UserID: u.ID})
		return err
	})
	return n > 0, err
}

// RecoveryCodesLeft implements [domain.SecurityStore].
func (s *Store) RecoveryCodesLeft(ctx context.Context, u domain.User) (int, error) {
	n, err := s.read.CountRecoveryCodes(ctx, sqlc.CountRecoveryCodesParams{OrganizationID: u.OrganizationID, UserID: u.ID})
	return int(n), refuse("count the recovery codes", err)
}
