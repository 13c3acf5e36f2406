package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Installation says which installation a database belongs to, and how far that
// had come. The same stands in a file beside it: where the two disagree, one of
// them is of another place or time.
type Installation struct {
	ID    string    `json:"id"`
	Since time.Time `json:"since"` // when the installation began, or was adopted
	Stamp int64     `json:"stamp"` // grows by one each time it is written
	At    time.Time `json:"at"`    // when that was
}

// Keys of the settings table.
const (
	settingInstallation = "installation"
	settingStoppedToo   = "sending_stopped_too" // by a person, before or while it was for CodeRestored or CodeDamaged
)

// Installation answers what was stored last, the zero value where nothing was.
func (s *Store) Installation(ctx context.Context) (in Installation, err error) {
	v, err := s.read.Setting(ctx, settingInstallation)
	if errors.Is(err, sql.ErrNoRows) {
		return in, nil
	}
	if err != nil {
		return in, refuse("read the installation", err)
	}
	if err := json.Unmarshal(v, &in); err != nil {
		return in, fmt.Errorf("read the installation: %w", err)
	}
	return in, nil
}

// SetInstallation stores it.
func (s *Store) SetInstallation(ctx context.Context, in Installation) error {
	return s.write(ctx, "store the installation", func(ctx context.Context, q *sqlc.Queries) error {
		return putInstallation(ctx, q, in)
	})
}

func putInstallation(ctx context.Context, q *sqlc.Queries, in Installation) error {
	v, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingInstallation, Value: v})
}

// StopRestored stops all sending until Adopt: the data was restored or copied.
// A stop that a person made comes back with Adopt. The first time it also ends all
// sessions and links, which may have been ended or used since the copy was made.
func (s *Store) StopRestored(ctx context.Context) error {
	return s.write(ctx, "stop sending", func(ctx context.Context, q *sqlc.Queries) error {
		code, err := q.Setting(ctx, settingStopped)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if string(code) == domain.CodeDamaged {
			return nil // says more
		}
		if string(code) != domain.CodeRestored {
			if err := endAllSessions(ctx, q); err != nil {
				return err
			}
		}
		return stopUntilAdopted(ctx, q, string(code), domain.CodeRestored)
	})
}

// endAllSessions makes everybody sign in anew.
func endAllSessions(ctx context.Context, q *sqlc.Queries) error {
	if err := q.EndAllSessions(ctx); err != nil {
		return fmt.Errorf("end the sessions: %w", err)
	}
	if err := q.DropAllPasswordLinks(ctx); err != nil {
		return fmt.Errorf("forget the links: %w", err)
	}
	return nil
}

// stopUntilAdopted stops all sending for a reason that Adopt lifts, and keeps a
// stop that a person made before.
func stopUntilAdopted(ctx context.Context, q *sqlc.Queries, was, reason string) error {
	if was == domain.CodeAdminStop {
		if err := q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingStoppedToo, Value: []byte(was)}); err != nil {
			return err
		}
	}
	return q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingStopped, Value: []byte(reason)})
}

// Adopt stores the installation that the data belongs to from now on, and lifts
// a stop for its being restored or damaged. What no start has found to be restored
// loses its sessions and links here.
func (s *Store) Adopt(ctx context.Context, in Installation) error {
	return s.write(ctx, "adopt the data", func(ctx context.Context, q *sqlc.Queries) error {
		if err := putInstallation(ctx, q, in); err != nil {
			return err
		}
		audit(ctx, domain.AuditEntry{Event: domain.AuditAdopt})
		code, err := q.Setting(ctx, settingStopped)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		switch string(code) {
		case domain.CodeRestored:
		case domain.CodeDamaged:
			err = endAllSessions(ctx, q)
		default:
			return endAllSessions(ctx, q)
		}
		if err != nil {
			return err
		}
		before, err := q.Setting(ctx, settingStoppedToo)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return q.DeleteSetting(ctx, settingStopped)
		case err != nil:
			return err
		}
		if err := q.DeleteSetting(ctx, settingStoppedToo); err != nil {
			return err
		}
		return q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingStopped, Value: before})
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Outstanding is what is still to come, of all organizations.
type Outstanding struct {
	Campaigns int64 // live ones
	Open      int64 // deliveries to come, of rounds that are not open yet too
	Uncertain int64 // deliveries
	Overdue   int64 // campaigns whose next round should have begun
}

// Outstanding counts what is still to come at now.
func (s *Store) Outstanding(ctx context.Context, now time.Time) (Outstanding, error) {
	r, err := s.read.Outstanding(ctx, ms(now))
	return Outstanding{Campaigns: r.Live, Open: r.Open, Uncertain: r.Uncertain, Overdue: r.Overdue}, refuse("count what is to come", err)
}

// CheckContent reads the whole database and answers an error with [ErrDamaged]
// in it when it is damaged; then all sending is stopped, as far as that can
// still be written. It takes seconds per gigabyte and hinders nobody.
func (s *Store) CheckContent(ctx context.Context) error {
	err := quickCheck(ctx, s.readers)
	s.noteDamage(err)
	return err
}

// noteDamage stops all sending, once, when err says that the database is
// damaged. Until the process ends that holds even where it cannot be written.
func (s *Store) noteDamage(err error) {
	found := errors.Is(err, ErrDamaged)
	if !found && isDamage(err) {
		found, err = true, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if !found || !s.damaged.CompareAndSwap(false, true) {
		return
	}
	s.log.Error("all sending is stopped", "err", err)
	err = s.writer.run(context.Background(), func(ctx context.Context, q *sqlc.Queries) error {
		code, err := q.Setting(ctx, settingStopped)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		return stopUntilAdopted(ctx, q, string(code), domain.CodeDamaged)
	})
	if err != nil {
		s.log.Error("record that the database is damaged", "err", err)
	}
}
