package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
)

func serviceRoutes() []Route {
	at := string(views.NavService)
	return []Route{
		get(at, Admin, (*Handlers).service),
		post(at+"/stop", Admin, (*Handlers).serviceStop),
		post(at+"/resume", Admin, (*Handlers).serviceResume),
		get(at+"/organizations/new", Admin, (*Handlers).organizationNew),
		post(at+"/organizations/new", Admin, (*Handlers).organizationCreate),
		get(at+"/organizations/:id", Admin, (*Handlers).organization),
		post(at+"/organizations/:id/limits", Admin, (*Handlers).organizationLimits),
		post(at+"/organizations/:id/link", Admin, (*Handlers).organizationLink),
		post(at+"/organizations/:id/stop", Admin, (*Handlers).organizationStop),
		post(at+"/organizations/:id/resume", Admin, (*Handlers).organizationResume),
		post(at+"/organizations/:id/granted", Admin, (*Handlers).organizationGrant),
	}
}

func (h *Handlers) service(q *Request) (err error) {
	var p views.ServicePage
	if p.Stopped, _, err = h.Service.Store.SendingStopped(q.Ctx()); err != nil {
		return err
	}
	if p.Organizations, err = h.Service.Store.OrganizationsAtWork(q.Ctx()); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Service(p))
}

func (h *Handlers) serviceStop(q *Request) error {
	return q.done(h.Service.StopAll(q.Ctx(), q.Actor), "service.all_stopped", string(views.NavService))
}

func (h *Handlers) serviceResume(q *Request) error {
	return q.done(h.Service.ResumeAll(q.Ctx(), q.Actor), "service.all_resumed", string(views.NavService))
}

// organizationInPath is an organization that uses the service.
func (h *Handlers) organizationInPath(q *Request) (domain.Organization, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Organization{}, err
	}
	o, err := h.Service.Store.Organization(q.Ctx(), id)
	if err == nil && o.Service {
		return o, domain.Missing("organization.missing")
	}
	return o, err
}

func (h *Handlers) organization(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	return h.organizationPage(q, http.StatusOK, views.OrganizationPage{Organization: o, Granted: views.TypedPace(o.Granted)})
}

func (h *Handlers) organizationStop(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Service.StopOrganization(q.Ctx(), q.Actor, id), "service.one_stopped", q.back(views.OrganizationURL(id)))
}

func (h *Handlers) organizationResume(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Service.ResumeOrganization(q.Ctx(), q.Actor, id), "service.one_resumed", q.back(views.OrganizationURL(id)))
}

// organizationGrant sets how fast an organization may be.
func (h *Handlers) organizationGrant(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	typed, pace := readPace(q)
	err = h.Service.SetGranted(q.Ctx(), q.Actor, o.ID, pace)
	if s, again := Form(err); err != nil && again {
		return h.organizationPage(q, s, views.OrganizationPage{Organization: o, Granted: typed, Err: err})
	}
	return q.done(err, "service.granted", views.OrganizationURL(o.ID))
}
