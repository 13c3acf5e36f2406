package handlers_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestNumberOfARemovedUser: connected again it is somebody else's, and the wizard
// says so by asking whose it becomes.
func TestNumberOfARemovedUser(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 77)
	must(t, p.store.RemoveUser(t.Context(), p.member.User, time.Now().UTC()))
	b := p.as(p.owner)
	status, body := b.get("/admin/new-telegram-users?account=" + strconv.FormatInt(acc.ID, 10))
	says(t, status, body, http.StatusOK, `for="user"`, "998 90 123 45 67")
	if strings.Contains(body, `name="again"`) || strings.Contains(body, p.member.User.Name) {
		t.Error("it is to become the removed user's again")
	}

	p.tg.profile = domain.Profile{TelegramID: 77, FirstName: "Bekzod"}
	status, body = b.post("/admin/new-telegram-users/phone", "phone", "+998901234567")
	says(t, status, body, http.StatusOK, `name="code"`)
	status, _ = b.post("/admin/new-telegram-users/code", "code", "12345")
	as, err := p.store.Accounts(t.Context(), domain.Scope{OrganizationID: acc.OrganizationID})
	if must(t, err); status != http.StatusOK || len(as) != 2 || as[0].UserID != p.member.User.ID || as[1].UserID == p.member.User.ID {
		t.Errorf("%d, %+v", status, as)
	}
}
