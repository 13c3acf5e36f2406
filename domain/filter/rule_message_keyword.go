package filter

// messageKeyword gives the first message keyword of a text as it is written
// there, "" for none.
func (l *Lexicon) messageKeyword(t *text) (seen string) {
	return l.message.keyword(t, false)
}
