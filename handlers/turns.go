package handlers

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"postix/domain"
	"postix/static"
)

// How many pages are made at once, and how many requests wait for their turn,
// and for how long. Each holds memory.
const (
	pagesAtOnce  = 32
	pagesWaiting = 1000
	turnWithin   = 10 * time.Second
	busyAgain    = 5 * time.Second // what somebody is told who got no turn
)

// turns bounds how many pages are made at once, so that a crowd costs neither
// memory nor those who send.
type turns struct {
	making, waiting chan struct{}
}

func newTurns() turns {
	return turns{make(chan struct{}, pagesAtOnce), make(chan struct{}, pagesAtOnce+pagesWaiting)}
}

// take waits for a turn and answers how to give it back, which may be done more
// than once. Unavailable (panel.busy) when too many wait, or it takes too long.
func (t turns) take(ctx context.Context) (release func(), err error) {
	select {
	case t.waiting <- struct{}{}:
	default:
		return nil, busy()
	}
	wait := time.NewTimer(turnWithin)
	defer wait.Stop()
	select {
	case t.making <- struct{}{}:
		return sync.OnceFunc(func() { <-t.making; <-t.waiting }), nil
	case <-wait.C:
	case <-ctx.Done():
	}
	<-t.waiting
	return nil, busy()
}

// busy is the answer where a crowd asks for more than can be made.
func busy() error { return domain.E(domain.Unavailable, "panel.busy").After(busyAgain) }

// takesTurn reports whether the route makes a page out of the database. What a
// person orders may wait for Telegram, and live pages and files last as long as
// their reader.
func (r Route) takesTurn() bool {
	return r.Method == http.MethodGet && !r.live() && !strings.HasPrefix(r.Path, static.Prefix)
}
