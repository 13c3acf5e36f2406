package views

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// ReportPeriod is the time that a report is asked for, as the form has it.
type ReportPeriod struct {
	Days     int    // up to today; 0: a range of days
	From, To string // as the fields say, 2026-11-20; To is the last day
	Err      error  // why the fields were refused
}

// query is what in an address asks for the period.
func (p ReportPeriod) query() url.Values {
	if p.Days > 0 {
		return url.Values{"days": {strconv.Itoa(p.Days)}}
	}
	return url.Values{"from": {p.From}, "to": {p.To}}
}

// ReportPage is what the filter found in a time. Without a report the period was
// refused.
type ReportPage struct {
	Period ReportPeriod
	Report *domain.Report
}

// fileURL is the address of the report as a file.
func (p ReportPage) fileURL(format string) string {
	return TabReports.URL() + "." + format + "?" + p.Period.query().Encode()
}

// foundURL leads to the detections of the report's time, narrowed down further.
func foundURL(ctx context.Context, r domain.Report, pairs ...string) string {
	q := url.Values{"from": {day(ctx, r.From, false)}, "to": {day(ctx, r.To, true)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return string(NavWatch) + "?" + q.Encode()
}

// reportSpan is the report's time in words: one day, or the first and the last.
func reportSpan(ctx context.Context, r domain.Report) string {
	first, last := locale.Date(ctx, r.From), locale.Date(ctx, r.To.Add(-time.Nanosecond))
	if first == last {
		return first
	}
	return first + " – " + last
}

// reviewed are the detections that people said something of, and those that they
// called right.
func reviewed(rules []domain.RuleCount) (right, all int) {
	for _, r := range rules {
		right, all = right+r.Right, all+r.Right+r.Wrong
	}
	return right, all
}

// precisionWords say what people said of the detections of a rule.
func precisionWords(ctx context.Context, right, wrong int) string {
	if right+wrong == 0 {
		return locale.T(ctx, "report.not_reviewed")
	}
	return locale.T(ctx, "report.precision_of", "Percent", locale.Percent(ctx, right, right+wrong), "Right", right, "Wrong", wrong)
}

// mostOf is the largest of the counts, at least 1.
func mostOf[T any](all []T, count func(T) int) int {
	most := 1
	for _, x := range all {
		most = max(most, count(x))
	}
	return most
}

func ruleHits(r domain.RuleCount) int            { return r.Hits }
func groupDetections(g domain.GroupCount) int    { return g.Detections }
func senderDetections(s domain.Sender) int       { return s.Detections }
func mostHits(rules []domain.RuleCount) int      { return mostOf(rules, ruleHits) }
func mostInGroup(groups []domain.GroupCount) int { return mostOf(groups, groupDetections) }
func mostOfSender(top []domain.Sender) int       { return mostOf(top, senderDetections) }

// byHits are the rules that hit most often first.
func byHits(rules []domain.RuleCount) []domain.RuleCount {
	out := slices.Clone(rules)
	slices.SortStableFunc(out, func(a, b domain.RuleCount) int { return b.Hits - a.Hits })
	return out
}

// part is a share of the whole as SVG has lengths, "12.50%".
func part(n, whole int) string { return percentage(float64(n) * 100 / float64(whole)) }

func percentage(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }

// dayBars are the days of a report as bars over each other: what was found, and
// in front of it what was answered.
type dayBars struct {
	days []domain.DayCount
	top  int // the value of the upper line
}

func newDayBars(days []domain.DayCount) dayBars {
	most := mostOf(days, func(d domain.DayCount) int { return max(d.Detections, d.Replies) })
	return dayBars{days, roundUp(most)}
}

// roundUp is the next number that is easy to halve and to read: 2, 4, 10, 20,
// 40, 100, ...
func roundUp(n int) int {
	for step := 1; ; step *= 10 {
		for _, nice := range []int{2, 4, 10} {
			if n <= nice*step {
				return nice * step
			}
		}
	}
}

// answers reports whether anything was answered: otherwise nothing is said of it.
func (b dayBars) answers() bool {
	return slices.ContainsFunc(b.days, func(d domain.DayCount) bool { return d.Replies > 0 })
}

// x and width of the i-th bar, inset by part of its place on either side.
func (b dayBars) x(i int, inset float64) string {
	return percentage((float64(i) + inset) * 100 / float64(len(b.days)))
}

func (b dayBars) width(inset float64) string {
	return percentage((1 - 2*inset) * 100 / float64(len(b.days)))
}

// y and height of a bar of n, as parts of the chart's height.
func (b dayBars) y(n int) string      { return percentage(100 - float64(n)*100/float64(b.top)) }
func (b dayBars) height(n int) string { return part(n, b.top) }

// marks are the days that the axis names: the first, one in the middle and the
// last.
func (b dayBars) marks() []domain.DayCount {
	switch n := len(b.days); {
	case n <= 2:
		return b.days
	default:
		return []domain.DayCount{b.days[0], b.days[n/2], b.days[n-1]}
	}
}

func dayWords(ctx context.Context, d domain.DayCount) string {
	return locale.T(ctx, "report.day_words", "Day", locale.Date(ctx, d.Day), "Detections", d.Detections, "Replies", d.Replies, "Messages", d.Messages)
}

// reportURL is the address of the reports.
func reportURL() *url.URL { return &url.URL{Path: TabReports.URL()} }

// groupTitle is how a group is called, by its id where it has no title.
func groupTitle(g domain.GroupCount) string {
	if g.Title == "" {
		return "№" + itoa(g.ChatID)
	}
	return g.Title
}

func periodWord(ctx context.Context, days int) string { return locale.N(ctx, "report.days", days) }

func ruleURL(ctx context.Context, r domain.Report, rule filter.Rule) string {
	return foundURL(ctx, r, "rule", string(rule))
}

// exportBtn is a button that brings a list as a file. The name of the format is
// the same in every language.
func exportBtn(format, name, href string) ui.Btn {
	return ui.Btn{Label: format, Name: name + ": " + format, Icon: "download", Href: href, Attrs: map[string]any{"download": true}}
}
