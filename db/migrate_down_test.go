package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"postix/domain"
	"postix/domain/filter"
)

// schema is what a database is made of: tables with their columns, indexes and
// views. White space and the order of columns do not matter.
func schema(t *testing.T, path string) []string {
	t.Helper()
	db := must(openRaw(path))
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `
		SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || COALESCE(c.dflt_value, '') || ' ' || c.pk
		FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
		UNION ALL SELECT 'key ' || m.name || ' ' || f."from" || ' ' || f."table" || ' ' || COALESCE(f."to", '') || ' ' || f.on_delete
		FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
		UNION ALL SELECT m.type || ' ' || m.name || ' ' || COALESCE(m.sql, '') FROM sqlite_schema m WHERE m.type <> 'table'
		UNION ALL SELECT 'table ' || m.name || ' ' || ((LENGTH(m.sql) - LENGTH(REPLACE(m.sql, 'CHECK', ''))) / 5) || ' checks, strict '
			|| (SELECT l.strict FROM pragma_table_list l WHERE l.name = m.name) FROM sqlite_schema m WHERE m.type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(strings.Fields(s), " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func wantSchema(t *testing.T, path string, want []string) {
	t.Helper()
	got := schema(t, path)
	for _, s := range got {
		if !slices.Contains(want, s) {
			t.Errorf("too much: %s", s)
		}
	}
	for _, s := range want {
		if !slices.Contains(got, s) {
			t.Errorf("missing: %s", s)
		}
	}
}

// migrations are the steps of the product up to one; 0 is all.
func migrations(t *testing.T, last int) (files fs.FS, n int) {
	t.Helper()
	files = must(fs.Sub(migrationFiles, "migrations"))
	names := must(fs.Glob(files, "*.sql"))
	if last == 0 {
		return files, len(names)
	}
	var steps []string
	for _, name := range names[:last] {
		steps = append(steps, string(must(fs.ReadFile(files, name))))
	}
	return stepFiles(steps...), last
}

// goDown takes a database back to a version, as the command of goose does, which
// leaves foreign keys off.
func goDown(ctx context.Context, path string, files fs.FS, to int, keys bool) error {
	db, err := openRaw(path)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA foreign_keys = %t", keys)); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, int64(to))
	return err
}

// TestDowngrade takes a database with something in every table back to each older
// schema, one step at a time, and forth again: each time the schema is that
// version's own, the references hold, and what every version knows stays.
func TestDowngrade(t *testing.T) {
	w := fullWorld(t)
	for _, keys := range []bool{true, false} {
		t.Run(fmt.Sprintf("foreign keys %t", keys), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "down.db")
			raw := must(openRaw(w.path))
			_, err := raw.ExecContext(t.Context(), "VACUUM INTO ?", path)
			w.ok(errors.Join(err, raw.Close()))
			newest, kept := schema(t, path), contents(t, path)
			goesDown(t, path, keys)
			files, _ := migrations(t, 0)
			w.ok(upgradeAt(t.Context(), path, files))
			wantSchema(t, path, newest)
			wantIntact(t, path)
			if got := contents(t, path); got != kept {
				t.Errorf("up again there is %s\nbefore there was %s", got, kept)
			}
			again := *w
			again.t, again.s, again.path = t, openStore(t, path), path
			again.checkReplies()
			again.listen()
			again.record(again.dispatcher(900, 0, 5, start, "x", filter.ForeignRoute))
		})
	}
}

// goesDown takes it to the first version, step by step.
func goesDown(t *testing.T, path string, keys bool) {
	t.Helper()
	kept := contents(t, path)
	files, n := migrations(t, 0)
	for to := n - 1; to >= 1; to-- {
		fresh := filepath.Join(t.TempDir(), "fresh.db")
		older, _ := migrations(t, to)
		if err := upgradeAt(t.Context(), fresh, older); err != nil {
			t.Fatal(err)
		}
		if err := goDown(t.Context(), path, files, to, keys); err != nil {
			t.Fatalf("down to %d: %v", to, err)
		}
		wantSchema(t, path, schema(t, fresh))
		wantIntact(t, path)
		if got := contents(t, path); got != kept {
			t.Errorf("with schema %d there is %s\nbefore there was %s", to, got, kept)
		}
	}
}

// fullWorld has campaigns in several states, an answer to a detection, and what
// else the steps after the first brought.
func fullWorld(t *testing.T) *world {
	w := replyWorld(t, 3)
	w.listen()
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	w.settle(failed(w.claim(start), domain.ActFailPeer, domain.CodeBanned, 0, start))
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start))
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, domain.DefaultWatchSettings()))
	w.ok(w.s.SetWatching(w.ctx, w.org.ID, []domain.PeerID{w.peers[0].ID}, true))
	w.ok(w.s.AddCustomFilter(w.ctx, w.org.ID, w.user.ID, domain.CustomFilter{Word: "yuk", At: start}))
	w.ok(w.s.SavePositions(w.ctx, w.account.ID, []domain.Position{{PeerID: w.peers[0].ID, Pts: 5}}))
	r := w.answer(5, start, w.peers[0], w.peers[1])
	w.settle(sent(w.claim(start), 2, start))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, r.DetectionID, domain.ReviewRight, w.user.ID, start))
	w.record(w.dispatcher(77, 1, 6, start, "y", filter.PhoneSpam)) // marks, and tells
	w.deny(w.peers[2])
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	w.ok(w.s.BlockUser(w.ctx, w.join(domain.User{Name: "Ali", DepartmentID: dep.ID, ReadOnly: true}), domain.Block{Reason: "x", From: start}, start))
	w.ok(w.s.RemoveUser(w.ctx, w.join(domain.User{Name: "Vali", DepartmentID: dep.ID, Email: "vali@sadaf.uz"}), start))
	w.fillPeople()
	w.fillBot()
	w.wantNoEmptyTable()
	return w
}

// fillPeople adds what is kept of people and their numbers.
func (w *world) fillPeople() {
	w.t.Helper()
	u := w.join(domain.User{Name: "Gʻani", Email: "gani@sadaf.uz"})
	w.session(u, "here")
	w.link(u, "link", start.Add(time.Hour))
	w.ok(w.s.SetTOTP(w.ctx, u, strings.Repeat("A", 32), 1, [][]byte{domain.TokenHash("recovery")}, domain.TokenHash("here")))
	w.ok(w.s.AskLimit(w.ctx, domain.LimitRequest{OrganizationID: w.org.ID, UserID: u.ID, Kind: domain.LimitUsers, Wanted: 200, At: start}))
	w.ok(w.s.AddCodeRequest(w.ctx, w.org.ID, u.ID, "+998901112233", start))
	w.ok(w.s.RefusePhone(w.ctx, "+998901112233", start.Add(time.Hour)))
	must(w.s.BlockPhone(w.ctx, "+998901112233", domain.Block{Reason: "Spam", From: start}, start))
	cat := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	must(w.s.AddPeers(w.ctx, w.scope, cat.ID, w.peers, start))
}

// wantNoEmptyTable fails where a step of the schema would be tried on nothing.
func (w *world) wantNoEmptyTable() {
	w.t.Helper()
	for _, s := range schema(w.t, w.path) {
		table, is := strings.CutPrefix(s, "table ")
		name, _, _ := strings.Cut(table, " ")
		if is && w.number("SELECT COUNT(*) FROM "+name) == 0 {
			w.t.Errorf("%s is empty", name)
		}
	}
}

// contents counts what every version of the schema has, without the answers.
func contents(t *testing.T, path string) string {
	t.Helper()
	db := must(openRaw(path))
	defer db.Close()
	count := func(query string) (n int) {
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	of := "c.id IN (SELECT id FROM campaigns WHERE catalog_name <> '')" // an answer has none
	return fmt.Sprintf("organizations %d, users %d, accounts %d, dialogs %d, campaigns %d, rounds %d, deliveries %d, sent %d, peers %d",
		count("SELECT COUNT(*) FROM organizations"), count("SELECT COUNT(*) FROM users"), count("SELECT COUNT(*) FROM accounts"),
		count("SELECT COUNT(*) FROM dialogs"), count("SELECT COUNT(*) FROM campaigns c WHERE "+of),
		count("SELECT COUNT(*) FROM campaigns c JOIN rounds r ON r.campaign_id = c.id WHERE "+of),
		count("SELECT COUNT(*) FROM campaigns c JOIN deliveries d ON d.campaign_id = c.id WHERE "+of),
		count("SELECT SUM(c.sent) FROM campaigns c WHERE "+of),
		count("SELECT COUNT(*) FROM campaigns c JOIN campaign_peers p ON p.campaign_id = c.id WHERE "+of))
}

// wantIntact fails unless the file is whole and every reference points somewhere.
func wantIntact(t *testing.T, path string) {
	t.Helper()
	db := must(openRaw(path))
	defer db.Close()
	var says string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
		t.Errorf("integrity: %s, %v", says, err)
	}
	tx := must(db.BeginTx(t.Context(), &sql.TxOptions{}))
	defer func() { _ = tx.Rollback() }()
	if err := checkReferences(t.Context(), tx); err != nil {
		t.Error(err)
	}
}
