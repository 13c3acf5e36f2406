package handlers_test

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

func TestAccountActs(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78, chats(130)...)
	b := p.as(p.owner)
	at := "/admin/accounts/" + strconv.FormatInt(acc.ID, 10)
	_, body := b.get("/admin/accounts")
	says(t, 200, body, 200, "+998 90 123 45 67", "bekzod", "Connected", "130 chats", "Disconnect Bekzod · +998 90 123 45 67?")
	_, body = b.get(at + "?page=2")
	says(t, 200, body, 200, "Yuk 101", "Yuk 130", "May not write")
	_, body = b.get(at + "?writable=1&search=yuk_10&kind=supergroup")
	says(t, 200, body, 200, "7 chats found")

	p.tg.dialogs = chats(3)
	_, body = b.post(at+"/refresh", "back", "/admin/accounts")
	says(t, 200, body, 200, "Chats refreshed", "3 chats")
	p.tg.noLine = domain.E(domain.Limited, "telegram.wait").After(time.Minute)
	_, body = b.post(at + "/refresh")
	says(t, 200, body, 200, "Telegram asks to wait", "3 chats")

	_, err := p.store.SetAccountState(t.Context(), acc.OrganizationID, acc.ID, domain.AccountPaused, "PEER_FLOOD", time.Now())
	must(t, err)
	_, body = b.get("/admin/accounts")
	says(t, 200, body, 200, "Limited", "SpamBot", "Resume")
	_, body = b.post(at+"/resume", "back", "https://evil.invalid/")
	says(t, 200, body, 200, "works again", "Chats of this number")
	_, body = b.post(at + "/resume")
	says(t, 200, body, 200, "is not paused")

	_, body = b.post(at+"/disconnect", "back", "/admin/accounts")
	says(t, 200, body, 200, "Number disconnected", "Connect again")
	if len(p.tg.out) != 1 || p.tg.out[0] != acc.ID {
		t.Errorf("logged out %v", p.tg.out)
	}
	if _, err := p.store.TelegramSession(t.Context(), acc.OrganizationID, acc.ID); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("the session is still there: %v", err)
	}
}

// A log-out that Telegram does not confirm still disconnects, and says what to do.
func TestDisconnectWithoutTelegram(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78)
	p.tg.noOut = domain.E(domain.Unavailable, "account.not_logged_out")
	_, body := p.as(p.member).post("/admin/accounts/" + strconv.FormatInt(acc.ID, 10) + "/disconnect")
	says(t, 200, body, 200, "did not confirm the log-out", "Settings → Devices", "Disconnected", "Connect again")
}

// What Telegram asks an account to wait for is counted down.
func TestAccountStates(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78)
	b := p.as(p.member)
	for link, word := range map[domain.LinkState]string{domain.LinkReady: "Connected", domain.LinkConnecting: "Connecting", domain.LinkOff: "Offline"} {
		p.tg.mu.Lock()
		p.tg.links[acc.ID] = link
		p.tg.mu.Unlock()
		_, body := b.get("/admin/accounts")
		says(t, 200, body, 200, "<span>"+word+"</span>")
	}
	_, body := b.get("/admin/accounts")
	if strings.Contains(body, "data-until") {
		t.Error("nothing to wait for is counted down")
	}
}

// The list renews itself when something happens to an account.
func TestAccountsAreLive(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78)
	b := p.as(p.owner)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/admin/accounts/live", nil)
	must(t, err)
	res, err := b.c.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	seen := make(chan string)
	go func() {
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			select {
			case seen <- s.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	until := func(want string) {
		t.Helper()
		deadline := time.After(time.Minute)
		for {
			select {
			case line := <-seen:
				if strings.Contains(line, want) {
					return
				}
			case <-deadline:
				t.Fatalf("the stream never says %q", want)
			}
		}
	}
	until("<span>Connected</span>")
	b.post("/admin/accounts/" + strconv.FormatInt(acc.ID, 10) + "/disconnect")
	until("<span>Disconnected</span>")
}
