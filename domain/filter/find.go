package filter

import "strings"

// FindKeywords answers the words of a list that hold what is searched, in
// whatever script and spelling, in the order of the list.
func FindKeywords(list []string, search string) []string {
	search = strings.TrimSpace(search)
	plain, folded := strings.ToLower(search), foldName(search)
	var found []string
	for _, word := range list {
		if strings.Contains(strings.ToLower(word), plain) || folded != "" && strings.Contains(foldName(word), folded) {
			found = append(found, word)
		}
	}
	return found
}

// CheckKeyword refuses what no list may hold.
func CheckKeyword(word string) error { return checkKeyword(word) }
