package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"postix/domain"
	"postix/domain/filter"
)

const keywordsPath = watchPath + "/keywords"

func wordsForm(l domain.KeywordList, words ...string) url.Values {
	return url.Values{"list": {string(l)}, "words": words}
}

func TestKeywordsAreSearchedAddedAndRemoved(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	builtin := filter.DefaultKeywords()
	page := b.get(keywordsPath + "?search=moskv")
	page.sound(t)
	page.wants(t, http.StatusOK, `value="Москва"`, "Places abroad", "The list is the built-in one")
	page.lacks(t, `value="Алматы"`, "Restore")
	if n := strings.Count(b.get(keywordsPath).body, `name="words" value=`); n != 100 {
		t.Errorf("a page has %d words", n)
	}
	b.get(keywordsPath+"?page=9999").wants(t, http.StatusOK, builtin.Places[len(builtin.Places)-1])

	to := keywordsPath + "?list=places"
	b.post(keywordsPath, wordsForm(domain.PlacesAbroad, "Xayoliya, Yoʻqobod\r\n\r\n  москва ,<i>Uydirma</i>")).leads(t, to, "ok watch.keywords_added")
	if got := d.set().Keywords.Places[len(builtin.Places):]; !slices.Equal(got, []string{"Xayoliya", "Yoʻqobod", "<i>Uydirma</i>"}) {
		t.Fatalf("added %q", got)
	}
	b.post(keywordsPath, wordsForm(domain.PlacesAbroad, "XAYOLIYA")).leads(t, to, "info watch.keywords_had")
	for typed, says := range map[string]string{
		" , \n": "Fill this in.", "yaxshi, !!!": "“!!!” cannot be added", strings.Repeat("ы", 65): "at most 64 characters",
	} {
		got := b.post(keywordsPath, wordsForm(domain.PlacesAbroad, typed))
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, says, "words-typed-error", ">"+typed+"</textarea>")
	}
	added := b.get(keywordsPath + "?list=places&kind=added")
	added.wants(t, http.StatusOK, "3 words", "added 3, removed 0", `value="Xayoliya"`, "&lt;i&gt;Uydirma")
	added.lacks(t, `value="Москва"`)

	b.post(keywordsPath+"/remove", wordsForm(domain.PlacesAbroad)).leads(t, to, "warn watch.keywords_none")
	form := wordsForm(domain.PlacesAbroad, "Москва", "Xayoliya", "no such word")
	form.Set("back", to+"&search=m")
	b.post(keywordsPath+"/remove", form).leads(t, to+"&search=m", "ok watch.keywords_removed")
	if ps := d.set().Keywords.Places; slices.Contains(ps, "Москва") || slices.Contains(ps, "Xayoliya") || len(ps) != len(builtin.Places)+1 {
		t.Fatalf("%d words, built in are %d", len(ps), len(builtin.Places))
	}
	removed := b.get(keywordsPath + "?list=places&kind=removed")
	removed.wants(t, http.StatusOK, `value="Москва"`, "1 word<", "added 2, removed 1", "Put ticked back")
	// What is not built in does not come back.
	b.post(keywordsPath+"/return", wordsForm(domain.PlacesAbroad, "Москва", "Atlantida")).leads(t, to, "ok watch.keywords_returned")
	b.post(keywordsPath+"/remove", wordsForm(domain.PlacesAbroad, "Yoʻqobod", "<i>Uydirma</i>"))
	if ps := d.set().Keywords.Places; !slices.Equal(ps, builtin.Places) {
		t.Error("the list is not the built-in one again")
	}
	if other := deskValue[domain.WatchSettings](t)(d.store.WatchSettings(t.Context(), d.other.actor.Organization.ID)); !reflect.DeepEqual(other.Keywords, builtin) {
		t.Error("another organization's lists have changed")
	}
}

func TestBuiltinKeywordsAreRestored(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	builtin := filter.DefaultKeywords()
	b.post(keywordsPath, wordsForm(domain.ProfileWords, "tashuvchi"))
	b.post(keywordsPath, wordsForm(domain.MessageWords, "palma"))
	b.post(keywordsPath+"/remove", wordsForm(domain.PlacesAbroad, "Москва"))
	b.get(keywordsPath+"?list=profile").wants(t, http.StatusOK, "Restore this list", "Restore all lists", "Own words that go: 1. Built-in words that come back: 0.")
	b.post(keywordsPath+"/restore", url.Values{"list": {"profile"}}).leads(t, keywordsPath+"?list=profile", "ok watch.keywords_restored")
	if k := d.set().Keywords; !slices.Equal(k.Username, builtin.Username) || slices.Contains(k.Places, "Москва") || !slices.Contains(k.Message, "palma") {
		t.Errorf("restored more or less than one list")
	}
	b.get(keywordsPath+"?list=profile").lacks(t, "Restore this list")
	b.post(keywordsPath+"/restore", nil)
	if !reflect.DeepEqual(d.set().Keywords, builtin) {
		t.Error("not all lists are restored")
	}
}

// upload sends a file as a form does.
func (b *deskBrowser) upload(path, field string, content []byte) deskAnswer {
	b.desk.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part := deskValue[io.Writer](b.desk.t)(w.CreateFormFile(field, "dispatcher_keywords.json"))
	_, err := part.Write(content)
	must(b.desk.t, err)
	must(b.desk.t, w.Close())
	r := b.request(http.MethodPost, path, nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", w.FormDataContentType())
	res := deskValue[*http.Response](b.desk.t)(b.client.Do(r))
	defer func() { _ = res.Body.Close() }()
	a := deskAnswer{status: res.StatusCode, to: res.Header.Get("Location"), body: string(deskValue[[]byte](b.desk.t)(io.ReadAll(res.Body)))}
	for _, c := range res.Cookies() {
		if c.Name == "flash" {
			a.flash, _ = url.QueryUnescape(c.Value)
		}
	}
	return a
}

func TestKeywordsFile(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	b.upload(keywordsPath+"/import?list=message", "file", []byte("{\"username_keywords\": [\"tashuvchi\"],\n\"foreign_locations\": [], \"message_keywords\": [\"palma\", \"<b>\"]}")).
		leads(t, keywordsPath+"?list=message", "ok watch.keywords_imported")
	want := filter.Keywords{Username: []string{"tashuvchi"}, Places: []string{}, Message: []string{"palma", "<b>"}}
	if got := d.set().Keywords; !slices.Equal(got.Username, want.Username) || len(got.Places) != 0 || !slices.Equal(got.Message, want.Message) {
		t.Fatalf("imported %q", got)
	}
	file := b.get(keywordsPath + "/dispatcher_keywords.json")
	if file.status != http.StatusOK || file.body != string(want.JSON()) {
		t.Errorf("exported %d %s", file.status, file.body)
	}
	for content, says := range map[string]string{
		"":  "The file is not right at line 1",
		"{": "The file is not right at line 1",
		"{\"username_keywords\": [\"a\"],\n\"message_keywords\": [\n\"b\",\n7]}":             "The file is not right at line 4",
		"{\"username_keywords\": [\"a\"],\n\"places\": []}":                                  "The file is not right at line 2",
		"{\"username_keywords\": [\"" + strings.Repeat("a", filter.MaxKeywordsFile) + "\"]}": "The file is too large: at most 1,024 KB",
	} {
		got := b.upload(keywordsPath+"/import", "file", []byte(content))
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, says, "The lists stay as they are", `id="file-error"`)
	}
	b.upload(keywordsPath+"/import", "other", []byte("{}")).wants(t, http.StatusUnprocessableEntity, "Choose a file.")
	b.post(keywordsPath+"/import", nil).wants(t, http.StatusUnprocessableEntity, "Choose a file.")
	if got := d.set().Keywords; !slices.Equal(got.Username, want.Username) || len(got.Places) != 0 {
		t.Errorf("a refused file has made it %q", got)
	}
}

func TestCustomFilterPage(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	at := watchPath + "/custom"
	b.post(at, url.Values{"act": {"block"}, "kind": {"word"}, "word": {" paravoz "}, "note": {"kop yozadi"}}).leads(t, at, "ok watch.custom_added")
	b.post(at, url.Values{"act": {"allow"}, "kind": {"sender"}, "word": {"4242"}}).leads(t, at, "ok watch.custom_added")
	page := b.get(at)
	page.sound(t)
	page.wants(t, http.StatusOK, "paravoz", "kop yozadi", "4242", "Lola", `data-tone="bad"`, `data-tone="ok"`)
	found := b.get(at + "?search=KOP")
	found.wants(t, http.StatusOK, "paravoz")
	found.lacks(t, "4242")
	for _, c := range []struct {
		form url.Values
		want int
		says string
	}{
		{url.Values{"act": {"allow"}, "kind": {"word"}, "word": {" "}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "Fill this in."},
		{url.Values{"act": {"allow"}, "kind": {"word"}, "word": {strings.Repeat("x", 61)}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "Too long: at most 60"},
		{url.Values{"act": {"allow"}, "kind": {"sender"}, "word": {"-5"}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "The ID of a sender is a whole number"},
		{url.Values{"act": {"allow"}, "kind": {"sender"}, "word": {"ali"}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "The ID of a sender is a whole number"},
		{url.Values{"act": {"allow"}, "kind": {"word"}, "word": {"PARAVOZ"}, "note": {"izoh"}}, http.StatusConflict, ""},
	} {
		got := b.post(at, c.form)
		got.sound(t)
		got.wants(t, c.want, c.says, `value="izoh"`, `value="allow" checked`, `value="`+strings.TrimSpace(c.form.Get("word"))+`"`)
	}
	fs := deskValue[[]domain.CustomFilter](t)(d.store.CustomFilters(t.Context(), d.org.ID))
	if len(fs) != 2 {
		t.Fatalf("stored %+v", fs)
	}
	if n := len(d.hears(dispatcher(4242, "Sardor"), loadAbroad)); n != 0 {
		t.Error("an allowed sender is a detection")
	}
	stranger := d.browser(d.other.actor.User, "en")
	remove := fmt.Sprintf("%s/%d/remove", at, fs[1].ID)
	stranger.post(remove, nil).wants(t, http.StatusNotFound)
	b.post(remove, nil).leads(t, at, "ok watch.custom_removed")
	if fs = deskValue[[]domain.CustomFilter](t)(d.store.CustomFilters(t.Context(), d.org.ID)); len(fs) != 1 || fs[0].SenderID != 4242 {
		t.Errorf("left: %+v", fs)
	}
}

func TestTemplatePages(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	at := watchPath + "/templates"
	b.get(at).wants(t, http.StatusOK, "No replies so far", "Replies are not sent in the mode of now.")
	b.post(at, url.Values{"text": {"Salom!\r\n<i>Yuk</i> bormi?"}}).leads(t, at, "ok watch.template_added")
	b.post(at, url.Values{"text": {" \n "}}).wants(t, http.StatusUnprocessableEntity, "text-error")
	long := strings.Repeat("я", domain.MaxText+1)
	b.post(at, url.Values{"text": {long}}).wants(t, http.StatusUnprocessableEntity, "text-error", long)
	all := func() []domain.Template {
		return deskValue[[]domain.Template](t)(d.store.Templates(t.Context(), d.org.ID))
	}
	if ts := all(); len(ts) != 1 || ts[0].Text != "Salom!\n<i>Yuk</i> bormi?" || !ts[0].Active {
		t.Fatalf("stored %+v", ts)
	}
	one := fmt.Sprintf("%s/%d", at, all()[0].ID)
	page := b.get(at)
	page.sound(t)
	page.wants(t, http.StatusOK, "&lt;i&gt;Yuk&lt;/i&gt; bormi?", "sent 0 times", "Switch off", "Delete the reply")
	stranger := d.browser(d.other.actor.User, "en")
	stranger.get(one).wants(t, http.StatusNotFound)
	for _, act := range []string{"", "/switch", "/remove"} {
		stranger.post(one+act, url.Values{"text": {"Boshqa"}, "on": {"0"}}).wants(t, http.StatusNotFound)
	}
	b.post(one+"/switch", url.Values{"on": {"0"}}).leads(t, at, "ok watch.template_off")
	b.get(one).wants(t, http.StatusOK, "Edit the reply", "bormi?</textarea>")
	b.post(one, url.Values{"text": {""}}).wants(t, http.StatusUnprocessableEntity, "text-error", "Edit the reply")
	b.post(one, url.Values{"text": {"Yangi matn"}}).leads(t, at, "ok watch.template_saved")
	if ts := all(); ts[0].Text != "Yangi matn" || ts[0].Active {
		t.Errorf("an edited reply is %+v: it was off", ts[0])
	}
	s := d.set()
	s.Mode = domain.WatchReply
	must(t, d.watch.SetSettings(t.Context(), d.actor(d.owner), s))
	b.get(at).wants(t, http.StatusOK, "Replies are switched on, but no text is.")
	b.post(one+"/switch", url.Values{"on": {"1"}}).leads(t, at, "ok watch.template_on")
	b.get(at).lacks(t, "Replies are switched on, but no text is.")
	b.post(one+"/remove", nil).leads(t, at, "ok watch.template_removed")
	if len(all()) != 0 {
		t.Error("it is still there")
	}
	for i := range domain.MaxTemplates {
		must(t, d.watch.PutTemplate(t.Context(), d.actor(d.owner), domain.Template{Text: fmt.Sprint("Matn ", i)}))
	}
	b.post(at, url.Values{"text": {"Yana bitta"}}).wants(t, http.StatusConflict, "There may be at most 100 replies.", "Yana bitta")
}

func TestGroupsAreChosen(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	at := watchPath + "/groups"
	b.get(at).wants(t, http.StatusOK, "All groups are listened to", "5 groups", "Guruh 1")
	b.post(at+"/all", url.Values{"all": {"0"}}).leads(t, at, "ok watch.groups_chosen")
	b.get(at).wants(t, http.StatusOK, "Listen to all groups", "0 groups chosen")
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
	b.post(at, url.Values{"ids": {id(0) + "," + id(1)}, "on": {"1"}}).wants(t, http.StatusOK, `hx-target="#watched"`, "2 groups chosen")
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
	b.post(at, url.Values{"text": {"Moskvaga yuk bor"}}).wants(t, http.StatusOK, "This is not a detection", "There is no phone number in the text", "Stopped here")
	b.post(at, url.Values{"text": {"Buxoroga yuk bor +998901234567"}}).wants(t, http.StatusOK, "This is not a detection", "No rule has hit.", "Off")
	must(t, d.watch.AddCustomFilter(t.Context(), d.actor(d.owner), domain.CustomFilter{SenderID: 77}))
	b.post(at, form).wants(t, http.StatusOK, "This is not a detection", "on your list of what is allowed")
	for field, typed := range map[string]string{"text": " ", "sender": "men"} {
		bad := url.Values{"text": {loadAbroad}, "bio": {"haydovchi"}}
		bad.Set(field, typed)
		got := b.post(at, bad)
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, `id="`+field+`-error"`, `value="haydovchi"`)
		got.lacks(t, "What each rule saw")
	}
}

func deskDetections(t *testing.T, d *watchDesk) []domain.Detection {
	t.Helper()
	ds, _, err := d.store.Detections(t.Context(), d.org.ID, domain.DetectionFilter{})
	must(t, err)
	return ds
}
