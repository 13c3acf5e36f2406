package filter

// measures are what the one pass counts of a text. Where they cannot give a number
// exactly they bound it, and the number is counted only where the bound matters:
// hardly any text reaches a threshold.
type measures struct {
	joined     bool // some characters may join
	pictured   int  // what may be an emoji or a part of one: the emoji or more
	blankLines int  // the longest run of blank lines
	digits     int
}

// measuring is the state of the measures in the pass.
type measuring struct {
	pictured, digits int
	blank, longest   int  // blank lines in a row: just now, and the most
	line, text       look // all looks of the line, and of the lines before
	lineStart        int
}

// add takes one character.
func (m *measuring) add(l look) {
	m.line |= l
	if l&pictured != 0 {
		m.pictured++
	}
}

// endLine takes the line end from start to end. A line is blank when nothing in it
// can be seen: white space of every kind, zero-width characters, the fillers that
// look like space. Lines end as UAX #14 breaks them: \n, \r\n, \r, \v, \f, U+0085,
// U+2028 and U+2029. Blank lines at the start count; the line end after the last
// text ends that text's line and makes no blank one.
func (m *measuring) endLine(s string, start, end int) {
	if s[start] != '\n' || start == 0 || s[start-1] != '\r' {
		m.blank++
		if m.line&visible != 0 {
			m.blank = 0
		}
		m.longest = max(m.longest, m.blank)
	}
	m.text |= m.line
	m.line, m.lineStart = 0, end
}

// done gives the measures of the text.
func (m *measuring) done(s string) measures {
	if m.line&visible == 0 && m.lineStart < len(s) {
		m.longest = max(m.longest, m.blank+1)
	}
	return measures{
		joined: (m.text|m.line)&joining != 0, pictured: m.pictured, blankLines: m.longest, digits: m.digits,
	}
}
