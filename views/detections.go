package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// The ids of what a live stream renews.
const (
	DetectionsID    = "detections"
	DetectionListID = "detection-list"
	DetectionNewsID = "detection-news"
)

// DetectionsPageSize is how many detections one page shows.
const DetectionsPageSize = 50

// ReviewOpen is the value of the filter for what nobody has reviewed.
const ReviewOpen = "open"

// DetectionsPage is a page of the detections, newest first.
type DetectionsPage struct {
	Now        time.Time
	Detections []domain.Detection
	Total      int
	Page       int
	Filter     domain.DetectionFilter
	Sender     domain.Sender         // that the filter is for
	Groups     []domain.WatchedGroup // to filter by
	Hint       WatchHint
	URL        *url.URL // with the filters
}

// LiveURL is the address of the page's stream: the filters, and how many
// detections there were.
func (p DetectionsPage) LiveURL() string {
	u := *p.URL
	u.Path = string(NavWatch) + "/live"
	return with(&u, "total", itoa(int64(p.Total)))
}

// DetectionRowID is the id of a detection's row.
func DetectionRowID(id int64) string { return "detection-" + itoa(id) }

// fileURL is the address of what the page lists, all of it, as a file.
func (p DetectionsPage) fileURL(kind string) string {
	u := url.URL{Path: string(NavWatch) + "/detections." + kind, RawQuery: p.URL.RawQuery}
	return with(&u, "page", "")
}

// DetectionURL is the address of a detection's page.
func DetectionURL(id int64) string { return string(NavWatch) + "/detections/" + itoa(id) }

// filtered reports whether anything narrows the list down.
func (p DetectionsPage) filtered() bool {
	return p.Filter.Search != "" || p.Filter.SenderID != 0 || p.more() > 0
}

// more counts the filters that are folded away.
func (p DetectionsPage) more() (n int) {
	f := p.Filter
	for _, on := range []bool{f.Severity != filter.None, f.Rule != "", f.ChatID != 0, f.Review != "" || f.Open, f.Marked, !f.From.IsZero(), !f.To.IsZero()} {
		if on {
			n++
		}
	}
	return n
}

// review is the value of the filter by review.
func (p DetectionsPage) review() string {
	if p.Filter.Open {
		return ReviewOpen
	}
	return string(p.Filter.Review)
}

func (p DetectionsPage) severity() string {
	if p.Filter.Severity == filter.None {
		return ""
	}
	return p.Filter.Severity.String()
}

func (p DetectionsPage) group() string {
	if p.Filter.ChatID == 0 {
		return ""
	}
	return peerValue(domain.PeerID(p.Filter.ChatID))
}

// everybody is the list's address with all filters but the one for a sender.
func (p DetectionsPage) everybody() string { return with(p.URL, "sender", "", "page", "") }

// period is one of the usual times that the list is narrowed down to.
type period struct {
	from, word string
	on         bool
}

// periods are the last days up to today, and all of them.
func (p DetectionsPage) periods(ctx context.Context) []period {
	today := p.Now.In(locale.Zone(ctx))
	since := func(days int, word string) period {
		from := day(ctx, today.AddDate(0, 0, 1-days), false)
		return period{from, word, p.Filter.To.IsZero() && from == day(ctx, p.Filter.From, false)}
	}
	return []period{
		since(1, locale.T(ctx, "watch.period.today")), since(7, locale.N(ctx, "time.days", 7)), since(30, locale.N(ctx, "time.days", 30)),
		{"", locale.T(ctx, "watch.period.any"), p.Filter.From.IsZero() && p.Filter.To.IsZero()},
	}
}

// others is how many more detections of a row's sender there are; where the list
// is about one sender nobody asks.
func (p DetectionsPage) others(s domain.Sender) int {
	if p.Filter.SenderID != 0 {
		return 0
	}
	return max(0, s.Detections-1)
}

func ruleOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "watch.filter.any_rule")}}
	for _, r := range filter.Rules() {
		if r != filter.PhoneRequired { // it never hits
			out = append(out, ui.Option{Value: string(r), Label: RuleWord(ctx, r)})
		}
	}
	return out
}

// leastSeverityOptions are what a list can be narrowed down to from below.
func leastSeverityOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "watch.filter.any_severity")}}
	for _, s := range []filter.Severity{filter.Medium, filter.High, filter.Critical} {
		word := SeverityWord(ctx, s)
		if s < filter.Critical {
			word = locale.T(ctx, "watch.filter.at_least", "Severity", word)
		}
		out = append(out, ui.Option{Value: s.String(), Label: word})
	}
	return out
}

func reviewOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "watch.filter.any_review")}}
	for _, r := range []string{ReviewOpen, string(domain.ReviewRight), string(domain.ReviewWrong)} {
		out = append(out, ui.Option{Value: r, Label: locale.T(ctx, "watch.review."+r)})
	}
	return out
}

// groupOptions are the groups that listening accounts are in, and the one that
// the list is narrowed down to.
func groupOptions(ctx context.Context, p DetectionsPage) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "watch.filter.any_group")}}
	chosen := false
	for _, g := range p.Groups {
		out = append(out, ui.Option{Value: peerValue(g.ID), Label: ui.Visible(g.Title)})
		chosen = chosen || int64(g.ID) == p.Filter.ChatID
	}
	if id := p.Filter.ChatID; id != 0 && !chosen {
		title := "№" + itoa(id)
		for _, d := range p.Detections {
			title = d.ChatTitle // all of them are in it
		}
		out = append(out, ui.Option{Value: p.group(), Label: ui.Visible(title)})
	}
	return out
}
