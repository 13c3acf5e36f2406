package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
)

func campaignRoutes() []Route {
	return []Route{
		get("/admin/campaigns", SignedIn, (*Handlers).campaigns),
		get("/admin/campaigns/live", SignedIn, (*Handlers).campaignsLive),
		get("/admin/campaigns/new", SignedIn, (*Handlers).campaignNew),
		post("/admin/campaigns/new", SignedIn, (*Handlers).campaignPreview),
		post("/admin/campaigns", SignedIn, (*Handlers).campaignCreate),
		get("/admin/campaigns/:id", SignedIn, (*Handlers).campaign),
		get("/admin/campaigns/:id/live", SignedIn, (*Handlers).campaignLive),
		post("/admin/campaigns/:id/cancel", SignedIn, (*Handlers).campaignCancel),
		post("/admin/campaigns/:id/resume", SignedIn, (*Handlers).campaignResume),
		post("/admin/campaigns/:id/deliveries/cancel", SignedIn, (*Handlers).deliveriesCancel),
	}
}

func (h *Handlers) campaigns(q *Request) error {
	p := views.CampaignsPage{Now: h.Now(), Page: q.Page(), Filter: campaignFilter(q), URL: q.Context.Request.URL}
	f := p.Filter
	f.Limit, f.Offset = views.CampaignsPageSize, (p.Page-1)*views.CampaignsPageSize
	var err error
	if p.Campaigns, p.Total, err = h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Scope(), f); err != nil {
		return err
	}
	if q.Partial() {
		return q.Render(http.StatusOK, views.CampaignList(p))
	}
	if p.Figures, err = h.figures(q); err != nil {
		return err
	}
	if p.Users, err = h.Accounts.Store.Users(q.Ctx(), q.Actor.Scope()); err != nil {
		return err
	}
	if p.Accounts, err = h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope()); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Campaigns(p))
}

// campaignFilter reads what narrows the list down; what makes no sense does not
// narrow.
func campaignFilter(q *Request) domain.CampaignFilter {
	f := domain.CampaignFilter{
		Status:    domain.CampaignStatus(q.Query("status")),
		Search:    short(strings.TrimSpace(q.Query("search")), 200),
		UserID:    q.FormID("user"),
		AccountID: q.FormID("account"),
		From:      q.day("from"),
	}
	f.Care = f.Status == views.FilterCare
	if !slices.Contains(domain.CampaignStatuses, f.Status) {
		f.Status = ""
	}
	if number := strings.TrimSpace(strings.TrimPrefix(f.Search, "№")); isNumber(number) {
		f.Search = number // as pages write it
	}
	if to := q.day("to"); !to.IsZero() {
		f.To = to.AddDate(0, 0, 1)
	}
	return f
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// day is the first moment of a day in the query, in the organization's zone; the
// zero time when there is none.
func (q *Request) day(name string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, q.Query(name), q.Actor.Organization.Location())
	if err != nil {
		return time.Time{}
	}
	return t
}

// figures counts what stands above the list.
func (h *Handlers) figures(q *Request) (f views.CampaignFigures, err error) {
	for _, c := range []struct {
		n      *int
		filter domain.CampaignFilter
	}{
		{&f.Running, domain.CampaignFilter{Status: domain.CampaignRunning}},
		{&f.Scheduled, domain.CampaignFilter{Status: domain.CampaignScheduled}},
		{&f.Care, domain.CampaignFilter{Care: true}},
	} {
		c.filter.Limit = 1
		if _, *c.n, err = h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Scope(), c.filter); err != nil {
			return f, err
		}
	}
	accounts, err := h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return f, err
	}
	for _, a := range accounts {
		if a.State == domain.AccountPaused || a.State == domain.AccountNeedsLogin {
			f.Accounts++
		}
	}
	y, m, d := h.Now().In(q.Actor.Organization.Location()).Date()
	f.Day = time.Date(y, m, d, 0, 0, 0, 0, q.Actor.Organization.Location())
	f.Today, f.TodayCampaigns, err = h.sumOfDay(q, f.Day)
	return f, err
}

// sumOfDay sums up the campaigns that start on the day that begins at from.
func (h *Handlers) sumOfDay(q *Request, from time.Time) (sum domain.Counts, campaigns int, err error) {
	filter := domain.CampaignFilter{From: from, To: from.AddDate(0, 0, 1), Limit: 200}
	for {
		cs, total, err := h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Scope(), filter)
		if err != nil {
			return sum, 0, err
		}
		for _, c := range cs {
			sum.Sent += c.Counts.Sent
			sum.Failed += c.Counts.Failed
			sum.Uncertain += c.Counts.Uncertain
		}
		if filter.Offset += len(cs); len(cs) == 0 || filter.Offset >= total {
			return sum, total, nil
		}
	}
}

// campaignsLive renews the rows that the page shows and the figures above them.
// Campaigns that are new are only announced: the list keeps still while it is
// read.
func (h *Handlers) campaignsLive(q *Request) error {
	filter := campaignFilter(q)
	filter.Limit = 1
	rows := q.ids("rows", views.CampaignsPageSize)
	shown := int(q.FormInt64("total"))
	at := *q.Context.Request.URL
	at.Path = string(views.NavCampaigns)
	query := at.Query()
	for _, own := range []string{"rows", "total", "page"} {
		query.Del(own)
	}
	at.RawQuery = query.Encode()
	p := newPatch()
	return q.Live(func() (templ.Component, error) {
		now := h.Now()
		for _, id := range rows {
			c, err := h.Campaigns.Store.Campaign(q.Ctx(), q.Actor.Scope(), id)
			if domain.IsCode(err, domain.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if err := p.part(q.Ctx(), views.CampaignRowID(id), views.CampaignRow(now, c)); err != nil {
				return nil, err
			}
		}
		_, total, err := h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Scope(), filter)
		if err != nil {
			return nil, err
		}
		f, err := h.figures(q)
		if err != nil {
			return nil, err
		}
		if err := p.part(q.Ctx(), views.CampaignKPIsID, views.CampaignKPIs(f)); err != nil {
			return nil, err
		}
		if err := p.part(q.Ctx(), views.CampaignNewsID, views.CampaignNews(total-shown, at.RequestURI())); err != nil {
			return nil, err
		}
		err = p.part(q.Ctx(), views.CampaignStampID, views.CampaignStamp(now))
		return p.picture(), err
	})
}

// ids is a list of positive ids in a query or form, separated by commas or
// repeated, at most that many.
func (q *Request) ids(name string, most int) (ids []int64) {
	for _, v := range q.Context.Request.Form[name] {
		for s := range strings.SplitSeq(v, ",") {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && len(ids) < most {
				ids = append(ids, n)
			}
		}
	}
	return ids
}
