package domain

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// Security is what a user decides about himself: how he signs in, and in which
// language and zone he reads.
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
	// a code. Conflict (totp.on) where he has a second step.
	SetTOTP(ctx context.Context, u User, secret string, step int64, recovery [][]byte, session []byte) error
	// DropTOTP switches the second step off. It ends no session.
	DropTOTP(ctx context.Context, u User) error
	// VerifyByCode verifies a session by a code of that step; false where one of that
	// step or a later one was used before.
	VerifyByCode(ctx context.Context, u User, session []byte, step int64) (bool, error)
	// VerifyByRecovery verifies a session by the recovery code with that hash, which
	// is used up; false where there is none.
	VerifyByRecovery(ctx context.Context, u User, session, code []byte) (bool, error)
	RecoveryCodes(ctx context.Context, u User) (RecoverySet, error)
	// ReplaceRecoveryCodes stores the hashes of new ones in place of those of that
	// set. Conflict (totp.codes_replaced) where the user has another set by now, or
	// no second step.
	ReplaceRecoveryCodes(ctx context.Context, u User, set int64, codes [][]byte) error
	// SetPreferences stores the user's Lang and Zone.
	SetPreferences(ctx context.Context, u User) error
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

// RecoverySet is what may be known of a user's recovery codes.
type RecoverySet struct {
	Set  int64 // another number for other codes
	Left int   // not used yet
}

// ID names a session in addresses; nothing follows from it.
func (s Session) ID() string { return hex.EncodeToString(s.Hash[:8]) }

// PasswordChange is what somebody fills in to change his password.
type PasswordChange struct{ Current, New string }

// ChangePassword replaces the actor's password and ends his sessions but the one
// with that token. Invalid (password.wrong, password.same and those of
// [CheckPassword]), Limited (signin.throttled) after many wrong ones.
func (s *Security) ChangePassword(ctx context.Context, a Actor, token string, c PasswordChange) error {
	if err := s.CheckPassword(ctx, a, c.Current, "current"); err != nil {
		return err
	}
	if c.New == c.Current {
		return E(Invalid, "password.same").On("password")
	}
	if err := CheckPassword(s.Passwords, a.User, c.New); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(c.New)
	if err != nil {
		return err
	}
	err = s.Store.SetPassword(ctx, a.User, hash, TokenHash(token))
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
		s.Throttle.TakeBack(now, key) // nothing was compared
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

// TOTPStart is what the form sends back to switch the second step on: the secret
// of [Security.NewTOTP], and a code that the app has made of it.
type TOTPStart struct{ Secret, Code string }

// URI is the address that an app takes that secret of the actor from.
func (s *Security) URI(a Actor, secret string) string { return s.Codes.URI(a.User.Email, secret) }

// StartTOTP switches the second step on, ends the actor's sessions but the one with
// that token and answers the recovery codes, once. Invalid (totp.wrong) on "code",
// Conflict (totp.on).
func (s *Security) StartTOTP(ctx context.Context, a Actor, token string, f TOTPStart) ([]string, error) {
	if a.User.TOTP {
		return nil, E(Conflict, "totp.on")
	}
	step, ok := s.Codes.Step(f.Secret, ungapped(f.Code), s.Now().UTC())
	if !ok || len(f.Secret) != secretLength {
		return nil, E(Invalid, "totp.wrong").On("code")
	}
	codes, hashes := newRecoveryCodes()
	if err := s.Store.SetTOTP(ctx, a.User, f.Secret, step, hashes, TokenHash(token)); err != nil {
		return nil, err
	}
	s.Hub.Changed(a.User.OrganizationID) // as with ChangePassword
	return codes, nil
}

// newRecoveryCodes are codes, and the hashes by which they are known again.
func newRecoveryCodes() (codes []string, hashes [][]byte) {
	codes, hashes = make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		codes[i] = strings.ToLower(rand.Text()[:10])
		hashes[i] = TokenHash(codes[i])
	}
	return codes, hashes
}

// RecoveryCodes tells about those of the actor.
func (s *Security) RecoveryCodes(ctx context.Context, a Actor) (RecoverySet, error) {
	return s.Store.RecoveryCodes(ctx, a.User)
}

// NewRecoveryCodes answers new ones in place of the actor's, once; it takes his
// password. Set is that of the codes that he has seen, so that of two requests one
// makes codes, and those which are shown are the good ones. Conflict (totp.off,
// totp.codes_replaced).
func (s *Security) NewRecoveryCodes(ctx context.Context, a Actor, set int64, password string) ([]string, error) {
	if !a.User.TOTP {
		return nil, E(Conflict, "totp.off")
	}
	if err := s.CheckPassword(ctx, a, password, "codes_password"); err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes()
	if err := s.Store.ReplaceRecoveryCodes(ctx, a.User, set, hashes); err != nil {
		return nil, err
	}
	return codes, nil
}

// StopTOTP switches the second step off, which takes the password.
func (s *Security) StopTOTP(ctx context.Context, a Actor, password string) error {
	if !a.User.TOTP {
		return E(Conflict, "totp.off")
	}
	if err := s.CheckPassword(ctx, a, password, "totp_password"); err != nil {
		return err
	}
	return s.Store.DropTOTP(ctx, a.User)
}

// Verify takes the second step: a code of the app, or one of the recovery codes.
// Unauthorized (totp.wrong, totp.used), Limited (signin.throttled).
func (s *Security) Verify(ctx context.Context, a Actor, token, code string) error {
	_, ip := WhoActs(ctx)
	now, key := s.Now().UTC(), "totp:"+a.User.Email+"|"+network(ip) // of one network, as in [SignIns.SignIn]
	if wait := s.Throttle.Try(now, key); wait > 0 {
		return E(Limited, "signin.throttled").After(wait)
	}
	ok, err := s.verified(ctx, a.User, TokenHash(token), ungapped(code))
	if IsCode(err, NotFound) { // the session has ended meanwhile
		return E(Unauthorized, "signin.needed")
	}
	if err != nil {
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

func (s *Security) verified(ctx context.Context, u User, session []byte, code string) (bool, error) {
	secret, used, err := s.Store.TOTP(ctx, u)
	if err != nil {
		return false, err
	}
	step, ok := s.Codes.Step(secret, code, s.Now().UTC())
	switch {
	case !ok:
		return s.Store.VerifyByRecovery(ctx, u, session, TokenHash(strings.ToLower(code)))
	case step <= used:
		return false, E(Unauthorized, "totp.used")
	}
	return s.Store.VerifyByCode(ctx, u, session, step)
}

// ungapped is a code as people type it, without its gaps.
func ungapped(code string) string { return strings.Join(strings.Fields(code), "") }
