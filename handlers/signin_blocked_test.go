package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// TestBlockedSignIn: the sign-in page tells in the reader's language why, and until
// when in the zone of his organization, once the password is right; what the reason
// holds is text.
func TestBlockedSignIn(t *testing.T) {
	p := newPanel(t)
	hash, err := handlers.NewPasswords(1).Hash("sariq-choynak-7")
	must(t, err)
	now := time.Now().UTC()
	o, err := p.store.CreateOrganization(t.Context(), domain.Organization{Name: "Far", Zone: "Asia/Vladivostok", CreatedAt: now})
	must(t, err)
	u, err := p.store.CreateUser(t.Context(), domain.User{OrganizationID: o.ID, Role: domain.RoleOwner, Name: "Far", Email: "far@a.uz", CreatedAt: now}, hash)
	must(t, err)
	token, link := domain.NewPasswordLink(now)
	must(t, p.store.PutPasswordLink(t.Context(), u, link))
	b := p.as(domain.Actor{User: u, Organization: o})
	if status, _ := b.get("/admin/campaigns"); status != http.StatusOK {
		t.Fatalf("before the block: %d", status)
	}
	until := time.Date(2099, 3, 2, 18, 30, 0, 0, time.UTC)
	must(t, p.store.BlockUser(t.Context(), u, domain.Block{Reason: "<i>qoida", From: now, Until: until, ByService: true}, now))

	status, body := b.get("/admin/campaigns") // his session has ended
	says(t, status, body, http.StatusOK, `name="password"`)
	form := []string{"email", "far@a.uz", "password"}
	status, body = b.post("/signin", append(form, "guess")...)
	says(t, status, body, http.StatusUnauthorized, `name="password"`, "That e-mail or password is not right.")
	status, body = b.post("/signin", append(form, "sariq-choynak-7")...)
	says(t, status, body, http.StatusForbidden, `name="password"`, "Your access is blocked until 3 Mar 2099 04:30. Reason: <bdi>&lt;i&gt;qoida</bdi>")
	status, body = b.post("/signin?lang=ru", append(form, "sariq-choynak-7")...)
	says(t, status, body, http.StatusForbidden, `name="password"`, "Вход для вас закрыт до", "04:30. Причина: <bdi>&lt;i&gt;qoida</bdi>")

	status, body = b.get("/set-password/" + token)
	_, never := b.get("/set-password/" + domain.NewToken())
	if status != http.StatusNotFound || len(body) != len(never) {
		t.Errorf("his link answers %d, not as one that never was", status)
	}
}
