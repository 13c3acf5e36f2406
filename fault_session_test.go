package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// TestFaultSessionGone ends three sessions in the middle of a campaign: revoked,
// deactivated, and used in two places. Each account is dead once and its client
// stopped, also after a restart; it goes on after a login by the same Telegram
// user. A fourth one is revoked, and its number has changed hands: another user
// is refused. The fifth account notices nothing.
func TestFaultSessionGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 40*time.Millisecond, loadPhones[:5]...)
	revoked, deactivated, duplicated, changed := loadPhones[0], loadPhones[1], loadPhones[2], loadPhones[3]
	h.change("UPDATE accounts SET telegram_id = 424242 WHERE phone = ?", changed)
	campaigns := h.sending(12)
	for _, phone := range []string{revoked, changed} {
		if err := h.tg.Revoke(t.Context(), phone); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.tg.Deactivate(t.Context(), deactivated); err != nil {
		t.Fatal(err)
	}
	h.fault(world.Fault{Phone: duplicated, Mode: world.FaultBefore, Error: "AUTH_KEY_DUPLICATED", Code: 406})
	eventually(t, "four accounts are dead", func() bool {
		return h.number("SELECT COUNT(*) FROM accounts WHERE state = 'needs_login'") == 4
	})
	h.silent(loadPhones[:4]...)
	for i := range 4 {
		said := regexp.MustCompile(fmt.Sprintf(`msg="session is gone" account=%d `, h.accounts[i].ID))
		if n := h.p.said.count(said); n != 1 {
			t.Errorf("the death of account %d was told %d times", i, n)
		}
	}
	h.p.kill()
	h.start()
	h.silent(loadPhones[:4]...)
	eventually(t, "the fifth account is done", func() bool {
		return h.number("SELECT COUNT(*) FROM campaigns WHERE status = 'done'") == 1
	})

	h.login(revoked, "")
	h.login(duplicated, "")
	eventually(t, "they go on", func() bool {
		return h.number("SELECT COUNT(*) FROM campaigns WHERE status = 'done'") == 3
	})
	h.login(changed, "Telegram foydalanuvchisi avvalgisi emas")
	for _, i := range []int{1, 3} {
		h.me.post(t, "/admin/campaigns/"+id(campaigns[i])+"/cancel", nil)
	}
	h.ends()
	h.truth(campaigns...)
}

// silent expects that the product keeps connections for its other accounts only,
// and that Telegram hears nothing of these for longer than it takes to connect
// again.
func (h *house) silent(phones ...string) {
	h.t.Helper()
	eventually(h.t, "connections of live accounts only", func() bool {
		return h.connections() == len(h.accounts)-len(phones)
	})
	from := h.last()
	pauseFor(2500 * time.Millisecond)
	for _, e := range h.journal(from) {
		for _, phone := range phones {
			if e.Phone == phone {
				h.t.Errorf("a dead session is used: %+v", e)
			}
		}
	}
	if n := h.connections(); n != len(h.accounts)-len(phones) {
		h.t.Errorf("%d connections to Telegram", n)
	}
}

// connections counts those from the running product to the data centre.
// Source: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
func (h *house) connections() (n int) {
	h.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", h.p.Process.Pid)
	own := map[string]bool{}
	files, err := filepath.Glob(proc + "fd/*")
	if err != nil || len(files) == 0 {
		h.t.Fatalf("no files of the product: %v", err)
	}
	for _, f := range files {
		to, _ := os.Readlink(f) // it may be closed by now
		own[to] = true
	}
	table, err := os.ReadFile(proc + "net/tcp")
	if err != nil {
		h.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(h.tgAddr[1])
	number, _ := strconv.Atoi(port)
	const established = "01"
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if own["socket:["+f[9]+"]"] && strings.HasSuffix(f[2], fmt.Sprintf(":%04X", number)) && f[3] == established {
			n++
		}
	}
	return n
}

// login connects a number again at the panel. With a refusal it is expected to
// end with that text.
func (h *house) login(phone, refusal string) {
	h.t.Helper()
	const wizard = "/admin/new-telegram-users"
	h.me.post(h.t, wizard+"/cancel", nil)
	if _, page := h.me.post(h.t, wizard+"/phone", url.Values{"phone": {phone}, "again": {"1"}}); !strings.Contains(page, `name="code"`) {
		h.t.Fatalf("asking for a code led to:\n%s", page)
	}
	code, err := h.tg.Code(h.t.Context(), phone)
	if err != nil {
		h.t.Fatal(err)
	}
	_, page := h.me.post(h.t, wizard+"/code", url.Values{"code": {code}})
	state := h.number("SELECT COUNT(*) FROM accounts WHERE phone = ? AND state = ?", phone, string(domain.AccountActive))
	switch {
	case refusal == "" && state != 1:
		h.t.Fatalf("logging %s in led to:\n%s", phone, page)
	case refusal != "" && (state != 0 || !strings.Contains(page, refusal)):
		h.t.Errorf("logging %s in was not refused with %q:\n%s", phone, refusal, page)
	}
}
