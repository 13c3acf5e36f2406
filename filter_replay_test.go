package main

import (
	"strings"
	"testing"
)

const exportedChat = `{
 "name": "Yuk markazi", "type": "public_supergroup", "id": 123,
 "messages": [
  {"id": 1, "type": "service", "date": "2026-01-05T14:00:00", "date_unixtime": "1767603600", "actor": "A", "actor_id": "user5", "action": "pin_message", "text": ""},
  {"id": 2, "type": "message", "date": "2026-01-05T14:00:01", "date_unixtime": "1767603601", "from": "Sardor", "from_id": "user42", "text": "Navoiyga +998900000001", "text_entities": [{"type": "plain", "text": "x"}]},
  {"id": 3, "type": "message", "date": "2026-01-05T14:00:02", "date_unixtime": "1767603602", "from": "Kanal", "from_id": "channel42", "text": "Moskvaga +998900000001"},
  {"id": 4, "type": "message", "date": "2026-01-05T14:00:03", "date_unixtime": "1767603603", "from": "Logist  Ali", "from_id": "user43", "text": ["Moskvaga ", {"type": "phone", "text": "+998900000002"}, {"type": "bold", "text": "!"}]},
  {"id": 5, "type": "message", "date": "2026-01-05T14:00:04", "date_unixtime": "1767603604", "from": null, "from_id": "user42", "photo": "photos/1.jpg", "width": 5, "text": ""},
  {"id": 6, "type": "message", "date": "2026-01-05T14:00:05", "date_unixtime": "1767603605", "from": "Sardor", "from_id": "user42", "text": "NAVOIYGA +998900000001 ✅"}
 ]
}`

// TestFilterReplay: the people's messages of a chat are judged, then counted.
func TestFilterReplay(t *testing.T) {
	t.Parallel()
	code, out, said := command(t, nil, exportedChat, "filter", "replay", "-")
	want := `{"id":"2","dispatcher":false,"severity":"none","rule":"","hits":[],"phones":["+998900000001"]}
{"id":"4","dispatcher":true,"severity":"high","rule":"profile_keyword","hits":[{"rule":"profile_keyword","severity":"high","reason":"\"Logist\" in the profile"},{"rule":"foreign_route","severity":"high","reason":"\"Moskvaga\" is abroad"}],"phones":["+998900000002"]}
{"id":"5","dispatcher":false,"severity":"none","rule":"phone_required","hits":[],"phones":[]}
{"id":"6","dispatcher":true,"severity":"medium","rule":"duplicate_message","hits":[{"rule":"duplicate_message","severity":"medium","reason":"the same text within 20m"}],"phones":["+998900000001"]}
`
	if code != exitOK || said != "" || !strings.HasPrefix(out, want) {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	table := strings.TrimPrefix(out, want)
	for _, row := range []string{"messages 4", "of dispatchers 2", "rule hits first", "phone_required 0 1", "profile_keyword 1 1", "foreign_route 1 0", "duplicate_message 1 1", "messages id top senders 1 42 Sardor 1 43 Logist Ali"} {
		if !strings.Contains(strings.Join(strings.Fields(table), " "), row) {
			t.Errorf("no row %q in\n%s", row, table)
		}
	}
}

// TestFilterReplayAccount: of a whole account only the groups are judged.
func TestFilterReplayAccount(t *testing.T) {
	t.Parallel()
	private := strings.Replace(exportedChat, "public_supergroup", "personal_chat", 1)
	channel := strings.Replace(exportedChat, "public_supergroup", "public_channel", 1)
	group := strings.Replace(exportedChat, "public_supergroup", "private_group", 1)
	export := `{"about": "x", "personal_information": {"user_id": 5, "messages_count": [1, {"list": []}]}, "contacts": {"list": [{"first_name": "A"}]},
		"chats": {"about": "y", "list": [` + private + `,` + exportedChat + `,` + channel + `]},
		"left_chats": {"about": "z", "list": [` + strings.Replace(group, `"id": 123`, `"id": 124`, 1) + `]}}`
	code, out, said := command(t, nil, export, "filter", "replay", "-")
	if code != exitOK || strings.Count(out, `{"id":"2",`) != 2 || !strings.Contains(strings.Join(strings.Fields(out), " "), "messages 8 of dispatchers") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
}

// TestFilterReplayNoExport: what is no export is refused, in words of its own.
func TestFilterReplayNoExport(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "at byte 0: the file ends too early",
		"[]":                          "at byte 1: not an export: it must be an object",
		"x":                           "at byte 0: not valid JSON",
		"{}":                          "at byte 2: not an export: it has no messages",
		`{"contacts": {"list": []}}`:  "at byte 26: not an export: it has no messages",
		`{"chats": {"list": [{}]}}`:   "at byte 25: not an export: it has no messages",
		"{\"messages\": [\xff{}]}":    "at byte 14: not valid JSON",
		`{"name": "x", "messages": [`: "at byte 27: the file ends too early",
	} {
		code, out, said := command(t, nil, text, "filter", "replay", "-")
		if code != exitError || strings.Contains(out, `"id"`) || said != "postix: -: "+want+"\n" {
			t.Errorf("%.30q: exit code %d: %s", text, code, said)
		}
	}
}

// TestFilterReplayOdd: what is odd in an export is named with its place and
// passed over, the rest is judged and counted, and the exit status is 1.
func TestFilterReplayOdd(t *testing.T) {
	t.Parallel()
	second := strings.Index(exportedChat, `{"id": 4`)
	with := func(odd string) string { return exportedChat[:second] + odd + exportedChat[second:] }
	good := `"type": "message", "date_unixtime": "1767603602", "from": "B", "from_id": "user5", "text": ""`
	chat := func(old, new string) string { return strings.Replace(exportedChat, old, new, 1) }
	third := `message 4 of "Yuk markazi": `
	for export, want := range map[string]string{
		with("5,"):                         third + "must be an object, not a number",
		with("null,"):                      third + "must be an object, not null",
		with(`"{}",`):                      third + "must be an object, not text",
		with(`[[1], {}],`):                 third + "must be an object, not a list",
		with(`{"id": "x", ` + good + `},`): third + `"id" must be a whole number, not text`,
		with(`{` + strings.Replace(good, "user5", "user", 1) + `},`):           third + `"from_id" must be like user123`,
		with(`{` + strings.Replace(good, "user5", "user-5", 1) + `},`):         third + `"from_id" must be like user123`,
		with(`{` + strings.Replace(good, "date_unixtime", "x", 1) + `},`):      third + `it has neither "date_unixtime" nor "date"`,
		with(`{` + strings.Replace(good, `"text": ""`, `"text": 5`, 1) + `},`): third + `"text" must be text or a list`,
		exportedChat + "x":             "something follows the end of the export",
		exportedChat + "{}":            "something follows the end of the export",
		chat(`"id": 123`, `"id": "x"`): `in a chat, "id" must be a whole number, not text`,
		chat(`"type": "public_supergroup"`, `"type": {"a": [{}]}`):        `in a chat, "type" must be text, not an object`,
		chat(`"messages": [`, `"messages": [], "messages": [`):            `"messages" stands twice in one object`,
		chat(`"messages": [`, `"messages": {"a": []}, "messages": [`):     `"messages" must be a list`,
		`{"chats": {"list": [[{"id": 1}], 5, ` + exportedChat + `]}}`:     "a chat must be an object",
		`{"chats": [[]], "left_chats": {"list": [` + exportedChat + `]}}`: "chats must be an object",
	} {
		code, out, said := command(t, nil, export, "filter", "replay", "-")
		judged := strings.Count(out, "\n{\"id\":") + 1
		if code != exitError || judged != 4 || !strings.Contains(out, "messages         4\n") {
			t.Errorf("%s: exit code %d: %d judged\n%s", want, code, judged, out)
		}
		if !strings.HasPrefix(said, "postix: -: ") || !strings.Contains(said, " byte ") || !strings.Contains(said, want+"\n") {
			t.Errorf("of %s it says %s", want, said)
		}
	}
	code, out, said := command(t, nil, exportedChat[:second+30], "filter", "replay", "-")
	if code != exitError || strings.Count(out, `{"id":`) != 1 || !strings.Contains(out, "messages         1\n") || !strings.HasSuffix(said, ": the file ends too early\n") {
		t.Errorf("of half a file: exit code %d: %s%s", code, out, said)
	}
}

// TestFilterReplayForms: the mark that Windows puts before a file, and messages
// that have only a date, are as good.
func TestFilterReplayForms(t *testing.T) {
	t.Parallel()
	_, want, _ := command(t, nil, exportedChat, "filter", "replay", "-")
	for _, export := range []string{"\ufeff" + exportedChat, strings.ReplaceAll(exportedChat, "date_unixtime", "unixtime"), strings.ReplaceAll(exportedChat, `"type": "message", `, "")} {
		if code, out, said := command(t, nil, export, "filter", "replay", "-"); code != exitOK || out != want || said != "" {
			t.Errorf("%.40q: exit code %d: %s%s", export, code, out, said)
		}
	}
}

// TestFilterReplaySummary: the table goes where it is wanted, and no line of it
// can be taken for an answer.
func TestFilterReplaySummary(t *testing.T) {
	t.Parallel()
	export := strings.Replace(exportedChat, "Logist  Ali", `{\u001b[31m\u202e`+strings.Repeat("a", 100)+`\n{`, 1)
	_, out, said := command(t, nil, export, "filter", "replay", "-")
	verdicts, table, _ := strings.Cut(out, "\n\n")
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "{") || strings.ContainsAny(line, "\x1b\u202e") {
			t.Errorf("the table says %q", line)
		}
	}
	if !strings.HasSuffix(table, "\n1         43  {\ufffd[31m\ufffd"+strings.Repeat("a", 32)+"…\n") || said != "" {
		t.Errorf("the table ends otherwise:\n%s%s", table, said)
	}
	if _, out, said := command(t, nil, export, "filter", "replay", "--summary", "none", "-"); out != verdicts+"\n" || said != "" {
		t.Errorf("without a table: %s%s", out, said)
	}
	if _, out, said := command(t, nil, export, "filter", "replay", "--summary=stderr", "-"); out != verdicts+"\n" || said != "\n"+table {
		t.Errorf("with the table elsewhere: %s%s", out, said)
	}
}
