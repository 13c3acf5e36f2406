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
	// DueRounds lists campaigns whose next round is due: the earliest of each
	// organization, then the second of each, and so on. It leaves out what must not
	// send at all: stopped organizations, accounts that are not active.
	DueRounds(ctx context.Context, now time.Time, limit int) ([]Campaign, error)
	// OpenRounds records the rounds as missed, and opens one (0: none): its
	// deliveries become due now. Rounds that somebody else has opened since are
	// left alone.
	OpenRounds(ctx context.Context, c Campaign, o Opening, now time.Time) error
	// NextRound is when the next round will be due, of those that DueRounds would
	// list; false for none. What is due already counts too.
	NextRound(ctx context.Context) (time.Time, bool, error)
	// Expire makes missed what is open of answers whose time is over, and answers the
	// organizations that they are of. An account that cannot send claims nothing,
	// so nobody else would.
	Expire(ctx context.Context, now time.Time) ([]int64, error)
	// Pending lists the accounts that may send, have something to send and nothing
	// in flight.
	Pending(ctx context.Context) ([]Pending, error)
}

// Pending is an account that has something to send, and when that is due: what
// its [Pace.Gate] says beyond that is found out by asking [Outbox.Claim].
type Pending struct {
	AccountID int64
	At        time.Time
}

// Outbox is one account's side of the queue.
type Outbox interface {
	// Claim takes the account's next due delivery, if its [Pace.Gate] is open, and
	// commits the intent to send it. What it answered is in flight until its
	// result is recorded.
	Claim(ctx context.Context, accountID int64, now time.Time) (Turn, error)
	// Settle records a result: delivery, counters, round, campaign, account and
	// chat in one transaction.
	Settle(ctx context.Context, r Result) error
	// Next is Settle, and then Claim for the same account, in one transaction: an
	// error means that neither was done.
	Next(ctx context.Context, r Result, now time.Time) (Turn, error)
}

// Turn is what an account does next.
type Turn struct {
	Attempt  *Attempt  // to be sent now; nil: nothing may go out now
	At       time.Time // without an Attempt: when to ask again; zero: only after something changes
	Schedule bool      // the recorded result closed a round, or changed what else is due when: ask NextRound again
	News     int64     // the organization whose pages have something new to show; 0: none
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
	lateMost = 15 * time.Minute // a round of several, or half the spacing if that is less
	lateMark = time.Minute      // from here on it is called late
)

// Due decides what becomes of the rounds that are due at now: the latest one
// that is not too late is opened, those before it are missed. There is never a
// burst after downtime. In quiet hours no round is opened: the next one is due
// when they end.
func (c Campaign) Due(now time.Time) Opening {
	var o Opening
	grace := lateOnce
	if c.Rounds > 1 {
		grace = min(lateMost, c.Spacing()/2)
	}
	for r := c.Round + 1; r <= c.Rounds; r++ {
		due := c.PlannedAt(r)
		if due.After(now) {
			o.Next = due
			return o
		}
		late := now.Sub(due)
		if late <= grace && (r == c.Rounds || c.PlannedAt(r+1).After(now)) {
			if !c.Hours.Open(now) {
				o.Next = c.Hours.Next(now)
				return o
			}
			o.Open, o.Late = r, late > lateMark
			return o
		}
		o.Missed = append(o.Missed, r)
	}
	return o
}

// PlannedAt is when a round to come should start, if none before it takes longer
// than the spacing.
func (c Campaign) PlannedAt(round int) time.Time {
	at := c.Hours.Next(c.NextDueAt)
	for r := c.Round + 1; r < round; r++ {
		at = c.Hours.Next(at.Add(c.Spacing()))
	}
	return at
}

// AfterRound is when the next round opens: never before earliest, which is a
// spacing after the start of the last one, nor before that one is closed, nor
// in quiet hours.
func AfterRound(earliest, closed time.Time, h Hours) time.Time {
	if earliest.Before(closed) {
		earliest = closed
	}
	return h.Next(earliest)
}
