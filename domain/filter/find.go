package filter

import (
	"slices"
	"strings"
)

// FindKeywords answers the words of a list that hold what is searched, in
// whatever script and spelling, in the order of the list.
func FindKeywords(list []string, search string) []string {
	search = strings.TrimSpace(search)
	plain, folded := strings.ToLower(search), foldName(search)
	holds := func(spelling string) bool { return folded != "" && strings.Contains(spelling, folded) }
	var found []string
	for _, word := range list {
		if strings.Contains(strings.ToLower(word), plain) || holds(foldName(word)) || slices.ContainsFunc(otherSpellings(word), holds) {
			found = append(found, word)
		}
	}
	return found
}

// CheckKeyword refuses what no list may hold.
func CheckKeyword(word string) error { return checkKeyword(word) }
