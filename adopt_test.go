package main

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postix/domain"
)

// exitCode waits for the end of a process.
func (p *process) exitCode(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		t.Fatalf("it still runs after %v:\n%s", within, p.said.tail())
	}
	return p.ProcessState.ExitCode()
}

// TestFaultSecondProcess: on a data directory in use, nothing else starts, and
// nothing is asked of Telegram.
func TestFaultSecondProcess(t *testing.T) {
	t.Parallel()
	side, _ := startTelegram(t)
	dir := t.TempDir()
	first := serve(t, dir, side.URL())
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var asked atomic.Int32
	go func() {
		for {
			c, err := other.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = c.Close()
		}
	}()
	listens := strings.TrimPrefix(first.url, "http://") // which is taken too; the directory is what counts
	for name, second := range map[string]*process{
		"serve":   launchServe(t, dir, "http://"+other.Addr().String(), "POSTIX_LISTEN="+listens),
		"sandbox": launch(t, nil, "sandbox", "--data", dir, "--panel", listens, "--page", "127.0.0.1:0", "--mtproto", "127.0.0.1:0"),
		"adopt":   launch(t, []string{"POSTIX_DATA=" + dir}, "adopt", "--yes"),
	} {
		if code := second.exitCode(t, 3*time.Second); code != exitUsage || !strings.Contains(second.said.tail(), "another postix is running on "+dir+"; stop it first\n") {
			t.Errorf("%s: exit code %d, said %q", name, code, second.said.tail())
		}
	}
	if n := asked.Load(); n != 0 || exists(filepath.Join(dir, "telegram")) {
		t.Errorf("Telegram was asked %d times", n)
	}
	add := []string{"user", "add", "--email", "a@b.uz", "--name", "A", "--password", "long enough"}
	if code, _, said := command(t, map[string]string{"POSTIX_DATA": dir}, "", add...); code != exitOK {
		t.Errorf("a user cannot be added beside it: %d, %s", code, said)
	}
	first.kill()
	serve(t, dir, side.URL()).stop(t) // the lock went with the process
}

// TestFaultRestoredData puts the database of a running product back from a
// backup, with messages in it that have gone out since: it shows its pages and
// does nothing more until it is adopted; then it goes on, and nothing is at
// Telegram twice.
func TestFaultRestoredData(t *testing.T) {
	t.Parallel()
	const gap = 100 * time.Millisecond
	h := newHouse(t, gap, loadPhones[0])
	var later domain.Campaign
	h.inStore(func(ctx context.Context, a *app) {
		c, _, err := a.store.CreateCampaign(ctx, domain.Campaign{
			OrganizationID: h.owner.User.OrganizationID, UserID: h.owner.User.ID, UUID: "later", Token: "later", AccountID: h.accounts[0].ID,
			CatalogName: "Sinov", Text: "Keyinroq", Rounds: 1, StartAt: time.Now().Add(time.Hour).UTC(), CreatedAt: time.Now().UTC(),
		}, []domain.Peer{{ID: -1, Kind: domain.KindGroup, Title: "Guruh"}})
		if err != nil {
			t.Fatal(err)
		}
		later = c
	})
	h.start()
	now := h.order(0, "Yuk bor", 1, 0)
	eventually(t, "messages go out", func() bool { return len(h.calls("", 0)) >= 10 })
	h.p.stop(t)
	backup, err := os.ReadFile(filepath.Join(h.dir, "postix.db"))
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	const open = "SELECT COUNT(*) FROM deliveries WHERE status IN ('planned', 'waiting', 'sending', 'uncertain')"
	eventually(t, "the round ends", func() bool { return h.number(open) == 0 })
	h.p.stop(t)

	if err := os.WriteFile(filepath.Join(h.dir, "postix.db"), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	h.change("UPDATE campaigns SET start_at = start_at - 10800000, next_due_at = next_due_at - 10800000 WHERE id = ?", later.ID) // three hours pass
	h.waitsToBeAdopted(true)

	environ := map[string]string{"POSTIX_DATA": h.dir}
	if code, out, said := command(t, environ, "no\n", "adopt"); code != exitUsage || !strings.Contains(out, "2 live, 1 of them overdue") || !strings.Contains(said, "nothing was changed") {
		t.Errorf("no: exit code %d, out %q, said %q", code, out, said)
	}
	h.waitsToBeAdopted(false)
	if code, out, said := command(t, environ, "yes\n", "adopt"); code != exitOK || !strings.Contains(out, "Adopted") {
		t.Fatalf("yes: exit code %d, out %q, said %q", code, out, said)
	}
	if code, out, _ := command(t, environ, "", "adopt"); code != exitOK || !strings.Contains(out, "nothing to adopt") {
		t.Errorf("again: exit code %d, out %q", code, out)
	}

	before := h.last()
	h.start()
	h.ends()
	again := h.calls("", before)
	if took, least := again[len(again)-1].At.Sub(again[0].At), time.Duration(len(again)-1)*gap/2; len(again) < 20 || took < least {
		t.Errorf("%d messages in %v, expected at least %v", len(again), took, least)
	}
	if n := h.number("SELECT missed FROM campaigns WHERE id = ?", later.ID); n != 1 {
		t.Error("the round whose time has passed was not missed")
	}
	h.truth(now, later.ID)
}

// waitsToBeAdopted starts the product and finds its pages readable, and nothing
// asked of Telegram, also not by a login. At the first start after the data was
// restored nobody is signed in any more.
func (h *house) waitsToBeAdopted(first bool) {
	h.t.Helper()
	before := h.last()
	h.start()
	h.p.awaits(h.t, regexp.MustCompile("waits to be adopted"))
	if out := strings.Contains(h.me.get(h.t, "/admin/campaigns"), `action="/signin"`); out != first {
		h.t.Errorf("signed out: %t", out)
	}
	h.me = signIn(h.t, h.p.url, h.owner.User.Email)
	if page := h.me.get(h.t, "/admin/campaigns"); !strings.Contains(page, "bu yagona nusxa ekanini serverda tasdiqlashi kerak") {
		h.t.Error("the page does not say that sending is stopped")
	}
	if _, page := h.me.post(h.t, "/admin/new-telegram-users/phone", url.Values{"phone": {"+998901000012"}}); !strings.Contains(page, "Xizmat administratori buni tasdiqlamaguncha") {
		h.t.Errorf("a number can be connected:\n%s", page)
	}
	h.p.stop(h.t)
	if calls := h.journal(before); len(calls) != 0 {
		h.t.Errorf("Telegram was asked: %+v", calls)
	}
}
