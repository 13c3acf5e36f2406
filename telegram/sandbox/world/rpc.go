package world

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// What a call may end in beside an answer and a *tgerr.Error.
var (
	// ErrDrop closes the connection: unacknowledged when Call returns it,
	// acknowledged when a Deferred does.
	ErrDrop = errors.New("close the connection")
	// ErrSilent acknowledges the call and never answers it.
	ErrSilent = errors.New("no answer")
)

// Deferred is the answer of a call that is acknowledged at once and answered
// when the function, called in a goroutine of its own, returns.
type Deferred func(ctx context.Context) (bin.Encoder, error)

// Encode implements bin.Encoder, so that Call can return a Deferred.
func (Deferred) Encode(*bin.Buffer) error { return errors.New("a deferred answer has no encoding") }

// call is one RPC in progress.
type call struct {
	w    *World
	s    Session
	key  [8]byte
	user *user // nil while not signed in
	note JournalEntry
	// reserved is set when the call is executed later and has its random_id
	// marked as in flight meanwhile.
	reserved bool
	after    []func() // run when the lock is released
}

func (c *call) view(u *user) view { return view{w: c.w, user: u, layer: c.s.Layer()} }
func (c *call) mine() view        { return c.view(c.user) }

type request interface {
	Decode(b *bin.Buffer) error
	TypeID() uint32
	TypeName() string
}

// access says what a method needs.
type access int

const (
	public  access = iota // no sign-in, changes the world
	reading               // signed in, changes nothing
	writing               // signed in, changes the world
)

type method struct {
	name   string
	access access
	fresh  func() request
	run    func(c *call, r request) (bin.Encoder, error)
}

// registry of methods, by constructor id.
type registry map[uint32]method

// on registers a typed handler. It runs with the world locked: shared when
// reading, else exclusively.
func on[T any, PT interface {
	*T
	request
}](reg registry, a access, f func(c *call, r PT) (bin.Encoder, error)) {
	p := PT(new(T))
	reg[p.TypeID()] = method{
		name: p.TypeName(), access: a,
		fresh: func() request { return PT(new(T)) },
		run:   func(c *call, r request) (bin.Encoder, error) { return f(c, r.(PT)) },
	}
}

var methods = func() registry {
	reg := registry{}
	for _, group := range []func(registry){
		loginMethods, passwordMethods, authorizationMethods, userMethods, dialogMethods, chatMethods,
		historyMethods, sendMethods, updateMethods, botMethods, miscMethods,
	} {
		group(reg)
	}
	return reg
}()

// Call executes one decrypted and unwrapped call. The answer is an encoder,
// a Deferred, or an error: a *tgerr.Error, ErrDrop or ErrSilent. Calls of one
// connection are expected in order.
func (w *World) Call(s Session, noUpdates bool, body *bin.Buffer) (bin.Encoder, error) {
	modernize(body)
	id, err := body.PeekID()
	if err != nil {
		return nil, rpcErr(400, "INPUT_REQUEST_INVALID")
	}
	c := &call{w: w, s: s, key: s.AuthKeyID(), note: JournalEntry{At: w.now().UTC()}}
	m, ok := methods[id]
	if !ok {
		c.note.Method = fmt.Sprintf("unknown %#x", id)
		w.log.Debug("sandbox method unknown", "constructor", c.note.Method)
		return c.finish(nil, rpcErr(400, fmt.Sprintf("INPUT_METHOD_INVALID_%d_0", id)))
	}
	c.note.Method = m.name
	r := m.fresh()
	if err := r.Decode(body); err != nil {
		return c.finish(nil, rpcErr(400, "INPUT_REQUEST_INVALID"))
	}
	if err := c.identify(m, r); err != nil {
		return c.finish(nil, err)
	}
	if c.user != nil && !noUpdates {
		w.attach(s, c.user.ID)
	}
	phone, _ := cleanPhone(c.note.Phone)
	if hit := w.faults.match(m.name, phone, c.note.Chat); hit != nil {
		return c.faulty(hit, m, r)
	}
	return c.finish(c.execute(m, r))
}

// identify finds out who calls and about which chat.
func (c *call) identify(m method, r request) error {
	c.w.mu.RLock()
	defer c.w.mu.RUnlock()
	a := c.w.auths[c.key]
	if a != nil && a.user != 0 {
		c.user = c.w.users[a.user]
		c.note.Phone = "+" + c.user.account.phone
	}
	c.note.Chat, c.note.RandomID = c.subject(r)
	if p, ok := r.(interface{ GetPhoneNumber() string }); ok && c.user == nil {
		if digits, err := cleanPhone(p.GetPhoneNumber()); err == nil {
			c.note.Phone = "+" + digits
		}
	}
	switch {
	case m.access == public:
		return nil
	case a == nil:
		return rpcErr(401, "AUTH_KEY_UNREGISTERED")
	case a.ended != "":
		return rpcErr(401, a.ended)
	case c.user == nil && a.pending != 0:
		return rpcErr(401, "SESSION_PASSWORD_NEEDED")
	case c.user == nil:
		return rpcErr(401, "AUTH_KEY_UNREGISTERED")
	case c.user.deleted:
		return rpcErr(401, "USER_DEACTIVATED")
	}
	return nil
}

// subject is the chat a request is about and its random_id, 0 for none.
func (c *call) subject(r request) (chat, randomID int64) {
	var self int64
	if c.user != nil {
		self = c.user.ID
	}
	switch x := r.(type) {
	case interface{ GetPeer() tg.InputPeerClass }:
		chat = inputID(self, x.GetPeer())
	case interface{ GetChannel() tg.InputChannelClass }:
		if in, ok := x.GetChannel().(*tg.InputChannel); ok {
			chat = markChannel(in.ChannelID)
		}
	case interface{ GetChatID() int64 }:
		chat = markGroup(x.GetChatID())
	}
	if x, ok := r.(interface{ GetRandomID() int64 }); ok {
		randomID = x.GetRandomID()
	}
	return chat, randomID
}

// execute runs the handler and returns when what it changed has been written.
func (c *call) execute(m method, r request) (bin.Encoder, error) {
	res, ticket, err := c.locked(m, r)
	for _, f := range c.after {
		f()
	}
	if e := c.w.store.flush(ticket); e != nil {
		c.w.log.Error("sandbox log", "error", e)
		return nil, rpcErr(500, "INTERNAL")
	}
	return res, err
}

func (c *call) locked(m method, r request) (res bin.Encoder, ticket uint64, err error) {
	if m.access == reading {
		c.w.mu.RLock()
		defer c.w.mu.RUnlock()
		res, err = m.run(c, r)
		return res, 0, err
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	before := c.w.store.last()
	res, err = m.run(c, r)
	if ticket = c.w.store.last(); ticket == before {
		ticket = 0
	}
	return res, ticket, err
}

// finish notes the call in the journal.
func (c *call) finish(res bin.Encoder, err error) (bin.Encoder, error) {
	if c.note.Outcome == "" {
		c.note.Outcome = outcomeOf(err)
	}
	c.w.journal.add(c.note)
	c.w.watchers.wake()
	return res, err
}

func outcomeOf(err error) string {
	var te *tgerr.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &te):
		return te.Message
	}
	return "INTERNAL"
}

// faulty treats a call that a rule fired on.
func (c *call) faulty(hit *rule, m method, r request) (bin.Encoder, error) {
	switch hit.Mode {
	case FaultBefore:
		return c.finish(nil, hit.err())
	case FaultHold, FaultDelay:
		return c.postpone(hit, m, r), nil
	}
	_, _ = c.execute(m, r)
	c.note.Outcome = string(hit.Mode)
	switch {
	case hit.Mode == FaultDrop:
		return c.finish(nil, ErrDrop)
	case hit.Mode == FaultDropAfterAck:
		_, _ = c.finish(nil, nil)
		return Deferred(func(context.Context) (bin.Encoder, error) { return nil, ErrDrop }), nil
	case hit.Error == "":
		return c.finish(nil, ErrSilent)
	}
	return c.finish(nil, hit.err())
}

// postpone executes the call when the rule lets it. Its random_id is in flight
// until then.
func (c *call) postpone(hit *rule, m method, r request) Deferred {
	c.note.Outcome = string(hit.Mode)
	n := c.w.journal.add(c.note)
	c.w.watchers.wake()
	var key sentKey
	if c.user != nil && c.note.RandomID != 0 {
		key = sentKey{c.user.ID, c.note.Chat, c.note.RandomID}
		c.reserved = c.w.inFlight.reserve(key)
	}
	return c.w.later(hit, func(ctx context.Context) (bin.Encoder, error) {
		res, err := c.execute(m, r)
		if c.reserved {
			c.w.inFlight.free(key)
		}
		c.w.journal.stored(n, c.note.MessageID)
		c.w.watchers.wake()
		if wait, ok := res.(Deferred); ok && err == nil {
			return wait(ctx)
		}
		return res, err
	})
}

// inFlight are the messages that were received and are not stored yet.
type inFlight struct {
	mu sync.Mutex
	m  map[sentKey]struct{}
}

func (f *inFlight) reserve(k sentKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, taken := f.m[k]; taken {
		return false
	}
	if f.m == nil {
		f.m = map[sentKey]struct{}{}
	}
	f.m[k] = struct{}{}
	return true
}

func (f *inFlight) free(k sentKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.m, k)
}

func (f *inFlight) has(k sentKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.m[k]
	return ok
}

// vector and boolean are answers that have no class in tg.
type vector []bin.Encoder

func (v vector) Encode(b *bin.Buffer) error {
	b.PutVectorHeader(len(v))
	for _, e := range v {
		if err := e.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

type boolean bool

func (v boolean) Encode(b *bin.Buffer) error {
	b.PutBool(bool(v))
	return nil
}

func yes[R any](*call, R) (bin.Encoder, error) { return boolean(true), nil }
