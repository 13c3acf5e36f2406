package world

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/transport"

	"postix/telegram/sandbox/mtproto"
)

// Phones of the seeded accounts.
const (
	dilnoza = "+998901000001"
	sardor  = "+998901000002"
	madina  = "+998901000003"
	bekzod  = "+998901000004"
)

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// clock moves by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// env is a seeded world, served on loopback.
type env struct {
	*World
	t     *testing.T
	clock *clock
	addr  string
}

func start(t *testing.T, dir string) *env {
	t.Helper()
	e := &env{t: t, clock: &clock{t: time.Now()}}
	w, err := Open(Options{Dir: dir, Now: e.clock.now, key: testKey()})
	if err != nil {
		t.Fatal(err)
	}
	e.World = w
	if w.Empty() {
		e.must(w.Seed())
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		e.must(<-done)
		e.must(w.Close())
	})
	return e
}

func (e *env) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *env) options(st session.Storage) telegram.Options {
	a, _ := net.ResolveTCPAddr("tcp4", e.addr)
	return telegram.Options{
		DC:             2,
		DCList:         dcs.List{Options: []tg.DCOption{{ID: 2, IPAddress: a.IP.String(), Port: a.Port, Static: true}}},
		PublicKeys:     []telegram.PublicKey{{RSA: &testKey().PublicKey}},
		Resolver:       dcs.Plain(dcs.PlainOptions{Protocol: transport.Intermediate}),
		SessionStorage: st,
		DialTimeout:    35 * time.Second,
		ReconnectionBackoff: func() backoff.BackOff {
			return backoff.NewConstantBackOff(20 * time.Millisecond)
		},
	}
}

// client is a running gotd client and the updates it was pushed.
type client struct {
	*tg.Client
	t       *testing.T
	tc      *telegram.Client
	st      *session.StorageMemory
	ctx     context.Context
	stop    func()
	updates chan tg.UpdateClass
}

// run starts a client on that session and waits until it is connected.
func (e *env) run(st *session.StorageMemory) *client {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	c := &client{t: e.t, st: st, ctx: ctx, updates: make(chan tg.UpdateClass, 1000)}
	o := e.options(st)
	o.UpdateHandler = telegram.UpdateHandlerFunc(func(_ context.Context, u tg.UpdatesClass) error {
		switch x := u.(type) {
		case *tg.Updates:
			for _, one := range x.Updates {
				c.updates <- one
			}
		case *tg.UpdatesTooLong:
			c.updates <- nil
		}
		return nil
	})
	c.tc = telegram.NewClient(1, "hash", o)
	c.Client = c.tc.API()
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- c.tc.Run(ctx, func(ctx context.Context) error {
			close(ready)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	c.stop = func() {
		cancel()
		<-ended
	}
	e.t.Cleanup(cancel)
	select {
	case <-ready:
	case err := <-ended:
		e.t.Fatalf("client ended: %v", err)
	}
	return c
}

// guest is a connected client that is not signed in.
func (e *env) guest() *client { return e.run(e.key(nil)) }

// as is a client that is signed in as the account, on a key of its own.
func (e *env) as(phone string) *client {
	e.t.Helper()
	info, ok := e.Account(phone)
	if !ok {
		e.t.Fatal("no account", phone)
	}
	return e.run(e.key(func(k mtproto.AuthKey) {
		s := &fakeSession{key: k.ID}
		c := &call{w: e.World, s: s, key: k.ID}
		e.must(e.write(func() error {
			_, err := c.signedIn(e.users[info.UserID])
			return err
		}))
	}))
}

// key makes a session that needs no key exchange.
func (e *env) key(with func(mtproto.AuthKey)) *session.StorageMemory {
	e.t.Helper()
	k := mtproto.RandomKey()
	e.must(keyStore{e.World}.SaveKey(k))
	if with != nil {
		with(k)
	}
	st := &session.StorageMemory{}
	l := session.Loader{Storage: st}
	e.must(l.Save(context.Background(), &session.Data{DC: 2, AuthKey: k.Value[:], AuthKeyID: k.ID[:], Salt: k.Salt}))
	return st
}

func (c *client) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// next is the next update pushed; nil is a tooLong.
func (c *client) next() tg.UpdateClass {
	c.t.Helper()
	select {
	case u := <-c.updates:
		return u
	case <-c.ctx.Done():
		c.t.Fatal("no update")
	}
	return nil
}

func wantErr(t *testing.T, err error, name string) {
	t.Helper()
	if !tgerr.Is(err, name) {
		var te *tgerr.Error
		if !errors.As(err, &te) || te.Message != name {
			t.Fatalf("got %v, want %s", err, name)
		}
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (e *env) input(c *client, id int64) tg.InputPeerClass {
	e.mu.RLock()
	defer e.mu.RUnlock()
	self := e.auths[c.keyID()].user
	hash := e.accessHash(self, id)
	switch {
	case isUser(id):
		return &tg.InputPeerUser{UserID: id, AccessHash: hash}
	case isChannel(id):
		return &tg.InputPeerChannel{ChannelID: bare(id), AccessHash: hash}
	}
	return &tg.InputPeerChat{ChatID: bare(id)}
}

func (c *client) keyID() [8]byte {
	d, err := (&session.Loader{Storage: c.st}).Load(context.Background())
	c.must(err)
	return [8]byte(d.AuthKeyID)
}

func (e *env) send(c *client, chat int64, text string, randomID int64) (tg.UpdatesClass, error) {
	return c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{Peer: e.input(c, chat), Message: text, RandomID: randomID})
}

// chatOf finds a seeded chat that the account is offered: of that kind, with
// that lasting refusal.
func (e *env) chatOf(phone string, kind Kind, refused string) int64 {
	e.t.Helper()
	list, err := e.Dialogs(phone)
	e.must(err)
	for _, d := range list {
		if d.Kind == kind && d.Refused == refused && d.ChatID != BotID {
			if c, ok := e.Chat(d.ChatID); !ok || c.SlowMode == 0 {
				return d.ChatID
			}
		}
	}
	e.t.Fatalf("no %s with refusal %q", kind, refused)
	return 0
}

func (e *env) saved(chat int64) []MessageInfo {
	e.t.Helper()
	list, err := e.Messages(chat, 0, 0)
	e.must(err)
	return list
}
