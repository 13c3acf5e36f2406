// Package jobs is what wakes up by itself: it opens rounds and sends what is
// due, and does the housekeeping.
//
// The database is the schedule. Timers and goroutines here only know when to
// ask it again; whatever is lost of them with the process is found again there.
//
//   - one alarm clock (gocron) for the send job, set to the time at which the
//     next round will be due, whatever the number of campaigns;
//   - one worker for each account that has something to send, which sleeps until
//     it may, so that a slow or dead account holds up nobody else;
//   - a few chores.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/go-co-op/gocron/v2"

	"postix/domain"
)

// DialogRefresher reads dialogs again.
type DialogRefresher interface {
	// RefreshDialogs reads the dialogs of those connected accounts whose dialogs
	// were last read before then. It ends soon when ctx does.
	RefreshDialogs(ctx context.Context, before time.Time) error
}

// BlockTurner lets blocks begin and end whose time has come.
type BlockTurner interface {
	// TurnBlocks does nothing that was done before.
	TurnBlocks(ctx context.Context) error
}

// Pruner removes what is kept for a limited time only.
type Pruner interface {
	// Prune ends soon when ctx does.
	Prune(ctx context.Context, now time.Time) error
}

// ContentChecker looks for damage in what is stored.
type ContentChecker interface {
	// CheckContent reads everything, and ends soon when ctx does.
	CheckContent(ctx context.Context) error
}

// Options is what the jobs work with. Blocks, Dialogs, Pruner, Sums and Content may be
// nil: then that chore does not exist. Now, Logger and Rand have defaults.
type Options struct {
	Queue     domain.Queue
	Outbox    domain.Outbox
	Messenger domain.Messenger
	Hub       *domain.Hub
	Blocks    BlockTurner
	Dialogs   DialogRefresher
	Pruner    Pruner
	Sums      domain.SumChecker
	Content   ContentChecker
	Now       func() time.Time
	Logger    *slog.Logger
	Rand      func() float64 // in [0, 1), for gaps; called by many goroutines at once
}

// How long things may take.
const (
	drainLimit   = 17 * time.Second // for deliveries in flight, from the end of Run's context; the process has 20
	attemptLimit = 2 * time.Minute  // for one attempt with all its calls; a net under the Messenger's own deadlines
	stopLimit    = 5 * time.Second  // for chores and the send job
)

// Jobs is everything that runs by itself.
type Jobs struct {
	Options
	drain, arrival time.Duration
}

// New does not start anything.
func New(o Options) *Jobs {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return &Jobs{Options: o, drain: drainLimit, arrival: domain.Arrival}
}

// Run works until ctx ends, and is called once. It first makes uncertain what a
// stopped process left in flight, and turns the blocks whose time has come. When ctx ends nothing more is claimed; what
// is in flight has 17 seconds to end, then Run answers nil. What it could not
// record stays in flight in the database, for the next start.
func (j *Jobs) Run(ctx context.Context) error {
	if !j.recover(ctx) || !j.turnBlocks(ctx) {
		return nil
	}
	sched, err := gocron.NewScheduler(gocron.WithStopTimeout(stopLimit))
	if err != nil {
		return fmt.Errorf("make the scheduler: %w", err)
	}
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	clock := &alarm{sched: sched, log: j.Logger}
	d := &dispatcher{Jobs: j, pool: newPool(ctx, work, j, clock.soon)}
	clock.ring = func() time.Duration { return d.send(ctx) }
	changes, unlisten := j.Hub.Listen(domain.Everything)
	defer unlisten()
	err = clock.start()
	if err == nil {
		err = j.addChores(ctx, sched)
	}
	if err == nil {
		sched.Start()
		listen(ctx, changes, func() {
			d.lookAtAll.Store(true)
			clock.soon()
		})
	}
	deadline := time.AfterFunc(j.drain, abandon)
	defer deadline.Stop()
	if err := sched.Shutdown(); err != nil {
		j.Logger.Warn("jobs did not stop in time", "err", err)
	}
	d.pool.close()
	return err
}

// recover answers false when ctx ended before it succeeded. Until then nothing
// may be claimed, so it tries for as long as the storage takes.
func (j *Jobs) recover(ctx context.Context) bool {
	for n := 0; ctx.Err() == nil; n++ {
		found, err := j.Queue.Recover(ctx, j.Now())
		if err == nil {
			if found > 0 {
				j.Logger.Info("deliveries were in flight when the process stopped", "count", found)
			}
			return true
		}
		j.Logger.Error("recover deliveries", "err", err)
		pause(ctx, backoff(n), nil)
	}
	return false
}

// turnBlocks answers false when ctx ended before it succeeded: who was to be shut
// out by now must not send first.
func (j *Jobs) turnBlocks(ctx context.Context) bool {
	for n := 0; ctx.Err() == nil; n++ {
		if j.Blocks == nil {
			return true
		}
		err := j.Blocks.TurnBlocks(ctx)
		if err == nil {
			return true
		}
		j.Logger.Error("turn blocks", "err", err)
		pause(ctx, backoff(n), nil)
	}
	return false
}

// listen calls news after each change.
func listen(ctx context.Context, changes <-chan struct{}, news func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			news()
		}
	}
}

// pause waits until d has passed, wake has something or ctx ends.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// backoff is how long to wait after the n-th failure in a row, from 0.
func backoff(n int) time.Duration {
	return min(100*time.Millisecond<<min(n, 10), 5*time.Second)
}
