// Package static holds what the browser loads beside the pages: style, script,
// fonts, icons and pictures, all inside the binary.
//
// Every file is served below a name that carries a hash of its content, so a
// browser may keep it for ever and a new release never meets an old file. The
// style sheet is written in parts (css/*.css, in the order of their names) and
// served as the one file css/app.css; its relative url(...) are replaced by the
// hashed paths of the files they name.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed css/*.css js/*.js img/*.svg vendor/*/*.js vendor/*/*.woff2 vendor/*/*.svg
var files embed.FS

// Prefix is the path under which Handler expects to be mounted.
const Prefix = "/static/"

// stylesheet is the name under which all of css/ is served.
const stylesheet = "css/app.css"

var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

type asset struct {
	path, contentType string
	body, gzipped     []byte // gzipped is nil where it would not help
}

var byName, byPath = load()

// Path returns the address of a file, for example Path("css/app.css") is
// "/static/1a2b3c4d5e/css/app.css". It panics when there is no such file: the
// name is always a constant, and a test renders every page.
func Path(name string) string {
	a := byName[name]
	if a == nil {
		panic("static: no file " + name)
	}
	return a.path
}

// Handler answers GET and HEAD for the addresses that Path returns and 404 for
// everything else, also for the right name under an old hash.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := byPath[r.URL.Path]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := a.body
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the reader has gone; nobody is left to tell
}

// load reads the embedded files once. The style sheet comes last because it
// names the others.
func load() (byName, byPath map[string]*asset) {
	byName, byPath = map[string]*asset{}, map[string]*asset{}
	add := func(name string, body []byte) {
		sum := sha256.Sum256(body)
		a := &asset{
			path:        Prefix + hex.EncodeToString(sum[:5]) + "/" + name,
			contentType: types[path.Ext(name)],
			body:        body,
			gzipped:     squeeze(name, body),
		}
		byName[name], byPath[a.path] = a, a
	}
	var style []byte
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".css" {
			style = append(append(style, body...), '\n')
			return nil
		}
		add(name, body)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: reading the embedded files: %v", err))
	}
	add(stylesheet, resolve(style, byName))
	return byName, byPath
}

var cssURL = regexp.MustCompile(`url\("\.\./([^"]+)"\)`)

// resolve replaces url("../vendor/x") by the address of that file.
func resolve(style []byte, byName map[string]*asset) []byte {
	return cssURL.ReplaceAllFunc(style, func(m []byte) []byte {
		name := string(cssURL.FindSubmatch(m)[1])
		a := byName[name]
		if a == nil {
			panic("static: css names a missing file " + name)
		}
		return []byte(`url("` + a.path + `")`)
	})
}

func squeeze(name string, body []byte) []byte {
	if path.Ext(name) == ".woff2" { // already compressed
		return nil
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = z.Write(body)                                  // a buffer does not fail
	_ = z.Close()
	return b.Bytes()
}
