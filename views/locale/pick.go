package locale

import (
	"strconv"
	"strings"
)

// Pick chooses the language of a reader: the cookie if it names one of ours,
// else the best of what the browser asks for, else the default. It compares the
// tags itself: general matchers take uz-Cyrl for Russian.
func Pick(cookie, acceptLanguage string) string {
	if Known(cookie) {
		return cookie
	}
	best, bestQ := Default, 0.0
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, q := quality(part)
		if lang := ours(tag); lang != "" && q > bestQ {
			best, bestQ = lang, q
		}
	}
	return best
}

// quality splits "ru;q=0.8"; a missing or broken weight counts as 1 or 0.
func quality(part string) (tag string, q float64) {
	tag, params, weighted := strings.Cut(strings.TrimSpace(part), ";")
	if !weighted {
		return tag, 1
	}
	value, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
	q, err := strconv.ParseFloat(value, 64)
	if !found || err != nil || q < 0 || q > 1 {
		return tag, 0
	}
	return tag, q
}

func ours(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	base, rest, _ := strings.Cut(tag, "-")
	switch base {
	case "uz":
		if strings.Contains(rest, "cyrl") {
			return "uz-Cyrl"
		}
		return "uz"
	case "ru", "en":
		return base
	}
	return ""
}
