package world

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"postix/telegram/sandbox/mtproto"
)

// storedKey is an MTProto authorization key.
type storedKey struct {
	ID    []byte `json:"id"`
	Value []byte `json:"value,omitempty"` // empty: the key was deleted
	Salt  int64  `json:"salt,omitempty"`
	Layer int    `json:"layer,omitempty"`
}

// keyFile keeps the authorization keys in an append-only file of JSON lines,
// and the server's RSA key beside it.
type keyFile struct {
	rsa *rsa.PrivateKey

	mu   sync.RWMutex
	f    *os.File // nil: memory only
	keys map[[8]byte]storedKey
}

// openKeys reads the folder's keys; without a folder they are in memory only.
// A server key that is given is used instead of the folder's.
func openKeys(dir string, given *rsa.PrivateKey) (k *keyFile, err error) {
	k = &keyFile{rsa: given, keys: map[[8]byte]storedKey{}}
	if given == nil {
		if k.rsa, err = serverKey(dir); err != nil {
			return nil, err
		}
	}
	if dir == "" {
		return k, nil
	}
	path := filepath.Join(dir, "keys.jsonl")
	if k.f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	if err := k.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), k.f.Close())
	}
	return k, nil
}

// read stops at a line that a crash left unfinished, and cuts it off.
func (k *keyFile) read() error {
	dec := json.NewDecoder(k.f)
	whole := int64(0)
	for {
		var s storedKey
		err := dec.Decode(&s)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
		k.set(s)
		whole = dec.InputOffset()
	}
	if err := k.f.Truncate(whole); err != nil {
		return err
	}
	if _, err := k.f.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	_, err := k.f.WriteString("\n") // the cut may have taken the last line's end
	return err
}

func (k *keyFile) set(s storedKey) {
	if id := [8]byte(s.ID); len(s.Value) == 0 {
		delete(k.keys, id)
	} else {
		k.keys[id] = s
	}
}

func (k *keyFile) load(id [8]byte) (storedKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	s, ok := k.keys[id]
	return s, ok
}

// put stores a key, or its deletion, and returns when it is written.
func (k *keyFile) put(s storedKey) error {
	line, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encoding a key: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.f != nil {
		if _, err := k.f.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("writing the key file: %w", err)
		}
	}
	k.set(s)
	return nil
}

func (k *keyFile) close() error {
	if k == nil || k.f == nil {
		return nil
	}
	return k.f.Close()
}

// serverKey reads the server's RSA key, or makes one.
func serverKey(dir string) (*rsa.PrivateKey, error) {
	path := filepath.Join(dir, "server.pem")
	if dir != "" {
		data, err := os.ReadFile(path)
		if err == nil {
			block, _ := pem.Decode(data)
			if block == nil {
				return nil, fmt.Errorf("%s holds no key", path)
			}
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("reading the server's key: %w", err)
		}
	}
	key, err := newServerKey()
	if err != nil {
		return nil, fmt.Errorf("making the server's key: %w", err)
	}
	if dir == "" {
		return key, nil
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	// A half-written key would lock the folder for good: write beside, then rename.
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return nil, fmt.Errorf("writing the server's key: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("writing the server's key: %w", err)
	}
	return key, nil
}

// newServerKey makes a key whose fingerprint has all its 16 hex digits: there are
// clients that compare fingerprints as text and lose a leading zero.
func newServerKey() (*rsa.PrivateKey, error) {
	for {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil || uint64(mtproto.Fingerprint(&key.PublicKey))>>60 != 0 {
			return key, err
		}
	}
}

// PublicKeyPEM is the server's public key in PKCS#1, as clients want it.
func (w *World) PublicKeyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&w.keys.rsa.PublicKey)})
}
