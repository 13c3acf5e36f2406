package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"postix/domain"
	"postix/domain/filter"
)

func TestGroupsAreChosen(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	at := watchPath + "/groups"
	all := b.get(at)
	all.wants(t, http.StatusOK, "All groups are listened to", "5 groups", "Guruh 1")
	all.lacks(t, "No group is chosen")
	for _, form := range []url.Values{{"all": {"zz"}}, {}} {
		b.post(at+"/all", form).wants(t, http.StatusUnprocessableEntity)
	}
	b.post(at+"/all", url.Values{"all": {"0"}}).leads(t, at, "ok watch.groups_chosen")
	b.get(at).wants(t, http.StatusOK, "Listen to all groups", "0 groups chosen", "No group is chosen, so nothing is listened to")
	chosen := func() (ids []domain.PeerID) {
		for id := range deskValue[map[domain.PeerID]bool](t)(d.store.Watching(t.Context(), d.org.ID)) {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		slices.Reverse(ids)
		return ids
	}
	id := func(i int) string { return fmt.Sprint(int64(d.peers[i].ID)) }
	is := func(want ...int) {
		t.Helper()
		var ids []domain.PeerID
		for _, i := range want {
			ids = append(ids, d.peers[i].ID)
		}
		if got := chosen(); !slices.Equal(got, ids) {
			t.Errorf("chosen %v, want %v", got, ids)
		}
	}
	// Box by box, as the page's script sends them.
	b.post(at, url.Values{"ids": {id(0) + "," + id(1)}, "on": {"1"}}).wants(t, http.StatusOK, `hx-target="#watched"`, `hx-target="#watched-none"`, "2 groups chosen")
	is(0, 1)
	b.post(at, url.Values{"ids": {id(1)}, "on": {"zz"}}).wants(t, http.StatusUnprocessableEntity)
	b.post(at, url.Values{"all": {"zz"}, "shown": {id(1)}}).wants(t, http.StatusUnprocessableEntity)
	is(0, 1)
	b.post(at, url.Values{"ids": {id(1)}, "on": {"0"}}).wants(t, http.StatusOK, "1 group chosen")
	is(0)
	if n := len(d.hears(dispatcher(7, "Sardor"), loadAbroad)); n != 1 {
		t.Errorf("%d detections in a chosen group", n)
	}
	// A whole page: what it does not show stays.
	b.post(at, url.Values{"shown": {id(1), id(2), id(3)}, "ids": {id(2), id(3)}, "back": {at + "?search=Guruh"}}).leads(t, at+"?search=Guruh", "ok watch.groups_saved")
	is(0, 2, 3)
	b.get(at).wants(t, http.StatusOK, `value="`+id(0)+`" checked`, "1 message in 24 hours")
	b.post(at, url.Values{"search": {"guruh 5"}, "all": {"choose"}}).leads(t, at, "ok watch.groups_saved")
	is(0, 2, 3, 4)
	b.post(at, url.Values{"search": {""}, "all": {"leave"}}).leads(t, at, "ok watch.groups_saved")
	is()
	b.post(at, url.Values{"ids": {id(0), "-100777"}}).leads(t, at, "warn watch.groups_gone")
	is()
	page := b.get(at + "?search=guruh+2")
	page.sound(t)
	page.wants(t, http.StatusOK, "1 group<", "Guruh 2")
	page.lacks(t, "Guruh 1")
	d.browser(d.other.actor.User, "en").post(at, url.Values{"ids": {id(0)}, "on": {"1"}}).wants(t, http.StatusNotFound)
	is()
	b.post(at+"/all", url.Values{"all": {"1"}}).leads(t, at, "ok watch.groups_all")
	if !d.set().AllGroups {
		t.Error("not all groups are listened to")
	}
}

// TestGroupsSayWhoListens names the numbers to those who may see them, and leads
// on where there is none.
func TestGroupsSayWhoListens(t *testing.T) {
	d := newWatchDesk(t)
	at := watchPath + "/groups"
	account := fmt.Sprintf(`href="/admin/accounts/%d"`, d.account.ID)
	d.browser(d.owner, "en").get(at).wants(t, http.StatusOK, "Numbers that listen", account, d.account.Phone.String())
	manager := d.browser(d.manager, "en").get(at)
	manager.wants(t, http.StatusOK, "Numbers that listen", "and 1 more number")
	manager.lacks(t, account, d.account.Phone.String())
	must(t, d.store.SetListening(t.Context(), d.org.ID, d.account.ID, false))
	deaf := d.browser(d.owner, "en").get(at)
	deaf.sound(t)
	deaf.wants(t, http.StatusOK, "No number listens yet", "Step 1: let a number listen", `href="/admin/accounts"`)
	deaf.lacks(t, "Numbers that listen", "Listen to all groups", "Only chosen groups")
	for _, tab := range []string{"/templates", "/custom"} {
		d.browser(d.owner, "en").get(watchPath+tab).wants(t, http.StatusOK, "Step 1: let a number listen")
	}
}

func TestTryRecordsNothing(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	at := watchPath + "/try"
	b.get(at).wants(t, http.StatusOK, "Guruh 1</option>")
	form := url.Values{
		"text": {loadAbroad}, "first_name": {"Aziz <b>"}, "username": {"@cargo_logist_uz"}, "group": {fmt.Sprint(int64(d.peers[0].ID))}, "sender": {"77"},
	}
	for range filter.DefaultSettings().FrequencyMessages + 1 {
		got := b.post(at, form)
		got.sound(t)
		got.wants(t, http.StatusOK, "This is a dispatcher", "Rule: Word in the profile. Severity: High.", "Moskvaga", "+998901234567", "Aziz &lt;b&gt;", loadAbroad)
		got.lacks(t, "messages within 5 minutes", "wrote the same text within")
	}
	if ds := deskDetections(t, d); len(ds) != 0 {
		t.Errorf("recorded %+v", ds)
	}
	b.post(at, url.Values{"text": {"Moskvaga yuk bor"}}).wants(t, http.StatusOK, "This is not a detection", "There is no phone number in the text", "Stopped here", "+998\u00a090\u00a0123\u00a045\u00a067", "Not looked at")
	b.post(at, url.Values{"text": {"Buxoroga yuk bor +998901234567"}}).wants(t, http.StatusOK, "This is not a detection", "No rule has hit.", "1 rule is switched off", "Switched off", "11 more rules did not hit")
	must(t, d.watch.AddCustomFilter(t.Context(), d.actor(d.owner), domain.CustomFilter{SenderID: 77}))
	b.post(at, form).wants(t, http.StatusOK, "This is not a detection", "on your list of what is allowed")
	for field, typed := range map[string]string{"text": " ", "sender": "men", "group": "zz"} {
		bad := url.Values{"text": {loadAbroad}, "bio": {"haydovchi"}}
		bad.Set(field, typed)
		got := b.post(at, bad)
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, `id="`+field+`-error"`, `value="haydovchi"`)
		got.lacks(t, "What each rule saw", `id="verdict"`) // where the browser would scroll to
	}
}

func deskDetections(t *testing.T, d *watchDesk) []domain.Detection {
	t.Helper()
	ds, _, err := d.store.Detections(t.Context(), d.org.ID, domain.DetectionFilter{})
	must(t, err)
	return ds
}
