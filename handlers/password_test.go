package handlers

import (
	"strings"
	"testing"
)

func TestCommonPasswords(t *testing.T) {
	p := NewPasswords(1)
	for _, common := range []string{
		"password", "12345678", "qwertyui", "Password1!", "parol123", "Parol2024", "пароль123", "йцукенгш", "toshkent", "Тошкент1",
		"uzbekistan", "sardor12", "Sardorbek", "aaaaaaaa", "abcdefgh", "salom123", "admin123", "qwerty123456", "sardor@example.uz",
	} {
		if !p.Common(common, "Sardorbek Aliyev", "sardor@example.uz") {
			t.Errorf("%q is taken for a good password", common)
		}
	}
	for _, good := range []string{"sandbox-demo", "yuk-tashish-37", "Vafo daraxti gullaydi", "зелёный-чайник-9", "kT7#pq-Lw2", "besh-" + strings.Repeat("olti-tuya-", 12)} {
		if p.Common(good, "Sardorbek Aliyev", "sardor@example.uz") {
			t.Errorf("%q is refused", good)
		}
	}
}
