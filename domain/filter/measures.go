package filter

// measures are what the one pass counts of a text. Where they cannot give a number
// exactly they bound it, and the number is counted only where the bound matters:
// hardly any text reaches a threshold.
type measures struct {
	characters int  // code points: the user-perceived characters or, where some join, more
	joined     bool // some may join
	pictured   int  // what may be an emoji or a part of one: the emoji or more
	blankLines int  // the longest run of blank lines
	digits     int
	oddDigits  bool // there are more, of kinds that digits does not count
}

// measuring is the state of the measures in the pass.
type measuring struct {
	characters, pictured, digits int
	blank, longest               int  // blank lines in a row: just now, and the most
	line, text                   look // all looks of the line, and of the lines before
	lineStart                    int
}

// add takes one character.
func (m *measuring) add(l look) {
	m.characters++
	m.line |= l
	m.pictured += int(l & pictured / pictured)
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

// done gives the measures of a text of so many bytes.
func (m *measuring) done(size int) measures {
	if m.line&visible == 0 && m.lineStart < size {
		m.longest = max(m.longest, m.blank+1)
	}
	all := m.text | m.line
	return measures{
		characters: m.characters, joined: all&joining != 0, pictured: m.pictured, blankLines: m.longest,
		digits: m.digits, oddDigits: all&oddDigit != 0,
	}
}
