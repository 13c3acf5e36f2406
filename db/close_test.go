package db

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postix/domain"
)

// TestClosedIsOneFile: after a clean end the database file alone is everything.
func TestClosedIsOneFile(t *testing.T) {
	w := newWorld(t, 3)
	w.campaign(2, 0)
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(w.path + "-*"); len(left) != 0 {
		t.Errorf("left beside the database: %v", left)
	}
	data, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "postix.db")
	if err := os.WriteFile(alone, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, alone)
	if cs, _, err := s.Campaigns(t.Context(), w.scope, domain.CampaignFilter{Limit: 10}); err != nil || len(cs) != 1 {
		t.Errorf("the copy holds %d campaigns, %v", len(cs), err)
	}
}

// TestLostDatabaseIsNotReplaced: an empty or foreign or damaged file is refused
// and left as it is.
func TestLostDatabaseIsNotReplaced(t *testing.T) {
	w := newWorld(t, 3)
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	foreign := append([]byte(nil), whole...)
	copy(foreign[applicationAt:], []byte{0, 0, 0, 0})
	damaged := append([]byte(nil), whole...)
	for i := len(damaged) / 2; i < len(damaged)/2+8000; i++ {
		damaged[i] = 0x5a
	}
	for name, c := range map[string]struct {
		data []byte
		log  string
		says string
	}{
		"empty beside its log": {nil, "log", "put the database back"},
		"of another program":   {foreign, "", "another program"},
		"damaged":              {damaged, "", "from a backup"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "postix.db")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.log != "" {
				if err := os.WriteFile(path+"-wal", []byte(c.log), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if said := openError(t, options(path)); !strings.Contains(said, c.says) {
				t.Errorf("said %q, want %q", said, c.says)
			}
			if after, _ := os.ReadFile(path); name != "damaged" && string(after) != string(c.data) {
				t.Error("the file was changed")
			}
		})
	}
}
