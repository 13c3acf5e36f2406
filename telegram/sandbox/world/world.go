package world

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gotd/td/tg"
)

// Options of a world.
type Options struct {
	Dir    string // state is kept here; empty: in memory only
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now

	key *rsa.PrivateKey // tests do not wait for a new one
}

// World holds the simulated Telegram. Its methods may be called at any time
// from any goroutine.
type World struct {
	log   *slog.Logger
	clock func() time.Time
	dir   string
	store *store
	keys  *keyFile
	lock  *os.File // on dir, nil without one
	// patience is how long a client waits for the bot's answer to a button.
	patience time.Duration

	// mu guards the state below. Nothing waits, writes or calls out under it.
	mu          sync.RWMutex
	secret      []byte // of access hashes
	dc          tg.DCOption
	users       map[int64]*user
	userOrder   []int64
	byPhone     map[string]*user
	byName      map[string]int64
	chats       map[int64]*chat
	chatOrder   []int64
	private     []*content // of the whole world
	sent        map[sentKey]*content
	auths       map[[8]byte]*auth
	phones      map[string]*phoneState
	bot         *bot
	nextUser    int64
	nextGroup   int64
	nextChannel int64
	srpID       int64

	inFlight inFlight
	faults   faults
	journal  journal
	links    links
	watchers watchers
	closed   chan struct{}
	wg       sync.WaitGroup // links and held calls
	closing  sync.Once
	closeErr error // of the first Close
}

const secretSize = 32

// Ids that are given out start here.
const (
	firstStranger = 7_100_000
	maxStranger   = 6_000_000_000
	firstGroup    = 4_500_001
	firstChannel  = 1_900_000_001
)

// Open makes a world, or goes on with the one in the folder.
func Open(o Options) (*World, error) {
	w := &World{
		log: o.Logger, clock: o.Now, dir: o.Dir, store: &store{}, patience: callbackPatience,
		users: map[int64]*user{}, byPhone: map[string]*user{}, byName: map[string]int64{},
		chats: map[int64]*chat{}, sent: map[sentKey]*content{}, auths: map[[8]byte]*auth{},
		phones: map[string]*phoneState{}, bot: newBot(),
		nextUser: firstStranger, nextGroup: firstGroup, nextChannel: firstChannel,
		closed: make(chan struct{}),
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.clock == nil {
		w.clock = time.Now
	}
	w.links.init()
	if err := w.openFiles(o.key); err != nil {
		return nil, err
	}
	if err := w.begin(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) openFiles(key *rsa.PrivateKey) error {
	var err error
	if w.dir == "" {
		w.keys, err = openKeys("", key)
		return err
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return fmt.Errorf("making the sandbox's folder: %w", err)
	}
	if w.lock, err = lockDir(w.dir); err != nil {
		return err
	}
	start := time.Now()
	if w.store, err = openStore(filepath.Join(w.dir, "world.jsonl"), w.apply); err != nil {
		return errors.Join(err, w.lock.Close())
	}
	if w.keys, err = openKeys(w.dir, key); err != nil {
		return errors.Join(err, w.store.close(), w.lock.Close())
	}
	w.log.Debug("world read", "dir", w.dir, "users", len(w.users), "chats", len(w.chats), "took", time.Since(start))
	return nil
}

// begin adds what every world has.
func (w *World) begin() error {
	return w.write(func() error {
		if w.secret == nil {
			secret := make([]byte, secretSize)
			_, _ = rand.Read(secret)
			if err := w.commit(record{Secret: secret}); err != nil {
				return err
			}
		}
		for _, p := range []Profile{
			{ID: serviceID, FirstName: "Telegram"},
			{ID: BotID, FirstName: "Postix sandbox", Username: BotUsername, Bot: true},
		} {
			if w.users[p.ID] != nil {
				continue
			}
			if err := w.commit(record{User: &userRec{Profile: p}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close ends held calls and connections' queues and closes the files. Serve
// must have returned. Closing again does nothing and returns the same.
func (w *World) Close() error {
	w.closing.Do(func() {
		close(w.closed)
		w.links.close()
		w.wg.Wait()
		w.closeErr = errors.Join(w.store.close(), w.keys.close())
		if w.lock != nil {
			w.closeErr = errors.Join(w.closeErr, w.lock.Close())
		}
	})
	return w.closeErr
}

// guard runs f and logs its panic: one bad call must not end the sandbox.
func (w *World) guard(what string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in "+what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// Empty reports whether nothing was put into the world yet.
func (w *World) Empty() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return len(w.byPhone) == 0 && len(w.chats) == 0
}

// write runs f with the world locked and returns when what it committed has
// been written. An error of f undoes nothing: f checks before it commits.
func (w *World) write(f func() error) error {
	w.mu.Lock()
	err := f()
	ticket := w.store.last()
	w.mu.Unlock()
	w.watchers.wake()
	return errors.Join(err, w.store.flush(ticket))
}

func (w *World) now() time.Time { return w.clock() }

func (w *World) unix() int { return int(w.clock().Unix()) }

// watchers are told that something changed, not what.
type watchers struct {
	mu sync.Mutex
	m  map[chan struct{}]struct{}
}

// Subscribe returns a channel of size one that is filled whenever something
// changed, and the function that ends it.
func (w *World) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.watchers.mu.Lock()
	defer w.watchers.mu.Unlock()
	if w.watchers.m == nil {
		w.watchers.m = map[chan struct{}]struct{}{}
	}
	w.watchers.m[ch] = struct{}{}
	return ch, func() {
		w.watchers.mu.Lock()
		defer w.watchers.mu.Unlock()
		delete(w.watchers.m, ch)
	}
}

func (s *watchers) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.m {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
