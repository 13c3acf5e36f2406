package db

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
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

// The start of every SQLite file, and where it says which program it is of.
// Source: https://www.sqlite.org/fileformat.html
const (
	fileMagic     = "SQLite format 3\x00"
	applicationAt = 68
	headerBytes   = 100
	applicationID = 0x506f7378 // "Posx"
)

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
	head := make([]byte, headerBytes)
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && err == io.EOF:
		if st, err := os.Stat(path + "-wal"); err == nil && st.Size() > 0 {
			return fmt.Errorf("%s is empty or missing, but its log %s-wal is there: put the database back from a backup; nothing was changed", path, path)
		}
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the database: %w", err)
	case string(head[:len(fileMagic)]) != fileMagic:
		return fmt.Errorf("%s is not a database: it was left as it is", path)
	case binary.BigEndian.Uint32(head[applicationAt:]) != applicationID:
		return fmt.Errorf("%s is a database of another program: it was left as it is", path)
	}
	return nil
}

// quickCheckBelow is the size up to which every start reads the whole database
// for damage: a second at most.
const quickCheckBelow = 200 << 20

// checkContent looks for damage. A damaged database is never mended in silence.
func checkContent(ctx context.Context, db *sql.DB, path string) error {
	const advice = "stop everything, keep a copy of the data directory, and put the database back from a backup"
	if st, err := os.Stat(path); err != nil || st.Size() > quickCheckBelow {
		return err
	}
	var said string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s is damaged (%w); %s", path, err, advice)
	}
	if err == nil && said != "ok" {
		return fmt.Errorf("%s is damaged (%s); %s", path, said, advice)
	}
	return err
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
	// The application id goes in before the log exists, so that the file's head
	// has it from the first moment.
	name, err := dsn(path, fmt.Sprintf("application_id(%d)", applicationID), "journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := checkContent(ctx, db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
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
