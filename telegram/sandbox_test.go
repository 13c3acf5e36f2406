package telegram

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sandbox is a Telegram of one's own with the accounts of the product in front.
type sandbox struct {
	t        *testing.T
	world    *world.World
	gate     *gate
	vault    *vault
	hub      *domain.Hub
	accounts *Accounts
	send     *Messenger
	stop     func()       // of the accounts; waits
	ready    func()       // called before the accounts run; may be nil
	ahead    atomic.Int64 // how far the world's clock is ahead, in nanoseconds,
	wrong    atomic.Int64 // and that of the machine that the accounts run on
}

// newSandbox starts a world, empty or seeded, and accounts that nobody is signed
// in to.
func newSandbox(t *testing.T, seeded bool) *sandbox {
	t.Helper()
	return newSandboxIn(t, "", seeded)
}

// newSandboxIn goes on with the state of a folder.
func newSandboxIn(t *testing.T, dir string, seeded bool) *sandbox {
	t.Helper()
	s := &sandbox{t: t, vault: newVault(), hub: &domain.Hub{}}
	w, err := world.Open(world.Options{Dir: dir, Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	if seeded {
		if err := w.Seed(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.world, s.gate = w, &gate{Listener: l, conns: map[net.Conn]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.Serve(ctx, s.gate) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil && ctx.Err() == nil {
			t.Errorf("sandbox: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	s.start()
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *sandbox) config() Config {
	block, _ := pem.Decode(s.world.PublicKeyPEM())
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		s.t.Fatal(err)
	}
	return configFor(s.gate.Addr().String(), key)
}

func configFor(addr string, key *rsa.PublicKey) Config {
	c := Config{APIID: 1, APIHash: "test", DC: addr, PublicKey: key, Version: "test"}
	if os.Getenv("VERBOSE") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
	}
	return c
}

// start makes accounts out of the vault and runs them.
func (s *sandbox) start() {
	s.accounts = NewAccounts(s.config(), s.vault, s.vault, s.hub, func() time.Time { return time.Now().Add(time.Duration(s.wrong.Load())) })
	s.accounts.retryFirst, s.accounts.retryMost = 10*time.Millisecond, 50*time.Millisecond
	s.send = NewMessenger(s.accounts)
	if s.ready != nil {
		s.ready()
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.accounts.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				s.t.Errorf("Run: %v", err)
			}
		case <-time.After(time.Minute):
			s.t.Error("Run did not stop")
		}
	})
}

// person adds somebody with an account to the world.
func (s *sandbox) person(phone string, spec world.AccountSpec) int64 {
	s.t.Helper()
	spec.Phone = phone
	if spec.FirstName == "" {
		spec.FirstName = "Test"
	}
	id, err := s.world.AddAccount(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *sandbox) code(phone string) string {
	s.t.Helper()
	for _, a := range s.world.Accounts() {
		if a.Phone == phone && a.Code != nil {
			return a.Code.Code
		}
	}
	s.t.Fatalf("no code for %s", phone)
	return ""
}

// connect signs a phone in and waits until its account is connected.
func (s *sandbox) connect(phone string) domain.Account {
	s.t.Helper()
	c := s.open()
	defer c.Close()
	if _, err := c.SendCode(s.t.Context(), domain.Phone(phone)); err != nil {
		s.t.Fatalf("code for %s: %v", phone, err)
	}
	p, err := c.SignIn(s.t.Context(), s.code(phone))
	if err != nil {
		s.t.Fatalf("sign in %s: %v", phone, err)
	}
	data, err := c.Session(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	c.Keep()
	acc := s.vault.add(domain.Account{Phone: domain.Phone(phone), TelegramID: p.TelegramID, OrganizationID: 5}, data)
	s.accounts.Connect(acc)
	s.waitLink(acc, domain.LinkReady)
	return acc
}

func (s *sandbox) open() domain.LoginClient {
	s.t.Helper()
	c, err := s.accounts.OpenLogin(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *sandbox) waitLink(acc domain.Account, want domain.LinkState) {
	s.t.Helper()
	s.until("link "+string(want), func() bool { return s.accounts.Link(acc.ID) == want })
}

// until polls, since what it waits for happens on the other side of a wire.
func (s *sandbox) until(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			s.t.Fatalf("never came true: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (s *sandbox) fault(f world.Fault) {
	s.t.Helper()
	if _, err := s.world.AddFault(f); err != nil {
		s.t.Fatal(err)
	}
}

// calls counts the calls of a method so far.
func (s *sandbox) calls(method string) int {
	n := 0
	for _, e := range s.world.Journal(0, 0) {
		if e.Method == method {
			n++
		}
	}
	return n
}

// gate is a listener that can be shut: then connections are closed as soon as
// they are made, as with a server that is away.
type gate struct {
	net.Listener
	mu    sync.Mutex
	shut  bool
	conns map[net.Conn]bool

	// watch hears of the n-th connection, from 1, before it is served, and answers
	// whether it is left hanging instead. It may be nil, and is set before the
	// accounts run.
	watch func(n int) (hang bool)
	n     int
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g.mu.Lock()
		shut, watch := g.shut, g.watch
		if !shut {
			g.conns[c] = true
		}
		g.n++
		n := g.n
		g.mu.Unlock()
		switch {
		case shut:
			_ = c.Close()
		case watch == nil || !watch(n):
			return c, nil
		}
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for c := range g.conns {
		_ = c.Close()
	}
	clear(g.conns)
}

func (g *gate) open() {
	g.mu.Lock()
	g.shut = false
	g.mu.Unlock()
}

// vault keeps sessions and states in memory, with the contract of the real one.
type vault struct {
	mu       sync.Mutex
	accounts map[int64]domain.Account
	sessions map[int64][]byte
	states   []string // every call of SetAccountState
	saves    int
	panics   int // so many loads panic
}

func newVault() *vault {
	return &vault{accounts: map[int64]domain.Account{}, sessions: map[int64][]byte{}}
}

func (v *vault) add(a domain.Account, session []byte) domain.Account {
	v.mu.Lock()
	defer v.mu.Unlock()
	a.ID, a.State = int64(len(v.accounts)+1), domain.AccountActive
	v.accounts[a.ID], v.sessions[a.ID] = a, session
	return a
}

func (v *vault) LinkedAccounts(context.Context) ([]domain.Account, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []domain.Account
	for id, a := range v.accounts {
		if v.sessions[id] != nil {
			out = append(out, a)
		}
	}
	return out, nil
}

func (v *vault) TelegramSession(_ context.Context, _, id int64) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.panics > 0 {
		v.panics--
		panic("the vault is on fire")
	}
	if v.sessions[id] == nil {
		return nil, domain.Missing("account.missing")
	}
	return bytes.Clone(v.sessions[id]), nil
}

func (v *vault) SaveTelegramSession(_ context.Context, _, id int64, data []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sessions[id] != nil {
		v.sessions[id] = bytes.Clone(data)
		v.saves++
	}
	return nil
}

func (v *vault) SetAccountState(_ context.Context, organizationID, id int64, st domain.AccountState, reason string, _ time.Time) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.accounts[id]
	v.states = append(v.states, string(st)+" "+reason)
	if a.State == st || a.OrganizationID != organizationID {
		return false, nil
	}
	a.State, v.accounts[id] = st, a
	delete(v.sessions, id)
	return true, nil
}

func (v *vault) recorded() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.states)
}
