package filter

import "testing"

// An invented message of 250 bytes without oddities, with a number and without.
const (
	benchText  = "Тошкентдан Самарқандга юк бор, 22 тонна цемент, тент фура керак.\nНархи келишилади, аванс бор. Эртага эрталаб юкланади.\n"
	benchPhone = benchText + "Tel 901234567 Aziz"
)

func BenchmarkMeasures(b *testing.B) {
	m := &Message{Username: "sardor_uz", FirstName: "Sardor", LastName: "Алиев", Text: benchText + "Tel: ertaga yoziladi"}
	phones := make([]string, 0, maxPhones)
	measures := func(b *testing.B, text string) {
		b.ReportAllocs()
		for b.Loop() {
			phones = appendPhones(phones[:0], text)
			textLength(text, 200)
			emojiCount(text, 3)
			blankLines(text)
			suspiciousProfile(m, DefaultProfileLimits())
		}
	}
	b.Run("plain", func(b *testing.B) { measures(b, m.Text) })
	b.Run("phone", func(b *testing.B) { measures(b, benchPhone) })
	for name, f := range map[string]func(){
		"phones":  func() { phones = appendPhones(phones[:0], m.Text) },
		"phone1":  func() { phones = appendPhones(phones[:0], benchPhone) },
		"length":  func() { textLength(m.Text, 200) },
		"emoji":   func() { emojiCount(m.Text, 3) },
		"blank":   func() { blankLines(m.Text) },
		"profile": func() { suspiciousProfile(m, DefaultProfileLimits()) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}
