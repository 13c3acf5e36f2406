package mtproto

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
)

// The safe prime that Telegram itself uses. Clients know it by heart and skip
// the long check of a prime they have not seen.
var dhPrime = mustHex("C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F" +
	"48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37" +
	"20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64" +
	"2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4" +
	"A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754" +
	"FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4" +
	"E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F" +
	"0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B")

const dhG = 3

func mustHex(s string) *big.Int {
	n, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return new(big.Int).SetBytes(n)
}

// DHPrime is the group of the key exchange, and of SRP too. p is a copy.
func DHPrime() (p *big.Int, g int) { return new(big.Int).Set(dhPrime), dhG }

// inDHRange tells whether a public value lies in 2^1984 < v < p - 2^1984, which
// both sides must insist on (core.telegram.org/mtproto/auth_key).
func inDHRange(v *big.Int) bool {
	low := new(big.Int).Lsh(big.NewInt(1), 2048-64)
	return v.Cmp(low) > 0 && v.Cmp(new(big.Int).Sub(dhPrime, low)) < 0
}

// newDHPair draws the server's secret exponent and its public value.
func newDHPair() (secret, public *big.Int, err error) {
	for {
		if secret, err = rand.Int(rand.Reader, dhPrime); err != nil {
			return nil, nil, err
		}
		public = new(big.Int).Exp(big.NewInt(dhG), secret, dhPrime)
		if inDHRange(public) {
			return secret, public, nil
		}
	}
}

// newPQ draws the product that the client has to factor as proof of work.
func newPQ() (p, q *big.Int, err error) {
	for {
		if p, err = rand.Prime(rand.Reader, 31); err != nil {
			return nil, nil, err
		}
		if q, err = rand.Prime(rand.Reader, 31); err != nil {
			return nil, nil, err
		}
		switch p.Cmp(q) {
		case -1:
			return p, q, nil
		case 1:
			return q, p, nil
		}
	}
}
