package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
	"postix/jobs"
	"postix/telegram"
	"postix/telegram/bot"
	"postix/views/locale"
)

// app is the product with its parts joined.
type app struct {
	set           settings
	log           *slog.Logger
	store         *db.Store
	hub           *domain.Hub
	clients       *telegram.Accounts
	accounts      *domain.Accounts
	logins        *domain.Logins
	watch         *domain.Watch
	listening     *domain.WatchSwitch
	organizations *domain.Organizations // Passwords: only where the panel runs
	jobs          *jobs.Jobs
	adopted       bool // otherwise nothing is sent and no account connects

	sandboxURL string
	botAt      botAddress
	life       context.Context // of work in the background
	stop       context.CancelFunc
	background sync.WaitGroup
}

// open prepares everything and connects nothing yet. The caller holds the data
// directory's lock.
func open(ctx context.Context, set settings, tg telegram.Config, log *slog.Logger) (*app, error) {
	store, err := openStore(ctx, set, log)
	if err != nil {
		return nil, err
	}
	adopted, err := goOn(ctx, store, set, log)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	a := &app{set: set, log: log, store: store, adopted: adopted, hub: &domain.Hub{}}
	a.life, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.clients = telegram.NewAccounts(tg, store, store, a.hub, time.Now)
	a.accounts = &domain.Accounts{Store: store, Dialogs: store, Linked: store, Links: a.clients, Hub: a.hub, Now: time.Now}
	a.watch = &domain.Watch{Store: store, Answers: store, Hub: a.hub, Now: time.Now, Rand: rand.Float64, Log: log}
	a.clients.ListenWith(a.watch, store)
	a.listening = &domain.WatchSwitch{Stored: store, Accounts: store, Links: a.clients, Watch: a.watch}
	a.logins = &domain.Logins{Store: store, People: store, Open: a.openLogin, OnReady: a.ready, Hub: a.hub, Now: time.Now, Log: log}
	a.organizations = &domain.Organizations{
		Store: store, Blocks: store, Logins: a.logins, Watch: a.listening, Hub: a.hub, Now: time.Now,
	}
	a.jobs = jobs.New(jobs.Options{
		Queue: store, Outbox: store, Messenger: telegram.NewMessenger(a.clients), Hub: a.hub, Blocks: a.organizations, Dialogs: a.accounts,
		Pruner: store, Sums: store, Content: store, Logger: log,
	})
	return a, nil
}

// goOn finds out whether the data is this installation's own, and stops all
// sending where it is not. Otherwise it lifts a stop that Telegram's refusal of
// the service's own set-up caused: starting again is how a person says that it
// is mended, and if it is not, the first message stops everything again. What a
// person stopped stays stopped.
func goOn(ctx context.Context, store *db.Store, set settings, log *slog.Logger) (adopted bool, err error) {
	why, err := unadopted(ctx, store, set.Data)
	if err != nil {
		return false, err
	}
	if why != "" {
		log.Error("this data waits to be adopted: nothing is sent and no number connects; stop this process and run: postix adopt", "data", set.Data, "why", why)
		return false, store.StopRestored(ctx)
	}
	if err := stamp(ctx, store, set.Data, time.Now().UTC()); err != nil {
		log.Warn("stamping the installation", "err", err) // tried again each minute
	}
	code, stopped, err := store.SendingStopped(ctx)
	if act, _, _ := domain.AnswerTo(code); err != nil || !stopped || act != domain.ActGlobal {
		return true, err
	}
	log.Warn("all sending was stopped; it goes on", "code", code)
	return true, store.ResumeSending(ctx)
}

// openLogin refuses while the data waits to be adopted: a number connected then
// would be one in a copy that may be thrown away.
func (a *app) openLogin(ctx context.Context) (domain.LoginClient, error) {
	if !a.adopted {
		return nil, domain.E(domain.Unavailable, "login.restored")
	}
	return a.clients.OpenLogin(ctx)
}

// keepStamp renews the installation's stamp for as long as the app lives.
func (a *app) keepStamp() {
	tick := time.NewTicker(stampEvery)
	defer tick.Stop()
	for {
		select {
		case <-a.life.Done():
			return
		case <-tick.C:
			if err := stamp(a.life, a.store, a.set.Data, time.Now().UTC()); err != nil && a.life.Err() == nil {
				a.log.Warn("stamping the installation", "err", err)
			}
		}
	}
}

// ready connects an account that has just logged in, and reads its dialogs.
func (a *app) ready(acc domain.Account) {
	a.clients.Connect(acc)
	if err := a.listening.Connected(a.life, acc.ID); err != nil {
		a.log.Warn("listening after a login", "account", acc.ID, "err", err)
	}
	a.watch.Connected()
	a.background.Go(func() {
		if err := a.accounts.Refresh(a.life, acc); err != nil {
			a.log.Warn("reading dialogs after a login", "account", acc.ID, "err", err)
		}
	})
}

// run works until ctx ends: the panel on l, the accounts, the sending. Then it
// takes no more requests, lets deliveries in flight end, and disconnects.
func (a *app) run(ctx context.Context, l net.Listener) error {
	passwords, throttle := handlers.NewPasswords(min(runtime.NumCPU(), handlers.HashesAtOnce)), &domain.Throttle{}
	a.organizations.Passwords = passwords
	security := &domain.Security{
		Store: a.store, Passwords: passwords, Codes: handlers.TOTP{}, Throttle: throttle, Hub: a.hub, Now: time.Now,
	}
	catalogs := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	campaigns := &domain.Campaigns{
		Store: a.store, Schedule: a.store, Catalogs: a.store, Peers: a.store, Accounts: a.store, Hub: a.hub, Now: time.Now,
	}
	tgBot, face, err := a.openBot(bot.Options{
		URL: a.linksTo(l), Webhook: a.set.BotHook,
		Access: &domain.BotAccess{Store: a.store, Now: time.Now}, Store: a.store, Accounts: a.accounts, Catalogs: catalogs,
		Campaigns: campaigns, Security: security, Hub: a.hub, Now: time.Now, Log: a.log,
	})
	if err != nil {
		return err
	}
	panel, err := handlers.New(handlers.Options{
		SignIns:  &domain.SignIns{Store: a.store, Passwords: passwords, Throttle: throttle, Now: time.Now},
		Security: security, Logins: a.logins, Accounts: a.accounts, Catalogs: catalogs, Campaigns: campaigns,
		Organizations: a.organizations,
		Limits:        &domain.LimitRequests{Store: a.store, Watch: a.listening, Hub: a.hub, Now: time.Now},
		Users:         &domain.Users{Store: a.store, Passwords: passwords, Logins: a.logins, Links: a.clients, Hub: a.hub, Now: time.Now},
		DenyList:      &domain.DenyList{Store: a.store, Hub: a.hub, Now: time.Now},
		Watch:         a.watch, Reports: a.store, Bot: face,
		Version: version, Switch: a.store, Audit: a.store, Notices: a.store, Hub: a.hub, Now: time.Now, Log: a.log, Secure: a.set.secure(), URL: a.set.URL,
		ForceTOTP: a.sandboxURL == "", TrustedProxies: a.set.Proxies,
		SandboxURL: a.sandboxURL, Closing: ctx,
	})
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: panel, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	work, halt := context.WithCancel(ctx)
	defer halt()
	links, unlink := context.WithCancel(context.WithoutCancel(ctx)) // they outlive the deliveries in flight
	defer unlink()
	failed := make(chan error, 3)
	var sending, linked, stamping, talking sync.WaitGroup
	if a.adopted {
		if tgBot != nil { // of a copy it would take the real one's updates away
			talking.Go(func() { tgBot.Run(work) })
		}
		linked.Go(func() { failed <- a.clients.Run(links) })
		sending.Go(func() { failed <- a.jobs.Run(work) })
		stamping.Go(a.keepStamp)
	}
	go func() { failed <- srv.Serve(l) }()
	a.log.Info("ready", "panel", "http://"+l.Addr().String())

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.log.Info("stopping", "waits_at_most", stopsWithin)
	halt()
	a.stop()
	down, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if srv.Shutdown(down) != nil {
		_ = srv.Close()
	}
	a.logins.Close()
	talking.Wait()
	sending.Wait()
	unlink()
	linked.Wait()
	stamping.Wait()
	a.background.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// openBot makes the bot, where there is a token, and what the panel sees of it.
func (a *app) openBot(o bot.Options) (*bot.Bot, handlers.Bot, error) {
	if a.botAt.token == "" {
		return nil, nil, nil
	}
	o.Token, o.API = a.botAt.token, a.botAt.api
	b, err := bot.New(o)
	return b, b, err
}

// linksTo is where links in the bot lead: an address that people can open, or "".
func (a *app) linksTo(l net.Listener) string {
	if a.set.URL == "" && a.sandboxURL != "" {
		return "http://" + l.Addr().String()
	}
	return strings.TrimSuffix(a.set.URL, "/")
}

// stopsWithin is how long run takes to end when messages are in flight; the
// jobs keep within it.
const stopsWithin = 20 * time.Second

// close ends what open has begun. It stamps the installation once more, last of
// all that is written: a backup taken before is then behind, however young.
func (a *app) close() {
	a.stop()
	a.background.Wait()
	if a.adopted {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(a.life), 5*time.Second)
		if err := stamp(ctx, a.store, a.set.Data, time.Now().UTC()); err != nil {
			a.log.Warn("stamping the installation", "err", err)
		}
		cancel()
	}
	if err := a.store.Close(); err != nil {
		a.log.Error("closing the database", "err", err)
	}
}

func openStore(ctx context.Context, set settings, log *slog.Logger) (*db.Store, error) {
	if err := set.prepareData(); err != nil {
		return nil, err
	}
	keys, kept, err := set.sealingKey()
	if err != nil {
		return nil, err
	}
	store, err := db.Open(ctx, db.Options{Path: set.database(), Keys: keys, InUse: set.InUse, Logger: log, Now: time.Now})
	if errors.Is(err, db.ErrOtherKey) {
		return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %v", db.ErrOtherKey)}
	}
	if err != nil {
		return nil, err
	}
	if err := kept(); err != nil {
		return nil, errors.Join(badSettings{fmt.Sprintf("POSTIX_KEY_FILE: cannot keep the new key: %v", err)}, store.Close())
	}
	return store, nil
}

// hold prepares the data directory and locks it. What touches Telegram, or a
// port, comes after it.
func (s settings) hold() (lock *os.File, err error) {
	if err := s.prepareData(); err != nil {
		return nil, err
	}
	return lockData(s.Data)
}

// lockData makes sure that one process works on a data directory: two would
// connect the same sessions twice, which Telegram answers by ending them. The
// lock goes with the process, however it ends.
func lockData(dir string) (*os.File, error) {
	return lockFile(filepath.Join(dir, "postix.lock"), fmt.Sprintf("POSTIX_DATA: another postix is running on %s; stop it first", dir))
}

// lockFile locks a file, or refuses in those words.
func lockFile(name, taken string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, badSettings{fmt.Sprintf("cannot lock: %v", err)}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, badSettings{taken}
	}
	return f, nil
}

// listen opens an address; setting is what to change when it is taken.
func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, badSettings{fmt.Sprintf("%s: cannot listen on %s: %v", setting, addr, rootCause(err))}
	}
	return l, nil
}

func rootCause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // checked with the settings
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}

// plain is an error's sentence for the command line, in English.
func plain(e *domain.Error) string {
	return strings.TrimSuffix(locale.Error(locale.With(context.Background(), "en", time.UTC), e), ".")
}
