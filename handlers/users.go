package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
	"postix/views/ui"
)

func userRoutes() []Route {
	at := string(views.NavUsers)
	return []Route{
		get(at, Manager, (*Handlers).users),
		get(views.NewUserURL, Manager, (*Handlers).userNew),
		post(at, Manager, (*Handlers).userAdd),
		get(at+"/:id", Manager, (*Handlers).user),
		post(at+"/:id", Manager, (*Handlers).userEdit),
		get(at+"/:id/edit", Manager, (*Handlers).userEditing),
		get(at+"/:id/block", Manager, (*Handlers).userBlocking),
		post(at+"/:id/block", Manager, (*Handlers).userBlock),
		post(at+"/:id/unblock", Manager, (*Handlers).userUnblock),
		post(at+"/:id/link", Manager, (*Handlers).userLink),
		get(at+"/:id/remove", Manager, (*Handlers).userRemoving),
		post(at+"/:id/remove", Manager, (*Handlers).userRemove),
	}
}

func (h *Handlers) users(q *Request) (err error) {
	p := views.UsersPage{
		Filter: userFilter(q), Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL,
		Owner: q.Actor.User.Role == domain.RoleOwner, Homeless: homeless(q.Actor),
	}
	f := p.Filter
	f.Limit, f.Offset = views.UsersPageSize, (p.Page-1)*views.UsersPageSize
	if p.Users, p.Total, err = h.Users.List(q.Ctx(), q.Actor, f); err != nil {
		return err
	}
	if q.Partial() {
		return q.Render(http.StatusOK, views.UserList(p))
	}
	if p.Places, err = h.places(q); err != nil {
		return err
	}
	if p.Departments, err = h.departmentsToChoose(q); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Users(p))
}

// homeless reports whether the actor is a manager without a department.
func homeless(a domain.Actor) bool {
	return a.User.Role == domain.RoleManager && a.User.DepartmentID == 0
}

// userFilter reads what narrows the list down; what makes no sense does not.
func userFilter(q *Request) domain.UserFilter {
	f := domain.UserFilter{
		Search: q.words("search"), DepartmentID: q.FormID("department"), Role: domain.Role(q.Query("role")),
		Blocked: q.Query("state") == views.FilterBlocked,
	}
	if !slices.Contains([]domain.Role{domain.RoleOwner, domain.RoleManager, domain.RoleMember}, f.Role) {
		f.Role = ""
	}
	return f
}

// places counts the users of the whole organization, also for a manager: that is
// what the limit is about.
func (h *Handlers) places(q *Request) (views.Places, error) {
	o := q.Actor.Organization
	_, used, err := h.Users.Store.UserList(q.Ctx(), domain.Scope{OrganizationID: o.ID}, domain.UserFilter{Limit: 1})
	return views.Places{Used: used, Limit: o.Limits.Users, Full: domain.LimitUse{Users: used}.Full(o, domain.LimitUsers)}, err
}

// departmentsToChoose are the departments for an owner; a manager has no choice.
func (h *Handlers) departmentsToChoose(q *Request) ([]domain.DepartmentRow, error) {
	if q.Actor.User.Role != domain.RoleOwner {
		return nil, nil
	}
	return h.Users.Store.DepartmentRows(q.Ctx(), q.Actor.User.OrganizationID)
}

// userInPath is a user whom the actor may look at.
func (h *Handlers) userInPath(q *Request) (domain.UserRow, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.UserRow{}, err
	}
	return h.Users.Find(q.Ctx(), q.Actor, q.Actor.User.OrganizationID, id)
}

// managedInPath is one whom he may change: the pages that ask are no more than
// what they ask for.
func (h *Handlers) managedInPath(q *Request) (domain.UserRow, error) {
	u, err := h.userInPath(q)
	if err == nil && !q.Actor.Manages(u.User) {
		return domain.UserRow{}, domain.E(domain.Forbidden, "user.not_yours")
	}
	return u, err
}

// blockableInPath is one whom he may change although he is blocked: nobody whom
// the service has.
func (h *Handlers) blockableInPath(q *Request) (domain.UserRow, error) {
	u, err := h.managedInPath(q)
	if err == nil {
		err = domain.MayChangeBlock(q.Actor, u.User)
	}
	return u, err
}

func (h *Handlers) user(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	return h.userPage(q, u, nil)
}

// userPage shows a user, with a link to set his password when one was just made.
func (h *Handlers) userPage(q *Request, u domain.UserRow, link *views.GivenLink) (err error) {
	p := views.UserPage{User: u, Link: link, Manages: q.Actor.Manages(u.User), Links: q.Actor.Links(u.User), Self: u.ID == q.Actor.User.ID}
	if p.Moment, err = h.moment(q); err != nil {
		return err
	}
	// What the organization has connected, and what of it is his.
	all, err := h.accountsNow(q, domain.Scope{OrganizationID: u.OrganizationID})
	if err != nil {
		return err
	}
	p.OrgNumbers.Limit = q.Actor.Organization.Limits.Accounts
	for _, a := range all {
		if a.State != domain.AccountDisconnected {
			p.OrgNumbers.Used++
		}
		if a.UserID == u.ID {
			p.Accounts = append(p.Accounts, a)
		}
	}
	his := domain.CampaignFilter{UserID: u.ID, Limit: views.LatestCampaigns}
	if p.Campaigns, _, err = h.Campaigns.Store.Campaigns(q.Ctx(), q.Actor.Scope(), his); err != nil {
		return err
	}
	if u.Block.Planned() && !u.Block.ByService {
		if p.BlockedBy, err = h.Switch.LastActor(q.Ctx(), u.OrganizationID, domain.AuditUserBlock, domain.SubjectUser, u.ID); err != nil {
			return err
		}
	}
	return q.Render(http.StatusOK, views.User(p))
}

// userFormPage completes a form with what it offers to choose from.
func (h *Handlers) userFormPage(q *Request, p views.UserFormPage) (views.UserFormPage, error) {
	var err error
	p.Owner = q.Actor.User.Role == domain.RoleOwner
	if p.Departments, err = h.departmentsToChoose(q); err != nil {
		return p, err
	}
	p.Places, err = h.places(q)
	return p, err
}

func (h *Handlers) userNew(q *Request) error {
	if homeless(q.Actor) {
		return domain.E(domain.Forbidden, "user.no_department")
	}
	p, err := h.userFormPage(q, views.UserFormPage{Form: views.UserForm{Role: domain.RoleMember, DepartmentID: q.FormID("department")}})
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.NewUser(p))
}

// readUser reads the form as it was typed, and what it means.
func readUser(q *Request) (f views.UserForm, n domain.NewUser) {
	typed := func(name string, most int) string { return short(strings.TrimSpace(q.PostForm(name)), most) }
	f = views.UserForm{
		Name: typed("name", 400), Email: typed("email", 300), TelegramID: typed("telegram_id", 30),
		DepartmentID: q.FormID("department"), Role: domain.Role(typed("role", 20)), Sees: domain.Sees(typed("sees", 20)), ReadOnly: q.PostForm("read_only") != "", Seen: typed("seen", 40),
	}
	n = domain.NewUser{
		Name: f.Name, Email: f.Email, DepartmentID: f.DepartmentID,
		Role: f.Role, Sees: f.Sees, ReadOnly: f.ReadOnly, TelegramID: typedTelegramID(f.TelegramID), Seen: f.Seen,
	}
	if d := typed("department", 30); n.DepartmentID == 0 && d != "" && d != "0" {
		n.DepartmentID = -1 // there is no such one
	}
	return f, n
}

// userAdd makes a user, and shows his link once.
func (h *Handlers) userAdd(q *Request) error {
	f, n := readUser(q)
	var u domain.User
	var token string
	var retype bool
	var err error
	if n.Password, retype, err = givenPassword(q); err == nil {
		u, token, err = h.Users.Add(q.Ctx(), q.Actor, n)
	}
	if s, again := Form(err); err != nil && again {
		p, err2 := h.userFormPage(q, views.UserFormPage{Form: f, Retype: retype, Err: err})
		if err2 != nil {
			return err2
		}
		return q.Render(s, views.NewUser(p))
	}
	if err != nil || token == "" {
		return q.done(err, "user.added", views.UserURL(u.ID))
	}
	return h.userLinked(q, u.ID, token)
}

// userLinked shows a user's page with the link that he sets his password by.
func (h *Handlers) userLinked(q *Request, id int64, token string) error {
	u, err := h.Users.Find(q.Ctx(), q.Actor, q.Actor.User.OrganizationID, id)
	if err != nil {
		return err
	}
	return h.userPage(q, u, &views.GivenLink{Owner: u.User, URL: q.origin() + views.SetPasswordURL + token})
}

func (h *Handlers) userEditing(q *Request) error {
	if q.Param("id") == strconv.FormatInt(q.Actor.User.ID, 10) { // what one changes of oneself stands there
		return q.Go(string(views.NavMe))
	}
	u, err := h.managedInPath(q)
	if err != nil {
		return err
	}
	return h.userEditPage(q, http.StatusOK, u.User, userAsIs(u.User), nil)
}

// userAsIs is the form of a user as he is stored.
func userAsIs(u domain.User) views.UserForm {
	f := views.UserForm{
		Name: u.Name, Email: u.Email, DepartmentID: u.DepartmentID, Role: u.Role, Sees: u.Sees, ReadOnly: u.ReadOnly, Seen: u.Mark(),
	}
	if u.TelegramID != 0 {
		f.TelegramID = strconv.FormatInt(u.TelegramID, 10)
	}
	return f
}

func (h *Handlers) userEditPage(q *Request, status int, u domain.User, f views.UserForm, wrong error) error {
	p, err := h.userFormPage(q, views.UserFormPage{ID: u.ID, Name: u.Name, Granted: u.Sees, Form: f, Err: wrong})
	if err != nil {
		return err
	}
	return q.Render(status, views.EditUser(p))
}

func (h *Handlers) userEdit(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	f, n := readUser(q)
	err = h.Users.Edit(q.Ctx(), q.Actor, u.ID, n)
	if s, again := Form(err); err != nil && again {
		if domain.IsKey(err, "user.changed") { // what was typed belongs to another picture of him
			var err2 error
			if u, err2 = h.userInPath(q); err2 != nil {
				return err2
			}
			f = userAsIs(u.User)
		}
		return h.userEditPage(q, s, u.User, f, err)
	}
	return q.done(err, "user.saved", views.UserURL(u.ID))
}

func (h *Handlers) userBlocking(q *Request) error {
	u, err := h.blockableInPath(q)
	if err != nil {
		return err
	}
	return h.blocking(q, views.BlockUserPage(q.Ctx(), u.User))
}

func (h *Handlers) userBlock(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	return h.blocked(q, views.BlockUserPage(q.Ctx(), u.User), "user.now_blocked", func(b domain.Block) error {
		return h.Users.Block(q.Ctx(), q.Actor, u.OrganizationID, u.ID, b)
	})
}

// readBlock reads a block as it was typed, and what it means. Its times are in
// the zone that the page shows; one in effect has its beginning behind it.
func readBlock(q *Request, was domain.Block, now time.Time) (f views.BlockForm, b domain.Block, err error) {
	form := q.Context.Request.PostForm
	f = views.BlockForm{
		Reason: short(form.Get("reason"), 4*domain.MaxBlockReason), From: short(strings.TrimSpace(form.Get("from")), 40),
		Length: form.Get("length"), Until: short(strings.TrimSpace(form.Get("until")), 40),
	}
	if was.Active() {
		f.From = ""
	}
	zone := locale.Zone(q.Ctx())
	b.Reason = form.Get("reason")
	if f.From != "" {
		if b.From, err = localTime(f.From, zone, "from"); err != nil {
			return f, b, err
		}
	}
	begins := now.In(zone)
	if b.From.After(now) {
		begins = b.From
	}
	switch f.Length {
	case views.BlockDay:
		b.Until = begins.AddDate(0, 0, 1)
	case views.BlockWeek:
		b.Until = begins.AddDate(0, 0, 7)
	case views.BlockUntil:
		b.Until, err = localTime(f.Until, zone, "until")
	case views.BlockGood, "":
		f.Length = views.BlockGood
	default:
		err = domain.E(domain.Invalid, "block.length").On("length")
	}
	return f, b, err
}

// localTime reads a time as browsers send it; Invalid (block.time) on the field.
func localTime(s string, zone *time.Location, field string) (time.Time, error) {
	for _, layout := range startLayouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && t.Unix() > 0 {
			return t, nil
		}
	}
	return time.Time{}, domain.E(domain.Invalid, "block.time").On(field)
}

func (h *Handlers) userUnblock(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	err = h.Users.Unblock(q.Ctx(), q.Actor, u.OrganizationID, u.ID)
	return q.done(err, "user.unblocked", views.UserURL(u.ID))
}

// userLink gives a user who cannot sign in a link to set his password.
func (h *Handlers) userLink(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	token, _, err := h.Users.NewLink(q.Ctx(), q.Actor, u.OrganizationID, u.ID)
	if err != nil {
		return q.done(err, "", views.UserURL(u.ID))
	}
	return h.userLinked(q, u.ID, token)
}

func (h *Handlers) userRemoving(q *Request) error {
	u, err := h.blockableInPath(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.UserRemove(views.UserRemovePage{User: u}))
}

// userRemove takes a user away. That Telegram did not answer is said beside it.
func (h *Handlers) userRemove(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	out := h.Users.Remove(q.Ctx(), q.Actor, u.ID, q.PostForm("log_out") != "")
	if out == nil {
		return q.done(nil, "user.removed", string(views.NavUsers))
	}
	if _, err := h.userInPath(q); domain.IsCode(err, domain.NotFound) { // he is gone all the same
		h.Log.Warn("sessions of a removed user were not ended at Telegram", "user", u.ID, "err", out)
		q.Flash(ui.Warn, "user.removed_not_out")
		return q.Go(string(views.NavUsers))
	}
	return q.done(out, "", views.UserURL(u.ID))
}
