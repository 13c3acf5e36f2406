package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// TestUserLink: the machine's own way back in for somebody who has lost his phone;
// a directory without a database is named and left empty.
func TestUserLink(t *testing.T) {
	h := newSealedHouse(t, 1)
	run := func(dir string, args ...string) (code int, said string) {
		var out, errs bytes.Buffer
		s := &surroundings{t.Context(), bytes.NewReader(nil), &out, &errs, map[string]string{"POSTIX_DATA": dir, "POSTIX_URL": "https://p.example.uz/"}}
		code = s.run(args)
		return code, out.String() + errs.String()
	}
	h.sql(`UPDATE users SET email = 'ega@example.uz' WHERE name = 'Ega'`)
	code, said := run(h.set.Data, "user", "link", "--email", "Ega@example.uz")
	found := regexp.MustCompile(`^https://p\.example\.uz/set-password/([\w-]{43})\n$`).FindStringSubmatch(said)
	if code != exitOK || found == nil {
		t.Fatalf("%d: %s", code, said)
	}
	h.with(func(s *db.Store) {
		o := &domain.Organizations{Store: s, Passwords: handlers.NewPasswords(1), Hub: &domain.Hub{}, Now: time.Now}
		h.ok(o.UseLink(t.Context(), found[1], "sariq-choynak-7"))
		if a, _, err := s.UserByEmail(t.Context(), "ega@example.uz"); err != nil || a.User.TOTP {
			t.Errorf("the second step is left: %v", err)
		}
	})
	if code, said := run(h.set.Data, "user", "link", "--email", "nobody@example.uz"); code == exitOK {
		t.Errorf("a link for nobody: %s", said)
	}
	for _, args := range [][]string{{"audit", "verify"}, {"key", "rotate"}, {"user", "link", "--email", "a@b.uz"}} {
		empty := filepath.Join(t.TempDir(), "mistyped")
		if code, said := run(empty, args...); code != exitUsage {
			t.Errorf("%v without a database: %d, %s", args, code, said)
		}
		if _, err := os.Stat(empty); err == nil {
			t.Errorf("%v made a directory", args)
		}
	}
}
