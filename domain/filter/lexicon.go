package filter

import (
	"embed"
	"maps"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// kind says what a name in the lexicon is. A name may be several things.
type kind uint32

const (
	kindForeign   kind = 1 << iota // a place abroad
	kindCountry                    // a place abroad whose name also qualifies goods and vehicles
	kindWeak                       // a place abroad whose name is an ordinary word too
	kindWeekday                    // Dushanbe, which is Monday
	kindAdjective                  // of a place abroad ("Moskovskaya")
	kindCode                       // of a country ("KZ")
	kindGuess                      // a slip away from a place abroad
	kindFaint                      // and so short that only a route bears it out
	kindHome                       // a place in Uzbekistan
	kindRegion                     // oblast, kray: makes a place of an adjective
	kindTown                       // city, town: makes a place of a weak name
	kindStreet                     // makes a street or a house of the place before it
	kindStreetOf                   // and of the place after it
	kindGoods                      // what a country's name may qualify
	kindLoad                       // says that the place before it is where a load goes
	kindDay                        // makes a weekday of the word before it
	kindPlain                      // an ordinary word that looks like a place
	kindFlag                       // a foreign flag
	kindFixed                      // takes no Uzbek endings
	kindCommon                     // a short place abroad whose misspellings are sought in routes
	kindLatin                      // written in Latin letters alone
	kindWay                        // Russian "from", "to": stands before a place
	kindSize                       // litres, which make a cauldron of Kazan
	kindYo                         // a keyword that must be written with ё
)

const (
	kindAbroad = kindForeign | kindCountry | kindWeak | kindWeekday | kindAdjective | kindGuess | kindFaint
	kindPlace  = kindAbroad | kindHome
	kindSure   = kindForeign | kindCountry | kindHome
)

// Lexicon is an organization's keywords, compiled. It never changes and may be
// used by many goroutines at once.
type Lexicon struct {
	places  trie
	typos   typos
	flags   [26*26/64 + 1]uint64 // by the two letters of the country
	profile trie
	message trie
}

// NewLexicon compiles keywords. Words that hold no letter are passed over.
func NewLexicon(k Keywords) *Lexicon {
	l := &Lexicon{}
	b := builtin()
	n := names{kinds: maps.Clone(b.home.kinds), late: maps.Clone(b.home.late)}
	for _, place := range k.Places {
		if code, ok := flagOf(place); ok {
			l.flags[code/64] |= 1 << (code % 64)
			continue
		}
		n.addPlace(place, b)
	}
	l.typos = newTypos(n.kinds)
	l.places = newTrie(n.all())
	l.profile = newTrie(keywordNames(k.Username))
	l.message = newTrie(keywordNames(k.Message))
	return l
}

//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// builtinWords is what the embedded files say.
type builtinWords struct {
	keywords   Keywords
	marks      map[string]kind     // of folded foreign names; absent: an unmistakable place
	adjectives map[string][]string // stems of adjectives, by the folded name of their place
	home       names               // places in Uzbekistan and ordinary words
}

var builtin = sync.OnceValue(func() *builtinWords {
	b := &builtinWords{marks: map[string]kind{}, adjectives: map[string][]string{}, home: newNames()}
	readList("places", func(_, word string) { b.readPlace(word) })
	readList("username", func(_, word string) { b.keywords.Username = append(b.keywords.Username, word) })
	readList("message", func(_, word string) { b.keywords.Message = append(b.keywords.Message, word) })
	readList("home", func(_, word string) { b.home.addHome(word) })
	readList("words", func(section, word string) { b.home.addWord(word, wordKinds[section]) })
	return b
})

// wordKinds are the sections of lexicon/words.txt.
var wordKinds = map[string]kind{
	"region": kindRegion, "town": kindTown, "street": kindStreet, "street of": kindStreetOf,
	"goods": kindGoods, "load": kindLoad, "goods and load": kindGoods | kindLoad, "day": kindDay, "way": kindWay, "size": kindSize, "common": kindCommon, "plain": kindPlain,
}

// readPlace takes an entry of lexicon/places.txt: a name with its mark ("?" an
// ordinary word too, "=" one if it is not in Latin letters, "!" a country, "%" a
// weekday), or the stem of an adjective
// of the name before it.
func (b *builtinWords) readPlace(word string) {
	if stem, ok := strings.CutPrefix(word, "~"); ok {
		last := foldName(b.keywords.Places[len(b.keywords.Places)-1])
		b.adjectives[last] = append(b.adjectives[last], stem)
		return
	}
	mark := kindForeign
	for suffix, k := range map[string]kind{"?": kindWeak, "!": kindCountry, "%": kindWeekday, "=": kindWeak | kindLatin} {
		if name, ok := strings.CutSuffix(word, suffix); ok {
			word, mark = name, k
		}
	}
	b.keywords.Places = append(b.keywords.Places, word)
	if mark != kindForeign {
		b.marks[foldName(word)] = mark
	}
}

// readList reads an embedded list: words between commas or on lines of their
// own, "[section]" and "# comment" lines.
func readList(name string, each func(section, word string)) {
	data, err := lexiconFiles.ReadFile("lexicon/" + name + ".txt")
	if err != nil {
		panic("filter: " + err.Error())
	}
	section := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if s, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(s, "]")
			continue
		}
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.TrimSpace(word); word != "" {
				each(section, word)
			}
		}
	}
}

// names collects folded names. late are forms that give way to every name.
type names struct {
	kinds, late map[string]kind
}

func newNames() names { return names{map[string]kind{}, map[string]kind{}} }

func (n names) add(folded string, k kind) { n.kinds[folded] |= k }

func (n names) addLate(folded string, k kind) { n.late[folded] |= k }

func (n names) all() map[string]kind {
	all := maps.Clone(n.late)
	maps.Copy(all, n.kinds)
	return all
}

// addPlace adds a foreign place with its forms.
func (n names) addPlace(name string, b *builtinWords) {
	folded := foldName(name)
	switch {
	case folded == "":
		return
	case isCode(name):
		n.add(folded, kindCode|kindFixed)
		return
	}
	k, ok := b.marks[folded]
	if !ok {
		k = kindForeign
	}
	n.kinds[folded] = n.kinds[folded]&^(kindHome|kindPlain) | k
	n.addForms(name, k)
	if strings.HasSuffix(name, "ск") {
		n.addAdjective(name, kindAdjective)
	}
	for _, stem := range b.adjectives[folded] {
		n.addAdjective(stem, kindAdjective)
	}
}

// addWord adds an ordinary word, goods also as those of a country ("Xitoy shinasi").
func (n names) addWord(word string, k kind) {
	folded := foldName(word)
	n.add(folded, k)
	if k&kindGoods == 0 || folded == "" {
		return
	}
	if strings.IndexByte("aeiou", folded[len(folded)-1]) >= 0 {
		folded += "s"
	}
	n.addLate(folded+"i", k)
}

// addHome adds a place in Uzbekistan, or the stem of an adjective.
func (n names) addHome(name string) {
	if stem, ok := strings.CutPrefix(name, "~"); ok {
		n.addAdjective(stem, kindHome)
		return
	}
	n.add(foldName(name), kindHome)
	n.addForms(name, kindHome)
}

func (n names) addForms(name string, k kind) {
	lower := strings.ToLower(name)
	words := strings.FieldsFunc(lower, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '.' })
	var forms [6][]string
	for _, w := range words {
		for i, form := range cases(w) {
			forms[i] = append(forms[i], form)
		}
	}
	for _, form := range forms[1:] {
		if folded := foldName(strings.Join(form, " ")); folded != "" {
			n.addLate(folded, k|kindFixed)
		}
	}
	for _, folded := range otherSpellings(name) {
		if len(folded) >= prefixMin {
			n.addLate(folded, k)
		}
	}
	if folded := foldName(strings.Join(words, "")); len(words) > 1 && len(folded) >= 7 {
		n.addLate(folded, k)
	}
	if look := latinLook(strings.ToUpper(name)); len(look) > 5 {
		n.addLate(foldName(look), k)
	}
}

func (n names) addAdjective(stem string, k kind) {
	n.addLate(foldName(stem+"ий"), k) // the one that Uzbek endings follow ("Kurskiydan")
	for _, e := range adjectiveEndings {
		n.addLate(foldName(stem+e), k|kindFixed)
	}
}

// foldName folds a name as texts are folded, its words parted by sep.
func foldName(name string) string {
	var t text
	t.fold(strings.ToLower(name))
	var out []byte
	for _, w := range t.words {
		if w.flag || w.spelled {
			continue
		}
		if len(out) > 0 {
			out = append(out, sep)
		}
		out = append(out, t.folded(&w)...)
	}
	return string(out)
}

// latinLook writes a Cyrillic name of capitals in the Latin letters of the same
// shapes, "" where one has none.
func latinLook(name string) string {
	const cyr, lat = "АБВЕЗКМНОРСТУХЬ", "ABBEZKMHOPCTYXB" // З and Б as the digits 3 and 6, which fold as z and b
	var b strings.Builder
	for _, r := range name {
		i := strings.IndexRune(cyr, r)
		if i < 0 {
			return ""
		}
		b.WriteByte(lat[i/2])
	}
	return b.String()
}

// flagOf gives the number of the country whose flag a word is.
func flagOf(word string) (int, bool) {
	a, size := utf8.DecodeRuneInString(word)
	b, _ := utf8.DecodeRuneInString(word[size:])
	if a < regionalA || a > regionalZ || b < regionalA || b > regionalZ {
		return 0, false
	}
	return int(a-regionalA)*26 + int(b-regionalA), true
}

func (l *Lexicon) foreignFlag(letters []byte) bool {
	code := int(letters[0]-'a')*26 + int(letters[1]-'a')
	return l.flags[code/64]&(1<<(code%64)) != 0
}
