package handlers_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readsID finds where a handler reads an id out of a form or query.
var readsID = regexp.MustCompile(`q\.(?:FormID|FormInt64|ids|peers)\("(\w+)"`)

// numbersOnly are fields that are read so and name nothing of anybody's: pages,
// counts, versions and lines of a list that is shown anyway.
var numbersOnly = []string{"page", "go", "from", "to", "total", "latest", "round", "version", "days", "before", "up_to", "set", "group"}

// TestRightsNameEveryField: a field with an id in it stands in a line of the table
// of rights, so that it is tried with what belongs to others.
func TestRightsNameEveryField(t *testing.T) {
	var named []string
	for _, line := range rights {
		for _, item := range regexp.MustCompile(`, | \| `).Split(line.ids, -1) {
			if m := idItem.FindStringSubmatch(item); m != nil {
				named = append(named, strings.Split(m[1], "+")...)
			}
		}
	}
	files := deskValue[[]string](t)(filepath.Glob("*.go"))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range readsID.FindAllStringSubmatch(string(deskValue[[]byte](t)(os.ReadFile(file))), -1) {
			if !slices.Contains(named, m[1]) && !slices.Contains(numbersOnly, m[1]) {
				t.Errorf("%s reads an id from %q, which no line of the table of rights names", file, m[1])
			}
		}
	}
}
