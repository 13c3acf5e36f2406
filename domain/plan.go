package domain

import (
	"math"
	"time"
)

// Draft is a campaign as a person fills it in.
type Draft struct {
	Token     string // made with the form: one campaign for one token
	CatalogID int64
	AccountID int64
	Text      string
	Rounds    int
	Interval  time.Duration
	StartAt   time.Time // zero: now
}

// Plan is what a draft would do, shown before it is confirmed.
type Plan struct {
	Times    []time.Time   // when each round starts, if nothing holds it up; of a plan that is TooLong the first ones
	Sendable int           // peers that can be expected to take the message
	Peers    int           // all peers
	Messages int           // Peers times rounds
	Round    time.Duration // how long one round takes at the account's pace
	EndsAt   time.Time
	TooLong  bool // it ends more than MaxYears from now
	Warnings []Warning
}

// Warning is something to know before confirming. Key names its sentence
// ("warning." + Key).
type Warning struct {
	Key  string
	Args map[string]any
}

// targetCount is what the targets of a draft have in common.
type targetCount struct {
	sendable, slow, denied, unknown, skipped int
	slowest                                  time.Duration
}

func countTargets(d Draft, ts []Target) (n targetCount) {
	for _, t := range ts {
		switch {
		case t.Fails >= SkipAfter:
			n.skipped++
		case !t.Known:
			n.unknown++
		case !t.CanWrite:
			n.denied++
		default:
			n.sendable++
		}
		if t.Known && d.Rounds > 1 && t.SlowMode > d.Interval {
			n.slow, n.slowest = n.slow+1, max(n.slowest, t.SlowMode)
		}
	}
	return n
}

// NewPlan computes what a checked draft would do with these targets. It takes
// the caps as they are today and counts no other campaign of the account.
func NewPlan(d Draft, ts []Target, acc Account, o Organization, now time.Time) Plan {
	n := countTargets(d, ts)
	pl := Plan{Peers: len(ts), Messages: len(ts) * d.Rounds, Sendable: n.sendable}
	hours := o.Hours()
	asked := d.StartAt
	if asked.IsZero() || asked.Before(now) {
		asked = now
	}
	at := hours.Next(asked)
	perHour, rises := Warming(o.Pace.PerHour, acc.WarmAt, at)
	perDay, _ := Warming(o.Pace.PerDay, acc.WarmAt, at)
	tries := len(ts) - n.skipped - n.unknown
	pl.Round = roundLength(tries, o.Pace.Mean(), perHour, perDay)
	closed, last := at, now.AddDate(MaxYears, 0, 0)
	for range d.Rounds {
		pl.Times = append(pl.Times, at)
		closed = hours.After(at, pl.Round)
		if pl.TooLong = closed.After(last); pl.TooLong {
			break
		}
		at = AfterRound(at.Add(d.Interval), closed, hours)
	}
	pl.EndsAt = closed
	pl.warn(!pl.Times[0].Equal(asked), "quiet_start", "Start", pl.Times[0])
	pl.warn(d.Rounds > 1 && pl.Round > d.Interval, "round_long", "Round", pl.Round, "Interval", d.Interval)
	pl.warn(perHour > 0 && tries > perHour, "hour_cap", "Cap", perHour)
	pl.warn(perDay > 0 && tries*d.Rounds > perDay, "day_cap", "Cap", perDay)
	pl.warn(!rises.IsZero() && (tries > perHour || tries*d.Rounds > perDay), "warming", "Full", o.Pace.PerDay)
	pl.warn(n.slow > 0, "slow_mode", "Count", n.slow, "Longest", n.slowest)
	pl.warn(n.unknown > 0, "not_member", "Count", n.unknown)
	pl.warn(n.denied > 0, "no_write", "Count", n.denied)
	pl.warn(n.skipped > 0, "skipped", "Count", n.skipped)
	pl.warn(acc.State == AccountNeedsLogin || acc.State == AccountDisconnected, "needs_login", "Account", acc.Name())
	pl.warn(acc.State == AccountPaused, "account_paused", "Account", acc.Name())
	pl.warn(acc.WaitUntil.After(now), "account_waits", "Until", acc.WaitUntil)
	pl.warn(o.Stop != StopNone, "stopped")
	return pl
}

// roundLength is the time from the first to the last of n messages, as far as a
// Duration goes.
func roundLength(n int, gap time.Duration, perHour, perDay int) time.Duration {
	if n <= 1 {
		return 0
	}
	l := times(n-1, gap)
	if perHour > 0 {
		l = max(l, times((n-1)/perHour, time.Hour))
	}
	if perDay > 0 {
		l = max(l, times((n-1)/perDay, 24*time.Hour))
	}
	return l
}

// times is n times d, or the longest Duration where that is too much for one.
func times(n int, d time.Duration) time.Duration {
	if d > 0 && time.Duration(n) > math.MaxInt64/d {
		return math.MaxInt64
	}
	return time.Duration(n) * d
}

func (pl *Plan) warn(when bool, key string, args ...any) {
	if when {
		pl.Warnings = append(pl.Warnings, Warning{Key: key, Args: E(Invalid, key, args...).Args})
	}
}
