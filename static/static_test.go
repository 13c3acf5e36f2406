package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, target, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestEveryFileIsServedUnderItsHashedName(t *testing.T) {
	for name := range byName {
		res := get(t, "GET", Path(name), "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || string(body) != string(byName[name].body) {
			t.Errorf("%s: status %d, %d bytes", name, res.StatusCode, len(body))
		}
		if res.Header.Get("Content-Type") == "" {
			t.Errorf("%s has no content type", name)
		}
		if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestGzipIsTheSameContent(t *testing.T) {
	res := get(t, "GET", Path("css/app.css"), "gzip, br")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", res.Header)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || string(body) != string(byName["css/app.css"].body) {
		t.Fatalf("unpacked %d bytes, err %v", len(body), err)
	}
}

func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	for _, target := range []string{
		"/static/", "/static/css/app.css", "/static/0000000000/css/app.css",
		"/static/../static.go", "/static/VENDOR.md",
	} {
		res := get(t, "GET", target, "")
		if res.StatusCode != http.StatusNotFound || strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s: %d, %q", target, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	if res := get(t, "POST", Path("js/app.js"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

// What the style sheet names must exist, and nothing may come from elsewhere.
func TestStyleNamesOnlyServedFiles(t *testing.T) {
	style := string(byName["css/app.css"].body)
	urls := regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(style, -1)
	if len(urls) < 4 {
		t.Fatalf("only %d urls found; fonts and pattern are missing", len(urls))
	}
	for _, m := range urls {
		if target := strings.Trim(m[1], `"`); byPath[target] == nil {
			t.Errorf("the style sheet names %q, which is not served", target)
		}
	}
	if strings.Contains(style, "@import") {
		t.Error("@import in the style sheet")
	}
}

// TestVendoredSums compares every third-party file with VENDOR.md.
func TestVendoredSums(t *testing.T) {
	doc, err := os.ReadFile("VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([0-9a-f]{64})  (\S+)$`).FindAllStringSubmatch(string(doc), -1) {
		want[m[2]] = m[1]
	}
	names, _ := filepath.Glob("vendor/*/*")
	for _, name := range names {
		if ext := filepath.Ext(name); ext == ".txt" || ext == ".sh" {
			continue // ours
		}
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		if got := hex.EncodeToString(sum[:]); got != want[filepath.ToSlash(name)] {
			t.Errorf("%s is %s, VENDOR.md says %q", name, got, want[name])
		}
		delete(want, filepath.ToSlash(name))
	}
	for name := range want {
		t.Errorf("VENDOR.md lists %s, which is not there", name)
	}
}

// The sprite is made from icons.txt; both must name the same icons.
func TestSpriteMatchesItsList(t *testing.T) {
	list, err := os.ReadFile("vendor/lucide/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(string(byName["vendor/lucide/icons.svg"].body), -1) {
		have = append(have, m[1])
	}
	if got, want := strings.Join(have, "\n"), strings.TrimSpace(string(list)); got != want {
		t.Errorf("sprite and list differ:\n%s\n---\n%s", got, want)
	}
}
