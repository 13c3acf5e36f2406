package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// catalog shows the chats of a catalog as an account sees them.
func (h *Handlers) catalog(q *Request) error {
	c, err := h.catalogInPath(q)
	if err != nil {
		return err
	}
	p := views.CatalogPage{
		Now: h.Now(), Catalog: c, URL: q.Context.Request.URL, Page: q.Page(),
		Search: q.words("search"), Troubled: q.Query("troubled") != "",
	}
	if p.Accounts, p.Account, err = h.accountChoice(q, c); err != nil {
		return err
	}
	all, err := h.Catalogs.Peers.Targets(q.Ctx(), q.Actor.Scope(), c.ID, p.Account.ID)
	if err != nil {
		return err
	}
	p.Show(all)
	return q.Seg(http.StatusOK, views.CatalogPeers(p), views.Catalog(p))
}

// accountChoice lists the accounts that chats can be seen through, and the one
// that is asked for: in the request, or else the one that knows most of the
// catalog's chats, the catalog's user's before others. An account that the actor
// may not see is missing.
func (h *Handlers) accountChoice(q *Request, c domain.Catalog) (as []domain.Account, chosen domain.Account, err error) {
	if id := q.FormID("account"); id != 0 {
		if chosen, err = h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), id); err != nil {
			return nil, chosen, err
		}
	}
	all, err := h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return nil, chosen, err
	}
	for _, a := range all {
		if a.State == domain.AccountDisconnected && a.ID != chosen.ID {
			continue
		}
		as = append(as, a)
	}
	if chosen.ID != 0 || len(as) == 0 {
		return as, chosen, nil
	}
	known, err := h.Catalogs.Dialogs.KnownOf(q.Ctx(), c.OrganizationID, c.ID)
	return as, slices.MaxFunc(as, func(a, b domain.Account) int {
		if n := cmp.Compare(known[a.ID], known[b.ID]); n != 0 {
			return n
		}
		return cmp.Compare(mine(a, c), mine(b, c))
	}), err
}

// mine is 1 when the account and the catalog are the same user's.
func mine(a domain.Account, c domain.Catalog) int {
	if a.UserID == c.UserID {
		return 1
	}
	return 0
}

func (h *Handlers) catalogRemove(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	ids := q.peers("ids")
	to := q.back(views.CatalogURL(id))
	if len(ids) == 0 {
		q.Flash(ui.Warn, "catalog.none_picked")
		return q.Go(to)
	}
	_, err = h.Catalogs.RemovePeers(q.Ctx(), q.Actor, id, ids)
	return q.done(err, "catalog.removed", to)
}

// catalogRetry makes a chat that is skipped be tried again.
func (h *Handlers) catalogRetry(q *Request) error {
	c, err := h.catalogInPath(q)
	if err != nil {
		return err
	}
	acc, err := h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), q.FormID("account"))
	if err != nil {
		return err
	}
	for _, id := range q.peers("peer") {
		if err := h.Catalogs.Dialogs.ClearFails(q.Ctx(), acc.OrganizationID, acc.ID, id); err != nil {
			return err
		}
	}
	return q.done(nil, "catalog.retried", q.back(views.CatalogURL(c.ID)))
}

// peers is a list of peers' ids in a query or form, separated by commas or
// repeated, at most as many as a catalog holds.
func (q *Request) peers(name string) (ids []domain.PeerID) {
	for _, v := range q.Context.Request.Form[name] {
		for s := range strings.SplitSeq(v, ",") {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n != 0 && len(ids) < domain.MaxCatalogPeers {
				ids = append(ids, domain.PeerID(n))
			}
		}
	}
	return ids
}

func (h *Handlers) catalogLines(q *Request) error {
	p, err := h.linesPage(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.CatalogLines(p))
}

func (h *Handlers) linesPage(q *Request) (p views.CatalogLinesPage, err error) {
	if p.Catalog, err = h.catalogInPath(q); err != nil {
		return p, err
	}
	p.Accounts, p.Account, err = h.accountChoice(q, p.Catalog)
	return p, err
}

// catalogAddLines adds what the lines name and says of each what became of it.
// Lines that could not be used stay in the form.
func (h *Handlers) catalogAddLines(q *Request) error {
	p, err := h.linesPage(q)
	if err != nil {
		return err
	}
	p.Lines = q.PostForm("lines")
	p.Results, err = h.Catalogs.AddLines(q.Ctx(), q.Actor, p.Catalog.ID, p.Account, p.Lines)
	s, again := Form(err)
	switch {
	case err == nil:
		p.Lines, s = p.Unused(), http.StatusOK
		if p.Catalog, err = h.catalogInPath(q); err != nil {
			return err
		}
	case again:
		p.Err, p.Results = err, nil
	default:
		return err
	}
	return q.Render(s, views.CatalogLines(p))
}
