package filter

// left gives the unit before i, flags passed over, and all that stands between;
// -1 for none.
func (t *text) left(i int) (int, gap) {
	gap := t.units[i].gap
	for i--; i >= 0; i-- {
		if !t.words[t.units[i].first].flag {
			return i, gap
		}
		gap |= t.units[i].gap
	}
	return -1, gap
}

func (t *text) right(i int) (int, gap) {
	var gap gap
	for i++; i < len(t.units); i++ {
		gap |= t.units[i].gap
		if !t.words[t.units[i].first].flag {
			return i, gap
		}
	}
	return -1, gap
}

// inRoute reports whether the place i stands in a route with a neighbour: on its
// line, or as one of two lines that are a place each. An exact route has no
// third place.
func (t *text) inRoute(i int, exact bool) bool {
	l, lgap := t.left(i)
	r, rgap := t.right(i)
	if l >= 0 && lgap&gapLine == 0 && t.joins(l, i, lgap, exact) {
		return true
	}
	if r >= 0 && rgap&gapLine == 0 && t.joins(i, r, rgap, exact) {
		return true
	}
	if !t.onOwnLine(i, lgap, rgap, r) {
		return false
	}
	return l >= 0 && t.pairs(l, i, exact) || r >= 0 && t.pairs(i, r, exact)
}

// joins reports whether units a and b, neighbours on a line, are a route. One of
// them is known to be a place.
func (t *text) joins(a, b int, between gap, exact bool) bool {
	ua, ub := &t.units[a], &t.units[b]
	marked := between&gapRoute != 0
	switch {
	case ua.kinds&kindPlace == 0 || ub.kinds&kindPlace == 0 || between&gapPoint != 0 && !marked:
		return false
	case !marked && (ua.kinds|ub.kinds)&kindSure == 0: // two ordinary words
		return false
	case ub.end == from && ua.end != toward, ua.end == toward && ub.end != from:
		return false
	case marked && !exact:
		return true
	}
	return !t.placeBefore(a) && !t.placeAfter(b)
}

func (t *text) placeBefore(i int) bool {
	l, gap := t.left(i)
	return l >= 0 && gap&(gapLine|gapPoint) == 0 && t.units[l].kinds&kindSure != 0
}

func (t *text) placeAfter(i int) bool {
	r, gap := t.right(i)
	return r >= 0 && gap&(gapLine|gapPoint) == 0 && t.units[r].kinds&kindSure != 0
}

// onOwnLine reports whether nothing but flags shares the line of unit i.
func (t *text) onOwnLine(i int, lgap, rgap gap, r int) bool {
	return (lgap&gapLine != 0 || i == 0) && (r < 0 || rgap&gapLine != 0)
}

// pairs reports whether units a and b stand on lines of their own, one below the
// other, with no third such place above or below.
func (t *text) pairs(a, b int, exact bool) bool {
	if t.units[a].kinds&kindPlace == 0 || t.units[b].kinds&kindPlace == 0 || !t.soleOnLine(a) || !t.soleOnLine(b) {
		return false
	}
	if !exact {
		return true
	}
	l, _ := t.left(a)
	r, _ := t.right(b)
	return (l < 0 || t.units[l].kinds&kindHome == 0 || !t.soleOnLine(l)) && (r < 0 || t.units[r].kinds&kindHome == 0 || !t.soleOnLine(r))
}

func (t *text) soleOnLine(i int) bool {
	_, lgap := t.left(i)
	r, rgap := t.right(i)
	return t.onOwnLine(i, lgap, rgap, r)
}
