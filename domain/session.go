package domain

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strings"
	"time"
)

// How long a panel session lives: without use, and at all.
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 12 * time.Hour
)

// Session is a signed-in browser. Only the hash of its token is stored.
type Session struct {
	Hash                   []byte // SHA-256 of the token
	OrganizationID, UserID int64
	IP, Agent              string
	CreatedAt, SeenAt      time.Time
	PasswordHash           string // that let him in, not stored; "": none was asked
}

// SessionStore keeps users' passwords and sessions.
type SessionStore interface {
	// UserByEmail answers NotFound for an unknown address. The e-mail is
	// compared in lower case.
	UserByEmail(ctx context.Context, email string) (a Actor, passwordHash string, err error)
	// CreateSession answers NotFound (user.missing) where the user is shut out or
	// removed by now, or PasswordHash is not his any more.
	CreateSession(ctx context.Context, s Session) error
	// SessionActor finds a session that was made after made and seen after seen,
	// of a user who is not blocked, and marks it seen now; the zero time marks
	// nothing. It answers NotFound otherwise.
	SessionActor(ctx context.Context, hash []byte, made, seen, now time.Time) (Actor, error)
	DeleteSession(ctx context.Context, hash []byte) error
	// Keep is that of [AuditStore].
	Keep(ctx context.Context, e AuditEntry) error
}

// Passwords hashes and compares passwords, which is slow on purpose.
type Passwords interface {
	Hash(password string) (string, error)
	// Match compares in the same time for an empty hash, which never matches.
	Match(ctx context.Context, password, hash string) (bool, error)
	// Common reports whether a guesser would try the password early. About are
	// words that stand near its owner, such as his name.
	Common(password string, about ...string) bool
}

// longestEmail is what SMTP can carry, in bytes (RFC 5321 with erratum 1690).
const longestEmail = 254

// SignIns is how people get into the panel.
type SignIns struct {
	Store     SessionStore
	Passwords Passwords
	Throttle  *Throttle
	Now       func() time.Time
}

// SignIn answers the token of a new session. Unknown e-mail and wrong password
// answer alike, in about the same time; that somebody is blocked is told only to
// who knows his password: Forbidden (signin.blocked, and signin.blocked_until
// where Until is known). Too many wrong ones make each further try wait longer:
// from one network, and for one e-mail from one network. An e-mail is never
// throttled for everybody, since a stranger who keeps guessing would lock its
// owner out; who guesses from many networks is held back only by how long a
// comparison takes.
func (s *SignIns) SignIn(ctx context.Context, email, password, ip, agent string) (token string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > longestEmail {
		return "", E(Unauthorized, "signin.wrong")
	}
	now, net := s.Now().UTC(), network(ip)
	byNetwork, byPair := "ip:"+net, "pair:"+email+"|"+net
	if wait := s.Throttle.Try(now, byNetwork, byPair); wait > 0 {
		return "", E(Limited, "signin.throttled").After(wait)
	}
	a, hash, err := s.Store.UserByEmail(ctx, email)
	if err != nil && !IsCode(err, NotFound) {
		return "", err
	}
	ok, err := s.Passwords.Match(ctx, password, hash)
	if err != nil { // nothing was compared: that is no failure of his
		s.Throttle.TakeBack(now, byNetwork)
		s.Throttle.TakeBack(now, byPair)
		return "", err
	}
	u, block := a.User, a.shutOut()
	if !ok || u.ID == 0 || block.Active() {
		// For an unknown address as well, so that the time it takes does not tell.
		failed := AuditEntry{OrganizationID: u.OrganizationID, UserID: u.ID, IP: ip, Event: AuditSignInFailed}
		if err := s.Store.Keep(ctx, failed); err != nil {
			return "", err
		}
		if !ok || u.ID == 0 {
			return "", E(Unauthorized, "signin.wrong")
		}
	}
	s.Throttle.TakeBack(now, byNetwork)
	s.Throttle.Clear(byPair)
	if block.Active() {
		return "", blocked(block, a.Location())
	}
	token = NewToken()
	err = s.Store.CreateSession(ctx, Session{
		Hash: TokenHash(token), OrganizationID: u.OrganizationID, UserID: u.ID,
		IP: ip, Agent: agent, CreatedAt: now, SeenAt: now, PasswordHash: hash,
	})
	if IsCode(err, NotFound) {
		return "", s.shutMeanwhile(ctx, email)
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// shutMeanwhile is why somebody gets no session who was let in a moment ago.
func (s *SignIns) shutMeanwhile(ctx context.Context, email string) error {
	a, _, err := s.Store.UserByEmail(ctx, email)
	if err != nil && !IsCode(err, NotFound) {
		return err
	}
	if block := a.shutOut(); block.Active() {
		return blocked(block, a.Location())
	}
	return E(Unauthorized, "signin.wrong")
}

// shutOut is the block that keeps the actor out: his own, or his organization's.
func (a Actor) shutOut() Block {
	if a.User.Block.Active() {
		return a.User.Block
	}
	return a.Organization.Block
}

// blocked tells why, and until when in that zone.
func blocked(b Block, zone *time.Location) *Error {
	why := cmp.Or(b.Reason, "–") // while he is being removed there is none
	if b.Until.IsZero() {
		return E(Forbidden, "signin.blocked", "Reason", why)
	}
	return E(Forbidden, "signin.blocked_until", "Reason", why, "Until", b.Until.In(zone))
}

// network is what one guesser has for himself: an IPv4 address, or the /64 of an
// IPv6 one, within which he changes his address at will (RFC 4291, 2.5.1).
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
}

// Actor is who a token belongs to, or Unauthorized.
func (s *SignIns) Actor(ctx context.Context, token string) (Actor, error) {
	return s.actor(ctx, token, s.Now().UTC())
}

// Watching is [SignIns.Actor] for a page that asks by itself: it does not make the
// session one that is used.
func (s *SignIns) Watching(ctx context.Context, token string) (Actor, error) {
	return s.actor(ctx, token, time.Time{})
}

func (s *SignIns) actor(ctx context.Context, token string, seen time.Time) (Actor, error) {
	if token == "" {
		return Actor{}, E(Unauthorized, "signin.needed")
	}
	now := s.Now().UTC()
	a, err := s.Store.SessionActor(ctx, TokenHash(token), now.Add(-SessionLife), now.Add(-SessionIdle), seen)
	if IsCode(err, NotFound) {
		return Actor{}, E(Unauthorized, "signin.needed")
	}
	return a, err
}

// SignOut ends a session for good.
func (s *SignIns) SignOut(ctx context.Context, token string) error {
	return s.Store.DeleteSession(ctx, TokenHash(token))
}

// NewToken is 256 random bits in URL-safe text.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// TokenHash is what is stored of a token.
func TokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
