package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"postix/domain"
)

// How rounds are opened.
const (
	roundsAtOnce   = 200 // due campaigns are read in one go
	roundsTogether = 8   // of them are opened side by side, to share their commits
)

// dispatcher is the send job.
type dispatcher struct {
	*Jobs
	pool      *pool
	lookAtAll atomic.Bool // something has changed that may concern any account
	looked    time.Time   // when all accounts were looked at last; zero: not yet
}

// send opens the rounds that are due, wakes the workers of their accounts, and
// answers how long nothing more will be. Only at the start, after a change from
// outside and with every heartbeat does it look at all accounts: what a worker
// does itself, it knows itself.
func (d *dispatcher) send(ctx context.Context) time.Duration {
	if ctx.Err() != nil {
		return heartbeat
	}
	all := d.lookAtAll.Swap(false) || d.looked.IsZero() || time.Since(d.looked) >= heartbeat
	wait, err := d.dispatch(ctx, all)
	if err != nil {
		if ctx.Err() == nil {
			d.Logger.Error("send job", "err", err)
		}
		d.lookAtAll.Store(d.lookAtAll.Load() || all)
		return trouble
	}
	if all {
		d.looked = time.Now()
	}
	return min(wait, heartbeat-time.Since(d.looked))
}

// dispatch does what is due. A campaign that fails keeps nobody else waiting;
// its error is the answer.
func (d *dispatcher) dispatch(ctx context.Context, all bool) (time.Duration, error) {
	now := d.Now()
	failed := d.openRounds(ctx, now)
	if all {
		if err := d.expire(ctx, now); err != nil {
			return 0, err
		}
		accounts, err := d.Queue.Pending(ctx)
		if err != nil {
			return 0, fmt.Errorf("list the accounts that have something to send: %w", err)
		}
		for _, a := range accounts {
			d.pool.expect(a, now)
		}
	}
	if failed != nil {
		return 0, failed
	}
	next, ok, err := d.Queue.NextRound(ctx)
	switch {
	case err != nil:
		return 0, fmt.Errorf("ask when the next round is due: %w", err)
	case !ok:
		return heartbeat, nil
	case !next.After(now): // it has come to be due since, or is not to be opened
		return overdue, nil
	}
	return next.Sub(d.Now()), nil
}

func (d *dispatcher) expire(ctx context.Context, now time.Time) error {
	orgs, err := d.Queue.Expire(ctx, now)
	if err != nil {
		return fmt.Errorf("give up answers whose time is over: %w", err)
	}
	for _, id := range orgs {
		d.Hub.Progress(id)
	}
	return nil
}

// openRounds answers the last error, if any.
func (d *dispatcher) openRounds(ctx context.Context, now time.Time) error {
	for {
		due, err := d.Queue.DueRounds(ctx, now, roundsAtOnce)
		if err != nil {
			return fmt.Errorf("list due rounds: %w", err)
		}
		err = d.openTogether(ctx, due, now)
		if err != nil || len(due) < roundsAtOnce {
			return err
		}
	}
}

// openTogether opens the rounds in their order, a few side by side, and answers
// one of the errors.
func (d *dispatcher) openTogether(ctx context.Context, due []domain.Campaign, now time.Time) error {
	var opening sync.WaitGroup
	var failed atomic.Pointer[error]
	slots := make(chan struct{}, roundsTogether)
	for _, c := range due {
		slots <- struct{}{}
		opening.Go(func() {
			defer func() { <-slots }()
			if err := d.openRound(ctx, c, now); err != nil {
				failed.Store(&err)
			}
		})
	}
	opening.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// openRound wakes the account at once, so that a small campaign does not wait
// for a large one's rows to be written. A panic is an error.
func (d *dispatcher) openRound(ctx context.Context, c domain.Campaign, now time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("open a round of campaign %d: panic: %v\n%s", c.ID, p, debug.Stack())
		}
	}()
	o := c.Due(now)
	if err := d.Queue.OpenRounds(ctx, c, o, now); err != nil {
		return fmt.Errorf("open round %d of campaign %d: %w", o.Open, c.ID, err)
	}
	d.Logger.Info("rounds opened", "organization", c.OrganizationID, "campaign", c.ID,
		"round", o.Open, "late", o.Late, "missed", len(o.Missed))
	if o.Open != 0 {
		d.pool.wake(c.AccountID)
	}
	d.Hub.Progress(c.OrganizationID)
	return nil
}
