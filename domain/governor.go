package domain

import "time"

// LongestWindow is how far back the caps count.
const LongestWindow = 24 * time.Hour

// ClockSlack is how far ahead the time of a message may lie and still count.
// What lies further ahead is of a clock that has been set back since.
const ClockSlack = time.Minute

// Usage is what an account has lately done and been told, as far as the governor
// asks for it.
type Usage struct {
	Ready      time.Time // the gap after its last message ends
	WaitUntil  time.Time // Telegram asked for silence until then
	WaitReason string
	Warm       time.Time // when it was first connected
	DayEnds    time.Time // of its organization's day, on which nothing more may go out; zero: something may
	// NthLast is the time of the account's n-th last message (1: the last), the
	// zero time when there were fewer. It looks no further back than LongestWindow,
	// and no further ahead than ClockSlack.
	NthLast func(n int) (time.Time, error)
}

// Limit reports whether a limit of ours holds the account up, not its ordinary
// gap and not Telegram.
func (g Gate) Limit() bool {
	return g.Reason == CodeHourCap || g.Reason == CodeDayCap || g.Reason == CodeOrgDay || g.Reason == CodeQuiet
}

// Gate is when an account may send next, and what holds it up until then: one of
// Telegram's codes or of ours. Reason is empty where only the ordinary gap holds
// it up.
type Gate struct {
	At     time.Time
	Reason string
}

// Gate is the governor: the first moment from now on at which an account may
// send. Everything that goes out of an account passes here, and a Gate that is
// not in the future lets one message through. Its limits are exact: a cap of n
// in an hour lets the next message out one hour after the n-th last one, to the
// millisecond, because their times are of when Telegram had answered.
func (p Pace) Gate(u Usage, h Hours, now time.Time) (Gate, error) {
	g := Gate{At: now}
	later := func(at time.Time, why string) {
		if at.After(g.At) {
			g = Gate{At: at, Reason: why}
		}
	}
	if u.Ready.Before(now.Add(LongestGap + time.Second)) { // else the clock was set back: no gap is that long
		later(u.Ready, "")
	}
	later(u.WaitUntil, u.WaitReason)
	for _, c := range []struct {
		limit  int
		window time.Duration
		why    string
	}{{p.PerHour, time.Hour, CodeHourCap}, {p.PerDay, LongestWindow, CodeDayCap}} {
		limit, rises := Warming(c.limit, u.Warm, now)
		if limit == 0 {
			continue
		}
		first, err := u.NthLast(limit)
		if err != nil {
			return Gate{}, err
		}
		if first.IsZero() {
			continue
		}
		free := first.Add(c.window)
		if !rises.IsZero() && rises.Before(free) {
			free = rises // more may go out then: ask again
		}
		later(free, c.why)
	}
	later(u.DayEnds, CodeOrgDay)
	quiet := CodeQuiet
	if g.Reason == CodeOrgDay && h.Open(now) {
		quiet = CodeOrgDay // that of the night is not why nothing goes out now
	}
	later(h.Next(g.At), quiet)
	return g, nil
}

// ChatGate is the first moment from now on at which a delivery may go to its
// chat. left is when a message of this very delivery last left without an
// answer: the gap after that is its own, which it need not keep, since the same
// random id is the same message. A gap that would last much longer than a whole one is
// of a clock that has been set back since, or of another pace: it is over.
// Silence that Telegram asked for is kept by all.
func (p Pace) ChatGate(d Dialog, left, now time.Time) time.Time {
	gap := d.WaitReason == CodeChatGap
	own := gap && !left.IsZero() && !d.WaitUntil.After(left.Add(p.ChatGap))
	stale := gap && d.WaitUntil.After(now.Add(p.ChatGap+ClockSlack))
	if own || stale || !d.WaitUntil.After(now) {
		return now
	}
	return d.WaitUntil
}
