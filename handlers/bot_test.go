package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// quietBot is a bot that says nothing.
type quietBot struct{}

func (quietBot) Username() string                                  { return "some_bot" }
func (quietBot) Health() string                                    { return "" }
func (quietBot) ServeHTTP(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) }

var botLinkForm = regexp.MustCompile(`https://t\.me/some_bot\?start=([\w-]{43})`)

// TestBotLinks: who manages a user gets a link for him, once; for oneself it takes
// the password.
func TestBotLinks(t *testing.T) {
	p := newPanel(t)
	owner := p.as(p.owner)
	access := &domain.BotAccess{Store: p.store, Now: time.Now}

	status, body := owner.post(userPath(p.member.User) + "/bot-link")
	link := botLinkForm.FindStringSubmatch(body)
	if status != http.StatusOK || link == nil {
		t.Fatalf("%d, no link: %s", status, body)
	}
	if _, body := owner.get(userPath(p.member.User)); strings.Contains(body, link[1]) {
		t.Error("the link is shown again")
	}
	a, _, err := access.UseLinkHash(t.Context(), 4711, domain.TokenHash(link[1]))
	if err != nil || a.User.ID != p.member.User.ID {
		t.Errorf("the link leads to %+v, %v", a.User, err)
	}
	if _, _, err := access.UseLinkHash(t.Context(), 4712, domain.TokenHash(link[1])); !domain.IsKey(err, "bot.link_dead") {
		t.Errorf("the second time: %v", err)
	}
	if status, body := owner.post(userPath(p.owner.User) + "/bot-link"); status != http.StatusForbidden || botLinkForm.MatchString(body) {
		t.Errorf("for himself without his password: %d", status)
	}
}

// TestOwnBotLink takes the password.
func TestOwnBotLink(t *testing.T) {
	p := newPanel(t)
	me := p.signedUp(domain.User{Name: "Dilshod", Email: "dilshod@a.uz", Role: domain.RoleMember})
	b := p.stranger()
	b.signIn(me)
	if status, body := b.post("/admin/me/bot-link", "bot_password", "wrong"); status != http.StatusUnprocessableEntity || botLinkForm.MatchString(body) {
		t.Errorf("with a wrong password: %d", status)
	}
	if status, body := b.post("/admin/me/bot-link", "bot_password", goodPassword); status != http.StatusOK || !botLinkForm.MatchString(body) {
		t.Errorf("with the right one: %d", status)
	}
}
