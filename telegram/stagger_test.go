package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

const hundred = 100

// manyAccounts is a sandbox in which a hundred accounts are signed in and none
// is connected. Making a key takes a second of work, so that Telegram finds those
// it knows in its folder.
func manyAccounts(t *testing.T) *sandbox {
	t.Helper()
	dir := t.TempDir()
	sessions := make([][]byte, hundred)
	var known []byte
	for i := range sessions {
		d := foreignKey(t)
		sessions[i] = storedSession(t, d)
		line, err := json.Marshal(map[string]any{"id": d.AuthKeyID, "value": d.AuthKey, "salt": d.Salt})
		if err != nil {
			t.Fatal(err)
		}
		known = append(append(known, line...), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.jsonl"), known, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSandboxIn(t, dir, false)
	s.stop()
	var signIns sync.WaitGroup
	for i, data := range sessions {
		phone := fmt.Sprintf("+9989022200%02d", i)
		me := s.person(phone, world.AccountSpec{})
		s.vault.add(domain.Account{Phone: domain.Phone(phone), TelegramID: me, OrganizationID: 5}, data)
		signIns.Go(func() {
			if err := s.signIn(phone, data); err != nil {
				t.Errorf("sign in %s: %v", phone, err)
			}
		})
	}
	signIns.Wait()
	return s
}

// signIn signs the session's key in, without the product.
func (s *sandbox) signIn(phone string, data []byte) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cfg := s.config()
	cfg.Logger = slog.New(slog.DiscardHandler)
	client := telegram.NewClient(cfg.APIID, cfg.APIHash, cfg.options(ctx, &memorySession{data: data}))
	return client.Run(ctx, func(ctx context.Context) error {
		sent, err := client.Auth().SendCode(ctx, phone, auth.SendCodeOptions{})
		if err != nil {
			return err
		}
		for _, a := range s.world.Accounts() {
			if a.Phone == phone && a.Code != nil {
				_, err = client.Auth().SignIn(ctx, phone, a.Code.Code, sent.(*tg.AuthSentCode).PhoneCodeHash)
			}
		}
		return err
	})
}

// connected counts the accounts that are.
func (s *sandbox) connected() (n int) {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	for _, l := range s.accounts.links {
		if l.state == domain.LinkReady {
			n++
		}
	}
	return n
}

func (g *gate) onAccept(watch func(n int) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watch, g.n = watch, 0
}

func TestAccountsConnectAFewAtATime(t *testing.T) {
	t.Parallel()
	s := manyAccounts(t)
	const timeAsked = 1 // the first connection
	most := make(chan int, 1)
	most <- 0
	s.ready = func() {
		s.accounts.slotTime = time.Minute
		s.gate.onAccept(func(n int) bool {
			most <- max(<-most, n-timeAsked-s.connected())
			return false
		})
	}
	s.start()
	s.until("all are connected", func() bool { return s.connected() == hundred })
	if n := <-most; n > connectingAtOnce {
		t.Errorf("%d were connecting at once, want at most %d", n, connectingAtOnce)
	}
}

// Accounts that hang, are refused, broken, or have no session hold up no other.
func TestAccountsThatDoNotConnectHoldUpNobody(t *testing.T) {
	t.Parallel()
	s := manyAccounts(t)
	const hanging = 3 * connectingAtOnce
	s.gate.onAccept(func(n int) bool { return n > 1 && n <= 1+hanging })
	refused := s.vault.add(domain.Account{OrganizationID: 5}, foreignSession(t))
	empty := s.vault.add(domain.Account{OrganizationID: 5}, nil)
	s.vault.panics = 5
	s.ready = func() { s.accounts.slotTime = 20 * time.Millisecond }
	s.start()
	s.accounts.Connect(empty)
	s.until("all others are connected", func() bool { return s.connected() >= hundred-hanging })
	s.gate.close()
	s.gate.open()
	s.until("all are connected", func() bool { return s.connected() == hundred })
	for _, acc := range []domain.Account{refused, empty} {
		s.waitLink(acc, domain.LinkOff)
	}
}
