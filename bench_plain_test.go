package main

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"testing"

	"github.com/gotd/td/session"
	td "github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"postix/telegram"
)

// plainClient is what somebody who writes against the library would use: the
// same transport as the product's, and a handler of updates.
func plainClient(ctx context.Context, cfg telegram.Config, a benchAccount) *td.Client {
	host, port, _ := net.SplitHostPort(cfg.DC)
	n, _ := strconv.Atoi(port)
	st := &session.StorageMemory{}
	_ = st.StoreSession(ctx, a.Session) // memory does not fail
	return td.NewClient(cfg.APIID, cfg.APIHash, td.Options{
		DC: 2, DCList: dcs.List{Options: []tg.DCOption{{ID: 2, IPAddress: host, Port: n, Static: true}}},
		PublicKeys: []td.PublicKey{{RSA: cfg.PublicKey}}, Resolver: dcs.Plain(dcs.PlainOptions{}),
		SessionStorage: st,
		UpdateHandler:  td.UpdateHandlerFunc(func(context.Context, tg.UpdatesClass) error { return nil }),
	})
}

// plainClients are running clients.
type plainClients struct {
	n               int
	connected, done chan error // an answer of each
}

// runPlain connects a client for each account, so many at once, and lets each do
// something.
func runPlain(t *testing.T, page string, accounts []benchAccount, atOnce int, do func(context.Context, benchAccount, *tg.Client) error) plainClients {
	t.Helper()
	cfg, _, err := joinTelegram(t.Context(), settings{Sandbox: page}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := plainClients{len(accounts), make(chan error, 2*len(accounts)), make(chan error, 2*len(accounts))}
	places := make(chan struct{}, max(1, atOnce))
	for _, acc := range accounts {
		go func() {
			places <- struct{}{}
			c := plainClient(t.Context(), cfg, acc)
			err := c.Run(t.Context(), func(ctx context.Context) error {
				<-places
				p.connected <- nil
				err := do(ctx, acc, c.API())
				p.done <- err
				return err
			})
			if err != nil {
				p.connected <- err
				p.done <- err
			}
		}()
	}
	return p
}

func (p plainClients) awaitConnected(t *testing.T) { t.Helper(); p.await(t, p.connected) }
func (p plainClients) awaitDone(t *testing.T)      { t.Helper(); p.await(t, p.done) }

// await waits for all of them; the first error is the test's end.
func (p plainClients) await(t *testing.T, answers <-chan error) {
	t.Helper()
	for range p.n {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
}
