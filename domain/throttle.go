package domain

import (
	"sync"
	"time"
)

// Throttle slows repeated failures down, in memory: after free failures of a
// key each further one doubles the wait, from one second to a quarter of an
// hour. A key is forgotten an hour after its last failure, or sooner when more
// keys fail than it keeps: the one that failed longest ago goes first.
type Throttle struct {
	mu   sync.Mutex
	keys map[string]failures
}

type failures struct {
	n            int
	last, before time.Time // of the newest failure and of the one before
}

const (
	throttleFree   = 5
	throttleMost   = 15 * time.Minute
	throttleForget = time.Hour
	throttleKeys   = 10_000
)

func (f failures) wait() time.Duration {
	if f.n < throttleFree {
		return 0
	}
	return min(throttleMost, time.Second<<min(f.n-throttleFree, 20))
}

// Try answers how long the strictest of the keys still has to wait. When none
// has to, it counts a failure of each at once, so that tries in parallel see
// each other; a success takes it back.
func (t *Throttle) Try(now time.Time, keys ...string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		if f, ok := t.keys[k]; ok {
			wait = max(wait, f.last.Add(f.wait()).Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, k := range keys {
		t.fail(now, k)
	}
	return 0
}

func (t *Throttle) fail(now time.Time, key string) {
	if t.keys == nil {
		t.keys = map[string]failures{}
	}
	f, known := t.keys[key]
	if !known && len(t.keys) >= throttleKeys {
		t.evict()
	}
	if now.Sub(f.last) > throttleForget {
		f.n = 0
	}
	t.keys[key] = failures{n: f.n + 1, last: now, before: f.last}
}

// evict forgets the key that failed longest ago.
func (t *Throttle) evict() {
	var oldest string
	var last time.Time
	for k, f := range t.keys {
		if last.IsZero() || f.last.Before(last) {
			oldest, last = k, f.last
		}
	}
	delete(t.keys, oldest)
}

// TakeBack undoes what a Try at that time counted for a key.
func (t *Throttle) TakeBack(tried time.Time, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.keys[key]
	if !ok {
		return // cleared or evicted meanwhile
	}
	if f.n--; f.n <= 0 {
		delete(t.keys, key)
		return
	}
	if f.last.Equal(tried) { // otherwise another has failed since
		f.last = f.before
	}
	t.keys[key] = f
}

// Clear forgets a key.
func (t *Throttle) Clear(key string) {
	t.mu.Lock()
	delete(t.keys, key)
	t.mu.Unlock()
}
