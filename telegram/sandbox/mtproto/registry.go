package mtproto

import "sync"

// maxParked bounds the sessions that are kept for clients that are away. Their
// memory is bounded by maxAnswerBytes each.
const maxParked = 128

type sessionKey struct {
	key [8]byte
	id  int64
}

// registry finds sessions. Its lock comes before a Session's mu.
type registry struct {
	mu     sync.Mutex
	all    map[sessionKey]*Session
	parked []parking // oldest first
}

// parking says that a session lost its connection for the nth time. It is void
// if the session has been connected since.
type parking struct {
	session *Session
	nth     int
}

func newRegistry() *registry {
	return &registry{all: map[sessionKey]*Session{}}
}

// attach returns the session with this id, made if need be, connected to c.
func (r *registry) attach(s *Server, c *conn, k *foundKey, id int64) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := sessionKey{k.ID, id}
	ss := r.all[at]
	if ss == nil {
		ss = &Session{srv: s, key: k.AuthKey, id: id, calls: newMemory()}
		ss.layer.Store(int32(k.layer))
		r.all[at] = ss
	}
	ss.mu.Lock()
	ss.conn, ss.owner, ss.closed = c, k.owner, k.dead
	ss.mu.Unlock()
	return ss
}

// park keeps a session without connection and forgets the oldest of them when
// there are too many.
func (r *registry) park(s *Session, nth int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parked = append(r.parked, parking{s, nth})
	for len(r.parked) > maxParked {
		old := r.parked[0]
		r.parked = r.parked[1:]
		old.session.mu.Lock()
		void := old.session.conn != nil || old.session.parks != old.nth
		old.session.mu.Unlock()
		if !void {
			r.drop(old.session)
		}
	}
}

// destroy forgets a session of a key. It is false when there is none.
func (r *registry) destroy(key [8]byte, id int64) (*Session, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ss, ok := r.all[sessionKey{key, id}]
	if ok {
		r.drop(ss)
	}
	return ss, ok
}

func (r *registry) drop(s *Session) {
	at := sessionKey{s.key.ID, s.id}
	if r.all[at] == s {
		delete(r.all, at)
	}
}

// of returns the sessions of a permanent key.
func (r *registry) of(owner [8]byte) []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*Session
	for _, ss := range r.all {
		if ss.AuthKeyID() == owner {
			found = append(found, ss)
		}
	}
	return found
}
