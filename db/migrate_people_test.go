package db

import (
	"fmt"
	"path/filepath"
	"testing"

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
		`INSERT INTO departments (id, organization_id, name) VALUES (1, 2, 'Savdo'), (2, 2, 'Savdo'), (3, 3, 'Savdo'), (4, 2, 'Ombor')`,
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
	names := map[string]int{}
	for _, d := range must(s.DepartmentRows(t.Context(), 2)) {
		names[d.Name] = d.Users
	}
	if len(names) != 3 || names["Savdo"] != 120 || must(s.DepartmentRows(t.Context(), 3))[0].Name != "Savdo" {
		t.Errorf("departments: %v", names)
	}
}
