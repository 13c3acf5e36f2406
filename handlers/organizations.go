package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// organizationInPath is an organization that uses the service.
func (h *Handlers) organizationInPath(q *Request) (domain.Organization, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Organization{}, err
	}
	o, err := h.Switch.Organization(q.Ctx(), id)
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

// organizationPage is an organization's page with what its forms show.
func (h *Handlers) organizationPage(q *Request, status int, p views.OrganizationPage) error {
	o := p.Organization
	us, err := h.Accounts.Store.Users(q.Ctx(), domain.Scope{OrganizationID: o.ID})
	if err != nil {
		return err
	}
	for _, u := range us {
		if u.Role == domain.RoleOwner {
			p.Owners = append(p.Owners, u)
		}
	}
	day, week := h.lately(q)
	if p.Figures, err = h.Switch.OrganizationFigures(q.Ctx(), o.ID, day, week); err != nil {
		return err
	}
	if o.Block.Planned() {
		if p.BlockedBy, err = h.Switch.LastActor(q.Ctx(), o.ID, domain.AuditOrganizationBlock, domain.SubjectOrganization, o.ID); err != nil {
			return err
		}
	}
	if p.EditErr == nil {
		p.Name, p.Zone = o.Name, o.Zone
	}
	p.Now = h.Now()
	if h.Limits != nil {
		if p.Use, err = h.Limits.Store.LimitUse(q.Ctx(), o.ID, p.Now); err != nil {
			return err
		}
	}
	if p.Limits.Err == nil {
		p.Limits = views.TypedLimits(o.Limits)
	}
	return q.Render(status, views.Organization(p))
}

func (h *Handlers) organizationNew(q *Request) error {
	p := views.NewOrganizationPage{AccountLimit: "10", Now: h.Now()}
	p.Form.Zone = domain.DefaultZone
	return q.Render(http.StatusOK, views.NewOrganization(p))
}

// organizationCreate makes an organization with its owner, and shows his link
// once.
func (h *Handlers) organizationCreate(q *Request) error {
	typed := func(name string) string { return short(strings.TrimSpace(q.PostForm(name)), 300) }
	p := views.NewOrganizationPage{AccountLimit: short(typed("account_limit"), 20), TelegramID: short(typed("telegram_id"), 30), Now: h.Now()}
	p.Form = domain.NewOrganization{
		Name: typed("name"), Zone: typed("zone"), Department: typed("department"), OwnerName: typed("owner_name"), OwnerEmail: typed("email"),
		OwnerTelegramID: typedTelegramID(p.TelegramID), AccountLimit: number(p.AccountLimit),
	}
	var o domain.Organization
	var token string
	var err error
	if p.Form.Password, p.Retype, err = givenPassword(q); err == nil {
		o, token, err = h.Organizations.Create(q.Ctx(), q.Actor, p.Form)
	}
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

// givenPassword is one that somebody types for another; typed reports that it has
// to be typed again when the form comes back. Invalid (user.password_again) where a
// form that came back has lost it: nobody gets a link for want of a password.
func givenPassword(q *Request) (password string, typed bool, err error) {
	if q.PostForm("by_link") != "" {
		return "", false, nil
	}
	password = q.PostForm("password")
	typed = password != "" || q.PostForm("password_typed") != ""
	if typed && password == "" {
		err = domain.E(domain.Invalid, "user.password_again").On("password")
	}
	return password, typed, err
}

// typedTelegramID is 0 for none, and -1, which is refused, for what is no ID.
func typedTelegramID(s string) int64 {
	if s == "" {
		return 0
	}
	if id, err := strconv.ParseInt(s, 10, 64); err == nil && id > 0 {
		return id
	}
	return -1
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

// organizationLink gives an owner who cannot sign in a link to set his password.
func (h *Handlers) organizationLink(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	id, err := q.ID("user")
	if err != nil {
		return err
	}
	token, owner, err := h.Organizations.NewLink(q.Ctx(), q.Actor, o.ID, id)
	if err != nil {
		return err
	}
	return h.showLink(q, o, owner, token)
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

// organizationEdit changes name and zone.
func (h *Handlers) organizationEdit(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	p := views.OrganizationPage{
		Organization: o, Granted: views.TypedPace(o.Granted), Name: short(strings.TrimSpace(q.PostForm("name")), 300), Zone: short(q.PostForm("zone"), 100),
	}
	p.EditErr = h.Organizations.Edit(q.Ctx(), q.Actor, o.ID, p.Name, p.Zone)
	if s, again := Form(p.EditErr); p.EditErr != nil && again {
		return h.organizationPage(q, s, p)
	}
	return q.done(p.EditErr, "organization.edited", views.OrganizationURL(o.ID))
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
	return q.Render(http.StatusNotFound, views.DeadLink(locale.Error(q.Ctx(), err)))
}
