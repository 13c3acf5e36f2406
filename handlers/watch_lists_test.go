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
	b.get(keywordsPath).lacks(t, `value="🇷🇺"`) // letters come first
	b.get(keywordsPath+"?page=9999").wants(t, http.StatusOK, `value="🇻🇳"`)

	to := keywordsPath + "?list=places"
	b.post(keywordsPath, wordsForm(domain.PlacesAbroad, "Xayoliya, Yoʻqobod\r\n\r\n  москва ,<i>Uydirma</i>")).leads(t, to, "ok watch.keywords_added")
	if got := d.set().Keywords.Places[len(builtin.Places):]; !slices.Equal(got, []string{"Xayoliya", "Yoʻqobod", "<i>Uydirma</i>"}) {
		t.Fatalf("added %q", got)
	}
	b.post(keywordsPath, wordsForm(domain.PlacesAbroad, "XAYOLIYA")).leads(t, to, "info watch.keywords_had")
	got := b.post(keywordsPath, wordsForm(domain.PlacesAbroad, " , \n"))
	got.sound(t)
	got.wants(t, http.StatusUnprocessableEntity, "Fill this in.", "words-typed-error", "> , \n</textarea>")
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

func TestKeywordsThatAreRefusedKeepNoOthersOut(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	builtin := filter.DefaultKeywords()
	long := strings.Repeat("ы", 65)
	got := b.post(keywordsPath, wordsForm(domain.PlacesAbroad, "Xayoliya, !!!,"+long+"\nМосква, Uydirma, <->"))
	got.sound(t)
	got.wants(t, http.StatusUnprocessableEntity, "words-typed-error", "2 words were added.", "1 was in the list already.",
		"<bdi>!!!</bdi>", "– has no letter", "longer than 64 characters", ">!!!\n"+long+"\n&lt;-&gt;</textarea>")
	if added := d.set().Keywords.Places[len(builtin.Places):]; !slices.Equal(added, []string{"Xayoliya", "Uydirma"}) {
		t.Errorf("added %q", added)
	}
	got = b.post(keywordsPath, wordsForm(domain.PlacesAbroad, strings.Repeat("?,", 12)))
	got.wants(t, http.StatusUnprocessableEntity, "and 2 more")
	got.lacks(t, "was added", "were added")
	version := d.set().Version
	for _, path := range []string{"", "/remove", "/return", "/restore"} {
		b.post(keywordsPath+path, wordsForm("zz", "Samara")).wants(t, http.StatusNotFound)
	}
	if d.set().Version != version {
		t.Error("a list of no name has changed something")
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

// listed is a file with something where the words of texts stand.
func listed(words string) string { return "{\n\"message_keywords\": " + words + "}" }

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
		"":                       "Line 1: the file is empty or ends too early.",
		"{":                      "Line 1: the file is empty or ends too early.",
		"{\n\xff}":               "Line 2: the text is not UTF-8.",
		"{\n}\n{}":               "Line 3: something follows the end of the lists.",
		"[]":                     "Line 1: the lists must stand with their names",
		listed(`7`):              "Line 2: “message_keywords” must be a list of words",
		listed(`[""]`):           "Line 2: the list “message_keywords” holds an empty word.",
		listed(`[,]`):            "Line 2: this is not JSON.",
		listed("[\"a\u0085b\"]"): "Line 2: a word of the list “message_keywords” has an invisible character.",
		listed("[\"" + strings.Repeat("b", 65) + "\"]"):                                      "bbb…” is longer than 64 characters.",
		listed("[" + strings.Repeat(`"c",`, filter.MaxKeywords) + `"c"]`):                    "the list “message_keywords” holds more than 10,000 words.",
		listed("[],\n\"message_keywords\": []"):                                              "Line 3: “message_keywords” stands there twice.",
		"{\"username_keywords\": [\"a\"],\n\"message_keywords\": [\n\"b\",\n7]}":             "Line 4: the list “message_keywords” holds something that is not in quotes.",
		"{\"username_keywords\": [\"a\"],\n\"places\": []}":                                  "Line 2: there is no list “places”.",
		"{\"username_keywords\": [\"a\",\n\"--\"]}":                                          "Line 2: the word “--” has no letter.",
		"{\"username_keywords\": [\"" + strings.Repeat("a", filter.MaxKeywordsFile) + "\"]}": "The file is too large: at most 1,024 KB",
	} {
		got := b.upload(keywordsPath+"/import", "file", []byte(content))
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, says, "The file was not taken, and the lists stay as they are", `id="file-error"`)
	}
	d.browser(d.owner, "uz").upload(keywordsPath+"/import", "file", []byte("{]")).wants(t, http.StatusUnprocessableEntity, "1-qator: JSON buzilgan.")
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
		{url.Values{"act": {"allow"}, "kind": {"word"}, "word": {"!!!"}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "it needs at least one letter"},
		{url.Values{"act": {"allow"}, "kind": {"word"}, "word": {"PARAVOZ"}, "note": {"izoh"}}, http.StatusConflict, ""},
		{url.Values{"act": {"allow"}, "kind": {"zz"}, "word": {"teplovoz"}, "note": {"izoh"}}, http.StatusUnprocessableEntity, "kind-error"},
	} {
		got := b.post(at, c.form)
		got.sound(t)
		got.wants(t, c.want, c.says, `value="izoh"`, `value="allow" checked`, `value="`+strings.TrimSpace(c.form.Get("word"))+`"`)
	}
	for _, act := range []string{"zz", ""} {
		got := b.post(at, url.Values{"act": {act}, "kind": {"word"}, "word": {"teplovoz"}})
		got.sound(t)
		got.wants(t, http.StatusUnprocessableEntity, "act-error", `value="teplovoz"`)
		got.lacks(t, "checked>")
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

func TestCustomFilterIsTriedOnTheLastDay(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.manager, "en")
	at := watchPath + "/custom"
	try := func(act, kind, word string) deskAnswer {
		got := b.post(at+"/try", url.Values{"act": {act}, "kind": {kind}, "word": {word}, "note": {"izoh"}})
		got.sound(t)
		return got
	}
	try("block", "word", "paravoz").wants(t, http.StatusOK, "No message was heard in the last 24 hours")
	d.hears(dispatcher(7, "Sardor"), loadAbroad)
	d.hears(dispatcher(8, "Olim"), "Buxoroga Paravozda yuk +998901234567")
	d.hears(dispatcher(9, "Karim"), "Moskvaga paravozda yuk +998901234568")
	d.hears(dispatcher(10, "Aziz"), "paravoz haqida suhbat")
	blocked := try("block", "word", "паравоз")
	blocked.wants(t, http.StatusOK, "4 messages of the last 24 hours", "2 → 3", "1 of them is detected without this filter", "Would become detections (1)", "Olim", `value="izoh"`)
	blocked.lacks(t, "Aziz", "Sardor")
	allowed := try("allow", "sender", "7")
	allowed.wants(t, http.StatusOK, "2 → 1", "Would no longer be detections (1)", "Sardor")
	allowed.lacks(t, "Karim", "without this filter, too")
	try("allow", "word", "teplovoz").wants(t, http.StatusOK, "2 → 2", "No message would be judged otherwise.")
	try("zz", "word", "paravoz").wants(t, http.StatusUnprocessableEntity, "act-error")
	try("block", "word", "").lacks(t, `id="tried"`) // where the browser would scroll to
	try("block", "sender", "men").wants(t, http.StatusUnprocessableEntity, "word-error")
	try("block", "word", " ").wants(t, http.StatusUnprocessableEntity, "Fill this in.")
	if fs := deskValue[[]domain.CustomFilter](t)(d.store.CustomFilters(t.Context(), d.org.ID)); len(fs) != 0 {
		t.Errorf("stored %+v", fs)
	}
}

func TestTemplatePages(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	at := watchPath + "/templates"
	b.get(at).wants(t, http.StatusOK, "No replies so far", "Replies are not sent now", "The mode is “Observe”", "signs such as **bold** are sent as they stand")
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
	page.wants(t, http.StatusOK, "&lt;i&gt;Yuk&lt;/i&gt; bormi?", "0 messages sent", "Switch off", "Delete the reply", `aria-label="1. Salom! &lt;i&gt;Yuk`)
	stranger := d.browser(d.other.actor.User, "en")
	stranger.get(one).wants(t, http.StatusNotFound)
	for _, act := range []string{"", "/switch", "/remove"} {
		stranger.post(one+act, url.Values{"text": {"Boshqa"}, "on": {"0"}}).wants(t, http.StatusNotFound)
	}
	for _, on := range []string{"zz", ""} {
		b.post(one+"/switch", url.Values{"on": {on}}).wants(t, http.StatusUnprocessableEntity)
	}
	if !all()[0].Active {
		t.Error("a switch of no sense has switched it off")
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
