package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/telegram/sandbox"
)

// asPostix makes the test binary be the product, so that a test can run it as a
// process of its own and kill it.
const asPostix = "POSTIX_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPostix) != "" {
		// A limit on the size of files stands for a full disk: a write fails.
		signal.Ignore(syscall.SIGXFSZ)
		main()
		return
	}
	flag.Parse()
	sideBySide()
	code := m.Run()
	signedIn.remove()
	os.Exit(code)
}

// sideBySide lets twice as many parallel tests run as there are cores, unless the
// command line says otherwise: they mostly wait for other processes.
func sideBySide() {
	const parallel = "test.parallel"
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == parallel })
	if !given {
		_ = flag.Set(parallel, strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
}

// startTelegram runs a sandbox Telegram inside the test.
func startTelegram(t *testing.T) (*sandbox.Server, sandbox.Client) {
	t.Helper()
	s, err := sandbox.Start(context.Background(), sandbox.Options{
		MTProto: "127.0.0.1:0", HTTP: "127.0.0.1:0", Seed: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, sandbox.Client{URL: s.URL()}
}

func sandboxSettings(dir, page string) map[string]string {
	return map[string]string{"POSTIX_DATA": dir, "POSTIX_LISTEN": "127.0.0.1:0", "TELEGRAM_SANDBOX": page}
}

// inside runs do on an app over dir, with accounts connected but nothing being
// sent.
func inside(t *testing.T, dir, page string, do func(ctx context.Context, a *app)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log := slog.New(slog.DiscardHandler)
	set, err := loadSettings(sandboxSettings(dir, page))
	if err != nil {
		t.Fatal(err)
	}
	tg, _, err := joinTelegram(ctx, set, log)
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(ctx, set, tg, log)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	links, unlink := context.WithCancel(ctx)
	go func() { done <- a.clients.Run(links) }()
	do(ctx, a)
	a.background.Wait()
	a.logins.Close()
	unlink()
	<-done
	a.close()
}

// connect signs an account in by its code, and waits for its dialogs.
func connect(ctx context.Context, t *testing.T, a *app, tg sandbox.Client, who domain.Actor, phone string) domain.Account {
	t.Helper()
	if _, err := a.logins.Start(ctx, who, domain.LoginOrder{Phone: phone, CatalogName: "Hammasi"}); err != nil {
		t.Fatal(err)
	}
	code, err := tg.Code(ctx, phone)
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.logins.Code(ctx, who, code)
	if err != nil {
		t.Fatal(err)
	}
	a.background.Wait()
	return l.Account
}

// readStore opens the database of a process that has ended.
func readStore(t *testing.T, dir string) *db.Store {
	t.Helper()
	set, err := loadSettings(sandboxSettings(dir, "http://127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(t.Context(), set, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// browserless is somebody at the panel without a browser.
type browserless struct {
	http.Client
	base string
}

func signIn(t *testing.T, base, email string) *browserless {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browserless{http.Client{Jar: jar, Timeout: time.Minute}, base}
	if at, _ := b.post(t, "/signin", url.Values{"email": {email}, "password": {seedPassword}}); at != "/admin/campaigns" {
		t.Fatalf("signing in led to %s", at)
	}
	return b
}

// post sends a form and answers where it led and what stood there.
func (b *browserless) post(t *testing.T, path string, form url.Values) (at, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.base)
	return b.ask(t, req)
}

func (b *browserless) get(t *testing.T, path string) (page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, page = b.ask(t, req)
	return page
}

func (b *browserless) ask(t *testing.T, req *http.Request) (at, page string) {
	t.Helper()
	res, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.Request.URL.Path, string(body)
}

// patience is how long what has to happen may take on a machine that is busy
// with other things. How fast the product is, benchmarks say.
const patience = 4 * time.Minute

// eventually waits for a condition that somebody else brings about.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !met() {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
