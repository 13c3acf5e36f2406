// Package db keeps everything in one SQLite file: it implements the store
// interfaces of package domain.
//
// All writing goes through one connection and one goroutine, in groups that
// share a commit; reading goes through a small pool and never waits for a
// writer. What a write answered is on the disk.
//
// Times are stored as milliseconds in UTC, so whatever is finer is cut off.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

var (
	_ domain.SessionStore      = (*Store)(nil)
	_ domain.LoginStore        = (*Store)(nil)
	_ domain.CatalogStore      = (*Store)(nil)
	_ domain.CatalogPeerStore  = (*Store)(nil)
	_ domain.DialogStore       = (*Store)(nil)
	_ domain.AccountStore      = (*Store)(nil)
	_ domain.CampaignStore     = (*Store)(nil)
	_ domain.ScheduleStore     = (*Store)(nil)
	_ domain.ServiceStore      = (*Store)(nil)
	_ domain.NoticeStore       = (*Store)(nil)
	_ domain.SumChecker        = (*Store)(nil)
	_ domain.Queue             = (*Store)(nil)
	_ domain.Outbox            = (*Store)(nil)
	_ domain.SessionVault      = (*Store)(nil)
	_ domain.Setup             = (*Store)(nil)
	_ domain.AuditStore        = (*Store)(nil)
	_ domain.SecurityStore     = (*Store)(nil)
	_ domain.OrganizationStore = (*Store)(nil)
	_ domain.UserStore         = (*Store)(nil)
)

// Options say where the database is and how it is opened. All but InUse and
// one of Key and Keys are needed.
type Options struct {
	Path   string                   // of the file; its directory must exist
	Key    []byte                   // 32 bytes that seal Telegram sessions; kept outside the database
	Keys   func() ([][]byte, error) // instead of Key, where it may change meanwhile: the first seals, all open
	InUse  bool                     // another process works on it: a schema that would have to change is refused
	Logger *slog.Logger
	Now    func() time.Time
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	log     *slog.Logger
	now     func() time.Time
	sealer  *sealer
	install []byte // the installation key, for domain.RandomID
	writer  *writer
	lines   map[int64]line // by account; the writer's goroutine only
	readers *sql.DB
	read    *sqlc.Queries
	damaged atomic.Bool // SQLite has said so
}

// Open opens the database, creates it when the file is missing, and brings its
// schema up to date. It refuses a file that is no database, one with a schema
// newer than this program knows, and one whose sessions were sealed with
// another key. Close it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Keys == nil {
		o.Keys = func() ([][]byte, error) { return [][]byte{o.Key}, nil }
	}
	seal, err := newSealer(o.Keys)
	if err != nil {
		return nil, err
	}
	if err := checkFile(o.Path); err != nil {
		return nil, err
	}
	w, err := openWriter(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Store{log: o.Logger, now: o.Now, sealer: seal, writer: w, lines: map[int64]line{}}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, o Options) error {
	err := s.write(ctx, "prepare the database", func(ctx context.Context, q *sqlc.Queries) (err error) {
		s.install, err = s.prepare(ctx, q, o.Now())
		return err
	})
	if err != nil {
		return err
	}
	s.readers, err = openReaders(ctx, o.Path)
	if err != nil {
		return err
	}
	s.read = sqlc.New(s.readers)
	return nil
}

// Close waits for the writes that were asked for and closes the file.
func (s *Store) Close() error {
	var err error
	if s.readers != nil {
		err = s.readers.Close()
	}
	return errors.Join(err, s.writer.close())
}

// write runs do in the next transaction and answers when that is on the disk.
// A do that fails leaves nothing behind.
func (s *Store) write(ctx context.Context, doing string, do func(context.Context, *sqlc.Queries) error) error {
	err := s.writer.run(ctx, s.audited(do))
	s.noteDamage(err)
	return refuse(doing, err)
}

// Keys of the settings table.
const (
	settingInstall  = "installation_key"
	settingKeyCheck = "key_check"
	settingStopped  = "sending_stopped" // its value is the reason
)

// ErrOtherKey refuses a key that is not the one of the database.
var ErrOtherKey = errors.New("the key is not the one this database was made with; start with the right key file")

const keyCheck = "this key opens this database"

// prepare makes what a new database needs and answers the installation key. It
// refuses a sealing key that is not the one the database was made with.
func (s *Store) prepare(ctx context.Context, q *sqlc.Queries, now time.Time) ([]byte, error) {
	check, err := q.Setting(ctx, settingKeyCheck)
	if err == nil {
		if _, err := s.sealer.open(keyCheck, 0, 0, check); err != nil {
			return nil, ErrOtherKey
		}
		return q.Setting(ctx, settingInstall)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read the key check: %w", err)
	}
	install := random(32)
	for key, value := range map[string][]byte{
		settingInstall:  install,
		settingKeyCheck: s.sealer.seal(keyCheck, 0, 0, nil),
	} {
		if err := q.PutSetting(ctx, sqlc.PutSettingParams{Key: key, Value: value}); err != nil {
			return nil, fmt.Errorf("store the %s: %w", key, err)
		}
	}
	return install, q.StampServiceOrganization(ctx, ms(now))
}

// SendingStopped tells whether all sending is stopped, and why.
func (s *Store) SendingStopped(ctx context.Context) (reason string, stopped bool, err error) {
	if s.damaged.Load() {
		return domain.CodeDamaged, true, nil
	}
	v, err := s.read.Setting(ctx, settingStopped)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return string(v), err == nil, refuse("read whether sending is stopped", err)
}

// StopSending stops the sending of all organizations until ResumeSending. Of
// data that waits to be adopted, or is damaged, it counts from then on.
func (s *Store) StopSending(ctx context.Context, reason string) error {
	return s.write(ctx, "stop sending", func(ctx context.Context, q *sqlc.Queries) error {
		key := settingStopped
		code, err := q.Setting(ctx, settingStopped)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if string(code) == domain.CodeRestored || string(code) == domain.CodeDamaged {
			key = settingStoppedToo
		}
		audit(ctx, domain.AuditEntry{Event: domain.AuditServiceStop, Detail: reason})
		return q.PutSetting(ctx, sqlc.PutSettingParams{Key: key, Value: []byte(reason)})
	})
}

// ResumeSending lets sending go on.
func (s *Store) ResumeSending(ctx context.Context) error {
	return s.write(ctx, "resume sending", func(ctx context.Context, q *sqlc.Queries) error {
		audit(ctx, domain.AuditEntry{Event: domain.AuditServiceResume})
		return q.DeleteSetting(ctx, settingStopped)
	})
}
