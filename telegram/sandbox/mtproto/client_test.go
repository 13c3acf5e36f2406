package mtproto_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/transport"

	"postix/telegram/sandbox/mtproto"
)

func TestKeySurvivesReconnect(t *testing.T) {
	for _, pfs := range []bool{false, true} {
		e := start(t, nil)
		storage := &session.StorageMemory{}
		var seen [2][8]byte
		for i := range seen {
			o := e.options(storage)
			o.EnablePFS = pfs
			if _, err := e.client(t, o).HelpGetNearestDC(deadline(t)); err != nil {
				t.Fatalf("pfs %v: %v", pfs, err)
			}
			s := receive(t, e.opened)
			seen[i] = s.AuthKeyID()
			if s.Layer() != tg.Layer {
				t.Errorf("layer %d", s.Layer())
			}
			if _, ok := e.keys.LoadKey(seen[i]); !ok {
				t.Errorf("pfs %v: key of session %d is not a permanent key", pfs, i)
			}
			s.Drop()
			receive(t, e.closed)
		}
		if seen[0] != seen[1] {
			t.Errorf("pfs %v: another key after a reconnect", pfs)
		}
	}
}

func TestDrop(t *testing.T) {
	var calls atomic.Int32
	t.Run("before the acknowledgement", func(t *testing.T) {
		e := start(t, func(*mtproto.Request) (bin.Encoder, error) {
			if calls.Add(1) == 1 {
				return nil, mtproto.ErrDrop
			}
			return &tg.NearestDC{Country: "UZ"}, nil
		})
		api := e.client(t, e.options(seeded(t, e.key(t))))
		if res, err := api.HelpGetNearestDC(deadline(t)); err != nil || res.Country != "UZ" {
			t.Fatalf("%v, %v", res, err)
		}
		if n := e.count(); n != 2 {
			t.Fatalf("%d calls, want the silent second one of gotd", n)
		}
	})
	t.Run("after the acknowledgement", func(t *testing.T) {
		e := start(t, func(*mtproto.Request) (bin.Encoder, error) {
			return mtproto.Deferred(func(context.Context) (bin.Encoder, error) { return nil, mtproto.ErrDrop }), nil
		})
		api, ctx := e.client(t, e.options(seeded(t, e.key(t)))), deadline(t)
		_, err := api.HelpGetNearestDC(ctx)
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
			t.Fatalf("%v, want context.Canceled", err)
		}
		if n := e.count(); n != 1 {
			t.Fatalf("%d calls, want 1", n)
		}
	})
}

func TestErrorsAndPanicsAreAnswered(t *testing.T) {
	answers := []reply{
		func(*mtproto.Request) (bin.Encoder, error) { return nil, tgerr.New(400, "PEER_ID_INVALID") },
		func(*mtproto.Request) (bin.Encoder, error) { return nil, errors.New("anything") },
		func(*mtproto.Request) (bin.Encoder, error) { panic("in OnRPC") },
		func(*mtproto.Request) (bin.Encoder, error) {
			return mtproto.Deferred(func(context.Context) (bin.Encoder, error) { panic("in Deferred") }), nil
		},
		func(*mtproto.Request) (bin.Encoder, error) { return nil, nil },
	}
	var n atomic.Int32
	e := start(t, func(r *mtproto.Request) (bin.Encoder, error) { return answers[n.Add(1)-1](r) })
	api := e.client(t, e.options(seeded(t, e.key(t))))
	for i := range answers {
		want := "INTERNAL"
		if i == 0 {
			want = "PEER_ID_INVALID"
		}
		if _, err := api.HelpGetNearestDC(deadline(t)); !tgerr.Is(err, want) {
			t.Errorf("answer %d: %v, want %s", i, err, want)
		}
	}
}

func TestPush(t *testing.T) {
	e := start(t, nil)
	got := make(chan tg.UpdatesClass, 10)
	o := e.options(seeded(t, e.key(t)))
	o.UpdateHandler = telegram.UpdateHandlerFunc(func(_ context.Context, u tg.UpdatesClass) error {
		got <- u
		return nil
	})
	e.client(t, o)
	s := receive(t, e.opened)
	if err := s.Push(deadline(t), &tg.UpdateShort{Update: &tg.UpdateConfig{}, Date: 5}); err != nil {
		t.Fatal(err)
	}
	if u, ok := receive(t, got).(*tg.UpdateShort); !ok || u.Date != 5 {
		t.Fatalf("%+v", u)
	}
	s.Drop()
	if receive(t, e.closed) != s {
		t.Fatal("another session was closed")
	}
	if err := s.Push(deadline(t), &tg.UpdatesTooLong{}); !errors.Is(err, mtproto.ErrGone) {
		t.Fatalf("%v, want ErrGone", err)
	}
	if next := receive(t, e.opened); next.AuthKeyID() != s.AuthKeyID() {
		t.Fatal("gotd came back with another key")
	}
}

func TestDuplicatedKey(t *testing.T) {
	e := start(t, nil)
	k := e.key(t)
	options := func() telegram.Options {
		o := e.options(seeded(t, k))
		o.UpdateHandler = tg.NewUpdateDispatcher() // without one, gotd says invokeWithoutUpdates
		return o
	}
	older := e.client(t, options())
	if _, err := older.HelpGetNearestDC(deadline(t)); err != nil {
		t.Fatal(err)
	}
	newer := e.client(t, options())
	if _, err := newer.HelpGetNearestDC(deadline(t)); err != nil {
		t.Fatal(err)
	}
	for i, api := range []*tg.Client{older, newer} {
		if _, err := api.HelpGetNearestDC(deadline(t)); !tgerr.Is(err, "AUTH_KEY_DUPLICATED") || !tgerr.IsCode(err, 406) {
			t.Errorf("client %d: %v", i, err)
		}
	}
	if _, ok := e.keys.LoadKey(k.ID); ok {
		t.Error("the key is still stored")
	}
	receive(t, e.closed)
	receive(t, e.closed)
}

func TestTransports(t *testing.T) {
	e := start(t, nil)
	for _, obfuscated := range []bool{false, true} {
		for name, p := range map[string]dcs.Protocol{
			"abridged": transport.Abridged, "intermediate": transport.Intermediate,
			"padded": transport.PaddedIntermediate, "full": transport.Full,
		} {
			if obfuscated && name == "full" {
				continue // there is no such thing
			}
			o := e.options(seeded(t, e.key(t)))
			o.Resolver = dcs.Plain(dcs.PlainOptions{Protocol: p, Obfuscated: obfuscated})
			if _, err := e.client(t, o).HelpGetNearestDC(deadline(t)); err != nil {
				t.Errorf("%s, obfuscated %v: %v", name, obfuscated, err)
			}
		}
	}
}

func TestGarbageIsClosedQuietly(t *testing.T) {
	e := start(t, nil)
	for name, garbage := range map[string]string{
		"http":                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"tls":                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"random":              strings.Repeat("\x5a\x13\xc7", 100),
		"huge intermediate":   "\xee\xee\xee\xee\xff\xff\xff\x7f",
		"huge abridged":       "\xef\x7f\xff\xff\xff",
		"short full":          "\x01\x00\x00\x00\x00\x00\x00\x00",
		"huge full":           "\xff\xff\xff\x7f\x00\x00\x00\x00",
		"bad checksum":        "\x20\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("x", 24),
		"short packet":        "\xee\xee\xee\xee\x04\x00\x00\x00abcd",
		"no key exchange":     "\xef\x07" + strings.Repeat("\x00", 16) + "\x08\x00\x00\x00" + "abcdefgh",
		"length out of range": "\xef\x07" + strings.Repeat("\x00", 16) + "\xff\xff\xff\xff" + "abcdefgh",
	} {
		c, err := net.Dial("tcp", e.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(garbage)); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		for buf := make([]byte, 64); err == nil; {
			_, err = c.Read(buf)
		}
		if timeout := (interface{ Timeout() bool })(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%s: not closed", name)
		}
		_ = c.Close()
	}
	if _, err := e.client(t, e.options(seeded(t, e.key(t)))).HelpGetNearestDC(deadline(t)); err != nil {
		t.Fatal(err)
	}
}
