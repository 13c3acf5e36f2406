package ui

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"postix/views/locale"
)

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(locale.With(context.Background(), "en", nil), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"Gʻijduvon kulolchilik": "Gʻijduvon kulolchilik",
		"a\u202egnp.exe":        "a⟨202E⟩gnp.exe",
		"a\x00b\nc\x7f":         "a␀b␊c␡",
		"zero\u200bwidth":       "zero⟨200B⟩width",
		"👨\u200d👩\u200d👧":       "👨\u200d👩\u200d👧",
		"join\u200der":          "join⟨200D⟩er",
		"❤\ufe0f":               "❤\ufe0f",
		"\xff":                  "\ufffd",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := VisibleText("a\r\nb\tc\u2066"), "a\nb\tc⟨2066⟩"; got != want {
		t.Errorf("VisibleText = %q, want %q", got, want)
	}
}

func TestNamesFromTelegramAreEscapedAndIsolated(t *testing.T) {
	got := html(t, Name(`<img src=x onerror=alert(1)>`))
	if !strings.HasPrefix(got, "<bdi>") || strings.Contains(got, "<img") {
		t.Error(got)
	}
}

// The stretches lie within the bar, do not overlap, and the smallest still
// shows.
func TestSegments(t *testing.T) {
	for _, parts := range [][]Part{
		{{"sent", "", 2999}, {"failed", "", 1}},
		{{"sent", "", 1}, {"skipped", "", 1}, {"failed", "", 1}, {"waiting", "", 3000}},
		{{"failed", "", 3000}, {"sent", "", 1}, {"cancelled", "", 1}},
		{{"sent", "", 100}},
		{{"sent", "", 0}, {"waiting", "", 5}},
		{},
	} {
		end, inked := 0.0, 0
		for _, s := range segments(parts) {
			x, _ := strconv.ParseFloat(strings.TrimSuffix(s.x, "%"), 64)
			width, _ := strconv.ParseFloat(strings.TrimSuffix(s.width, "%"), 64)
			if x < end || width < 0.79 || x+width > 100.01 {
				t.Errorf("%v: %s from %s wide %s", parts, s.kind, s.x, s.width)
			}
			end, inked = x+width, inked+1
		}
		want := 0
		for _, p := range parts {
			if p.N > 0 && p.Kind != "waiting" {
				want++
			}
		}
		if inked != want {
			t.Errorf("%v: %d stretches, want %d", parts, inked, want)
		}
	}
}

func TestProgressSaysItselfInWords(t *testing.T) {
	got := html(t, Progress("Campaign 12", []Part{{"sent", "Sent", 1200}, {"failed", "Failed", 0}, {"waiting", "Waiting", 300}}))
	for _, want := range []string{`aria-label="Campaign 12"`, `aria-valuenow="1200"`, `aria-valuemax="1500"`, `aria-valuetext="Sent: 1,200, Waiting: 300"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestFieldTiesItsErrorAndHint(t *testing.T) {
	got := html(t, Field(Input{Name: "phone", Label: "Phone", Value: `"+998`, Hint: "h", Error: "e"}))
	for _, want := range []string{
		`<label for="phone">`, `aria-invalid="true"`, `aria-describedby="phone-hint phone-error"`,
		`id="phone-hint"`, `id="phone-error"`, ` required`, `value="&#34;+998"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := html(t, Field(Input{Name: "note", Optional: true})); strings.Contains(got, " required") || strings.Contains(got, "aria-") {
		t.Error(got)
	}
}

func TestPagerKeepsTheFilters(t *testing.T) {
	at := &url.URL{Path: "/admin/campaigns", RawQuery: "q=a%26b&page=2"}
	got := html(t, Pager(at, 2, 3))
	for _, want := range []string{`href="/admin/campaigns?page=1&amp;q=a%26b"`, `href="/admin/campaigns?page=3&amp;q=a%26b"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if at.RawQuery != "q=a%26b&page=2" {
		t.Error("the address of the list was changed")
	}
	if got := html(t, Pager(at, 1, 1)); got != "" {
		t.Errorf("one page has a pager: %s", got)
	}
}

// The policy of the pages allows neither inline style nor inline script, and
// every icon must be in the sprite: a missing one is an empty square.
func TestTemplatesKeepThePolicyAndKnowTheirIcons(t *testing.T) {
	list, err := os.ReadFile("../../static/vendor/lucide/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, name := range strings.Fields(string(list)) {
		known[name] = true
	}
	inline := regexp.MustCompile(`[\s"](style|on[a-z]+|hx-on[^=\s]*)=|<style|<script>|"(style|on[a-z]+|hx-on[^"]*)":|\bjs:`)
	icon := regexp.MustCompile(`(?:Icon\("|Icon: +"|Empty\("|Status\([\w.]+, "|Kpi\("[^"]*", ")([a-z][a-z-]*)"`)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".templ" && ext != ".go" {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".templ" {
			if m := inline.FindString(string(body)); m != "" {
				t.Errorf("%s: %q breaks the content security policy", path, m)
			}
		}
		for _, m := range icon.FindAllStringSubmatch(string(body), -1) {
			if !known[m[1]] && m[1] != "pulse" {
				t.Errorf("%s: no icon %q in icons.txt", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
