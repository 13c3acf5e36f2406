package world

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"math/big"
)

// The server's side of https://core.telegram.org/api/srp.

// The 2048-bit safe prime that Telegram itself uses, with g = 3.
const (
	srpPrimeHex = "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F" +
		"48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37" +
		"20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64" +
		"2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4" +
		"A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754" +
		"FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4" +
		"E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F" +
		"0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B"
	srpG      = 3
	srpRounds = 100000
)

var (
	srpPrimeBytes, _ = hex.DecodeString(srpPrimeHex)
	srpPrime         = new(big.Int).SetBytes(srpPrimeBytes)
	srpBase          = big.NewInt(srpG)
)

func sha(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func salted(data, salt []byte) []byte { return sha(salt, data, salt) }

// pad is the number in 256 bytes, big endian.
func pad(n *big.Int) []byte { return n.FillBytes(make([]byte, 256)) }

// verifier is what the server keeps of a password.
type verifier struct {
	Salt1 []byte `json:"salt1"`
	Salt2 []byte `json:"salt2"`
	V     []byte `json:"v"`
	Hint  string `json:"hint,omitempty"`
}

func newVerifier(password, hint string) (*verifier, error) {
	v := &verifier{Salt1: make([]byte, 40), Salt2: make([]byte, 16), Hint: hint}
	_, _ = rand.Read(v.Salt1)
	_, _ = rand.Read(v.Salt2)
	ph1 := salted(salted([]byte(password), v.Salt1), v.Salt2)
	dk, err := pbkdf2.Key(sha512.New, string(ph1), v.Salt1, srpRounds, 64)
	if err != nil {
		return nil, fmt.Errorf("deriving the password's key: %w", err)
	}
	x := new(big.Int).SetBytes(salted(dk, v.Salt2))
	v.V = pad(new(big.Int).Exp(srpBase, x, srpPrime))
	return v, nil
}

// challenge is one outstanding srp_B; it is good for one answer.
type challenge struct {
	id int64
	b  *big.Int
	B  []byte
	v  *verifier
}

func newChallenge(id int64, v *verifier) (*challenge, error) {
	b, err := rand.Int(rand.Reader, srpPrime)
	if err != nil {
		return nil, fmt.Errorf("making a challenge: %w", err)
	}
	k := new(big.Int).SetBytes(sha(srpPrimeBytes, pad(srpBase)))
	sum := new(big.Int).Mul(k, new(big.Int).SetBytes(v.V))
	sum.Add(sum, new(big.Int).Exp(srpBase, b, srpPrime)).Mod(sum, srpPrime)
	return &challenge{id: id, b: b, B: pad(sum), v: v}, nil
}

// check tells whether the answer proves knowledge of the password.
func (c *challenge) check(a, m1 []byte) bool {
	bigA := new(big.Int).SetBytes(a)
	if len(a) > 256 || new(big.Int).Mod(bigA, srpPrime).Sign() == 0 {
		return false
	}
	u := new(big.Int).SetBytes(sha(pad(bigA), c.B))
	// S = (A * v^u) ^ b mod p
	s := new(big.Int).Exp(new(big.Int).SetBytes(c.v.V), u, srpPrime)
	s.Mul(s, bigA).Mod(s, srpPrime).Exp(s, c.b, srpPrime)
	mix := sha(srpPrimeBytes)
	for i, x := range sha(pad(srpBase)) {
		mix[i] ^= x
	}
	want := sha(mix, sha(c.v.Salt1), sha(c.v.Salt2), pad(bigA), c.B, sha(pad(s)))
	return bytes.Equal(want, m1)
}
