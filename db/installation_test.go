package db

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// stopCode is "" where sending is not stopped.
func (w *world) stopCode() string {
	w.t.Helper()
	code, stopped, err := w.s.SendingStopped(w.ctx)
	w.ok(err)
	if stopped != (code != "") {
		w.t.Errorf("stopped %v by %q", stopped, code)
	}
	return code
}

// Adopting lifts the stop for restored data and brings back what a person had
// stopped before; it leaves any other stop alone.
func TestAdopt(t *testing.T) {
	for before, after := range map[string]string{"": "", domain.CodeAdminStop: domain.CodeAdminStop, "API_ID_INVALID": "", domain.CodeDamaged: ""} {
		w := newWorld(t, 1)
		if before != "" {
			w.ok(w.s.StopSending(w.ctx, before))
		}
		w.session(w.user, "before")
		w.link(w.user, "link", start.Add(time.Hour))
		w.ok(w.s.StopRestored(w.ctx))
		w.session(w.user, "after")
		w.ok(w.s.StopRestored(w.ctx)) // by the next start
		if damaged := before == domain.CodeDamaged; w.signedIn("before") != damaged || w.linked("link") != damaged || !w.signedIn("after") {
			t.Errorf("restored after %q: a session of the copy %t, a link %t, a new session %t", before, w.signedIn("before"), w.linked("link"), w.signedIn("after"))
		}
		want := domain.CodeRestored
		if before == domain.CodeDamaged {
			want = before
		}
		if got := w.stopCode(); got != want {
			t.Errorf("restored after %q: %q", before, got)
		}
		in := Installation{ID: "place", Since: start, Stamp: 1, At: start.Add(time.Hour)}
		w.ok(w.s.Adopt(w.ctx, in))
		if got := w.stopCode(); got != after {
			t.Errorf("adopted after %q: %q, want %q", before, got, after)
		}
		if got := must(w.s.Installation(w.ctx)); got != in {
			t.Errorf("stored %+v, want %+v", got, in)
		}
		w.ok(w.s.ResumeSending(w.ctx))
		w.ok(w.s.StopRestored(w.ctx))
		w.ok(w.s.StopSending(w.ctx, domain.CodeAdminStop)) // meanwhile
		if got := w.stopCode(); got != domain.CodeRestored {
			t.Errorf("stopped by a person too: %q", got)
		}
		w.ok(w.s.Adopt(w.ctx, in))
		w.ok(w.s.Adopt(w.ctx, in))
		if got := w.stopCode(); got != domain.CodeAdminStop {
			t.Errorf("a stop that has nothing to do with it became %q", got)
		}
	}
}

// A person's stop of data that is known to be damaged does not hide the damage,
// and stays when that is over.
func TestStopOfDamagedData(t *testing.T) {
	w := newWorld(t, 1)
	w.ok(w.s.StopSending(w.ctx, domain.CodeDamaged))
	w.ok(w.s.StopSending(w.ctx, domain.CodeAdminStop))
	if got := w.stopCode(); got != domain.CodeDamaged {
		t.Errorf("stopped by a person too: %q", got)
	}
	w.ok(w.s.Adopt(w.ctx, Installation{ID: "place", Since: start, Stamp: 1, At: start}))
	if got := w.stopCode(); got != domain.CodeAdminStop {
		t.Errorf("adopted: %q", got)
	}
}

func TestOutstanding(t *testing.T) {
	w := newWorld(t, 3)
	if got := must(w.s.Outstanding(w.ctx, start)); got != (Outstanding{}) {
		t.Errorf("nothing ordered: %+v", got)
	}
	w.campaign(2, time.Hour)
	w.openDue(start)
	w.campaign(1, 0)
	w.second(2).campaign(1, 0)
	w.settle(failed(w.claim(start), domain.ActRetry, domain.CodeTimeout, 0, start))
	if got, want := must(w.s.Outstanding(w.ctx, start)), (Outstanding{Campaigns: 3, Open: 6 - 1 + 3 + 2, Uncertain: 1, Overdue: 2}); got != want {
		t.Errorf("it is %+v, want %+v", got, want)
	}
}

// damage spoils the pages of a table that the writer and the readers have not
// read yet, behind their backs.
func (w *world) damage(table string) {
	w.t.Helper()
	w.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	w.exec("PRAGMA shrink_memory")
	var page int64
	w.ok(w.s.writer.conn.QueryRowContext(w.ctx, "SELECT rootpage FROM sqlite_schema WHERE name = ?", table).Scan(&page))
	f := must(os.OpenFile(w.path, os.O_RDWR, 0))
	must(f.WriteAt(bytes.Repeat([]byte{0x5a}, 4096), (page-1)*4096))
	w.ok(f.Close())
}

// TestFaultCorruptedWhileRunning: damage that is met while writing, or found by
// the check, stops all sending, says so, and is refused at the next start.
func TestFaultCorruptedWhileRunning(t *testing.T) {
	for name, meet := range map[string]func(*world) error{
		"by a write": func(w *world) error {
			_, err := w.s.CancelCampaign(w.ctx, w.scope, 1, start)
			wantKey(t, err, domain.Unavailable, "storage.damaged")
			return err
		},
		"by the check": func(w *world) error {
			err := w.s.CheckContent(w.ctx)
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("the check says %v", err)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.campaign(1, 0)
			w.ok(w.s.CheckContent(w.ctx))
			w.ok(w.s.Close())
			w.s = openStore(t, w.path)
			w.ok(w.s.StopSending(w.ctx, domain.CodeAdminStop))
			w.damage("campaigns")
			if meet(w) == nil {
				t.Fatal("nothing was noticed")
			}
			if got := w.stopCode(); got != domain.CodeDamaged {
				t.Errorf("sending is stopped by %q", got)
			}
			if due, err := w.s.DueRounds(w.ctx, start, 0); due != nil || err != nil {
				t.Errorf("rounds are due: %v, %v", due, err)
			}
			w.ok(w.s.Adopt(w.ctx, Installation{ID: "healed"}))
			if was := string(must(w.s.read.Setting(w.ctx, settingStopped))); was != domain.CodeAdminStop {
				t.Errorf("the stop that a person had made before has become %q", was)
			}
			w.ok(w.s.Close())
			if got := openError(t, options(w.path)); !strings.Contains(got, "put the database back from a backup") {
				t.Error(got)
			}
		})
	}
}

// The check at the start sees what it can in its time, says when that is not
// all, and calls no busy database damaged.
func TestStartCheck(t *testing.T) {
	w := newWorld(t, 3)
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	w.ok(checkStart(w.ctx, w.s.readers, w.path, time.Nanosecond, log))
	if !strings.Contains(said.String(), "too large") {
		t.Errorf("it says %q", said.String())
	}
	w.damage("dialogs")
	if err := checkStart(w.ctx, w.s.readers, w.path, time.Minute, log); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged one: %v", err)
	}
	w.ok(w.s.readers.Close())
	if err := checkStart(w.ctx, w.s.readers, w.path, time.Minute, log); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("one that does not answer: %v", err)
	}
}
