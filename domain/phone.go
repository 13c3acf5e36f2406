package domain

import "strings"

// Phone is a number in E.164: a plus and 8 to 15 digits.
type Phone string

// ParsePhone takes a number in any way people write it: spaces, dots, dashes,
// brackets, a leading 00, and nine Uzbek digits without the country's code. It
// checks the form only; whether the number exists is Telegram's to say.
func ParsePhone(s string) (Phone, error) {
	bad := E(Invalid, "phone.format").On("phone")
	var d strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			d.WriteRune(r)
		case r >= '\uff10' && r <= '\uff19': // full-width digits
			d.WriteRune(r - '\uff10' + '0')
		case strings.ContainsRune(" \u00a0\u202f\u2011.-–—()/", r):
		case r == '+' && d.Len() == 0:
		default:
			return "", bad
		}
	}
	n := strings.TrimPrefix(d.String(), "00")
	if len(n) == 9 && !strings.HasPrefix(strings.TrimSpace(s), "+") {
		n = "998" + n
	}
	if len(n) < 8 || len(n) > 15 || n[0] == '0' || strings.HasPrefix(n, "998") && len(n) != 12 {
		return "", bad
	}
	return Phone("+" + n), nil
}

// String groups an Uzbek number as it is printed at home, "+998 90 123 45 67",
// and leaves others in one piece.
func (p Phone) String() string {
	s := string(p)
	if len(s) == 13 && strings.HasPrefix(s, "+998") {
		return s[:4] + " " + s[4:6] + " " + s[6:9] + " " + s[9:11] + " " + s[11:]
	}
	return s
}

// Masked hides the middle, for places that others may read over a shoulder.
func (p Phone) Masked() string {
	s := string(p)
	if len(s) == 13 && strings.HasPrefix(s, "+998") {
		return s[:4] + " " + s[4:6] + " ••• •• " + s[11:]
	}
	if len(s) < 6 {
		return s
	}
	return s[:3] + " ••• " + s[len(s)-2:]
}
