package db

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealer encrypts what would give others an account: XChaCha20-Poly1305 with a
// random nonce. What a sealed value is for and whose it is are bound in, so that
// a row that is moved to another account does not open.
//
// It seals with the first of its keys and opens with any. While keys are
// exchanged there are two, and which ones they are is asked anew before something
// is sealed, and when something does not open.
type sealer struct {
	load func() ([][]byte, error)

	mu   sync.Mutex
	keys [][]byte
}

const (
	sealVersion    = 1 // the first byte of every sealed value
	purposeSession = "telegram session"
)

var errSealed = errors.New("the key does not open it: another key sealed it, or the row is damaged or was moved")

func newSealer(load func() ([][]byte, error)) (*sealer, error) {
	s := &sealer{load: load}
	return s, s.renew()
}

// renew asks for the keys. Those that were known stay when there is no answer.
func (s *sealer) renew() error {
	keys, err := s.load()
	if err != nil {
		return fmt.Errorf("read the sealing key: %w", err)
	}
	if len(keys) == 0 {
		return errors.New("there is no sealing key")
	}
	for _, k := range keys {
		if len(k) != chacha20poly1305.KeySize {
			return fmt.Errorf("the sealing key must have %d bytes, not %d", chacha20poly1305.KeySize, len(k))
		}
	}
	s.mu.Lock()
	s.keys = keys
	s.mu.Unlock()
	return nil
}

func (s *sealer) known() []cipher.AEAD {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]cipher.AEAD, len(s.keys))
	for i, k := range s.keys {
		out[i], _ = chacha20poly1305.NewX(k) // renew has seen to its length
	}
	return out
}

func bound(purpose string, organizationID, ownerID int64) []byte {
	b := append([]byte("postix/"+purpose), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(organizationID))
	return binary.BigEndian.AppendUint64(b, uint64(ownerID))
}

func (s *sealer) seal(purpose string, organizationID, ownerID int64, plain []byte) []byte {
	_ = s.renew() // with the known keys otherwise: the value must not be lost
	aead := s.known()[0]
	nonce := random(aead.NonceSize())
	out := append([]byte{sealVersion}, nonce...)
	return aead.Seal(out, nonce, plain, bound(purpose, organizationID, ownerID))
}

func (s *sealer) open(purpose string, organizationID, ownerID int64, sealed []byte) ([]byte, error) {
	plain, _, err := s.openWith(purpose, organizationID, ownerID, sealed)
	if err != nil && s.renew() == nil {
		plain, _, err = s.openWith(purpose, organizationID, ownerID, sealed)
	}
	return plain, err
}

// openWith answers which of the keys opened it.
func (s *sealer) openWith(purpose string, organizationID, ownerID int64, sealed []byte) (plain []byte, key int, err error) {
	for i, aead := range s.known() {
		n := aead.NonceSize()
		if len(sealed) < 1+n || sealed[0] != sealVersion {
			break
		}
		plain, err := aead.Open(nil, sealed[1:1+n], sealed[1+n:], bound(purpose, organizationID, ownerID))
		if err == nil {
			return plain, i, nil
		}
	}
	return nil, 0, errSealed
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
