package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/gotd/td/session"

	"postix/domain"
)

// errOtherKey means that the library made a new key, because the server does
// not know the stored one any more. The new key is signed in to nothing.
var errOtherKey = errors.New("the server does not know the stored key any more")

// sealedSession lets the library read and keep the session of one account. It
// refuses to replace the key it began with: the library makes a new one in
// silence when the server has forgotten the old, which means that the account
// has to be connected again.
type sealedSession struct {
	vault   domain.SessionVault
	account domain.Account
	onOther func() // called when the key was replaced
	log     *slog.Logger

	mu   sync.Mutex
	data []byte
	key  []byte // id of the key it began with
}

// LoadSession implements session.Storage.
func (s *sealedSession) LoadSession(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.data != nil {
		return bytes.Clone(s.data), nil
	}
	data, err := s.vault.TelegramSession(ctx, s.account.OrganizationID, s.account.ID)
	if err != nil {
		return nil, fmt.Errorf("open the session of account %d: %w", s.account.ID, err)
	}
	if s.key, err = keyID(ctx, data); err != nil {
		return nil, fmt.Errorf("read the session of account %d: %w", s.account.ID, err)
	}
	s.data = bytes.Clone(data)
	return data, nil
}

// StoreSession implements session.Storage. The library calls it at every
// connect.
func (s *sealedSession) StoreSession(ctx context.Context, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Equal(data, s.data) {
		return nil
	}
	key, err := keyID(ctx, data)
	if err != nil {
		return fmt.Errorf("read the new session of account %d: %w", s.account.ID, err)
	}
	if !bytes.Equal(key, s.key) {
		s.onOther()
		return errOtherKey
	}
	if err := s.vault.SaveTelegramSession(ctx, s.account.OrganizationID, s.account.ID, data); err != nil {
		// Only the salt and the list of data centres are lost: no reason to drop a
		// connection while the storage is busy or full.
		s.log.Warn("session not kept", "account", s.account.ID, "err", err)
		return nil
	}
	s.data = bytes.Clone(data)
	return nil
}

// keyID reads the id of the key out of the library's own format.
func keyID(ctx context.Context, data []byte) ([]byte, error) {
	d, err := (&session.Loader{Storage: &memorySession{data: data}}).Load(ctx)
	if err != nil {
		return nil, err
	}
	return d.AuthKeyID, nil
}

// memorySession is the session of a login that is under way.
type memorySession struct {
	stored chan struct{} // gets a value when data has come; nil: nobody waits
	mu     sync.Mutex
	data   []byte
}

// LoadSession implements session.Storage.
func (m *memorySession) LoadSession(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.data) == 0 {
		return nil, session.ErrNotFound
	}
	return bytes.Clone(m.data), nil
}

// StoreSession implements session.Storage.
func (m *memorySession) StoreSession(_ context.Context, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data = bytes.Clone(data)
	select {
	case m.stored <- struct{}{}:
	default:
	}
	return nil
}

// wait answers the session as soon as the library has stored it, which it does
// beside the calls that sign in.
func (m *memorySession) wait(ctx context.Context) ([]byte, error) {
	for {
		data, err := m.LoadSession(ctx)
		if !errors.Is(err, session.ErrNotFound) {
			return data, err
		}
		select {
		case <-m.stored:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
