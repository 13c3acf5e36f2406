package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// newLines reads long ones.
func newLines(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), 64<<20)
	return s
}

// jsString is a text as JavaScript writes it.
func jsString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // no text does that
	}
	return string(b)
}

var (
	formulaBegin = regexp.MustCompile(`^[\s\p{Cf}]*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]`)
	plainNumber  = regexp.MustCompile(`^-?\d+([.,]\d+)?$`)
	turnsText    = regexp.MustCompile(`[\x{202A}-\x{202E}\x{2066}-\x{2069}\x{200E}\x{200F}\x{061C}\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{200B}\x{2060}]`)
	fileName     = regexp.MustCompile(`^[\w.-]+$`)
)

// file takes an export and looks into each of its cells.
func (w *hostileWalk) file(path, kind string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base+path, nil)
	w.ok(err)
	res, err := w.me.Do(req)
	w.ok(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.ok(err)
	if res.StatusCode != http.StatusOK || strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return // not for this role
	}
	_, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
	if err != nil || !fileName.MatchString(params["filename"]) {
		w.t.Errorf("%s is called %q (%v)", path, params["filename"], err)
	}
	if t := res.Header.Get("X-Content-Type-Options"); t != "nosniff" {
		w.t.Errorf("%s: X-Content-Type-Options is %q", path, t)
	}
	w.n++
	var cells []string
	switch kind {
	case ".csv":
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
		r.Comma, r.FieldsPerRecord = ';', -1
		rows, err := r.ReadAll()
		w.ok(err)
		for _, row := range rows {
			cells = append(cells, row...)
		}
	case ".xlsx":
		cells = w.workbook(path, body)
	case ".json":
		if !json.Valid(body) {
			w.t.Errorf("%s is no JSON", path)
		}
		return
	}
	if len(cells) < 50 && w.role == "owner@sandbox.uz" {
		w.t.Errorf("%s at %s has %d cells", w.role, path, len(cells))
	}
	for _, c := range cells {
		if formulaBegin.MatchString(c) && !plainNumber.MatchString(c) {
			w.says(path, []string{fmt.Sprintf("a cell is a formula: %.80q", c)})
		}
		if turnsText.MatchString(c) {
			w.says(path, []string{fmt.Sprintf("a cell turns or hides something: %.80q", c)})
		}
	}
}

// workbook is every cell's text; none may be a formula or a link.
func (w *hostileWalk) workbook(path string, body []byte) (cells []string) {
	w.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(body))
	w.ok(err)
	defer f.Close()
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		w.ok(err)
		for y, row := range rows {
			for x, c := range row {
				cells = append(cells, c)
				at, _ := excelize.CoordinatesToCellName(x+1, y+1)
				if formula, _ := f.GetCellFormula(name, at); formula != "" {
					w.says(path, []string{"a formula in a workbook: " + formula})
				}
				if link, _, _ := f.GetCellHyperLink(name, at); link {
					w.says(path, []string{"a link in a workbook: " + c})
				}
			}
		}
	}
	return cells
}

// TestHostileHeaders: what comes in an address or a form makes no header of its
// own, leads nowhere else, and breaks nothing.
func TestHostileHeaders(t *testing.T) {
	side, _ := startTelegram(t)
	_, _, base := startPanel(t, side.URL(), 0)
	me := signIn(t, base, "owner@sandbox.uz")
	me.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	texts := append(readHostile(t), hostileText{Name: "to another host", Text: "//begona.invalid/"}, hostileText{Name: "to another scheme", Text: "https:begona.invalid"},
		hostileText{Name: "to another host by a back slash", Text: "/\\begona.invalid"}, hostileText{Name: "to another host after a tab", Text: "/\t/begona.invalid"})
	ask := func(name, method, path string, form url.Values) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", base)
		res, err := me.Do(req)
		if err != nil {
			t.Fatalf("%s: %s %s: %v", name, method, path, err)
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if res.StatusCode >= 500 {
			t.Errorf("%s: %s %s answers %d", name, method, path, res.StatusCode)
		}
		if res.Header.Get("X-Hit") != "" {
			t.Errorf("%s: %s %s has a header of a stranger", name, method, path)
		}
		for _, c := range res.Cookies() {
			if c.Value == "begona" {
				t.Errorf("%s: %s %s sets a stranger's cookie", name, method, path)
			}
		}
		for _, header := range []string{"Location", "HX-Redirect"} {
			to, err := url.Parse(res.Header.Get(header))
			if err != nil || to.Host != "" || to.Scheme != "" || strings.HasPrefix(to.Path, "//") || strings.ContainsAny(to.Path, "\\\t\r\n") {
				t.Errorf("%s: %s %s leads to %q", name, method, path, res.Header.Get(header))
			}
		}
	}
	for _, h := range texts {
		text := h.Text
		if len(text) < 8000 { // what is longer no address carries
			q := url.QueryEscape(text)
			ask(h.Name, http.MethodGet, "/signin?lang=uz&next="+q, nil)
			ask(h.Name, http.MethodGet, "/admin/watch/detections.csv?search="+q+"&from="+q+"&sender="+q, nil)
			ask(h.Name, http.MethodGet, "/admin/"+url.PathEscape(text), nil)
			ask(h.Name, http.MethodPost, "/admin/deny-list?back="+q, url.Values{"peer": {"-1"}})
		}
		ask(h.Name, http.MethodPost, "/signin", url.Values{"email": {seedMember}, "password": {seedPassword}, "next": {text}})
		ask(h.Name, http.MethodPost, "/admin/catalogs", url.Values{"name": {text}})
		ask(h.Name, http.MethodPost, "/admin/watch/templates", url.Values{"text": {text}, "active": {"1"}})
		ask(h.Name, http.MethodPost, "/admin/watch/custom", url.Values{"act": {"block"}, "kind": {"word"}, "word": {text}, "note": {text}})
		ask(h.Name, http.MethodPost, "/admin/campaigns", url.Values{"text": {text}, "token": {text}, "catalog": {text}, "rounds": {text}, "every": {text}, "unit": {text}, "start": {text}, "start_at": {text}})
		ask(h.Name, http.MethodPost, "/admin/watch/try", url.Values{"text": {text}, "first_name": {text}, "last_name": {text}, "username": {text}, "group": {text}})
		ask(h.Name, http.MethodPost, "/admin/new-telegram-users/phone", url.Values{"phone": {text}})
	}
}
