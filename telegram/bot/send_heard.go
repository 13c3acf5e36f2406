package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// heard is what the words of a text have said of a time so far.
type heard struct {
	now, chosen time.Time
	pairs       []pair     // days and clocks
	numbers     []int      // alone
	beside      bool       // the last word is one of them
	month       time.Month // named before its day
	part        *partOfDay
	aClock      bool // something is a clock
	noDay       bool // and what has a point in it is
}

// numberForm is a number alone, or a pair; what has a year is a day.
var numberForm = regexp.MustCompile(`^(\d{1,2})(?:([:./-])(\d{1,2})(?:[./-](?:20)?(\d{2}))?)?$`)

// take hears a word, or reports that it means nothing here.
func (h *heard) take(w string) bool {
	beside := h.beside
	h.beside = false
	if between, is := idleWords[w]; is {
		h.beside = beside && between
		return true
	}
	if sure, is := clockWords[w]; is {
		h.aClock, h.noDay = true, h.noDay || sure
		return true
	}
	if part, is := partWords[w]; is {
		twice := h.part != nil
		h.part, h.aClock, h.noDay = &part, true, true
		return !twice
	}
	if days, is := dayWords[w]; is {
		h.takeDay(h.now.AddDate(0, 0, days))
		return true
	}
	if i, is := placeOf(w, weekdays); is {
		h.takeDay(h.now.AddDate(0, 0, ahead(h.now.Weekday(), time.Weekday(i))))
		return true
	}
	if i, is := placeOf(w, months); is {
		twice := h.month != 0
		h.month = time.Month(i + 1)
		if last := len(h.numbers) - 1; beside {
			h.takeMonth(h.numbers[last])
			h.numbers = h.numbers[:last]
		}
		return !twice
	}
	return h.takeNumber(w)
}

func (h *heard) takeDay(day time.Time) {
	h.pairs = append(h.pairs, pair{a: day.Day(), b: int(day.Month()), year: day.Year(), mark: "/"})
}

// takeMonth has the day of the month that was named.
func (h *heard) takeMonth(day int) {
	h.pairs = append(h.pairs, pair{a: day, b: int(h.month), mark: "/"})
	h.month = 0
}

func (h *heard) takeNumber(w string) bool {
	if last := len(h.pairs) - 1; last >= 0 && len(w) == 4 && strings.HasPrefix(w, "20") && h.pairs[last].mark == "/" && h.pairs[last].year == 0 {
		year, err := strconv.Atoi(w)
		h.pairs[last].year = year
		return err == nil
	}
	m := numberForm.FindStringSubmatch(w)
	if m == nil {
		return false
	}
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[3])
	switch {
	case m[2] == "" && h.month != 0:
		h.takeMonth(a)
	case m[2] == "":
		h.numbers, h.beside = append(h.numbers, a), true
	case m[2] == ":" && (m[4] != "" || len(m[3]) < 2):
		return false
	case m[4] != "":
		year, _ := strconv.Atoi(m[4])
		h.pairs = append(h.pairs, pair{a: a, b: b, year: 2000 + year, mark: "/"})
	default:
		h.pairs = append(h.pairs, pair{a: a, b: b, mark: m[2], short: len(m[3]) < 2})
	}
	return true
}

// start is what all the words say together.
func (h *heard) start() (s start, wrong string) {
	if h.month != 0 || !h.takeHour() {
		return s, startUnclear
	}
	days, clocks, ok := h.sides()
	if !ok || len(days) > 1 || len(clocks) > 1 || len(days)+len(clocks) == 0 {
		return s, startUnclear
	}
	day := h.now
	if !h.chosen.IsZero() {
		day = h.chosen
	}
	if len(days) > 0 {
		if day, ok = days[0].day(h.now); !ok {
			return s, startNoDay
		}
	}
	y, m, d := day.Date()
	if len(clocks) == 0 {
		return start{at: time.Date(y, m, d, 0, 0, 0, 0, h.now.Location()), dayOnly: true}, ""
	}
	c := clocks[0]
	if !c.clear() {
		return s, startUnclear
	}
	if !c.isClock() {
		return s, startNoClock
	}
	if h.part != nil {
		if c.a, ok = h.part.hour(c.a); !ok {
			return s, startUnclear
		}
	}
	return start{at: time.Date(y, m, d, c.a, c.b, 0, 0, h.now.Location()), clockOnly: len(days) == 0 && h.chosen.IsZero()}, ""
}

// takeHour makes a number alone an hour where it can be nothing else.
func (h *heard) takeHour() bool {
	if len(h.numbers) == 0 {
		return true
	}
	n := h.numbers[0]
	h.pairs = append(h.pairs, pair{a: n, mark: ":"})
	return len(h.numbers) == 1 && n < 24 && (h.aClock || len(h.pairs) > 1 || !h.chosen.IsZero())
}

// sides tells days from clocks. Two numbers with a point between them are a day
// wherever they can be one, and no clock and no other day is said; with a dash, it is
// not clear then.
func (h *heard) sides() (days, clocks []pair, ok bool) {
	for _, p := range h.pairs {
		switch p.mark {
		case "/":
			days = append(days, p)
		case ":":
			clocks = append(clocks, p)
		}
	}
	alone := len(h.pairs) == 1
	for _, p := range h.pairs {
		_, isDay := p.day(h.now)
		switch {
		case p.mark == "/" || p.mark == ":":
		case len(days) > 0, alone && p.a < 24 && (h.noDay || !h.chosen.IsZero()):
			clocks = append(clocks, p)
		case alone && p.a < 24 && isDay && p.mark == "-":
			return nil, nil, false
		case len(clocks) > 0, isDay, !p.isClock() && p.b <= 12:
			days = append(days, p)
		default:
			clocks = append(clocks, p)
		}
	}
	return days, clocks, true
}

// pair is two numbers of a text: a day with its month, or an hour with its minutes.
type pair struct {
	a, b, year int    // year is 0 if none was said
	mark       string // between them: "/" is a day's, ":" a clock's, "." and "-" either's
	short      bool   // b has one digit
}

// clear reports whether a clock is not half of one, nor from one hour to another, as
// in 9-10.
func (p pair) clear() bool {
	return !p.short && (p.mark != "-" || p.a >= p.b || p.b > 12)
}

func (p pair) isClock() bool { return p.clear() && p.a < 24 && p.b < 60 }

// farBack is how long ago a day without a year may lie to be one of this year: before
// that next year's is meant.
const farBack = 183 * 24 * time.Hour

// day is its noon, if there is such a day.
func (p pair) day(now time.Time) (at time.Time, ok bool) {
	noon := func(year int) time.Time {
		return time.Date(year, time.Month(p.b), p.a, 12, 0, 0, 0, now.Location())
	}
	if p.year != 0 {
		at = noon(p.year)
	} else if at = noon(now.Year()); now.Sub(at) > farBack {
		at = noon(now.Year() + 1)
	}
	return at, at.Day() == p.a && int(at.Month()) == p.b
}
