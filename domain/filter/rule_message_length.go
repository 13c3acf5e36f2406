package filter

import "unicode/utf8"

// length counts the user-perceived characters of a folded text where they may be
// at least so many; a result below that only says so.
func (t *text) length(threshold int) int {
	if len(t.raw) < threshold {
		return 0
	}
	if n := utf8.RuneCountInString(t.raw); !t.joined || n < threshold {
		return min(n, enough)
	}
	return textLength(t.raw, enough)
}

// textLength counts the user-perceived characters of a text: a letter with its
// marks, an emoji with its parts, a flag and a line end are one each. It may stop
// at enough, where that is above zero: a result below enough is exact.
func textLength(s string, enough int) int { return clusterCount(s, enough) }
