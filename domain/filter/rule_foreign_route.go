package filter

import "unicode/utf8"

// foreignPlace gives the first foreign place of a text as it is written there,
// "" for none. A name that is also an ordinary word counts only in a route.
func (l *Lexicon) foreignPlace(t *text) (seen string) {
	t.units = t.units[:0]
	l.read(t)
	l.guess(t)
	for i := range t.units {
		if u := &t.units[i]; u.kinds&(kindAbroad|kindCode|kindFlag) != 0 && t.abroad(i) {
			return t.seen(u.first, u.last)
		}
	}
	return ""
}

// abroad decides whether unit i means a place abroad where it stands.
func (t *text) abroad(i int) bool {
	u := &t.units[i]
	if t.street(i) || t.quoted(i) {
		return false
	}
	switch {
	case u.kinds&(kindCountry|kindFlag) != 0:
		return !t.qualifies(i)
	case u.kinds&kindForeign != 0:
		return !t.sized(i)
	case u.kinds&kindCode != 0:
		return t.marksCountry(i)
	case u.kinds&kindWeekday != 0:
		return t.monday(i)
	case u.kinds&kindAdjective != 0:
		return t.followedBy(i, kindRegion) || t.inRoute(i, false) || t.isGoal(i)
	case u.kinds&kindFaint != 0:
		return t.inRoute(i, false)
	default:
		return u.town || t.precededBy(i, kindTown) || t.inRoute(i, false) || t.isGoal(i)
	}
}

// street: "Moskva ko'chasi", "ul. Moskovskaya", "Parij parfyum do'koni".
func (t *text) street(i int) bool {
	if t.precededBy(i, kindStreetOf) {
		return true
	}
	if t.units[i].end > bare {
		return false
	}
	if t.followedBy(i, kindStreet) {
		return true
	}
	return t.followedBy(i+1, kindStreet) && t.units[i+1].kinds&(kindPlace|kindLoad) == 0 &&
		t.units[i+1].gap&^gapSpace == 0 && !t.joinsLeft(i)
}

// quoted: a name in quotes beside the word for what bears it.
func (t *text) quoted(i int) bool {
	u := &t.units[i]
	behind := u.gap&gapLine == 0 && t.units[max(0, i-1)].kinds&kindPlace == 0
	if u.kinds&kindFlag != 0 || !behind && (i+1 == len(t.units) || t.units[i+1].kinds&(kindStreet|kindGoods) == 0) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(t.raw[:t.words[u.first].start])
	after, _ := utf8.DecodeRuneInString(t.raw[t.after(u.last):])
	return isQuote(before) && isQuote(after)
}

func isQuote(r rune) bool {
	switch r {
	case '"', '«', '»', '“', '”', '„':
		return true
	}
	return false
}

// sized: a name that litres follow is a cauldron, which Kazan is named after.
func (t *text) sized(i int) bool {
	if t.units[i].end != bare || i+1 == len(t.units) || t.units[i+1].kinds&kindSize == 0 {
		return false
	}
	return t.units[i+1].gap&(gapLine|gapMark|gapPoint) == 0 && !t.joinsLeft(i)
}

// qualifies: a country's bare name before goods or a vehicle is an adjective
// ("Xitoy mashina"), unless it is where a route leads.
func (t *text) qualifies(i int) bool {
	u := &t.units[i]
	if u.end != bare || u.town || !t.followedBy(i, kindGoods) {
		return false
	}
	return !t.joinsLeft(i)
}

// joinsLeft reports that unit i ends a route that its neighbour begins.
func (t *text) joinsLeft(i int) bool {
	left, gap := t.left(i)
	return left >= 0 && t.joins(left, i, gap, false)
}

// marksCountry: a code counts as an end of a route, and behind a name that the
// lexicon does not know, or does not trust ("Asino RU").
func (t *text) marksCountry(i int) bool {
	if t.codeInRoute(i) || t.declined(i) {
		return true
	}
	left, gap := t.left(i)
	if left < 0 || gap&(gapLine|gapDigit|gapPoint|gapSoft|gapHyphen) != 0 || left != i-1 {
		return false
	}
	p := &t.units[left]
	if p.kinds&(kindWeak|kindAdjective|kindGuess) != 0 {
		return true
	}
	letters := t.words[p.last].letters
	return p.kinds == 0 && letters >= 4 && !isUnit(t.code(i)) && t.alone(left, i)
}

// codeInRoute: a code beside a place in Uzbekistan. Latin codes are brands, units
// and plates too and need a mark between ("KZ - Toshkent"), Russian ones do not
// ("Toshkent RF", "iz RF").
func (t *text) codeInRoute(i int) bool {
	w := &t.words[t.units[i].first]
	russian := t.raw[w.start] >= utf8.RuneSelf
	if russian && t.precededBy(i, kindWay) {
		return true
	}
	beside := func(j int, gap gap) bool {
		return j >= 0 && t.units[j].kinds&kindHome != 0 && gap&(gapLine|gapDigit|gapPoint|gapSoft) == 0 && (russian || gap&gapRoute != 0)
	}
	return beside(t.left(i)) || beside(t.right(i))
}

// alone reports whether units a to b are all of their line.
func (t *text) alone(a, b int) bool {
	for a > 0 && t.units[a].gap&gapLine == 0 {
		if a--; t.units[a].kinds&kindFlag == 0 && !t.words[t.units[a].first].flag {
			return false
		}
	}
	for b++; b < len(t.units) && t.units[b].gap&gapLine == 0; b++ {
		if !t.words[t.units[b].first].flag && t.units[b].kinds&kindCode == 0 {
			return false
		}
	}
	return true
}

// monday tells Dushanbe from the weekday, which is its name: the weekday never
// makes a route of two.
func (t *text) monday(i int) bool {
	return !t.followedBy(i, kindDay) && (t.units[i].town || t.inRoute(i, true))
}

// isGoal: a place with "to" or "from" whose line has a load, or another place that
// is not in a route already.
func (t *text) isGoal(i int) bool {
	u := &t.units[i]
	if u.end != toward && u.end != from {
		return t.precededBy(i, kindWay) && (i > 1 && t.units[i-2].kinds&kindLoad != 0 || t.homeEnd(i))
	}
	if i+1 < len(t.units) && t.units[i+1].kinds&kindLoad != 0 && t.units[i+1].gap&(gapLine|gapMark|gapPoint) == 0 {
		return true // a number may stand between ("Qozonga 20 tonna")
	}
	return t.homeEnd(i)
}

// homeEnd reports whether the line of unit i has places in Uzbekistan, but no
// whole route of them.
func (t *text) homeEnd(i int) bool {
	for i > 0 && t.units[i].gap&gapLine == 0 {
		i--
	}
	home := false
	var ends [other + 1]bool
	for first := i; i < len(t.units) && (i == first || t.units[i].gap&gapLine == 0); i++ {
		u := &t.units[i]
		if u.kinds&kindHome == 0 {
			continue
		}
		home, ends[u.end] = true, true
		if i > first && u.gap&gapRoute != 0 && t.units[i-1].kinds&kindHome != 0 {
			return false
		}
	}
	return home && !(ends[from] && ends[toward])
}

func (t *text) followedBy(i int, k kind) bool {
	return i+1 < len(t.units) && t.units[i+1].kinds&k != 0 && t.units[i+1].gap&(gapLine|gapDigit|gapMark|gapPoint) == 0
}

func (t *text) precededBy(i int, k kind) bool {
	return i > 0 && t.units[i-1].kinds&k != 0 && t.units[i].gap&(gapLine|gapDigit|gapMark) == 0
}
