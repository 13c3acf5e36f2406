package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"postix/db"
	"postix/domain"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const liveToken = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// house is a whole bot over a real store, inside a bubble.
type house struct {
	*Bot
	t     *testing.T
	store *db.Store
	path  string // of its database
	tg    *scribe
	log   *errorLog
	hub   *domain.Hub
	org   domain.Organization
	over  Store // nil: the store itself
	stop  func()
}

func (w *house) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// inBubble runs a test with a bot that does not run yet.
func inBubble(t *testing.T, do func(w *house)) {
	t.Helper()
	t.Parallel()
	alone(t, do)
}

// alone is the same with no other test beside it.
func alone(t *testing.T, do func(w *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &house{t: t, tg: &scribe{}, log: &errorLog{least: slog.LevelDebug}, hub: &domain.Hub{}}
		var err error
		w.path = filepath.Join(t.TempDir(), "postix.db")
		w.store, err = db.Open(context.Background(), db.Options{
			Path: w.path, Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
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
func (w *house) person(chat int64) domain.User {
	w.t.Helper()
	u, err := w.store.CreateUser(w.t.Context(), domain.User{
		OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: fmt.Sprintf("Odam %d", chat), Email: fmt.Sprintf("o%d@example.uz", chat), TelegramID: chat, CreatedAt: time.Now(),
	}, "")
	w.ok(err)
	w.ok(w.store.BindBot(w.t.Context(), u, time.Now()))
	return u
}

// run starts the bot.
func (w *house) run(change ...func(*Options)) {
	w.t.Helper()
	var store Store = w.store
	if w.over != nil {
		store = w.over
	}
	o := Options{
		Token: liveToken, API: "http://bot.example", Access: &domain.BotAccess{Store: w.store, Now: time.Now}, Store: store,
		Accounts:  &domain.Accounts{Store: w.store, Hub: w.hub, Now: time.Now},
		Catalogs:  &domain.Catalogs{Store: w.store, Peers: w.store, Dialogs: w.store, Hub: w.hub, Now: time.Now},
		Campaigns: &domain.Campaigns{Store: w.store, Schedule: w.store, Catalogs: w.store, Peers: w.store, Accounts: w.store, Hub: w.hub, Now: time.Now},
		Security:  &domain.Security{Store: w.store, Hub: w.hub, Now: time.Now},
		Hub:       w.hub, Now: time.Now, Log: slog.New(w.log),
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
func (w *house) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// open counts the updates that are not handled.
func (w *house) open() int {
	w.t.Helper()
	us, err := w.store.OpenBotUpdates(w.t.Context(), 0, 100_000)
	w.ok(err)
	return len(us)
}

// silent fails where the log says that.
func (w *house) silent(words ...string) {
	w.t.Helper()
	for _, word := range words {
		if strings.Contains(w.log.String(), word) {
			w.t.Errorf("the log says %q:\n%s", word, w.log)
		}
	}
}

// errorLog keeps what is logged from a level on.
type errorLog struct {
	slog.Handler
	least slog.Level
	mu    sync.Mutex
	said  []string
}

func (l *errorLog) Enabled(_ context.Context, level slog.Level) bool { return level >= l.least }
func (l *errorLog) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *errorLog) WithGroup(string) slog.Handler                    { return l }

func (l *errorLog) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, line)
	return nil
}

func (l *errorLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.said, "\n")
}

// take are the lines since the last time.
func (l *errorLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.said
	l.said = nil
	return out
}

func raw(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// message and pressed are updates as Telegram brings them.
func message(chat int64, text string) map[string]any {
	return map[string]any{"message": map[string]any{
		"message_id": 5, "date": 1, "text": text, "from": map[string]any{"id": chat, "is_bot": false, "first_name": "X", "language_code": "en"},
		"chat": map[string]any{"id": chat, "type": "private"},
	}}
}

func pressed(chat int64, data string, of int) map[string]any {
	return map[string]any{"callback_query": map[string]any{
		"id": "77", "data": data, "chat_instance": "1", "from": map[string]any{"id": chat, "is_bot": false, "first_name": "X", "language_code": "en"},
		"message": map[string]any{"message_id": of, "date": 1, "chat": map[string]any{"id": chat, "type": "private"}},
	}}
}

// wrote is such a message as JSON, with its number.
func wrote(id, chat int64, text string) string { return numbered(id, message(chat, text)) }

func numbered(id int64, update map[string]any) string {
	update["update_id"] = id
	b, _ := json.Marshal(update)
	return string(b)
}

// brings lets an update go all the way: stored, read again, answered. The chat waits
// for no pace.
func brings(t *testing.T, b *Bot, chat, id int64, update map[string]any) {
	t.Helper()
	update["update_id"] = id
	b.out.mu.Lock()
	b.out.chats[chat] = rate.NewLimiter(rate.Inf, 1)
	b.out.mu.Unlock()
	if _, err := b.take(t.Context(), 0, []json.RawMessage{raw(t, update)}); err != nil {
		t.Fatal(err)
	}
	us, err := b.Store.OpenBotUpdates(t.Context(), id-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range us {
		b.handle(u.ID, false)
	}
}
