package domain

import (
	"context"
	"time"
)

// Queue is the schedule of all sending. It is the only truth about what is due:
// timers and goroutines merely ask it.
type Queue interface {
	// Recover makes every delivery that a stopped process left in flight
	// uncertain and due now. It is called once, before anything is claimed.
	Recover(ctx context.Context, now time.Time) (int, error)
	// DueRounds lists campaigns whose next round is due, earliest first.
	DueRounds(ctx context.Context, now time.Time, limit int) ([]Campaign, error)
	// OpenRounds records the rounds as missed, and opens one (0: none): its
	// deliveries become due now. Rounds that somebody else has opened since are
	// left alone.
	OpenRounds(ctx context.Context, c Campaign, o Opening, now time.Time) error
	// DueAccounts lists the accounts that have a delivery which may go out now.
	DueAccounts(ctx context.Context, now time.Time) ([]int64, error)
	// NextDue is the earliest time at which anything will be due; false when
	// nothing is planned.
	NextDue(ctx context.Context, now time.Time) (time.Time, bool, error)
}

// Outbox is one account's side of the queue.
type Outbox interface {
	// Claim takes the account's next due delivery and commits the intent to send
	// it; false when nothing may go out now, and next tells when to ask again
	// (zero: only after something changes). What it answered is in flight until
	// Settle.
	Claim(ctx context.Context, accountID int64, now time.Time) (a Attempt, ok bool, next time.Time, err error)
	// Settle records a result: delivery, counters, round, campaign, account and
	// chat in one transaction.
	Settle(ctx context.Context, r Result) error
}

// Opening is what becomes of a campaign's rounds that are due.
type Opening struct {
	Missed []int     // recorded as missed, in order
	Open   int       // opened now; 0: none
	Late   bool      // the opened one is marked late
	Next   time.Time // when the round after these is due; zero when one is open or none is left
}

// How late a round may start and still be sent.
const (
	lateOnce = 30 * time.Minute // a campaign of one round
	lateMost = 15 * time.Minute // a round of several, or half the interval if that is less
	lateMark = time.Minute      // from here on it is called late
)

// Due decides what becomes of the rounds that are due at now: the latest one
// that is not too late is opened, those before it are missed. There is never a
// burst after downtime.
func (c Campaign) Due(now time.Time) Opening {
	var o Opening
	due := c.NextDueAt
	grace := lateOnce
	if c.Rounds > 1 {
		grace = min(lateMost, c.Interval/2)
	}
	for r := c.Round + 1; r <= c.Rounds; r++ {
		if due.After(now) {
			o.Next = due
			return o
		}
		following := due.Add(c.Interval)
		late := now.Sub(due)
		if late <= grace && (r == c.Rounds || following.After(now)) {
			o.Open, o.Late = r, late > lateMark
			return o
		}
		o.Missed = append(o.Missed, r)
		due = following
	}
	return o
}

// AfterRound is when the round after the given one opens: interval is start to
// start, and a round that takes longer delays it.
func AfterRound(opened time.Time, interval time.Duration, closed time.Time) time.Time {
	next := opened.Add(interval)
	if next.Before(closed) {
		return closed
	}
	return next
}
