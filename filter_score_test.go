package main

import (
	"os"
	"strings"
	"testing"
)

// TestFilterScore: the page counts what is right, wrong and missed, and shows
// where the filter and people do not agree.
func TestFilterScore(t *testing.T) {
	t.Parallel()
	code, out, said := command(t, nil, strings.Join([]string{
		with(driver, "dispatcher", "false", "rules", "[]"),
		with(driver, "id", `"a"`, "sender_id", "1", "dispatcher", "true", "rules", `["foreign_route"]`, "text", `"Moskvaga 901112233"`),
		with(driver, "id", `"b"`, "sender_id", "2", "dispatcher", "true", "rules", `["foreign_route","emoji_count"]`, "text", `"Moskvaga 901112233"`, "note", `"no | emoji"`),
		"", with(driver, "id", `"c"`, "sender_id", "3", "dispatcher", "true", "rules", `["message_length"]`, "text", `"Navoiy 901112233"`),
	}, "\n"), "filter", "score", "-")
	if code != exitOK || said != "" {
		t.Errorf("exit code %d: %s", code, said)
	}
	for _, row := range []string{
		"\n4 messages, 3 of them of dispatchers.\n",
		"| **dispatcher** | 2 | 0 | 1 | 1.000 | 0.667 | 0.800 |\n",
		"| foreign_route | 2 | 0 | 0 | 1.000 | 1.000 | 1.000 |\n| message_length | 0 | 0 | 1 | 1.000 | 0.000 | 0.000 |\n| emoji_count | 0 | 0 | 1 |",
		"| b | no \\| emoji | foreign_route, emoji_count | foreign_route |\n| c |  | message_length | - |\n",
	} {
		if !strings.Contains(out, row) {
			t.Errorf("no %q in\n%s", row, out)
		}
	}
	for line, want := range map[string]string{
		"{":    "the JSON ends too early",
		driver: `"dispatcher" is missing`,
		with(driver, "dispatcher", "true", "rules", `["nice"]`): `"rules" names "nice", and there is no such rule`,
		with(driver, "dispatcher", "true", "rules", `[1]`):      `"rules" must be a list of rules, not a number`,
		with(driver, "dispatcher", "true", "rules", `"x"`):      `"rules" must be a list of rules, not text`,
		with(driver, "dispatcher", "true", "id", "1"):           `"id" must be text, not a number`,
	} {
		if code, out, said := command(t, nil, line, "filter", "score", "-"); code != exitError || out != "" || said != "postix: -: line 1: "+want+"\n" {
			t.Errorf("%s: exit code %d: %s%s", line, code, out, said)
		}
	}
}

// TestFilterScoreElsewhere: a binary without the source tree says what it lacks.
func TestFilterScoreElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, said := command(t, nil, "", "filter", "score")
	if code != exitUsage || out != "" || !strings.Contains(said, "source tree") || !strings.Contains(said, "filter score --help") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
}

// TestScoreIsFresh: the page in docs is what the filter does now.
func TestScoreIsFresh(t *testing.T) {
	t.Parallel()
	code, now, said := command(t, nil, "", "filter", "score")
	if code != exitOK {
		t.Fatal(said)
	}
	page, err := os.ReadFile("docs/filter-score.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != now {
		t.Error("docs/filter-score.md is stale, run: go tool -modfile=go.tool.mod task score")
	}
}
