package mtproto

import (
	"context"
	"sync"
)

// Bounds of what waits for one client. One packet may always wait, whatever its
// size.
const (
	maxQueued      = 4096
	maxQueuedBytes = 8 << 20
)

// outgoing is a packet, or a quick acknowledgement when packet is nil.
type outgoing struct {
	packet []byte
	token  uint32
}

func (o outgoing) appendTo(f framing, dst []byte) []byte {
	if o.packet == nil {
		return f.appendToken(dst, o.token)
	}
	return f.appendPacket(dst, o.packet)
}

// outbox is the bounded queue between those who send to a client and the
// goroutine that writes. Putting never blocks.
type outbox struct {
	wake chan struct{} // holds one token while there is something to look at

	mu     sync.Mutex
	items  []outgoing
	bytes  int
	closed bool
}

func (o *outbox) init() { o.wake = make(chan struct{}, 1) }

// put appends an item. It fails with ErrSlow when the queue is full and with
// ErrGone when it is closed.
func (o *outbox) put(item outgoing) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return ErrGone
	case len(o.items) >= maxQueued, len(o.items) > 0 && o.bytes+len(item.packet) > maxQueuedBytes:
		o.closed = true
		return ErrSlow
	}
	o.items = append(o.items, item)
	o.bytes += len(item.packet)
	o.signal()
	return nil
}

// close lets take end after the items that are there.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take waits for items and takes them all. more is false when none will follow.
func (o *outbox) take(ctx context.Context) (items []outgoing, more bool) {
	for {
		o.mu.Lock()
		items, o.items, o.bytes = o.items, nil, 0
		closed := o.closed
		o.mu.Unlock()
		if len(items) > 0 || closed {
			return items, !closed
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-o.wake:
		}
	}
}
