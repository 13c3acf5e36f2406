package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"postix/domain"
	"postix/views/locale"
)

// An account's own user lets it listen, or who answers for him; the client hears
// of it at once.
func TestAccountListens(t *testing.T) {
	d := newWatchDesk(t)
	at := fmt.Sprintf("/admin/accounts/%d", d.account.ID)
	listens := func() bool {
		t.Helper()
		return deskValue[domain.Account](t)(d.store.Account(t.Context(), domain.Scope{OrganizationID: d.org.ID}, d.account.ID)).Listens
	}
	for _, l := range locale.Languages {
		d.browser(d.member, l.Code).get(at).sound(t)
	}
	for _, u := range []domain.User{d.member, d.owner} {
		b := d.browser(u, "en")
		b.get(at).wants(t, http.StatusOK, ">Listens<", "consent of the number’s owner")
		b.post(at+"/listen", url.Values{"on": {"0"}}).leads(t, at, "ok account.listens_off")
		if listens() || d.tg.listens[d.account.ID] {
			t.Errorf("%s: listens after switching off", u.Role)
		}
		b.get(at).wants(t, http.StatusOK, ">Does not listen<", "Make sure that the number’s owner agrees")
		b.post(at+"/listen", url.Values{"on": {"1"}}).leads(t, at, "ok account.listens_on")
		if !listens() || !d.tg.listens[d.account.ID] {
			t.Errorf("%s: does not listen after switching on", u.Role)
		}
	}
	delete(d.tg.listens, d.account.ID)
	for _, u := range []domain.User{d.other.actor.User, d.manager, d.user(d.org, domain.RoleMember, "Begona")} { // none has this account
		d.browser(u, "en").post(at+"/listen", url.Values{"on": {"0"}}).wants(t, http.StatusNotFound)
	}
	if _, told := d.tg.listens[d.account.ID]; told || !listens() {
		t.Error("somebody else has switched it off")
	}
}

// A number that is disconnected is not asked to listen.
func TestDisconnectedAccountDoesNotListen(t *testing.T) {
	d := newWatchDesk(t)
	at := fmt.Sprintf("/admin/accounts/%d", d.account.ID)
	_, err := d.store.SetAccountState(t.Context(), d.org.ID, d.account.ID, domain.AccountDisconnected, "", deskNow)
	must(t, err)
	b := d.browser(d.member, "en")
	b.get(at).lacks(t, "Listening to groups")
	b.post(at+"/listen", url.Values{"on": {"1"}}).leads(t, at, "warn account.not_connected")
	if len(d.tg.listens) > 0 {
		t.Errorf("told to listen: %v", d.tg.listens)
	}
}
