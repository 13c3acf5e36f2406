package views

import (
	"slices"
	"strings"
	"testing"
)

func TestWordsStandInTheOrderOfTheirLanguage(t *testing.T) {
	const words = "🇷🇺,Шахты,Zarafshon,oʻris,Ёлкино,Елец,Chita,Almaty,KZ,Ғалаба,Ўрал,жанубий,Shymkent,1C,Cork,Яик,Қизил,Dubay"
	for lang, want := range map[string]string{
		"uz":      "Almaty,Cork,Dubay,KZ,Zarafshon,oʻris,Shymkent,Chita,Елец,Ёлкино,жанубий,Шахты,Яик,Ўрал,Қизил,Ғалаба,1C,🇷🇺",
		"uz-Cyrl": "Елец,Ёлкино,жанубий,Шахты,Яик,Ўрал,Қизил,Ғалаба,Almaty,Chita,Cork,Dubay,KZ,oʻris,Shymkent,Zarafshon,1C,🇷🇺",
		"ru":      "Елец,Ёлкино,жанубий,Шахты,Яик,Ўрал,Қизил,Ғалаба,Almaty,Chita,Cork,Dubay,KZ,oʻris,Shymkent,Zarafshon,1C,🇷🇺",
		"en":      "Almaty,Chita,Cork,Dubay,KZ,oʻris,Shymkent,Zarafshon,Елец,Ёлкино,жанубий,Шахты,Яик,Ўрал,Қизил,Ғалаба,1C,🇷🇺",
	} {
		if got := alphabetically(strings.Split(words, ","), lang); !slices.Equal(got, strings.Split(want, ",")) {
			t.Errorf("%s: %s", lang, strings.Join(got, ","))
		}
	}
}
