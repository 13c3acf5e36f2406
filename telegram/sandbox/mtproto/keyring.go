package mtproto

import (
	"sync"
	"time"
)

const (
	maxTemporary = 4096 // temporary keys kept
	maxDead      = 1024 // duplicated keys remembered
)

// foundKey is the key a packet is encrypted with, and whose it is.
type foundKey struct {
	AuthKey
	// owner is the permanent key that stands behind: the key itself, or what a
	// temporary key is bound to; a temporary key's own id until then.
	owner     [8]byte
	temporary bool
	bound     bool // to a permanent key; always true of one
	dead      bool // was used in two places at once: every call is answered 406
	layer     int  // of the permanent key
}

// keyring finds keys. Temporary keys and duplicated ones are kept in memory:
// after a restart clients make new temporary keys, and a duplicated key is one
// that the server does not know.
type keyring struct {
	store KeyStore
	saved sync.Mutex // held while a stored key is changed or deleted

	mu        sync.Mutex
	temporary map[[8]byte]*temporaryKey
	dead      map[[8]byte]AuthKey
	deadOrder [][8]byte
	voices    map[[8]byte]voice
}

type temporaryKey struct {
	AuthKey
	expires time.Time
	owner   [8]byte
	bound   bool
}

// voice is the connection from which a permanent key is being used, of those
// that receive updates the newest.
type voice struct {
	conn    *conn
	session *Session
	since   int64 // msg_id of the call by which it became the newest
}

func newKeyring(store KeyStore) *keyring {
	return &keyring{
		store:     store,
		temporary: map[[8]byte]*temporaryKey{},
		dead:      map[[8]byte]AuthKey{},
		voices:    map[[8]byte]voice{},
	}
}

// find returns the key with this id, unless it is unknown, expired or bound to
// a permanent key that is gone.
func (r *keyring) find(id [8]byte) (*foundKey, bool) {
	t, ok := r.findTemporary(id)
	if !ok {
		return r.findPermanent(id)
	}
	found := &foundKey{AuthKey: t.AuthKey, owner: id, temporary: true, bound: t.bound}
	if !t.bound {
		return found, true
	}
	owner, ok := r.findPermanent(t.owner)
	if !ok {
		return nil, false
	}
	found.owner, found.dead, found.layer = owner.ID, owner.dead, owner.layer
	return found, true
}

func (r *keyring) findTemporary(id [8]byte) (temporaryKey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.temporary[id]
	if t == nil {
		return temporaryKey{}, false
	}
	if time.Now().After(t.expires) {
		delete(r.temporary, id)
		return temporaryKey{}, false
	}
	return *t, true
}

func (r *keyring) findPermanent(id [8]byte) (*foundKey, bool) {
	r.mu.Lock()
	k, dead := r.dead[id]
	r.mu.Unlock()
	if !dead {
		var ok bool
		if k, ok = r.store.LoadKey(id); !ok {
			return nil, false
		}
	}
	return &foundKey{AuthKey: k, owner: id, bound: true, dead: dead, layer: k.Layer}, true
}

// addTemporary keeps a temporary key. When there are too many, the one that
// would expire first gives way.
func (r *keyring) addTemporary(k AuthKey, expires time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.temporary) >= maxTemporary {
		var first *temporaryKey
		for _, t := range r.temporary {
			if first == nil || t.expires.Before(first.expires) {
				first = t
			}
		}
		delete(r.temporary, first.ID)
	}
	r.temporary[k.ID] = &temporaryKey{AuthKey: k, expires: expires}
}

// bind ties a temporary key to a permanent one until expires. It is false when
// the key is gone or tied to another.
func (r *keyring) bind(id, owner [8]byte, expires time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.temporary[id]
	if t == nil || t.bound && t.owner != owner {
		return false
	}
	t.owner, t.bound = owner, true
	if expires.Before(t.expires) {
		t.expires = expires
	}
	return true
}

// kill deletes a permanent key that was used in two places. It stays known, so
// that both users get to hear the reason instead of "unknown key".
func (r *keyring) kill(id [8]byte) error {
	k, ok := r.store.LoadKey(id)
	r.mu.Lock()
	if _, dead := r.dead[id]; ok && !dead {
		r.dead[id] = k
		r.deadOrder = append(r.deadOrder, id)
		if len(r.deadOrder) > maxDead {
			delete(r.dead, r.deadOrder[0])
			r.deadOrder = r.deadOrder[1:]
		}
	}
	delete(r.voices, id)
	r.mu.Unlock()
	return r.remove(id)
}

// remove deletes a permanent key.
func (r *keyring) remove(id [8]byte) error {
	r.saved.Lock()
	defer r.saved.Unlock()
	return r.store.DeleteKey(id)
}

// announce keeps the layer that a client named, unless its key is gone.
func (r *keyring) announce(id [8]byte, layer int) error {
	r.saved.Lock()
	defer r.saved.Unlock()
	k, ok := r.store.LoadKey(id)
	if !ok || k.Layer == layer {
		return nil
	}
	k.Layer = layer
	return r.store.SaveKey(k)
}

// speak notes a call by an update-receiving session and tells whether it proves
// that the key is in use in two places: the older connection has made a call
// after the newer one made its first. "After" is meant by the client's clock,
// from msg_id: what a client sent just before it reconnected may be read late,
// but it cannot be younger than what it sent on the new connection.
func (r *keyring) speak(owner [8]byte, c *conn, ss *Session, msgID int64) (duplicate bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.voices[owner]
	switch {
	case ok && v.conn == c:
		return false
	case ok && v.session != ss && !v.conn.isEnding() && c.number < v.conn.number:
		return msgID > v.since
	}
	r.voices[owner] = voice{conn: c, session: ss, since: msgID}
	return false
}

// silence forgets an ended connection.
func (r *keyring) silence(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for owner, v := range r.voices {
		if v.conn == c {
			delete(r.voices, owner)
		}
	}
}
