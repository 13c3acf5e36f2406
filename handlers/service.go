package handlers

import (
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

func serviceRoutes() []Route {
	at := string(views.NavService)
	one := at + "/organizations/:id"
	return []Route{
		get(at, Admin, (*Handlers).service),
		get(at+"/live", Admin, (*Handlers).serviceLive),
		post(at+"/stop", Admin, (*Handlers).serviceStop),
		post(at+"/resume", Admin, (*Handlers).serviceResume),
		get(at+"/organizations/new", Admin, (*Handlers).organizationNew),
		post(at+"/organizations/new", Admin, (*Handlers).organizationCreate),
		get(one, Admin, (*Handlers).organization),
		post(one, Admin, (*Handlers).organizationEdit),
		post(one+"/stop", Admin, (*Handlers).organizationStop),
		post(one+"/resume", Admin, (*Handlers).organizationResume),
		post(one+"/granted", Admin, (*Handlers).organizationGrant),
		get(one+"/block", Admin, (*Handlers).organizationBlocking),
		post(one+"/block", Admin, (*Handlers).organizationBlock),
		post(one+"/unblock", Admin, (*Handlers).organizationUnblock),
		get(one+"/users", Admin, (*Handlers).organizationUsers),
		get(one+"/users/:user", Admin, (*Handlers).organizationUser),
		post(one+"/users/:user", Admin, (*Handlers).organizationOwnerEdit),
		get(one+"/users/:user/block", Admin, (*Handlers).organizationUserBlocking),
		post(one+"/users/:user/block", Admin, (*Handlers).organizationUserBlock),
		post(one+"/users/:user/unblock", Admin, (*Handlers).organizationUserUnblock),
		post(one+"/users/:user/link", Admin, (*Handlers).organizationLink),
		get(one+"/numbers", Admin, (*Handlers).organizationNumbers),
		get(one+"/campaigns", Admin, (*Handlers).organizationCampaigns),
		get(one+"/campaigns/:campaign/text", Admin, (*Handlers).organizationTextAsk),
		post(one+"/campaigns/:campaign/text", Admin, (*Handlers).organizationText),
		get(views.PhonesURL, Admin, (*Handlers).blockedPhones),
		get(views.PhonesURL+"/block", Admin, (*Handlers).phoneBlocking),
		post(views.PhonesURL+"/block", Admin, (*Handlers).phoneBlock),
		post(views.PhonesURL+"/unblock", Admin, (*Handlers).phoneUnblock),
	}
}

func (h *Handlers) service(q *Request) error {
	p, err := h.servicePage(q)
	if err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.OrganizationList(p), views.Service(p))
}

// servicePage reads what the page shows, behind its search.
func (h *Handlers) servicePage(q *Request) (p views.ServicePage, err error) {
	p = views.ServicePage{Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL, Filter: organizationFilter(q)}
	p.Filter.Day, p.Filter.Week = h.lately(q)
	f := p.Filter
	f.Limit, f.Offset = views.OrganizationsPageSize, (p.Page-1)*views.OrganizationsPageSize
	if p.List, err = h.Switch.OrganizationList(q.Ctx(), f); err != nil {
		return p, err
	}
	if p.Stopped, _, err = h.Switch.SendingStopped(q.Ctx()); err != nil {
		return p, err
	}
	if p.Asked, err = h.openRequests(q); err != nil {
		return p, err
	}
	p.Health, err = h.serviceHealth(q)
	p.Health.Stopped = p.Stopped != ""
	return p, err
}

// organizationFilter reads what narrows the list down and orders it; what makes no
// sense does not.
func organizationFilter(q *Request) domain.OrganizationFilter {
	f := domain.OrganizationFilter{Search: q.words("search"), Sort: domain.OrganizationSort(q.Query("sort"))}
	if !slices.Contains(domain.OrganizationSorts, f.Sort) {
		f.Sort = domain.SortName
	}
	return f
}

// lately is when today began for the reader, and the day six days before it.
func (h *Handlers) lately(q *Request) (day, week time.Time) {
	zone := locale.Zone(q.Ctx())
	y, m, d := h.Now().In(zone).Date()
	return domain.StartOfDay(y, m, d, zone), domain.StartOfDay(y, m, d-6, zone)
}

// serviceHealth is how the numbers, the sending and the machine are.
func (h *Handlers) serviceHealth(q *Request) (s views.ServiceHealth, err error) {
	s = views.ServiceHealth{Version: h.Version, Started: h.started, Now: h.Now(), Bot: "none"}
	if h.Bot != nil {
		s.Bot = h.Bot.Health()
	}
	if s.Health, err = h.Switch.Health(q.Ctx(), s.Now); err != nil {
		return s, err
	}
	all, err := h.Switch.AllAccounts(q.Ctx())
	for _, a := range all {
		s.Numbers.Count(a, h.Accounts.Links.Link(a.ID), s.Now)
	}
	return s, err
}

// serviceLive renews the figures, the health and the rows that the page shows. The
// list keeps still while it is read.
func (h *Handlers) serviceLive(q *Request) error {
	rows := q.ids("rows", views.OrganizationsPageSize)
	patch := newPatch()
	return q.Live(func() (templ.Component, error) {
		p, err := h.servicePage(q)
		if err != nil {
			return nil, err
		}
		parts := []row{
			{views.ServiceFiguresID, views.ServiceFigures(p)},
			{views.ServiceHealthID, views.ServiceHealthCard(p.Health)},
			{views.CampaignStampID, views.CampaignStamp(p.Now)},
		}
		for _, o := range p.List.Page {
			if slices.Contains(rows, o.ID) {
				parts = append(parts, row{views.OrganizationRowID(o.ID), views.OrganizationRow(p, o)})
			}
		}
		for _, r := range parts {
			if err := patch.part(q.Ctx(), r.id, r.part); err != nil {
				return nil, err
			}
		}
		return patch.picture(), nil
	})
}

func (h *Handlers) serviceStop(q *Request) error {
	return q.done(h.Service.StopAll(q.Ctx(), q.Actor), "service.all_stopped", string(views.NavService))
}

func (h *Handlers) serviceResume(q *Request) error {
	return q.done(h.Service.ResumeAll(q.Ctx(), q.Actor), "service.all_resumed", string(views.NavService))
}
