package domain

import (
	"sync"
	"time"
)

// Throttle slows repeated failures down, in memory: after free failures of a
// key each further one doubles the wait, from one second to a quarter of an
// hour. A key is forgotten an hour after its last failure. There is no
// permanent lock-out, since that would let a stranger lock others out.
type Throttle struct {
	mu   sync.Mutex
	keys map[string]failures
}

type failures struct {
	n    int
	last time.Time
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

// Wait is how long the strictest of the keys still has to wait.
func (t *Throttle) Wait(now time.Time, keys ...string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var w time.Duration
	for _, k := range keys {
		if f, ok := t.keys[k]; ok {
			w = max(w, f.last.Add(f.wait()).Sub(now))
		}
	}
	return w
}

// Fail counts a failure of each key.
func (t *Throttle) Fail(now time.Time, keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys = map[string]failures{}
	}
	if len(t.keys) >= throttleKeys {
		for k, f := range t.keys {
			if now.Sub(f.last) > throttleForget {
				delete(t.keys, k)
			}
		}
	}
	for _, k := range keys {
		f := t.keys[k]
		if now.Sub(f.last) > throttleForget {
			f.n = 0
		}
		if _, known := t.keys[k]; known || len(t.keys) < 2*throttleKeys {
			t.keys[k] = failures{f.n + 1, now}
		}
	}
}

// Clear forgets a key.
func (t *Throttle) Clear(key string) {
	t.mu.Lock()
	delete(t.keys, key)
	t.mu.Unlock()
}
