package views

import (
	"context"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// DepartmentsURL is the page of departments, below that of users.
const DepartmentsURL = "/admin/departments"

// NewDepartmentURL is where a department is added.
const NewDepartmentURL = DepartmentsURL + "/new"

// DepartmentsPage is the list of departments.
type DepartmentsPage struct {
	Departments []domain.DepartmentRow
}

// DepartmentForm asks for the name of a department, a new one or one that has a
// name.
type DepartmentForm struct {
	ID   int64  // 0: a new one
	Old  string // the name that it has
	Name string // as typed
	Err  error
}

func departmentURL(id int64) string { return DepartmentsURL + "/" + itoa(id) }

// departmentUsersURL is the list of a department's users.
func departmentUsersURL(id int64) string { return string(NavUsers) + "?department=" + itoa(id) }

// NameDepartment is the form for a department's name as it is.
func NameDepartment(d domain.Department) DepartmentForm {
	return DepartmentForm{ID: d.ID, Old: d.Name, Name: d.Name}
}

func (f DepartmentForm) act() string {
	if f.ID == 0 {
		return "add"
	}
	return "rename"
}

func (f DepartmentForm) dialogID() string { return "department-" + f.act() + itoa(f.ID) }

func (f DepartmentForm) action() string {
	if f.ID == 0 {
		return DepartmentsURL
	}
	return f.page()
}

// page is the address of the form as a page of its own.
func (f DepartmentForm) page() string {
	if f.ID == 0 {
		return NewDepartmentURL
	}
	return departmentURL(f.ID) + "/rename"
}

func (f DepartmentForm) title(ctx context.Context) string {
	if f.ID == 0 {
		return locale.T(ctx, "department.add.title")
	}
	return locale.T(ctx, "department.rename.title", "Name", ui.Visible(f.Old))
}

func askRemoveDepartment(ctx context.Context, d domain.Department) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "department.remove.title", "Name", ui.Visible(d.Name)),
		Text:  locale.T(ctx, "department.remove.text"),
		Yes:   locale.T(ctx, "department.remove.yes"),
	}
}
