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
	DetectionsID     = "detections"
	DetectionListID  = "detection-list"
	DetectionNewsID  = "detection-news"
	detectionListURL = string(NavWatch)
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
	q := p.URL.Query()
	q.Del("page")
	u := url.URL{Path: string(NavWatch) + "/detections." + kind, RawQuery: q.Encode()}
	return u.String()
}

// DetectionURL is the address of a detection's page.
func DetectionURL(id int64) string { return string(NavWatch) + "/detections/" + itoa(id) }

// filtered reports whether anything narrows the list down.
func (p DetectionsPage) filtered() bool {
	f := p.Filter
	f.Offset, f.Limit = 0, 0
	return f != (domain.DetectionFilter{})
}

// more counts the filters that are folded away.
func (p DetectionsPage) more() (n int) {
	f := p.Filter
	for _, on := range []bool{f.ChatID != 0, f.Review != "" || f.Open, f.Marked, !f.From.IsZero(), !f.To.IsZero()} {
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

// whole is the list's address with all filters but the one for a sender.
func (p DetectionsPage) everybody() string {
	u := *p.URL
	query := u.Query()
	query.Del("sender")
	query.Del("page")
	u.RawQuery = query.Encode()
	return u.RequestURI()
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
