package jobs

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
)

// When the alarm rings.
const (
	floor     = 5 * time.Millisecond  // never sooner after the one before
	calm      = 20 * time.Millisecond // after a change, of which more may follow
	heartbeat = time.Minute           // at least this often, since the wall clock may jump
	trouble   = time.Second           // after a failure
	overdue   = trouble / 4           // when something that was due is still so
)

// alarm is one gocron job that sets itself: it rings, asks ring what to do, and
// rings again after as long as that answers.
//
// Each setting is a new job in place of the old one. gocron's Update keeps the
// id, so that an old ring which is just going off reschedules the new job. Its
// one-time job loops for ever, with its whole scheduler, when the time has
// passed before the scheduler gets to it; so this is a repeating one, which also
// rings again should a ring be lost. And its singleton mode would keep a
// goroutine for each id.
type alarm struct {
	sched gocron.Scheduler
	log   *slog.Logger
	ring  func() time.Duration // never called twice at once

	mu      sync.Mutex
	job     gocron.Job
	ringing bool
	again   bool      // while it rang: ring once more
	at      time.Time // when it will ring, unless it is ringing
}

// start sets the alarm to the start of the scheduler.
func (a *alarm) start() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.set(floor)
}

// rung is the job. It sets the alarm again also after a panic.
func (a *alarm) rung() {
	a.mu.Lock()
	if a.ringing || time.Now().Before(a.at) { // the latter: left over from an earlier setting
		a.mu.Unlock()
		return
	}
	a.ringing, a.again = true, false
	a.mu.Unlock()

	wait := trouble
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.again {
			wait = min(wait, calm)
		}
		a.ringing = false
		a.reset(wait)
	}()
	wait = a.ring()
}

// soon makes the alarm ring within calm, or once more after the ringing that is
// going on, which may have asked too early.
func (a *alarm) soon() {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.ringing:
		a.again = true
	case a.at.After(time.Now().Add(calm)):
		// An alarm that is about to ring is left alone: putting it off again and
		// again would silence it.
		a.reset(calm)
	}
}

func (a *alarm) reset(wait time.Duration) {
	if err := a.set(wait); err != nil { // the definition is good, so it does not happen
		a.log.Error("send job", "err", err)
	}
}

// set is called with the mutex held.
func (a *alarm) set(wait time.Duration) error {
	wait = min(max(wait, floor), heartbeat)
	a.at = time.Now().Add(wait) // before gocron counts from its own now
	if a.job != nil {
		_ = a.sched.RemoveJob(a.job.ID()) // fails when the scheduler has been shut down
	}
	job, err := a.sched.NewJob(gocron.DurationJob(wait), gocron.NewTask(a.rung), gocron.WithName("send"), onPanic(a.log))
	if err != nil {
		return fmt.Errorf("set the alarm: %w", err)
	}
	a.job = job
	return nil
}

// onPanic keeps a panic in a job from ending the process.
func onPanic(log *slog.Logger) gocron.JobOption {
	return gocron.WithEventListeners(gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, p any) {
		log.Error("panic in a job", "job", name, "panic", p, "stack", string(debug.Stack()))
	}))
}
