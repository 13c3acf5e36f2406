package views

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/views/locale"
)

var (
	anID       = regexp.MustCompile(` id="([^"]+)"`)
	anAnchor   = regexp.MustCompile(`/guide#([\w-]*)|GuideSection = "([\w-]+)"`)
	ownAnchor  = regexp.MustCompile(`href="#([^"]+)"`)
	guidePlace = regexp.MustCompile(`\{\{\.(\w+)\}\}`)
)

// TestGuide: in every language each anchor that any page leads to is there, once,
// and every text has its words.
func TestGuide(t *testing.T) {
	anchors := guideAnchors(t)
	if len(anchors) == 0 {
		t.Fatal("nothing leads to the guide")
	}
	for _, s := range slices.Concat(GuideSections, GuideQuestions) {
		anchors = append(anchors, string(s))
	}
	for _, l := range locale.Languages {
		html := render(t, l.Code, Viewer{}, Guide(false))
		var ids []string
		for _, m := range anID.FindAllStringSubmatch(html, -1) {
			if slices.Contains(ids, m[1]) {
				t.Errorf("%s: the id %q is there twice", l.Code, m[1])
			}
			ids = append(ids, m[1])
		}
		for _, m := range ownAnchor.FindAllStringSubmatch(html, -1) {
			anchors = append(anchors, m[1])
		}
		for _, a := range anchors {
			if !slices.Contains(ids, a) {
				t.Errorf("%s: the guide has no section %q", l.Code, a)
			}
		}
		for _, wrong := range []string{"⟦", "no value", "{{", "**", "<li></li>", "<p></p>", "<b></b>"} {
			if strings.Contains(html, wrong) {
				t.Errorf("%s: the guide shows %q", l.Code, wrong)
			}
		}
	}
}

// guideAnchors are those that our sources and texts lead to: written out, or by a
// constant.
func guideAnchors(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 {
			return fs.SkipDir
		}
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || ext != ".go" && ext != ".templ" && ext != ".toml" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		body, err := os.ReadFile(path)
		for _, m := range anAnchor.FindAllStringSubmatch(string(body), -1) {
			out = append(out, m[1]+m[2])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGuideIsEscaped: what a translator writes is text, and so is what a placeholder
// brings.
func TestGuideIsEscaped(t *testing.T) {
	html := render(t, "en", Viewer{}, guideLine(`a <script> & **b "c"**`))
	if want := `a &lt;script&gt; &amp; <b>b &#34;c&#34;</b>`; strings.TrimSpace(html) != want {
		t.Errorf("%s, want %s", html, want)
	}
}

func TestGuideBlocks(t *testing.T) {
	got := guideBlocks("One\nline.\n\nIntro:\n- a\n- b\n\n1. first\n2. second")
	want := []GuideBlock{{Text: "One line."}, {Text: "Intro:", Items: []string{"a", "b"}}, {Items: []string{"first", "second"}, Ordered: true}}
	if !slices.EqualFunc(got, want, func(a, b GuideBlock) bool {
		return a.Text == b.Text && a.Ordered == b.Ordered && slices.Equal(a.Items, b.Items)
	}) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestGuideOfTheBot: it says how one gets in and names every command that one may need,
// in every language.
func TestGuideOfTheBot(t *testing.T) {
	if !slices.Contains(GuideSections, GuideBot) {
		t.Fatal("the guide does not show it")
	}
	for _, l := range locale.Languages {
		ctx := locale.With(context.Background(), l.Code, time.UTC)
		html := render(t, l.Code, Viewer{}, guideText(GuideBot))
		for _, want := range []string{
			"/start", "/send", "/history", "/catalogs", "/numbers", "/notices", "/guide", "/language", "/menu",
			locale.T(ctx, "user.bot_link.button"), locale.T(ctx, "me.bot.title"), locale.T(ctx, "bot.notice.choose"), "Telegram ID",
		} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: it does not say %q", l.Code, want)
			}
		}
	}
}

// TestGuideWords: the texts name every label and figure that there is for them, and
// labels are those of the pages.
func TestGuideWords(t *testing.T) {
	body, err := os.ReadFile("locale/catalog/uz/guide.toml")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range guidePlace.FindAllStringSubmatch(string(body), -1) {
		named[m[1]] = true
	}
	words := guideWords(locale.With(context.Background(), "uz", time.UTC))
	for i := 0; i < len(words); i += 2 {
		if name, _ := words[i].(string); !named[name] {
			t.Errorf("no text names %s", name)
		}
	}
	for name, key := range guideLabels {
		if !locale.Has(key) {
			t.Errorf("%s: no key %q", name, key)
		}
	}
}
