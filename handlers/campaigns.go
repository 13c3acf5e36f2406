package handlers

import (
	"net/http"
	"net/url"
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
		get("/admin/campaigns/:id/text", SignedIn, (*Handlers).campaignText),
		post("/admin/campaigns/:id/text", SignedIn, (*Handlers).campaignTextSave),
		post("/admin/campaigns/:id/start", SignedIn, (*Handlers).campaignStart),
		post("/admin/campaigns/:id/pause", SignedIn, (*Handlers).campaignPause),
		post("/admin/campaigns/:id/resume", SignedIn, (*Handlers).campaignResume),
		post("/admin/campaigns/:id/cancel", SignedIn, (*Handlers).campaignCancel),
		post("/admin/campaigns/:id/look", SignedIn, (*Handlers).campaignLook),
		post("/admin/campaigns/:id/rounds/:round/send", SignedIn, (*Handlers).campaignSendMissed),
		post("/admin/campaigns/:id/rounds/:round/retry", SignedIn, (*Handlers).campaignRetry),
		post("/admin/campaigns/:id/deliveries/cancel", SignedIn, (*Handlers).deliveriesCancel),
	}
}

func (h *Handlers) campaigns(q *Request) error {
	p := views.CampaignsPage{Page: q.Page(), Filter: campaignFilter(q), URL: q.Context.Request.URL}
	f := p.Filter
	f.Limit, f.Offset = views.CampaignsPageSize, (p.Page-1)*views.CampaignsPageSize
	var err error
	if p.Moment, err = h.moment(q); err != nil {
		return err
	}
	if p.Campaigns, p.Total, err = h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Sight(), f); err != nil {
		return err
	}
	if q.Partial() {
		return q.Render(http.StatusOK, views.CampaignList(p))
	}
	if p.Figures, err = h.figures(q); err != nil {
		return err
	}
	if p.Users, err = h.Accounts.Store.Users(q.Ctx(), q.Actor.Sight()); err != nil {
		return err
	}
	if p.Accounts, err = h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope()); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Campaigns(p))
}

// moment reads what holds for every campaign now.
func (h *Handlers) moment(q *Request) (views.Moment, error) {
	code, _, err := h.Service.Store.SendingStopped(q.Ctx())
	return views.Moment{Now: h.Now(), Stopped: code, Actor: q.Actor}, err
}

// campaignFilter reads what narrows the list down; what makes no sense does not
// narrow.
func campaignFilter(q *Request) domain.CampaignFilter {
	f := domain.CampaignFilter{
		Status:    domain.CampaignStatus(q.Query("status")),
		Search:    q.words("search"),
		UserID:    q.FormID("user"),
		AccountID: q.FormID("account"),
	}
	f.From, f.To = q.days()
	f.Care = f.Status == views.FilterCare
	if !slices.Contains(domain.CampaignStatuses, f.Status) {
		f.Status = ""
	}
	if number := strings.TrimSpace(strings.TrimPrefix(f.Search, "№")); isNumber(number) {
		f.Search = number // as pages write it
	}
	return f
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// days are the time from the beginning of the query's day "from" to the end of its
// day "to", in the reader's zone; the zero time for what is no day.
func (q *Request) days() (from, to time.Time) {
	zone := q.Actor.Location()
	from, _ = startOf(q.Query("from"), 0, zone)
	to, _ = startOf(q.Query("to"), 1, zone)
	return from, to
}

// figures counts what stands above the list.
func (h *Handlers) figures(q *Request) (f views.CampaignFigures, err error) {
	zone := q.Actor.Location()
	y, m, d := h.Now().In(zone).Date()
	f.Day = domain.StartOfDay(y, m, d, zone)
	f.Overview, err = h.Campaigns.Store.Overview(q.Ctx(), q.Actor.Sight(), f.Day)
	return f, err
}

// campaignsLive renews the rows that the page shows and the figures above them.
// Campaigns that are new are only announced: the list keeps still while it is
// read.
func (h *Handlers) campaignsLive(q *Request) error {
	p := views.CampaignsPage{Page: q.Page(), Filter: campaignFilter(q), URL: without(q.Context.Request.URL, "rows", "total")}
	first := without(p.URL, "page").RequestURI()
	rows := q.ids("rows", views.CampaignsPageSize)
	shown := int(q.FormInt64("total"))
	patch := newPatch()
	return q.Live(func() (templ.Component, error) {
		var err error
		if p.Moment, err = h.moment(q); err != nil {
			return nil, err
		}
		if p.Campaigns, p.Total, err = h.campaignsOf(q, p, rows); err != nil {
			return nil, err
		}
		for _, id := range rows {
			part := views.CampaignGone(id)
			if i := slices.IndexFunc(p.Campaigns, func(c domain.Campaign) bool { return c.ID == id }); i >= 0 {
				part = views.CampaignRow(p, p.Campaigns[i])
			}
			if err := patch.part(q.Ctx(), views.CampaignRowID(id), part); err != nil {
				return nil, err
			}
		}
		if p.Figures, err = h.figures(q); err != nil {
			return nil, err
		}
		for _, r := range []row{
			{views.CampaignKPIsID, views.CampaignKPIs(p.Figures)},
			{views.CampaignNewsID, views.CampaignNews(p.Total-shown, first)},
			{views.CampaignStampID, views.CampaignStamp(p.Now)},
		} {
			if err := patch.part(q.Ctx(), r.id, r.part); err != nil {
				return nil, err
			}
		}
		return patch.picture(), nil
	})
}

// campaignsOf reads the campaigns that a page shows, and how many the filter
// lets through by now. Usually they are that page's still; one that has left it
// since, by its status or for a newer one, is read alone.
func (h *Handlers) campaignsOf(q *Request, p views.CampaignsPage, ids []int64) ([]domain.Campaign, int, error) {
	f := p.Filter
	f.Limit, f.Offset = views.CampaignsPageSize, (p.Page-1)*views.CampaignsPageSize
	page, total, err := h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Sight(), f)
	if err != nil {
		return nil, 0, err
	}
	found := map[int64]domain.Campaign{}
	for _, c := range page {
		found[c.ID] = c
	}
	var cs []domain.Campaign
	for _, id := range ids {
		c, ok := found[id]
		if !ok {
			c, err = h.Campaigns.Store.Campaign(q.Ctx(), q.Actor.Sight(), id)
		}
		switch {
		case domain.IsCode(err, domain.NotFound):
			err = nil
			continue
		case err != nil:
			return nil, 0, err
		}
		cs = append(cs, c)
	}
	return cs, total, nil
}

// without is the address of the list without some of what the query says.
func without(u *url.URL, names ...string) *url.URL {
	at, query := *u, u.Query()
	for _, name := range names {
		query.Del(name)
	}
	at.Path, at.RawQuery = string(views.NavCampaigns), query.Encode()
	return &at
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
