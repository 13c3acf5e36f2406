package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const driver = `{"id":"m1","at":"2026-01-05T09:00:00Z","chat_id":-100123,"chat_title":"Yuk markazi","chat_members":1200,"sender_id":42,"username":"sardor","first_name":"Sardor","last_name":"","bio":"","text":"Navoiydan Jizzaxga shakar, +998 90 000 00 01"}`

// with is the line with other fields, in pairs of name and JSON.
func with(line string, fields ...string) string {
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		panic(err)
	}
	for i := 0; i < len(fields); i += 2 {
		m[fields[i]] = json.RawMessage(fields[i+1])
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// check runs filter check over lines and returns its lines.
func check(t *testing.T, lines ...string) []string {
	t.Helper()
	code, out, said := command(t, nil, strings.Join(lines, "\n"), "filter", "check")
	if code != exitOK || said != "" {
		t.Fatalf("exit code %d: %s", code, said)
	}
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// TestFilterCheck: the answers are, to the byte, what the command promises.
func TestFilterCheck(t *testing.T) {
	t.Parallel()
	got := check(t,
		with(driver, "username", `"cargo_logist_uz"`),
		driver,
		with(driver, "id", `"<b>"`, "text", `"Salom"`),
		with(driver, "id", `""`, "sender_id", "777000", "username", `"cargo"`),
		"", "   \r",
		`{"at":"2026-01-05T14:00:00+05:00","text":"Moskvaga +998900000001 va 901112233","unknown":[{}]}`,
	)
	want := []string{
		`{"id":"m1","dispatcher":true,"severity":"high","rule":"profile_keyword","hits":[{"rule":"profile_keyword","severity":"high","reason":"\"cargo\" in the profile"}],"phones":["+998900000001"]}`,
		`{"id":"m1","dispatcher":false,"severity":"none","rule":"","hits":[],"phones":["+998900000001"]}`,
		`{"id":"<b>","dispatcher":false,"severity":"none","rule":"phone_required","hits":[],"phones":[]}`,
		`{"id":"","dispatcher":false,"severity":"none","rule":"","hits":[],"phones":[]}`,
		`{"id":"","dispatcher":true,"severity":"high","rule":"foreign_route","hits":[{"rule":"foreign_route","severity":"high","reason":"\"Moskvaga\" is abroad"}],"phones":["+998900000001","+998901112233"]}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("it answers\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFilterCheckFile: a file is read as standard input is, with what Windows
// puts into it.
func TestFilterCheckFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "messages.jsonl")
	write(t, file, "\ufeff"+driver+"\r\n"+driver)
	code, out, said := command(t, nil, "", "filter", "check", file)
	if code != exitOK || strings.Count(out, `{"id":"m1",`) != 2 || said != "" {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFilterReset: a reset forgets and says nothing; the same id of another chat,
// or no id, is another message.
func TestFilterReset(t *testing.T) {
	t.Parallel()
	repeated := func(line string) bool { return strings.Contains(line, `"rule":"duplicate_message"`) }
	other := with(driver, "id", `"m2"`)
	nameless := with(driver, "id", `""`)
	got := check(t, driver, driver, other, `{"reset":true}`, other, with(other, "chat_id", "-5"), `{"reset":true}`, nameless, nameless)
	for i, want := range []bool{false, false, true, false, true, false, true} {
		if repeated(got[i]) != want {
			t.Errorf("answer %d: %s", i+1, got[i])
		}
	}
}

// TestFilterBadLines: bad lines are named, and the others answered all the same.
func TestFilterBadLines(t *testing.T) {
	t.Parallel()
	bad := map[int]string{
		2:  "{",
		3:  "[]",
		4:  "null",
		5:  `{"id":"m1"}`,
		6:  with(driver, "at", `"yesterday"`),
		7:  with(driver, "id", "5"),
		8:  with(driver, "text", "null"),
		9:  driver + driver,
		10: with(driver, "text", `"`+strings.Repeat("x", 1<<20)+`"`),
		11: strings.Repeat(" ", 5<<20) + driver,
		13: with(driver, "chat_members", "1.5"),
		14: `{"reset":false}`,
		15: `{"reset":true,"at":"bad"}`,
		16: with(driver, "at", "5"),
		17: driver[:90],
		18: with(driver, "sender_id", "99999999999999999999"),
		19: `{"reset":1}`,
		20: `{"ж":,}`,
	}
	var input strings.Builder
	const lines = 21
	for n := 1; n <= lines; n++ {
		line := bad[n]
		if line == "" {
			line = with(driver, "id", fmt.Sprintf(`"line %d"`, n))
		}
		input.WriteString(line + "\n")
	}
	code, out, said := command(t, nil, input.String(), "filter", "check")
	if code != exitError {
		t.Errorf("exit code %d", code)
	}
	for n := 1; n <= lines; n++ {
		_, isBad := bad[n]
		named := strings.Contains(said, fmt.Sprintf("line %d: ", n))
		answered := strings.Contains(out, fmt.Sprintf(`"line %d"`, n))
		if named != isBad || answered == isBad {
			t.Errorf("line %d: named %v, answered %v", n, named, answered)
		}
	}
	if got := strings.Count(out, "\n"); got != lines-len(bad) {
		t.Errorf("%d answers", got)
	}
	const like = `"at" must be a time like 2026-01-05T09:00:00Z`
	for n, want := range map[int]string{
		2: "the JSON ends too early", 3: "must be an object, not a list", 4: `"at" is missing`, 5: `"at" is missing`, 6: like,
		7: `"id" must be text, not a number`, 8: `"text" is missing`, 10: "longer than 1 MiB",
		13: `"chat_members" must be a whole number, not 1.5`, 15: like, 16: like, 17: "the JSON ends too early",
		18: `"sender_id" must be a whole number, not 99999999999999999999`, 19: `"reset" must be true or false, not a number`,
		20: "not valid JSON from character 6 on",
	} {
		if !strings.Contains(said, fmt.Sprintf("line %d: %s\n", n, want)) {
			t.Errorf("of line %d it does not say %s", n, want)
		}
	}
	if !strings.HasSuffix(said, "postix: 18 of 21 lines were bad\n") {
		t.Errorf("it says:\n%s", said)
	}
}

// TestFilterBadReset: of a line that is bad nothing is done, not even a reset.
func TestFilterBadReset(t *testing.T) {
	t.Parallel()
	again := with(driver, "id", `"m2"`)
	for reset, want := range map[string]bool{`{"reset":true,"text":5}`: true, `{"reset":true,"text":"x"}`: false} {
		_, out, _ := command(t, nil, strings.Join([]string{driver, reset, again}, "\n"), "filter", "check")
		if got := strings.Contains(out, `"rule":"duplicate_message"`); got != want {
			t.Errorf("after %s the text is a duplicate: %v", reset, got)
		}
	}
}

// TestFilterAnyTime: every time is one, however far away.
func TestFilterAnyTime(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+05:00"} {
		first := with(driver, "at", `"`+at+`"`)
		if got := check(t, first, with(first, "id", `"m2"`)); !strings.Contains(got[1], "duplicate_message") {
			t.Errorf("at %s: %s", at, got)
		}
	}
}

// fullDisk is where nothing can be written.
type fullDisk struct{}

// Write implements io.Writer.
func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// TestFilterFullDisk: that nothing can be written is said, once.
func TestFilterFullDisk(t *testing.T) {
	t.Parallel()
	for command, in := range map[string]string{"check": driver, "replay": exportedChat, "settings": "", "keywords": ""} {
		args := []string{"filter", command, "-"}
		if in == "" {
			args = args[:2]
		}
		var said strings.Builder
		s := &surroundings{t.Context(), strings.NewReader(in), fullDisk{}, &said, nil}
		if code := s.run(args); code != exitError || said.String() != "postix: the disk is full\n" {
			t.Errorf("%s: exit code %d: %s", command, code, said.String())
		}
	}
}

// TestFilterNoFile: a file that cannot be read is named without the call that
// failed.
func TestFilterNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{dir: dir + ": is a directory\n", dir + "/none": dir + "/none: no such file or directory\n"} {
		for _, args := range [][]string{{"check", name}, {"replay", name}, {"score", name}, {"check", "--settings", name}, {"check", "--keywords", name}} {
			code, out, said := command(t, nil, driver, append([]string{"filter"}, args...)...)
			if code != exitUsage || out != "" || !strings.HasSuffix(said, want) || strings.Contains(said, "open ") || strings.Contains(said, "read ") {
				t.Errorf("%v: exit code %d: %s", args, code, said)
			}
		}
	}
}

// TestFilterDefaults: what the commands print is read again, and nothing else
// comes of it than without.
func TestFilterDefaults(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"settings", "keywords"} {
		code, printed, said := command(t, nil, "", "filter", name)
		if code != exitOK || said != "" {
			t.Fatalf("%s: exit code %d: %s", name, code, said)
		}
		file := filepath.Join(t.TempDir(), name)
		write(t, file, printed)
		line := with(driver, "text", `"Moskvaga срочно 901112233"`)
		_, want, _ := command(t, nil, line, "filter", "check")
		if code, out, said := command(t, nil, line, "filter", "check", "--"+name, file); code != exitOK || out != want {
			t.Errorf("%s: exit code %d: %s%s", name, code, out, said)
		}
	}
}

// TestFilterLongestLine: a line of 1 MiB is read, whatever ends it; one byte more
// is too long.
func TestFilterLongestLine(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", ""} {
		full := with(driver, "text", `"`+strings.Repeat("x", maxLine-len(with(driver, "text", `""`)))+`"`)
		if code, _, said := command(t, nil, full+end, "filter", "check"); len(full) != maxLine || code != exitOK {
			t.Errorf("ending %q: %s", end, said)
		}
		if code, _, said := command(t, nil, " "+full+end, "filter", "check"); code != exitError || !strings.Contains(said, "line 1: longer than 1 MiB") {
			t.Errorf("ending %q, one byte more: %s", end, said)
		}
	}
}

// TestFilterOptions: lists and settings of a file are in force; wrong ones are
// refused with their line before anything is read.
func TestFilterOptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		write(t, filepath.Join(dir, name), text)
		return filepath.Join(dir, name)
	}
	words := file("words.json", `{"foreign_locations": ["Jizzax"], "message_keywords": ["shakar"]}`)
	set := file("settings.json", `{"rules": {"message_keyword": true, "foreign_route": false}}`)
	for _, c := range []struct {
		args []string
		rule string
	}{
		{[]string{"--keywords", words}, `"rule":"foreign_route","hits":[{"rule":"foreign_route","severity":"high","reason":"\"Jizzaxga\" is abroad"}]`},
		{[]string{"--keywords", words, "--settings", set}, `"severity":"low","rule":"message_keyword"`},
		{[]string{"--settings", file("short.json", `{"length": 10}`)}, `"rule":"message_length"`},
	} {
		if code, out, said := command(t, nil, driver, slices.Concat([]string{"filter", "check"}, c.args)...); code != exitOK || !strings.Contains(out, c.rule) {
			t.Errorf("%v: exit code %d: %s%s", c.args, code, out, said)
		}
	}
	for _, flag := range []string{"--keywords", "--settings"} {
		for text, want := range map[string]string{"{\n\n\"x\": 1}": "line 3: ", "": "line 1: "} {
			code, out, said := command(t, nil, driver, "filter", "check", flag, file("bad.json", text))
			if code != exitUsage || out != "" || !strings.Contains(said, flag) || !strings.Contains(said, "bad.json: "+want) {
				t.Errorf("%s with %q: exit code %d: %s%s", flag, text, code, out, said)
			}
		}
	}
}

// TestFilterPauses: whoever waits for an answer before he goes on gets it.
func TestFilterPauses(t *testing.T) {
	t.Parallel()
	in, say := io.Pipe()
	hear, out := io.Pipe()
	s := &surroundings{t.Context(), in, out, io.Discard, nil}
	code := make(chan int, 1)
	go func() {
		code <- s.run([]string{"filter", "check"})
		_ = out.Close()
	}()
	answers := bufio.NewScanner(hear)
	for i := range 3 {
		_, _ = io.WriteString(say, with(driver, "id", fmt.Sprintf(`"m%d"`, i))+"\n")
		if !answers.Scan() || !strings.HasPrefix(answers.Text(), fmt.Sprintf(`{"id":"m%d",`, i)) {
			t.Fatalf("answer %d: %s", i, answers.Text())
		}
	}
	_ = say.Close()
	if answers.Scan() || <-code != exitOK {
		t.Errorf("at the end: %s", answers.Text())
	}
}

// endless says a line again and again, each time with another id.
type endless struct {
	n, left int
	rest    string
}

// Read implements io.Reader.
func (e *endless) Read(b []byte) (int, error) {
	if e.rest == "" {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.n++
		e.rest = strings.Replace(driver, `"m1"`, fmt.Sprintf(`"m%d"`, e.n), 1) + "\n"
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestFilterStreams: what is answered is not kept.
func TestFilterStreams(t *testing.T) {
	used := func(lines int) (bytes int64) {
		var before, after runtime.MemStats
		s := &surroundings{t.Context(), &endless{left: lines}, io.Discard, io.Discard, nil}
		runtime.GC()
		runtime.ReadMemStats(&before)
		if code := s.run([]string{"filter", "check"}); code != exitOK {
			t.Fatalf("exit code %d", code)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return int64(after.HeapSys) - int64(before.HeapSys)
	}
	used(2000)
	if grown := used(40_000); grown > 16<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}
