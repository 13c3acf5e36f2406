package db

import (
	"context"
	"fmt"

	"postix/db/sqlc"
	"postix/domain"
)

// DepartmentRows implements [domain.UserStore].
func (s *Store) DepartmentRows(ctx context.Context, organizationID int64) ([]domain.DepartmentRow, error) {
	rows, err := s.read.DepartmentRows(ctx, organizationID)
	if err != nil {
		return nil, refuse("list the departments", err)
	}
	managers, err := s.read.Managers(ctx, organizationID)
	if err != nil {
		return nil, refuse("list the managers", err)
	}
	of := map[int64][]domain.User{}
	for _, m := range managers {
		of[m.DepartmentID.Int64] = append(of[m.DepartmentID.Int64], toUser(m))
	}
	connected, err := s.read.AccountsByDepartment(ctx, organizationID)
	if err != nil {
		return nil, refuse("count the departments' accounts", err)
	}
	accounts := map[int64]int{}
	for _, c := range connected {
		accounts[c.DepartmentID.Int64] = int(c.Accounts)
	}
	ds := make([]domain.DepartmentRow, len(rows))
	for i, r := range rows {
		ds[i] = domain.DepartmentRow{
			Department: toDepartment(r.Department), Managers: of[r.Department.ID], Users: int(r.Users), Accounts: accounts[r.Department.ID],
		}
	}
	return ds, nil
}

func toDepartment(r sqlc.Department) domain.Department {
	return domain.Department{ID: r.ID, OrganizationID: r.OrganizationID, Name: r.Name}
}

// checkDepartment refuses a user's department that his organization has not, or
// no longer.
func checkDepartment(ctx context.Context, q *sqlc.Queries, u domain.User) error {
	if u.DepartmentID == 0 {
		return nil
	}
	if _, err := department(ctx, q, u.OrganizationID, u.DepartmentID, ""); domain.IsCode(err, domain.NotFound) {
		return domain.E(domain.Invalid, "department.missing").On("department")
	} else if err != nil {
		return err
	}
	return nil
}

// department finds one for which nobody else has that name; case does not count,
// and the name that it has may stay. NotFound (department.missing), Conflict
// (department.taken).
func department(ctx context.Context, q *sqlc.Queries, organizationID, id int64, name string) (domain.Department, error) {
	rows, err := q.Departments(ctx, organizationID)
	if err != nil {
		return domain.Department{}, fmt.Errorf("list the departments: %w", err)
	}
	var found domain.Department
	taken := false
	for _, r := range rows {
		if r.ID == id {
			found = toDepartment(r)
		} else if fold(r.Name) == fold(name) {
			taken = true
		}
	}
	switch {
	case found.ID != id:
		return found, domain.Missing("department.missing")
	case taken && found.Name != name:
		return found, domain.E(domain.Conflict, "department.taken").On("name")
	}
	return found, nil
}

func auditDepartment(ctx context.Context, d domain.Department, event domain.AuditEvent, detail string) {
	audit(ctx, domain.AuditEntry{
		OrganizationID: d.OrganizationID, Event: event, Subject: domain.SubjectDepartment, SubjectID: d.ID, Detail: detail,
	})
}

// AddDepartment implements [domain.UserStore] and [domain.Setup].
func (s *Store) AddDepartment(ctx context.Context, d domain.Department) (domain.Department, error) {
	err := s.write(ctx, "add a department", func(ctx context.Context, q *sqlc.Queries) error {
		if _, err := department(ctx, q, d.OrganizationID, 0, d.Name); err != nil {
			return err
		}
		r, err := q.InsertDepartment(ctx, sqlc.InsertDepartmentParams{OrganizationID: d.OrganizationID, Name: d.Name})
		d = toDepartment(r)
		auditDepartment(ctx, d, domain.AuditDepartmentAdd, d.Name)
		return err
	})
	return d, err
}

// RenameDepartment implements [domain.UserStore].
func (s *Store) RenameDepartment(ctx context.Context, d domain.Department) error {
	return s.write(ctx, "rename a department", func(ctx context.Context, q *sqlc.Queries) error {
		was, err := department(ctx, q, d.OrganizationID, d.ID, d.Name)
		if err != nil || was.Name == d.Name {
			return err
		}
		auditDepartment(ctx, d, domain.AuditDepartmentRename, was.Name+" → "+d.Name)
		return q.RenameDepartment(ctx, sqlc.RenameDepartmentParams{Name: d.Name, OrganizationID: d.OrganizationID, ID: d.ID})
	})
}

// RemoveDepartment implements [domain.UserStore]. Users who were removed do not
// hold it.
func (s *Store) RemoveDepartment(ctx context.Context, organizationID, id int64) error {
	return s.write(ctx, "remove a department", func(ctx context.Context, q *sqlc.Queries) error {
		d, err := department(ctx, q, organizationID, id, "")
		if err != nil {
			return err
		}
		users, err := q.Users(ctx, sqlc.UsersParams{OrganizationID: organizationID, InDepartment: id})
		if err != nil {
			return fmt.Errorf("list the department's users: %w", err)
		}
		if len(users) > 0 {
			return domain.E(domain.Conflict, "department.not_empty")
		}
		err = q.LeaveDepartment(ctx, sqlc.LeaveDepartmentParams{OrganizationID: organizationID, DepartmentID: reference(id)})
		if err != nil {
			return fmt.Errorf("take who was removed out of it: %w", err)
		}
		auditDepartment(ctx, d, domain.AuditDepartmentRemove, d.Name)
		return q.DeleteDepartment(ctx, sqlc.DeleteDepartmentParams{OrganizationID: organizationID, ID: id})
	})
}
