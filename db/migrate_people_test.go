package db

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"postix/domain"
)

// TestUpgradeOfPeople: whoever was blocked stays so, an organization keeps all the
// users it has, and departments of one name can be told apart.
func TestUpgradeOfPeople(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	files, _ := migrations(t, 6)
	if err := upgradeAt(t.Context(), path, files); err != nil {
		t.Fatal(err)
	}
	raw := must(openRaw(path))
	for _, do := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		`INSERT INTO organizations (id, name, zone, gap_min_ms, gap_max_ms, min_interval_ms, account_limit, created_at) VALUES (2, 'Katta', 'UTC', 0, 0, 0, 1, 1), (3, 'Kichik', 'UTC', 0, 0, 0, 1, 1)`,
		`INSERT INTO departments (id, organization_id, name) VALUES (1, 2, 'Savdo'), (2, 2, 'Savdo'), (3, 3, 'Savdo'), (4, 2, 'Ombor'),
			(5, 2, 'Savdo (2)'), (6, 2, 'Savdo (2)'), (7, 2, 'Savdo (2) (2)'), (8, 2, 'savdo'), (9, 2, 'Savdo')`,
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
			INSERT INTO users (id, organization_id, department_id, role, name, blocked_at, created_at)
			SELECT i, 2, 1, 'member', 'U' || i, CASE WHEN i = 7 THEN 1772000000000 ELSE 0 END, 1 FROM n`,
	} {
		if _, err := raw.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}

	s := openStore(t, path)
	us, n, err := s.UserList(t.Context(), whole(2), domain.UserFilter{Blocked: true})
	if err != nil || n != 1 || us[0].ID != 7 || !us[0].Block.Active() || !us[0].Block.From.Equal(us[0].Block.Since) || us[0].Block.ByService {
		t.Errorf("blocked: %+v, %v", us, err)
	}
	for id, limit := range map[int64]int{2: 120, 3: 100} {
		o, err := s.read.Organization(t.Context(), id)
		if err != nil || toOrganization(o).Limits.Users != limit {
			t.Errorf("organization %d may have %d users, %v", id, o.UserLimit, err)
		}
	}
	names := map[int64]string{}
	for _, d := range must(s.DepartmentRows(t.Context(), 2)) {
		names[d.ID] = d.Name
	}
	want := map[int64]string{
		1: "Savdo", 2: "Savdo (2) (2) (2)", 4: "Ombor", 5: "Savdo (2)", 6: "Savdo (2) (6)", 7: "Savdo (2) (2)", 8: "savdo", 9: "Savdo (9)",
	}
	if !maps.Equal(names, want) || must(s.DepartmentRows(t.Context(), 3))[0].Name != "Savdo" {
		t.Errorf("departments: %v", names)
	}
	for _, name := range []string{"savdo", "Savdogarlar"} { // beside "Savdo" it may stay, and be renamed
		if err := s.RenameDepartment(t.Context(), domain.Department{ID: 8, OrganizationID: 2, Name: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantKey(t, s.RenameDepartment(t.Context(), domain.Department{ID: 8, OrganizationID: 2, Name: "SAVDO"}), domain.Conflict, "department.taken")
}

// TestDowngradeOfPeople: whoever is shut out stays so with the schema before, and
// when he comes back from it.
func TestDowngradeOfPeople(t *testing.T) {
	w := newWorld(t, 0)
	other := w.second(0)
	gone, out := w.join(domain.User{Name: "Vali"}), w.join(domain.User{Name: "Ali"})
	w.ok(w.s.RemoveUser(w.ctx, gone, start.Add(time.Hour)))
	w.ok(w.s.BlockUser(w.ctx, out, domain.Block{Reason: "x", From: start}, start))
	w.ok(w.s.BlockOrganization(w.ctx, other.org.ID, domain.Block{Reason: "Qarz", From: start.Add(time.Minute)}, start.Add(time.Minute)))
	w.ok(w.s.Close())
	since := func(id int64) (when time.Time) {
		db := must(openRaw(w.path))
		defer db.Close()
		var blocked int64
		w.ok(db.QueryRowContext(w.ctx, "SELECT blocked_at FROM users WHERE id = ?", id).Scan(&blocked))
		return at(blocked)
	}
	check := func() {
		t.Helper()
		for id, want := range map[int64]time.Time{w.user.ID: {}, gone.ID: start.Add(time.Hour), out.ID: start, other.user.ID: start.Add(time.Minute)} {
			if got := since(id); !got.Equal(want) {
				t.Errorf("user %d is blocked since %v, want %v", id, got, want)
			}
		}
	}
	files, _ := migrations(t, 0)
	w.ok(goDown(w.ctx, w.path, files, 6, true))
	check()
	w.ok(upgradeAt(w.ctx, w.path, files))
	check()
}
