package domain

import (
	"math/bits"
	"time"
)

// Days is a set of weekdays, a bit for each: 1 << time.Weekday.
type Days uint8

// AllDays is the whole week.
const AllDays Days = 1<<7 - 1

// On reports whether the weekday is in the set.
func (d Days) On(w time.Weekday) bool { return d&(1<<w) != 0 }

// Hours is when something may go out: on its Days, outside the quiet hours.
// Quiet hours that end before they begin go over midnight. The zero Hours are
// always open.
type Hours struct {
	QuietFrom, QuietTo int  // minutes of the day, 0 to 1439; equal: no quiet hours
	Days               Days // none: all
	Zone               *time.Location
}

// Check answers Invalid with the form's field for hours that no day has.
func (h Hours) Check() error {
	const day = 24 * 60
	switch {
	case h.Days&AllDays == 0:
		return E(Invalid, "hours.no_day").On("days")
	case h.QuietFrom < 0 || h.QuietFrom >= day:
		return E(Invalid, "hours.time").On("quiet_from")
	case h.QuietTo < 0 || h.QuietTo >= day:
		return E(Invalid, "hours.time").On("quiet_to")
	}
	return nil
}

// always reports whether nothing is ever quiet.
func (h Hours) always() bool {
	return h.QuietFrom == h.QuietTo && (h.Days == 0 || h.Days&AllDays == AllDays)
}

// Open reports whether something may go out at t.
func (h Hours) Open(t time.Time) bool { return h.Next(t).Equal(t) }

// Next is the first moment from t on at which something may go out: t itself
// when it is open.
func (h Hours) Next(t time.Time) time.Time { return h.After(t, 0) }

// After is the moment when something has been open for d since t.
func (h Hours) After(t time.Time, d time.Duration) time.Time {
	if h.always() {
		return t.Add(d)
	}
	if h.Zone == nil {
		h.Zone = time.UTC
	}
	y, m, day := t.In(h.Zone).Date()
	for first := day; ; day++ {
		if day > first && d >= h.week() {
			n := h.weeks(time.Date(y, m, day, 0, 0, 0, 0, h.Zone), d)
			day, d = day+7*n, d-time.Duration(n)*h.week()
		}
		for _, s := range h.spans(y, m, day) {
			from := t
			if s[0].After(t) {
				from = s[0]
			}
			left := s[1].Sub(from)
			if left <= 0 {
				continue
			}
			if d < left {
				return from.Add(d).In(t.Location())
			}
			d -= left
		}
	}
}

// week is how long a week without a change of the clocks is open.
func (h Hours) week() time.Duration {
	const day = 24 * 60
	quiet, days := h.QuietTo-h.QuietFrom, 7
	if quiet < 0 {
		quiet += day
	}
	if h.Days != 0 {
		days = bits.OnesCount8(uint8(h.Days & AllDays))
	}
	return time.Duration(days*(day-quiet)) * time.Minute
}

// weeks is how many whole weeks from midnight on can be passed over at once, of
// those that d of open time fills: none in which the clocks change, or which
// comes near that. Beyond twenty years an hour more or less is no matter, and
// the answer is not put together from a thousand summers and winters.
func (h Hours) weeks(midnight time.Time, d time.Duration) int {
	const day, week, far = 24 * time.Hour, 7 * 24 * time.Hour, 20 * 53
	n := int(d / h.week())
	_, change := midnight.ZoneBounds()
	switch {
	case change.IsZero() || n > far:
		return n
	case midnight.Hour() != 0: // left out by a change
		return 0
	}
	return min(n, max(0, int((change.Sub(midnight)-day)/week)))
}

// spans are the open stretches of a day, in order. Where clocks change, a time
// of day that does not exist is the one that time.Date makes of it.
func (h Hours) spans(y int, m time.Month, d int) [][2]time.Time {
	clock := func(minutes int) time.Time { return time.Date(y, m, d, 0, minutes, 0, 0, h.Zone) }
	const end = 24 * 60
	switch {
	case h.Days != 0 && !h.Days.On(clock(12*60).Weekday()):
		return nil
	case h.QuietFrom == h.QuietTo:
		return [][2]time.Time{{clock(0), clock(end)}}
	case h.QuietFrom < h.QuietTo:
		return [][2]time.Time{{clock(0), clock(h.QuietFrom)}, {clock(h.QuietTo), clock(end)}}
	}
	return [][2]time.Time{{clock(h.QuietTo), clock(h.QuietFrom)}}
}
