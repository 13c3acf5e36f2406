package telegram

import (
	"strings"

	"postix/domain"
)

// What is taken of names and texts, in characters. Telegram allows less (255 of a
// title, 4,096 of a text), but it is others who keep to that: a page with names of
// a mebibyte hangs a browser.
const (
	longestName = 256
	longestText = 8192
)

// name is a name or title as it is kept.
func name(s string) string { return short(s, longestName) }

// public is a username as it is kept: one that no link can name is none.
func public(s string) string {
	if len(s) > longestName || domain.PublicLink(s) == "" {
		return ""
	}
	return s
}

// short is the beginning of a text, without what is no text.
func short(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}
