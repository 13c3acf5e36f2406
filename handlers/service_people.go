package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
)

func (h *Handlers) organizationUsers(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	p := views.OrganizationUsersPage{Organization: o, Filter: userFilter(q), Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL}
	p.Filter.DepartmentID = 0 // it is not asked for here
	f := p.Filter
	f.Limit, f.Offset = views.UsersPageSize, (p.Page-1)*views.UsersPageSize
	if p.Users, p.Total, err = h.Users.Store.UserList(q.Ctx(), domain.Scope{OrganizationID: o.ID}, f); err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.OrganizationUserList(p), views.OrganizationUsers(p))
}

// organizationUserInPath is a user of an organization that uses the service.
func (h *Handlers) organizationUserInPath(q *Request) (o domain.Organization, u domain.UserRow, err error) {
	if o, err = h.organizationInPath(q); err != nil {
		return o, u, err
	}
	id, err := q.ID("user")
	if err != nil {
		return o, u, err
	}
	u, err = h.Users.Find(q.Ctx(), q.Actor, o.ID, id)
	return o, u, err
}

func (h *Handlers) organizationUser(q *Request) error {
	o, u, err := h.organizationUserInPath(q)
	if err != nil {
		return err
	}
	return h.organizationUserPage(q, http.StatusOK, views.OrganizationUserPage{Organization: o, User: u, Form: views.TypedSelf(u.User)})
}

// organizationUserPage completes the page with what stands on it.
func (h *Handlers) organizationUserPage(q *Request, status int, p views.OrganizationUserPage) (err error) {
	o, u := p.Organization, p.User
	p.Now = h.Now()
	if p.Accounts, err = h.numbers(q, domain.Scope{OrganizationID: o.ID, UserID: u.ID}); err != nil {
		return err
	}
	if u.Block.Planned() {
		if p.BlockedBy, err = h.Switch.LastActor(q.Ctx(), o.ID, domain.AuditUserBlock, domain.SubjectUser, u.ID); err != nil {
			return err
		}
	}
	return q.Render(status, views.OrganizationUser(p))
}

// organizationOwnerEdit mends an owner's name, e-mail and Telegram ID.
func (h *Handlers) organizationOwnerEdit(q *Request) error {
	o, u, err := h.organizationUserInPath(q)
	if err != nil {
		return err
	}
	f, n := readSelf(q)
	err = h.Users.Correct(q.Ctx(), q.Actor, o.ID, u.ID, n)
	if s, again := Form(err); err != nil && again {
		return h.organizationUserPage(q, s, views.OrganizationUserPage{Organization: o, User: u, Form: f, Err: err})
	}
	return q.done(err, "user.saved", views.OrganizationUserURL(o.ID, u.ID))
}

// numbers lists accounts as they are now with the blocks of their numbers,
// disconnected ones last.
func (h *Handlers) numbers(q *Request, s domain.Scope) (ns []views.AccountNow, err error) {
	blocks, err := h.phoneBlocks(q)
	if err != nil {
		return nil, err
	}
	ns, err = h.accountsNow(q, s)
	for i := range ns {
		ns[i].Block = blocks[ns[i].Phone]
	}
	return ns, err
}

func (h *Handlers) organizationNumbers(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	p := views.OrganizationNumbersPage{Organization: o, Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL}
	if p.Numbers, err = h.numbers(q, domain.Scope{OrganizationID: o.ID}); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.OrganizationNumbers(p))
}
