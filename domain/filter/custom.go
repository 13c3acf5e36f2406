package filter

import "strconv"

// Custom are an organization's own words and senders. An allowed sender is never
// a dispatcher, whatever else holds; a blocked one always is, phone or not. A
// message with an allowed word is no detection, unless its sender is blocked; one
// with a blocked word is a hit if it passes the phone gate.
type Custom struct {
	BlockSenders, AllowSenders []int64
	BlockWords, AllowWords     []string // matched like message keywords: in any script, with endings
}

// custom is a Custom made ready.
type custom struct {
	block, allow           map[int64]string // the sender's id as text
	blockWords, allowWords *Lexicon         // nil for none
}

func compile(c Custom) custom {
	return custom{senders(c.BlockSenders), senders(c.AllowSenders), wordList(c.BlockWords), wordList(c.AllowWords)}
}

func senders(ids []int64) map[int64]string {
	m := make(map[int64]string, len(ids))
	for _, id := range ids {
		m[id] = strconv.FormatInt(id, 10)
	}
	return m
}

func wordList(words []string) *Lexicon {
	if len(words) == 0 {
		return nil
	}
	return &Lexicon{message: newTrie(keywordNames(words))}
}

// customFilter hits on a blocked sender, whom it names by his id, or on a
// blocked word.
func (e *Engine) customFilter(m *Message) Hit {
	if id := e.custom.block[m.SenderID]; id != "" {
		return Hit{Seen: id}
	}
	if e.custom.blockWords == nil || e.gate && len(e.phones) == 0 {
		return Hit{}
	}
	return Hit{Seen: e.custom.blockWords.messageKeyword(&e.text)}
}

// allowed reports whether a message can be no detection.
func (e *Engine) allowed(m *Message) bool {
	if e.custom.allow[m.SenderID] != "" {
		return true
	}
	if e.custom.allowWords == nil || e.custom.block[m.SenderID] != "" {
		return false
	}
	return e.custom.allowWords.messageKeyword(&e.text) != ""
}
