package handlers_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"postix/domain"
)

// order sends a text to two chats from a number of that user.
func (p *panel) order(a domain.Actor, acc domain.Account, text string) {
	p.t.Helper()
	b := p.as(a)
	at := b.catalog("Yuklar")
	b.post(at+"/add", "account", itoa(acc.ID), "ids", peer(1), "ids", peer(2), "shown", peer(1)+","+peer(2))
	status, body := b.post("/admin/campaigns", "token", domain.NewToken(), "catalog", at[strings.LastIndex(at, "/")+1:], "account", itoa(acc.ID),
		"text", text, "rounds", "5", "every", "1", "unit", "hours", "start", "now")
	says(p.t, status, body, http.StatusOK, text)
}

// TestRemoveKeepsHistory: who is removed is out, his place and e-mail are free,
// and his campaigns stay in the owner's list, cancelled.
func TestRemoveKeepsHistory(t *testing.T) {
	p := newPanel(t)
	p.room(3)
	acc := p.account(p.member, "+998901234567", 78, chats(2)...)
	p.order(p.member, acc, "Toshkentdan Buxoroga")
	in, b := p.as(p.member), p.as(p.owner)
	at := userPath(p.member.User)
	status, body := b.get(at)
	says(t, status, body, http.StatusOK, "Toshkentdan Buxoroga", "+998 90 123 45 67", `href="/admin/campaigns?user=`+itoa(p.member.User.ID)+`"`, `href="/admin/new-telegram-users?new=1&amp;user=`+itoa(p.member.User.ID)+`"`)
	status, body = b.get(at + "/remove")
	says(t, status, body, http.StatusOK, "Remove bekzod?", "1 live campaign is cancelled", "1 number is disconnected", `name="log_out" value="1" checked`)
	status, body = b.post(at+"/remove", "log_out", "1")
	says(t, status, body, http.StatusOK, "The user is removed.", "2 of 3 places taken")
	if len(p.tg.out) != 1 || p.tg.out[0] != acc.ID {
		t.Errorf("logged out %v", p.tg.out)
	}
	if status, _ := b.get(at); status != http.StatusNotFound {
		t.Errorf("his page answers %d", status)
	}
	if _, body := in.get("/admin/campaigns"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session lives on")
	}
	_, body = b.get("/admin/campaigns")
	says(t, 200, body, 200, "Toshkentdan Buxoroga", "bekzod", `data-st="cancelled"`)
	for _, page := range []string{"/admin/users", "/admin/new-telegram-users?new=1"} {
		if _, body = b.get(page); strings.Contains(body, "bekzod") {
			t.Errorf("%s offers him still", page)
		}
	}
	status, body = b.post("/admin/users", newUser("email", p.member.User.Email)...)
	says(t, status, body, http.StatusOK, "The link for")
}

// TestRemoveSaysWhatTelegramDidNot: he is gone though it did not answer.
func TestRemoveSaysWhatTelegramDidNot(t *testing.T) {
	p := newPanel(t)
	p.account(p.member, "+998901234567", 78)
	p.tg.noOut = errors.Join(domain.E(domain.Conflict, "account.not_logged_out"))
	status, body := p.as(p.owner).post(userPath(p.member.User)+"/remove", "log_out", "1")
	says(t, status, body, http.StatusOK, "Telegram did not confirm")
	if _, err := p.user(p.member.User.ID); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("he is there: %v", err)
	}
}
