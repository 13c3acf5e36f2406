package filter

import "unicode/utf8"

// unit is what the lexicon makes of one word or of several.
type unit struct {
	first, last int // words
	gap         gap // before it
	kinds       kind
	end         ending
	town        bool // "city" stands beside it
}

// read turns the words into units.
func (l *Lexicon) read(t *text) {
	for i := 0; i < len(t.words); {
		n := len(t.units)
		t.units = append(t.units, unit{})
		u := &t.units[n]
		u.first, u.last, u.gap, u.end = i, i, t.words[i].gap, bare
		l.unitAt(t, i, u)
		i = u.last + 1
		if n > 0 && t.units[n-1].absorbs(t, u) {
			t.units = t.units[:n]
		}
	}
}

// guess looks for slips in short names where a place must stand: at the other end
// of a route from a place in Uzbekistan.
func (l *Lexicon) guess(t *text) {
	for i := range t.units {
		if t.units[i].kinds&kindHome == 0 {
			continue
		}
		if j, gap := t.left(i); j >= 0 && t.faces(i, j, gap) {
			t.units[j].kinds, t.units[j].end = l.typos.hunch(t.folded(&t.words[t.units[j].first]))
		}
		if j, gap := t.right(i); j >= 0 && t.faces(i, j, gap) {
			t.units[j].kinds, t.units[j].end = l.typos.hunch(t.folded(&t.words[t.units[j].first]))
		}
	}
}

// faces reports whether the unknown unit j, a neighbour of the place i, is the
// other end of a route.
func (t *text) faces(i, j int, gap gap) bool {
	u := &t.units[j]
	switch {
	case u.kinds != 0 || u.end != bare || u.first != u.last || t.words[u.first].spelled:
		return false
	case gap&gapLine != 0:
		return t.soleOnLine(i) && t.soleOnLine(j)
	}
	return gap&gapRoute != 0 && gap&(gapDigit|gapPoint) == 0
}

// absorbs takes an ending that stands apart ("Moskva dan", "KZ ga") and the word
// city ("Osh shahriga") into the place before it.
func (p *unit) absorbs(t *text, u *unit) bool {
	if p.kinds&(kindPlace|kindCode) == 0 || u.gap&^(gapSpace|gapWide|gapHyphen|gapCase|gapSoft) != 0 {
		return false
	}
	code := p.kinds&kindPlace == 0
	if u.kinds&kindTown != 0 && !code {
		p.town = true
		if u.end != bare {
			p.end = u.end
		}
		return true
	}
	if u.kinds != 0 && (!code || u.kinds != kindTown) || p.end != bare || u.first != u.last {
		return false // "ga" is also read as "г.", a town
	}
	if letters := t.folded(&t.words[u.first]); len(letters) <= 5 {
		if e := plainEnding(letters); e != noEnding && (!code || e == toward || e == from) {
			p.end = e
			return true
		}
	}
	return false
}

// inName are the gaps inside a name of several words.
const inName = gapSpace | gapWide | gapHyphen | gapSoft | gapCase

// unitAt reads the longest name that begins at word i into u, where it stands
// for the word alone so far.
func (l *Lexicon) unitAt(t *text, i int, u *unit) {
	w := &t.words[i]
	if w.flag {
		if l.foreignFlag(t.folded(w)) {
			u.kinds = kindFlag
		}
		return
	}
	if w.spelled {
		u.kinds = l.spelled(t.folded(w))
		return
	}
	n, piece := uint32(root), uint32(0)
	for j := i; ; j++ {
		if n = l.readWord(t, j, n, u); n == 0 {
			break
		}
		if j == i {
			piece = n
		}
		next := l.places.step(n, sep)
		if next == 0 || j+1 == len(t.words) || t.words[j+1].gap&^inName != 0 || t.words[j+1].flag {
			break
		}
		n = next
	}
	if piece != 0 && (u.kinds == 0 || u.kinds&kindPlace == 0 && i+1 < len(t.words) && t.words[i+1].glue != 0) {
		l.readPieces(t, piece, u)
	}
	if u.kinds == 0 {
		u.kinds, u.end = l.typos.find(t.folded(w))
	}
	if u.kinds == 0 && w.letters >= 2*spelledLetters && w.letters <= togetherMax && l.together(t.folded(w), false) {
		u.kinds = kindForeign
	}
	if u.kinds&kindLatin != 0 && t.raw[w.start] >= utf8.RuneSelf {
		u.kinds = 0
	}
	if u.kinds&kindCode != 0 && u.end == bare && !isCode(t.seen(i, i)) {
		u.kinds &^= kindCode
	}
}

// readWord walks on from n along word j, notes in u the last name that ends in
// it, and gives where the walk ends, 0 for nowhere.
func (l *Lexicon) readWord(t *text, j int, n uint32, u *unit) uint32 {
	letters := t.folded(&t.words[j])
	for p, c := range letters {
		if n = l.places.step(n, c); n == 0 {
			return 0
		}
		if !l.places.ends(n) {
			continue
		}
		k := l.places.kinds[n]
		if k&(kindFixed|kindCode) == kindFixed && u.last == j && (u.end == toward || u.end == from) && u.kinds != 0 {
			continue // "Kazokka" is no form of a Russian case
		}
		switch e := uzbekEnding(letters[p+1:], c); {
		case e == bare, e != noEnding && k&kindFixed == 0:
			u.last, u.kinds, u.end = j, k, e
		case e != noEnding && k&kindCode != 0 && j == u.first && p+1 == codeLetters && t.codeBegins(j):
			u.last, u.kinds, u.end = j, kindCode, e
		}
	}
	return n
}

const (
	pieceMax = 4 // pieces that a name may be broken into
	pieceMin = 3 // letters of the first before a space
	// Letters of the shortest name that may be broken: by a space or a hyphen, by
	// a dot or the like, and by a digit that stands for a letter.
	brokenMin, dottedMin, digitMin = 6, 5, 4
)

// readPieces reads a name that is broken by a space, a sign or a digit ("Mos-kva",
// "M0skva"): n is where the walk along the first piece ended.
func (l *Lexicon) readPieces(t *text, n uint32, u *unit) {
	total := t.words[u.first].letters
	for j := u.first + 1; j < len(t.words) && j < u.first+pieceMax; j++ {
		w := &t.words[j]
		least := brokenMin
		switch {
		case w.flag || w.start-t.words[j-1].end > 1:
			return
		case w.glue != 0:
			least = digitMin
			total++
			n = l.places.step(n, w.glue)
			if k := l.places.kinds[n]; k&(kindForeign|kindCountry) != 0 && uzbekEnding(t.folded(w), w.glue) > bare {
				u.last, u.kinds, u.end = j, k, uzbekEnding(t.folded(w), w.glue)
				return
			}
		case w.gap&^inName != 0 || w.gap&gapSpace != 0 && t.words[u.first].letters < pieceMin:
			return
		case w.gap == gapSoft:
			least = dottedMin
		}
		total += w.letters
		piece := *u
		if n == 0 {
			return
		}
		if n = l.readWord(t, j, n, &piece); piece.kinds&(kindForeign|kindCountry) != 0 && total >= least {
			*u = piece
			return
		}
		if n == 0 {
			return
		}
	}
}

// togetherMax is the most letters of names that are written together: the ways to
// part a longer word may be many.
const togetherMax = 40

// together reports whether a word is nothing but names, one of them abroad
// ("toshkentmoskva").
func (l *Lexicon) together(letters []byte, abroad bool) bool {
	n := uint32(root)
	for p, c := range letters {
		if n = l.places.step(n, c); n == 0 {
			return false
		}
		k := l.places.kinds[n]
		if k&kindSure == 0 || p+1 < spelledLetters {
			continue
		}
		far := abroad || k&(kindForeign|kindCountry) != 0
		rest := letters[p+1:]
		if far && uzbekEnding(rest, c) != noEnding || len(rest) >= spelledLetters && l.together(rest, far) {
			return true
		}
	}
	return false
}

// spelled looks for a place in a row of letters that stood apart.
func (l *Lexicon) spelled(letters []byte) kind {
	for at := 0; at < len(letters); {
		n, length, kinds := uint32(root), 0, kind(0)
		for p := at; p < len(letters); p++ {
			if n = l.places.step(n, letters[p]); n == 0 {
				break
			}
			if l.places.ends(n) {
				length, kinds = p+1-at, l.places.kinds[n]
			}
		}
		switch {
		case length >= spelledLetters && kinds&(kindForeign|kindCountry) != 0, length >= brokenMin && kinds&kindWeak != 0:
			return kindForeign
		case length >= spelledLetters && kinds&kindHome != 0:
			at += length
		default:
			at++
		}
	}
	return 0
}
