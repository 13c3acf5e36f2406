package domain

import "time"

// ReportDays are the lengths of a report that one press chooses, in days up to
// today; the first is the usual one.
var ReportDays = []int{7, 14, 30, 90}

// MostReportDays is how many days one report covers at most.
const MostReportDays = 366

// LatestDays is from the beginning of a day to the end of today, that many days
// in the zone.
func LatestDays(now time.Time, zone *time.Location, days int) (from, to time.Time) {
	y, m, d := now.In(zone).Date()
	return StartOfDay(y, m, d+1-days, zone), StartOfDay(y, m, d+1, zone)
}

// CheckReport answers Invalid on the field "to" for a time that ends before it
// begins, or is longer than a report covers.
func CheckReport(from, to time.Time) error {
	switch {
	case !from.Before(to):
		return E(Invalid, "report.order").On("to")
	case to.Sub(from) > MostReportDays*24*time.Hour+time.Hour: // clocks may change
		return E(Invalid, "report.long", "Most", MostReportDays).On("to")
	}
	return nil
}

// StartOfDay is the first moment of a day, also where the clocks skip midnight:
// [time.Date] may then answer a moment of the day before.
func StartOfDay(y int, m time.Month, d int, zone *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if t.Hour() > 12 {
		_, t = t.ZoneBounds()
	}
	return t
}
