package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"postix/domain"
)

// TestReaderOfTheFilter: who only looks on is offered nothing about the filter that he
// is refused while dispatchers are answered, and what he may stop is there.
func TestReaderOfTheFilter(t *testing.T) {
	d := newWatchDesk(t)
	owner := d.actor(d.owner)
	found := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0]
	must(t, d.watch.PutTemplate(t.Context(), owner, domain.Template{Text: "Salom", Active: true}))
	must(t, d.watch.PutTemplate(t.Context(), owner, domain.Template{Text: "Assalomu alaykum"}))
	must(t, d.watch.AddCustomFilter(t.Context(), owner, domain.CustomFilter{Word: "yukchi", Block: true}))
	gone := d.set().Keywords.Places[0]
	must(t, d.watch.RemoveKeywords(t.Context(), owner, domain.PlacesAbroad, []string{gone}))
	boss := deskValue[domain.User](t)(d.store.CreateUser(t.Context(), domain.User{OrganizationID: d.org.ID, Role: domain.RoleOwner, Name: "Sardor", CreatedAt: deskNow}, ""))
	looker := boss
	looker.ReadOnly = true
	must(t, d.store.EditUser(t.Context(), boss, looker, deskNow))
	reader, full := d.browser(looker, "en"), d.browser(d.owner, "en")

	reader.get(watchPath+"/keywords").wants(t, http.StatusOK, `id="words-typed"`, "keywords/import", "You may only look on")
	s := d.set()
	s.Mode = domain.WatchReply
	must(t, d.watch.SetSettings(t.Context(), owner, s))
	at := fmt.Sprintf("%s/detections/%d", watchPath, found.ID)
	for path, c := range map[string]struct{ refused, stays []string }{
		watchPath + "/keywords":               {[]string{`id="words-typed"`, "keywords/import", "keywords/restore", "plain-ask"}, []string{"dispatcher_keywords.json"}},
		watchPath + "/keywords?kind=removed":  {[]string{"keywords/return"}, []string{gone}},
		watchPath + "/custom":                 {[]string{"/custom/1/remove", "<span>Add</span>"}, []string{"/custom/try", "yukchi"}},
		watchPath + "/groups":                 {[]string{"/groups/all"}, nil},
		watchPath + "/templates":              {[]string{`action="/admin/watch/templates"`, `href="/admin/watch/templates/1"`, `name="on" value="1"`}, []string{`href="/admin/watch/templates/2"`, `name="on" value="0"`, "/templates/1/remove"}},
		at:                                    {[]string{`name="allow"`, at + "/sender"}, []string{at + "/review"}},
		"/admin/accounts/" + id(d.account.ID): {nil, []string{"/listen"}},
	} {
		all, page := full.get(path), reader.get(path)
		all.wants(t, http.StatusOK, append(c.refused, c.stays...)...)
		page.wants(t, http.StatusOK, c.stays...)
		page.lacks(t, c.refused...)
		page.sound(t)
	}
	must(t, d.store.SetListening(t.Context(), d.org.ID, d.account.ID, false))
	reader.get("/admin/accounts/"+id(d.account.ID)).lacks(t, "/listen\"")

	form := watchForm(d.set().Version)
	form.Set("mode", "reply")
	form.Set("keep_days", "77")
	reader.post(watchPath+"/settings", form).wants(t, http.StatusForbidden, "only looks on", `name="keep_days"`, `value="77"`)
	form.Set("mode", "observe")
	reader.post(watchPath+"/settings", form).leads(t, watchPath+"/settings", "ok watch.saved")
	if got := d.set(); got.Mode != domain.WatchObserve || got.KeepDays != 77 {
		t.Errorf("set: %+v", got)
	}
	reader.post(watchPath+"/custom", url.Values{"act": {"block"}, "kind": {"word"}, "word": {"fura"}}).leads(t, watchPath+"/custom", "ok watch.custom_added")
	if page := reader.get(watchPath + "/custom").body; !strings.Contains(page, "<span>Add</span>") {
		t.Error("what he may add he is not offered")
	}
}
