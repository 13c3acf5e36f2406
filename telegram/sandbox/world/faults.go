package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tgerr"
)

// faults are the rules and the calls they hold.
type faults struct {
	mu    sync.Mutex
	last  int64
	rules []*rule
}

type rule struct {
	Fault
	release chan struct{} // closed when the rule is cleared
}

// AddFault adds a rule and returns it with its number. Rules are tried in the
// order of their numbers; the first that fires decides about the call.
func (w *World) AddFault(f Fault) (Fault, error) {
	switch f.Mode {
	case FaultBefore:
		if f.Error == "" {
			return f, errors.New("a fault before execution needs an error")
		}
	case FaultDelay:
		if f.DelayMS <= 0 {
			return f, errors.New("a delay needs delay_ms")
		}
	case FaultAfterStore, FaultDrop, FaultDropAfterAck, FaultHold:
	default:
		return f, fmt.Errorf("unknown mode %q", f.Mode)
	}
	if f.Phone != "" {
		digits, err := cleanPhone(f.Phone)
		if err != nil {
			return f, err
		}
		f.Phone = "+" + digits
	}
	if f.Code == 0 && f.Error != "" {
		f.Code = usualCode(f.Error)
	}
	f.Nth, f.Seen, f.Fired, f.Held = max(f.Nth, 1), 0, 0, 0
	if f.Times == 0 {
		f.Times = 1
	}
	w.faults.mu.Lock()
	w.faults.last++
	f.ID = w.faults.last
	w.faults.rules = append(w.faults.rules, &rule{Fault: f, release: make(chan struct{})})
	w.faults.mu.Unlock()
	w.watchers.wake()
	return f, nil
}

// ClearFaults removes the rule with that number, or all of them for 0, and lets
// the calls go on that it held. It returns how many rules there were.
func (w *World) ClearFaults(id int64) int {
	w.faults.mu.Lock()
	n := 0
	w.faults.rules = slices.DeleteFunc(w.faults.rules, func(r *rule) bool {
		if id != 0 && r.ID != id {
			return false
		}
		close(r.release)
		n++
		return true
	})
	w.faults.mu.Unlock()
	w.watchers.wake()
	return n
}

// Faults lists the rules with what they did so far.
func (w *World) Faults() []Fault {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	out := []Fault{}
	for _, r := range w.faults.rules {
		out = append(out, r.Fault)
	}
	return out
}

// match returns the rule that fires on the call, nil for none. Every rule that
// matches counts the call.
func (f *faults) match(method, phone string, chat int64) (hit *rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.Method != "" && r.Method != method || r.Phone != "" && r.Phone != "+"+phone || r.Chat != 0 && r.Chat != chat {
			continue
		}
		r.Seen++
		if hit == nil && r.Seen >= r.Nth && (r.Times < 0 || r.Fired < r.Times) {
			r.Fired++
			hit = r
		}
	}
	return hit
}

func (f *faults) held(r *rule, by int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.Held += by
}

func (r *rule) err() error { return tgerr.New(r.Code, r.Error) }

// wait blocks as long as the rule holds or delays its call. It returns false
// when the world closes before.
func (w *World) wait(r *rule) bool {
	if r.Mode == FaultDelay {
		t := time.NewTimer(time.Duration(r.DelayMS) * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
			return true
		case <-w.closed:
			return false
		}
	}
	w.faults.held(r, 1)
	defer w.faults.held(r, -1)
	w.watchers.wake()
	select {
	case <-r.release:
		return true
	case <-w.closed:
		return false
	}
}

// outcome of a call that is executed later than it was received.
type outcome struct {
	res bin.Encoder
	err error
}

// later executes a held or delayed call in a goroutine of the world's own: the
// call happens even if the client that made it is gone by then.
func (w *World) later(r *rule, run func(context.Context) (bin.Encoder, error)) Deferred {
	done := make(chan outcome, 1)
	w.wg.Go(func() {
		o := outcome{err: rpcErr(500, "INTERNAL")}
		w.guard("a held call", func() {
			if w.wait(r) {
				o.res, o.err = run(context.Background())
			} else {
				o.err = ErrSilent
			}
		})
		done <- o
	})
	return func(ctx context.Context) (bin.Encoder, error) {
		select {
		case o := <-done:
			return o.res, o.err
		case <-ctx.Done():
			return nil, ErrSilent
		}
	}
}
