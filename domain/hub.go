package domain

import "sync"

// Hub tells live pages and timers inside this process that something changed.
// It carries no data: whoever wakes asks the database. A slow listener loses
// repetitions, never the news.
type Hub struct {
	mu   sync.Mutex
	subs map[int64]map[chan struct{}]struct{}
}

// Everything is the topic that wakes on a change of any organization.
const Everything int64 = 0

// Changed wakes the listeners of an organization and those of [Everything].
func (h *Hub) Changed(organizationID int64) { h.wake(organizationID, Everything) }

// Progress wakes the listeners of an organization only: what has changed is
// shown, and makes nothing else due.
func (h *Hub) Progress(organizationID int64) { h.wake(organizationID) }

// ChangedAll wakes every listener.
func (h *Hub) ChangedAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for topic := range h.subs {
		h.signal(topic)
	}
}

func (h *Hub) wake(topics ...int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		h.signal(topic)
	}
}

// signal is called with the mutex held.
func (h *Hub) signal(topic int64) {
	for c := range h.subs[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Listen answers a channel of size one and a function that ends it.
func (h *Hub) Listen(topic int64) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[int64]map[chan struct{}]struct{}{}
	}
	if h.subs[topic] == nil {
		h.subs[topic] = map[chan struct{}]struct{}{}
	}
	h.subs[topic][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		delete(h.subs[topic], c)
		if len(h.subs[topic]) == 0 {
			delete(h.subs, topic)
		}
		h.mu.Unlock()
	}
}
