package telegram

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"

	"postix/domain"
)

// link is one account's client and who supervises it.
type link struct {
	accounts *Accounts
	account  domain.Account
	before   <-chan struct{} // closed when the client that this one replaces has stopped
	done     chan struct{}   // closed when this one has
	session  *sealedSession
	cancel   context.CancelFunc

	// guarded by accounts.mu
	state   domain.LinkState
	api     *tg.Client         // nil while not ready
	stop    context.CancelFunc // of the client that runs now
	dead    string             // Telegram's word for the session being gone
	fault   error              // why connecting fails, where waiting does not help
	leaving bool               // a person disconnects it: a 401 is no news
}

// supervise runs the account's client until ctx ends or its session is gone. A
// client that ends otherwise, also by a panic, is started again with back-off.
func (l *link) supervise(ctx context.Context) {
	defer close(l.done)
	defer l.accounts.forget(l)
	if l.before != nil {
		<-l.before // one key must not be used on two connections
	}
	a := l.accounts
	for wait := a.retryFirst; ctx.Err() == nil; wait = min(2*wait, a.retryMost) {
		began := time.Now()
		err := l.connect(ctx)
		if code := l.died(err); code != "" {
			l.bury(ctx, code)
			return
		}
		if domain.IsCode(err, domain.NotFound) {
			a.log.Info("account has no session", "account", l.account.ID)
			return
		}
		if ctx.Err() != nil {
			return
		}
		a.log.Warn("client ended, starting it again", "account", l.account.ID, "in", wait, "err", err)
		if time.Since(began) > a.retryMost {
			wait = a.retryFirst
		}
		sleep(ctx, wait)
	}
}

// connect runs one client to its end.
func (l *link) connect(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.accounts.log.Error("panic in a client", "account", l.account.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a := l.accounts
	a.mu.Lock()
	l.stop = stop
	a.mu.Unlock()
	release, err := slot(ctx, a.connecting, a.slotTime)
	if err != nil {
		return err
	}
	defer release()
	defer a.set(l, domain.LinkConnecting, nil)
	stuck := time.AfterFunc(a.stuckAfter, stop)
	defer stuck.Stop()
	var client *telegram.Client
	ready := func() {
		stuck.Stop()
		a.set(l, domain.LinkReady, client.API())
		release()
		a.attend(l)
	}
	lost := func() {
		if a.set(l, domain.LinkConnecting, nil) {
			stuck.Reset(a.stuckAfter)
		}
	}
	client = telegram.NewClient(a.cfg.APIID, a.cfg.APIHash, l.options(ctx, ready, lost))
	return client.Run(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
}

// options of the account's client; ready is called at each (re)connect, and lost
// whenever it is not connected.
func (l *link) options(ctx context.Context, ready, lost func()) telegram.Options {
	o := l.accounts.options(ctx, l.session)
	// Only a client that takes updates asks who it is at each connect, which is
	// how a session that ended meanwhile is noticed.
	o.UpdateHandler = telegram.UpdateHandlerFunc(func(ctx context.Context, u tg.UpdatesClass) error {
		if _, ok := u.(*tg.UpdatesTooLong); ok {
			l.checkSession(ctx)
		}
		l.accounts.overhear(l.account.ID, u)
		return nil
	})
	o.OnConnectionState = func(st telegram.ConnectionState) {
		if st == telegram.ConnectionStateReady {
			ready()
		} else {
			lost()
		}
	}
	o.OnDead = l.noteFault
	o.Middlewares = []telegram.Middleware{telegram.MiddlewareFunc(l.watch)}
	return o
}

// checkSession asks who the account is, for watch to see the answer. Of an
// account that does not listen, "too many updates, ask for them" means one thing
// only: something has happened to the session.
func (l *link) checkSession(ctx context.Context) {
	go func() {
		_, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) ([]tg.UserClass, error) {
			return api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
		})
		if err != nil {
			l.accounts.log.Debug("session checked", "account", l.account.ID, "err", err)
		}
	}()
}

// watch looks at the answer of every call for the end of the session, and for
// updates.
func (l *link) watch(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
		err := next.Invoke(ctx, in, out)
		if code, dead := isDead(err); dead {
			l.die(code)
		}
		if u, ok := out.(*tg.UpdatesBox); ok && err == nil {
			l.accounts.overhear(l.account.ID, u.Updates)
		}
		return err
	}
}

// noteFault remembers that Telegram refuses this program as a whole, so that
// senders are told instead of left waiting.
func (l *link) noteFault(err error) {
	if e := sendError(context.Background(), err); e.Action == domain.ActGlobal {
		l.accounts.log.Error("Telegram refuses the program", "account", l.account.ID, "code", e.Code)
		l.accounts.mu.Lock()
		l.fault = e
		l.accounts.wake()
		l.accounts.mu.Unlock()
	}
}

// die stops the client because its session is gone. The first word counts.
func (l *link) die(code string) {
	l.accounts.mu.Lock()
	if l.dead == "" {
		l.dead = code
	}
	stop := l.stop
	l.accounts.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// died is Telegram's word for the session being gone; empty while it lives, and
// for an account that is being disconnected.
func (l *link) died(err error) string {
	l.accounts.mu.Lock()
	defer l.accounts.mu.Unlock()
	if l.leaving {
		return ""
	}
	if l.dead == "" {
		if code, dead := isDead(err); dead {
			l.dead = code
		}
	}
	return l.dead
}

// storeDeadline bounds one try to record a dead session.
const storeDeadline = 10 * time.Second

// bury records that the account must be connected again, trying until it is
// written. A stop in between is no loss: the next start finds out again.
func (l *link) bury(ctx context.Context, code string) {
	a := l.accounts
	a.log.Warn("session is gone", "account", l.account.ID, "code", code)
	for wait := a.retryFirst; ; wait = min(2*wait, a.retryMost) {
		store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
		_, err := a.store.SetAccountState(store, l.account.OrganizationID, l.account.ID, domain.AccountNeedsLogin, code, a.now().UTC())
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.Error("record a dead session", "account", l.account.ID, "err", err)
		sleep(ctx, wait)
	}
}

// slot takes one of a few places and answers how to give it back, which also
// happens by itself after a while.
func slot(ctx context.Context, places chan struct{}, most time.Duration) (release func(), err error) {
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var once sync.Once
	free := func() { once.Do(func() { <-places }) }
	t := time.AfterFunc(most, free)
	return func() { t.Stop(); free() }, nil
}
