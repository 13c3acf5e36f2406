package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"postix/domain"
)

// taken says what a person reads when a unique index refuses a row; the columns
// are as SQLite names them.
var taken = map[string]string{
	"users.email": "user.email_taken",
	"users.organization_id, users.telegram_id": "user.telegram_taken",
	"accounts.phone":                                "phone.taken",
	"accounts.telegram_id":                          "phone.taken",
	"catalogs.user_id, catalogs.folded":             "catalog.name_taken",
	"departments.organization_id, departments.name": "department.taken",
}

// refuse is the one table from SQLite's answers to ours. A [domain.Error] passes
// as it is.
func refuse(doing string, err error) error {
	var known *domain.Error
	var raw *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &raw):
		return fmt.Errorf("%s: %w", doing, err)
	}
	if raw.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		if _, columns, ok := strings.Cut(raw.Error(), "UNIQUE constraint failed: "); ok {
			columns, _, _ = strings.Cut(columns, " (")
			if key := taken[columns]; key != "" {
				return domain.E(domain.Conflict, key).Because(fmt.Errorf("%s: %w", doing, err))
			}
		}
	}
	if isDamage(raw) {
		return domain.E(domain.Unavailable, "storage.damaged").Because(fmt.Errorf("%s: %w", doing, err))
	}
	switch raw.Code() & 0xff { // the rest is detail
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return domain.E(domain.Unavailable, "storage.unavailable").Because(fmt.Errorf("%s: %w", doing, err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// missing turns "no such row" into NotFound with that key.
func missing(key string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Missing(key)
	}
	return err
}
