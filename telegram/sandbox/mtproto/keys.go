package mtproto

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // #nosec G505 -- the protocol asks for SHA-1
	"encoding/binary"
	"math/big"
	"sync"

	"github.com/gotd/td/bin"
)

// AuthKey is a 2048-bit authorization key. ID is the last 8 bytes of its SHA-1
// as they stand on the wire; Salt is the server salt that goes with it for life.
type AuthKey struct {
	Value [256]byte
	ID    [8]byte
	Salt  int64
	// Layer is what a client announced last under the key, 0 before that. It
	// holds for the sessions to come until they announce one.
	Layer int
}

// RandomKey makes a key without a key exchange. Put into the server's KeyStore
// and into a client's session, it gives a client that is connected from the start.
func RandomKey() AuthKey {
	var k AuthKey
	_, _ = rand.Read(k.Value[:]) // never fails
	k.ID = keyID(&k.Value)
	k.Salt = randomLong()
	return k
}

func keyID(value *[256]byte) (id [8]byte) {
	sum := sha1.Sum(value[:]) //nolint:gosec // MTProto names keys by it
	copy(id[:], sum[12:])
	return id
}

func randomLong() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return int64(binary.LittleEndian.Uint64(b[:]))
}

// Fingerprint is what clients know a server's RSA key by: the last 8 bytes of
// SHA-1 over n and e as TL strings (core.telegram.org/mtproto/auth_key).
func Fingerprint(k *rsa.PublicKey) int64 {
	var b bin.Buffer
	b.PutBytes(k.N.Bytes())
	b.PutBytes(big.NewInt(int64(k.E)).Bytes())
	sum := sha1.Sum(b.Buf) //nolint:gosec // MTProto names keys by it
	return int64(binary.LittleEndian.Uint64(sum[12:]))
}

// KeyStore keeps the permanent authorization keys. The server asks it for every
// message, so that a deleted key is refused at once. It must be safe for
// concurrent use. SaveKey returns after the key is safe: a key lost in a crash
// logs its client out. A key is saved again when its Layer changes.
type KeyStore interface {
	LoadKey(id [8]byte) (AuthKey, bool)
	SaveKey(AuthKey) error
	DeleteKey(id [8]byte) error
}

// MemKeys is a KeyStore in memory; the zero value is empty and ready.
type MemKeys struct{ keys sync.Map }

// LoadKey implements KeyStore.
func (m *MemKeys) LoadKey(id [8]byte) (AuthKey, bool) {
	k, ok := m.keys.Load(id)
	if !ok {
		return AuthKey{}, false
	}
	return k.(AuthKey), true
}

// SaveKey implements KeyStore.
func (m *MemKeys) SaveKey(k AuthKey) error {
	m.keys.Store(k.ID, k)
	return nil
}

// DeleteKey implements KeyStore. Deleting a key that is not there is no error.
func (m *MemKeys) DeleteKey(id [8]byte) error {
	m.keys.Delete(id)
	return nil
}
