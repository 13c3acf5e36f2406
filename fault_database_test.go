package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"postix/telegram/sandbox/world"
)

// readable is how soon a page must be there, whatever has happened to the disk.
const readable = 2 * time.Second

// TestFaultDatabaseLocked lets another process lock the database for ten seconds
// while two accounts send: no intent, no send.
func TestFaultDatabaseLocked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 50*time.Millisecond, loadPhones[:2]...)
	campaigns := h.sending(10)
	h.fault(world.Fault{Times: -1, Mode: world.FaultDelay, DelayMS: 300})
	from := h.last()
	eventually(t, "two messages are in flight", func() bool { return h.number(inFlight) == 2 })
	unlock := h.lock()
	h.clearFaults()
	h.holds(campaigns[0], from, 10*time.Second)
	unlock()
	h.ends()
	h.truth(campaigns...)
}

// TestFaultDiskFull lets the database no longer grow while two accounts send: by
// a limit on the size of files, and where that is allowed by a disk that is full.
func TestFaultDiskFull(t *testing.T) {
	t.Parallel()
	t.Run("limit", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, 50*time.Millisecond, loadPhones[:2]...)
		h.fills(func() (free func()) {
			st, err := os.Stat(filepath.Join(h.dir, "postix.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			h.fileLimit(fmt.Sprint(st.Size()))
			return func() { h.fileLimit("unlimited") }
		})
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
			t.Skipf("mounting a small disk: %v", err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		h := newHouseIn(t, dir, 50*time.Millisecond, loadPhones[:2]...)
		h.fills(func() (free func()) {
			filler := filepath.Join(dir, "filler")
			fill(t, filler)
			return func() { _ = os.Remove(filler) }
		})
	})
}

// fills takes the room away in the middle of a campaign and gives it back.
func (h *house) fills(fill func() (free func())) {
	h.t.Helper()
	campaigns := h.sending(10)
	from := h.last()
	free := fill()
	h.p.awaits(h.t, regexp.MustCompile(`level=ERROR msg=worker .*(claim|record)`))
	h.holds(campaigns[0], from, time.Second) // what was in flight ends
	full := h.last()
	h.holds(campaigns[0], from, 3*time.Second)
	if more := h.calls("", full); len(more) > 0 {
		h.t.Errorf("while nothing can be written %d messages went out, first %+v", len(more), more[0])
	}
	free()
	h.ends()
	h.truth(campaigns...)
}

// holds looks all the time at what must hold while nothing can be written: the
// pages are there, and no message has gone out since then without an intent.
func (h *house) holds(campaign, since int64, d time.Duration) {
	h.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); pauseFor(50 * time.Millisecond) {
		h.reads(campaign)
		h.intended(since)
	}
}

// fileLimit sets how large files the running product may write.
func (h *house) fileLimit(bytes string) {
	h.t.Helper()
	out, err := exec.Command("prlimit", fmt.Sprintf("--pid=%d", h.p.Process.Pid), "--fsize="+bytes+":").CombinedOutput()
	if err != nil {
		h.t.Fatalf("prlimit: %v %s", err, out)
	}
}

// fill writes until there is no room left.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// sending starts the product, orders one round of each account, and waits until
// that many messages have gone out.
func (h *house) sending(messages int) (campaigns []int64) {
	h.t.Helper()
	h.start()
	for i := range h.accounts {
		campaigns = append(campaigns, h.order(i, fmt.Sprintf("%d tonna yuk bor, Jizzaxdan Guliston", 10+i), 1, 0))
	}
	eventually(h.t, "messages go out", func() bool { return len(h.calls("", 0)) >= messages })
	return campaigns
}

// reads opens a campaign's page.
func (h *house) reads(campaign int64) {
	h.t.Helper()
	began := time.Now()
	page := h.me.get(h.t, "/admin/campaigns/"+id(campaign))
	if took := time.Since(began); took > readable || !strings.Contains(page, "tonna yuk bor") {
		h.t.Errorf("after %v the campaign's page is:\n%s", took, page)
	}
}

// intended expects that each message which Telegram got since then stood in the
// database before: while nothing can be written, it says so still.
func (h *house) intended(since int64) {
	h.t.Helper()
	for _, e := range h.calls("", since) {
		if h.number("SELECT COUNT(*) FROM deliveries WHERE random_id = ? AND status IN ('sending', 'sent')", e.RandomID) != 1 {
			h.t.Errorf("sent without an intent: %+v", e)
		}
	}
}
