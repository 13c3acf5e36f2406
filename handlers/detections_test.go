package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
)

// The filter is the owner's and the managers'; what belongs to another
// organization is missing.
func TestWatchIsRunByManagers(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	at := fmt.Sprintf("%s/detections/%d", watchPath, id)
	calls := map[string]string{
		watchPath: http.MethodGet, watchPath + "/live": http.MethodGet, at: http.MethodGet, at + "/live": http.MethodGet,
		at + "/review": http.MethodPost, at + "/review/rest": http.MethodPost, at + "/sender": http.MethodPost,
	}
	for _, u := range []domain.User{d.member, d.admin()} {
		b := d.browser(u, "en")
		for path, method := range calls {
			if got := b.do(method, path, url.Values{"review": {"wrong"}, "list": {"block"}}); got.status != http.StatusForbidden {
				t.Errorf("%s %s as %s: %d", method, path, u.Role, got.status)
			}
		}
		b.get("/admin/catalogs").lacks(t, `href="`+watchPath+`"`)
	}
	for _, u := range []domain.User{d.owner, d.manager} {
		b := d.browser(u, "en")
		b.get(watchPath).wants(t, http.StatusOK, "Anvar", `href="`+watchPath+`"`)
		b.get(at).wants(t, http.StatusOK, "Moskvaga")
	}
	other := d.browser(d.other.actor.User, "en")
	other.get(watchPath).lacks(t, "Anvar")
	nowhere := other.get("/admin/nowhere")
	for path, method := range calls {
		if !strings.Contains(path, "detections") {
			continue
		}
		got := other.do(method, path, url.Values{"review": {"wrong"}, "list": {"block"}})
		if got.status != http.StatusNotFound || got.body != nowhere.body {
			t.Errorf("%s %s from outside: %d", method, path, got.status)
		}
	}
	found := deskValue[domain.Detection](t)(d.store.Detection(t.Context(), d.org.ID, id))
	if found.Review != domain.ReviewNone || found.Sender.Blocked {
		t.Errorf("changed from outside: %+v", found)
	}
}

func TestDetectionList(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(7, "Anvar"), loadAbroad)
	d.hears(dispatcher(8, "Bek <b>\u202e"), "Самара - Тошкент \u200b +998 90 765 43 21")
	d.hears(dispatcher(9, "Haydovchi"), "Salom, kim bor?")
	b := d.browser(d.owner, "en")
	page := b.get(watchPath)
	page.wants(t, http.StatusOK, "2 detections", "Anvar", "@user_7", "Bek &lt;b&gt;⟨202E⟩", "⟨200B⟩", "High", "Route abroad", "Guruh 1", "Not reviewed")
	page.lacks(t, "Haydovchi", "The filter does not see anything yet", "Marked</")
	if strings.Index(page.body, "Bek") > strings.Index(page.body, "Anvar") {
		t.Error("the newest is not the first")
	}
	for _, l := range locale.Languages {
		d.browser(d.owner, l.Code).get(watchPath).sound(t)
	}
	day := deskNow.In(d.org.Location()).Format(time.DateOnly)
	for query, want := range map[string]string{
		"search=anvar": "A", "search=%40user_8": "B", "search=" + url.QueryEscape("САМАРА"): "B", "search=nobody": "",
		"severity=high": "AB", "severity=critical": "", "severity=x": "AB",
		"rule=foreign_route": "AB", "rule=blank_lines": "", "rule=nothing": "AB",
		"sender=8": "B", "sender=99": "", "group=-1000000000001": "AB", "group=-5": "",
		"review=open": "AB", "review=right": "", "marked=1": "",
		"newest=1": "AB", "from=" + day: "AB", "to=" + day: "AB", "from=2026-11-21": "", "to=2026-11-19": "", "page=9": "",
	} {
		got := b.get(watchPath + "?" + query)
		shown := ""
		for _, name := range []string{"Anvar", "Bek"} {
			if strings.Contains(got.body, "<bdi>"+name) && strings.Contains(got.body, "detection-rows") {
				shown += name[:1]
			}
		}
		if got.status != http.StatusOK || shown != want {
			t.Errorf("%s shows %q, want %q (%d)", query, shown, want, got.status)
		}
		got.sound(t)
	}
	b.get(watchPath+"?search=nobody").wants(t, http.StatusOK, "No detection matches")
	b.get(watchPath+"?sender=8").wants(t, http.StatusOK, "Detections of one sender:", "1 detection<")
}

// Whoever was caught by phone_spam is marked wherever he is shown.
func TestMarkedSender(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(8, "Bek"), strings.Replace(loadAbroad, "123", "321", 1))
	d.spams(dispatcher(7, "Anvar"))
	b := d.browser(d.owner, "en")
	page := b.get(watchPath + "?marked=1")
	page.wants(t, http.StatusOK, "Anvar", ">Marked<", "Critical", "20 detections")
	page.lacks(t, "Bek")
	newest := deskValue2(d.store.Detections(t.Context(), d.org.ID, domain.DetectionFilter{}))[0]
	b.get(fmt.Sprintf("%s/detections/%d", watchPath, newest.ID)).wants(t, http.StatusOK, ">Marked<", "Marked since", "was seen in 20 groups within 30 minutes")
}

func deskValue2[T any](v T, _ int, _ error) T { return v }

// A new detection comes by itself; on a later page, which one is reading, only
// its news.
func TestDetectionsAreLive(t *testing.T) {
	d := newWatchDesk(t)
	first := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	b := d.browser(d.owner, "en")
	s := b.live(b.get(watchPath).stream(t))
	s.next().wants(t, http.StatusOK, partial("detection-list"), fmt.Sprintf(`id="detection-%d"`, first))
	second := d.hears(dispatcher(8, "Bek"), loadAbroad)[0].ID
	event := s.next()
	event.wants(t, http.StatusOK, partial("detection-list"), fmt.Sprintf(`id="detection-%d"`, second), "2 detections")
	event.lacks(t, "/live?page", "total=")
	must(t, d.watch.Review(t.Context(), d.actor(d.owner), first, domain.ReviewRight))
	event = s.next()
	event.wants(t, http.StatusOK, partial(fmt.Sprintf("detection-%d", first)), ">Dispatcher<")
	event.lacks(t, partial("detection-list"), partial(fmt.Sprintf("detection-%d", second)))

	later := b.live(watchPath + "/live?page=2&total=2")
	later.next().lacks(t, "new detection")
	d.hears(dispatcher(9, "Doston"), loadAbroad)
	event = later.next()
	event.wants(t, http.StatusOK, partial("detection-news"), "1 new detection", `href="`+watchPath+`"`)
	event.lacks(t, "Doston")
}

// What the filter still needs is said until it has it.
func TestWatchSaysWhatItNeeds(t *testing.T) {
	d := newWatchDesk(t)
	owner := domain.Actor{User: d.owner, Organization: d.org}
	set := func(change func(*domain.WatchSettings)) {
		t.Helper()
		s := deskValue[domain.WatchSettings](t)(d.watch.Settings(t.Context(), owner))
		change(&s)
		must(t, d.watch.SetSettings(t.Context(), owner, s))
	}
	b := d.browser(d.manager, "en")
	needs := func(words ...string) {
		t.Helper()
		page := b.get(watchPath)
		page.sound(t)
		for _, all := range []string{"The filter is switched off", "No number listens to its groups", "No group is chosen.", "no active text"} {
			has := strings.Contains(page.body, all)
			if want := strings.Contains(strings.Join(words, "|"), all); has != want {
				t.Errorf("%q is said: %v, want %v", all, has, want)
			}
		}
	}
	needs()
	b.get(watchPath).wants(t, http.StatusOK, "No dispatcher has been found yet")
	set(func(s *domain.WatchSettings) { s.AllGroups = false })
	needs("No group is chosen.")
	b.get(watchPath).wants(t, http.StatusOK, `href="/admin/watch/groups"`)
	must(t, d.watch.SetWatching(t.Context(), owner, []domain.PeerID{d.peers[0].ID}, true))
	needs()
	set(func(s *domain.WatchSettings) { s.Mode = domain.WatchReply })
	needs("no active text")
	must(t, d.watch.PutTemplate(t.Context(), owner, domain.Template{Text: "Salom", Active: true}))
	needs()
	must(t, d.store.SetListening(t.Context(), d.org.ID, d.account.ID, false))
	set(func(s *domain.WatchSettings) { s.Mode = domain.WatchOff })
	needs("The filter is switched off", "No number listens to its groups")
	b.get(watchPath).wants(t, http.StatusOK, "No number listens yet", `href="/admin/accounts"`)
}

// Every rule has its words: what it saw, or what it looks at.
func TestDetectionPage(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad+"\n\n\n\n<script>x</script>\u202e")[0].ID
	at := fmt.Sprintf("%s/detections/%d", watchPath, id)
	for _, l := range locale.Languages {
		d.browser(d.owner, l.Code).get(at).sound(t)
	}
	b := d.browser(d.owner, "en")
	page := b.get(at)
	page.wants(t, http.StatusOK, "Moskvaga", "&lt;script&gt;", "⟨202E⟩", "2 rules fired", "The text names “Moskvaga”.",
		"Blank lines in a row: 3.", "+998 90 123 45 67", "Guruh 1", "@user_7", "Not answered.", "1,200 members")
	for _, r := range filter.Rules() {
		page.wants(t, http.StatusOK, locale.T(locale.With(t.Context(), "en", nil), "watch.rule."+string(r)))
	}
	if n := strings.Count(page.body, `data-st="hit"`); n != 2 {
		t.Errorf("%d rules are shown as hits", n)
	}
	hits, folded, _ := strings.Cut(page.body, "<summary>11 other rules did not fire")
	if strings.Contains(hits, "Did not fire") || strings.Count(folded, "Did not fire") != 9 {
		t.Error("what saw nothing is not folded away")
	}
	if strings.Count(folded, "Switched off") != 1 { // of the default settings
		t.Error("a rule that is off does not say so")
	}
	for _, path := range []string{watchPath + "/detections/x", watchPath + "/detections/0", watchPath + "/detections/999"} {
		b.get(path).wants(t, http.StatusNotFound)
	}
}

// Who may see the account that heard a message goes to it; others see its masked
// number.
func TestDetectionNamesTheAccount(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	at, link := fmt.Sprintf("%s/detections/%d", watchPath, id), fmt.Sprintf(`href="/admin/accounts/%d"`, d.account.ID)
	d.browser(d.owner, "en").get(at).wants(t, http.StatusOK, "Heard by number", link)
	page := d.browser(d.manager, "en").get(at) // of a department that the account is not of
	page.wants(t, http.StatusOK, "Heard by number", "+998 90 ••• •• 67")
	page.lacks(t, link)
}

// A loud sender takes one row where one asks for it, and every row leads to all
// of his.
func TestDetectionsOfALoudSender(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(8, "Bek"), loadAbroad+" 1")
	for i := range 3 {
		d.hears(dispatcher(7, "Anvar"), fmt.Sprint(loadAbroad, " 2", i))
	}
	b := d.browser(d.owner, "en")
	all := b.get(watchPath)
	all.wants(t, http.StatusOK, "4 detections", "2 more messages", `href="/admin/watch?sender=7"`, `href="/admin/watch?newest=1"`)
	all.lacks(t, `href="/admin/watch?sender=8"`)
	newest := b.get(watchPath + "?newest=1")
	newest.wants(t, http.StatusOK, "2 senders", `name="newest" value="1"`, "Show all of them")
	if n := strings.Count(newest.body, "<bdi>Anvar"); n != 1 {
		t.Errorf("%d rows of one sender", n)
	}
	b.get(watchPath+"?sender=7").lacks(t, "more message")
}

// The usual times are a click away, and the one that holds is marked.
func TestDetectionPeriods(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	b.get(watchPath+"?severity=high").wants(t, http.StatusOK, `href="/admin/watch?from=2026-11-20&amp;severity=high"`, `href="/admin/watch?from=2026-11-14&amp;severity=high"`, `href="/admin/watch?from=2026-10-22&amp;severity=high"`)
	for query, word := range map[string]string{"from=2026-11-20": "Today", "from=2026-11-14": "7 days", "": "Any time"} {
		if body := b.get(watchPath + "?" + query).body; !strings.Contains(body, `aria-current="true">`+word) {
			t.Errorf("%q does not mark %s", query, word)
		}
	}
	b.get(watchPath+"?from=2026-11-14&to=2026-11-15").lacks(t, `aria-current="true">7`, `aria-current="true">Any`)
}

// Why there was no answer is said with the time until when.
func TestDetectionSaysTheCooldown(t *testing.T) {
	d := newWatchDesk(t)
	s := deskValue[domain.WatchSettings](t)(d.watch.Settings(t.Context(), d.actor(d.owner)))
	s.Mode = domain.WatchReply
	must(t, d.watch.SetSettings(t.Context(), d.actor(d.owner), s))
	must(t, d.watch.PutTemplate(t.Context(), d.actor(d.owner), domain.Template{Text: "Salom", Active: true}))
	m := dispatcher(7, "Anvar")
	m.At = deskNow.Add(-time.Minute)
	d.hears(m, loadAbroad)
	id := d.hears(m, loadAbroad+" yana")[0].ID
	b := d.browser(d.owner, "en")
	page := b.get(fmt.Sprintf("%s/detections/%d", watchPath, id))
	page.wants(t, http.StatusOK, "Pause between replies: until 16:00.", "No reply", "until 16:00")
	list := b.get(watchPath)
	list.wants(t, http.StatusOK, "Pause between replies: until 16:00.", "Reply in the queue")
	b.get(fmt.Sprintf("%s/detections/%d", watchPath, id-1)).wants(t, http.StatusOK, "Replied from:")
}

func TestReview(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	at := fmt.Sprintf("%s/detections/%d", watchPath, id)
	b := d.browser(d.manager, "en")
	now := func() domain.Detection {
		t.Helper()
		return deskValue[domain.Detection](t)(d.store.Detection(t.Context(), d.org.ID, id))
	}
	b.post(at+"/review", url.Values{"review": {"perhaps"}}).wants(t, http.StatusUnprocessableEntity)
	if got := now(); got.Review != domain.ReviewNone {
		t.Fatalf("reviewed %q", got.Review)
	}
	b.post(at+"/review", url.Values{"review": {"right"}, "allow": {"1"}}).leads(t, at, "ok watch.reviewed")
	if got := now(); got.Review != domain.ReviewRight || got.ReviewedBy != "Lola" || got.Sender.Allowed {
		t.Errorf("after right: %+v", got)
	}
	page := b.get(at)
	page.wants(t, http.StatusOK, ">Dispatcher<", "Lola", "Take the review back")
	b.post(at+"/review", nil).leads(t, at, "ok watch.unreviewed")
	b.post(at+"/review", url.Values{"review": {"wrong"}}).leads(t, at, "ok watch.reviewed")
	if got := now(); got.Review != domain.ReviewWrong || got.Sender.Allowed {
		t.Errorf("after wrong: %+v", got)
	}
	b.post(at+"/review", nil)
	b.post(at+"/review", url.Values{"review": {"wrong"}, "allow": {"1"}}).leads(t, at, "ok watch.reviewed_allowed")
	if got := now(); got.Review != domain.ReviewWrong || !got.Sender.Allowed {
		t.Errorf("after wrong and allow: %+v", got)
	}
	b.post(at+"/review", nil)
	b.post(at+"/review", url.Values{"review": {"wrong"}, "allow": {"1"}}).leads(t, at, "ok watch.reviewed_allowed") // once more is no clash
	if ds := d.hears(dispatcher(7, "Anvar"), loadAbroad+" yana"); len(ds) != 1 {
		t.Errorf("an allowed sender is found again: %d detections", len(ds))
	}
}

// All of a sender's open detections are reviewed with one of them, or after it.
func TestReviewOfASender(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(8, "Bek"), loadAbroad+" 1")
	var ids []int64
	for i := range 3 {
		ids = append(ids, d.hears(dispatcher(7, "Anvar"), fmt.Sprint(loadAbroad, " 2", i))[0].ID)
	}
	at := func(i int) string { return fmt.Sprintf("%s/detections/%d", watchPath, ids[i]) }
	open := func() int {
		t.Helper()
		_, n, err := d.store.Detections(t.Context(), d.org.ID, domain.DetectionFilter{Open: true})
		must(t, err)
		return n
	}
	b := d.browser(d.manager, "en")
	b.get(at(0)).wants(t, http.StatusOK, "The same for 2 more messages of the sender")
	b.post(at(0)+"/review", url.Values{"review": {"wrong"}}).leads(t, at(0), "ok watch.reviewed")
	if n := open(); n != 3 {
		t.Fatalf("%d are open after one review", n)
	}
	b.get(at(0)).wants(t, http.StatusOK, "Review 2 more messages of his alike", "Review 2 messages of the sender?")
	b.post(at(0)+"/review/rest", url.Values{"review": {""}}).wants(t, http.StatusUnprocessableEntity)
	b.post(at(0)+"/review/rest", url.Values{"review": {"wrong"}}).leads(t, at(0), "ok watch.reviewed_rest")
	if n := open(); n != 1 {
		t.Errorf("%d are open after all of the sender", n)
	}
	b.get(at(0)).lacks(t, "more message")
	b.post(at(1)+"/review", nil).leads(t, at(1), "ok watch.unreviewed")
	b.post(at(2)+"/review", nil).leads(t, at(2), "ok watch.unreviewed")
	b.post(at(2)+"/review", url.Values{"review": {"right"}, "rest": {"1"}}).leads(t, at(2), "ok watch.reviewed_rest")
	for i, want := range []domain.Review{domain.ReviewWrong, domain.ReviewRight, domain.ReviewRight} {
		if got := deskValue[domain.Detection](t)(d.store.Detection(t.Context(), d.org.ID, ids[i])); got.Review != want {
			t.Errorf("%d: %q, want %q", i, got.Review, want)
		}
	}
}

// Who has the settings open is not told of a change that is none of them.
func TestSettingsFormOutlivesLists(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	form := watchForm(d.set().Version)
	form.Set("length", "300")
	b := d.browser(d.owner, "en")
	b.post(fmt.Sprintf("%s/detections/%d/sender", watchPath, id), url.Values{"list": {"allow"}})
	b.post(keywordsPath, url.Values{"list": {string(domain.PlacesAbroad)}, "words": {"Zzyzx"}})
	b.post(watchSettingsPath, form).leads(t, watchSettingsPath, "ok watch.saved")
	s := d.set()
	if s.Rules.Length != 300 || !slices.Contains(s.Keywords.Places, "Zzyzx") {
		t.Errorf("stored length %d, %d places", s.Rules.Length, len(s.Keywords.Places))
	}
}

// A sender stands on one list at most, and the filter keeps to it at once.
func TestSenderLists(t *testing.T) {
	d := newWatchDesk(t)
	id := d.hears(dispatcher(7, "Anvar"), loadAbroad)[0].ID
	at := fmt.Sprintf("%s/detections/%d", watchPath, id)
	b := d.browser(d.owner, "en")
	post := func(list, flash string, filters int) domain.Sender {
		t.Helper()
		b.post(at+"/sender", url.Values{"list": {list}}).leads(t, at, "ok watch."+flash)
		fs := deskValue[[]domain.CustomFilter](t)(d.store.CustomFilters(t.Context(), d.org.ID))
		if len(fs) != filters {
			t.Errorf("%s: %d filters, want %d", list, len(fs), filters)
		}
		return deskValue[domain.Sender](t)(d.store.Sender(t.Context(), d.org.ID, 7))
	}
	b.get(at).wants(t, http.StatusOK, "Block the sender", "Allow the sender")
	if s := post("block", "blocked", 1); !s.Blocked || s.Allowed {
		t.Errorf("blocked: %+v", s)
	}
	b.get(at).wants(t, http.StatusOK, ">Blocked<", "Take off the list")
	if ds := d.hears(dispatcher(7, "Anvar"), "Salom"); len(ds) != 2 || ds[0].Rule != filter.CustomFilter {
		t.Errorf("a blocked sender's greeting: %+v", ds[0])
	}
	post("block", "blocked", 1)
	if s := post("allow", "allowed", 1); !s.Allowed || s.Blocked {
		t.Errorf("allowed: %+v", s)
	}
	if s := post("", "unlisted", 0); s.Allowed || s.Blocked {
		t.Errorf("off the list: %+v", s)
	}
	b.post(at+"/sender", url.Values{"list": {"x"}}).wants(t, http.StatusUnprocessableEntity)
}
