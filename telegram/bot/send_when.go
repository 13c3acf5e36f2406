package bot

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// start is a time as it was typed.
type start struct {
	at        time.Time
	dayOnly   bool // at is the beginning of that day
	clockOnly bool // of no day in particular
}

var (
	dateForm = regexp.MustCompile(`^(\d{1,2})[./](\d{1,2})(?:[./](?:20)?(\d{2}))?$`)
	hourForm = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))?(?:da|да)?$`)
	// fromNow is what stands around a length of time after which it is to start.
	fromNow = regexp.MustCompile(`^(?:(?:через|in)\s+)?(.*?)(?:\s+(?:keyin|soʻng|кейин|сўнг))?$`)
)

// dayWords are days by name, from today on.
var dayWords = map[string]int{
	"bugun": 0, "бугун": 0, "сегодня": 0, "today": 0,
	"ertaga": 1, "эртага": 1, "завтра": 1, "tomorrow": 1,
	"indinga": 2, "индинга": 2, "послезавтра": 2,
}

// clockWords stand around a clock: what they stand around is no day.
var clockWords = []string{"soat", "соат", "da", "да", "в", "at"}

// farBack is how long ago a day without a year may lie to be one of this year: before
// that next year's is meant.
const farBack = 183 * 24 * time.Hour

// readStart reads "18:30", "25.11", "25.11 18:30", "25.11.2026 18:30", "ertaga 18:30"
// and "2 soatdan keyin", in the zone of now. A clock alone is of that day, or of today
// for the zero time.
func readStart(text string, now, day time.Time) (s start, ok bool) {
	text = figures(text)
	if d, ok := readAfter(text); ok {
		return start{at: now.Add(d).Truncate(time.Minute)}, d > 0
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	all := len(words)
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(clockWords, w) })
	isClock := len(words) < all || !day.IsZero() // one number alone
	if len(words) == 0 || len(words) > 2 {
		return s, false
	}
	y, m, d := day.Date()
	if day.IsZero() {
		y, m, d = now.Date()
	}
	if len(words) == 1 {
		hour, minute, ok := readClock(words[0], isClock)
		if _, _, _, date := readDay(words[0], now); ok && (isClock || !date) {
			return start{at: time.Date(y, m, d, hour, minute, 0, 0, now.Location()), clockOnly: day.IsZero()}, true
		}
	}
	if y, m, d, ok = readDay(words[0], now); !ok {
		return s, false
	}
	if len(words) == 1 {
		return start{at: time.Date(y, m, d, 0, 0, 0, 0, now.Location()), dayOnly: true}, true
	}
	hour, minute, ok := readClock(words[1], true)
	return start{at: time.Date(y, m, d, hour, minute, 0, 0, now.Location())}, ok
}

// readAfter reads a length of time with its unit, after which something is to start.
func readAfter(text string) (d time.Duration, ok bool) {
	span := fromNow.FindStringSubmatch(text)[1]
	if _, unit := unitOf(span); unit && span != text { // as in через час
		span = "1 " + span
	}
	d, ok = readInterval(span)
	return d, ok && strings.ContainsFunc(span, unicode.IsLetter)
}

// readClock reads "18:30" and "18.30", and "18" where that can be nothing else.
func readClock(word string, alone bool) (hour, minute int, ok bool) {
	m := hourForm.FindStringSubmatch(word)
	if m == nil || m[2] == "" && !alone {
		return 0, 0, false
	}
	hour, _ = strconv.Atoi(m[1])
	minute, _ = strconv.Atoi(m[2]) // "" is 0
	return hour, minute, hour < 24 && minute < 60
}

// readDay reads a day that there is.
func readDay(word string, now time.Time) (y int, m time.Month, d int, ok bool) {
	if ahead, named := dayWords[word]; named {
		y, m, d = now.Date()
		return y, m, d + ahead, true
	}
	parts := dateForm.FindStringSubmatch(word)
	if parts == nil {
		return 0, 0, 0, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(parts[i]); return v }
	y, m, d = dayOf(n(1), n(2), n(3), now)
	at := time.Date(y, m, d, 12, 0, 0, 0, now.Location())
	return y, m, d, at.Day() == d && at.Month() == m
}

// dayOf is a day with the year that is meant when none was said (0).
func dayOf(d, mon, y int, now time.Time) (int, time.Month, int) {
	if y != 0 {
		return 2000 + y, time.Month(mon), d
	}
	y = now.Year()
	if now.Sub(time.Date(y, time.Month(mon), d, 12, 0, 0, 0, now.Location())) > farBack {
		y++
	}
	return y, time.Month(mon), d
}
