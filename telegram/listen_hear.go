package telegram

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"postix/domain"
)

// What a listener keeps in memory, in messages. What does not fit is left at
// Telegram and asked for later.
const (
	queueMost = 1000
	aheadMost = 1000
	batchMost = 100
	roomAgain = queueMost / 2 // differences are asked for once no more are queued
)

const (
	saveEvery    = time.Second // positions
	saveDeadline = 5 * time.Second
)

// listener hears what is written in the groups of one account. The connection
// calls take; two goroutines hand over what it kept and ask for what it missed.
type listener struct {
	accounts *Accounts
	account  domain.Account
	ears     domain.Ears
	store    domain.PositionStore
	before   <-chan struct{} // closed when the listener that this one follows has ended; may be nil
	done     chan struct{}

	// guarded by accounts.mu
	cancel context.CancelFunc
	ending bool

	more chan struct{} // size one: there is something to hand over or to save
	wake chan struct{} // size one: there is something to ask for

	mu      sync.Mutex
	ready   bool // the positions have been read
	common  *box
	boxes   map[domain.PeerID]*box // supergroups
	people  map[int64]person
	groups  map[domain.PeerID]group
	queue   []waiting
	ahead   int       // events ahead in all boxes
	survey  time.Time // when to ask after all supergroups; zero: at once
	rest    time.Time // Telegram wants silence until then
	looking time.Time // not before, for supergroups without access hash
}

func newListener(a *Accounts, acc domain.Account, old *listener) *listener {
	l := &listener{
		accounts: a, account: acc, ears: a.listening.ears, store: a.listening.positions, done: make(chan struct{}),
		more: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		common: &box{}, boxes: map[domain.PeerID]*box{}, people: map[int64]person{}, groups: map[domain.PeerID]group{},
	}
	if old != nil {
		l.before = old.done
	}
	return l
}

// stop ends the listener. The caller holds accounts.mu.
func (l *listener) stop() {
	l.ending = true
	l.cancel()
}

// run listens until ctx ends. What is queued then is not lost: its position was
// not saved.
func (l *listener) run(ctx context.Context) {
	defer close(l.done)
	defer l.accounts.unlisten(l)
	if l.before != nil {
		<-l.before // it saves its positions at its end
	}
	if persist(ctx, l.accounts, l.account.ID, "read how far an account has listened", l.load) != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.hand(ctx) })
	both.Go(func() { l.catchUp(ctx) })
	both.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveDeadline)
	defer cancel()
	l.save(last)
}

// load begins where the account was.
func (l *listener) load(ctx context.Context) error {
	positions, err := l.store.Positions(ctx, l.account.ID)
	if err != nil {
		return err
	}
	groups, err := l.store.ListenedGroups(ctx, l.account.ID)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ready = true
	l.know(groups)
	for _, p := range positions {
		if p.Pts < 1 {
			continue
		}
		b := l.boxes[p.PeerID]
		switch {
		case p.PeerID == 0:
			b = l.common
			b.qts, b.date = p.Qts, p.Date
		case b == nil: // its dialog is not stored: the next message there shows the gap
			b = l.newBox(p.PeerID)
		}
		b.known, b.pts, b.heard, b.saved = true, p.Pts, p.Pts, p.Pts
	}
	return nil
}

// hand hands over what is queued, and saves positions.
func (l *listener) hand(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var saved time.Time
	for ctx.Err() == nil {
		batch := l.batch()
		if len(batch) > 0 && !l.hear(ctx, batch) {
			return
		}
		if time.Since(saved) >= saveEvery {
			l.save(ctx)
			saved = time.Now()
		}
		if len(batch) > 0 {
			continue
		}
		timer.Reset(l.untilSave(saved))
		select {
		case <-l.more:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// batch takes from the queue.
func (l *listener) batch() []waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), batchMost)
	batch := slices.Clone(l.queue[:n])
	l.queue = slices.Delete(l.queue, 0, n)
	return batch
}

// hear hands a batch over, trying until it is taken; false when ctx ended before.
func (l *listener) hear(ctx context.Context, batch []waiting) bool {
	heard := make([]domain.Incoming, len(batch))
	for i, w := range batch {
		heard[i] = w.message
	}
	err := persist(ctx, l.accounts, l.account.ID, "hand over what an account heard", func(ctx context.Context) error {
		return l.tell(ctx, heard)
	})
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish(batch)
	if len(l.queue) <= roomAgain {
		kick(l.wake)
	}
	return true
}

func (l *listener) tell(ctx context.Context, heard []domain.Incoming) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.accounts.log.Error("panic while hearing", "account", l.account.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return l.ears.Hear(ctx, heard)
}

func (l *listener) full() bool { return len(l.queue) >= queueMost }

// untilSave is how long nothing needs to be saved.
func (l *listener) untilSave(saved time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.unsaved()) == 0 {
		return time.Hour
	}
	return time.Until(saved.Add(saveEvery))
}

// unsaved are the boxes whose stored position is behind.
func (l *listener) unsaved() []*box {
	var out []*box
	if l.common.heard != l.common.saved {
		out = append(out, l.common)
	}
	for _, b := range l.boxes {
		if b.heard != b.saved {
			out = append(out, b)
		}
	}
	return out
}

// save stores the positions that have moved. What cannot be stored is tried
// again with the next.
func (l *listener) save(ctx context.Context) {
	l.mu.Lock()
	boxes := l.unsaved()
	ps := make([]domain.Position, len(boxes))
	for i, b := range boxes {
		ps[i] = domain.Position{PeerID: b.id, Pts: b.heard, Qts: b.qts, Date: b.date}
	}
	l.mu.Unlock()
	if len(ps) == 0 {
		return
	}
	if err := l.store.SavePositions(ctx, l.account.ID, ps); err != nil {
		l.accounts.log.Error("save how far an account has listened", "account", l.account.ID, "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range boxes {
		b.saved = ps[i].Pts
	}
}

// kick fills a channel of size one.
func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
