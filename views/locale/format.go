package locale

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// nbsp keeps a number and its group, or a number and its unit, on one line.
const nbsp = "\u00a0"

// Num writes a whole number with its thousands grouped.
func Num(ctx context.Context, n int) string {
	digits, sign := strconv.Itoa(n), ""
	if n < 0 {
		digits, sign = digits[1:], "−"
	}
	group := nbsp
	if Lang(ctx) == "en" {
		group = ","
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Percent writes part of whole, rounded down, so that 100 % means all. Nothing
// of nothing is 0 %.
func Percent(ctx context.Context, part, whole int) string {
	p := 0
	if whole > 0 {
		p = part * 100 / whole
	}
	if Lang(ctx) == "en" {
		return strconv.Itoa(p) + "%"
	}
	return strconv.Itoa(p) + nbsp + "%"
}

// Date is the day: 20.11.2026, in English 20 Nov 2026.
func Date(ctx context.Context, t time.Time) string { return format(ctx, t, dateLayout(ctx)) }

// Clock is the time of day to the minute: 15:04.
func Clock(ctx context.Context, t time.Time) string { return format(ctx, t, "15:04") }

// ClockSeconds is the time of day to the second: 15:04:05.
func ClockSeconds(ctx context.Context, t time.Time) string { return format(ctx, t, "15:04:05") }

// DateTime is the day and the time to the minute.
func DateTime(ctx context.Context, t time.Time) string {
	return format(ctx, t, dateLayout(ctx)+" 15:04")
}

// Exact is a time to the second with its distance from UTC, for titles.
func Exact(ctx context.Context, t time.Time) string {
	return format(ctx, t, dateLayout(ctx)+" 15:04:05 (-07:00)")
}

// When is the time as people say it at the moment now: only the clock within
// the same day, "tomorrow 09:00" or "yesterday 09:00" beside it, and else the
// whole date.
func When(ctx context.Context, now, t time.Time) string {
	if t.IsZero() {
		return none
	}
	now, t = now.In(Zone(ctx)), t.In(Zone(ctx))
	clock := Clock(ctx, t)
	switch sameDay := func(days int) bool {
		y, m, d := now.AddDate(0, 0, days).Date()
		ty, tm, td := t.Date()
		return y == ty && m == tm && d == td
	}; {
	case sameDay(0):
		return clock
	case sameDay(1):
		return T(ctx, "time.tomorrow", "Clock", clock)
	case sameDay(-1):
		return T(ctx, "time.yesterday", "Clock", clock)
	}
	return DateTime(ctx, t)
}

// Duration writes a length of time in its two largest units, rounded to
// seconds: "2 hours 5 minutes". Less than a second, and less than nothing, is
// "0 seconds".
func Duration(ctx context.Context, d time.Duration) string {
	s := int(max(0, d.Round(time.Second)) / time.Second)
	units := []struct {
		key string
		n   int
	}{
		{"time.days", s / 86400},
		{"time.hours", s / 3600 % 24},
		{"time.minutes", s / 60 % 60},
		{"time.seconds", s % 60},
	}
	for i, u := range units {
		if u.n == 0 {
			continue
		}
		out := N(ctx, u.key, u.n)
		if i+1 < len(units) && units[i+1].n > 0 {
			out += " " + N(ctx, units[i+1].key, units[i+1].n)
		}
		return out
	}
	return N(ctx, "time.seconds", 0)
}

// none stands where there is no time yet.
const none = "—"

// format writes t in the zone of ctx; the zero time is a dash.
func format(ctx context.Context, t time.Time, layout string) string {
	if t.IsZero() {
		return none
	}
	return t.In(Zone(ctx)).Format(layout)
}

func dateLayout(ctx context.Context) string {
	if Lang(ctx) == "en" {
		return "2 Jan 2006"
	}
	return "02.01.2006"
}
