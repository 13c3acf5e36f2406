package jobs

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"postix/domain"
)

// How long a worker with nothing to do waits for it.
const (
	linger   = 15 * time.Second     // for longer it ends; the alarm clock starts another
	shortest = 5 * time.Millisecond // before it asks again
	never    = time.Duration(math.MaxInt64)
)

// pool keeps one worker for each account that has something due.
type pool struct {
	*Jobs
	claiming context.Context // ends first: nothing more is claimed
	work     context.Context // ends when what is in flight is abandoned

	mu      sync.Mutex
	closed  bool
	workers map[int64]*worker
	running sync.WaitGroup
}

func newPool(claiming, work context.Context, j *Jobs) *pool {
	return &pool{Jobs: j, claiming: claiming, work: work, workers: map[int64]*worker{}}
}

// worker sends what one account has to send, one delivery after another.
type worker struct {
	*pool
	account int64
	woken   chan struct{}  // of size one
	result  *domain.Result // of the attempt that is not recorded yet, or nil
}

// wake makes the account's worker ask for deliveries, and starts it if need be.
func (p *pool) wake(account int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if w := p.workers[account]; w != nil {
		select {
		case w.woken <- struct{}{}:
		default:
		}
		return
	}
	w := &worker{pool: p, account: account, woken: make(chan struct{}, 1)}
	p.workers[account] = w
	p.running.Go(w.run)
}

// leave ends a worker, unless it was woken meanwhile.
func (p *pool) leave(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-w.woken:
		return false
	default:
	}
	delete(p.workers, w.account)
	return true
}

// close lets no more workers start and waits for those that run, after the end
// of claiming. It does not wait for a call that goes on although its context has
// ended.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	done := make(chan struct{})
	go func() {
		p.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-p.work.Done():
	}
	pause(context.Background(), time.Second, done)
	select {
	case <-done:
	default:
		p.Logger.Warn("deliveries are still in flight; they are uncertain until the next start")
	}
}

func (w *worker) run() {
	for failures := 0; ; {
		ctx := w.context()
		if ctx.Err() != nil {
			return
		}
		wait, err := w.step()
		switch {
		case err != nil:
			if w.context().Err() == nil {
				w.Logger.Error("worker", "account", w.account, "err", err)
			}
			pause(w.context(), backoff(failures), nil)
			failures++
			continue
		case wait > linger:
			if w.leave(w) {
				return
			}
		case wait > 0:
			pause(ctx, wait, w.woken)
		}
		failures = 0
	}
}

// context is how long the worker may go on: what has been sent is recorded also
// when nothing more may be claimed.
func (w *worker) context() context.Context {
	if w.result != nil {
		return w.work
	}
	return w.claiming
}

// step sends one delivery and records its result, or only records the one that
// could not be recorded before: until then nothing else of the account goes out.
// It answers how long there is nothing to do. A panic is an error.
func (w *worker) step() (wait time.Duration, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if w.result == nil {
		// Not the context that ends first: a claim that was committed but not
		// answered would stay in flight.
		a, ok, next, err := w.Outbox.Claim(w.work, w.account, w.Now())
		switch {
		case err != nil:
			return 0, fmt.Errorf("claim a delivery: %w", err)
		case ok:
			res := w.attempt(w.work, a)
			w.result = &res
		case next.IsZero():
			return never, nil
		default:
			return max(next.Sub(w.Now()), shortest), nil
		}
	}
	if err := w.Outbox.Settle(w.work, *w.result); err != nil {
		return 0, fmt.Errorf("record delivery %d: %w", w.result.Attempt.DeliveryID, err)
	}
	organization := w.result.Attempt.OrganizationID
	w.result = nil
	w.Hub.Changed(organization)
	return 0, nil
}
