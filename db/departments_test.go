package db

import (
	"testing"

	"postix/domain"
)

func TestDepartments(t *testing.T) {
	w := newWorld(t, 0)
	o := w.second(0)
	add := func(w *world, name string) (domain.Department, error) {
		return w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: name})
	}
	sales, depot := must(add(w, "Savdo boʻlimi")), must(add(w, "Ombor"))
	theirs := must(add(o, "Savdo boʻlimi"))
	_, err := add(w, "SAVDO bo'limi")
	wantKey(t, err, domain.Conflict, "department.taken")
	wantField(t, err, "name")

	manager := w.join(domain.User{Name: "M", Role: domain.RoleManager, DepartmentID: sales.ID})
	member := w.join(domain.User{Name: "A", DepartmentID: sales.ID})
	w.user = member
	w.connect("+998905550001", 501)
	rows := must(w.s.DepartmentRows(w.ctx, w.org.ID))
	if len(rows) != 2 || rows[0].Department != depot || rows[0].Users != 0 || rows[1].Department != sales || rows[1].Users != 2 ||
		rows[1].Accounts != 1 || len(rows[1].Managers) != 1 || rows[1].Managers[0] != manager {
		t.Errorf("%+v", rows)
	}

	rename := func(id int64, name string) error {
		return w.s.RenameDepartment(w.ctx, domain.Department{ID: id, OrganizationID: w.org.ID, Name: name})
	}
	wantKey(t, rename(sales.ID, "ombor"), domain.Conflict, "department.taken")
	wantKey(t, rename(theirs.ID, "Yangi"), domain.NotFound, "department.missing")
	w.ok(rename(sales.ID, "SAVDO"))

	remove := func(id int64) error { return w.s.RemoveDepartment(w.ctx, w.org.ID, id) }
	wantKey(t, remove(theirs.ID), domain.NotFound, "department.missing")
	wantKey(t, remove(sales.ID), domain.Conflict, "department.not_empty")
	w.ok(w.s.RemoveUser(w.ctx, member, start))
	moved := manager
	moved.DepartmentID, moved.Role = 0, domain.RoleMember
	w.ok(w.s.EditUser(w.ctx, manager, moved, start))
	w.ok(remove(sales.ID))
	wantKey(t, remove(sales.ID), domain.NotFound, "department.missing")
	if rows := must(w.s.DepartmentRows(w.ctx, w.org.ID)); len(rows) != 1 || len(must(w.s.DepartmentRows(o.ctx, o.org.ID))) != 1 {
		t.Errorf("%+v", rows)
	}
	for event, want := range map[domain.AuditEvent][]string{
		domain.AuditDepartmentAdd:    {"Savdo boʻlimi", "Ombor"},
		domain.AuditDepartmentRename: {"Savdo boʻlimi → SAVDO"},
		domain.AuditDepartmentRemove: {"SAVDO"},
	} {
		if got := w.kept(event); len(got) != len(want) || got[0] != want[0] {
			t.Errorf("%s: %q", event, got)
		}
	}
}
