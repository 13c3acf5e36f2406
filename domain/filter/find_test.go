package filter

import (
	"slices"
	"strings"
	"testing"
)

func TestKeywordsAreFoundInAnyScript(t *testing.T) {
	list := []string{"Москва", "Moskva", "Подмосковье", "Нижний Новгород", "🇷🇺", "KZ", "Qozogʻiston", "пиёз"}
	for search, want := range map[string]string{
		"":          strings.Join(list, " "),
		"  ":        strings.Join(list, " "),
		"moskv":     "Москва Moskva",
		"МОСК":      "Москва Moskva Подмосковье",
		"новгород":  "Нижний Новгород",
		"novgorod":  "Нижний Новгород",
		"🇷🇺":        "🇷🇺",
		"kz":        "KZ",
		"piyoz":     "пиёз",
		"пиез":      "пиёз",
		"Қозоғис":   "Qozogʻiston",
		"qozog'ist": "Qozogʻiston",
		"Казань":    "",
	} {
		if got := strings.Join(FindKeywords(list, search), " "); got != want {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
	if all := DefaultKeywords().Places; !slices.Equal(FindKeywords(all, ""), all) {
		t.Error("an empty search does not find all")
	}
}
