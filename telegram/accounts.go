package telegram

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// StateStore records that an account's session is gone.
type StateStore interface {
	// SetAccountState is that of [domain.AccountStore].
	SetAccountState(ctx context.Context, organizationID, id int64, st domain.AccountState, reason string, at time.Time) (bool, error)
}

// Accounts keeps one supervised client per account connected, from Run's start
// to its end. It is the [domain.Links] of the product. All its methods may be
// called at any time from any goroutine.
type Accounts struct {
	cfg   Config
	vault domain.SessionVault
	store StateStore
	hub   *domain.Hub
	now   func() time.Time
	log   *slog.Logger
	slow  slowModes

	connecting chan struct{} // slots of clients that are connecting
	slotTime   time.Duration // a client that needs longer to connect does not hold the others up
	handshakes chan struct{} // slots of logins, which make a key first
	clock      *serverClock
	clockAgain time.Duration // until the time is asked for again
	retryFirst time.Duration // before a client that ended is started again
	retryMost  time.Duration
	stuckAfter time.Duration // without a connection

	// mu guards everything below and the state of links. Nothing waits or calls
	// out under it.
	mu      sync.Mutex
	links   map[int64]*link
	logins  map[*loginClient]struct{}
	run     context.Context // of Run; nil before
	closed  bool            // Run is over
	changed chan struct{}   // closed and replaced at each change of a link
	work    sync.WaitGroup  // links, logins, listeners and calls; grows only while not closed

	listening listening
}

var _ domain.Links = (*Accounts)(nil)

// How many clients connect at once. A key exchange costs both sides half a
// second of CPU, and Telegram dislikes crowds.
const (
	connectingAtOnce = 8
	connectingMost   = 5 * time.Second
	handshakesAtOnce = 3
)

// stuckMost is how long a client may try to connect by itself. Then it is
// started afresh, since the library never gives up what cannot work: a data
// centre that does not exist, for one.
const stuckMost = 5 * time.Minute

// NewAccounts answers accounts that connect once Run is called.
func NewAccounts(cfg Config, vault domain.SessionVault, store StateStore, hub *domain.Hub, now func() time.Time) *Accounts {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Accounts{
		cfg: cfg, vault: vault, store: store, hub: hub, now: now, log: cfg.Logger,
		connecting: make(chan struct{}, connectingAtOnce), slotTime: connectingMost, handshakes: make(chan struct{}, handshakesAtOnce),
		clock: newServerClock(now()), clockAgain: clockEvery,
		retryFirst: time.Second, retryMost: time.Minute, stuckAfter: stuckMost,
		links: map[int64]*link{}, logins: map[*loginClient]struct{}{}, changed: make(chan struct{}),
	}
}

// Run connects all accounts that have a session and keeps them connected until
// ctx ends; then it ends the logins under way, stops every client and waits for
// all of it. What is being sent at that moment ends as ambiguous, so stop the
// senders first. It can be run once.
func (a *Accounts) Run(ctx context.Context) error {
	if err := a.cfg.Check(); err != nil {
		return err
	}
	clients, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer a.stop(stop)
	a.syncTime(ctx)
	a.mu.Lock()
	a.run = clients
	early := a.links
	a.links = map[int64]*link{}
	a.mu.Unlock()
	for _, l := range early {
		a.Connect(l.account)
	}
	a.work.Go(func() { a.listenAsStored(clients) })
	a.connectLinked(ctx)
	a.keepTime(ctx)
	return nil
}

// connectLinked starts all accounts of the vault, trying until it answers.
func (a *Accounts) connectLinked(ctx context.Context) {
	for wait := a.retryFirst; ; wait = min(2*wait, a.retryMost) {
		list, err := a.vault.LinkedAccounts(ctx)
		if err == nil {
			for _, acc := range list {
				if a.Link(acc.ID) == domain.LinkOff {
					a.Connect(acc)
				}
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		a.log.Error("list the accounts to connect", "err", err)
		sleep(ctx, wait)
	}
}

// logOutGrace is how long a stop waits for logins to log out.
const logOutGrace = 5 * time.Second

func (a *Accounts) stop(clients context.CancelFunc) {
	a.mu.Lock()
	a.closed = true
	var logins []*loginClient
	for c := range a.logins {
		logins = append(logins, c)
	}
	a.mu.Unlock()
	grace, cancel := context.WithTimeout(context.Background(), logOutGrace)
	defer cancel()
	for _, c := range logins {
		c.Close()
	}
	for _, c := range logins {
		select {
		case <-c.done:
		case <-grace.Done():
			c.cancel()
		}
	}
	clients()
	a.work.Wait()
}

// begin counts a piece of work that Run waits for; false once Run is over.
func (a *Accounts) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.work.Add(1)
	return true
}

// Connect starts the account's client, or restarts it with the session that the
// vault has now. Before Run it only remembers the account.
func (a *Accounts) Connect(acc domain.Account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	l := &link{accounts: a, account: acc, state: domain.LinkConnecting, done: make(chan struct{})}
	l.session = &sealedSession{vault: a.vault, account: acc, log: a.log, onOther: func() { l.die("AUTH_KEY_UNREGISTERED") }}
	old := a.links[acc.ID]
	a.links[acc.ID] = l
	if a.run == nil {
		return
	}
	if old != nil {
		old.cancel()
		l.before = old.done
	}
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(a.run)
	a.work.Add(1)
	go func() {
		defer a.work.Done()
		l.supervise(ctx)
	}()
}

// How long a log-out waits for a connection, how long it may take, and the stop
// of a client after it.
const (
	logOutPatience = 3 * time.Second
	logOutDeadline = 8 * time.Second
	stopDeadline   = 5 * time.Second
)

// Disconnect stops the account's client; logOut ends its session at Telegram
// first. It stops the client in any case, and answers Unavailable when Telegram
// did not confirm: then the session lives on in the list of devices there until
// its owner ends it.
func (a *Accounts) Disconnect(ctx context.Context, acc domain.Account, logOut bool) error {
	a.mu.Lock()
	l := a.links[acc.ID]
	if l != nil {
		l.leaving = true
	}
	a.mu.Unlock()
	if l == nil {
		return nil
	}
	var err error
	if logOut {
		err = l.logOut(ctx)
	}
	a.forget(l)
	if l.cancel != nil {
		l.cancel()
		wait, stop := context.WithTimeout(ctx, stopDeadline)
		defer stop()
		select {
		case <-l.done:
		case <-wait.Done():
		}
	}
	return err
}

func (l *link) logOut(ctx context.Context) error {
	_, err := call(ctx, l.accounts, l.account.ID, logOutPatience, logOutDeadline, func(ctx context.Context, api *tg.Client) (*tg.AuthLoggedOut, error) {
		return api.AuthLogOut(ctx)
	})
	if _, dead := isDead(err); err == nil || dead {
		return nil
	}
	return domain.E(domain.Unavailable, "account.not_logged_out").Because(err)
}

// Link tells whether an account is connected.
func (a *Accounts) Link(accountID int64) domain.LinkState {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.links[accountID]; l != nil {
		return l.state
	}
	return domain.LinkOff
}

// set records a link's state, wakes whoever waits for it, and answers whether it
// is another than before.
func (a *Accounts) set(l *link, st domain.LinkState, api *tg.Client) (news bool) {
	a.mu.Lock()
	news = l.state != st
	l.state, l.api = st, api
	if st == domain.LinkReady {
		l.fault = nil
	}
	a.wake()
	a.mu.Unlock()
	if news {
		a.hub.Changed(l.account.OrganizationID)
	}
	return news
}

// forget drops a link that has ended, unless another has taken its place.
func (a *Accounts) forget(l *link) {
	a.mu.Lock()
	if a.links[l.account.ID] == l {
		delete(a.links, l.account.ID)
		if ls := a.listening.listeners[l.account.ID]; ls != nil {
			ls.stop()
		}
	}
	l.state, l.api = domain.LinkOff, nil
	a.wake()
	a.mu.Unlock()
	a.hub.Changed(l.account.OrganizationID)
}

func (a *Accounts) wake() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// errNotReady means that an account was not connected in time: nothing was
// asked.
var errNotReady = errors.New("the account is not connected")

// ready waits until the account is connected. Its error wraps errNotReady.
func (a *Accounts) ready(ctx context.Context, accountID int64, patience time.Duration) (*tg.Client, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		a.mu.Lock()
		l, changed := a.links[accountID], a.changed
		var api *tg.Client
		var fault error
		if l != nil {
			api, fault = l.api, l.fault
		}
		a.mu.Unlock()
		if api != nil {
			return api, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, errors.Join(errNotReady, fault)
		}
	}
}

// sleep waits for d or for ctx to end.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
