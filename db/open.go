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
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
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

// How long the look for damage at a start may take. That is enough for some
// hundred megabytes; of more it sees a part, and [Store.CheckContent] the rest.
const checkTime = 2 * time.Second

// ErrDamaged is in every error that says that the database is damaged. It is
// never mended in silence.
var ErrDamaged = errors.New("the database is damaged: stop everything, keep a copy of the data directory, and put the database back from a backup")

// checkStart looks for damage as far as there is time.
func checkStart(ctx context.Context, db *sql.DB, path string, most time.Duration, log *slog.Logger) error {
	limited, stop := context.WithTimeout(ctx, most)
	defer stop()
	err := quickCheck(limited, db)
	if err != nil && !errors.Is(err, ErrDamaged) && limited.Err() != nil && ctx.Err() == nil {
		log.Info("the database is too large to be checked whole at the start", "after", most)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// quickCheck reads the whole database.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var said string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	switch {
	case isDamage(err):
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("check the database: %w", err)
	case said != "ok":
		return fmt.Errorf("%w (%s)", ErrDamaged, said)
	}
	return nil
}

// isDamage tells whether SQLite says that the file is not as it wrote it.
func isDamage(err error) bool {
	var raw *sqlite.Error
	if !errors.As(err, &raw) {
		return false
	}
	code := raw.Code() & 0xff // the rest is detail
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
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

func openWriter(ctx context.Context, o Options) (*writer, error) {
	// The application id goes in before the log exists, so that the file's head
	// has it from the first moment.
	name, err := dsn(o.Path, fmt.Sprintf("application_id(%d)", applicationID), "journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := checkStart(ctx, db, o.Path, checkTime, o.Logger); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err == nil {
		err = upgrade{path: o.Path, files: files, inUse: o.InUse, now: o.Now, log: o.Logger}.run(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	return startWriter(db, conn, o.Logger), nil
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
