package filter

import (
	"strings"
	"testing"
)

func TestSuspiciousProfile(t *testing.T) {
	ab := func(n int) string { return strings.Repeat("ab", n)[:n] }
	yo := func(n int) string { return strings.Repeat("юё", n)[:2*n] }
	tests := []struct {
		username, first, last string
		trait                 string
		n                     int
	}{
		{"", "", "", "", 0},
		{"sardor_uz", "Sardor", "Aliyev", "", 0},
		{"sardor_uz", "Сардор", "Ўктамов", "", 0},

		{"", ab(99), "", "", 0},
		{"", ab(100), "", TraitLong, 100},
		{"", ab(101), "", TraitLong, 101},
		{"", yo(99), "", "", 0},
		{"", yo(100), "", TraitLong, 100},
		{ab(32), ab(33), ab(33), "", 0}, // with the space between the names 99
		{ab(32), ab(34), ab(33), TraitLong, 100},
		{ab(50), "", ab(50), TraitLong, 100},

		{"", "Saaaaaaaaa", "", "", 0}, // 9
		{"", "Saaaaaaaaaa", "", TraitRepeated, 10},
		{"", "Saaaaaaaaaaa", "", TraitRepeated, 11},
		{"", "Сааааааааа", "", "", 0},
		{"", "Саааааааааа", "", TraitRepeated, 10},
		{"x__________x", "Ali", "", TraitRepeated, 10},
		{"", "Ali", "O" + strings.Repeat(".", 9), "", 0},
		{"", "Ali", "O" + strings.Repeat(".", 10), TraitRepeated, 10},
		{"", "Ali " + strings.Repeat("🇺🇿", 9), "", "", 0},
		{"", "Ali " + strings.Repeat("🇺🇿", 10), "", TraitRepeated, 10},
		{"", "Ali " + strings.Repeat("👍🏽", 10), "", TraitRepeated, 10},
		{"", "aaaaaaaa", "aaaaaaaa", "", 0}, // a row ends with the name
		{"", strings.Repeat("aA", 10), "", "", 0},

		{"", "Ali 𒀀", "", TraitUnusualScript, 1},
		{"ali", "𓀀𓁀", "", TraitUnusualScript, 2},
		{"", "ᚠᚢᚦ Ali", "", TraitUnusualScript, 3},
		{"", "Али", "꧁꧂", TraitUnusualScript, 2},
		{"", "𐎠 Ali", "", TraitUnusualScript, 1},
		{"", "ᗩli", "", TraitUnusualScript, 1},
		{"", "𝐒𝐚𝐫𝐝𝐨𝐫 ʻʼ", "", "", 0},
		{"", "علي", "אלי", "", 0},
		{"", "张伟 さくら 김", "", "", 0},
		{"", "გიორგი Հայկ", "अली ไทย", "", 0},
		{"", "★彡 Ali 彡★ ☬ № ©", "", "", 0},

		{"", "Ali " + strings.Repeat("🔥🚚", 7), "", "", 0}, // 14
		{"", "Ali " + strings.Repeat("🔥🚚", 7) + "🔥", "", TraitEmoji, 15},
		{"", "Ali " + strings.Repeat("🔥🚚", 8), "", TraitEmoji, 16},
		{"", "Ali" + strings.Repeat("🔥🚚", 4), strings.Repeat("🔥🚚", 4), TraitEmoji, 16},

		{"", "123456789", "", "", 0},
		{"", "1234567890", "", TraitNoLetters, 10},
		{"", "12345678901", "", TraitNoLetters, 11},
		{"", "+99890 123", "", TraitNoLetters, 10},
		{"", "12345", "6789", TraitNoLetters, 10},
		{"", "12345", "678", "", 0},
		{"", "★☆★☆★☆★☆★☆", "", TraitNoLetters, 10},
		{"", "★☆★☆★☆★☆★☆a", "", "", 0},
		{"user1", "1234567890", "", "", 0},
		{"", "\u3164\u2800\u3164\u2800\u3164\u2800\u3164\u2800\u3164\u2800", "", TraitNoLetters, 10},
	}
	for _, tt := range tests {
		m := &Message{Username: tt.username, FirstName: tt.first, LastName: tt.last}
		if trait, n := suspiciousProfile(m, DefaultProfileLimits()); trait != tt.trait || n != tt.n {
			t.Errorf("%q %q %q: %s %d, want %s %d", tt.username, tt.first, tt.last, trait, n, tt.trait, tt.n)
		}
	}
}

// TestProfileLimits: a limit of zero switches its trait off and no other.
func TestProfileLimits(t *testing.T) {
	m := &Message{FirstName: strings.Repeat("🔥", 120)}
	limits := DefaultProfileLimits()
	for _, step := range []struct {
		want string
		off  *int
	}{
		{TraitLong, &limits.Length},
		{TraitRepeated, &limits.Repeated},
		{TraitEmoji, &limits.Emoji},
		{TraitNoLetters, &limits.NoLetters},
		{"", new(int)},
	} {
		if trait, _ := suspiciousProfile(m, limits); trait != step.want {
			t.Errorf("%q, want %q", trait, step.want)
		}
		*step.off = 0
	}
}

func FuzzSuspiciousProfile(f *testing.F) {
	f.Add("ali_uz", "Али 🔥", "𒀀")
	f.Add("", "\u3164\xff", "🇺")
	f.Fuzz(func(t *testing.T, username, first, last string) {
		trait, n := suspiciousProfile(&Message{Username: username, FirstName: first, LastName: last}, DefaultProfileLimits())
		if (trait == "") != (n == 0) {
			t.Fatalf("%q with %d", trait, n)
		}
	})
}
