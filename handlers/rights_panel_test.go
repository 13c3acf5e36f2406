package handlers_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// rightsPanel is the panel over a copy of the world's database.
type rightsPanel struct {
	world   *rightsWorld
	panel   *panel
	t       *testing.T
	raw     *sql.DB // to look at the copy, with the original attached as "was"
	compare *sql.Stmt
	seen    int64 // which version of the copy was found to be as the original
}

func (w *rightsWorld) open(t *testing.T) *rightsPanel {
	t.Helper()
	p := &panel{t: t, path: filepath.Join(t.TempDir(), "postix.db"), log: &lockedBuffer{}, tg: &fakeTelegram{
		links: map[int64]domain.LinkState{}, sent: domain.SentCode{Way: domain.WayApp, Length: 5},
		profile: domain.Profile{TelegramID: 7_777_777_777, FirstName: "Newcomer"},
	}}
	must(t, os.WriteFile(p.path, deskValue[[]byte](t)(os.ReadFile(w.path)), 0o600))
	now := func() time.Time { return worldNow }
	p.store = deskValue[*db.Store](t)(db.Open(t.Context(), db.Options{Path: p.path, Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: now}))
	t.Cleanup(func() { _ = p.store.Close() })
	srv := httptest.NewServer(deskValue[http.Handler](t)(handlers.New(p.options(&domain.Hub{}, now))))
	t.Cleanup(func() { p.stop(); srv.Close() })
	p.url = srv.URL
	raw := deskValue[*sql.DB](t)(sql.Open("sqlite", "file:"+p.path+"?_pragma=busy_timeout(5000)"))
	t.Cleanup(func() { _ = raw.Close() })
	raw.SetMaxOpenConns(1)
	r := &rightsPanel{world: w, panel: p, t: t, raw: raw}
	r.exec("ATTACH ? AS was", w.path)
	r.exec("PRAGMA foreign_keys = OFF")
	r.compare = deskValue[*sql.Stmt](t)(raw.PrepareContext(t.Context(), r.comparison()))
	t.Cleanup(func() { _ = r.compare.Close() })
	r.seen = r.version()
	if diff := r.different(); len(diff) > 0 {
		t.Fatalf("opening has changed %s", diff)
	}
	return r
}

func (p *rightsPanel) exec(query string, args ...any) {
	p.t.Helper()
	if _, err := p.raw.ExecContext(p.t.Context(), query, args...); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
}

// version changes with every write of anybody else.
func (p *rightsPanel) version() (n int64) {
	p.t.Helper()
	must(p.t, p.raw.QueryRowContext(p.t.Context(), "PRAGMA main.data_version").Scan(&n))
	return n
}

// changed names the tables that are not as in the original.
func (p *rightsPanel) changed() []string {
	p.t.Helper()
	v := p.version()
	if v == p.seen {
		return nil
	}
	diff := p.different()
	if len(diff) == 0 {
		p.seen = v
	}
	return diff
}

func (p *rightsPanel) different() (out []string) {
	p.t.Helper()
	rows := deskValue[*sql.Rows](p.t)(p.compare.QueryContext(p.t.Context()))
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		must(p.t, rows.Scan(&table))
		out = append(out, table)
	}
	must(p.t, rows.Err())
	return out
}

// comparison is a query for the tables that differ, but for when a session was
// used last.
func (p *rightsPanel) comparison() string {
	p.t.Helper()
	rows := deskValue[*sql.Rows](p.t)(p.raw.QueryContext(p.t.Context(), `SELECT name FROM was.sqlite_master WHERE type = 'table' ORDER BY name`))
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var table string
		must(p.t, rows.Scan(&table))
		columns := "*"
		if table == "sessions" {
			columns = "hash, organization_id, user_id, ip, agent, created_at, verified"
		}
		all = append(all, fmt.Sprintf(`SELECT '%[2]s' WHERE EXISTS (SELECT %[1]s FROM main.%[2]s EXCEPT SELECT %[1]s FROM was.%[2]s)
			OR EXISTS (SELECT %[1]s FROM was.%[2]s EXCEPT SELECT %[1]s FROM main.%[2]s)`, columns, table))
	}
	must(p.t, rows.Err())
	return strings.Join(all, " UNION ALL ")
}

// restore makes tables of the copy as in the original.
func (p *rightsPanel) restore(tables []string) {
	p.t.Helper()
	var all strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&all, "DELETE FROM main.%[1]s; INSERT INTO main.%[1]s SELECT * FROM was.%[1]s;", table)
	}
	p.exec("BEGIN IMMEDIATE; " + all.String() + " COMMIT;")
	p.seen = p.version()
	p.panel.tg.reset()
}

// unchanged fails when the request has left a trace in the database. Whoever
// takes a file away leaves one in the audit.
func (c *rightsCheck) unchanged(who *person, a rightsAnswer) {
	c.Helper()
	diff := c.changed()
	if len(diff) == 0 {
		return
	}
	if !c.line.is("kept") || a.status != http.StatusOK || !slices.Equal(diff, []string{"audit", "settings"}) {
		c.Errorf("%s: %s has changed %s", a, called(who), diff)
	}
	c.restore(diff)
}

var sameOrigin = http.Header{"Sec-Fetch-Site": {"same-origin"}}

// rightsAnswer is what came back, with what was asked.
type rightsAnswer struct {
	method, path string
	form         url.Values
	status       int
	to, flash    string
	body         string
}

func (a rightsAnswer) String() string {
	if len(a.form) == 0 {
		return a.method + " " + a.path
	}
	return a.method + " " + a.path + " with " + begins(a.form.Encode())
}

// send answers with the first event of what streams.
func (p *rightsPanel) send(who *person, method, path string, form url.Values, head http.Header) rightsAnswer {
	p.t.Helper()
	a := rightsAnswer{method: method, path: path, form: form}
	at, body := path, io.Reader(http.NoBody)
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		at += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.panel.url+at, body)
	must(p.t, err)
	r.Header = head.Clone()
	r.Header.Set("Cookie", "lang=en")
	if who != nil {
		r.Header.Set("Cookie", "lang=en; postix="+who.token)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", p.panel.url+path) // as from the page that an earlier try has answered
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	must(p.t, err)
	defer func() { _ = res.Body.Close() }()
	a.status, a.to = res.StatusCode, res.Header.Get("Location")
	for _, c := range res.Cookies() {
		if c.Name == "flash" {
			a.flash = c.Value
		}
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") && method == http.MethodGet {
		a.body = p.event(res.Body)
		return a
	}
	got := deskValue[[]byte](p.t)(io.ReadAll(res.Body))
	if a.body = string(got); strings.HasSuffix(path, ".xlsx") && a.status == http.StatusOK && method == http.MethodGet {
		a.body = p.unpacked(got)
	}
	return a
}

// unpacked is the text of a workbook's parts.
func (p *rightsPanel) unpacked(book []byte) string {
	p.t.Helper()
	var b strings.Builder
	for _, part := range deskValue[*zip.Reader](p.t)(zip.NewReader(bytes.NewReader(book), int64(len(book)))).File {
		f := deskValue[io.ReadCloser](p.t)(part.Open())
		b.Write(deskValue[[]byte](p.t)(io.ReadAll(f)))
		_ = f.Close()
	}
	return b.String()
}

func (p *rightsPanel) event(r io.Reader) string {
	p.t.Helper()
	var b strings.Builder
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		b.WriteString(line)
		if line == "\n" || errors.Is(err, io.EOF) {
			return b.String()
		}
		must(p.t, err)
	}
}

var onceTokens = regexp.MustCompile(`name="token" value="[\w-]{43}"`)

// plain is the body without what the request itself has named, and without the
// tokens by which a form is sent once.
func (a rightsAnswer) plain() string { return a.without(onceTokens.ReplaceAllString(a.body, "")) }

func (a rightsAnswer) headers() string { return a.without(a.to + " " + a.flash) }

func (a rightsAnswer) without(s string) string {
	for _, id := range a.named() {
		s = strings.ReplaceAll(s, id, "…")
	}
	return strings.NewReplacer(a.path, "…", url.QueryEscape(a.path), "…").Replace(s)
}

// named are the ids in what was asked.
func (a rightsAnswer) named() (out []string) {
	for part := range strings.SplitSeq(a.path, "/") {
		if len(part) >= 7 && strings.ContainsAny(part, "0123456789") {
			out = append(out, part)
		}
	}
	for _, values := range a.form {
		for _, v := range values {
			if len(v) >= 7 && (strings.Trim(v, "-0123456789") == "" || strings.HasPrefix(v, "chat4_of_")) {
				out = append(out, v)
			}
		}
	}
	return out
}
