package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

func catalogRoutes() []Route {
	return []Route{
		get("/admin/catalogs", SignedIn, (*Handlers).catalogs),
		post("/admin/catalogs", SignedIn, (*Handlers).catalogCreate),
		get(views.NewCatalogURL, SignedIn, (*Handlers).catalogNew),
		get("/admin/catalogs/:id", SignedIn, (*Handlers).catalog),
		get("/admin/catalogs/:id/rename", SignedIn, catalogNaming(views.CatalogRename)),
		post("/admin/catalogs/:id/rename", SignedIn, (*Handlers).catalogRename),
		get("/admin/catalogs/:id/copy", SignedIn, catalogNaming(views.CatalogCopy)),
		post("/admin/catalogs/:id/copy", SignedIn, (*Handlers).catalogCopy),
		post("/admin/catalogs/:id/delete", SignedIn, (*Handlers).catalogDelete),
		post("/admin/catalogs/:id/remove", SignedIn, (*Handlers).catalogRemove),
		post("/admin/catalogs/:id/retry", SignedIn, (*Handlers).catalogRetry),
		get("/admin/catalogs/:id/add", SignedIn, (*Handlers).picker),
		post("/admin/catalogs/:id/add", SignedIn, (*Handlers).pickerAdd),
		post("/admin/catalogs/:id/select", SignedIn, (*Handlers).pickerSelect),
		get("/admin/catalogs/:id/lines", SignedIn, (*Handlers).catalogLines),
		post("/admin/catalogs/:id/lines", SignedIn, (*Handlers).catalogAddLines),
	}
}

func (h *Handlers) catalogs(q *Request) error {
	cs, err := h.Catalogs.Store.Catalogs(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return err
	}
	accounts, err := h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Catalogs(views.CatalogsPage{Now: h.Now(), Catalogs: cs, Accounts: len(accounts)}))
}

// catalogName shows the form of a dialog as a page of its own, when the name in
// it is refused. A name that is taken is wrong input like any other.
func (h *Handlers) catalogName(q *Request, f views.CatalogNameForm, err error) error {
	s, again := Form(err)
	if domain.IsKey(err, "catalog.name_taken") {
		s = http.StatusUnprocessableEntity
	}
	if !again {
		return err
	}
	f.Name, f.Err = short(q.PostForm("name"), 400), err
	return q.Render(s, views.CatalogName(f))
}

// catalogNew is the form of the list's dialog as a page of its own.
func (h *Handlers) catalogNew(q *Request) error {
	return q.Render(http.StatusOK, views.CatalogName(views.NameForm(q.Ctx(), views.CatalogCreate, domain.Catalog{})))
}

// catalogNaming is that of the dialogs about one catalog.
func catalogNaming(act views.CatalogAct) func(*Handlers, *Request) error {
	return func(h *Handlers, q *Request) error {
		c, err := h.catalogInPath(q)
		if err != nil {
			return err
		}
		return q.Render(http.StatusOK, views.CatalogName(views.NameForm(q.Ctx(), act, c)))
	}
}

func (h *Handlers) catalogCreate(q *Request) error {
	c, err := h.Catalogs.Create(q.Ctx(), q.Actor, q.PostForm("name"))
	if err != nil {
		return h.catalogName(q, views.CatalogNameForm{Act: views.CatalogCreate}, err)
	}
	q.Flash(ui.Ok, "catalog.created")
	return q.Go(views.CatalogURL(c.ID))
}

func (h *Handlers) catalogRename(q *Request) error {
	c, err := h.catalogInPath(q)
	if err != nil {
		return err
	}
	if err := h.Catalogs.Rename(q.Ctx(), q.Actor, c.ID, q.PostForm("name")); err != nil {
		return h.catalogName(q, views.CatalogNameForm{Act: views.CatalogRename, Catalog: c}, err)
	}
	q.Flash(ui.Ok, "catalog.renamed")
	return q.Go(q.back(views.CatalogURL(c.ID)))
}

func (h *Handlers) catalogCopy(q *Request) error {
	c, err := h.catalogInPath(q)
	if err != nil {
		return err
	}
	made, err := h.Catalogs.Copy(q.Ctx(), q.Actor, c.ID, q.PostForm("name"))
	if err != nil {
		return h.catalogName(q, views.CatalogNameForm{Act: views.CatalogCopy, Catalog: c}, err)
	}
	q.Flash(ui.Ok, "catalog.copied")
	return q.Go(views.CatalogURL(made.ID))
}

func (h *Handlers) catalogDelete(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Catalogs.Delete(q.Ctx(), q.Actor, id), "catalog.deleted", string(views.NavCatalogs))
}

func (h *Handlers) catalogInPath(q *Request) (domain.Catalog, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Catalog{}, err
	}
	return h.Catalogs.Store.Catalog(q.Ctx(), q.Actor.Scope(), id)
}
