package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// panel is the whole panel over HTTP on a real database. Only Telegram is
// scripted, and passwords are hashed for nobody: sign-ins are made directly.
type panel struct {
	t     *testing.T
	store *db.Store
	tg    *fakeTelegram
	url   string
	path  string // of the database
	log   *lockedBuffer
	stop  func() // ends the live pages

	owner, manager, member, other domain.Actor // other owns another organization
}

func newPanel(t *testing.T) *panel {
	t.Helper()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "postix.db")
	store, err := db.Open(ctx, db.Options{Path: path, Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := &panel{t: t, store: store, path: path, tg: &fakeTelegram{links: map[int64]domain.LinkState{}, sent: domain.SentCode{Way: domain.WayApp, Length: 5}}, log: &lockedBuffer{}}
	p.people()
	h, err := handlers.New(p.options(&domain.Hub{}, time.Now))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() { p.stop(); srv.Close() })
	p.url = srv.URL
	return p
}

// options is everything that the panel is made of.
func (p *panel) options(hub *domain.Hub, now func() time.Time) handlers.Options {
	p.t.Helper()
	store := p.store
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	accounts := &domain.Accounts{Store: store, Dialogs: store, Linked: store, Links: p.tg, Hub: hub, Now: now}
	logins := &domain.Logins{
		Store: store, People: store, Hub: hub, Now: now, Log: log, OnReady: p.tg.Connect,
		Open: func(context.Context) (domain.LoginClient, error) { return p.tg, nil },
	}
	p.t.Cleanup(logins.Close)
	closing, stop := context.WithCancel(context.Background())
	p.stop = stop
	passwords := handlers.NewPasswords(2)
	return handlers.Options{
		SignIns:  &domain.SignIns{Store: store, Passwords: passwords, Throttle: &domain.Throttle{}, Now: now},
		Security: &domain.Security{Store: store, Passwords: passwords, Codes: handlers.TOTP{}, Throttle: &domain.Throttle{}, Hub: hub, Now: now},
		Logins:   logins, Accounts: accounts,
		Catalogs:      &domain.Catalogs{Store: store, Peers: store, Dialogs: store, Hub: hub, Now: now},
		Campaigns:     &domain.Campaigns{Store: store, Schedule: store, Catalogs: store, Peers: store, Accounts: store, Hub: hub, Now: now},
		DenyList:      &domain.DenyList{Store: store, Hub: hub, Now: now},
		Watch:         &domain.Watch{Store: store, Answers: store, Hub: hub, Now: now, Rand: func() float64 { return 0 }, Log: log},
		Reports:       store,
		Bot:           quietBot{},
		Organizations: &domain.Organizations{Store: store, Blocks: store, Passwords: passwords, Logins: logins, Hub: hub, Now: now},
		Limits:        &domain.LimitRequests{Store: store, Hub: hub, Now: now},
		Users:         &domain.Users{Store: store, Passwords: passwords, Logins: logins, Links: p.tg, Hub: hub, Now: now},
		Switch:        store, Audit: store, Notices: store, Hub: hub, Now: now, Log: log, Closing: closing, ForceTOTP: true,
	}
}

func (p *panel) people() {
	p.t.Helper()
	ctx, now := p.t.Context(), time.Now().UTC()
	org := func(name string) domain.Organization {
		o, err := p.store.CreateOrganization(ctx, domain.Organization{Name: name, Limits: domain.Limits{Accounts: 10}, CreatedAt: now})
		must(p.t, err)
		return o
	}
	ours, theirs := org("Ours"), org("Theirs")
	d, err := p.store.AddDepartment(ctx, domain.Department{OrganizationID: ours.ID, Name: "Toshkent"})
	must(p.t, err)
	actor := func(o domain.Organization, r domain.Role, name string, department int64) domain.Actor {
		u, err := p.store.CreateUser(ctx, domain.User{OrganizationID: o.ID, DepartmentID: department, Role: r, Name: name, Email: name + "@a.uz", CreatedAt: now}, "")
		must(p.t, err)
		return domain.Actor{User: u, Organization: o}
	}
	p.owner, p.manager, p.member = actor(ours, domain.RoleOwner, "akmal", 0), actor(ours, domain.RoleManager, "lola", d.ID), actor(ours, domain.RoleMember, "bekzod", d.ID)
	p.other = actor(theirs, domain.RoleOwner, "zafar", 0)
}

// account connects a number of that user, with dialogs.
func (p *panel) account(a domain.Actor, phone domain.Phone, telegramID int64, ds ...domain.Dialog) domain.Account {
	p.t.Helper()
	acc, err := p.store.ConnectAccount(p.t.Context(), domain.NewAccount{
		OrganizationID: a.User.OrganizationID, UserID: a.User.ID, Phone: phone,
		Profile: domain.Profile{TelegramID: telegramID, FirstName: "Bekzod"}, Session: []byte("s"), At: time.Now().UTC(),
	})
	must(p.t, err)
	must(p.t, p.store.ReplaceDialogs(p.t.Context(), acc.OrganizationID, acc.ID, ds, time.Now().UTC()))
	p.tg.Connect(acc)
	return acc
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is somebody who is signed in.
type browser struct {
	p *panel
	c *http.Client
}

func (p *panel) as(a domain.Actor) *browser {
	p.t.Helper()
	token, now := domain.NewToken(), time.Now().UTC()
	must(p.t, p.store.CreateSession(p.t.Context(), domain.Session{
		Hash: domain.TokenHash(token), OrganizationID: a.User.OrganizationID, UserID: a.User.ID, CreatedAt: now, SeenAt: now,
	}))
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	at, err := url.Parse(p.url)
	must(p.t, err)
	jar.SetCookies(at, []*http.Cookie{{Name: "postix", Value: token, Path: "/"}, {Name: "lang", Value: "en", Path: "/"}})
	return &browser{p, &http.Client{Jar: jar}}
}

// get answers the page at the end of all redirects.
func (b *browser) get(path string) (status int, body string) {
	b.p.t.Helper()
	req, err := http.NewRequestWithContext(b.p.t.Context(), http.MethodGet, b.p.url+path, nil)
	must(b.p.t, err)
	return b.do(req)
}

// post sends a form as name, value pairs and follows to the page it leads to.
func (b *browser) post(path string, pairs ...string) (status int, body string) {
	b.p.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(b.p.t.Context(), http.MethodPost, b.p.url+path, strings.NewReader(form.Encode()))
	must(b.p.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

func (b *browser) do(req *http.Request) (int, string) {
	b.p.t.Helper()
	res, err := b.c.Do(req)
	must(b.p.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(b.p.t, err)
	if strings.Contains(string(body), "⟦") {
		b.p.t.Errorf("%s %s shows a key without a text", req.Method, req.URL.Path)
	}
	if tag := wrongTag(string(body)); tag != "" {
		b.p.t.Errorf("%s %s has a tag that is none: %s", req.Method, req.URL.Path, tag)
	}
	return res.StatusCode, string(body)
}

// says fails unless a page has that status and holds all of the words.
func says(t *testing.T, status int, body string, want int, words ...string) {
	t.Helper()
	if status != want {
		t.Errorf("status %d, want %d", status, want)
	}
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// fakeTelegram is both sides of Telegram that the panel meets: a login whose
// steps answer from a script, and the links of accounts.
type fakeTelegram struct {
	mu       sync.Mutex
	code     []error // one for each SendCode; none left: sent
	signIn   []error // one for each code; nil signs in
	password []error
	sent     domain.SentCode
	profile  domain.Profile
	links    map[int64]domain.LinkState
	listens  map[int64]bool
	out      []int64 // accounts that were logged out
	dialogs  []domain.Dialog
	noLine   error // the answer to reading dialogs
	noOut    error // the answer to logging out

	asked chan struct{} // when not nil, closed when a code is asked for,
	hold  chan struct{} // and the answer waits for this one
}

func (f *fakeTelegram) next(script *[]error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(*script) == 0 {
		return nil
	}
	err := (*script)[0]
	*script = (*script)[1:]
	return err
}

func (f *fakeTelegram) SendCode(context.Context, domain.Phone) (domain.SentCode, error) {
	if f.hold != nil {
		close(f.asked)
		<-f.hold
	}
	return f.sent, f.next(&f.code)
}

func (f *fakeTelegram) ResendCode(context.Context) (domain.SentCode, error) {
	return domain.SentCode{Way: domain.WaySMS, Length: 5}, nil
}

func (f *fakeTelegram) SignIn(context.Context, string) (domain.Profile, error) {
	return f.profile, f.next(&f.signIn)
}

func (f *fakeTelegram) Password(context.Context, string) (domain.Profile, error) {
	return f.profile, f.next(&f.password)
}

func (f *fakeTelegram) Session(context.Context) ([]byte, error) { return []byte("session"), nil }

func (f *fakeTelegram) Keep()  {}
func (f *fakeTelegram) Close() {}

func (f *fakeTelegram) Link(id int64) domain.LinkState {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l, ok := f.links[id]; ok {
		return l
	}
	return domain.LinkOff
}

func (f *fakeTelegram) Connect(a domain.Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links[a.ID] = domain.LinkReady
}

func (f *fakeTelegram) Disconnect(_ context.Context, a domain.Account, logOut bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links[a.ID] = domain.LinkOff
	if logOut {
		f.out = append(f.out, a.ID)
	}
	return f.noOut
}

func (f *fakeTelegram) Dialogs(context.Context, domain.Account) ([]domain.Dialog, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dialogs, f.noLine
}

func (f *fakeTelegram) Listen(id int64, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listens == nil {
		f.listens = map[int64]bool{}
	}
	f.listens[id] = on
}

// reset forgets what has happened to accounts.
func (f *fakeTelegram) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links, f.listens, f.out = map[int64]domain.LinkState{}, nil, nil
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
