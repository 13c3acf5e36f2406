package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// PaceForm is a pace as it is typed.
type PaceForm struct {
	GapMin, GapMax               string // seconds
	ChatGap, ChatGapUnit         string // the units are those of IntervalUnits
	PerHour, PerDay              string
	MinInterval, MinIntervalUnit string
}

// TypedPace is a pace as a form shows it.
func TypedPace(p domain.Pace) PaceForm {
	f := PaceForm{
		GapMin: seconds(p.GapMin), GapMax: seconds(p.GapMax),
		PerHour: strconv.Itoa(p.PerHour), PerDay: strconv.Itoa(p.PerDay),
	}
	f.ChatGap, f.ChatGapUnit = typedLength(p.ChatGap)
	f.MinInterval, f.MinIntervalUnit = typedLength(p.MinInterval)
	return f
}

// seconds is a number of seconds as a form has it, with a point.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// typedLength is a length of time as a number and its unit; parts of a second
// stay.
func typedLength(d time.Duration) (number, unit string) {
	if d%time.Second != 0 {
		return seconds(d), IntervalUnits[0].Name
	}
	n, unit := SplitInterval(d)
	return itoa(n), unit
}

// paceHints is what stands below each field of a pace.
type paceHints struct {
	gap, chatGap, perHour, perDay, minInterval string
}

// grantedHints say how fast the service lets an organization be.
func grantedHints(ctx context.Context, g domain.Pace) paceHints {
	least := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return locale.T(ctx, "settings.least", "Least", length(ctx, d))
	}
	most := func(n int) string {
		if n == 0 {
			return locale.T(ctx, "settings.zero")
		}
		return locale.T(ctx, "settings.most", "Most", n)
	}
	return paceHints{
		gap:     join(locale.T(ctx, "settings.gap_hint"), least(g.GapMin)),
		chatGap: join(locale.T(ctx, "settings.chat_gap_hint"), least(g.ChatGap)),
		perHour: most(g.PerHour), perDay: most(g.PerDay),
		minInterval: join(locale.T(ctx, "settings.interval_hint"), least(g.MinInterval)),
	}
}

// grantingHints stand where the service says how fast an organization may be.
func grantingHints(ctx context.Context) paceHints {
	zero := locale.T(ctx, "settings.zero")
	return paceHints{gap: locale.T(ctx, "service.granted.gap_hint"), perHour: zero, perDay: zero}
}

// join puts the sentences that are there after each other.
func join(sentences ...string) string {
	var out []string
	for _, s := range sentences {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// length is a length of time in words; what is shorter than a second keeps its
// fraction.
func length(ctx context.Context, d time.Duration) string {
	if d < time.Second && d > 0 {
		return locale.T(ctx, "settings.seconds", "Seconds", secondsWords(ctx, d))
	}
	return locale.Duration(ctx, d)
}

// gapWords is the gap between two messages.
func gapWords(ctx context.Context, p domain.Pace) string {
	if p.GapMin == p.GapMax {
		return length(ctx, p.GapMin)
	}
	return locale.T(ctx, "settings.seconds", "Seconds", secondsWords(ctx, p.GapMin)+"–"+secondsWords(ctx, p.GapMax))
}

// secondsWords is a number of seconds as people write it: 0,5, in English 0.5.
func secondsWords(ctx context.Context, d time.Duration) string {
	if locale.Lang(ctx) == "en" {
		return seconds(d)
	}
	return strings.Replace(seconds(d), ".", ",", 1)
}

// capWords is a cap on messages.
func capWords(ctx context.Context, n int) string {
	if n == 0 {
		return locale.T(ctx, "settings.no_cap")
	}
	return locale.Num(ctx, n)
}

// paceWords say what a pace comes to.
func paceWords(ctx context.Context, p domain.Pace) string {
	var hour string
	switch most := perHour(p); {
	case p.PerHour > 0 && (most == 0 || p.PerHour <= most):
		hour = locale.N(ctx, "settings.means.most", p.PerHour)
	case most > 0:
		hour = locale.N(ctx, "settings.means.about", roundly(most))
	default:
		hour = locale.T(ctx, "settings.means.free")
	}
	if p.PerDay == 0 {
		return hour
	}
	return join(hour, locale.N(ctx, "settings.means.day", p.PerDay))
}

// perHour is how many messages the gaps alone leave room for; 0: no end of them.
func perHour(p domain.Pace) int {
	if p.Mean() <= 0 {
		return 0
	}
	return int(time.Hour / p.Mean())
}

// roundly is a number with its first two digits alone.
func roundly(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

// warmWords say what a fresh number begins with.
func warmWords(ctx context.Context, p domain.Pace) string {
	if p.PerHour == 0 && p.PerDay == 0 {
		return locale.T(ctx, "settings.warm.none")
	}
	var first []string
	day := time.Unix(0, 0) // any day: it is the first one
	if n, _ := domain.Warming(p.PerHour, day, day); n > 0 {
		first = append(first, locale.N(ctx, "settings.warm.hour", n))
	}
	if n, _ := domain.Warming(p.PerDay, day, day); n > 0 {
		first = append(first, locale.N(ctx, "settings.warm.day", n))
	}
	return locale.T(ctx, "settings.warm.first", "Caps", strings.Join(first, ", "))
}
