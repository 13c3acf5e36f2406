package filter

// typos finds names that a word misses by little. Vowels that people mix up (a
// and o, e and i) count as the same; names of seven letters and more may differ
// by one more letter. A word that is as near to a place in Uzbekistan is that.
type typos struct {
	seen  [1 << 10]uint64 // which keys there are, by their upper bits: most words stop here
	byKey map[uint32][]typoName
	short [26][]typoName // common places abroad by their first letter
	home  [26][]typoName // as short ones at home
}

type typoName struct {
	skeleton string
	home     bool
	common   bool // a slip in it is sure
}

const (
	typoKey  = 4 // letters at the start or the end that must be right
	typoMin  = 6 // letters of the shortest name
	typoEdit = 7 // letters of the shortest name that may miss by a letter
	typoMax  = 24
	shortMin = 5 // letters of the shortest name looked for beside a place at home
	faintMax = 8 // letters from which a name that is missed by one is no mere chance
)

func newTypos(kinds map[string]kind) typos {
	ty := typos{byKey: map[uint32][]typoName{}}
	for name, k := range kinds {
		if k&kindSure == 0 || len(name) < shortMin || len(name) > typoMax || k&kindFixed != 0 {
			continue
		}
		sk := skeleton(nil, []byte(name))
		n := typoName{string(sk), k&kindHome != 0, k&kindCommon != 0}
		switch {
		case len(name) >= typoEdit:
		case n.home:
			ty.home[sk[0]-'a'] = append(ty.home[sk[0]-'a'], n)
		case k&kindCommon != 0:
			ty.short[sk[0]-'a'] = append(ty.short[sk[0]-'a'], n)
		}
		if len(name) < typoMin {
			continue
		}
		ty.put(keyOf(sk[:typoKey], 0), n)
		ty.put(keyOf(sk[len(sk)-typoKey:], 1), n)
	}
	return ty
}

func (ty *typos) put(key uint32, name typoName) {
	h := key >> 16
	ty.seen[h/64] |= 1 << (h % 64)
	ty.byKey[key] = append(ty.byKey[key], name)
}

func (ty *typos) get(key uint32) []typoName {
	if h := key >> 16; ty.seen[h/64]&(1<<(h%64)) == 0 {
		return nil
	}
	return ty.byKey[key]
}

// find reports whether a word is a name with a slip: of a place abroad or at
// home, 0 for neither, and its ending.
func (ty *typos) find(word []byte) (k kind, e ending) {
	if len(word) < typoMin || len(word) > typoMax {
		return 0, bare
	}
	var b [typoMax]byte
	sk := skeleton(b[:0], word)
	starts := ty.get(keyOf(sk[:typoKey], 0))
	for n := 0; n <= endingMax && len(sk)-n >= typoMin-1; n++ {
		stem := sk[:len(sk)-n]
		ends := ty.get(keyOf(stem[len(stem)-typoKey:], 1))
		if len(starts) == 0 && len(ends) == 0 {
			continue
		}
		if k = nearest(stem, starts, typoEdit) | nearest(stem, ends, typoEdit); k == 0 {
			continue
		}
		if e = uzbekEnding(word[len(stem):], word[len(stem)-1]); e != noEnding {
			break
		}
		k = 0
	}
	if k&kindHome != 0 {
		k = kindHome
	}
	if k == 0 {
		e = bare
	}
	return k, e
}

// hunch is find for short names, whose first letter must be right. So little is
// likeness of chance unless the word stands where a place is expected.
func (ty *typos) hunch(word []byte) (kind, ending) {
	if len(word) < shortMin-1 || len(word) > typoMax {
		return 0, bare
	}
	var b [typoMax]byte
	sk := skeleton(b[:0], word)
	first := sk[0] - 'a'
	e := nearestStem(word, sk, ty.short[first])
	if e == noEnding || nearestStem(word, sk, ty.home[first]) != noEnding {
		return 0, bare
	}
	return kindGuess, e
}

// nearestStem gives the ending of a word that without it is near to one of the
// short names, noEnding for none.
func nearestStem(word, sk []byte, names []typoName) ending {
	if len(names) == 0 {
		return noEnding
	}
	for n := max(0, len(sk)-typoEdit); n <= endingMax && len(sk)-n >= shortMin-1; n++ {
		stem := sk[:len(sk)-n]
		if e := uzbekEnding(word[len(stem):], word[len(stem)-1]); e != noEnding && nearest(stem, names, shortMin) != 0 {
			return e
		}
	}
	return noEnding
}

// nearest takes names of fewer than least letters only as they are.
func nearest(s []byte, names []typoName, least int) (k kind) {
	for i := range names {
		switch {
		case !near(s, names[i].skeleton, least):
		case names[i].home:
			return kindHome
		case names[i].common:
			k |= kindForeign
		case len(s) < faintMax && string(s) != names[i].skeleton:
			k |= kindFaint
		default:
			k |= kindGuess
		}
	}
	return k
}

// near reports whether s is name, or one letter too many, too few, wrong or in
// its neighbour's place where the name has at least so many letters.
func near(s []byte, name string, least int) bool {
	d := len(s) - len(name)
	if d < -1 || d > 1 {
		return false
	}
	i := 0
	for i < len(s) && i < len(name) && s[i] == name[i] {
		i++
	}
	if i == len(s) && i == len(name) {
		return true
	}
	if len(name) < least {
		return false
	}
	switch rest, want := string(s[i:]), name[i:]; d {
	case 1:
		return rest[1:] == want
	case -1:
		return rest == want[1:]
	default:
		return rest[1:] == want[1:] ||
			len(rest) > 1 && rest[0] == want[1] && rest[1] == want[0] && rest[2:] == want[2:]
	}
}

func skeleton(dst, word []byte) []byte {
	for _, c := range word {
		dst = append(dst, vowels[c&31])
	}
	return dst
}

// vowels gives each letter, and the vowels that people mix up as one.
var vowels = func() (t [32]byte) {
	for c := byte('a'); c <= sep; c++ {
		t[c&31] = c
	}
	t['o'&31], t['e'&31] = 'a', 'i'
	return t
}()

// keyOf mixes four letters and the side they stand on into well spread bits.
func keyOf(letters []byte, side uint32) uint32 {
	k := uint32(letters[0])<<24 | uint32(letters[1])<<16 | uint32(letters[2])<<8 | uint32(letters[3])
	return (k ^ side*0x5bd1e995) * 0x9e3779b1
}
