package filter

// phoneShape is a grouping of digits with what may stand between the groups.
type phoneShape struct {
	sizes []uint8
	gaps  joint
	form  phoneForm
}

// localShapes are the groupings of nine local digits that people write and that
// are hardly anything else.
var localShapes = [...]phoneShape{
	{[]uint8{9}, 0, formSolid},
	{[]uint8{2, 3, 2, 2}, jointAny, formLocal},                       // 90 123 45 67
	{[]uint8{2, 7}, jointPlain | jointSlash | jointColon, formLocal}, // 90 1234567
	{[]uint8{2, 3, 4}, jointPlain, formLocal},                        // 90 123 4567
	{[]uint8{5, 2, 2}, jointPlain, formLocal},                        // 90123 45 67
}

// local reads a number of Uzbekistan without its code, and ten digits as
// Russians and Kazakhs group theirs: 912 345 67 89.
func (d *digitRun) local(i int) phoneMatch {
	for _, s := range &localShapes {
		if !d.shaped(i, s.sizes, s.gaps) {
			continue
		}
		last := i + len(s.sizes) - 1
		m := d.join(i, last, s.form, "998", 0)
		switch {
		case m.form == formNone || !uzbekLocal(m.all()[3:]):
		case s.sizes[0] == 9 && d.account(i):
		case s.sizes[0] == 5 && d.groups[i].digits[2] == '0' && endsInZeros(d.groups[i].digits[:5], 2):
		case len(s.sizes) < 4 && endsInZeros(m.all(), 6) || len(s.sizes) == 2 && d.decimals(i):
		default:
			return m
		}
	}
	if g := &d.groups[i]; d.shaped(i, []uint8{3, 3, 2, 2}, jointPlain) && (g.digits[0] == '9' || g.digits[0] == '7' && g.digits[1] != '1') {
		return d.join(i, i+3, formAbroad, "7", 0)
	}
	return phoneMatch{}
}

// endsInZeros reports digits that end in so many zeros, as sums do and numbers do not.
func endsInZeros(digits []uint8, zeros int) bool {
	for _, c := range digits[len(digits)-zeros:] {
		if c != '0' {
			return false
		}
	}
	return true
}

// account reports nine digits inside a bank account, printed as
// 20208 000 900123456 001.
func (d *digitRun) account(i int) bool {
	first, last := d.line(i, jointLine|jointSlash|jointComma)
	total := 0
	for k := first; k <= last; k++ {
		total += d.groups[k].n
	}
	return total == 20 && d.groups[first].n == 5
}

// decimals reports that the two groups at i are the second or the first of two
// decimal fractions, which makes them a coordinate.
func (d *digitRun) decimals(i int) bool {
	fraction := func(k int) bool {
		return k >= 1 && k < d.n && d.groups[k].gap&^jointSpace == jointDot && d.groups[k].n >= 4
	}
	return fraction(i+1) && (fraction(i-1) || fraction(i+3))
}

// line finds the groups around i with none of the gaps between them.
func (d *digitRun) line(i int, ends joint) (first, last int) {
	first, last = i, i
	for first > 0 && d.groups[first].gap&ends == 0 {
		first--
	}
	for last+1 < d.n && d.groups[last+1].gap&ends == 0 {
		last++
	}
	return first, last
}

// unusual reads a local number in a grouping of its writer's own, 97-67-07-157.
// It must be alone in its line, with the same gap everywhere.
func (d *digitRun) unusual(i int) phoneMatch {
	first, last := d.line(i, jointLine|jointSlash|jointComma|jointColon)
	if first != i || first == last {
		return phoneMatch{}
	}
	single := d.groups[i].n == 1
	for k := first; k <= last; k++ {
		g := &d.groups[k]
		if g.taken || (g.n == 1) != single || k > first && (g.plus || g.gap&^jointPlain != 0 || g.gap != d.groups[first+1].gap) {
			return phoneMatch{}
		}
	}
	m := d.join(first, last, formLocal, "998", 0)
	if m.form == formNone || !uzbekLocal(m.all()[3:]) || !d.legible(first, last) || d.amounts(first, last) || d.decimals(first) {
		return phoneMatch{}
	}
	if d.shaped(first, []uint8{3, 3, 3}, jointAny) {
		if d.groups[last].gap&jointDot != 0 {
			return phoneMatch{} // 901.234.567 is a sum
		}
		m.form = formThousand
	}
	return m
}

// amounts reports groups that are rather sums or sizes in a row: 700 800 900,
// 50000 2200.
func (d *digitRun) amounts(first, last int) bool {
	round := 0
	for k := first; k <= last; k++ {
		g := &d.groups[k]
		if endsInZeros(g.digits[:g.n], 1) {
			round++
		}
		if g.n >= 3 && (k == last || g.n > 3) && endsInZeros(g.digits[:g.n], 3) {
			return true
		}
	}
	return round > last-first || last == first+1 && d.groups[last].gap == jointSpace
}

// split reads a local number that goes over one line break, where the run holds
// nothing else.
func (d *digitRun) split() phoneMatch {
	lines := 0
	for i := range d.n {
		if d.groups[i].gap&jointLine != 0 {
			lines++
		}
	}
	if lines != 1 {
		return phoneMatch{}
	}
	for _, s := range localShapes[1:4] {
		if len(s.sizes) != d.n || !d.shaped(0, s.sizes, s.gaps|jointLine) {
			continue
		}
		if m := d.join(0, d.n-1, formLocal, "998", 0); uzbekLocal(m.all()[3:]) {
			return m
		}
	}
	return phoneMatch{}
}

// trunkShapes are the groupings of 8 or 7 and the ten digits of Russia and
// Kazakhstan.
var trunkShapes = [...][]uint8{
	{11},
	{1, 10},
	{1, 3, 7},
	{1, 3, 3, 4},
	{1, 3, 3, 2, 2},
	{4, 7},
	{4, 3, 4},
	{4, 3, 2, 2},
}

// neighbours are the codes that are known without a plus when all digits stand
// in one piece: with the first digit of a mobile number.
var neighbours = [...]string{"992", "994", "995", "996", "375", "380", "905", "9936", "9937", "3744", "3747", "3749"}

// abroad reads a number of another country that has no plus.
func (d *digitRun) abroad(i int) phoneMatch {
	g := &d.groups[i]
	switch {
	case g.digits[0] == '8' || g.digits[0] == '7':
		for _, sizes := range &trunkShapes {
			if d.shaped(i, sizes, jointPlain) {
				m := d.join(i, i+len(sizes)-1, formAbroad, "7", 1)
				if m.form != formNone && m.digits[1] >= '3' && (g.digits[0] == '8' || m.digits[1] >= '7') {
					return m
				}
			}
		}
	case g.n == 11 && g.digits[0] == '0' && g.digits[1] == '5' && d.legible(i, i):
		return d.join(i, i, formAbroad, "90", 1) // a Turkish mobile number as dialled at home
	case d.shaped(i, []uint8{4, 3, 2, 2}, jointPlain) && g.digits[0] == '0' && g.digits[1] == '5':
		return d.join(i, i+3, formAbroad, "90", 1)
	}
	if g.n < 11 || g.n > 12 {
		return d.neighbourAlone(i)
	}
	for _, code := range &neighbours {
		if string(g.digits[:len(code)]) == code {
			if m := d.international(i, 0); m.form != formNone && m.last == i {
				return m
			}
		}
	}
	return phoneMatch{}
}

// neighbourAlone reads a neighbour's code as a group of its own with the number
// behind it, where the line holds nothing else: 992 90 123 45 67.
func (d *digitRun) neighbourAlone(i int) phoneMatch {
	if d.groups[i].n != 3 || d.groups[i].digits[0] < '3' {
		return phoneMatch{}
	}
	first, last := d.line(i, jointLine|jointSlash|jointComma)
	if first != i {
		return phoneMatch{}
	}
	switch string(d.groups[i].digits[:3]) {
	case "992", "993", "994", "995", "996", "374", "375", "380":
		if m := d.international(i, 0); m.form != formNone && m.last == last {
			return m
		}
	}
	return phoneMatch{}
}
