package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// organizationPage is an organization's page with what its forms show.
func (h *Handlers) organizationPage(q *Request, status int, p views.OrganizationPage) error {
	us, err := h.Accounts.Store.Users(q.Ctx(), domain.Scope{OrganizationID: p.Organization.ID})
	if err != nil {
		return err
	}
	for _, u := range us {
		if u.Role == domain.RoleOwner {
			p.Owners = append(p.Owners, u)
		}
	}
	p.Now = h.Now()
	if p.LimitErr == nil {
		p.AccountLimit = strconv.Itoa(p.Organization.AccountLimit)
	}
	return q.Render(status, views.Organization(p))
}

func (h *Handlers) organizationNew(q *Request) error {
	p := views.NewOrganizationPage{AccountLimit: "10"}
	p.Form.Zone = domain.DefaultZone
	return q.Render(http.StatusOK, views.NewOrganization(p))
}

// organizationCreate makes an organization with its owner, and shows his link
// once.
func (h *Handlers) organizationCreate(q *Request) error {
	typed := func(name string) string { return short(strings.TrimSpace(q.PostForm(name)), 300) }
	p := views.NewOrganizationPage{AccountLimit: short(typed("account_limit"), 20)}
	p.Form = domain.NewOrganization{
		Name: typed("name"), Zone: typed("zone"), OwnerName: typed("owner_name"), OwnerEmail: typed("email"),
		AccountLimit: number(p.AccountLimit), Password: q.PostForm("password"),
	}
	o, token, err := h.Organizations.Create(q.Ctx(), q.Actor, p.Form)
	if s, again := Form(err); err != nil && again {
		p.Form.Password, p.Err = "", err
		return q.Render(s, views.NewOrganization(p))
	}
	if err != nil || token == "" {
		return q.done(err, "organization.created", views.OrganizationURL(o.ID))
	}
	owner, err := h.Organizations.LinkedUser(q.Ctx(), token)
	if err != nil {
		return err
	}
	return h.showLink(q, o, owner, token)
}

func (h *Handlers) showLink(q *Request, o domain.Organization, owner domain.User, token string) error {
	return h.organizationPage(q, http.StatusOK, views.OrganizationPage{
		Organization: o, Granted: views.TypedPace(o.Granted), Link: &views.GivenLink{Owner: owner, URL: q.origin() + views.SetPasswordURL + token},
	})
}

// origin is how the panel is reached.
func (q *Request) origin() string {
	if q.h.URL != "" {
		return strings.TrimSuffix(q.h.URL, "/")
	}
	return "http://" + q.Context.Request.Host
}

func (h *Handlers) organizationLimits(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	typed := short(strings.TrimSpace(q.PostForm("account_limit")), 20)
	err = h.Organizations.SetAccountLimit(q.Ctx(), q.Actor, o.ID, number(typed))
	if s, again := Form(err); err != nil && again {
		return h.organizationPage(q, s, views.OrganizationPage{Organization: o, Granted: views.TypedPace(o.Granted), AccountLimit: typed, LimitErr: err})
	}
	return q.done(err, "organization.limits", views.OrganizationURL(o.ID))
}

// organizationLink gives an owner who cannot sign in a link to set his password.
func (h *Handlers) organizationLink(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	token, owner, err := h.Organizations.NewLink(q.Ctx(), q.Actor, o.ID, q.FormID("user"))
	if err != nil {
		return err
	}
	return h.showLink(q, o, owner, token)
}

// setPasswordPage is where the link leads. Reading it changes nothing: programs
// follow links too.
func (h *Handlers) setPasswordPage(q *Request) error {
	u, err := h.Organizations.LinkedUser(q.Ctx(), q.Param("token"))
	if err != nil {
		return h.deadLink(q, err)
	}
	return q.Render(http.StatusOK, views.SetPassword(u, views.SetPasswordURL+q.Param("token"), nil))
}

func (h *Handlers) setPassword(q *Request) error {
	token := q.Param("token")
	err := h.Organizations.UseLink(q.Ctx(), token, q.PostForm("password"))
	if s, again := Form(err); err != nil && again {
		u, err2 := h.Organizations.LinkedUser(q.Ctx(), token)
		if err2 != nil {
			return h.deadLink(q, err2)
		}
		return q.Render(s, views.SetPassword(u, views.SetPasswordURL+token, err))
	}
	if err != nil {
		return h.deadLink(q, err)
	}
	return q.done(nil, "link.used", "/signin")
}

// deadLink says what to do about a link that is used, too old or wrong.
func (h *Handlers) deadLink(q *Request, err error) error {
	if !domain.IsCode(err, domain.NotFound) {
		return err
	}
	return q.Render(http.StatusNotFound, views.ErrorPage(views.Problem{Status: http.StatusNotFound, Text: locale.Error(q.Ctx(), err)}))
}
