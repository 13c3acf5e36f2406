package handlers

import (
	"context"
	"net/http"
	"slices"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/sheet"
)

func reportRoutes() []Route {
	report, found := views.TabReports.URL(), string(views.NavWatch)+"/detections"
	return []Route{
		get(report, Watcher, (*Handlers).report),
		get(report+".csv", Watcher, reportFile(sheet.CSV)),
		get(report+".xlsx", Watcher, reportFile(sheet.XLSX)),
		get(found+".csv", Watcher, detectionsFile(sheet.CSV)),
		get(found+".xlsx", Watcher, detectionsFile(sheet.XLSX)),
	}
}

func (h *Handlers) report(q *Request) error {
	p := views.ReportPage{}
	var r domain.Report
	var err error
	p.Period, r, err = h.readReport(q)
	if s, ok := Form(err); ok {
		p.Period.Err = err
		return q.Render(s, views.Report(p))
	}
	if err != nil {
		return err
	}
	p.Report = &r
	return q.Render(http.StatusOK, views.Report(p))
}

// readReport reads the report of the time that the query asks for.
func (h *Handlers) readReport(q *Request) (p views.ReportPeriod, r domain.Report, err error) {
	p, from, to, err := h.period(q)
	if err != nil {
		return p, r, err
	}
	r, err = h.Reports.Report(q.Ctx(), q.Actor.User.OrganizationID, from, to, q.Actor.Location())
	return p, r, err
}

// period is the time that the query asks for: a number of days up to today, or
// the days from and to; with one of those, that day alone or up to today.
func (h *Handlers) period(q *Request) (p views.ReportPeriod, from, to time.Time, err error) {
	zone := q.Actor.Location()
	p = views.ReportPeriod{Days: domain.ReportDays[0], From: short(q.Query("from"), 20), To: short(q.Query("to"), 20)}
	if days := int(q.FormInt64("days")); slices.Contains(domain.ReportDays, days) {
		p.Days, p.From, p.To = days, "", ""
	}
	if p.From == "" && p.To == "" {
		from, to = domain.LatestDays(h.Now(), zone, p.Days)
		p.From, p.To = from.In(zone).Format(time.DateOnly), h.Now().In(zone).Format(time.DateOnly)
		return p, from, to, nil
	}
	p.Days = 0
	if p.From == "" {
		p.From = p.To
	}
	if p.To == "" {
		p.To = h.Now().In(zone).Format(time.DateOnly)
	}
	if from, err = startOf(p.From, 0, zone); err != nil {
		return p, from, to, domain.E(domain.Invalid, "report.day").On("from")
	}
	if to, err = startOf(p.To, 1, zone); err != nil {
		return p, from, to, domain.E(domain.Invalid, "report.day").On("to")
	}
	return p, from, to, domain.CheckReport(from, to)
}

// startOf is the beginning of a day that a form names, or of one that many days
// later; the zero time with an error for what is no day.
func startOf(day string, later int, zone *time.Location) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return t, err
	}
	y, m, d := t.Date()
	return domain.StartOfDay(y, m, d+later, zone), nil
}

func reportFile(f sheet.Format) func(*Handlers, *Request) error {
	return func(h *Handlers, q *Request) error {
		p, r, err := h.readReport(q)
		if err != nil {
			return err
		}
		name := "report-" + p.From + "_" + p.To
		return q.Sheet(name, f, func(w sheet.Writer) error { return views.WriteReport(q.Ctx(), w, r) })
	}
}

// detectionsFile brings what the list of detections shows, with its filters and
// without its pages.
func detectionsFile(f sheet.Format) func(*Handlers, *Request) error {
	return func(h *Handlers, q *Request) error {
		name := "detections-" + h.Now().In(q.Actor.Location()).Format(time.DateOnly)
		return q.Sheet(name, f, func(w sheet.Writer) error {
			return writeDetections(q.Ctx(), h.Watch.Store, q.Actor.User.OrganizationID, detectionFilter(q), w)
		})
	}
}

// detectionsAtOnce is how many detections are held in memory for a file.
const detectionsAtOnce = 1000

// writeDetections writes the newest that the filter lets through, page by page.
// Each page begins behind the last one, whatever is found meanwhile.
func writeDetections(ctx context.Context, store domain.WatchStore, organizationID int64, f domain.DetectionFilter, w sheet.Writer) error {
	if err := views.DetectionHead(ctx, w); err != nil {
		return err
	}
	f.Limit = detectionsAtOnce
	for left, all := views.MostInFile, 0; ; {
		ds, total, err := store.Detections(ctx, organizationID, f)
		if err != nil {
			return err
		}
		if f.Behind.ID == 0 {
			all = total
		}
		for _, d := range ds {
			if left == 0 {
				return views.DetectionsCut(ctx, w, all)
			}
			left--
			if err := views.DetectionCells(ctx, w, d); err != nil {
				return err
			}
		}
		if len(ds) < f.Limit {
			return nil
		}
		last := ds[len(ds)-1]
		f.Behind = domain.DetectionPlace{At: last.At, ID: last.ID}
	}
}
