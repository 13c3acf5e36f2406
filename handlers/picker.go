package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// picker shows an account's dialogs to choose from for a catalog. With "more"
// in the address it answers the next rows alone.
func (h *Handlers) picker(q *Request) error {
	p, err := h.pickerPage(q)
	if err != nil {
		return err
	}
	if q.Partial() && q.Query("more") != "" {
		return q.Render(http.StatusOK, views.PickerRows(p))
	}
	return q.Seg(http.StatusOK, views.PickerList(p), views.Picker(p))
}

func (h *Handlers) pickerPage(q *Request) (p views.PickerPage, err error) {
	p = views.PickerPage{Filter: dialogFilter(q), Page: q.Page()}
	p.Filter.Chats = p.Filter.Kind == "" // nobody writes to all his friends by "select all"
	if p.Catalog, err = h.catalogInPath(q); err != nil {
		return p, err
	}
	var acc domain.Account
	if p.Accounts, acc, err = h.accountChoice(q, p.Catalog); err != nil || acc.ID == 0 {
		return p, err
	}
	p.Account = h.accountNow(acc)
	p.Filter.CatalogID, p.Filter.Limit, p.Filter.Offset = p.Catalog.ID, views.DialogsPageSize, (p.Page-1)*views.DialogsPageSize
	p.Dialogs, p.Total, err = h.Accounts.Dialogs.Dialogs(q.Ctx(), acc.OrganizationID, acc.ID, p.Filter)
	p.Picked = map[domain.PeerID]bool{}
	for _, id := range h.picks.ids(q.pickKey(p)) {
		p.Picked[id] = true
	}
	return p, err
}

func (q *Request) pickKey(p views.PickerPage) pickKey {
	return pickKey{q.Actor.User.ID, p.Catalog.ID, p.Account.ID}
}

// pickerSelect keeps the choice: boxes ticked one by one or with Shift ("on"),
// or the boxes of a whole page and then what its button asks for.
func (h *Handlers) pickerSelect(q *Request) error {
	p, err := h.pickerPage(q)
	if err != nil {
		return err
	}
	key, form := q.pickKey(p), q.Context.Request.PostForm
	if on := form.Get("on"); on != "" {
		h.picks.set(key, on == "1", q.peers("ids")...)
		p.Picked = nil
		if p, err = h.pickerPage(q); err != nil {
			return err
		}
		return q.Render(http.StatusOK, views.Morph(views.PickedID, views.Picked(p)))
	}
	h.keepPage(q, key)
	switch form.Get("act") {
	case views.PickAll:
		err = h.pickFound(q, key, p, 1, 0)
	case views.PickRange:
		from, to := q.FormID("from"), q.FormID("to")
		if to != 0 && to < from {
			from, to = to, from
		}
		if from != 0 || to != 0 {
			err = h.pickFound(q, key, p, from, to)
		}
	case views.PickNone:
		h.picks.clear(key)
	}
	if err != nil {
		return err
	}
	if !q.Partial() {
		return q.Go(p.URL(int(max(1, q.FormInt64("go")))))
	}
	if p, err = h.pickerPage(q); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.PickerList(p))
}

// keepPage takes over the boxes of a page that was sent as a whole.
func (h *Handlers) keepPage(q *Request, key pickKey) {
	ticked := map[domain.PeerID]bool{}
	for _, id := range q.peers("ids") {
		ticked[id] = true
	}
	for _, id := range q.peers("shown") {
		h.picks.set(key, ticked[id], id)
	}
}

// pickFound ticks what the filter finds between two numbers of the account's
// whole list, as the rows show them; to 0 is the end.
func (h *Handlers) pickFound(q *Request, key pickKey, p views.PickerPage, from, to int64) error {
	f := p.Filter
	f.Limit, f.Offset = 0, 0
	rows, _, err := h.Accounts.Dialogs.Dialogs(q.Ctx(), p.Account.OrganizationID, p.Account.ID, f)
	var ids []domain.PeerID
	for _, d := range rows {
		n := int64(d.Position) + 1
		if !d.InUse && n >= from && (to == 0 || n <= to) {
			ids = append(ids, d.ID)
		}
	}
	h.picks.set(key, true, ids...)
	return err
}

func (h *Handlers) pickerAdd(q *Request) error {
	p, err := h.pickerPage(q)
	if err != nil {
		return err
	}
	key := q.pickKey(p)
	h.keepPage(q, key)
	ids := h.picks.ids(key)
	if len(ids) == 0 {
		q.Flash(ui.Warn, "catalog.none_picked")
		return q.Go(p.URL(1))
	}
	n, err := h.Catalogs.AddDialogs(q.Ctx(), q.Actor, p.Catalog.ID, p.Account.Account, ids)
	if s, again := Form(err); err != nil && again {
		p.Err = err
		return q.Render(s, views.Picker(p))
	}
	if err != nil {
		return err
	}
	h.picks.clear(key)
	if n == 0 {
		q.Flash(ui.Warn, "catalog.none_added")
	} else {
		q.Flash(ui.Ok, "catalog.added")
	}
	return q.Go(views.CatalogSeenURL(p.Catalog.ID, p.Account.ID))
}
