package telegram

import (
	"context"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// listening is what [Accounts] keeps for the accounts that listen, guarded by its
// mu.
type listening struct {
	ears      domain.Ears // nil: nobody listens
	positions domain.PositionStore
	wanted    map[int64]bool // what was said of an account, by id
	listeners map[int64]*listener
	deaf      map[int64]int
}

// ListenWith says who takes what the accounts hear, and where it is kept how far
// they have read. Call it before Run; without it nobody listens. The last
// positions are saved before Run returns.
func (a *Accounts) ListenWith(ears domain.Ears, positions domain.PositionStore) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listening = listening{
		ears: ears, positions: positions,
		wanted: map[int64]bool{}, listeners: map[int64]*listener{}, deaf: map[int64]int{},
	}
}

// Listen switches an account's listening on or off. One that is not connected
// begins when it is. Whoever listens for the first time hears what is written
// from then on; later it goes on where it was.
func (a *Accounts) Listen(accountID int64, on bool) {
	a.mu.Lock()
	if a.listening.ears == nil {
		a.mu.Unlock()
		return
	}
	a.listening.wanted[accountID] = on
	l, ls := a.links[accountID], a.listening.listeners[accountID]
	if !on && ls != nil {
		ls.stop()
	}
	a.mu.Unlock()
	if on && l != nil {
		a.attend(l)
	}
}

// Deaf counts, by account, the events that were missed for good since the start,
// because Telegram no longer kept them. Not every event is a message. Accounts
// that missed nothing are left out.
func (a *Accounts) Deaf() map[int64]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[int64]int, len(a.listening.deaf))
	for id, n := range a.listening.deaf {
		out[id] = n
	}
	return out
}

func (a *Accounts) missed(accountID int64, events int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listening.deaf[accountID] += events
}

// listenAsStored switches on who is stored as listening, trying until the store
// answers. What was said since the start counts more.
func (a *Accounts) listenAsStored(ctx context.Context) {
	a.mu.Lock()
	store := a.listening.positions
	a.mu.Unlock()
	if store == nil {
		return
	}
	var ids []int64
	err := persist(ctx, a, 0, "list the accounts that listen", func(ctx context.Context) (err error) {
		ids, err = store.Listening(ctx)
		return err
	})
	if err != nil {
		return
	}
	for _, id := range ids {
		a.mu.Lock()
		_, said := a.listening.wanted[id]
		a.mu.Unlock()
		if !said {
			a.Listen(id, true)
		}
	}
}

// persist tries f with back-off until it succeeds or ctx ends.
func persist(ctx context.Context, a *Accounts, accountID int64, what string, f func(context.Context) error) error {
	for wait := a.retryFirst; ; wait = min(2*wait, a.retryMost) {
		err := f(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		a.log.Error(what, "account", accountID, "again_in", wait, "err", err)
		sleep(ctx, wait)
	}
}

// attend starts the listener of a connected account that should have one and has
// none, and lets it ask for what it missed.
func (a *Accounts) attend(l *link) {
	id := l.account.ID
	a.mu.Lock()
	ls := a.listening.listeners[id]
	if a.listening.wanted[id] && a.links[id] == l && l.state == domain.LinkReady && !a.closed && (ls == nil || ls.ending) {
		ls = newListener(a, l.account, ls)
		a.listening.listeners[id] = ls
		var ctx context.Context
		ctx, ls.cancel = context.WithCancel(a.run)
		a.work.Add(1)
		go func() {
			defer a.work.Done()
			ls.run(ctx)
		}()
	}
	a.mu.Unlock()
	if ls != nil {
		ls.stale()
	}
}

// listener is the account's, or nil where it does not listen.
func (a *Accounts) listener(accountID int64) *listener {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ls := a.listening.listeners[accountID]; ls != nil && !ls.ending {
		return ls
	}
	return nil
}

// overhear hands an account's updates to its listener, if it has one.
func (a *Accounts) overhear(accountID int64, u tg.UpdatesClass) {
	if ls := a.listener(accountID); ls != nil {
		ls.take(u)
	}
}

// unlisten forgets a listener that has ended, unless another has taken its place.
func (a *Accounts) unlisten(ls *listener) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id := ls.account.ID; a.listening.listeners[id] == ls {
		delete(a.listening.listeners, id)
	}
}
