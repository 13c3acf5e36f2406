package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// start is a time as it was typed.
type start struct {
	at        time.Time
	dayOnly   bool // at is the beginning of that day
	clockOnly bool // of no day in particular
}

var startForm = regexp.MustCompile(`^(?:(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?|(\p{L}+))?[\s,]*(?:(\d{1,2})[:.](\d{2}))?$`)

// dayWords are days by name, from today on.
var dayWords = map[string]int{
	"bugun": 0, "бугун": 0, "сегодня": 0, "today": 0,
	"ertaga": 1, "эртага": 1, "завтра": 1, "tomorrow": 1,
	"indinga": 2, "индинга": 2, "послезавтра": 2,
}

// farBack is how long ago a day without a year may lie to be one of this year: before
// that next year's is meant.
const farBack = 183 * 24 * time.Hour

// readStart reads "18:30", "25.11", "25.11 18:30", "25.11.2026 18:30" and "ertaga
// 18:30", in the zone of now. A clock alone is of that day, or of today for the zero
// time.
func readStart(text string, now, day time.Time) (s start, ok bool) {
	m := startForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil || strings.TrimSpace(text) == "" {
		return s, false
	}
	zone := now.Location()
	y, mon, d := now.Date()
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v } // "" is 0
	ahead, named := dayWords[m[4]]
	switch {
	case m[1] != "":
		y, mon, d = dayOf(n(1), n(2), n(3), now)
		if check := time.Date(y, mon, d, 12, 0, 0, 0, zone); check.Day() != d || check.Month() != mon {
			return s, false
		}
	case named:
		d += ahead
	case m[4] != "":
		return s, false
	case day.IsZero():
		s.clockOnly = true
	default:
		y, mon, d = day.Date()
	}
	if m[5] == "" {
		s.dayOnly, s.at = true, time.Date(y, mon, d, 0, 0, 0, 0, zone)
		return s, true
	}
	s.at = time.Date(y, mon, d, n(5), n(6), 0, 0, zone)
	return s, n(5) < 24 && n(6) < 60
}

// dayOf is a day with the year that is meant when none was said (0).
func dayOf(d, mon, y int, now time.Time) (int, time.Month, int) {
	if y == 0 {
		y = now.Year()
		if now.Sub(time.Date(y, time.Month(mon), d, 12, 0, 0, 0, now.Location())) > farBack {
			y++
		}
	}
	return y, time.Month(mon), d
}
