package mtproto_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"go.uber.org/goleak"

	"postix/telegram/sandbox/mtproto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

type reply func(*mtproto.Request) (bin.Encoder, error)

// handler knows what a gotd client asks on connecting, and help.getNearestDc,
// which a test may answer otherwise.
type handler struct {
	dc      tg.DCOption
	nearest reply
	opened  chan *mtproto.Session
	closed  chan *mtproto.Session

	mu    sync.Mutex
	calls []int64 // msg_id of every help.getNearestDc
}

func (h *handler) OnRPC(_ context.Context, r *mtproto.Request) (bin.Encoder, error) {
	id, err := r.Body.PeekID()
	if err != nil {
		return nil, err
	}
	switch id {
	case tg.HelpGetConfigRequestTypeID:
		return &tg.Config{ThisDC: 2, DCOptions: []tg.DCOption{h.dc}}, nil
	case tg.UsersGetUsersRequestTypeID:
		return &tg.UserClassVector{Elems: []tg.UserClass{&tg.User{ID: 1, Self: true}}}, nil
	}
	h.mu.Lock()
	h.calls = append(h.calls, r.MsgID)
	h.mu.Unlock()
	if h.nearest != nil {
		return h.nearest(r)
	}
	return &tg.NearestDC{Country: "UZ", ThisDC: 2, NearestDC: 2}, nil
}

func (h *handler) OnSession(s *mtproto.Session) { h.opened <- s }
func (h *handler) OnClose(s *mtproto.Session)   { h.closed <- s }

func (h *handler) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

// env is a server on a free port, closed with the test.
type env struct {
	*handler
	addr string
	keys *mtproto.MemKeys
}

func start(t *testing.T, nearest reply) *env {
	t.Helper()
	e := &env{
		handler: &handler{nearest: nearest, opened: make(chan *mtproto.Session, 1000), closed: make(chan *mtproto.Session, 1000)},
		keys:    &mtproto.MemKeys{},
	}
	s, err := mtproto.New(mtproto.Options{Key: rsaKey(), Keys: e.keys, Handler: e.handler, WriteTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.addr = l.Addr().String()
	e.dc = tg.DCOption{ID: 2, IPAddress: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Static: true}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return e
}

// key makes a key that the server knows.
func (e *env) key(t *testing.T) mtproto.AuthKey {
	t.Helper()
	k := mtproto.RandomKey()
	if err := e.keys.SaveKey(k); err != nil {
		t.Fatal(err)
	}
	return k
}

// seeded is a gotd session that starts out with a key.
func seeded(t *testing.T, k mtproto.AuthKey) session.Storage {
	t.Helper()
	s := &session.StorageMemory{}
	l := session.Loader{Storage: s}
	if err := l.Save(context.Background(), &session.Data{DC: 2, AuthKey: k.Value[:], AuthKeyID: k.ID[:], Salt: k.Salt}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (e *env) options(s session.Storage) telegram.Options {
	return telegram.Options{
		DC:             2,
		DCList:         dcs.List{Options: []tg.DCOption{e.dc}},
		PublicKeys:     []telegram.PublicKey{{RSA: &rsaKey().PublicKey}},
		SessionStorage: s,
		ReconnectionBackoff: func() backoff.BackOff {
			return backoff.NewConstantBackOff(20 * time.Millisecond)
		},
	}
}

// client runs a gotd client for the length of the test and returns it connected.
func (e *env) client(t *testing.T, o telegram.Options) *tg.Client {
	t.Helper()
	ctx, cancel := context.WithCancel(deadline(t))
	c := telegram.NewClient(1, "hash", o)
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- c.Run(ctx, func(ctx context.Context) error {
			close(ready)
			<-ctx.Done()
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		t.Fatalf("client ended: %v", err)
	}
	return c.API()
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
