package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"postix/domain"
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
	amountForm = regexp.MustCompile(`^(\d{1,12})(?:[.,](\d{1,3}))?\s*(\p{L}*)\.?\s*`)
	// everyForm is what stands around a length of time that is between two rounds: "har",
	// "раз в", or "-da bir marta".
	everyForm = regexp.MustCompile(`^(?:(?:har|ҳар|хар|кажд(?:ый|ая|ую|ое|ые)|(?:1 )?раз в|(?:once )?(?:every|an?|per))\s+)?(.+?)(?:(?:da|iga|да|ига)\s+1(?:\s+(?:marta|марта))?)?$`)
)

// farInterval is longer than any that may be, and lies farther ahead than any start: what
// is longer still reads as it.
const farInterval = 2 * domain.MaxAhead

// readInterval reads how long it is from one round to the next: a length of time, as
// such or in "har 2 soatda", "раз в час", "soatiga bir marta".
func readInterval(text string) (d time.Duration, ok bool) {
	text = figures(text)
	span := text
	if m := everyForm.FindStringSubmatch(text); m != nil {
		span = m[1]
	}
	if _, unit := unitOf(span); unit && span != text { // as in каждый час
		span = "1 " + span
	}
	return readSpan(span)
}

// readSpan reads a length of time as people type it: "45" (minutes), "1:30", "2 soat",
// "1 час 30 мин", "1,5 soat", "yarim soat". Whether it may be that long is another
// question. A fraction of nothing in particular reads as nothing: minutes to some,
// hours to others.
func readSpan(text string) (d time.Duration, ok bool) {
	text = figures(text)
	if rest := strings.TrimLeft(text, "-−–"); rest != text {
		d, ok = readSpan(rest)
		return -d, ok
	}
	if m := clockForm.FindStringSubmatch(text); m != nil {
		hours, _ := strconv.Atoi(m[1])
		minutes, _ := strconv.Atoi(m[2])
		return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, minutes < 60
	}
	for first := true; text != ""; first = false {
		m := amountForm.FindStringSubmatch(text)
		if m == nil {
			return 0, false
		}
		unit, known := unitOf(m[3])
		if !known || m[3] == "" && (!first || m[2] != "" || len(m[0]) != len(text)) {
			return 0, false
		}
		n, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
		if err != nil {
			return 0, false
		}
		d = min(d+time.Duration(min(n*float64(unit), float64(farInterval))).Round(time.Second), farInterval)
		text, ok = text[len(m[0]):], true
	}
	return d, ok
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

// amounts are those that people write in letters.
var amounts = map[string]string{
	"yarim": "0,5", "ярим": "0,5", "half": "0,5", "полтора": "1,5", "полторы": "1,5",
	"bir": "1", "бир": "1", "один": "1", "одна": "1", "одну": "1", "one": "1",
	"ikki": "2", "икки": "2", "два": "2", "две": "2", "two": "2",
	"uch": "3", "уч": "3", "три": "3", "three": "3",
	"toʻrt": "4", "тўрт": "4", "четыре": "4", "four": "4",
	"besh": "5", "беш": "5", "пять": "5", "five": "5",
	"oʻn": "10", "ўн": "10", "десять": "10", "ten": "10",
}

var amountWords = strings.NewReplacer("bir yarim", "1,5", "бир ярим", "1,5", "half an ", "half ", "half a ", "half ", "o'", "oʻ", "o‘", "oʻ", "o`", "oʻ", "o’", "oʻ")

// figures is a text in small letters with its amounts in figures.
func figures(text string) string {
	words := strings.Fields(amountWords.Replace(strings.ToLower(strings.TrimSpace(text))))
	for i, w := range words {
		if n, ok := amounts[w]; ok {
			words[i] = n
		} else if unit, half := strings.CutPrefix(w, "пол"); half && unit != "" && w != "полдень" { // as in полчаса; полдень is noon
			if _, ok := unitOf(unit); ok {
				words[i] = "0,5 " + unit
			}
		}
	}
	return strings.Join(words, " ")
}
