package bot

import (
	"slices"
	"strings"
	"time"
)

// nowWords are the whole of a text that says what the first button does.
var nowWords = []string{"hozir", "hoziroq", "ҳозир", "ҳозироқ", "хозир", "хозирок", "сейчас", "прямо сейчас", "now", "right now"}

// dayWords are days by name, from today on.
var dayWords = map[string]int{
	"bugun": 0, "бугун": 0, "сегодня": 0, "today": 0,
	"ertaga": 1, "эртага": 1, "завтра": 1, "tomorrow": 1,
	"indin": 2, "indinga": 2, "индин": 2, "индинга": 2, "послезавтра": 2,
}

// weekdays begin on Sunday, as time.Weekday does. Their names and those of the months
// stand without their endings.
var weekdays = [][]string{
	{"yakshanba", "якшанба", "воскресень", "вс", "sunday", "sun"},
	{"dushanba", "душанба", "понедельник", "пн", "monday", "mon"},
	{"seshanba", "сешанба", "вторник", "вт", "tuesday", "tue"},
	{"chorshanba", "чоршанба", "сред", "ср", "wednesday", "wed"},
	{"payshanba", "пайшанба", "четверг", "чт", "thursday", "thu"},
	{"juma", "жума", "пятниц", "пт", "friday", "fri"},
	{"shanba", "шанба", "суббот", "сб", "saturday", "sat"},
}

// months begin in January.
var months = [][]string{
	{"yanvar", "yan", "январ", "янв", "january", "jan"},
	{"fevral", "fev", "феврал", "фев", "february", "feb"},
	{"mart", "март", "мар", "march", "mar"},
	{"aprel", "apr", "апрел", "апр", "april"},
	{"may", "май", "мая"},
	{"iyun", "июн", "june", "jun"},
	{"iyul", "июл", "july", "jul"},
	{"avgust", "avg", "август", "авг", "august", "aug"},
	{"sentabr", "sentyabr", "sen", "сентабр", "сентябр", "сент", "сен", "september", "sep"},
	{"oktabr", "oktyabr", "okt", "октабр", "октябр", "окт", "october", "oct"},
	{"noyabr", "noy", "ноябр", "нояб", "ноя", "november", "nov"},
	{"dekabr", "dek", "декабр", "дек", "december", "dec"},
}

var endings = []string{"", "da", "ga", "да", "га", "ь", "я", "а", "у", "е", "ю"}

// placeOf finds a word among names with their endings.
func placeOf(word string, names [][]string) (i int, ok bool) {
	i = slices.IndexFunc(names, func(alike []string) bool {
		return slices.ContainsFunc(alike, func(name string) bool {
			end, begins := strings.CutPrefix(word, name)
			return begins && slices.Contains(endings, end)
		})
	})
	return i, i >= 0
}

// partOfDay is which hours are called so, over midnight where the last is the lesser.
type partOfDay struct{ first, last int }

var (
	inMorning = partOfDay{3, 11}
	byDay     = partOfDay{11, 17}
	inEvening = partOfDay{16, 23}
	atNight   = partOfDay{21, 4}
)

var partWords = map[string]partOfDay{
	"ertalab": inMorning, "эрталаб": inMorning, "утра": inMorning, "утром": inMorning, "morning": inMorning, "am": {0, 11},
	"kunduzi": byDay, "кундузи": byDay, "дня": byDay, "днем": byDay, "днём": byDay, "afternoon": byDay, "pm": {12, 23},
	"kechqurun": inEvening, "кечқурун": inEvening, "кечкурун": inEvening, "kechki": inEvening, "кечки": inEvening,
	"oqshom": inEvening, "оқшом": inEvening, "вечера": inEvening, "вечером": inEvening, "evening": inEvening,
	"kechasi": atNight, "кечаси": atNight, "tunda": atNight, "тунда": atNight, "ночи": atNight, "ночью": atNight, "night": atNight,
}

func (p partOfDay) has(hour int) bool {
	if p.first > p.last {
		return hour >= p.first || hour <= p.last
	}
	return p.first <= hour && hour <= p.last
}

// hour is one of twelve, or of 24, in that part of the day. Twelve at night is of
// neither day for sure.
func (p partOfDay) hour(of int) (hour int, ok bool) {
	if of > 0 && of < 12 && p.has(of+12) {
		if p.has(of) {
			return 0, false
		}
		of += 12
	}
	return of, p.has(of)
}

// clockWords stand around a clock; those that are true, around nothing else.
var clockWords = map[string]bool{
	"soat": true, "соат": true, "в": true, "at": true, "час": true, "часа": true, "часов": true, "ч": true,
	"da": false, "да": false, "ga": false, "га": false, "на": false,
}

// idleWords say nothing by themselves; those that are true stand between a day and its
// month as well.
var idleWords = map[string]bool{
	"го": true, "th": true, "of": true,
	"kuni": false, "куни": false, "во": false, "on": false, "yil": false, "йил": false, "год": false, "года": false, "г": false,
}

// ahead is how many days there are until the next such weekday: today is none.
func ahead(from, to time.Weekday) int { return (int(to-from)+6)%7 + 1 }
