package domain

import "time"

// Draft is a campaign as a person fills it in.
type Draft struct {
	Token     string // made with the form: one campaign for one token
	CatalogID int64
	AccountID int64
	Text      string
	Formats   Formats // of the Text
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
	Round    time.Duration // how long one round takes at the account's pace, quiet hours left out
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
	sendable, slow, denied, unknown, skipped, listed int
	slowest                                          time.Duration
}

func countTargets(d Draft, ts []Target) (n targetCount) {
	for _, t := range ts {
		switch {
		case t.Denied:
			n.listed++
		case t.Fails >= SkipAfter:
			n.skipped++
		case !t.Known:
			n.unknown++
		case !t.CanWrite:
			n.denied++
		default:
			n.sendable++
		}
		if t.Known && !t.Denied && d.Rounds > 1 && t.SlowMode > d.Interval {
			n.slow, n.slowest = n.slow+1, max(n.slowest, t.SlowMode)
		}
	}
	return n
}

// NewPlan computes what a checked draft would do with these targets. It counts no
// other message of the account, and of its organization those that have used the
// day up by now: under a daily limit, which all campaigns share, it ends no sooner.
func NewPlan(d Draft, ts []Target, acc Account, o Organization, use LimitUse, now time.Time) Plan {
	n := countTargets(d, ts)
	pl := Plan{Peers: len(ts), Messages: len(ts) * d.Rounds, Sendable: n.sendable}
	hours := o.Hours()
	asked := d.StartAt
	if asked.IsZero() || asked.Before(now) {
		asked = now
	}
	at, last := hours.Next(asked), now.AddDate(MaxYears, 0, 0)
	tries := len(ts) - n.skipped - n.unknown - n.listed
	pl.Round = newForecast(o.Pace, Hours{}, acc.WarmAt, tries).send(tries, at, last).Sub(at)
	f := newForecast(o.Pace, hours, acc.WarmAt, tries*d.Rounds)
	f.org, f.dayLeft, f.dayEnds = o, o.Limits.MessagesPerDay-use.Messages, use.DayEnds
	for next := at; len(pl.Times) < d.Rounds && !pl.TooLong; {
		pl.Times = append(pl.Times, next)
		pl.EndsAt = f.send(tries, next, last)
		pl.TooLong = pl.EndsAt.After(last)
		next = AfterRound(next.Add(d.Interval), pl.EndsAt, hours)
	}
	perHour, _ := Warming(o.Pace.PerHour, acc.WarmAt, at)
	perDay, _ := Warming(o.Pace.PerDay, acc.WarmAt, at)
	pl.warn(!at.Equal(asked), "quiet_start", "Start", at)
	pl.warn(d.Rounds > 1 && pl.Round > d.Interval, "round_long", "Round", pl.Round, "Interval", d.Interval)
	pl.warn(f.held[CodeHourCap], "hour_cap", "Cap", perHour)
	pl.warn(f.held[CodeDayCap], "day_cap", "Cap", perDay)
	pl.warn(f.warming, "warming")
	pl.warn(f.held[CodeOrgDay], "organization_day", "Cap", o.Limits.MessagesPerDay, "Left", max(0, o.Limits.MessagesPerDay-use.Messages))
	pl.warn(n.slow > 0, "slow_mode", "Count", n.slow, "Longest", n.slowest)
	pl.warn(n.unknown > 0, "not_member", "Count", n.unknown)
	pl.warn(n.denied > 0, "no_write", "Count", n.denied)
	pl.warn(n.skipped > 0, "skipped", "Count", n.skipped)
	pl.warn(n.listed > 0, "deny_list", "Count", n.listed)
	pl.warn(acc.State == AccountNeedsLogin || acc.State == AccountDisconnected, "needs_login", "Account", acc.Name())
	pl.warn(acc.State == AccountPaused, "account_paused", "Account", acc.Name())
	pl.warn(acc.WaitUntil.After(now), "account_waits", "Until", acc.WaitUntil)
	pl.warn(o.Stop != StopNone, "stopped")
	return pl
}

// forecast sends messages on paper, at the mean gap, and asks the governor about
// each: what it foresees keeps to every limit, over all rounds.
type forecast struct {
	pace    Pace
	hours   Hours
	usage   Usage
	sent    []time.Time     // the latest ones, the i-th at i modulo the length
	n       int             // how many were sent
	held    map[string]bool // the limits that held a message up
	warming bool            // one of these was not whole yet
	org     Organization    // whose day is limited; the zero one's is not
	dayLeft int             // messages of its day that ends at dayEnds
	dayEnds time.Time
}

// newForecast is one of up to so many messages of an account that was first
// connected at warm.
func newForecast(p Pace, h Hours, warm time.Time, messages int) *forecast {
	f := &forecast{pace: p, hours: h, held: map[string]bool{}}
	f.sent = make([]time.Time, max(1, min(max(p.PerHour, p.PerDay), messages)))
	f.usage = Usage{Warm: warm, NthLast: func(n int) (time.Time, error) {
		if n > f.n || n > len(f.sent) {
			return time.Time{}, nil
		}
		return f.sent[(f.n-n)%len(f.sent)], nil
	}}
	return f
}

// send is when the last of so many messages goes out of which the first may at a
// time; when they take longer than that, any time after last.
func (f *forecast) send(messages int, at, last time.Time) time.Time {
	for ; messages > 0 && !at.After(last); messages-- {
		at = f.free(at)
		f.sent[f.n%len(f.sent)] = at
		f.n++
		f.dayLeft--
		f.usage.Ready = at.Add(f.pace.Mean())
	}
	return at
}

// free is when the next message may go out, from a time on. When one limit ends
// another may hold: it is asked again until nothing does.
func (f *forecast) free(at time.Time) time.Time {
	for {
		f.usage.DayEnds = f.dayFull(at)
		g, _ := f.pace.Gate(f.usage, Hours{}, at) // only NthLast could fail
		f.note(g, at)
		next := f.hours.Next(g.At)
		if !next.After(at) {
			return at
		}
		at = next
	}
}

// dayFull is when the organization's day ends that a time lies in, if nothing is
// left of it.
func (f *forecast) dayFull(at time.Time) time.Time {
	if f.org.Limits.MessagesPerDay == 0 {
		return time.Time{}
	}
	if !at.Before(f.dayEnds) {
		_, f.dayEnds = f.org.Day(at)
		f.dayLeft = f.org.Limits.MessagesPerDay
	}
	if f.dayLeft > 0 {
		return time.Time{}
	}
	return f.dayEnds
}

// note remembers what holds a message up at a time.
func (f *forecast) note(g Gate, at time.Time) {
	limit := f.pace.PerHour
	switch g.Reason {
	case CodeDayCap:
		limit = f.pace.PerDay
	case CodeHourCap:
	case CodeOrgDay:
		f.held[g.Reason] = true
		return
	default:
		return
	}
	_, rises := Warming(limit, f.usage.Warm, at)
	f.held[g.Reason], f.warming = true, f.warming || !rises.IsZero()
}

func (pl *Plan) warn(when bool, key string, args ...any) {
	if when {
		pl.Warnings = append(pl.Warnings, Warning{Key: key, Args: E(Invalid, key, args...).Args})
	}
}
