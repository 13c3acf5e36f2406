package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mymmrac/telego"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
	"postix/views/locale"
)

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```")

// examples are the blocks of JSON on a page.
func examples(t *testing.T, page string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range jsonBlock.FindAllSubmatch(text, -1) {
		blocks = append(blocks, string(m[1]))
	}
	return blocks
}

// TestFilterDocs: the examples of the page are what the commands take and answer.
func TestFilterDocs(t *testing.T) {
	t.Parallel()
	blocks := examples(t, "docs/filter.md")
	if len(blocks) != 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	message, answer, settings, keywords := blocks[0], blocks[1], blocks[2], blocks[3]
	if _, out, said := command(t, nil, message, "filter", "check"); out != answer {
		t.Errorf("the answer is %s%s", out, said)
	}
	if _, out, _ := command(t, nil, "", "filter", "settings"); out != settings {
		t.Errorf("the settings are %s", out)
	}
	file := filepath.Join(t.TempDir(), "dispatcher_keywords.json")
	write(t, file, keywords)
	if code, _, said := command(t, nil, message, "filter", "check", "--keywords", file); code != exitOK {
		t.Errorf("the keywords: %s", said)
	}
}

// TestSandboxDocs: the bodies of a stranger's message, of what an account does to
// the bot, of an update and of a fault are such as the sandbox takes.
func TestSandboxDocs(t *testing.T) {
	t.Parallel()
	blocks := examples(t, "docs/sandbox.md")
	if len(blocks) != 8 {
		t.Fatalf("%d examples", len(blocks))
	}
	read := func(text string, into any) error {
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		return d.Decode(into)
	}
	var in sandbox.Incoming
	if err := read(blocks[0], &in); err != nil || in.Sender.Username == "" || in.Text == "" || in.At.IsZero() {
		t.Errorf("%v: %+v", err, in)
	}
	var typed, passed, told, pressed, blocked world.BotInput
	for i, in := range []*world.BotInput{&typed, &passed, &told, &pressed, &blocked} {
		if err := read(blocks[1+i], in); err != nil {
			t.Error(err)
		}
	}
	if len(typed.Entities) != 1 || passed.Forward.Message == 0 || told.Forward.User == 0 || !pressed.Forged || blocked.Block == nil {
		t.Errorf("%+v %+v %+v %+v %+v", typed, passed, told, pressed, blocked)
	}
	var u telego.Update
	if err := read(blocks[6], &u); err != nil || u.ChannelPost == nil {
		t.Errorf("%v: %+v", err, u)
	}
	var f world.Fault
	if err := read(blocks[7], &f); err != nil || f.Method == "" || f.Mode == "" || f.Error == "" || f.Times == 0 {
		t.Errorf("%v: %+v", err, f)
	}
}

// TestReadme: what it tells to open is called so on the pages.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	uz := locale.With(t.Context(), "uz", time.UTC)
	for _, key := range []string{
		"nav.watch", "nav.accounts", "account.listens.title", "watch.tab.groups", "watch.tab.settings", "watch.tab.keywords", "watch.mode.reply",
	} {
		if name := "*" + locale.T(uz, key) + "*"; !strings.Contains(string(text), name) {
			t.Errorf("it does not say %s", name)
		}
	}
}

// TestSecurityDocs: every test that docs/security.md names is there.
func TestSecurityDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		code, err := os.ReadFile(name)
		for _, f := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(code, -1) {
			there[string(f[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(text, -1)
	for _, n := range names {
		if !there[string(n[1])] {
			t.Errorf("there is no %s", n[1])
		}
	}
	if len(names) < 50 {
		t.Errorf("it names %d tests", len(names))
	}
}
