package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// childUpgrade makes the test binary bring the database at that path up to
// date, by way of a place where it stays until it is killed.
const childUpgrade = "POSTIX_TEST_UPGRADE"

func TestMain(m *testing.M) {
	if place, path, ok := strings.Cut(os.Getenv(childUpgrade), " "); ok {
		fmt.Println(upgradeUntil(place, path))
		return
	}
	os.Exit(m.Run())
}

const (
	firstStep = `-- +goose Up
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE letters (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE) STRICT;
INSERT INTO people VALUES (1, 'Aziz'), (2, 'Lola');
INSERT INTO letters VALUES (10, 1), (20, 2);
-- +goose Down
DROP TABLE letters;
`
	// The second step makes a table anew that another one points to.
	secondStep = `-- +goose Up
CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER NOT NULL) STRICT;
INSERT INTO people_new SELECT id, name, 30 FROM people;
DROP TABLE people;
ALTER TABLE people_new RENAME TO people;
-- +goose Down
DROP TABLE people;
`
	thirdStep   = "-- +goose Up\nALTER TABLE letters ADD COLUMN body TEXT NOT NULL DEFAULT ''; -- ; 'it''s'\nCREATE TABLE third (x INTEGER) STRICT;"
	brokenStep  = "-- +goose Up\nCREATE TABLE third (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);"
	orphanStep  = "-- +goose Up\nDELETE FROM people WHERE id = 2;"
	endlessStep = `-- +goose Up
CREATE TABLE third (x BLOB) STRICT;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO third SELECT randomblob(2000) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;`
)

func stepFiles(steps ...string) fs.FS {
	files := fstest.MapFS{}
	for i, s := range steps {
		files[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(s)}
	}
	return files
}

// waitingFiles stays for ever where the last step is read.
type waitingFiles struct {
	fs.FS
	at, last string
}

func (w waitingFiles) Open(name string) (fs.File, error) {
	if name == w.last {
		if err := os.WriteFile(w.at, nil, 0o600); err != nil {
			return nil, err
		}
		select {}
	}
	return w.FS.Open(name)
}

func upgradeUntil(place, path string) error {
	files := stepFiles(firstStep, secondStep, endlessStep)
	if place == "between" {
		files = waitingFiles{files, path + ".between", "0003_step.sql"}
	}
	return upgradeAt(context.Background(), path, files)
}

func upgradeAt(ctx context.Context, path string, files fs.FS) error {
	db, err := openRaw(path)
	if err != nil {
		return err
	}
	u := upgrade{path: path, files: files, now: func() time.Time { return start }, log: slog.New(slog.DiscardHandler)}
	return errors.Join(u.run(ctx, db), db.Close())
}

func openRaw(path string) (*sql.DB, error) {
	name, err := dsn(path, "journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// schemaOf tells the version, whether each step's mark is there, and how many
// letters are.
func schemaOf(t *testing.T, path string) string {
	t.Helper()
	db := must(openRaw(path))
	defer db.Close()
	version := must(schemaVersion(t.Context(), db))
	var age, third, letters, orphans int
	err := db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM pragma_table_info('people') WHERE name = 'age'),
		(SELECT COUNT(*) FROM sqlite_schema WHERE name = 'third'), (SELECT COUNT(*) FROM letters),
		(SELECT COUNT(*) FROM letters WHERE person NOT IN (SELECT id FROM people))`).Scan(&age, &third, &letters, &orphans)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("version %d, second %d, third %d, letters %d, orphans %d", version, age, third, letters, orphans)
}

const (
	oldSchema = "version 1, second 0, third 0, letters 2, orphans 0"
	newSchema = "version 3, second 1, third 1, letters 2, orphans 0"
)

// oldDatabase has the first schema, and two people with a letter each.
func oldDatabase(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	if err := upgradeAt(t.Context(), path, stepFiles(firstStep)); err != nil {
		t.Fatal(err)
	}
	if made, _ := filepath.Glob(path + ".schema*"); made != nil {
		t.Fatalf("a new database has a backup: %v", made)
	}
	return path
}

// A step that fails takes those before it back; with it mended, all steps are
// done. The backup holds what was there before, and only its owner may read it.
func TestUpgradeIsAllOrNothing(t *testing.T) {
	path := oldDatabase(t)
	for name, steps := range map[string][]string{
		"a step fails":              {firstStep, secondStep, brokenStep},
		"a row would lose its peer": {firstStep, secondStep, orphanStep},
	} {
		err := upgradeAt(t.Context(), path, stepFiles(steps...))
		if err == nil || !strings.Contains(err.Error(), "it is still 1") {
			t.Errorf("%s: %v", name, err)
		}
		if got := schemaOf(t, path); got != oldSchema {
			t.Errorf("%s: left %s", name, got)
		}
	}
	backup := path + ".schema1-2026-03-01"
	if err := os.WriteFile(backup+".part", []byte("of an attempt that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := upgradeAt(t.Context(), path, stepFiles(firstStep, secondStep, thirdStep)); err != nil {
		t.Fatal(err)
	}
	if got := schemaOf(t, path); got != newSchema {
		t.Errorf("it is %s", got)
	}
	if st, err := os.Stat(backup); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", st, err)
	}
	if got := schemaOf(t, backup); got != oldSchema {
		t.Errorf("the backup is %s", got)
	}
	if left, _ := filepath.Glob(path + "*.part"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// TestFaultMigrationInterrupted kills a process between two steps and inside of
// one: the old schema is there, and the next start brings the new one.
func TestFaultMigrationInterrupted(t *testing.T) {
	for _, place := range []string{"between", "inside"} {
		t.Run(place, func(t *testing.T) {
			path := oldDatabase(t)
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childUpgrade+"="+place+" "+path)
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			reached := func() bool { // the third step's rows overflow into the log, or it is about to be read
				st, err := os.Stat(path + "-wal")
				_, between := os.Stat(path + ".between")
				return between == nil || place == "inside" && err == nil && st.Size() > 1<<20
			}
			for end := time.Now().Add(30 * time.Second); !reached(); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Error("the child did not come that far")
					break
				}
			}
			_ = child.Process.Kill()
			_ = child.Wait()
			if got := schemaOf(t, path); got != oldSchema {
				t.Errorf("left %s", got)
			}
			if err := upgradeAt(t.Context(), path, stepFiles(firstStep, secondStep, thirdStep)); err != nil {
				t.Fatal(err)
			}
			if got := schemaOf(t, path); got != newSchema {
				t.Errorf("the next start made %s", got)
			}
		})
	}
}

// What may not be upgraded keeps every byte.
func TestUpgradeRefused(t *testing.T) {
	path := oldDatabase(t)
	whole := must(os.ReadFile(path))
	newer := stepFiles(firstStep, secondStep, thirdStep)
	refused := func(name, says string, u upgrade) {
		t.Helper()
		db := must(openRaw(path))
		u.path, u.now, u.log = path, func() time.Time { return start }, slog.New(slog.DiscardHandler)
		err := errors.Join(u.run(t.Context(), db), db.Close())
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s: %v", name, err)
		}
		if string(must(os.ReadFile(path))) != string(whole) {
			t.Errorf("%s: the database was changed", name)
		}
	}
	refused("another process works on it", "stop that one first", upgrade{files: newer, inUse: true})
	if err := os.MkdirAll(path+".schema1-2026-03-01.part/full", 0o700); err != nil {
		t.Fatal(err)
	}
	refused("the backup cannot be written", "backup before it failed", upgrade{files: newer})
	if err := os.RemoveAll(path + ".schema1-2026-03-01.part"); err != nil {
		t.Fatal(err)
	}
	if err := upgradeAt(t.Context(), path, newer); err != nil {
		t.Fatal(err)
	}
	whole = must(os.ReadFile(path))
	refused("a newer schema", "schema 3 and this program knows 1", upgrade{files: stepFiles(firstStep)})
}

// TestUpgradeFromTheFirst brings a database of the product's first schema to
// today's, by opening it.
func TestUpgradeFromTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postix.db")
	first := must(migrationFiles.ReadFile("migrations/0001_first.sql"))
	db := must(openRaw(path))
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := upgradeAt(t.Context(), path, stepFiles(string(first))); err != nil {
		t.Fatal(err)
	}
	o := options(path)
	o.InUse = true
	if got := openError(t, o); !strings.Contains(got, "another postix works on it") {
		t.Error(got)
	}
	s := openStore(t, path)
	if org := must(s.ServiceOrganization(t.Context())); !org.Service {
		t.Errorf("the service organization is %+v", org)
	}
	if made, _ := filepath.Glob(path + ".schema1-*"); len(made) != 1 {
		t.Errorf("backups: %v", made)
	}
	var on int
	if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA foreign_keys").Scan(&on); err != nil || on != 1 {
		t.Errorf("foreign keys are %d, %v", on, err)
	}
}
