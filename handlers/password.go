package handlers

import (
	"context"

	"github.com/alexedwards/argon2id"
)

// Passwords hashes with argon2id, a few at a time: each hash takes 19 MiB and
// about 50 ms, and a flood of sign-ins must not take all memory.
// Parameters: OWASP Password Storage Cheat Sheet.
type Passwords struct{ slots chan struct{} }

var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummy is compared where there is no user, so that both take the same time.
const dummy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// NewPasswords allows that many hashes at once.
func NewPasswords(atOnce int) *Passwords { return &Passwords{make(chan struct{}, atOnce)} }

// Hash implements domain.Passwords.
func (p *Passwords) Hash(password string) (string, error) {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	return argon2id.CreateHash(password, hashing)
}

// Match implements domain.Passwords. Who waits for a slot longer than his
// request lives is refused.
func (p *Passwords) Match(ctx context.Context, password, hash string) (bool, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, dummy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
