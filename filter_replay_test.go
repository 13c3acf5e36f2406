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
	for _, row := range []string{"messages 4", "of dispatchers 2", "rule hits first", "phone_required 0 1", "profile_keyword 1 1", "foreign_route 1 0", "duplicate_message 1 1", "Logist Ali 43 1", "Sardor 42 1"} {
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

func TestFilterReplayNoExport(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "{}", `{"contacts": {"list": []}}`, exportedChat[:700], strings.Replace(exportedChat, `"id": 123`, `"id": "x"`, 1), strings.ReplaceAll(exportedChat, "date_unixtime", "date")} {
		if code, _, said := command(t, nil, text, "filter", "replay", "-"); code != exitError || !strings.HasPrefix(said, "postix: -: at byte ") {
			t.Errorf("%.30q: exit code %d: %s", text, code, said)
		}
	}
}
