package world

import (
	"context"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Session is a connected client as its transport sees it. Values are compared
// with ==, so that a client must be the same value in every call.
type Session interface {
	AuthKeyID() [8]byte
	ID() int64
	Layer() int // 0: unknown
	// Push sends a message nobody asked for. It may block as long as the client
	// does not read.
	Push(ctx context.Context, m bin.Encoder) error
	Drop() // closes the connection
}

// notice is something a connection is to be told: a new, edited or deleted
// message, or a ready update.
type notice struct {
	msg    *message
	edit   bool
	gone   bool
	ready  bin.Encoder
	ticket uint64 // of the record behind it, 0 for none
}

// A connection that reads slower than this many notices arrive gets
// updatesTooLong instead and asks for the difference.
const maxNotices = 1000

// Notices that waited are pushed together, this many at once at most.
const maxTogether = 50

// link is a connection that takes updates, with its own queue and goroutine.
type link struct {
	s     Session
	user  int64
	ready chan struct{} // size one: the queue is not empty
	stop  context.CancelFunc

	mu      sync.Mutex
	queue   []notice
	tooLong bool
}

// links are the connections that take updates.
type links struct {
	mu     sync.Mutex
	bySess map[Session]*link
	byUser map[int64][]*link
	closed bool
}

func (l *links) init() {
	l.bySess, l.byUser = map[Session]*link{}, map[int64][]*link{}
}

// attach makes s a connection of the user that takes updates.
func (w *World) attach(s Session, userID int64) {
	w.links.mu.Lock()
	defer w.links.mu.Unlock()
	if k := w.links.bySess[s]; w.links.closed || k != nil && k.user == userID {
		return
	}
	w.links.remove(s)
	ctx, cancel := context.WithCancel(context.Background())
	k := &link{s: s, user: userID, ready: make(chan struct{}, 1), stop: cancel}
	w.links.bySess[s] = k
	w.links.byUser[userID] = append(w.links.byUser[userID], k)
	w.wg.Go(func() { w.deliver(ctx, k) })
}

// Detach forgets a connection that is gone.
func (w *World) Detach(s Session) {
	w.links.mu.Lock()
	defer w.links.mu.Unlock()
	w.links.remove(s)
}

func (l *links) remove(s Session) {
	k := l.bySess[s]
	if k == nil {
		return
	}
	k.stop()
	delete(l.bySess, s)
	rest := make([]*link, 0, len(l.byUser[k.user]))
	for _, x := range l.byUser[k.user] {
		if x != k {
			rest = append(rest, x)
		}
	}
	if len(rest) == 0 {
		delete(l.byUser, k.user)
	} else {
		l.byUser[k.user] = rest
	}
}

func (l *links) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, k := range l.bySess {
		k.stop()
	}
}

// of returns the user's connections. The slice is not changed later.
func (l *links) of(userID int64) []*link {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byUser[userID]
}

// send queues a notice for the user's connections but origin. It never blocks.
func (l *links) send(userID int64, origin Session, n notice) {
	for _, k := range l.of(userID) {
		if k.s != origin {
			k.add(n)
		}
	}
}

func (k *link) add(n notice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tooLong {
		return
	}
	if len(k.queue) >= maxNotices {
		k.queue, k.tooLong = nil, true
	} else {
		k.queue = append(k.queue, n)
	}
	select {
	case k.ready <- struct{}{}:
	default:
	}
}

func (k *link) take() (batch []notice, tooLong bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tooLong {
		k.tooLong = false
		return nil, true
	}
	n := min(len(k.queue), maxTogether)
	batch = k.queue[:n:n]
	k.queue = k.queue[n:]
	if len(k.queue) > 0 {
		select {
		case k.ready <- struct{}{}:
		default:
		}
	}
	return batch, false
}

// deliver pushes what is queued, until the connection is gone.
func (w *World) deliver(ctx context.Context, k *link) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.ready:
		}
		more := true // after a panic too: the client finds the gap by pts
		w.guard("a push", func() { more = w.pushBatch(ctx, k) })
		if !more {
			return
		}
	}
}

// pushBatch pushes one batch. It is false when the connection is gone; the
// transport tells of that by Detach too.
func (w *World) pushBatch(ctx context.Context, k *link) bool {
	batch, tooLong := k.take()
	// Nobody may see a message that a crash could still undo.
	if len(batch) > 0 && w.store.flush(batch[len(batch)-1].ticket) != nil {
		return false
	}
	out := w.renderNotices(k, batch)
	if tooLong {
		out = []bin.Encoder{&tg.UpdatesTooLong{}}
	}
	for _, m := range out {
		if k.s.Push(ctx, m) != nil {
			return false
		}
	}
	return true
}

// renderNotices puts message notices into one container, ready ones stay alone.
func (w *World) renderNotices(k *link, batch []notice) (out []bin.Encoder) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u := w.users[k.user]
	if u == nil {
		return nil
	}
	v := view{w: w, user: u, layer: k.s.Layer()}
	var msgs []*message
	var ups []tg.UpdateClass
	for _, n := range batch {
		if n.ready != nil {
			out = append(out, n.ready)
			continue
		}
		msgs = append(msgs, n.msg)
		if n.gone {
			ups = append(ups, n.msg.goneUpdate())
		} else {
			ups = append(ups, v.update(n.msg, n.edit))
		}
	}
	if len(ups) == 0 {
		return out
	}
	users, chats := v.entities(msgs)
	return append(out, &tg.Updates{Updates: ups, Users: users, Chats: chats, Date: msgs[len(msgs)-1].date()})
}
