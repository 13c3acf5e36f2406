package filter

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
)

// profiles remembers what the two rules of the profile said, by a hash of the
// profile: most messages come from few senders. Each hash has one place in it,
// which the newest takes.
type profiles struct {
	known [1 << 12]judgement
	key   []byte // of the profile at hand
}

// judgement is what was said of one profile, without the sender's own text.
type judgement struct {
	hash       uint64 // 0: free
	field      uint8  // the number of the field with a keyword in profileFields, from 1; 0 for none
	start, end uint32 // of the keyword
	trait      string
	count      int
}

func profileFields(m *Message) [4]string {
	return [...]string{m.Username, m.FirstName, m.LastName, m.Bio}
}

// judgeProfile asks the rules of the profile, or remembers what they said.
func (e *Engine) judgeProfile(m *Message) *judgement {
	p := &e.profiles
	p.key = p.key[:0]
	for _, s := range profileFields(m) {
		p.key = binary.LittleEndian.AppendUint32(p.key, uint32(len(s)))
		p.key = append(p.key, s...)
	}
	hash := maphash.Bytes(e.seed, p.key) | 1
	j := &p.known[hash>>1%uint64(len(p.known))]
	if j.hash != hash {
		*j = judgement{hash: hash}
		j.note(m, e.lexicon.profileKeyword(m, &e.profile))
		j.trait, j.count = suspiciousProfile(m, e.settings.Profile)
	}
	return j
}

// note keeps where a keyword stands; of equal ones any will do.
func (j *judgement) note(m *Message, seen string) {
	if seen == "" {
		return
	}
	for i, s := range profileFields(m) {
		if at := strings.Index(s, seen); at >= 0 {
			j.field, j.start, j.end = uint8(i+1), uint32(at), uint32(at+len(seen))
			return
		}
	}
}

// seen is the keyword in the profile, as it stands there.
func (j *judgement) seen(m *Message) string {
	if j.field == 0 {
		return ""
	}
	return profileFields(m)[j.field-1][j.start:j.end]
}
