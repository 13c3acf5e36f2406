package db

import (
	"context"
	"sync/atomic"
	"time"
)

// When the log is folded into the database: after a while in which there was
// some writing, or sooner after much of it.
const (
	foldEvery = time.Second
	foldSome  = 100
	foldMuch  = 1000
)

// folder folds the write-ahead log into the database beside the writer, on a
// connection of its own, so that no commit has to wait for it. What was written
// meanwhile, which is little, the writer folds itself: only when nothing is left
// in the log can it start the log from the beginning. SQLite's own checkpoint
// within a commit stays as a net.
type folder struct {
	writes int         // since the last time; the writer's own, as is
	at     time.Time   // that time
	bulk   atomic.Bool // the bulk is folded: the rest is the writer's
	asked  chan struct{}
	ended  chan struct{}
	stop   func()
}

const foldLog = "PRAGMA wal_checkpoint(PASSIVE)"

func (f *folder) start(w *writer) {
	w.db.SetMaxOpenConns(2)
	ctx, cancel := context.WithCancel(context.Background())
	f.asked, f.ended = make(chan struct{}, 1), make(chan struct{})
	f.stop = func() {
		cancel()
		<-f.ended
	}
	go f.loop(ctx, w)
}

func (f *folder) loop(ctx context.Context, w *writer) {
	defer close(f.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.asked:
		}
		if _, err := w.db.ExecContext(ctx, foldLog); err != nil && ctx.Err() == nil {
			w.log.Warn("the log could not be folded into the database", "err", err)
		}
		f.bulk.Store(true)
	}
}

// committed is called by the writer between two transactions.
func (f *folder) committed(w *writer, writes int) {
	if f.bulk.Swap(false) {
		if err := w.exec(foldLog); err != nil {
			w.log.Warn("the rest of the log could not be folded into the database", "err", err)
		}
		f.writes, f.at = 0, time.Now()
		return
	}
	f.writes += writes
	if f.writes < foldMuch && (f.writes < foldSome || time.Since(f.at) < foldEvery) {
		return
	}
	select {
	case f.asked <- struct{}{}:
	default:
	}
}
