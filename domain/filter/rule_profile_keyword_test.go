package filter

import (
	"strings"
	"testing"
)

// profileOf reads "username|first name|last name|bio".
func profileOf(s string) *Message {
	f := strings.Split(s+"|||", "|")
	return &Message{Username: f[0], FirstName: f[1], LastName: f[2], Bio: f[3]}
}

func TestProfileKeywordSeen(t *testing.T) {
	l := NewLexicon(DefaultKeywords())
	var x text
	for profile, want := range map[string]string{
		"cargo_logist_uz":    "cargo",
		"logistuz":           "logistuz",
		"logistali":          "logistali",
		"silkroadcargo":      "silkroadcargo",
		"disp_aziz":          "disp",
		"c4rgo_uz":           "c4rgo",
		"|K@rgo":             "K@rgo",
		"|L0gist":            "L0gist",
		"|Л О Г И С Т":       "Л О Г И С Т",
		"|Логи\u200bст":      "Логи\u200bст",
		"|Дuспетчер":         "Дuспетчер",
		"|диспетчеролим":     "диспетчеролим",
		"|Диспетчеры Нукуса": "Диспетчеры",
		"||Юк логисти":       "логисти",
		"|ЮК МАРКАЗИ":        "ЮК МАРКАЗИ",
		"|Ali||Логистика ва божхона": "Логистика",

		"psixologist_n":   "",
		"chicago_bek":     "",
		"dispenser_shop":  "",
		"embargo_shop":    "",
		"karagoz":         "",
		"|Каргополов":     "",
		"|Технолог Анвар": "",
		"|Диспансер":      "",
		"|Yuksel":         "",
		"|Юлдаш||Юкларни ташиймиз":      "",
		"|Пётр||Вожу грузы по области":  "",
		"|Ali||Isuzu, yuk tashiyman":    "",
		"|Транспорт бўлими|Юк машинаси": "",
	} {
		if seen := l.profileKeyword(profileOf(profile), &x); seen != want {
			t.Errorf("%q: saw %q, want %q", profile, seen, want)
		}
	}
}
