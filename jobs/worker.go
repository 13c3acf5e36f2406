package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"postix/domain"
)

// shortest is how long a worker with nothing to do waits at least before it asks
// again.
const shortest = 5 * time.Millisecond

// pool keeps one worker for each account that has something due.
type pool struct {
	*Jobs
	claiming context.Context // ends first: nothing more is claimed
	work     context.Context // ends when what is in flight is abandoned
	schedule func()          // tells that rounds may be due sooner or later than they were

	mu      sync.Mutex
	closed  bool
	workers map[int64]*worker
	running sync.WaitGroup
}

func newPool(claiming, work context.Context, j *Jobs, schedule func()) *pool {
	return &pool{Jobs: j, claiming: claiming, work: work, schedule: schedule, workers: map[int64]*worker{}}
}

// worker sends what one account has to send, one delivery after another. It
// knows itself when it may go on, and ends when there is nothing left.
type worker struct {
	*pool
	account int64
	woken   chan struct{}  // of size one
	result  *domain.Result // of the attempt that is not recorded yet, or nil
	alone   bool           // the result is to be recorded without a claim, which may be what failed
	until   time.Time      // guarded by the pool's mutex: it sleeps until then; zero: it is at work
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

// expect sees to it that the account's worker asks when something is due. One
// that sleeps no longer than that is left alone, unless the time has come
// already: then the wall clock has jumped over its timer.
func (p *pool) expect(due domain.Pending, now time.Time) {
	p.mu.Lock()
	w := p.workers[due.AccountID]
	inTime := w != nil && !w.until.IsZero() && !w.until.After(due.At) && due.At.After(now)
	p.mu.Unlock()
	if !inTime {
		p.wake(due.AccountID)
	}
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
		next, err := w.step()
		switch {
		case err != nil:
			if w.context().Err() == nil {
				w.Logger.Error("worker", "account", w.account, "err", err)
			}
			pause(w.context(), backoff(failures), nil)
			failures++
			continue
		case next.never:
			if w.leave(w) {
				return
			}
		case !next.at.IsZero():
			w.sleep(ctx, next.at)
		}
		failures = 0
	}
}

// sleep waits until then, or until the worker is woken.
func (w *worker) sleep(ctx context.Context, until time.Time) {
	w.setUntil(until)
	defer w.setUntil(time.Time{})
	pause(ctx, max(until.Sub(w.Now()), shortest), w.woken)
}

func (w *worker) setUntil(t time.Time) {
	w.mu.Lock()
	w.until = t
	w.mu.Unlock()
}

// context is how long the worker may go on: what has been sent is recorded also
// when nothing more may be claimed.
func (w *worker) context() context.Context {
	if w.result != nil {
		return w.work
	}
	return w.claiming
}

// ahead is when a worker goes on: at once, at a time, or never by itself.
type ahead struct {
	at    time.Time
	never bool
}

// step sends one delivery and records its result, or only records the one that
// could not be recorded before: until then nothing else of the account goes out.
// A panic is an error.
func (w *worker) step() (next ahead, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if w.result != nil && (w.alone || w.claiming.Err() != nil) {
		return ahead{}, w.record()
	}
	t, err := w.turn()
	switch {
	case err != nil:
		return ahead{}, err
	case t.Attempt != nil:
		res := w.attempt(w.work, *t.Attempt)
		w.result = &res
		return ahead{}, nil
	}
	return ahead{at: t.At, never: t.At.IsZero()}, nil
}

// record records the result and claims nothing.
func (w *worker) record() error {
	if err := w.Outbox.Settle(w.work, *w.result); err != nil {
		return fmt.Errorf("record delivery %d: %w", w.result.Attempt.DeliveryID, err)
	}
	w.tell(domain.Turn{Schedule: true, News: w.result.Attempt.OrganizationID})
	w.result, w.alone = nil, false
	return nil
}

// turn records the result, if there is one, and claims the next delivery.
func (w *worker) turn() (t domain.Turn, err error) {
	if w.result == nil {
		// Not the context that ends first: a claim that was committed but not
		// answered would stay in flight.
		if t, err = w.Outbox.Claim(w.work, w.account, w.Now()); err != nil {
			return t, fmt.Errorf("claim a delivery: %w", err)
		}
	} else {
		w.alone = true // unless this works
		if t, err = w.Outbox.Next(w.work, *w.result, w.Now()); err != nil {
			return t, fmt.Errorf("record delivery %d and claim the next: %w", w.result.Attempt.DeliveryID, err)
		}
		w.result, w.alone = nil, false
	}
	w.tell(t)
	return t, nil
}

// tell passes on what a turn has changed.
func (w *worker) tell(t domain.Turn) {
	if t.News != 0 {
		w.Hub.Progress(t.News)
	}
	if t.Schedule {
		w.schedule()
	}
}
