package handlers

import (
	"errors"
	"net/http"
	"slices"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// login shows where the actor's login stands, in every tab the same. With "new"
// or an account to connect again in the address, one that has ended is left
// aside, unless it has just failed, for this number if one is asked for: it still
// says why.
func (h *Handlers) login(q *Request) error {
	p := views.LoginPage{}
	if l, ok := h.Logins.Current(q.Actor); ok {
		p.Login = l
	}
	id := q.FormID("account")
	recent := p.Login.Step == domain.StepFailed && h.Now().Before(p.Login.ExpiresAt)
	if p.Login.Ended() && !recent && (id != 0 || q.Query("new") != "") {
		p.Login = domain.Login{}
	}
	if id != 0 && (p.Login.Step == "" || p.Login.Step == domain.StepFailed) {
		acc, err := h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), id)
		if err != nil {
			return err
		}
		if p.Login.Phone != acc.Phone {
			p.Login = domain.Login{}
		}
		p.Form = views.LoginForm{Phone: acc.Phone.String(), UserID: acc.UserID, Again: true}
	}
	if id == 0 && p.Login.Step == "" { // a new number of somebody who is there
		p.Form.UserID, p.Form.DepartmentID = q.FormID("user"), q.FormID("department")
	}
	return h.loginPage(q, http.StatusOK, p)
}

// loginAddress is where a step was sent to, opened as a page: when the language
// is changed after a refusal, or from a bookmark.
func (h *Handlers) loginAddress(q *Request) error { return q.Go(views.LoginURL) }

// loginPage shows a step with what it offers to choose from. A login that has
// failed shows its first step again, with the reason.
func (h *Handlers) loginPage(q *Request, status int, p views.LoginPage) (err error) {
	p.Now, p.MayChoose = h.Now(), q.Actor.MayConnect()
	p.MayPlace = q.Actor.User.Role == domain.RoleOwner || q.Actor.User.Role == domain.RoleAdmin
	if p.Login.Step == domain.StepFailed {
		if p.Err == nil && p.Login.Err != nil {
			p.Err = p.Login.Err
		}
		if p.Form.Phone == "" {
			p.Form = views.LoginForm{Phone: p.Login.Phone.String(), UserID: p.Login.UserID, DepartmentID: p.Login.DepartmentID}
		}
		p.Login.Step = ""
	} else if p.Err == nil && p.Login.Err != nil {
		p.Err = p.Login.Err
	}
	if p.Users, err = h.Accounts.Store.Users(q.Ctx(), q.Actor.Scope()); err != nil {
		return err
	}
	if p.Form.Again && !slices.ContainsFunc(p.Users, func(u domain.User) bool { return u.ID == p.Form.UserID }) {
		p.Form.Again, p.Form.UserID = false, 0 // he was removed: it becomes somebody else's
	}
	if p.Departments, err = h.Accounts.Store.Departments(q.Ctx(), q.Actor.User.OrganizationID); err != nil {
		return err
	}
	if p.Login.Step == domain.StepDone {
		if err := h.loginDone(q, &p); err != nil {
			return err
		}
	}
	if p.Places, err = h.accountPlaces(q); err != nil {
		return err
	}
	return q.Seg(status, views.LoginBody(p), views.Login(p))
}

// loginDone reads what the login has brought. An account that the actor may not
// see, which a manager without a department can bring about, is shown as the
// login left it.
func (h *Handlers) loginDone(q *Request, p *views.LoginPage) error {
	acc, err := h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), p.Login.Account.ID)
	if domain.IsCode(err, domain.NotFound) {
		acc, err = p.Login.Account, nil
	}
	if err != nil {
		return err
	}
	p.Account = h.accountNow(acc)
	cs, err := h.Catalogs.Store.Catalogs(q.Ctx(), q.Actor.Scope())
	for _, c := range cs {
		if c.UserID == acc.UserID && (p.Catalog.ID == 0 || c.CreatedAt.After(p.Catalog.CreatedAt)) {
			p.Catalog = c
		}
	}
	return err
}

func (h *Handlers) loginPhone(q *Request) error {
	form := q.Context.Request.PostForm
	f := views.LoginForm{
		Phone: short(form.Get("phone"), 40), UserID: q.FormID("user"), DepartmentID: q.FormID("department"), Again: form.Get("again") != "",
	}
	l, err := h.Logins.Start(q.Ctx(), q.Actor, domain.LoginOrder{
		Phone: f.Phone, UserID: f.UserID, DepartmentID: f.DepartmentID, CatalogName: locale.T(q.Ctx(), "login.first_catalog"), // a new user has no language yet: that of whoever connects is the likeliest
	})
	if err != nil {
		p := views.LoginPage{Form: f, Login: l}
		if domain.IsCode(err, domain.Limited) {
			p.Before = h.loginBefore(q, f.Phone)
		}
		return h.loginRefused(q, p, err)
	}
	return q.Go(views.LoginURL)
}

// loginBefore is why the actor's login of that phone has failed, or nil.
func (h *Handlers) loginBefore(q *Request, phone string) error {
	l, ok := h.Logins.Current(q.Actor)
	n, _ := domain.ParsePhone(phone) // "" is nobody's
	if ok && l.Err != nil && l.Err.Key != domain.KeyLoginFlood && n == l.Phone {
		return l.Err
	}
	return nil // a flood is what refuses the next try, too
}

// loginRefused shows the step again with what is wrong. A user or department
// that is gone, or was never the actor's to see, is a wrong choice of the form;
// what Telegram says against a number is about what was typed, whatever its kind.
func (h *Handlers) loginRefused(q *Request, p views.LoginPage, err error) error {
	var e *domain.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == domain.Unavailable {
		h.Log.Warn("login: Telegram is not reached", "step", p.Login.Step, "err", err)
	}
	s, again := Form(err)
	if !again && e.Field == "" {
		s = http.StatusUnprocessableEntity
	}
	p.Err = err
	return h.loginPage(q, s, p)
}

func (h *Handlers) loginCode(q *Request) error {
	return h.loginStep(q, func() (domain.Login, error) {
		return h.Logins.Code(q.Ctx(), q.Actor, short(q.PostForm("code"), 100))
	})
}

func (h *Handlers) loginPassword(q *Request) error {
	return h.loginStep(q, func() (domain.Login, error) {
		return h.Logins.Password(q.Ctx(), q.Actor, q.PostForm("password"))
	})
}

func (h *Handlers) loginResend(q *Request) error {
	return h.loginStep(q, func() (domain.Login, error) { return h.Logins.Resend(q.Ctx(), q.Actor) })
}

// loginStep goes on to where the login stands after a step, or shows the same
// step with its error.
func (h *Handlers) loginStep(q *Request, step func() (domain.Login, error)) error {
	l, err := step()
	if err != nil {
		return h.loginRefused(q, views.LoginPage{Login: l}, err)
	}
	return q.Go(views.LoginURL)
}

func (h *Handlers) loginCancel(q *Request) error {
	h.Logins.Cancel(q.Actor)
	return q.Go(views.LoginURL)
}
