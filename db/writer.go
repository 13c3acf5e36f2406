package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"postix/db/sqlc"
)

var errClosed = errors.New("the database is closed")

// writerCache is how much of the file the writer keeps in memory, in KiB: the
// inner pages of every index that a claim and its record touch, also of a table
// of ten million rows.
const writerCache = "PRAGMA cache_size = -32768"

// mostInGroup bounds how much one transaction holds.
const mostInGroup = 512

// writer is the one goroutine that writes. Whatever was asked for while the
// last group was being committed makes the next one: the more there is to do,
// the fewer commits it takes, and nobody waits for a timer.
type writer struct {
	db         *sql.DB
	conn       *sql.Conn
	statements *statements
	q          *sqlc.Queries
	log        *slog.Logger

	mu     sync.Mutex
	queue  []*job
	closed bool
	wake   chan struct{} // of size one
	ended  chan struct{}
}

// job is one unit of writing. Its state is what keeps a caller that goes away
// from being told "not done" about something that is.
type job struct {
	ctx   context.Context
	do    func(context.Context, *sqlc.Queries) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

const (
	jobQueued int32 = iota
	jobStarted
	jobDropped
)

func (j *job) move(to int32) bool { return j.state.CompareAndSwap(jobQueued, to) }

// startWriter owns both from now on.
func startWriter(db *sql.DB, conn *sql.Conn, log *slog.Logger) *writer {
	st := &statements{conn: conn, known: map[string]*sql.Stmt{}}
	w := &writer{
		db: db, conn: conn, statements: st, q: sqlc.New(st), log: log,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if err := w.exec(writerCache); err != nil {
		log.Warn("the writer keeps its small cache", "err", err)
	}
	go w.loop()
	return w
}

// run answers after the commit. A context that ends before the job starts drops
// it; later it changes nothing.
func (w *writer) run(ctx context.Context, do func(context.Context, *sqlc.Queries) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, do: do, done: make(chan struct{})}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.queue = append(w.queue, j)
	w.mu.Unlock()
	w.signal()
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
	}
	if j.move(jobDropped) {
		return ctx.Err()
	}
	<-j.done
	return j.err
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *writer) loop() {
	defer close(w.ended)
	for range w.wake {
		for {
			group, last := w.take()
			if len(group) > 0 {
				w.commit(group)
				continue
			}
			if last {
				return
			}
			break
		}
	}
}

// take answers the next group; last when there is none and never will be.
func (w *writer) take() (group []*job, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), mostInGroup)
	group, w.queue = w.queue[:n:n], w.queue[n:]
	return group, w.closed && n == 0
}

// commit runs a group in one transaction and answers its callers. Whoever goes
// away while another process still locks the database is not started.
func (w *writer) commit(group []*job) {
	err := w.exec("BEGIN IMMEDIATE")
	group = started(group)
	if err != nil {
		err = fmt.Errorf("begin: %w", err)
	} else if err = w.transact(group); err != nil {
		_ = w.exec("ROLLBACK") // SQLite may have given the transaction up already
	}
	for _, j := range group {
		if err != nil && j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}

func started(group []*job) []*job {
	var live []*job
	for _, j := range group {
		if j.ctx.Err() != nil && j.move(jobDropped) {
			j.err = j.ctx.Err()
			close(j.done)
		} else if j.move(jobStarted) {
			live = append(live, j)
		}
	}
	return live
}

// transact leaves each job's own failure in the job; what it answers befell all
// of them, and nothing of the group is stored.
func (w *writer) transact(group []*job) error {
	if len(group) == 1 { // the transaction is its savepoint
		if group[0].err = w.guard(group[0]); group[0].err != nil {
			return group[0].err
		}
		group = nil
	}
	for _, j := range group {
		if err := w.step(j); err != nil {
			return err
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// step runs one job in its own savepoint, so that its failure spoils no other.
func (w *writer) step(j *job) error {
	if err := w.exec("SAVEPOINT job"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	j.err = w.guard(j)
	if j.err != nil {
		if err := w.exec("ROLLBACK TO job"); err != nil {
			return fmt.Errorf("the transaction broke: %w", j.err)
		}
	}
	if err := w.exec("RELEASE job"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// guard turns a panic into an error. The job's context no longer ends anything:
// an interrupted statement would take the transaction of all others with it.
func (w *writer) guard(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic while writing", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic while writing: %v", p)
		}
	}()
	return j.do(context.WithoutCancel(j.ctx), w.q)
}

func (w *writer) exec(statement string) error {
	_, err := w.statements.ExecContext(context.Background(), statement)
	return err
}

// close waits for what was asked for and folds the write-ahead log into the
// database, so that the file alone is everything. The readers are closed by now.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
	<-w.ended
	err := w.statements.close()
	_, checkpoint := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, checkpoint, w.conn.Close(), w.db.Close())
}

// statements prepares each statement once on the writer's connection.
type statements struct {
	conn  *sql.Conn
	known map[string]*sql.Stmt
}

// close lets go of all statements; one that stays open would keep the
// connection, and with it the log, open for ever.
func (s *statements) close() error {
	var err error
	for _, st := range s.known {
		err = errors.Join(err, st.Close())
	}
	clear(s.known)
	return err
}

func (s *statements) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.known[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err == nil {
		s.known[query] = st
	}
	return st, err
}

func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := s.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	st, err := s.PrepareContext(ctx, query)
	if err != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // fails alike, and can say so
	}
	return st.QueryRowContext(ctx, args...)
}
