// Package mtproto is an MTProto 2.0 server for clients of any make
// (core.telegram.org/mtproto): key exchange, encryption, transports, sessions,
// service messages and the envelopes around calls. What the calls mean is the
// Handler's business.
package mtproto

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
)

// Handler answers the calls of clients. A panic in any of its methods is logged
// and answered with 500 INTERNAL.
type Handler interface {
	// OnRPC answers one call. The calls of one connection come one after
	// another, in the order in which they were sent, on the goroutine that
	// reads the connection: slow work returns a Deferred. An error that is a
	// *tgerr.Error is answered as it is, ErrDrop and ErrSilent do what they
	// say, any other becomes 500 INTERNAL. Request.Body is the handler's to keep.
	OnRPC(ctx context.Context, r *Request) (bin.Encoder, error)

	// OnSession says that a session is connected, before its first call. A
	// session that lost its connection and came back is announced again, with
	// the same *Session. For a temporary key it comes after the binding, so
	// that AuthKeyID is the permanent key's.
	OnSession(*Session)

	// OnClose says that a session announced with OnSession lost its connection,
	// or its key.
	OnClose(*Session)
}

// Deferred may be returned by Handler.OnRPC. The call is acknowledged at once;
// the function runs in a goroutine of its own and its result is the answer,
// even if the connection is replaced in the meantime. ctx ends with the server,
// and the function has to return then.
type Deferred func(ctx context.Context) (bin.Encoder, error)

// Encode makes Deferred a bin.Encoder; it is never put on the wire.
func (Deferred) Encode(*bin.Buffer) error { return errors.New("a Deferred cannot be encoded") }

var (
	// ErrDrop as the result of a call closes its connection. From OnRPC the
	// call is neither acknowledged nor answered; from a Deferred it has been
	// acknowledged. What was queued for the client before still reaches it.
	ErrDrop = errors.New("drop the connection")

	// ErrSilent as the result of a call acknowledges it and never answers.
	ErrSilent = errors.New("acknowledge and never answer")

	// ErrGone is returned by Session.Push when the client is not connected.
	ErrGone = errors.New("session is not connected")

	// ErrSlow is returned by Session.Push when the client does not read what it
	// is sent; its connection has been closed.
	ErrSlow = errors.New("client does not read")
)

// Options of a Server. Key and Handler are required, zero values of the others
// mean the defaults given.
type Options struct {
	DC      int             // number of the data centre; 2
	Key     *rsa.PrivateKey // 2048 bits
	Keys    KeyStore        // a MemKeys
	Handler Handler
	Logger  *slog.Logger // none

	HandshakeTimeout time.Duration // from accept to the first encrypted message; 40 s
	IdleTimeout      time.Duration // between two messages of a client; 3 min (clients ping every minute)
	WriteTimeout     time.Duration // for one write; 10 s
	MaxConns         int           // more are closed on accept; 1024
}

func (o *Options) setDefaults() {
	if o.DC == 0 {
		o.DC = 2
	}
	if o.Keys == nil {
		o.Keys = &MemKeys{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HandshakeTimeout <= 0 {
		o.HandshakeTimeout = 40 * time.Second
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 3 * time.Minute
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 1024
	}
}

// Server is an MTProto server. Its sessions outlive their connections, but not
// the Server; only the KeyStore outlives that.
type Server struct {
	opt         Options
	fingerprint int64
	log         *slog.Logger
	lastID      atomic.Int64  // last server msg_id given out, without its kind
	lastConn    atomic.Uint64 // number of the last connection accepted

	keys     *keyring
	sessions *registry
}

// New checks the options and makes a Server.
func New(o Options) (*Server, error) {
	if o.Key == nil || o.Key.N.BitLen() != 2048 {
		return nil, errors.New("mtproto: a 2048 bit RSA key is required")
	}
	if o.Handler == nil {
		return nil, errors.New("mtproto: a handler is required")
	}
	o.setDefaults()
	return &Server{
		opt:         o,
		fingerprint: Fingerprint(&o.Key.PublicKey),
		log:         o.Logger,
		keys:        newKeyring(o.Keys),
		sessions:    newRegistry(),
	}, nil
}

// run is one call of Serve: what its goroutines share.
type run struct {
	ctx   context.Context
	group sync.WaitGroup
	slots chan struct{}
}

// Serve accepts connections until ctx ends or l is closed, then closes them and
// returns when the last goroutine has ended. It closes l. Only an unexpected
// failure to accept is an error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	r := &run{ctx: ctx, slots: make(chan struct{}, s.opt.MaxConns)}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer r.group.Wait()
	defer stop()
	defer l.Close()
	defer cancel()

	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			s.start(r, nc)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		case isTemporary(err):
			s.log.Warn("accept", "err", err)
			pause(ctx, 50*time.Millisecond)
		default:
			return fmt.Errorf("accept: %w", err)
		}
	}
}

// start serves one connection in the background, or closes it when there are
// too many.
func (s *Server) start(r *run, nc net.Conn) {
	select {
	case r.slots <- struct{}{}:
	default:
		_ = nc.Close()
		return
	}
	c := newConn(s, r, nc)
	r.group.Go(func() {
		defer func() { <-r.slots }()
		if err := c.serve(); err != nil {
			s.log.Debug("connection closed", "remote", nc.RemoteAddr().String(), "err", err)
		}
	})
}

// isTemporary is true for failures like running out of file descriptors, which
// pass by themselves. net.Error's Temporary is deprecated for its vagueness, but
// it is what net/http goes by here.
func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// The two lowest bits of a server's msg_id.
const (
	kindAnswer = 1
	kindPush   = 3
)

// nextID returns a new msg_id: seconds in the upper half, rising, never twice.
func (s *Server) nextID(kind int64) int64 {
	for {
		now := time.Now()
		// nanoseconds as a fraction of 2^32, without the two lowest bits
		id := now.Unix()<<32 | (int64(now.Nanosecond())<<32/1e9)&^3
		last := s.lastID.Load()
		if id <= last {
			id = last + 4
		}
		if s.lastID.CompareAndSwap(last, id) {
			return id | kind
		}
	}
}
