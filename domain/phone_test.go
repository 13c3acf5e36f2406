package domain_test

import (
	"testing"

	"postix/domain"
)

func TestParsePhone(t *testing.T) {
	good := map[string]domain.Phone{
		"+998 90 123 45 67":     "+998901234567",
		"998901234567":          "+998901234567",
		"90.123.45.67":          "+998901234567",
		"(90) 123-45-67":        "+998901234567",
		"00998 90 123 45 67":    "+998901234567",
		"+7 (912) 345-67-89":    "+79123456789",
		"+998\u00a090\u2011123": "",
		"+９９８９０１２３４５６７":         "+998901234567",
		"+49 30 123456":         "+4930123456",
		"  +998901234567 ":      "+998901234567",
		"":                      "",
		"+":                     "",
		"123":                   "",
		"+998 90 123 45 678":    "",
		"+9989012345":           "",
		"90 123 45 67x":         "",
		"0901234567":            "",
		"1234567890123456":      "",
		"9+98901234567":         "",
	}
	for in, want := range good {
		got, err := domain.ParsePhone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParsePhone(%q) = %q, %v; want %q", in, got, err, want)
		}
		if err != nil && !domain.IsKey(err, "phone.format") {
			t.Errorf("ParsePhone(%q): %v", in, err)
		}
	}
	if s := domain.Phone("+998901234567").String(); s != "+998 90 123 45 67" {
		t.Errorf("String() = %q", s)
	}
	if s := domain.Phone("+998901234567").Masked(); s != "+998 90 ••• •• 67" {
		t.Errorf("Masked() = %q", s)
	}
}

func TestParsePeer(t *testing.T) {
	for in, want := range map[string]struct {
		name string
		id   domain.PeerID
		key  string
	}{
		"@yuk_markazi":                        {name: "yuk_markazi"},
		"yuk_markazi":                         {name: "yuk_markazi"},
		"https://t.me/yuk_markazi":            {name: "yuk_markazi"},
		"t.me/s/yuk_markazi/15":               {name: "yuk_markazi"},
		"HTTPS://T.ME/yuk_markazi?boost":      {name: "yuk_markazi"},
		"https://t.me/c/1234567890/77":        {id: -1001234567890},
		"-1001234567890":                      {id: -1001234567890},
		"−1001234567890":                      {id: -1001234567890},
		"12345":                               {id: 12345},
		"https://t.me/+AbCdEf":                {key: "catalog.invite_link"},
		"https://t.me/joinchat/AbCdEf":        {key: "catalog.invite_link"},
		"https://t.me/c/xyz/1":                {key: "catalog.line"},
		"https://example.com/yuk_markazi":     {key: "catalog.line"},
		"salom, qalaysiz":                     {key: "catalog.line"},
		"@a":                                  {key: "catalog.line"},
		"0":                                   {key: "catalog.line"},
		"https://t.me/c/99999999999999999999": {key: "catalog.line"},
	} {
		name, id, err := domain.ParsePeer(in)
		if name != want.name || id != want.id || want.key == "" && err != nil || want.key != "" && !domain.IsKey(err, want.key) {
			t.Errorf("ParsePeer(%q) = %q, %d, %v; want %+v", in, name, id, err, want)
		}
	}
}
