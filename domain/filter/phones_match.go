package filter

// e164 is digits in E.164, without the plus.
type e164 struct {
	digits [maxE164]uint8
	n      int
}

// add appends digits; false where they are too many for any number.
func (n *e164) add(digits ...uint8) bool {
	if n.n+len(digits) > len(n.digits) {
		return false
	}
	n.n += copy(n.digits[n.n:], digits)
	return true
}

func (n *e164) all() []uint8 { return n.digits[:n.n] }

// phoneForm is how a number was written; it decides which doubts about it count.
type phoneForm uint8

const (
	formNone     phoneForm = iota
	formPlus               // with a plus: always a phone
	formUzbek              // 998 and nine digits
	formAbroad             // another country's code without a plus, or 8 as Russians dial
	formLocal              // nine digits of a local number, grouped as a phone
	formSolid              // nine digits in one piece
	formThousand           // three groups of three: a phone or a sum
)

// phoneMatch is a number found in the groups first to last.
type phoneMatch struct {
	first, last int
	form        phoneForm
	e164
}

// appendPhones finds the numbers of the run, at most until dst holds max. It
// looks for the groupings that are sure first, then for unusual ones in lines
// that hold nothing else.
func (d *digitRun) appendPhones(dst []string, max int) []string {
	found, n := &d.found, 0
	for i := 0; i < d.n; i++ {
		if d.card(i) {
			d.take(i, i+3)
		} else if m := d.sure(i); m.form != formNone {
			d.take(m.first, m.last)
			if d.plausible(&m) {
				found[n] = m
				n++
			}
		} else {
			continue
		}
		for i+1 < d.n && d.groups[i+1].taken {
			i++
		}
	}
	if n == 0 {
		if m := d.split(); m.form != formNone && d.plausible(&m) {
			return appendNumber(dst, &m.e164, max)
		}
	}
	for i := 0; i < d.n; i++ {
		if d.groups[i].taken {
			continue
		}
		if m := d.unusual(i); m.form != formNone && d.plausible(&m) {
			found[n] = m
			n++
		}
	}
	inOrder(found[:n])
	for i := range found[:n] {
		dst = appendNumber(dst, &found[i].e164, max)
	}
	return dst
}

// inOrder sorts by place. There are few, and nearly all are in order already.
func inOrder(m []phoneMatch) {
	for i := range m {
		for k := i; k > 0 && m[k].first < m[k-1].first; k-- {
			m[k], m[k-1] = m[k-1], m[k]
		}
	}
}

func appendNumber(dst []string, n *e164, max int) []string {
	var buf [maxE164 + 1]byte
	e164 := append(append(buf[:0], '+'), n.all()...)
	for _, known := range dst {
		if known == string(e164) {
			return dst
		}
	}
	if len(dst) >= max {
		return dst
	}
	return append(dst, string(e164))
}

func (d *digitRun) take(first, last int) {
	for i := first; i <= last; i++ {
		d.groups[i].taken = true
	}
}

// card reports a bank card's sixteen digits in fours.
func (d *digitRun) card(i int) bool {
	if i+4 > d.n || d.groups[i].plus {
		return false
	}
	for k := i; k < i+4; k++ {
		if d.groups[k].n != 4 || k > i && d.groups[k].gap&^jointPlain != 0 {
			return false
		}
	}
	return true
}

// sure finds a number that starts at group i in a form that is hardly anything
// else.
func (d *digitRun) sure(i int) phoneMatch {
	g := &d.groups[i]
	if g.plus {
		if m := d.international(i, 0); m.form != formNone {
			m.form = formPlus
			return m
		}
	}
	if g.n > 2 && g.digits[0] == '0' && g.digits[1] == '0' && g.gap != jointDot { // no decimals of a coordinate
		if m := d.international(i, 2); m.form != formNone {
			return m
		}
	}
	if m := d.uzbek(i); m.form != formNone {
		return m
	}
	if m := d.abroad(i); m.form != formNone {
		return m
	}
	return d.local(i)
}

// international reads a country's code and its digits from group i on, leaving
// out the first skip digits. Where a country's numbers differ in length the
// longest that fits the line is meant.
func (d *digitRun) international(i, skip int) phoneMatch {
	var n e164
	best, lines := phoneMatch{}, joint(0)
	for k := i; k < d.n; k++ {
		g := &d.groups[k]
		if k > i && (g.plus || g.taken || lines&g.gap&jointLine != 0) || g.n > len(g.digits) || !n.add(g.digits[skip:g.n]...) {
			break
		}
		skip = 0
		if k > i {
			lines |= g.gap
		}
		code, national, ok := country(n.all())
		if !ok {
			if n.n >= 3 {
				break
			}
			continue
		}
		if lines&jointLine != 0 && national.min != national.max || n.n > code+int(national.max) {
			break
		}
		if n.n >= code+int(national.min) && n.digits[code] != '0' {
			best = phoneMatch{first: i, last: k, form: formAbroad, e164: n}
		}
	}
	if best.form != formNone && !d.legible(best.first, best.last) {
		return phoneMatch{}
	}
	return best
}

// uzbek reads 998 and nine digits without a plus.
func (d *digitRun) uzbek(i int) phoneMatch {
	g := &d.groups[i]
	single := g.n == 1
	if !single && (g.n < 3 || string(g.digits[:3]) != "998") {
		return phoneMatch{}
	}
	m := d.international(i, 0)
	if m.form == formNone || string(m.digits[:3]) != "998" {
		return phoneMatch{}
	}
	for k := i; single && k <= m.last; k++ {
		if d.groups[k].n != 1 {
			return phoneMatch{}
		}
	}
	m.form = formUzbek
	return m
}

// mostLetters is how many digits of a number may be written as letters.
const mostLetters = 3

// legible reports groups in which letters stand for few digits only.
func (d *digitRun) legible(first, last int) bool {
	letters := 0
	for i := first; i <= last; i++ {
		letters += d.groups[i].letters
	}
	return letters <= mostLetters
}

// shaped reports that the groups from i on have these sizes, that only allowed
// gaps lie between them and that no other number begins inside.
func (d *digitRun) shaped(i int, sizes []uint8, allowed joint) bool {
	if i+len(sizes) > d.n {
		return false
	}
	for k, size := range sizes {
		g := &d.groups[i+k]
		if g.n != int(size) || g.taken || k > 0 && (g.plus || g.gap&^allowed != 0) {
			return false
		}
	}
	return d.legible(i, i+len(sizes)-1)
}

// join makes a match of the groups i to last, behind a country's code.
func (d *digitRun) join(i, last int, f phoneForm, code string, skip int) phoneMatch {
	m := phoneMatch{first: i, last: last, form: f}
	m.add([]uint8(code)...)
	for k := i; k <= last; k++ {
		g := &d.groups[k]
		if g.n > len(g.digits) || !m.add(g.digits[skip:g.n]...) {
			return phoneMatch{}
		}
		skip = 0
	}
	return m
}
