package mtproto

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tg"
)

// Session is a client's session: what it has in common with the server beside
// the key. It survives the loss of its connection for a while. All methods are
// safe for concurrent use and none blocks.
type Session struct {
	srv *Server
	key AuthKey // the key on the wire, temporary or permanent
	id  int64

	layer atomic.Int32
	quiet atomic.Bool

	life sync.Mutex // held over the handler's OnSession and OnClose, so that they alternate
	live bool       // announced with OnSession

	mu      sync.Mutex
	owner   [8]byte
	conn    *conn // nil while the client is away
	created *mt.NewSessionCreated
	greeted *conn // the last connection that created was sent on
	resumed *conn // the last connection that the session was brought up to date on
	pushed  *conn // the last connection that something was pushed to
	closed  bool  // the key is dead: no more pushes
	parks   int   // how often it lost its connection
	content int32 // content-related messages sent
	client  ClientInfo
	calls   memory
	order   sequence
}

// ClientInfo is what the client told about itself in initConnection.
type ClientInfo struct {
	APIID                                  int
	DeviceModel, SystemVersion, AppVersion string
	LangCode                               string
}

// AuthKeyID is the id of the permanent key, even if the client uses temporary
// ones.
func (s *Session) AuthKeyID() [8]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner
}

// ID is the number that the client chose.
func (s *Session) ID() int64 { return s.id }

// Layer is the TL layer that the client announced last, 0 before it did.
func (s *Session) Layer() int { return int(s.layer.Load()) }

// NoUpdates is true once the client has wrapped a call of this session in
// invokeWithoutUpdates: a secondary session, that wants no Push.
func (s *Session) NoUpdates() bool { return s.quiet.Load() }

// Client is what initConnection said, empty before that.
func (s *Session) Client() ClientInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// Push queues a message from the server, normally updates. It returns before
// the client has it. ErrGone means that the client is not connected, ErrSlow
// that it did not read and has just been disconnected.
func (s *Session) Push(ctx context.Context, m bin.Encoder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		return fmt.Errorf("encode push: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrGone
	}
	_, err := s.send(kindPush, true, b.Buf)
	if err == nil {
		s.pushed = s.conn
	}
	return err
}

// Drop closes the connection of the session, if it has one, after what is
// queued has been written. Calls that arrive from now on are lost.
func (s *Session) Drop() {
	s.mu.Lock()
	c := s.conn
	s.mu.Unlock()
	if c != nil {
		c.hangUp()
	}
}

// send gives a message its number and queues it. The caller holds s.mu, so that
// numbers leave in order.
func (s *Session) send(kind int64, content bool, body []byte) (message, error) {
	if s.conn == nil {
		return message{}, ErrGone
	}
	seq := s.content * 2
	if content {
		seq++
		s.content++
	}
	m := message{id: s.srv.nextID(kind), seq: seq, body: body}
	return m, s.emit(m)
}

// emit queues a message that has its number. The caller holds s.mu.
func (s *Session) emit(m message) error {
	m.salt, m.session = s.key.Salt, s.id
	packet, err := seal(&s.key, m)
	if err != nil {
		return err
	}
	return s.conn.send(packet)
}

// reply sends a service message. That the client is gone is for its connection
// to find out.
func (s *Session) reply(m bin.Encoder) {
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		s.srv.log.Error("encode service message", "type", fmt.Sprintf("%T", m), "err", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.send(kindAnswer, false, b.Buf)
}

// greet says on every connection, before anything else, that the session
// exists: clients take new_session_created for the sign that the connection is
// good. first is the lowest msg_id that the client has sent. A session that came
// back repeats what it said at first, so that nothing is sent a second time.
func (s *Session) greet(first int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.greeted == s.conn {
		return
	}
	s.greeted = s.conn
	if s.created == nil {
		s.created = &mt.NewSessionCreated{FirstMsgID: first, UniqueID: randomLong(), ServerSalt: s.key.Salt}
		s.resumed = s.conn
	}
	var b bin.Buffer
	_ = s.created.Encode(&b)
	_, _ = s.send(kindPush, true, b.Buf)
}

// resume is called after the first message of a connection. It brings a session
// that came back up to date: the answers that the client has not acknowledged,
// and a hint to ask for the updates that were pushed to nobody.
func (s *Session) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.closed || s.resumed == s.conn {
		return
	}
	s.resumed = s.conn
	for _, ca := range s.calls.unacknowledged(s.conn) {
		s.sendAnswer(ca)
	}
	if s.pushed != nil && s.pushed != s.conn {
		s.pushed = nil
		var b bin.Buffer
		_ = (&tg.UpdatesTooLong{}).Encode(&b)
		_, _ = s.send(kindPush, true, b.Buf)
	}
}

// online announces the session to the handler, once per connection.
func (s *Session) online() {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.live {
		s.live = true
		s.guard("OnSession", func() { s.srv.opt.Handler.OnSession(s) })
	}
}

// offline is the end of what online began.
func (s *Session) offline() {
	s.life.Lock()
	defer s.life.Unlock()
	s.end()
}

// end does the work of offline; the caller holds s.life.
func (s *Session) end() {
	if s.live {
		s.live = false
		s.guard("OnClose", func() { s.srv.opt.Handler.OnClose(s) })
	}
}

// detach takes the session from a connection that has ended, unless it has
// moved to another one already.
func (s *Session) detach(c *conn) {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	mine := s.conn == c
	if mine {
		s.conn = nil
		s.parks++
	}
	parks := s.parks
	s.mu.Unlock()
	if mine {
		s.end()
		s.srv.sessions.park(s, parks)
	}
}

func (s *Session) guard(what string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.srv.log.Error("panic in "+what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	f()
}
