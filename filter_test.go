package main

import (
	"bufio"
	"encoding/json"
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
	if code, _, said := command(t, nil, "", "filter", "check", file+"x"); code != exitUsage || !strings.Contains(said, "messages.jsonlx") {
		t.Errorf("a missing file: exit code %d: %s", code, said)
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
	}
	var input strings.Builder
	const lines = 15
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
	if !strings.Contains(said, "5: at is missing\n") || !strings.Contains(said, "7: id cannot be number\n") || !strings.Contains(said, "12 of 15 lines were bad\n") {
		t.Errorf("it says:\n%s", said)
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
		if code, _, said := command(t, nil, driver, "filter", "check", flag, dir+"/none"); code != exitUsage || !strings.Contains(said, flag) {
			t.Errorf("%s missing: exit code %d: %s", flag, code, said)
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
	used := func(lines int) (bytes uint64) {
		var before, after runtime.MemStats
		s := &surroundings{t.Context(), &endless{left: lines}, io.Discard, io.Discard, nil}
		runtime.GC()
		runtime.ReadMemStats(&before)
		if code := s.run([]string{"filter", "check"}); code != exitOK {
			t.Fatalf("exit code %d", code)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return after.HeapSys - before.HeapSys
	}
	used(2000)
	if grown := used(40_000); grown > 16<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}
