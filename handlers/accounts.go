package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

func accountRoutes() []Route {
	return []Route{
		get("/admin/accounts", SignedIn, (*Handlers).accounts),
		get("/admin/accounts/live", SignedIn, (*Handlers).accountsLive),
		get("/admin/accounts/:id", SignedIn, (*Handlers).account),
		get("/admin/accounts/:id/live", SignedIn, (*Handlers).accountLive),
		post("/admin/accounts/:id/refresh", SignedIn, (*Handlers).accountRefresh),
		post("/admin/accounts/:id/resume", SignedIn, (*Handlers).accountResume),
		post("/admin/accounts/:id/disconnect", SignedIn, (*Handlers).accountDisconnect),
		post("/admin/accounts/:id/listen", SignedIn, (*Handlers).accountListen),
		get(views.LoginURL, SignedIn, (*Handlers).login),
		get(views.LoginURL+"/:step", SignedIn, (*Handlers).loginAddress),
		post(views.LoginURL+"/phone", SignedIn, (*Handlers).loginPhone),
		post(views.LoginURL+"/code", SignedIn, (*Handlers).loginCode),
		post(views.LoginURL+"/password", SignedIn, (*Handlers).loginPassword),
		post(views.LoginURL+"/resend", SignedIn, (*Handlers).loginResend),
		post(views.LoginURL+"/cancel", SignedIn, (*Handlers).loginCancel),
	}
}

func (h *Handlers) accounts(q *Request) error {
	p, err := h.accountsPage(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Accounts(p))
}

// accountsPage lists the accounts with their live side.
func (h *Handlers) accountsPage(q *Request) (p views.AccountsPage, err error) {
	p.Now = h.Now()
	p.Accounts, err = h.accountsNow(q, q.Actor.Scope())
	return p, err
}

// accountsNow lists accounts as they are now, disconnected ones last.
func (h *Handlers) accountsNow(q *Request, s domain.Scope) (ns []views.AccountNow, err error) {
	all, err := h.Accounts.Store.Accounts(q.Ctx(), s)
	for _, a := range all {
		ns = append(ns, h.accountNow(a))
	}
	slices.SortStableFunc(ns, func(a, b views.AccountNow) int { return a.Rank() - b.Rank() })
	return ns, err
}

func (h *Handlers) accountNow(a domain.Account) views.AccountNow {
	return views.AccountNow{Account: a, Link: h.Accounts.Links.Link(a.ID), Reading: h.Accounts.Refreshing(a.ID), Now: h.Now()}
}

func (h *Handlers) accountsLive(q *Request) error {
	patch := newPatch()
	return q.Live(func() (templ.Component, error) {
		p, err := h.accountsPage(q)
		if err != nil {
			return nil, err
		}
		var rows []row
		for _, a := range p.Accounts {
			rows = append(rows, row{views.AccountRowID(a.ID), views.AccountRow(a)})
		}
		if err := patch.list(q.Ctx(), views.AccountsID, views.AccountList(p), rows); err != nil {
			return nil, err
		}
		err = patch.part(q.Ctx(), views.CampaignStampID, views.CampaignStamp(p.Now))
		return patch.picture(), err
	})
}

func (h *Handlers) account(q *Request) error {
	acc, err := h.accountInPath(q)
	if err != nil {
		return err
	}
	p := views.AccountPage{Account: h.accountNow(acc), Filter: dialogFilter(q), Page: q.Page(), URL: q.Context.Request.URL}
	p.Filter.Limit, p.Filter.Offset = views.DialogsPageSize, (p.Page-1)*views.DialogsPageSize
	p.Dialogs, p.Total, err = h.Accounts.Dialogs.Dialogs(q.Ctx(), acc.OrganizationID, acc.ID, p.Filter)
	if err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.AccountDialogs(p), views.Account(p))
}

func (h *Handlers) accountInPath(q *Request) (domain.Account, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Account{}, err
	}
	return h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), id)
}

// dialogFilter reads what narrows an account's dialogs down, from the query or a
// form; what makes no sense does not narrow.
func dialogFilter(q *Request) domain.DialogFilter {
	form := q.Context.Request.Form
	f := domain.DialogFilter{
		Search:   short(strings.TrimSpace(form.Get("search")), 200),
		Kind:     domain.PeerKind(form.Get("kind")),
		Writable: form.Get("writable") != "",
	}
	if !slices.Contains(domain.PeerKinds, f.Kind) {
		f.Kind = ""
	}
	return f
}

func (h *Handlers) accountLive(q *Request) error {
	acc, err := h.accountInPath(q)
	if err != nil {
		return err // a 404 must not come as a stream
	}
	patch := newPatch()
	return q.Live(func() (templ.Component, error) {
		fresh, err := h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), acc.ID)
		if err != nil {
			return nil, err
		}
		a := h.accountNow(fresh)
		for _, r := range []row{
			{views.AccountFactsID, views.AccountFacts(a)},
			{views.AccountListensID, views.AccountListens(a)},
			{views.AccountActionsID, views.AccountActions(a)},
			{views.CampaignStampID, views.CampaignStamp(a.Now)},
		} {
			if err := patch.part(q.Ctx(), r.id, r.part); err != nil {
				return nil, err
			}
		}
		return patch.picture(), nil
	})
}

// refreshWait is how long an answer waits for dialogs to be read: a small
// account is done by then, and what goes wrong goes wrong at once.
const refreshWait = 4 * time.Second

// accountRefresh reads the dialogs of an account. Thousands of them take longer
// than a person waits for an answer, so the reading goes on without him and the
// live page shows its end.
func (h *Handlers) accountRefresh(q *Request) error {
	acc, err := h.accountInPath(q)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		err := h.Accounts.Refresh(h.Closing, acc)
		if err != nil {
			h.Log.Warn("reading dialogs", "account", acc.ID, "err", err)
		}
		done <- err
	}()
	select {
	case err = <-done:
		return q.done(err, "account.read", q.back(views.AccountURL(acc.ID)))
	case <-time.After(refreshWait):
		return q.done(nil, "account.reading", q.back(views.AccountURL(acc.ID)))
	}
}

func (h *Handlers) accountResume(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Accounts.Resume(q.Ctx(), q.Actor, id), "account.resumed", q.back(views.AccountURL(id)))
}

func (h *Handlers) accountDisconnect(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Accounts.Disconnect(q.Ctx(), q.Actor, id), "account.disconnected", q.back(views.AccountURL(id)))
}

// accountListen lets an account hear what is written in its groups, or no longer.
func (h *Handlers) accountListen(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	on, said := q.PostForm("on") == "1", "account.listens_off"
	if on {
		said = "account.listens_on"
	}
	return q.done(h.Accounts.Listen(q.Ctx(), q.Actor, id, on), said, q.back(views.AccountURL(id)))
}

// done ends an act of one button: it goes on to a page that says how it went. A
// refusal that has no sentence for that is answered as an error.
func (q *Request) done(err error, key, to string) error {
	if err == nil {
		q.Flash(ui.Ok, key)
		return q.Go(to)
	}
	if key, ok := flashKey(err); ok {
		q.Flash(ui.Warn, key)
		return q.Go(to)
	}
	return err
}

// back is the page of ours that a form came from, or the given one.
func (q *Request) back(otherwise string) string {
	if to := ours(q.Context.Request.PostForm.Get("back")); to != "/" {
		return to
	}
	return otherwise
}
