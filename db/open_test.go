package db

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postix/domain"
)

func openError(t *testing.T, o Options) string {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	return err.Error()
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("this is no database, only a text"), 0o600); err != nil {
		t.Fatal(err)
	}
	short := options(filepath.Join(dir, "short.db"))
	short.Key = short.Key[:16]
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no directory":      {options(filepath.Join(dir, "none", "a.db")), "does not exist"},
		"file as directory": {options(filepath.Join(text, "a.db")), "not a directory"},
		"directory as file": {options(dir), "cannot be written"},
		"not a database":    {options(text), "is not a database"},
		"a key of 128 bits": {short, "must have 32 bytes, not 16"},
	} {
		if got := openError(t, c.o); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if b, _ := os.ReadFile(text); string(b) != "this is no database, only a text" {
		t.Errorf("the text became %q", b)
	}
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	w := newWorld(t, 0)
	if _, err := w.s.writer.conn.ExecContext(w.ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	w.ok(w.s.Close())
	if got := openError(t, options(w.path)); !strings.Contains(got, "schema 9999 and this program knows ") {
		t.Error(got)
	}
}

func TestOpenRefusesAnotherKey(t *testing.T) {
	w := newWorld(t, 0)
	w.ok(w.s.Close())
	o := options(w.path)
	o.Key = bytes.Repeat([]byte{8}, 32)
	if got := openError(t, o); !strings.Contains(got, "not the one this database was made with") {
		t.Error(got)
	}
	w.s = openStore(t, w.path) // nothing is lost
	if got := must(w.s.TelegramSession(w.ctx, w.org.ID, w.account.ID)); string(got) != "session of +998901234567" {
		t.Errorf("the session is %q", got)
	}
}

func TestOpenAgainKeepsTheInstallationKey(t *testing.T) {
	w := newWorld(t, 0)
	key := w.s.install
	w.ok(w.s.Close())
	w.s = openStore(t, w.path)
	if len(key) != 32 || !bytes.Equal(key, w.s.install) {
		t.Error("the installation key changed")
	}
	if st, err := os.Stat(w.path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file may be read by others: %v %v", st.Mode(), err)
	}
	service := must(w.s.ServiceOrganization(w.ctx))
	if service.ID != 1 || !service.Service || !service.CreatedAt.Equal(start) || service.Zone != domain.DefaultZone || service.Pace != domain.DefaultPace {
		t.Errorf("the service organization is %+v", service)
	}
}

func TestPragmas(t *testing.T) {
	w := newWorld(t, 0)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "wal_autocheckpoint": "8000",
	} {
		var got string
		if err := w.s.writer.conn.QueryRowContext(w.ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := w.s.readers.ExecContext(w.ctx, "DELETE FROM users"); err == nil {
		t.Error("a reader writes")
	}
}

func TestSealed(t *testing.T) {
	w := newWorld(t, 0)
	second := w.connect("+998935550000", 555)
	var sealed []byte
	if err := w.s.readers.QueryRowContext(w.ctx, "SELECT sealed FROM telegram_sessions WHERE account_id = ?", w.account.ID).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("session of")) {
		t.Error("the session is stored in the clear")
	}
	// Rows that are swapped, and a damaged one, do not open.
	swap := `UPDATE telegram_sessions SET account_id = account_id + 100; UPDATE telegram_sessions SET account_id = ? - (account_id - 100)`
	w.exec(`PRAGMA foreign_keys = 0`)
	w.exec(swap, w.account.ID+second.ID)
	for _, id := range []int64{w.account.ID, second.ID} {
		if data, err := w.s.TelegramSession(w.ctx, w.org.ID, id); err == nil || !strings.Contains(err.Error(), "does not open") || data != nil {
			t.Errorf("a swapped session answers %q, %v", data, err)
		}
	}
	w.exec(swap, w.account.ID+second.ID)
	must(w.s.TelegramSession(w.ctx, w.org.ID, w.account.ID))
	if _, err := w.s.sealer.open("another purpose", w.org.ID, w.account.ID, sealed); err == nil {
		t.Error("it opens for another purpose")
	}
	if _, err := w.s.sealer.open(purposeSession, w.org.ID, w.account.ID, sealed[:20]); err == nil {
		t.Error("a cut one opens")
	}
}

func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.s.writer.conn.ExecContext(w.ctx, statement, args...); err != nil {
		w.t.Fatal(err)
	}
}
