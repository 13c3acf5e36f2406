package mtproto

import (
	"errors"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

// Codes of bad_msg_notification
// (core.telegram.org/mtproto/service_messages_about_messages). 34, an odd seqno
// for a message that is not content-related, is never used: there are clients
// that number their acknowledgements so.
const (
	badTooOld      = 16 // msg_id more than maxAge ago
	badTooNew      = 17 // msg_id more than maxAhead from now
	badLowBits     = 18 // msg_id not divisible by 4
	badForgotten   = 20 // may or may not have been received
	badSeqLow      = 32
	badSeqHigh     = 33
	badSeqEven     = 35 // for a content-related message
	badSalt        = 48
	badContainer   = 64
	maxAge         = 300 // seconds
	maxAhead       = 30  // seconds
	maxInContainer = 1020
)

var (
	errContainer = errors.New("malformed container")
	errSessions  = errors.New("too many sessions on one connection")
)

// message handles one decrypted message. An error ends the connection.
func (c *conn) message(k *foundKey, m message) error {
	ss := c.srv.sessions.attach(c.srv, c, k, m.session)
	c.sessions[ss] = struct{}{}
	if len(c.sessions) > maxSessions {
		return errSessions
	}
	if m.salt != k.Salt {
		ss.reply(&mt.BadServerSalt{BadMsgID: m.id, BadMsgSeqno: int(m.seq), ErrorCode: badSalt, NewServerSalt: k.Salt})
		return nil
	}
	if code := ss.checkID(m.id, time.Now().Unix()); code != 0 {
		ss.reject(m, code)
		return nil
	}
	items, err := split(m)
	if errors.Is(err, errContainer) {
		ss.reject(m, badContainer)
		return nil
	}
	if err != nil {
		return err
	}
	ss.greet(first(items, m.id))
	if k.bound && !k.dead {
		ss.online()
	}
	for _, item := range items {
		if err := c.dispatch(ss, k, item); err != nil {
			return err
		}
		if c.isEnding() {
			return nil
		}
	}
	ss.resume()
	return nil
}

// split returns the messages of a container, or the one message itself.
func split(m message) ([]message, error) {
	var err error
	if m.body, err = unpack(m.body); err != nil {
		return nil, err
	}
	b := bin.Buffer{Buf: m.body}
	id, err := b.ID()
	if err != nil {
		return nil, err
	}
	if id != mt.MsgContainerTypeID {
		return []message{m}, nil
	}
	n, err := b.Int()
	if err != nil || n < 0 || n > maxInContainer {
		return nil, errContainer
	}
	items := make([]message, 0, min(n, b.Len()/20))
	for range n {
		item, err := containerItem(&b)
		if err != nil {
			return nil, errContainer
		}
		item.session, item.salt = m.session, m.salt
		items = append(items, item)
	}
	return items, nil
}

func containerItem(b *bin.Buffer) (m message, err error) {
	if m.id, err = b.Long(); err != nil {
		return message{}, err
	}
	if m.seq, err = b.Int32(); err != nil {
		return message{}, err
	}
	n, err := b.Int()
	if err != nil {
		return message{}, err
	}
	if n < 4 || n%4 != 0 || n > b.Len() {
		return message{}, errContainer
	}
	if id, err := b.PeekID(); err != nil || id == mt.MsgContainerTypeID {
		return message{}, errContainer
	}
	m.body = b.Buf[:n:n]
	b.Skip(n)
	return m, nil
}

// first is the lowest msg_id of what arrived together: a container is younger
// than what is in it.
func first(items []message, id int64) int64 {
	for _, item := range items {
		id = min(id, item.id)
	}
	return id
}

// checkID checks a msg_id against the clock, in unix seconds, unless it belongs
// to a call that is known: an old call may be repeated.
func (s *Session) checkID(id, now int64) int {
	if id&3 != 0 {
		return badLowBits
	}
	s.mu.Lock()
	_, known := s.calls.byID[id]
	s.mu.Unlock()
	switch at := id >> 32; {
	case known:
		return 0
	case at < now-maxAge:
		return badTooOld
	case at > now+maxAhead:
		return badTooNew
	}
	return 0
}

// reject tells the client that a message was ignored, and why.
func (s *Session) reject(m message, code int) {
	s.reply(&mt.BadMsgNotification{BadMsgID: m.id, BadMsgSeqno: int(m.seq), ErrorCode: code})
}

// sequence remembers the youngest content-related message of a client.
type sequence struct {
	id  int64
	seq int32
}

// seqSlack is how far a seqno, which grows by two with every call, may be out of
// step. Clients number and send a thousand calls at once from as many threads,
// and only a lost count is worth a rejection.
const seqSlack = 4096

// check checks the seqno of a content-related message.
func (q *sequence) check(id int64, seq int32) int {
	switch {
	case seq&1 == 0:
		return badSeqEven
	case q.id != 0 && id > q.id && seq < q.seq-seqSlack:
		return badSeqLow
	case q.id != 0 && id < q.id && seq > q.seq+seqSlack:
		return badSeqHigh
	}
	if id > q.id {
		q.id, q.seq = id, seq
	}
	return 0
}
