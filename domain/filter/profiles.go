package filter

import (
	"hash/maphash"
	"math/bits"
	"strings"
)

// profiles remembers what the two rules of the profile said, by a hash of the
// profile: most messages come from few senders. Each hash has one place in it,
// which the newest takes.
type profiles struct {
	known [1 << 12]judgement
	now   *judgement // of the message at hand, nil where nobody has asked
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
	if p.now != nil {
		return p.now
	}
	hash := uint64(0)
	for _, s := range profileFields(m) {
		hash = bits.RotateLeft64(hash, 21) * mixer
		if s != "" { // half of the fields are empty
			hash += maphash.String(e.seed, s)
		}
	}
	hash |= 1
	j := &p.known[hash>>1%uint64(len(p.known))]
	if j.hash != hash {
		*j = judgement{hash: hash}
		j.note(m, e.lexicon.profileKeyword(m, &e.profile))
		j.trait, j.count = suspiciousProfile(m, e.settings.Profile)
	}
	p.now = j
	return j
}

// mixer is odd, so that no bit of a hash is lost where others are added to it.
const mixer = 0x9e3779b97f4a7c15

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
