package domain

import "time"

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
	Times    []time.Time   // when each round starts, if nothing holds it up
	Sendable int           // peers that can be expected to take the message
	Peers    int           // all peers
	Messages int           // Peers times rounds
	Round    time.Duration // how long one round takes at the account's pace
	EndsAt   time.Time
	Warnings []Warning
}

// Warning is something to know before confirming. Key names its sentence
// ("warning." + Key).
type Warning struct {
	Key  string
	Args map[string]any
}

// NewPlan computes what a checked draft would do with these targets.
func NewPlan(d Draft, ts []Target, acc Account, p Pace, now time.Time) Plan {
	pl := Plan{Peers: len(ts), Messages: len(ts) * d.Rounds}
	var slow, denied, unknown, skipped int
	var slowest time.Duration
	for _, t := range ts {
		switch {
		case t.Fails >= SkipAfter:
			skipped++
		case !t.Known:
			unknown++
		case !t.CanWrite:
			denied++
		default:
			pl.Sendable++
		}
		if t.Known && d.Rounds > 1 && t.SlowMode > d.Interval {
			slow, slowest = slow+1, max(slowest, t.SlowMode)
		}
	}
	tries := len(ts) - skipped - unknown
	pl.Round = time.Duration(max(0, tries-1)) * p.Mean()
	at := d.StartAt
	if at.IsZero() || at.Before(now) {
		at = now
	}
	for range d.Rounds {
		pl.Times = append(pl.Times, at)
		at = AfterRound(at, d.Interval, at.Add(pl.Round))
	}
	pl.EndsAt = pl.Times[len(pl.Times)-1].Add(pl.Round)
	pl.warn(d.Rounds > 1 && pl.Round > d.Interval, "round_long", "Round", pl.Round, "Interval", d.Interval)
	pl.warn(slow > 0, "slow_mode", "Count", slow, "Longest", slowest)
	pl.warn(unknown > 0, "not_member", "Count", unknown)
	pl.warn(denied > 0, "no_write", "Count", denied)
	pl.warn(skipped > 0, "skipped", "Count", skipped)
	pl.warn(acc.State == AccountNeedsLogin || acc.State == AccountDisconnected, "needs_login", "Account", acc.Name())
	pl.warn(acc.State == AccountPaused, "account_paused", "Account", acc.Name())
	pl.warn(acc.WaitUntil.After(now), "account_waits", "Until", acc.WaitUntil)
	return pl
}

func (pl *Plan) warn(when bool, key string, args ...any) {
	if when {
		pl.Warnings = append(pl.Warnings, Warning{Key: key, Args: E(Invalid, key, args...).Args})
	}
}
