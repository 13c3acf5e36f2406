package db

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealer encrypts what would give others an account: XChaCha20-Poly1305 with a
// random nonce. What a sealed value is for and whose it is are bound in, so that
// a row that is moved to another account does not open.
type sealer struct{ aead cipher.AEAD }

const (
	sealVersion    = 1 // the first byte of every sealed value
	purposeSession = "telegram session"
)

var errSealed = errors.New("the key does not open it: another key sealed it, or the row is damaged or was moved")

func newSealer(key []byte) (sealer, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return sealer{}, fmt.Errorf("the sealing key must have %d bytes, not %d", chacha20poly1305.KeySize, len(key))
	}
	return sealer{aead}, nil
}

func bound(purpose string, organizationID, accountID int64) []byte {
	b := append([]byte("postix/"+purpose), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(organizationID))
	return binary.BigEndian.AppendUint64(b, uint64(accountID))
}

func (s sealer) seal(purpose string, organizationID, accountID int64, plain []byte) []byte {
	nonce := random(s.aead.NonceSize())
	out := append([]byte{sealVersion}, nonce...)
	return s.aead.Seal(out, nonce, plain, bound(purpose, organizationID, accountID))
}

func (s sealer) open(purpose string, organizationID, accountID int64, sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != sealVersion {
		return nil, errSealed
	}
	plain, err := s.aead.Open(nil, sealed[1:1+n], sealed[1+n:], bound(purpose, organizationID, accountID))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
