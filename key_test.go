package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// sealedHouse is a data directory whose numbers have sessions.
type sealedHouse struct {
	t        *testing.T
	set      settings
	org      domain.Organization
	accounts []domain.Account
}

func newSealedHouse(t *testing.T, numbers int) *sealedHouse {
	t.Helper()
	dir := t.TempDir()
	h := &sealedHouse{t: t, set: settings{Data: dir, KeyFile: filepath.Join(dir, "postix.key")}}
	h.with(func(s *db.Store) {
		ctx := t.Context()
		var err error
		h.org, err = s.CreateOrganization(ctx, domain.Organization{Name: "Muhr", Limits: domain.Limits{Accounts: numbers}, CreatedAt: time.Now()})
		h.ok(err)
		u, err := s.CreateUser(ctx, domain.User{OrganizationID: h.org.ID, Role: domain.RoleOwner, Name: "Ega", CreatedAt: time.Now()}, "")
		h.ok(err)
		h.ok(s.SetTOTP(ctx, u, "SECRET", 1, nil, nil))
		for i := range numbers {
			a, err := s.ConnectAccount(ctx, domain.NewAccount{
				OrganizationID: h.org.ID, UserID: u.ID, Phone: domain.Phone(fmt.Sprintf("+99890%07d", i)),
				Profile: domain.Profile{TelegramID: int64(i + 1)}, Session: h.session(i), At: time.Now(),
			})
			h.ok(err)
			h.accounts = append(h.accounts, a)
		}
	})
	return h
}

func (h *sealedHouse) session(i int) []byte { return fmt.Appendf(nil, "session of number %d", i) }

func (h *sealedHouse) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *sealedHouse) with(do func(*db.Store)) {
	h.t.Helper()
	s, err := openStore(h.t.Context(), h.set, slog.New(slog.DiscardHandler))
	h.ok(err)
	do(s)
	h.ok(s.Close())
}

// opens fails unless all sessions can be read.
func (h *sealedHouse) opens(s *db.Store) {
	h.t.Helper()
	for i, a := range h.accounts {
		got, err := s.TelegramSession(h.t.Context(), h.org.ID, a.ID)
		if err != nil || !bytes.Equal(got, h.session(i)) {
			h.t.Fatalf("session of number %d: %q, %v", i, got, err)
		}
	}
}

func (h *sealedHouse) environ() []string { return []string{"POSTIX_DATA=" + h.set.Data} }

func (h *sealedHouse) rotate() (code int, said string) {
	var out bytes.Buffer
	s := &surroundings{h.t.Context(), bytes.NewReader(nil), &out, io.Discard, map[string]string{"POSTIX_DATA": h.set.Data}}
	code = s.run([]string{"key", "rotate"})
	return code, out.String()
}

func (h *sealedHouse) keys() [][]byte {
	h.t.Helper()
	keys, err := readKeys(h.set.KeyFile)
	h.ok(err)
	return keys
}

// TestKeyRotate: a process that is open all the while reads and writes through
// the exchange, and afterwards the old key opens nothing.
func TestKeyRotate(t *testing.T) {
	h := newSealedHouse(t, 20)
	old := h.keys()[0]
	h.with(func(running *db.Store) {
		if code, said := h.rotate(); code != exitOK || !regexp.MustCompile(`2[0-9] values are sealed`).MatchString(said) {
			t.Fatalf("%d: %s", code, said)
		}
		h.opens(running)
		h.ok(running.SaveTelegramSession(t.Context(), h.org.ID, h.accounts[0].ID, h.session(0)))
		if n, err := running.VerifyAudit(t.Context()); err != nil {
			t.Fatalf("the audit after %d entries: %v", n, err)
		}
	})
	keys := h.keys()
	if len(keys) != 1 || bytes.Equal(keys[0], old) {
		t.Fatalf("%d keys are in the file", len(keys))
	}
	h.with(h.opens)
	kept, err := filepath.Glob(h.set.KeyFile + ".before-*")
	h.ok(err)
	if len(kept) != 1 {
		t.Fatalf("the old key is kept in %q", kept)
	}
	h.ok(os.Rename(kept[0], h.set.KeyFile))
	if _, err := openStore(t.Context(), h.set, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("the old key opens the database still")
	}
}

// TestKeyRotateKilled: killed at any moment, the next call ends what was begun.
func TestKeyRotateKilled(t *testing.T) {
	h := newSealedHouse(t, 200)
	old := h.keys()[0]
	for after := time.Millisecond; len(h.keys()) == 1 && bytes.Equal(h.keys()[0], old); after += after / 2 {
		p := launch(t, h.environ(), "key", "rotate")
		timer, cancel := context.WithTimeout(t.Context(), after)
		select {
		case <-timer.Done():
			p.kill()
			<-p.ended
		case <-p.ended:
			t.Fatalf("it ended before it was killed: %s", p.said.tail())
		}
		cancel()
		h.with(h.opens)
	}
	if len(h.keys()) != 2 {
		t.Fatal("it was not killed in the middle")
	}
	if code, said := h.rotate(); code != exitOK {
		t.Fatal(said)
	}
	if keys := h.keys(); len(keys) != 1 || bytes.Equal(keys[0], old) {
		t.Fatalf("%d keys are left", len(keys))
	}
	h.with(h.opens)
}

// TestKeySwappedRows: a session that is moved to another number opens there no
// more, also through an exchange of keys, and the others are not held up by it.
func TestKeySwappedRows(t *testing.T) {
	h := newSealedHouse(t, 3)
	h.sql(`UPDATE telegram_sessions SET sealed = (SELECT sealed FROM telegram_sessions WHERE account_id = ?) WHERE account_id = ?`, h.accounts[0].ID, h.accounts[1].ID)
	code, said := h.rotate()
	if code != exitOK || !regexp.MustCompile(`1 values opened with neither`).MatchString(said) {
		t.Fatalf("%d: %s", code, said)
	}
	h.with(func(s *db.Store) {
		if got, err := s.TelegramSession(t.Context(), h.org.ID, h.accounts[1].ID); err == nil {
			t.Errorf("the moved session opens: %q", got)
		}
		for _, i := range []int{0, 2} {
			if got, err := s.TelegramSession(t.Context(), h.org.ID, h.accounts[i].ID); err != nil || !bytes.Equal(got, h.session(i)) {
				t.Errorf("session of number %d: %q, %v", i, got, err)
			}
		}
	})
}

func (h *sealedHouse) sql(statement string, args ...any) {
	h.t.Helper()
	d, err := sql.Open("sqlite", "file:"+h.set.database()+"?_pragma=busy_timeout(5000)")
	h.ok(err)
	_, err = d.ExecContext(h.t.Context(), statement, args...)
	h.ok(errors.Join(err, d.Close()))
}

// TestKeyFileNonsense: what can be no key is refused, before anything is sealed
// with it.
func TestKeyFileNonsense(t *testing.T) {
	h := newSealedHouse(t, 1)
	good, err := os.ReadFile(h.set.KeyFile)
	h.ok(err)
	zeros := bytes.Repeat([]byte("0"), 2*keyBytes)
	for what, text := range map[string][]byte{
		"nothing": {}, "a short one": good[:10], "one twice": append(slices.Clone(good), good...), "zeros": zeros,
		"zeros before it": append(append(zeros, '\n'), good...),
	} {
		h.ok(os.WriteFile(h.set.KeyFile, text, 0o600))
		if code, _ := h.rotate(); code != exitUsage {
			t.Errorf("%s: exit code %d", what, code)
		}
		if is, err := os.ReadFile(h.set.KeyFile); err != nil || !bytes.Equal(is, text) {
			t.Errorf("%s: the file has become %q", what, is)
		}
	}
	h.ok(os.WriteFile(h.set.KeyFile, good, 0o600))
	h.with(h.opens)
}
