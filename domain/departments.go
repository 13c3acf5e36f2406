package domain

import "context"

// DepartmentRow is a department with who is in it.
type DepartmentRow struct {
	Department
	Managers []User
	Users    int // with its managers
	Accounts int // connected
}

// AddDepartment makes a department of the actor's organization. Invalid on
// "name", Conflict (department.taken).
func (s *Users) AddDepartment(ctx context.Context, a Actor, name string) (d Department, err error) {
	if a.User.Role != RoleOwner {
		return d, E(Forbidden, "service.owner_only")
	}
	d.OrganizationID = a.User.OrganizationID
	if d.Name, err = CleanName(name, "name", MaxDepartment); err != nil {
		return d, err
	}
	return s.Store.AddDepartment(ctx, d)
}

// RenameDepartment gives a department another name.
func (s *Users) RenameDepartment(ctx context.Context, a Actor, id int64, name string) (err error) {
	if a.User.Role != RoleOwner {
		return E(Forbidden, "service.owner_only")
	}
	d := Department{ID: id, OrganizationID: a.User.OrganizationID}
	if d.Name, err = CleanName(name, "name", MaxDepartment); err != nil {
		return err
	}
	return s.Store.RenameDepartment(ctx, d)
}

// RemoveDepartment takes an empty department away.
func (s *Users) RemoveDepartment(ctx context.Context, a Actor, id int64) error {
	if a.User.Role != RoleOwner {
		return E(Forbidden, "service.owner_only")
	}
	return s.Store.RemoveDepartment(ctx, a.User.OrganizationID, id)
}
