package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"postix/telegram/sandbox/world"
)

// Options of a sandbox. Addresses are HOST:PORT with a loopback host; port 0
// takes a free one.
type Options struct {
	MTProto string
	HTTP    string
	Dir     string // state is kept here; empty: in memory only
	Seed    bool   // fill a world that is empty
	Logger  *slog.Logger
}

// Server is a running sandbox.
type Server struct {
	world   *world.World
	bot     *botAPI
	log     *slog.Logger
	mtproto net.Listener
	http    net.Listener
	web     *http.Server

	stop context.CancelFunc
	done chan struct{}
	err  error // valid when done is closed
}

// Start opens the world and listens on both addresses; both are ready when it
// returns. The server runs until ctx ends or Close is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	mt, err := listen(ctx, o.MTProto)
	if err != nil {
		return nil, err
	}
	web, err := listen(ctx, o.HTTP)
	if err != nil {
		return nil, errors.Join(err, mt.Close())
	}
	w, err := openWorld(o)
	if err != nil {
		return nil, errors.Join(err, mt.Close(), web.Close())
	}
	s := &Server{world: w, log: o.Logger, mtproto: mt, http: web, done: make(chan struct{})}
	run, stop := context.WithCancel(ctx)
	s.stop = stop
	s.bot = newBotAPI(w, s.log)
	s.web = &http.Server{
		Handler:           s.routes(),
		BaseContext:       func(net.Listener) context.Context { return run },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	go s.run(run) //nolint:gosec // it outlives the start; Close ends it
	return s, nil
}

func openWorld(o Options) (*world.World, error) {
	w, err := world.Open(world.Options{Dir: o.Dir, Logger: o.Logger})
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox: %w", err)
	}
	if o.Seed && w.Empty() {
		if err := w.Seed(); err != nil {
			return nil, errors.Join(fmt.Errorf("filling the sandbox: %w", err), w.Close())
		}
	}
	return w, nil
}

// listen refuses addresses that other machines could reach.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox address %q is not HOST:PORT", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("sandbox address %s is not on loopback; use 127.0.0.1:%s", addr, port)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("sandbox address %s is already in use", addr)
	case err != nil:
		return nil, fmt.Errorf("listening on the sandbox address %s: %w", addr, err)
	}
	return l, nil
}

// run serves until ctx ends or one of the two listeners fails, then closes
// everything.
func (s *Server) run(ctx context.Context) {
	defer close(s.done)
	var wg sync.WaitGroup
	var mtErr, webErr error
	wg.Go(func() {
		defer s.stop()
		if err := s.world.Serve(ctx, s.mtproto); err != nil && ctx.Err() == nil {
			mtErr = fmt.Errorf("serving MTProto: %w", err)
		}
	})
	wg.Go(func() {
		defer s.stop()
		if err := s.web.Serve(s.http); !errors.Is(err, http.ErrServerClosed) {
			webErr = fmt.Errorf("serving the sandbox's HTTP: %w", err)
		}
	})
	wg.Go(func() { s.bot.deliver(ctx) })
	<-ctx.Done()
	// Long polls and held calls end with ctx; the rest is short.
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s.web.Shutdown(grace) != nil {
		_ = s.web.Close()
	}
	wg.Wait()
	s.err = errors.Join(mtErr, webErr, s.world.Close())
}

// Wait returns when the server has stopped and its files are closed. The error
// is nil when it was asked to stop.
func (s *Server) Wait() error {
	<-s.done
	return s.err
}

// Close stops the server and waits for its end. It may be called again.
func (s *Server) Close() error {
	s.stop()
	return s.Wait()
}

// MTProtoAddr is the HOST:PORT of the data centre.
func (s *Server) MTProtoAddr() string { return s.mtproto.Addr().String() }

// HTTPAddr is the HOST:PORT of the page, the control API and the Bot API.
func (s *Server) HTTPAddr() string { return s.http.Addr().String() }

// URL is the address of the page, without a slash at the end. A Client takes it,
// and the Bot API is under it.
func (s *Server) URL() string { return "http://" + s.HTTPAddr() }

// PublicKey is the data centre's RSA key, PEM.
func (s *Server) PublicKey() []byte { return s.world.PublicKeyPEM() }

// World is the simulated Telegram itself, for what the HTTP API does not offer.
func (s *Server) World() *world.World { return s.world }
