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
	if t.street(i) {
		return false
	}
	switch {
	case u.kinds&(kindCountry|kindFlag) != 0:
		return !t.qualifies(i)
	case u.kinds&kindForeign != 0:
		return true
	case u.kinds&kindCode != 0:
		return t.marksCountry(i)
	case u.kinds&kindWeekday != 0:
		return t.monday(i)
	case u.kinds&kindAdjective != 0:
		return t.followedBy(i, kindRegion) || t.inRoute(i, false) || t.isGoal(i)
	default:
		return u.town || t.precededBy(i, kindTown) || t.inRoute(i, false) || t.isGoal(i)
	}
}

// street: "Moskva ko'chasi", "ul. Moskovskaya".
func (t *text) street(i int) bool {
	return t.followedBy(i, kindStreet) && t.units[i].end <= bare || t.precededBy(i, kindStreetOf)
}

// qualifies: a country's bare name before goods or a vehicle is an adjective
// ("Xitoy mashina"), unless it is where a route leads.
func (t *text) qualifies(i int) bool {
	u := &t.units[i]
	if u.end != bare || u.town || !t.followedBy(i, kindGoods) {
		return false
	}
	left, gap := t.left(i)
	return left < 0 || !t.joins(left, i, gap, false)
}

// marksCountry: a code counts as an end of a route, and behind a name that the
// lexicon does not know, or does not trust ("Asino RU").
func (t *text) marksCountry(i int) bool {
	if t.codeInRoute(i) {
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
	code := string(t.folded(&t.words[t.units[i].first]))
	return p.kinds == 0 && letters >= 4 && code != "kg" && code != "tm" && t.alone(left, i)
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

// isGoal: a place with "to" or "from" whose line has another place, or a load.
func (t *text) isGoal(i int) bool {
	u := &t.units[i]
	if u.end != toward && u.end != from {
		return false
	}
	if i+1 < len(t.units) && t.units[i+1].kinds&kindLoad != 0 && t.units[i+1].gap&(gapLine|gapMark|gapPoint) == 0 {
		return true // a number may stand between ("Qozonga 20 tonna")
	}
	for j := i; j > 0 && t.units[j].gap&gapLine == 0; j-- {
		if t.units[j-1].kinds&kindHome != 0 {
			return true
		}
	}
	for j := i + 1; j < len(t.units) && t.units[j].gap&gapLine == 0; j++ {
		if t.units[j].kinds&kindHome != 0 {
			return true
		}
	}
	return false
}

func (t *text) followedBy(i int, k kind) bool {
	return i+1 < len(t.units) && t.units[i+1].kinds&k != 0 && t.units[i+1].gap&(gapLine|gapDigit|gapMark|gapPoint) == 0
}

func (t *text) precededBy(i int, k kind) bool {
	return i > 0 && t.units[i-1].kinds&k != 0 && t.units[i].gap&(gapLine|gapDigit|gapMark) == 0
}
