package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// upgrade brings a schema to the version that files know: all steps in one
// transaction, so that whatever interrupts it leaves the old schema or the new
// one. The files are those of goose; it would commit after each of them.
type upgrade struct {
	path  string
	files fs.FS // *.sql at its root
	inUse bool  // by another process: then the schema must be up to date
	now   func() time.Time
	log   *slog.Logger
}

const versionTable = "goose_db_version"

// run first makes a backup of a database that has a schema. Where that fails,
// nothing is changed.
func (u upgrade) run(ctx context.Context, db *sql.DB) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, u.files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	steps := p.ListSources()
	has, err := schemaVersion(ctx, db)
	if err != nil {
		return fmt.Errorf("read the schema version of %s: %w", u.path, err)
	}
	knows := steps[len(steps)-1].Version
	switch {
	case has == knows:
		return nil
	case has > knows:
		return fmt.Errorf("the database %s has schema %d and this program knows %d: start the newer program; nothing was changed", u.path, has, knows)
	case u.inUse:
		return fmt.Errorf("the database %s has schema %d, this program needs %d, and another postix works on it: stop that one first; nothing was changed", u.path, has, knows)
	case has > 0:
		if err := u.backup(ctx, db, has); err != nil {
			return fmt.Errorf("the schema of %s has to change, and the backup before it failed: %w; nothing was changed", u.path, err)
		}
	}
	began := time.Now()
	if err := apply(ctx, db, u.files, steps, has); err != nil {
		return fmt.Errorf("bring the schema of %s from %d to %d: %w; it is still %d", u.path, has, knows, err, has)
	}
	u.log.Info("schema brought up to date", "from", has, "to", knows, "took", time.Since(began))
	return nil
}

// schemaVersion is 0 for a database without a schema.
func schemaVersion(ctx context.Context, db *sql.DB) (v int64, err error) {
	var tables int
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", versionTable).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&v)
	return v, err
}

// backup writes the database as it is beside it, for its owner's eyes only. One
// of the same schema and day is replaced: it holds less.
func (u upgrade) backup(ctx context.Context, db *sql.DB, has int64) error {
	name := fmt.Sprintf("%s.schema%d-%s", u.path, has, u.now().UTC().Format(time.DateOnly))
	part := name + ".part"
	u.log.Info("writing a backup before the schema changes", "file", name)
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := vacuumInto(ctx, db, part); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// syncDir makes the names in a directory durable.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// apply runs the steps above version has. Foreign keys are off meanwhile, since
// a table that is made anew would take the rows that point to it along; at the
// end they must hold.
func apply(ctx context.Context, db *sql.DB, files fs.FS, steps []*goose.Source, has int64) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		_, on := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = 1")
		err = errors.Join(err, on, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := applyIn(ctx, tx, files, steps, has); err != nil {
		return err
	}
	return tx.Commit()
}

func applyIn(ctx context.Context, tx *sql.Tx, files fs.FS, steps []*goose.Source, has int64) error {
	versions, err := database.NewStore(goose.DialectSQLite3, versionTable)
	if err != nil {
		return err
	}
	if has == 0 {
		err := versions.CreateVersionTable(ctx, tx)
		if err == nil {
			err = versions.Insert(ctx, tx, database.InsertRequest{Version: 0}) // goose expects it
		}
		if err != nil {
			return fmt.Errorf("make the table of versions: %w", err)
		}
	}
	for _, s := range steps {
		if s.Version <= has {
			continue
		}
		text, err := fs.ReadFile(files, s.Path)
		if err != nil {
			return err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if _, err := tx.ExecContext(ctx, up); err != nil { //nolint:gosec // our own files, embedded
			return fmt.Errorf("%s: %w", s.Path, err)
		}
		if err := versions.Insert(ctx, tx, database.InsertRequest{Version: s.Version}); err != nil {
			return fmt.Errorf("record version %d: %w", s.Version, err)
		}
	}
	return checkReferences(ctx, tx)
}

func checkReferences(ctx context.Context, tx interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) error {
	var table, parent string
	var row, key sql.NullInt64
	err := tx.QueryRowContext(ctx, "PRAGMA foreign_key_check").Scan(&table, &row, &parent, &key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check the references: %w", err)
	}
	return fmt.Errorf("row %d of %s would point to nothing in %s", row.Int64, table, parent)
}
