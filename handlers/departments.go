package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
)

func departmentRoutes() []Route {
	at := views.DepartmentsURL
	return []Route{
		get(at, Owner, (*Handlers).departments),
		post(at, Owner, (*Handlers).departmentAdd),
		get(views.NewDepartmentURL, Owner, (*Handlers).departmentNew),
		get(at+"/:id/rename", Owner, (*Handlers).departmentRenaming),
		post(at+"/:id/rename", Owner, (*Handlers).departmentRename),
		post(at+"/:id/remove", Owner, (*Handlers).departmentRemove),
	}
}

func (h *Handlers) departments(q *Request) error {
	ds, err := h.Users.Store.DepartmentRows(q.Ctx(), q.Actor.User.OrganizationID)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Departments(views.DepartmentsPage{Departments: ds}))
}

// departmentNew is the form of the list's dialog as a page of its own.
func (h *Handlers) departmentNew(q *Request) error {
	return q.Render(http.StatusOK, views.DepartmentName(views.DepartmentForm{}))
}

func (h *Handlers) departmentRenaming(q *Request) error {
	d, err := h.departmentInPath(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.DepartmentName(views.NameDepartment(d)))
}

func (h *Handlers) departmentAdd(q *Request) error {
	f := views.DepartmentForm{Name: short(q.PostForm("name"), 400)}
	_, err := h.Users.AddDepartment(q.Ctx(), q.Actor, f.Name)
	return h.departmentNamed(q, f, err, "department.added")
}

func (h *Handlers) departmentRename(q *Request) error {
	d, err := h.departmentInPath(q)
	if err != nil {
		return err
	}
	f := views.NameDepartment(d)
	f.Name = short(q.PostForm("name"), 400)
	err = h.Users.RenameDepartment(q.Ctx(), q.Actor, d.ID, f.Name)
	return h.departmentNamed(q, f, err, "department.renamed")
}

// departmentNamed goes back to the list, or asks for the name again.
func (h *Handlers) departmentNamed(q *Request, f views.DepartmentForm, err error, done string) error {
	if s, again := Form(err); err != nil && again {
		f.Err = err
		return q.Render(s, views.DepartmentName(f))
	}
	return q.done(err, done, views.DepartmentsURL)
}

func (h *Handlers) departmentRemove(q *Request) error {
	d, err := h.departmentInPath(q)
	if err != nil {
		return err
	}
	err = h.Users.RemoveDepartment(q.Ctx(), q.Actor, d.ID)
	return q.done(err, "department.removed", views.DepartmentsURL)
}

func (h *Handlers) departmentInPath(q *Request) (domain.Department, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Department{}, err
	}
	ds, err := h.Users.Store.DepartmentRows(q.Ctx(), q.Actor.User.OrganizationID)
	for _, d := range ds {
		if d.ID == id {
			return d.Department, nil
		}
	}
	if err == nil {
		err = domain.Missing("department.missing")
	}
	return domain.Department{}, err
}
