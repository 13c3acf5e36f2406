package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// loadPhones are ten accounts of the sandbox that share fifty groups.
var loadPhones = func() (phones []string) {
	for i := range 10 {
		phones = append(phones, fmt.Sprintf("+9989010000%d", 11+i))
	}
	return phones
}()

const dilnozaPhone = "+998901000001" // who has a hundred chats of every kind

// signedIn is a sandbox's directory in which all of them are signed in. Making
// keys is most of the work of a login, so it is done once and copied.
var signedIn signedInWorld

type signedInWorld struct {
	once sync.Once
	err  error
	dir  string
	who  map[string]signedInAccount // by phone
}

type signedInAccount struct {
	profile domain.Profile
	session []byte
}

// copy makes a directory of the test's own.
func (s *signedInWorld) copy(t *testing.T) string {
	t.Helper()
	s.once.Do(func() { s.err = s.make() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	to := filepath.Join(t.TempDir(), "telegram")
	if err := os.CopyFS(to, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func (s *signedInWorld) remove() {
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

func (s *signedInWorld) make() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if s.dir, err = os.MkdirTemp("", "postix-signed-in-"); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	side, err := sandbox.Start(ctx, sandbox.Options{MTProto: "127.0.0.1:0", HTTP: "127.0.0.1:0", Dir: s.dir, Seed: true, Logger: log})
	if err != nil {
		return err
	}
	cfg, _, err := joinTelegram(ctx, settings{Sandbox: side.URL()}, log)
	if err != nil {
		return err
	}
	accounts := telegram.NewAccounts(cfg, nil, nil, &domain.Hub{}, time.Now)
	s.who = map[string]signedInAccount{}
	var mu sync.Mutex
	var all sync.WaitGroup
	turns := make(chan struct{}, 3) // what waits longer than a login's deadline for its key exchange has failed
	for _, phone := range append([]string{dilnozaPhone}, loadPhones...) {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			acc, e := signInAt(ctx, accounts, sandbox.Client{URL: side.URL()}, phone)
			mu.Lock()
			defer mu.Unlock()
			s.who[phone] = acc
			if e != nil {
				err = fmt.Errorf("sign %s in: %w", phone, e)
			}
		})
	}
	all.Wait()
	if e := side.Close(); err == nil {
		err = e
	}
	return err
}

func signInAt(ctx context.Context, accounts *telegram.Accounts, tg sandbox.Client, phone string) (acc signedInAccount, err error) {
	c, err := accounts.OpenLogin(ctx)
	if err != nil {
		return acc, err
	}
	if _, err := c.SendCode(ctx, domain.Phone(phone)); err != nil {
		return acc, err
	}
	code, err := tg.Code(ctx, phone)
	if err != nil {
		return acc, err
	}
	if acc.profile, err = c.SignIn(ctx, code); err != nil {
		return acc, err
	}
	acc.session, err = c.Session(ctx)
	c.Keep()
	return acc, err
}

// house is a sandbox Telegram and the product, each a process of its own, and
// the accounts that the product has connected there.
type house struct {
	t        *testing.T
	dir      string // of the product
	tgDir    string
	tgAddr   [2]string // of the page and of the data centre
	side     *process  // Telegram
	tg       sandbox.Client
	owner    domain.Actor
	accounts []domain.Account
	catalogs []domain.Catalog // of the account in the same place: its groups that take a message at once
	p        *process         // the product
	me       *browserless
}

// newHouse connects the accounts; the product does not run yet. Each account
// sends with about that gap and no other limit.
func newHouse(t *testing.T, gap time.Duration, phones ...string) *house {
	t.Helper()
	return newHouseIn(t, t.TempDir(), gap, phones...)
}

func newHouseIn(t *testing.T, dir string, gap time.Duration, phones ...string) *house {
	t.Helper()
	h := &house{t: t, dir: dir, tgDir: signedIn.copy(t), tgAddr: [2]string{"127.0.0.1:0", "127.0.0.1:0"}}
	h.startTelegram()
	inside(t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		w, err := a.seed(ctx, gap)
		if err != nil {
			t.Fatal(err)
		}
		h.owner = w.owner
		for _, phone := range phones {
			h.connect(ctx, a, w.owner, phone)
		}
	})
	return h
}

// connect gives an account to somebody, with a catalog of its groups.
func (h *house) connect(ctx context.Context, a *app, who domain.Actor, phone string) {
	h.t.Helper()
	acc, err := a.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: who.User.OrganizationID, UserID: who.User.ID, Phone: domain.Phone(phone),
		Profile: signedIn.who[phone].profile, Session: signedIn.who[phone].session, At: time.Now().UTC(),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	a.clients.Connect(acc)
	if err := a.accounts.Refresh(ctx, acc); err != nil {
		h.t.Fatal(err)
	}
	h.accounts = append(h.accounts, acc)
	h.catalogs = append(h.catalogs, fillCatalog(ctx, h.t, a, who, acc))
}

var sandboxLine = regexp.MustCompile(`Sandbox Telegram: http://(\S+) \(data centre (\S+)\)`)

// startTelegram starts the sandbox; again, it is at the same addresses and knows
// all it knew, but for its faults and its journal.
func (h *house) startTelegram() {
	h.t.Helper()
	h.side = launch(h.t, nil, "sandbox", "telegram", "--listen", h.tgAddr[0], "--mtproto", h.tgAddr[1], "--data", h.tgDir, "--log", "warn")
	m := h.side.awaits(h.t, sandboxLine)
	h.tgAddr = [2]string{m[1], m[2]}
	h.tg = sandbox.Client{URL: "http://" + m[1]}
}

// start starts the product and signs its owner in.
func (h *house) start(more ...string) {
	h.t.Helper()
	h.p = serve(h.t, h.dir, h.tg.URL, more...)
	if h.me == nil {
		h.me = signIn(h.t, h.p.url, h.owner.User.Email)
	}
	h.me.base = h.p.url
}

// order makes a campaign of an account and all its groups, due now.
func (h *house) order(account int, text string, rounds int, every time.Duration) int64 {
	h.t.Helper()
	return h.me.order(h.t, h.catalogs[account].ID, h.accounts[account].ID, text, rounds, every)
}

func (b *browserless) order(t *testing.T, catalog, account int64, text string, rounds int, every time.Duration) int64 {
	t.Helper()
	at, page := b.post(t, "/admin/campaigns", url.Values{
		"token": {domain.NewToken()}, "catalog": {id(catalog)}, "account": {id(account)}, "text": {text},
		"rounds": {strconv.Itoa(rounds)}, "every": {strconv.Itoa(int(every / time.Second))}, "unit": {"seconds"}, "start": {"now"},
	})
	n, err := strconv.ParseInt(strings.TrimPrefix(at, "/admin/campaigns/"), 10, 64)
	if err != nil {
		t.Fatalf("ordering led to %s:\n%s", at, page)
	}
	return n
}

// fault makes a call of messages.sendMessage go wrong.
func (h *house) fault(f world.Fault) world.Fault {
	h.t.Helper()
	f.Method = "messages.sendMessage"
	f, err := h.tg.AddFault(h.t.Context(), f)
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

// fired waits until a fault has fired.
func (h *house) fired(f world.Fault) {
	h.t.Helper()
	eventually(h.t, fmt.Sprintf("fault %s %s", f.Mode, f.Error), func() bool {
		all, err := h.tg.Faults(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, x := range all {
			if x.ID == f.ID {
				return x.Fired > 0
			}
		}
		return false
	})
}

// calls are the calls of messages.sendMessage that Telegram received after
// number since, whatever became of them. An empty phone means all accounts.
func (h *house) calls(phone string, since int64) (out []world.JournalEntry) {
	h.t.Helper()
	for _, e := range h.journal(since) {
		if e.Method == "messages.sendMessage" && (phone == "" || e.Phone == phone) {
			out = append(out, e)
		}
	}
	return out
}

func (h *house) journal(since int64) []world.JournalEntry {
	h.t.Helper()
	all, err := h.tg.Journal(h.t.Context(), since, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// last is the number of the newest call of any kind.
func (h *house) last() int64 {
	h.t.Helper()
	all := h.journal(0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].N
}

// number asks the database of the running product, beside it, for one number.
// Nothing stays open, so that a killed product finds its log as it left it.
func (h *house) number(query string, args ...any) (n int64) {
	h.t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "postix.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer d.Close()
	if err := d.QueryRowContext(h.t.Context(), query, args...).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// change alters the database of a product that does not run.
func (h *house) change(query string, args ...any) {
	h.t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "postix.db"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(h.t.Context(), query, args...); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// ends waits until every campaign has ended and nothing is uncertain, but for
// what only an account could prove that nobody can connect again.
func (h *house) ends() {
	h.t.Helper()
	const open = `SELECT (SELECT COUNT(*) FROM campaigns WHERE status NOT IN ('done', 'cancelled'))
		+ (SELECT COUNT(*) FROM deliveries WHERE status IN ('planned', 'waiting', 'sending'))
		+ (SELECT COUNT(*) FROM deliveries d JOIN accounts a ON a.id = d.account_id WHERE d.status = 'uncertain' AND a.state <> 'needs_login')`
	eventually(h.t, "all campaigns end", func() bool { return h.number(open) == 0 })
}

// truth stops the product and holds what it says of its campaigns against what
// Telegram has.
func (h *house) truth(campaigns ...int64) {
	h.t.Helper()
	h.p.stop(h.t)
	compare(h.t, h.tg, readStore(h.t, h.dir), h.owner, campaigns...)
}

// fillCatalog makes a catalog of all groups that take an ordinary message at
// once: no slow mode, no migration.
func fillCatalog(ctx context.Context, t *testing.T, a *app, who domain.Actor, acc domain.Account) domain.Catalog {
	t.Helper()
	rows, _, err := a.store.Dialogs(ctx, acc.OrganizationID, acc.ID, domain.DialogFilter{Writable: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var ids []domain.PeerID
	for _, r := range rows {
		if r.CanWrite && r.SlowMode == 0 && r.MigratedTo == 0 && r.Kind != domain.KindUser && r.Kind != domain.KindBot {
			ids = append(ids, r.ID)
		}
	}
	s := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	c, err := s.Create(ctx, who, "Sinov "+string(acc.Phone))
	if err != nil {
		t.Fatal(err)
	}
	if c.Peers, err = s.AddDialogs(ctx, who, c.ID, acc, ids); err != nil || c.Peers < 40 {
		t.Fatalf("%d peers, %v", c.Peers, err)
	}
	return c
}
