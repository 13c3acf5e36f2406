package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// intervalUnits are how people begin the names of units, in the four languages and as
// they are said. "s" alone is nobody's: an hour to some, a second to others.
var intervalUnits = []struct {
	begins []string
	is     time.Duration
}{
	{[]string{"soniya", "son", "sek", "sec", "сония", "сон", "сек"}, time.Second},
	{[]string{"daq", "dak", "min", "дақ", "дак", "мин"}, time.Minute},
	{[]string{"soat", "hour", "hr", "соат", "час"}, time.Hour},
	{[]string{"kun", "day", "кун", "ден", "дн", "сут"}, 24 * time.Hour},
	{[]string{"haft", "week", "ҳафт", "хафт", "недел"}, 7 * 24 * time.Hour},
}

// shortUnits stand alone only.
var shortUnits = map[string]time.Duration{
	"": time.Minute, "m": time.Minute, "м": time.Minute, "h": time.Hour, "ч": time.Hour, "d": 24 * time.Hour, "д": 24 * time.Hour,
}

var (
	clockForm  = regexp.MustCompile(`^(\d{1,3}):(\d{2})$`)
	amountForm = regexp.MustCompile(`^(\d{1,6})(?:[.,](\d{1,3}))?\s*(\p{L}*)\.?\s*`)
)

// readInterval reads a length of time as people type it: "45" (minutes), "1:30",
// "2 soat", "1 час 30 мин", "1,5 soat".
func readInterval(text string) (d time.Duration, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if m := clockForm.FindStringSubmatch(text); m != nil {
		hours, _ := strconv.Atoi(m[1])
		minutes, _ := strconv.Atoi(m[2])
		return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, minutes < 60
	}
	for text != "" {
		m := amountForm.FindStringSubmatch(text)
		if m == nil {
			return 0, false
		}
		unit, known := unitOf(m[3])
		if !known || m[3] == "" && (d != 0 || len(m[0]) != len(text)) {
			return 0, false
		}
		n, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
		if err != nil {
			return 0, false
		}
		d += time.Duration(n * float64(unit)).Round(time.Second)
		text = text[len(m[0]):]
	}
	return d, d > 0
}

func unitOf(word string) (time.Duration, bool) {
	if is, ok := shortUnits[word]; ok {
		return is, true
	}
	for _, u := range intervalUnits {
		for _, begins := range u.begins {
			if strings.HasPrefix(word, begins) {
				return u.is, true
			}
		}
	}
	return 0, false
}
