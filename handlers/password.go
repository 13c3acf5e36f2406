package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"
)

// Passwords hashes with argon2id, a few at a time: each hash takes 19 MiB and
// about 50 ms, and a flood of sign-ins must not take all memory.
// Parameters: OWASP Password Storage Cheat Sheet.
type Passwords struct{ slots chan struct{} }

var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummy is compared where there is no user, so that both take the same time.
const dummy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// HashesAtOnce is enough for a crowd of people on any machine: more would only
// hold more memory.
const HashesAtOnce = 4

// slotWithin is well below what a browser and the server wait for an answer.
const slotWithin = 20 * time.Second

// NewPasswords allows that many hashes at once.
func NewPasswords(atOnce int) *Passwords { return &Passwords{make(chan struct{}, atOnce)} }

// Hash implements domain.Passwords.
func (p *Passwords) Hash(password string) (string, error) {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	return argon2id.CreateHash(password, hashing)
}

// Match implements domain.Passwords. Who waits for a slot longer than his
// request lives is refused; Unavailable (panel.busy) where the crowd is too large.
func (p *Passwords) Match(ctx context.Context, password, hash string) (bool, error) {
	wait := time.NewTimer(slotWithin)
	defer wait.Stop()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	case <-wait.C:
		return false, busy()
	}
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, dummy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// Guessers begin with words of their victim's own languages, and on a Cyrillic
// keyboard rows of letters are written with Cyrillic ones.
var (
	commonHere = []string{"parol", "toshkent", "tashkent", "uzbekistan", "ozbekiston", "salom", "samarqand", "telegram", "postix", "admin", "owner"}
	asTyped    = strings.NewReplacer(
		"й", "q", "ц", "w", "у", "e", "к", "r", "е", "t", "н", "y", "г", "u", "ш", "i", "щ", "o", "з", "p",
		"ф", "a", "ы", "s", "в", "d", "а", "f", "п", "g", "р", "h", "о", "j", "л", "k", "д", "l",
		"я", "z", "ч", "x", "с", "c", "м", "v", "и", "b", "т", "n", "ь", "m",
	)
	asSpoken = strings.NewReplacer(
		"а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "з", "z", "и", "i", "к", "k", "л", "l", "м", "m", "н", "n",
		"о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "ш", "sh", "ь", "", "қ", "q", "ў", "o", "ғ", "g", "ҳ", "h",
	)
)

// judged is how much of a password is looked at, in bytes: the time that takes
// grows with its square, and nobody guesses a longer beginning.
const judged = 32

// guessable is a score of zxcvbn: fewer than a million guesses.
const guessable = 1

// Common implements domain.Passwords.
func (p *Passwords) Common(password string, about ...string) bool {
	words := append([]string{}, commonHere...)
	for _, a := range about {
		if a != "" && strings.EqualFold(password, a) {
			return true
		}
		words = append(words, strings.FieldsFunc(strings.ToLower(a), func(r rune) bool { return strings.ContainsRune(" @.-_", r) })...)
	}
	small := strings.ToLower(password)
	for _, s := range []string{password, asTyped.Replace(small), asSpoken.Replace(small)} {
		if zxcvbn.PasswordStrength(s[:min(len(s), judged)], words).Score <= guessable {
			return true
		}
	}
	return false
}
