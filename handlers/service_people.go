package handlers

import (
	"net/http"
	"slices"

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
	p := views.OrganizationUserPage{Organization: o, User: u, Now: h.Now()}
	if p.Accounts, err = h.numbers(q, domain.Scope{OrganizationID: o.ID, UserID: u.ID}); err != nil {
		return err
	}
	if u.Block.Planned() {
		if p.BlockedBy, err = h.Switch.LastActor(q.Ctx(), o.ID, domain.AuditUserBlock, domain.SubjectUser, u.ID); err != nil {
			return err
		}
	}
	return q.Render(http.StatusOK, views.OrganizationUser(p))
}

// numbers lists accounts as they are now, disconnected ones last.
func (h *Handlers) numbers(q *Request, s domain.Scope) (ns []views.AccountNow, err error) {
	all, err := h.Accounts.Store.Accounts(q.Ctx(), s)
	for _, a := range all {
		ns = append(ns, h.accountNow(a))
	}
	slices.SortStableFunc(ns, func(a, b views.AccountNow) int { return a.Rank() - b.Rank() })
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
