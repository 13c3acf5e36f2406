package filter

import "strings"

// ending is what an Uzbek ending says of a place.
type ending uint8

const (
	noEnding ending = iota
	bare            // none
	toward          // -ga, -gacha
	from            // -dan
	other           // -da, -ning, -ni, -lik, -lar
)

// endingMax is the length of the longest ending.
const endingMax = 7

// voiceless are the folded letters after which -ga is said -ka. After others "ka"
// is the end of a Russian noun ("palatka").
const voiceless = "cfhkpstw"

// uzbekEnding reads what follows a stem that ends in last. The folding writes a
// letter once, so an ending that begins as the stem ends may lack its first
// letter (Bishkekka).
func uzbekEnding(rest []byte, last byte) ending {
	if len(rest) == 0 {
		return bare
	}
	if len(rest) > endingMax {
		return noEnding
	}
	if e := plainEnding(rest); e != noEnding && (rest[0] != 'k' || strings.IndexByte(voiceless, last) >= 0) {
		return e
	}
	var b [endingMax + 1]byte
	b[0] = last
	n := copy(b[1:], rest)
	if strings.IndexByte("gkdtnl", last) < 0 {
		return noEnding
	}
	return plainEnding(b[:n+1])
}

func plainEnding(b []byte) ending {
	switch string(b) {
	case "ga", "ka", "gaca", "kaca", "gaia", "ge", "ke", "larga", "lariga", "ligiga":
		return toward
	case "dan", "tan", "nan", "den", "ten", "din", "dn", "lardan", "laridan", "ligidan", "danga", "dandan":
		return from
	case "da", "ta", "de", "ning", "ni", "ing", "nin", "lik", "liklar", "likdan", "lar", "lari", "dagi", "tagi", "niki":
		return other
	}
	return noEnding
}

// cases gives the Russian case forms of a Cyrillic word in small letters,
// the word itself first; forms of one index belong together, so that the words
// of a name are declined in step. Where a form is the same, it is repeated.
func cases(w string) [6]string {
	same := [6]string{w, w, w, w, w, w}
	stem, forms := declension(w)
	if forms == nil {
		return same
	}
	for i, f := range forms {
		same[i+1] = stem + f
	}
	return same
}

// declension gives the unchanging part of a word and its endings in the
// genitive, dative, accusative, instrumental and prepositional.
func declension(w string) (stem string, forms []string) {
	if len(w) < 6 {
		return w, nil
	}
	for _, d := range declensions {
		if stem, ok := strings.CutSuffix(w, d.end); ok {
			return stem, d.forms
		}
	}
	if len(w) > 6 && strings.ContainsAny(w[len(w)-2:], "абвгдежзийклмнопрстуфхцчшщъыьэюя") && !endsInVowel(w) {
		return w, []string{"а", "у", "", "ом", "е"}
	}
	return w, nil
}

func endsInVowel(w string) bool {
	for _, v := range []string{"а", "е", "ё", "и", "о", "у", "ы", "э", "ю", "я"} {
		if strings.HasSuffix(w, v) {
			return true
		}
	}
	return false
}

var declensions = []struct {
	end   string
	forms []string
}{
	{"ний", []string{"него", "нему", "ний", "ним", "нем"}},
	{"ский", []string{"ского", "скому", "ский", "ским", "ском"}},
	{"жий", []string{"жего", "жему", "жий", "жим", "жем"}},
	{"ый", []string{"ого", "ому", "ый", "ым", "ом"}},
	{"ое", []string{"ого", "ому", "ое", "ым", "ом"}},
	{"ые", []string{"ых", "ым", "ые", "ыми", "ых"}},
	{"кие", []string{"ких", "ким", "кие", "кими", "ких"}},
	{"ая", []string{"ой", "ой", "ую", "ой", "ой"}},
	{"ия", []string{"ии", "ии", "ию", "ией", "ии"}},
	{"я", []string{"и", "е", "ю", "ей", "е"}},
	{"а", []string{"ы", "е", "у", "ой", "е"}},
	{"й", []string{"я", "ю", "й", "ем", "е"}},
	{"поль", []string{"поля", "полю", "поль", "полем", "поле"}},
	{"вль", []string{"вля", "влю", "вль", "влем", "вле"}},
	{"ь", []string{"и", "и", "ь", "ью", "и"}},
	{"ец", []string{"ца", "цу", "ец", "цом", "це"}},
	{"ье", []string{"ья", "ью", "ье", "ьем", "ье"}},
	{"во", []string{"ва", "ву", "во", "вом", "ве"}},
	{"но", []string{"на", "ну", "но", "ном", "не"}},
	{"ы", []string{"ов", "ам", "ы", "ами", "ах"}},
	{"щи", []string{"щ", "щам", "щи", "щами", "щах"}},
	{"ки", []string{"ок", "кам", "ки", "ками", "ках"}},
}

// adjectiveEndings follow the stem of a Russian adjective, besides the first.
var adjectiveEndings = []string{"ая", "ой", "ую", "ого", "ому", "ом", "им", "ое", "ие", "их"}
