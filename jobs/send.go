package jobs

import (
	"context"
	"fmt"
	"time"

	"postix/domain"
)

// roundsAtOnce is how many due campaigns are read in one go.
const roundsAtOnce = 100

// send is the send job: it opens the rounds that are due, wakes the workers of
// the accounts that have something due, and answers how long nothing more will
// be.
func (j *Jobs) send(ctx context.Context, p *pool) time.Duration {
	if ctx.Err() != nil {
		return heartbeat
	}
	now := j.Now()
	if err := j.dispatch(ctx, p, now); err != nil {
		if ctx.Err() == nil {
			j.Logger.Error("send job", "err", err)
		}
		return trouble
	}
	next, ok, err := j.Queue.NextDue(ctx, now)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			j.Logger.Error("send job", "err", fmt.Errorf("ask what is due next: %w", err))
		}
		return trouble
	case !ok:
		return heartbeat
	case !next.After(now):
		// Its worker has just been woken. Unless that has trouble, its change
		// rings sooner than this.
		return overdue
	}
	return next.Sub(j.Now())
}

// dispatch does what is due at now. A campaign that fails keeps nobody else
// waiting; its error is the answer.
func (j *Jobs) dispatch(ctx context.Context, p *pool, now time.Time) error {
	failed := j.openRounds(ctx, p, now)
	accounts, err := j.Queue.DueAccounts(ctx, now)
	if err != nil {
		return fmt.Errorf("list accounts with due deliveries: %w", err)
	}
	for _, id := range accounts {
		p.wake(id)
	}
	return failed
}

// openRounds answers the last error, if any.
func (j *Jobs) openRounds(ctx context.Context, p *pool, now time.Time) (failed error) {
	for {
		due, err := j.Queue.DueRounds(ctx, now, roundsAtOnce)
		if err != nil {
			return fmt.Errorf("list due rounds: %w", err)
		}
		for _, c := range due {
			if err := j.openRound(ctx, c, now); err != nil {
				failed = err
				continue
			}
			// At once, so that a small campaign does not wait for a large one's
			// rows to be written.
			p.wake(c.AccountID)
		}
		if len(due) < roundsAtOnce || failed != nil {
			return failed
		}
	}
}

func (j *Jobs) openRound(ctx context.Context, c domain.Campaign, now time.Time) error {
	o := c.Due(now)
	if err := j.Queue.OpenRounds(ctx, c, o, now); err != nil {
		return fmt.Errorf("open round %d of campaign %d: %w", o.Open, c.ID, err)
	}
	j.Logger.Info("rounds opened", "organization", c.OrganizationID, "campaign", c.ID,
		"round", o.Open, "late", o.Late, "missed", len(o.Missed))
	j.Hub.Changed(c.OrganizationID)
	return nil
}
