package domain

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// Security is what a user decides about his own sign-in.
type Security struct {
	Store     SecurityStore
	Passwords Passwords
	Codes     Codes
	Throttle  *Throttle
	Hub       *Hub
	Now       func() time.Time
}

// SecurityStore keeps it.
type SecurityStore interface {
	PasswordHash(ctx context.Context, u User) (string, error)
	// SetPassword ends all sessions of the user but the one with that hash.
	SetPassword(ctx context.Context, u User, hash string, keep []byte) error
	// Sessions lists those that are alive (see SessionStore), the latest used first.
	Sessions(ctx context.Context, u User, made, seen time.Time) ([]Session, error)
	// EndSession ends one session of the user; NotFound (session.missing).
	EndSession(ctx context.Context, u User, hash []byte) error
	// EndOtherSessions ends all but the one with that hash, and answers how many.
	EndOtherSessions(ctx context.Context, u User, keep []byte) (int, error)
	// TOTP is the secret of the user's second step, "" where he has none, and the
	// step of the code that he used last.
	TOTP(ctx context.Context, u User) (secret string, step int64, err error)
	// SetTOTP stores a secret with the hashes of its recovery codes, verifies the
	// session with that hash and ends the user's others, which nobody has asked for
	// a code; an empty secret switches the second step off and ends none.
	SetTOTP(ctx context.Context, u User, secret string, step int64, recovery [][]byte, session []byte) error
	// Verify verifies a session by a code of that step, or by a recovery code when
	// step is 0; false when it was used before.
	Verify(ctx context.Context, u User, session []byte, step int64, recovery []byte) (bool, error)
	RecoveryCodesLeft(ctx context.Context, u User) (int, error)
	// Keep is that of [AuditStore].
	Keep(ctx context.Context, e AuditEntry) error
}

// Codes makes and checks the codes of an authenticator app (TOTP, RFC 6238).
type Codes interface {
	// New answers a secret and the address that an app takes it from.
	New(email string) (secret, uri string, err error)
	// URI is that address of a known secret.
	URI(email, secret string) string
	// Step answers which step the code is of, one off to either side of now at the
	// most; false for a wrong code.
	Step(secret, code string, now time.Time) (int64, bool)
}

// secretLength is that of the secrets that [Codes] makes: 160 bits in base 32.
const secretLength = 32

// recoveryCodes is how many a user gets, each good for one sign-in without the
// app.
const recoveryCodes = 10

// ID names a session in addresses; nothing follows from it.
func (s Session) ID() string { return hex.EncodeToString(s.Hash[:8]) }

// ChangePassword replaces the actor's password and ends his other sessions; keep
// is the token of this one. Invalid (password.wrong, password.same and those of
// [CheckPassword]), Limited (signin.throttled) after many wrong ones.
func (s *Security) ChangePassword(ctx context.Context, a Actor, keep, current, next string) error {
	if err := s.CheckPassword(ctx, a, current, "current"); err != nil {
		return err
	}
	if next == current {
		return E(Invalid, "password.same").On("password")
	}
	if err := CheckPassword(s.Passwords, a.User, next); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(next)
	if err != nil {
		return err
	}
	err = s.Store.SetPassword(ctx, a.User, hash, TokenHash(keep))
	s.Hub.Changed(a.User.OrganizationID) // live pages of the sessions that have ended look who is asking
	return err
}

// CheckPassword answers Invalid (password.wrong) on the field for another one than
// the actor's.
func (s *Security) CheckPassword(ctx context.Context, a Actor, password, field string) error {
	now, key := s.Now().UTC(), "password:"+a.User.Email
	if wait := s.Throttle.Try(now, key); wait > 0 {
		return E(Limited, "signin.throttled").On(field).After(wait)
	}
	hash, err := s.Store.PasswordHash(ctx, a.User)
	if err != nil {
		return err
	}
	ok, err := s.Passwords.Match(ctx, password, hash)
	if err != nil {
		return err
	}
	if !ok {
		return E(Invalid, "password.wrong").On(field)
	}
	s.Throttle.Clear(key)
	return nil
}

// Sessions are where the actor is signed in.
func (s *Security) Sessions(ctx context.Context, a Actor) ([]Session, error) {
	now := s.Now().UTC()
	return s.Store.Sessions(ctx, a.User, now.Add(-SessionLife), now.Add(-SessionIdle))
}

// EndSession signs the actor out of one browser; NotFound (session.missing).
func (s *Security) EndSession(ctx context.Context, a Actor, id string) error {
	list, err := s.Sessions(ctx, a)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.ID() == id {
			err := s.Store.EndSession(ctx, a.User, one.Hash)
			s.Hub.Changed(a.User.OrganizationID)
			return err
		}
	}
	return Missing("session.missing")
}

// EndOtherSessions signs the actor out everywhere but here.
func (s *Security) EndOtherSessions(ctx context.Context, a Actor, keep string) (int, error) {
	n, err := s.Store.EndOtherSessions(ctx, a.User, TokenHash(keep))
	s.Hub.Changed(a.User.OrganizationID)
	return n, err
}

// NewTOTP begins to set the second step up: a secret for the app, which is kept
// when a code of it comes back.
func (s *Security) NewTOTP(a Actor) (secret, uri string, err error) {
	if a.User.TOTP {
		return "", "", E(Conflict, "totp.on")
	}
	return s.Codes.New(a.User.Email)
}

// StartTOTP switches the second step on, ends the actor's other sessions and
// answers the recovery codes, once. Invalid (totp.wrong) on "code".
func (s *Security) StartTOTP(ctx context.Context, a Actor, token, secret, code string) ([]string, error) {
	if a.User.TOTP {
		return nil, E(Conflict, "totp.on")
	}
	step, ok := s.Codes.Step(secret, digits(code), s.Now().UTC())
	if !ok || len(secret) != secretLength {
		return nil, E(Invalid, "totp.wrong").On("code")
	}
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		codes[i] = strings.ToLower(rand.Text()[:10])
		hashes[i] = TokenHash(codes[i])
	}
	err := s.Store.SetTOTP(ctx, a.User, secret, step, hashes, TokenHash(token))
	s.Hub.Changed(a.User.OrganizationID) // as with ChangePassword
	return codes, err
}

// StopTOTP switches the second step off, which takes the password.
func (s *Security) StopTOTP(ctx context.Context, a Actor, token, password string) error {
	if !a.User.TOTP {
		return E(Conflict, "totp.off")
	}
	if err := s.CheckPassword(ctx, a, password, "totp_password"); err != nil {
		return err
	}
	return s.Store.SetTOTP(ctx, a.User, "", 0, nil, TokenHash(token))
}

// Verify takes the second step: a code of the app, or one of the recovery codes.
// Unauthorized (totp.wrong), Limited (signin.throttled).
func (s *Security) Verify(ctx context.Context, a Actor, token, code string) error {
	_, ip := WhoActs(ctx)
	now, key := s.Now().UTC(), "totp:"+a.User.Email+"|"+network(ip) // of one network, as in [SignIns.SignIn]
	if wait := s.Throttle.Try(now, key); wait > 0 {
		return E(Limited, "signin.throttled").After(wait)
	}
	secret, used, err := s.Store.TOTP(ctx, a.User)
	if err != nil {
		return err
	}
	code = strings.ToLower(strings.Join(strings.Fields(code), ""))
	step, ok := s.Codes.Step(secret, digits(code), now)
	var recovery []byte
	switch {
	case ok && step <= used:
		return E(Unauthorized, "totp.used")
	case !ok:
		step, recovery = 0, TokenHash(code)
	}
	if ok, err = s.Store.Verify(ctx, a.User, TokenHash(token), step, recovery); err != nil {
		return err
	}
	if !ok {
		failed := AuditEntry{OrganizationID: a.User.OrganizationID, Event: AuditSignInFailed}
		if err := s.Store.Keep(ctx, failed); err != nil {
			return err
		}
		return E(Unauthorized, "totp.wrong")
	}
	s.Throttle.Clear(key)
	return nil
}

// digits is a code as people type it, without its gaps.
func digits(code string) string { return strings.Join(strings.Fields(code), "") }
