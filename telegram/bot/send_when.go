package bot

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// start is a time as it was typed.
type start struct {
	at        time.Time
	now       bool // instead of at
	dayOnly   bool // at is the beginning of that day
	clockOnly bool // of no day in particular
}

// What is said of a text that is no time.
const (
	startUnclear = "bot.send.start_unclear"
	startNoDay   = "bot.send.start_no_day"
	startNoClock = "bot.send.start_no_clock"
)

// readStart reads "18:30", "25.11", "25.11 18:30", "25 ноября 18:30", "ertaga soat 9 da",
// "в понедельник в 7 вечера", "2 soatdan keyin" and "hozir", in the zone of now. A clock
// alone is of that day, or of today for the zero time. What cannot be read has the key
// of what is wrong with it.
func readStart(text string, now, day time.Time) (s start, wrong string) {
	text = figures(text)
	if slices.Contains(nowWords, strings.TrimRight(text, ".!")) {
		return start{now: true}, ""
	}
	if d, sure, ok := readAfter(text); ok && (sure || day.IsZero()) {
		if d <= 0 || !sure && d%time.Hour == 0 { // "9 часов" is a clock to some
			return s, startUnclear
		}
		return start{at: now.Add(d).Truncate(time.Minute)}, ""
	}
	h := heard{now: now, chosen: day}
	for _, w := range wordsOf(text) {
		if !h.take(w) {
			return s, startUnclear
		}
	}
	return h.start()
}

// fromNow is what stands around a length of time after which it is to start.
var fromNow = regexp.MustCompile(`^(?:(?:через|in)\s+)?(.*?)(?:\s+(?:keyin|soʻng|кейин|сўнг))?$`)

// readAfter reads a length of time with its unit, after which something is to start;
// sure tells that a word around it says so.
func readAfter(text string) (d time.Duration, sure, ok bool) {
	span := fromNow.FindStringSubmatch(text)[1]
	sure = span != text
	if _, unit := unitOf(span); unit && sure { // as in через час
		span = "1 " + span
	}
	d, ok = readSpan(span)
	return d, sure, ok && strings.ContainsFunc(span, unicode.IsLetter)
}

var (
	glued  = regexp.MustCompile(`(\d)-?(\p{L})`) // as in 9ga and 25-noyabr
	dashes = strings.NewReplacer("–", "-", "—", "-")
)

func wordsOf(text string) []string {
	text = glued.ReplaceAllString(dashes.Replace(text), "$1 $2")
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	for i, w := range words {
		words[i] = strings.TrimRight(w, ".!")
	}
	return words
}
