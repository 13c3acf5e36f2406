package telegram

import (
	"context"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/gotd/log/logslog"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
)

// Config says which Telegram to talk to, and as what. The real one and a
// sandbox differ in DC and PublicKey only.
type Config struct {
	APIID     int
	APIHash   string         // secret
	DC        string         // host:port of a sandbox's data centre; empty: the real Telegram
	PublicKey *rsa.PublicKey // of that data centre; nil: the real Telegram's
	Version   string         // of the product, shown to people under "Devices" in Telegram
	Logger    *slog.Logger   // nil: silent
}

// theDC is the data centre that clients ask first; Telegram sends them on.
const theDC = 2

// Check answers what is wrong with the configuration, or nil.
func (c Config) Check() error {
	if c.APIID == 0 || c.APIHash == "" {
		return fmt.Errorf("telegram: the API id or hash is missing")
	}
	if c.DC == "" {
		return nil
	}
	if c.PublicKey == nil {
		return fmt.Errorf("telegram: data centre %s has no public key", c.DC)
	}
	_, err := c.dcList()
	return err
}

func (c Config) dcList() (dcs.List, error) {
	host, port, err := net.SplitHostPort(c.DC)
	if err != nil {
		return dcs.List{}, fmt.Errorf("telegram: data centre %q: %w", c.DC, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return dcs.List{}, fmt.Errorf("telegram: port of data centre %q: %w", c.DC, err)
	}
	return dcs.List{Options: []tg.DCOption{{ID: theDC, IPAddress: host, Port: n, Static: true}}}, nil
}

// options of one client. Connections are closed when ctx ends, whatever they
// are waiting for. The options never fail after [Config.Check].
func (c Config) options(ctx context.Context, st session.Storage) telegram.Options {
	o := telegram.Options{
		DC:                  theDC,
		Resolver:            dcs.Plain(dcs.PlainOptions{Dial: dialer(ctx)}),
		SessionStorage:      st,
		ReconnectionBackoff: reconnectBackoff,
		DialTimeout:         35 * time.Second, // it covers the key exchange, which costs CPU on both sides
		Logger:              logslog.New(slog.New(quiet{c.Logger.Handler()})),
		Device: telegram.DeviceConfig{
			DeviceModel: "Postix", SystemVersion: runtime.GOOS, AppVersion: c.Version,
			SystemLangCode: "en", LangCode: "en",
		},
	}
	if c.DC != "" {
		o.DCList, _ = c.dcList()
		o.PublicKeys = []telegram.PublicKey{{RSA: c.PublicKey}}
	}
	return o
}

// reconnectBackoff never gives up: accounts stay connected for months.
func reconnectBackoff() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 100 * time.Millisecond
	b.MaxInterval = 5 * time.Second
	b.MaxElapsedTime = 0
	return b
}

// dialer opens connections that end with ctx. Without it a stopped client would
// sit in a key exchange with a silent server until the exchange times out.
func dialer(ctx context.Context) dcs.DialFunc {
	return func(dial context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(dial, network, addr)
		if err != nil {
			return nil, err
		}
		return &boundConn{c, context.AfterFunc(ctx, func() { _ = c.Close() })}, nil
	}
}

type boundConn struct {
	net.Conn
	free func() bool
}

func (c *boundConn) Close() error {
	c.free()
	return c.Conn.Close()
}

// quiet lowers the library's log by one level: what it calls info happens at
// every connect of every account.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return q.Handler.Enabled(ctx, lowered(l))
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lowered(r.Level)
	return q.Handler.Handle(ctx, r)
}

func (q quiet) WithAttrs(as []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(as)} }
func (q quiet) WithGroup(name string) slog.Handler    { return quiet{q.Handler.WithGroup(name)} }

func lowered(l slog.Level) slog.Level {
	if l >= slog.LevelError {
		return l
	}
	return l - 4
}
