package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// hold blocks the writer until the answered function is called.
func (w *world) hold() (release func()) {
	started, let := make(chan struct{}), make(chan struct{})
	go func() {
		_ = w.s.write(context.Background(), "hold the writer", func(context.Context, *sqlc.Queries) error {
			close(started)
			<-let
			return nil
		})
	}()
	<-started
	return sync.OnceFunc(func() { close(let) })
}

// waitQueued waits until that many writes stand behind the one that holds.
func (w *world) waitQueued(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		w.s.writer.mu.Lock()
		queued := len(w.s.writer.queue)
		w.s.writer.mu.Unlock()
		if queued >= n {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d writes were queued", queued, n)
		}
	}
}

func (w *world) put(key string, fail error) error {
	return w.s.write(w.ctx, "put", func(ctx context.Context, q *sqlc.Queries) error {
		if err := q.PutSetting(ctx, sqlc.PutSettingParams{Key: key, Value: []byte{1}}); err != nil {
			return err
		}
		return fail
	})
}

func (w *world) has(key string) bool {
	_, err := w.s.read.Setting(w.ctx, key)
	return err == nil
}

// A group shares one commit; the one of it that fails or panics leaves nothing
// behind and spoils no other.
func TestGroupCommit(t *testing.T) {
	w := newWorld(t, 0)
	release := w.hold()
	defer release()
	const n = 40
	bad := errors.New("bad")
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			switch {
			case i == 7:
				errs[i] = w.s.write(w.ctx, "panic", func(ctx context.Context, q *sqlc.Queries) error {
					_ = q.PutSetting(ctx, sqlc.PutSettingParams{Key: "7", Value: []byte{1}})
					panic("oh")
				})
			case i%5 == 0:
				errs[i] = w.put(fmt.Sprint(i), bad)
			default:
				errs[i] = w.put(fmt.Sprint(i), nil)
			}
		})
	}
	w.waitQueued(n)
	release()
	all.Wait()
	for i, err := range errs {
		fails := i == 7 || i%5 == 0
		if fails != (err != nil) || fails == w.has(fmt.Sprint(i)) {
			t.Errorf("write %d: %v, stored %v", i, err, w.has(fmt.Sprint(i)))
		}
	}
}

// A commit that fails fails everything of its group, and the next one works.
func TestFailedCommit(t *testing.T) {
	w := newWorld(t, 0)
	release := w.hold()
	defer release()
	var good, broken error
	var both sync.WaitGroup
	both.Go(func() { good = w.put("good", nil) })
	w.waitQueued(1)
	both.Go(func() {
		broken = w.s.write(w.ctx, "break the transaction", func(ctx context.Context, _ *sqlc.Queries) error {
			_, err := w.s.writer.conn.ExecContext(ctx, "ROLLBACK") // as SQLite itself does on a full disk
			return err
		})
	})
	w.waitQueued(2)
	release()
	both.Wait()
	if good == nil || broken == nil || w.has("good") {
		t.Errorf("answered %v and %v, stored %v", good, broken, w.has("good"))
	}
	w.ok(w.put("after", nil))
	if !w.has("after") {
		t.Error("the writer did not recover")
	}
}

func TestCancelledBeforeStart(t *testing.T) {
	w := newWorld(t, 0)
	release := w.hold()
	defer release()
	ctx, cancel := context.WithCancel(w.ctx)
	answered := make(chan error)
	go func() {
		answered <- w.s.write(ctx, "never", func(context.Context, *sqlc.Queries) error {
			t.Error("a dropped write was started")
			return nil
		})
	}()
	w.waitQueued(1)
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) { // while the writer is still busy
		t.Errorf("answered %v", err)
	}
	release()
	w.ok(w.put("after", nil))
}

func TestCloseKeepsWhatWasAskedFor(t *testing.T) {
	w := newWorld(t, 0)
	release := w.hold()
	stored := make(chan error)
	go func() { stored <- w.put("late", nil) }()
	w.waitQueued(1)
	closed := make(chan error)
	go func() { closed <- w.s.Close() }()
	release()
	if err := <-stored; err != nil && !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := w.put("closed", nil); !errors.Is(err, errClosed) {
		t.Errorf("a closed store answers %v", err)
	}
	w.s = openStore(t, w.path)
	if !w.has("late") {
		t.Error("what was asked for before Close is not there")
	}
}

// Many claim for the same account at once: one delivery is in flight.
func TestConcurrentClaims(t *testing.T) {
	w := newWorld(t, 5)
	w.campaign(1, 0)
	w.openDue(start)
	var mu sync.Mutex
	var got []domain.Attempt
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			a, ok, _, err := fourOf(w.s.Claim(w.ctx, w.account.ID, start))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ok {
				got = append(got, a)
			}
		})
	}
	all.Wait()
	if len(got) != 1 {
		t.Errorf("%d claims at once", len(got))
	}
	w.checkSums()
}

// Another process that locks the database holds up no page: what can be read is
// read, and who goes away meanwhile is told that nothing happened.
func TestLockedByAnotherProcess(t *testing.T) {
	w := newWorld(t, 0)
	token := domain.TokenHash("token")
	w.ok(w.s.CreateSession(w.ctx, domain.Session{Hash: token, OrganizationID: w.org.ID, UserID: w.user.ID, CreatedAt: start, SeenAt: start}))
	other, err := sql.Open("sqlite", "file:"+w.path)
	w.ok(err)
	defer other.Close()
	other.SetMaxOpenConns(1)
	_, err = other.ExecContext(w.ctx, "BEGIN IMMEDIATE")
	w.ok(err)
	began := time.Now()
	now := start.Add(time.Minute)
	if _, err := w.s.SessionActor(w.ctx, token, start.Add(-time.Hour), start.Add(-time.Hour), now); err != nil {
		t.Errorf("a page fails: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("a page waits %v", took)
	}
	_, err = other.ExecContext(w.ctx, "ROLLBACK")
	w.ok(err)
	w.ok(w.put("after", nil))
	var seen int64
	w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT seen_at FROM sessions").Scan(&seen))
	if !at(seen).Equal(start) {
		t.Error("a write that was given up was done all the same")
	}
}
