package main

import (
	"database/sql"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/telegram"
)

// home is a data directory whose program starts and stops.
type home struct {
	t   *testing.T
	dir string
}

func newHome(t *testing.T) *home {
	t.Helper()
	return &home{t, filepath.Join(t.TempDir(), "data")}
}

// inStore opens the database and closes it again.
func (h *home) inStore(do func(settings, *db.Store)) {
	h.t.Helper()
	set, err := loadSettings(sandboxSettings(h.dir, "http://127.0.0.1"))
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := openStore(h.t.Context(), set, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	do(set, s)
	if err := s.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// starts starts and stops the program, and tells whether the data was its own.
func (h *home) starts() (adopted bool) {
	h.t.Helper()
	h.inStore(func(set settings, s *db.Store) {
		var err error
		if adopted, err = goOn(h.t.Context(), s, set, slog.New(slog.DiscardHandler)); err != nil {
			h.t.Fatal(err)
		}
		if code, _, _ := s.SendingStopped(h.t.Context()); (code == domain.CodeRestored) == adopted {
			h.t.Errorf("adopted %v, but stopped by %q", adopted, code)
		}
	})
	return adopted
}

// expects starts it twice: what was found must still be found the next time.
func (h *home) expects(own bool, when string) {
	h.t.Helper()
	for range 2 {
		if got := h.starts(); got != own {
			h.t.Errorf("%s: taken as its own: %v", when, got)
		}
	}
}

func (h *home) file(name string) string { return filepath.Join(h.dir, name) }

func (h *home) do(errs ...error) {
	h.t.Helper()
	for _, err := range errs {
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// copied is what the directory holds; put writes it back into the same files.
func (h *home) copied() map[string][]byte {
	h.t.Helper()
	all := map[string][]byte{}
	for _, name := range []string{"postix.db", "postix.key", "installation"} {
		text, err := os.ReadFile(h.file(name))
		h.do(err)
		all[name] = text
	}
	return all
}

func (h *home) put(all map[string][]byte, names ...string) {
	h.t.Helper()
	h.do(os.MkdirAll(h.dir, 0o700))
	for _, name := range names {
		h.do(os.WriteFile(h.file(name), all[name], 0o600))
	}
}

// setMark changes what the file says.
func (h *home) setMark(change func(*mark)) {
	h.t.Helper()
	m, _, err := readMark(h.dir)
	h.do(err)
	change(&m)
	text, err := json.Marshal(m)
	h.do(err, os.WriteFile(h.file("installation"), text, 0o600))
}

// Data that was restored or copied waits to be adopted, at every start; adopted,
// it starts.
func TestRestoredDataIsNoticed(t *testing.T) {
	for name, restore := range map[string]func(h *home, old map[string][]byte){
		"an older database":            func(h *home, old map[string][]byte) { h.put(old, "postix.db") },
		"a database without its file":  func(h *home, _ map[string][]byte) { h.do(os.Remove(h.file("installation"))) },
		"an older file":                func(h *home, _ map[string][]byte) { h.setMark(func(m *mark) { m.Stamp -= 2 }) },
		"a file of another place":      func(h *home, _ map[string][]byte) { h.setMark(func(m *mark) { m.ID = "ANOTHER" }) },
		"a file of another time":       func(h *home, _ map[string][]byte) { h.setMark(func(m *mark) { m.Born-- }) },
		"a file that says nothing":     func(h *home, _ map[string][]byte) { h.put(map[string][]byte{"installation": nil}, "installation") },
		"everything, in the old files": func(h *home, old map[string][]byte) { h.put(old, "postix.db", "postix.key", "installation") },
		"everything, in new files": func(h *home, old map[string][]byte) {
			h.do(os.RemoveAll(h.dir))
			h.put(old, "postix.db", "postix.key", "installation")
		},
		"a copy of the directory": func(h *home, _ map[string][]byte) {
			to := h.dir + " copy"
			h.do(os.CopyFS(to, os.DirFS(h.dir)), os.Chmod(filepath.Join(to, "postix.key"), 0o600))
			h.dir = to
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.starts()
			old := h.copied()
			h.expects(true, "before")
			restore(h, old)
			h.expects(false, "restored")
			h.inStore(func(set settings, s *db.Store) { h.do(adopt(t.Context(), s, set.Data, time.Now())) })
			h.expects(true, "adopted")
		})
	}
}

// A backup that is seconds old is noticed too, once the program has ended by
// itself: what it sent after the backup is not in it. A clean stop alone leaves
// the data its own.
func TestYoungBackupIsNoticedAfterACleanStop(t *testing.T) {
	h := newHome(t)
	set, err := loadSettings(sandboxSettings(h.dir, "http://127.0.0.1"))
	h.do(err)
	young := filepath.Join(t.TempDir(), "backup.db")
	a, err := open(t.Context(), set, telegram.Config{}, slog.New(slog.DiscardHandler))
	h.do(err)
	d, err := sql.Open("sqlite", "file:"+h.file("postix.db"))
	h.do(err)
	_, err = d.ExecContext(t.Context(), "VACUUM INTO ?", young)
	h.do(err, d.Close())
	a.close()

	text, err := os.ReadFile(young)
	h.do(err)
	own := h.copied()
	h.put(map[string][]byte{"postix.db": text}, "postix.db")
	h.inStore(func(set settings, s *db.Store) {
		if why, err := unadopted(t.Context(), s, set.Data); err != nil || !strings.Contains(why, "used here since") {
			t.Errorf("the young backup: %q, %v", why, err)
		}
	})
	h.put(own, "postix.db")
	h.expects(true, "after a clean stop")
}

// What is no copy raises no alarm: a moved directory, a program that knew no
// stamps before, and every moment at which writing a stamp can be cut off.
func TestOwnDataIsNotDoubted(t *testing.T) {
	h := newHome(t)
	h.inStore(func(settings, *db.Store) {})
	h.do(writeMark(h.dir, newInstallation(time.Now())))
	h.expects(true, "the first start was cut off after the file")
	h = newHome(t)
	h.inStore(func(set settings, s *db.Store) {
		in := newInstallation(time.Now())
		h.do(writeMark(h.dir, in))
		in.Stamp++
		h.do(s.SetInstallation(t.Context(), in))
	})
	h.expects(true, "the first start was cut off before the last write")

	h = newHome(t)
	h.inStore(func(settings, *db.Store) {})
	if !h.starts() {
		t.Error("a database without a stamp is doubted")
	}
	// The file cannot be written for a few starts: the disk is full.
	h.do(os.MkdirAll(h.file("installation.new/in the way"), 0o700))
	h.expects(true, "the file cannot be written")
	h.do(os.RemoveAll(h.file("installation.new")))
	h.expects(true, "the file can be written again")
	var in db.Installation
	h.inStore(func(_ settings, s *db.Store) {
		var err error
		in, err = s.Installation(t.Context())
		h.do(err)
	})
	if m, _, err := readMark(h.dir); err != nil || m.Stamp != in.Stamp || m.ID != in.ID || in.Stamp != 3 {
		t.Errorf("the file says %+v, the database %+v, %v", m, in, err)
	}

	moved := h.dir + " moved"
	h.do(os.Rename(h.dir, moved))
	h.dir = moved
	h.expects(true, "the directory was moved")
}

// A machine or a time of birth that is not known says nothing.
func TestMoved(t *testing.T) {
	was := place{Inode: 1, Born: 2, Machine: "a"}
	for here, want := range map[place]bool{
		was:                               false,
		{Inode: 1, Born: 2}:               false,
		{Inode: 1, Machine: "a"}:          false,
		{Inode: 2, Born: 2, Machine: "a"}: true,
		{Inode: 1, Born: 3, Machine: "a"}: true,
		{Inode: 1, Born: 2, Machine: "b"}: true,
	} {
		if got := was.moved(here) != ""; got != want {
			t.Errorf("%+v: %v", here, got)
		}
		if got := here.moved(was) != ""; got != want {
			t.Errorf("%+v the other way round: %v", here, got)
		}
	}
}

// A start lifts a stop that Telegram's refusal caused, and no other.
func TestGoOn(t *testing.T) {
	for code, after := range map[string]string{
		"API_ID_INVALID": "", domain.CodeAdminStop: domain.CodeAdminStop, "SOMETHING_NEW": "SOMETHING_NEW",
	} {
		h := newHome(t)
		h.inStore(func(_ settings, s *db.Store) { h.do(s.StopSending(t.Context(), code)) })
		h.starts()
		h.inStore(func(_ settings, s *db.Store) {
			if got, _, err := s.SendingStopped(t.Context()); got != after || err != nil {
				t.Errorf("%s became %q, %v", code, got, err)
			}
		})
	}
}
