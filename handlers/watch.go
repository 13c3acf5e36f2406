package handlers

import (
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
)

func watchRoutes() []Route {
	at := string(views.NavWatch)
	return []Route{
		get(at, Watcher, (*Handlers).detections),
		get(at+"/live", Watcher, (*Handlers).detectionsLive),
		get(at+"/detections/:id", Watcher, (*Handlers).detection),
		get(at+"/detections/:id/live", Watcher, (*Handlers).detectionLive),
		post(at+"/detections/:id/review", Watcher, (*Handlers).detectionReview),
		post(at+"/detections/:id/review/rest", Watcher, (*Handlers).detectionReviewRest),
		post(at+"/detections/:id/sender", Watcher, (*Handlers).detectionSender),
	}
}

// maxGroupChoices is how many groups the list can be narrowed down to, the
// largest ones: a choice of thousands is none.
const maxGroupChoices = 300

func (h *Handlers) detections(q *Request) error {
	p, err := h.detectionsPage(q)
	if err != nil {
		return err
	}
	if q.Partial() {
		return q.Render(http.StatusOK, views.DetectionList(p))
	}
	p.Groups, _, err = h.Watch.Store.WatchedGroups(q.Ctx(), q.Actor.User.OrganizationID, "", 0, maxGroupChoices)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Detections(p))
}

// detectionsPage reads the detections that the query asks for.
func (h *Handlers) detectionsPage(q *Request) (p views.DetectionsPage, err error) {
	org := q.Actor.User.OrganizationID
	p = views.DetectionsPage{Now: h.Now(), Page: q.Page(), Filter: detectionFilter(q), URL: q.Context.Request.URL}
	f := p.Filter
	f.Limit, f.Offset = views.DetectionsPageSize, (p.Page-1)*views.DetectionsPageSize
	if p.Detections, p.Total, err = h.Watch.Store.Detections(q.Ctx(), org, f); err != nil {
		return p, err
	}
	if f.SenderID != 0 {
		p.Sender, err = h.Watch.Store.Sender(q.Ctx(), org, f.SenderID)
		if domain.IsCode(err, domain.NotFound) {
			p.Sender.ID, err = f.SenderID, nil
		}
		if err != nil {
			return p, err
		}
	}
	p.Hint, err = h.watchHint(q)
	return p, err
}

// detectionFilter reads what narrows detections down; what makes no sense does
// not narrow.
func detectionFilter(q *Request) domain.DetectionFilter {
	f := domain.DetectionFilter{
		Search:   q.words("search"),
		Rule:     filter.Rule(q.Query("rule")),
		Review:   domain.Review(q.Query("review")),
		ChatID:   q.FormInt64("group"),
		SenderID: q.FormInt64("sender"),
		Marked:   q.Query("marked") != "",
		Newest:   q.Query("newest") != "",
	}
	f.From, f.To = q.days()
	if !slices.Contains(filter.Rules(), f.Rule) || f.Rule == filter.PhoneRequired {
		f.Rule = ""
	}
	if f.Severity.UnmarshalText([]byte(q.Query("severity"))) != nil {
		f.Severity = filter.None
	}
	f.Open = f.Review == views.ReviewOpen
	if f.Review != domain.ReviewRight && f.Review != domain.ReviewWrong {
		f.Review = domain.ReviewNone
	}
	return f
}

// watchHint finds out what the filter still needs before it finds anything.
func (h *Handlers) watchHint(q *Request) (hint views.WatchHint, err error) {
	ctx, org := q.Ctx(), q.Actor.User.OrganizationID
	s, err := h.Watch.Store.WatchSettings(ctx, org)
	if err != nil {
		return hint, err
	}
	hint.Off = s.Mode == domain.WatchOff
	accounts, err := h.Accounts.Store.Accounts(ctx, domain.Scope{OrganizationID: org}) // also those that a manager does not see
	if err != nil {
		return hint, err
	}
	hint.NoAccount = !slices.ContainsFunc(accounts, func(a domain.Account) bool {
		return a.Listens && a.State != domain.AccountDisconnected
	})
	if !s.AllGroups {
		chosen, err := h.Watch.Store.Watching(ctx, org)
		if err != nil {
			return hint, err
		}
		hint.NoGroup = len(chosen) == 0
	}
	if s.Mode == domain.WatchReply {
		templates, err := h.Watch.Store.Templates(ctx, org)
		if err != nil {
			return hint, err
		}
		hint.Unanswered = !slices.ContainsFunc(templates, func(t domain.Template) bool { return t.Active })
	}
	return hint, nil
}

// detectionsLive renews the list. On later pages it says only that there are new
// detections: those that one is reading would move on.
func (h *Handlers) detectionsLive(q *Request) error {
	patch, before := newPatch(), int(q.FormID("total"))
	return q.Live(func() (templ.Component, error) {
		p, err := h.detectionsPage(q)
		if err != nil {
			return nil, err
		}
		at := *p.URL
		at.Path = string(views.NavWatch)
		query := at.Query()
		query.Del("total")
		at.RawQuery = query.Encode()
		p.URL = &at
		if p.Page > 1 {
			err = patch.part(q.Ctx(), views.DetectionNewsID, views.DetectionNews(p, max(0, p.Total-before)))
		} else {
			var rows []row
			for _, d := range p.Detections {
				rows = append(rows, row{views.DetectionRowID(d.ID), views.DetectionRow(p, d)})
			}
			err = patch.list(q.Ctx(), views.DetectionListID, views.DetectionRows(p), rows)
		}
		if err != nil {
			return nil, err
		}
		err = patch.part(q.Ctx(), views.CampaignStampID, views.CampaignStamp(p.Now))
		return patch.picture(), err
	})
}
