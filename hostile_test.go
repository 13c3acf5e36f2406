package main

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cd "github.com/chromedp/chromedp"

	"postix/handlers"
	"postix/views/locale"
)

//go:embed testdata/hostile/before.js
var beforePage string

//go:embed testdata/hostile/check.js
var checkPage string

// hostileBrowser is a Chromium in which a stranger's script would be seen to run,
// and every request to somewhere else.
type hostileBrowser struct {
	*browser
	ours string // origins that the panel may lead to, as JSON

	mu   sync.Mutex
	left []string // what went, or wanted to go, elsewhere
}

func newHostileBrowser(t *testing.T, base, sandboxPage string) *hostileBrowser {
	t.Helper()
	b := &hostileBrowser{browser: newBrowser(t, base), ours: fmt.Sprintf("[%q, %q]", base, sandboxPage)}
	b.size(1280, 900)
	if _, err := cd.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: beforePage}); err != nil {
		t.Fatal(err)
	}
	err := cd.Listen(b.ctx, func(event any) {
		said := ""
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, base+"/") && !strings.HasPrefix(e.Request.URL, "data:") { // the browser draws its own signs from those
				said = fmt.Sprintf("%s asks for %.200s", e.DocumentURL, e.Request.URL)
			}
		case *network.EventWebSocketCreated:
			said = "a socket to " + e.URL
		case *page.EventWindowOpen:
			said = "a window of " + e.URL
		case *page.EventJavascriptDialogOpening:
			said = fmt.Sprintf("%s opens a dialog: %.200s", e.URL, e.Message)
			go func() { // the page waits for it
				_, _ = cd.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
			}()
		default:
			return
		}
		if said != "" {
			b.mu.Lock()
			b.left = append(b.left, said)
			b.mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, said := range b.left {
			t.Error("browser: " + said)
		}
	})
	return b
}

// become makes the browser that of somebody who has signed in; "" of nobody.
func (b *hostileBrowser) become(session, lang, theme string) {
	b.t.Helper()
	for name, value := range map[string]string{"postix": session, "lang": lang, "theme": theme} {
		if _, err := cd.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base, HTTPOnly: new(true)}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// wrong is what check.js finds on the page, or in a fragment.
func (b *hostileBrowser) wrong(fragment string) []string {
	b.t.Helper()
	arg := "null"
	if fragment != "" {
		arg = jsString(fragment)
	}
	for try := 0; ; try++ {
		found, err := read[[]string](b.browser, checkPage+"("+arg+", "+b.ours+")")
		if err == nil {
			return found
		}
		if try == 3 { // a page that goes on to another has nothing to look at for a moment
			where, _ := cd.Run(b.ctx, cd.Location())
			b.t.Fatalf("%s: %v", where, err)
		}
		b.waits("a page", "document.body")
	}
}

// hostileWalk opens everything that one role can ask for.
type hostileWalk struct {
	*hostileWorld
	b    *hostileBrowser
	role string
	me   *http.Client
	seen map[string]bool // what was said already: the same part stands on many pages
	n    int             // pages
}

// TestHostile: whatever strangers call themselves and write, and whatever people
// typed, on every page, stream and export, as every role: nothing runs, nothing
// leaves, nothing turns what is around it, and nothing hides.
func TestHostile(t *testing.T) {
	t.Parallel()
	w := newHostileWorld(t)
	b := newHostileBrowser(t, w.base, w.tg.URL)
	seen := map[string]bool{}
	for i, role := range []struct {
		email string
		each  int // objects of a kind that are opened
	}{{"owner@sandbox.uz", 6}, {"manager@sandbox.uz", 2}, {seedMember, 2}, {"admin@sandbox.uz", 2}, {"other@sandbox.uz", 1}, {"", 1}} {
		walk := &hostileWalk{hostileWorld: w, b: b, role: role.email, seen: seen}
		session := walk.enter()
		b.become(session, locale.Languages[i%len(locale.Languages)].Code, []string{"light", "dark"}[i%2])
		began := time.Now()
		walk.all(role.each)
		t.Logf("%q has opened %d pages in %v", role.email, walk.n, time.Since(began).Round(time.Millisecond))
	}
}

// enter signs in without the browser and answers the session.
func (w *hostileWalk) enter() string {
	w.t.Helper()
	jar, _ := cookiejar.New(nil)
	w.me = &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if w.role == "" {
		return ""
	}
	w.me = &signIn(w.t, w.base, w.role).Client
	at, err := url.Parse(w.base)
	w.ok(err)
	for _, c := range w.me.Jar.Cookies(at) {
		if c.Name == "postix" {
			return c.Value
		}
	}
	w.t.Fatal("no session")
	return ""
}

// hostileIDs tells how the objects of a kind are found: by what stands before
// their place in an address.
var hostileIDs = map[string]string{
	"accounts": "SELECT id FROM accounts ORDER BY id", "catalogs": "SELECT id FROM catalogs ORDER BY id DESC", "campaigns": "SELECT id FROM campaigns ORDER BY id",
	"detections": "SELECT id FROM detections ORDER BY id", "templates": "SELECT id FROM templates ORDER BY id",
	"organizations": "SELECT id FROM organizations ORDER BY id DESC", "users": "SELECT id FROM users ORDER BY id DESC", "departments": "SELECT id FROM departments ORDER BY id DESC",
	"requests": "SELECT id FROM limit_requests ORDER BY id",
}

var paramForm = regexp.MustCompile(`/([\w-]+)/:(\w+)`)

// addresses are those of a route, with at most so many objects of each kind.
func (w *hostileWalk) addresses(path string, each int) (out []string) {
	w.t.Helper()
	m := paramForm.FindStringSubmatchIndex(path)
	if m == nil {
		return []string{path}
	}
	kind, param := path[m[2]:m[3]], path[m[4]:m[5]]
	fill := func(value string) { out = append(out, w.addresses(path[:m[4]-1]+value+path[m[5]:], min(each, 2))...) }
	switch query, known := hostileIDs[kind]; {
	case known:
		ids := w.ids(query)
		if each > 1 && (kind == "detections" || kind == "campaigns") && w.role == "owner@sandbox.uz" && !strings.HasSuffix(path, "/live") && strings.HasSuffix(path, ":id") {
			each = len(w.texts) / 4 // each shows names and texts of several kinds; the lists show all
		}
		for i := range min(each, len(ids)) { // from here and there
			fill(fmt.Sprint(ids[i*len(ids)/min(each, len(ids))]))
		}
	case param == "step":
		fill("phone")
	case param == "token":
		fill(w.link)
	default:
		w.t.Errorf("%s: say in hostileIDs how the objects are found", path)
	}
	return out
}

// queries ask for what else a page can be asked for, with a hostile text in each
// field that an address may have.
func (w *hostileWalk) queries(path string, n int) []string {
	text := w.texts[n%len(w.texts)].Text
	text = text[:min(len(text), 400)]
	v := url.Values{}
	for _, name := range []string{"search", "find", "name", "text", "back", "next", "from", "to", "event", "user", "kind", "list", "act", "sender", "status", "round", "page", "phone", "sort"} {
		v.Set(name, text)
	}
	return []string{path + "?page=2", path + "?" + v.Encode()}
}

// special are addresses that show more than their route's own.
func special() []string {
	peer := "peer=" + fmt.Sprint(hostileGroups-34)
	return []string{
		"/admin/deny-list/add?" + peer, "/admin/deny-list?find=yuk", "/admin/campaigns/new?repeat=1", "/admin/campaigns/1?page=2", "/admin/campaigns/1?status=cancelled",
		"/admin/catalogs/3/add?account=1", "/admin/catalogs/3/add?account=1&page=2", "/admin/catalogs/3/lines?account=1", "/admin/catalogs/3?account=1",
		"/admin/watch/custom?sender=8000001&act=allow", "/admin/new-telegram-users?account=2", "/admin/audit?event=deny", "/no/such/page/%3Cscript%3E%E2%80%AE",
	}
}

// all opens every address of the registry that answers pages, streams and files.
func (w *hostileWalk) all(each int) {
	w.t.Helper()
	for n, r := range handlers.Routes() {
		if r.Method != http.MethodGet || strings.Contains(r.Path, "*") || r.Path == "/health" {
			continue
		}
		file := regexp.MustCompile(`\.(csv|xlsx|json)$`).FindString(r.Path)
		for i, path := range w.addresses(r.Path, each) {
			switch {
			case strings.HasSuffix(r.Path, "/live"):
				if i < 3 {
					w.stream(path)
				}
			case file != "":
				w.file(path, file)
			default:
				w.open(path, i == 0)
				if i == 0 && (w.role == "owner@sandbox.uz" || w.role == "" && r.Permission == handlers.Public) {
					for _, q := range w.queries(path, n) {
						w.open(q, false)
					}
				}
			}
		}
	}
	for _, path := range special() {
		w.open(path, false)
	}
}

// open looks at a page; with live also after its stream has brought something.
func (w *hostileWalk) open(path string, live bool) {
	w.t.Helper()
	w.n++
	w.b.open(path)
	w.says(path, w.b.wrong(""))
	if streams, _ := read[bool](w.b.browser, `!!document.querySelector("[hx-sse\\:connect]")`); live && streams {
		w.b.waits("a message of its stream", "window.__live > 0")
		w.says(path+" later", w.b.wrong(""))
	}
}

var numbers = regexp.MustCompile(`\d+`)

func (w *hostileWalk) says(where string, wrong []string) {
	w.t.Helper()
	for _, what := range wrong {
		part, _, _ := strings.Cut(what, ": ")
		part = numbers.ReplaceAllString(part, "")
		if !w.seen[part] {
			w.seen[part] = true
			w.t.Errorf("%s at %.60s: %s", w.role, where, what)
		}
	}
}

// stream looks at the first picture of a live page.
func (w *hostileWalk) stream(path string) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
	w.ok(err)
	res, err := w.me.Do(req)
	w.ok(err)
	defer res.Body.Close()
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return // not for this role
	}
	var b strings.Builder
	for lines := newLines(res.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		switch {
		case ok:
			b.WriteString(data + "\n")
		case lines.Text() != "" && !strings.HasPrefix(lines.Text(), ":"):
			w.t.Errorf("%s: a stream of ours has no line %.100q", path, lines.Text())
		}
		if lines.Text() == "" {
			break
		}
	}
	w.n++
	if b.Len() == 0 {
		w.t.Errorf("%s at %s: the stream has no picture", w.role, path)
		return
	}
	w.says(path, w.b.wrong(b.String()))
}
