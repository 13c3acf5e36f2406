package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

const readerCount = 4

// The start of every SQLite file. Source: https://www.sqlite.org/fileformat.html
const fileMagic = "SQLite format 3\x00"

// checkFile finds out what SQLite would only say in its own words, and makes a
// new file that only its owner may read.
func checkFile(path string) error {
	dir := filepath.Dir(path)
	switch st, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %s does not exist", dir)
	case err != nil:
		return fmt.Errorf("look at the directory %s: %w", dir, err)
	case !st.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the database cannot be written: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(fileMagic))
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && err == io.EOF:
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the database: %w", err)
	case string(head) != fileMagic:
		return fmt.Errorf("%s is not a database: it was left as it is", path)
	}
	return nil
}

func dsn(path string, pragmas ...string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the database: %w", err)
	}
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range append(pragmas, "busy_timeout(5000)", "foreign_keys(1)", "synchronous(FULL)", "wal_autocheckpoint(8000)") {
		q.Add("_pragma", p)
	}
	return "file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + q.Encode(), nil
}

func openWriter(ctx context.Context, path string, log *slog.Logger) (*writer, error) {
	name, err := dsn(path, "journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db, path, log); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	return startWriter(db, conn, log), nil
}

func openReaders(ctx context.Context, path string) (*sql.DB, error) {
	name, err := dsn(path, "query_only(1)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open the database for reading: %w", err)
	}
	db.SetMaxOpenConns(readerCount)
	db.SetMaxIdleConns(readerCount)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database for reading: %w", err), db.Close())
	}
	return db, nil
}

// migrate brings the schema to the version this program knows; each step is a
// transaction.
func migrate(ctx context.Context, db *sql.DB, path string, log *slog.Logger) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version of %s: %w", path, err)
	}
	if has > knows {
		return fmt.Errorf("the database %s has schema %d and this program knows %d: start the newer program; nothing was changed", path, has, knows)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("bring the schema of %s up to date: %w", path, err)
	}
	for _, m := range done {
		log.Info("schema brought up to date", "version", m.Source.Version, "took", m.Duration)
	}
	return nil
}
