package world

import (
	"crypto/rand"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func passwordMethods(reg registry) {
	on(reg, public, (*call).getPassword)
	on(reg, public, (*call).checkPassword)
}

// passwordOwner is whose password the key may ask about: the one signing in or
// the one signed in.
func (c *call) passwordOwner() (*auth, *user, error) {
	a := c.w.auths[c.key]
	switch {
	case a == nil:
		return nil, nil, rpcErr(401, "AUTH_KEY_UNREGISTERED")
	case a.pending != 0:
		return a, c.w.users[a.pending], nil
	case a.user != 0:
		return a, c.w.users[a.user], nil
	case a.ended != "":
		return nil, nil, rpcErr(401, a.ended)
	}
	return nil, nil, rpcErr(401, "AUTH_KEY_UNREGISTERED")
}

func (c *call) getPassword(*tg.AccountGetPasswordRequest) (bin.Encoder, error) {
	a, u, err := c.passwordOwner()
	if err != nil {
		return nil, err
	}
	random := make([]byte, 256)
	_, _ = rand.Read(random)
	out := &tg.AccountPassword{
		NewAlgo:       kdf(random[:8], random[8:24]),
		NewSecureAlgo: &tg.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000{Salt: random[24:32]},
		SecureRandom:  random,
	}
	v := u.account.password
	if v == nil {
		return out, nil
	}
	c.w.srpID++
	if a.srp, err = newChallenge(c.w.srpID, v); err != nil {
		return nil, err
	}
	out.HasPassword = true
	out.SetCurrentAlgo(kdf(v.Salt1, v.Salt2))
	out.SetSRPB(a.srp.B)
	out.SetSRPID(a.srp.id)
	if v.Hint != "" {
		out.SetHint(v.Hint)
	}
	return out, nil
}

func kdf(salt1, salt2 []byte) tg.PasswordKdfAlgoClass {
	return &tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow{
		Salt1: salt1, Salt2: salt2, G: srpG, P: srpPrimeBytes,
	}
}

func (c *call) checkPassword(r *tg.AuthCheckPasswordRequest) (bin.Encoder, error) {
	a, u, err := c.passwordOwner()
	if err != nil {
		return nil, err
	}
	if a.pending == 0 {
		return nil, rpcErr(400, "PASSWORD_HASH_INVALID")
	}
	p := c.w.phoneOf(u.account.phone)
	if left := p.blocked.Sub(c.w.now()); left > 0 {
		return nil, floodWait(left)
	}
	in, ok := r.Password.(*tg.InputCheckPasswordSRP)
	if !ok || a.srp == nil || a.srp.id != in.SRPID {
		return nil, rpcErr(400, "SRP_ID_INVALID")
	}
	ch := a.srp
	a.srp = nil
	if !ch.check(in.A, in.M1) {
		if p.passTries++; p.passTries < maxPassTries {
			return nil, rpcErr(400, "PASSWORD_HASH_INVALID")
		}
		p.passTries, p.blocked = 0, c.w.now().Add(tryPause)
		return nil, floodWait(tryPause)
	}
	p.passTries, p.asked = 0, nil
	return c.signedIn(u)
}
