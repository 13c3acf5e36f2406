package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of our packages a package may import, by the first part of
// its path; the longest match counts. main may import all.
var arrows = map[string][]string{
	"domain":           {"domain/filter"},
	"domain/filter":    {},
	"static":           {},
	"views":            {"domain", "static", "views"},
	"handlers":         {"domain", "static", "views"},
	"jobs":             {"domain"},
	"db":               {"domain", "db"},
	"telegram":         {"domain"},
	"telegram/bot":     {"domain", "views"},
	"telegram/sandbox": {"telegram/sandbox"},
}

// TestArrows keeps the rooms of the house apart: storage knows no pages, pages
// know no Telegram, and the domain knows nobody.
func TestArrows(t *testing.T) {
	checked := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		from := path.Dir(filepath.ToSlash(file))
		if from == "." {
			return nil
		}
		room := roomOf(from)
		if room == "" {
			t.Errorf("%s: no rule for this folder", file)
			return nil
		}
		checked[room] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			to, _ := strconv.Unquote(i.Path.Value)
			ours, is := strings.CutPrefix(to, "postix/")
			switch {
			case is && !allowed(room, ours):
				t.Errorf("%s must not import %s", file, to)
			case strings.HasPrefix(room, "domain") && strings.Contains(strings.Split(to, "/")[0], "."):
				t.Errorf("%s: the domain imports the standard library only, not %s", file, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range arrows {
		if !checked[room] {
			t.Errorf("rule for %s matches no file", room)
		}
	}
}

func roomOf(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := arrows[d]; ok {
			return d
		}
	}
	return ""
}

func allowed(room, to string) bool {
	for _, a := range arrows[room] {
		if to == a || strings.HasPrefix(to, a+"/") {
			return true
		}
	}
	return false
}
