package bot

import (
	"testing"

	"github.com/mymmrac/telego"
)

// takenForCode reports whether the bot does not keep what somebody has written.
func takenForCode(t *testing.T, text string) bool {
	t.Helper()
	in, ok := readMessage(&telego.Message{From: &telego.User{ID: 5}, Chat: telego.Chat{ID: 5, Type: telego.ChatTypePrivate}, Text: text})
	if !ok || in.Secret != (in.Text == "") {
		t.Fatalf("%q is read as %+v", text, in)
	}
	return in.Secret
}

// TestAdvertsAreNoCodes: what people advertise has numbers in it, and names that begin
// like the word for a code; a day and a time that they type may be as long as one.
func TestAdvertsAreNoCodes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Юк бор, тел. Кодир +99890 123-45-67", "Кодир ака +99890 1234567 Тошкент-Москва 20 т", "Кодирбек 12345", "Qodir 901234567", "Kodir aka 90 123 45 67",
		"Почтовый код 100011, груз готов", "Груз Ташкент – Москва, код груза 45321.", "Код груза 45321", "Код 45321 Ташкент – Москва, тент",
		"Kodi 45321 boʻlgan yuk, Toshkentdan", "Код для входа на склад 45321, груз готов", "Omborga kirish kodi 45321, yuk tayyor",
		"20 t 1500$", "Narxi 15000", "+998901234567", "90 123 45 67", "Код +998 90 123 45 67", "Kod: 1234567", "Telegram +998 90 12345",
		"5.1.2027", "5/1/2027", "05.12.2026", "25.11.2026", "5.12 9.05", "5.12 9:05", "5.12, 9:05", "25.1 18:30", "1500",
		"1/12 10:30", "01.12.2026 09:00", "25.11.26", "1.12.26", "25.11 18", "25/11 9", "25/11/26", "9:00 1.12", "5-12 9:00", "1.12 9-00", "1:30:00", "18:30", "1:30", "45",
	} {
		if takenForCode(t, text) {
			t.Errorf("%q is taken for a code", text)
		}
	}
}

// TestCodesAreCodes: alone, with gaps, named, or as Telegram says them.
func TestCodesAreCodes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"12345", "123456", "1 2 3 4 5", "1-2-3-4-5", "1.2.3.4.5", "123 456", "12:34 5", "9.99 9:99", "25.11.16", "1:73:00", " 12345.", "➡️ 12345",
		"Kod: 12345", "Code 12345", "code is 12345", "код 12345", "Код это 12345", "КОД — 1 2 3 4 5", "kodi 12345", "Kodim: 12345", "🔑 Код: 123-456!",
		"Login code: 12345. Do not give this code to anyone, even if they say they are from Telegram!",
		"Kirish kodi: 12345", "Telegramga kirish kodi: 12345. Uni hech kimga bermang!", "Кириш коди: 12345", "Код для входа в Telegram: 12345. Не давайте код никому!",
		"Код для входа: 12345", "Код подтверждения Telegram: 12345", "Telegram code: 12345\n\nYou can also tap on this link to log in", "Telegram code 12345",
		"Telegram, [21.11.2026 18:30]\nLogin code: 12345. Do not give this code to anyone", "Your login code: 12345",
	} {
		if !takenForCode(t, text) {
			t.Errorf("%q is not taken for a code", text)
		}
	}
}
