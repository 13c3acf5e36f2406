package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postix/db"
	"postix/domain"
)

// faulty is a Telegram that fails as a test says, for a whole [Bot.Run].
type faulty struct {
	mu      sync.Mutex
	calls   []faultyCall
	pending []string                   // updates that wait, each with its number
	fails   func(c faultyCall) *answer // nil: answers well
	sent    int
	most    int // goroutines seen
	hook    string
}

type faultyCall struct {
	At      time.Time
	Method  string
	Chat    int64  `json:"chat_id"`
	Text    string `json:"text"`
	Offset  int64  `json:"offset"`
	Limit   int    `json:"limit"`
	URL     string `json:"url"`
	answer  int    // of a message, its number
	refused bool
}

// answer is what the API answers; with an err nothing.
type answer struct {
	status int
	body   string
	err    error
	silent bool // no answer at all
	large  bool
}

func refusal(code int, words string, retryAfter int) *answer {
	more := ""
	if retryAfter > 0 {
		more = fmt.Sprintf(`,"parameters":{"retry_after":%d}`, retryAfter)
	}
	return &answer{status: code, body: fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q%s}`, code, words, more)}
}

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	c := faultyCall{At: time.Now(), Method: r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]}
	if r.Body != nil {
		if b, err := io.ReadAll(r.Body); err != nil || len(b) > 0 && json.Unmarshal(b, &c) != nil {
			return nil, errors.New("not a call")
		}
	}
	f.mu.Lock()
	f.most = max(f.most, runtime.NumGoroutine())
	var a *answer
	if f.fails != nil {
		a = f.fails(c)
	}
	c.refused = a != nil
	n := len(f.calls)
	f.calls = append(f.calls, c)
	f.mu.Unlock()
	switch {
	case a == nil:
		return f.well(r, c, n)
	case a.silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case a.err != nil:
		return nil, a.err
	case a.large:
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(
			strings.NewReader(`{"ok":true,"result":["`), io.LimitReader(letterA{}, mostAnswer), strings.NewReader(`"]}`))), Request: r}, nil
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// letterA is one that never ends.
type letterA struct{}

func (letterA) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// well answers as the Bot API does.
func (f *faulty) well(r *http.Request, c faultyCall, n int) (*http.Response, error) {
	result := "true"
	switch c.Method {
	case "getUpdates":
		us, err := f.wait(r.Context(), c)
		if err != nil {
			return nil, err
		}
		result = "[" + strings.Join(us, ",") + "]"
	case "getMe":
		result = `{"id":1,"is_bot":true,"first_name":"B","username":"sinov_bot"}`
	case "getWebhookInfo":
		f.mu.Lock()
		result = fmt.Sprintf(`{"url":%q,"has_custom_certificate":false,"pending_update_count":0}`, f.hook)
		f.mu.Unlock()
	case "setWebhook":
		f.mu.Lock()
		f.hook = c.URL
		f.mu.Unlock()
	case "sendMessage", "editMessageText":
		f.mu.Lock()
		f.sent++
		f.calls[n].answer = f.sent
		result = fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, f.sent, c.Chat)
		f.mu.Unlock()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"ok":true,"result":` + result + `}`)), Request: r}, nil
}

// wait answers the updates from an offset on, as soon as there are any.
func (f *faulty) wait(ctx context.Context, c faultyCall) ([]string, error) {
	for end := time.Now().Add(pollWait); ; {
		var out []string
		f.mu.Lock()
		for _, u := range f.pending {
			var n struct {
				ID int64 `json:"update_id"`
			}
			_ = json.Unmarshal([]byte(u), &n)
			if n.ID == 0 || n.ID >= c.Offset {
				out = append(out, u)
			}
		}
		if c.Offset > 0 {
			f.pending = out
		}
		f.mu.Unlock()
		if len(out) > 0 || time.Now().After(end) {
			return out[:min(len(out), max(c.Limit, 1))], nil
		}
		pause(ctx, 10*time.Millisecond)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// of are the calls of a method so far; of "" all.
func (f *faulty) of(method string) (out []faultyCall) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		if method == "" || c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

// heard counts the messages that a chat got.
func (f *faulty) heard(chat int64) (n int) {
	for _, c := range f.of("sendMessage") {
		if c.Chat == chat && !c.refused {
			n++
		}
	}
	return n
}

func (f *faulty) set(fails func(c faultyCall) *answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails = fails
}

func (f *faulty) bring(us ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, us...)
}

// wrote is the update of somebody who writes in private.
func wrote(id, chat int64, text string) string {
	b, _ := json.Marshal(text)
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":%s,"from":{"id":%d,"is_bot":false,"first_name":"X"},"chat":{"id":%d,"type":"private"}}}`, id, id, b, chat, chat)
}

// faultyWorld is a whole bot over a real store, inside a bubble.
type faultyWorld struct {
	*Bot
	t     *testing.T
	store *db.Store
	tg    *faulty
	log   *bytes.Buffer
	mu    sync.Mutex
	org   domain.Organization
	over  Store // nil: the store itself
	stop  func()
}

// Write keeps what is logged.
func (w *faultyWorld) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

func (w *faultyWorld) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func (w *faultyWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// inBubble runs a test with a bot that does not run yet.
func inBubble(t *testing.T, do func(w *faultyWorld)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &faultyWorld{t: t, tg: &faulty{}, log: &bytes.Buffer{}}
		var err error
		w.store, err = db.Open(context.Background(), db.Options{
			Path: filepath.Join(t.TempDir(), "postix.db"), Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		w.ok(err)
		w.org, err = w.store.CreateOrganization(t.Context(), domain.Organization{Name: "Yuk", Zone: "UTC", Pace: domain.DefaultPace, Limits: domain.DefaultLimits, CreatedAt: time.Now()})
		w.ok(err)
		do(w)
		if w.stop != nil {
			w.stop()
		}
		w.ok(w.store.Close())
	})
}

// person is somebody whom the bot knows.
func (w *faultyWorld) person(chat int64) {
	w.t.Helper()
	u, err := w.store.CreateUser(w.t.Context(), domain.User{
		OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: fmt.Sprintf("Odam %d", chat), Email: fmt.Sprintf("o%d@example.uz", chat), TelegramID: chat, CreatedAt: time.Now(),
	}, "")
	w.ok(err)
	w.ok(w.store.BindBot(w.t.Context(), u, time.Now()))
}

// run starts the bot.
func (w *faultyWorld) run(change ...func(*Options)) {
	w.t.Helper()
	var store Store = w.store
	if w.over != nil {
		store = w.over
	}
	hub := &domain.Hub{}
	o := Options{
		Token: liveToken, API: "http://bot.example", Access: &domain.BotAccess{Store: w.store, Now: time.Now}, Store: store,
		Accounts:  &domain.Accounts{Store: w.store, Hub: hub, Now: time.Now},
		Catalogs:  &domain.Catalogs{Store: w.store, Peers: w.store, Dialogs: w.store, Hub: hub, Now: time.Now},
		Campaigns: &domain.Campaigns{Store: w.store, Schedule: w.store, Catalogs: w.store, Peers: w.store, Accounts: w.store, Hub: hub, Now: time.Now},
		Hub:       hub, Now: time.Now, Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&o)
	}
	b, err := New(o)
	w.ok(err)
	b.caller.client.Transport = w.tg
	w.Bot = b
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan struct{})
	go func() {
		b.Run(ctx)
		close(done)
	}()
	w.stop = func() {
		cancel()
		<-done
		w.stop = nil
	}
}

// after lets time pass.
func (w *faultyWorld) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// open counts the updates that are not handled.
func (w *faultyWorld) open() int {
	w.t.Helper()
	us, err := w.store.OpenBotUpdates(w.t.Context(), 0, 100_000)
	w.ok(err)
	return len(us)
}
