package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

	"postix/domain"
)

// Snapshot is a whole copy of a database as it was at one moment.
type Snapshot struct {
	Schema int64            // the version of its schema
	Rows   map[string]int64 // in its main tables
}

// TakeSnapshot copies the database at path into a new file, also while a process
// works on it, which it does not hold up. Only its owner may read the copy, which
// holds everything that the database does.
func TakeSnapshot(ctx context.Context, path, to string) (Snapshot, error) {
	d, err := openAlone(path, "mode=ro")
	if err != nil {
		return Snapshot{}, err
	}
	err = vacuumInto(ctx, d, to)
	if err = errors.Join(err, d.Close()); err != nil {
		return Snapshot{}, fmt.Errorf("copy the database: %w", err)
	}
	return LookAt(ctx, to)
}

// vacuumInto writes the database to a new file and makes that durable. What it
// could not finish it takes away.
func vacuumInto(ctx context.Context, d *sql.DB, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // VACUUM fills an empty file, and keeps its mode
	if err != nil {
		return err
	}
	_, err = d.ExecContext(ctx, "VACUUM INTO ?", to)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", to, err), os.Remove(to))
	}
	return nil
}

// openAlone opens a file that nobody else is to open by this connection's doing:
// its journal mode stays what it is.
func openAlone(path, how string) (*sql.DB, error) {
	name, err := dsn(path)
	if err != nil {
		return nil, err
	}
	d, err := sql.Open("sqlite", name+"&"+how)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d.SetMaxOpenConns(1)
	return d, nil
}

// LookAt checks a snapshot: all of it is read, its references hold, and this
// program knows its schema. It changes nothing.
func LookAt(ctx context.Context, path string) (Snapshot, error) {
	if err := checkFile(path); err != nil {
		return Snapshot{}, err
	}
	d, err := openAlone(path, "mode=ro&immutable=1")
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = d.Close() }()
	if err := quickCheck(ctx, d); err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Rows: map[string]int64{}}
	if s.Schema, err = schemaVersion(ctx, d); err != nil {
		return s, fmt.Errorf("read its schema: %w", err)
	}
	knows, err := knownSchema()
	if err != nil {
		return s, err
	}
	if s.Schema > knows {
		return s, fmt.Errorf("it has schema %d and this program knows %d: use the newer program", s.Schema, knows)
	}
	if err := checkReferences(ctx, d); err != nil {
		return s, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	for _, table := range []string{"organizations", "users", "accounts", "catalogs", "campaigns", "deliveries"} {
		var n int64
		if err := d.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
			return s, fmt.Errorf("count %s: %w", table, err)
		}
		s.Rows[table] = n
	}
	return s, nil
}

// knownSchema is the version that the migrations lead to.
func knownSchema() (int64, error) {
	files, err := migrationFiles.ReadDir("migrations") // in the order of their names
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1].Name())
}

// BackupMade keeps in the audit that a backup was made, by its name and size.
func (s *Store) BackupMade(ctx context.Context, detail string) error {
	return s.Keep(ctx, domain.AuditEntry{Event: domain.AuditBackup, Detail: detail})
}
