package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mymmrac/telego"
	tu "github.com/mymmrac/telego/telegoutil"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// hook is a bot's own server. It refuses with the statuses given, then takes
// everything; status 0 hangs up.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	refuse  []int
	inside  int
	most    int // calls at the same time
	secrets []string
	paths   []string
	tried   []int // update ids, refused ones too
	got     chan telego.Update
}

func newHook(t *testing.T, refuse ...int) *hook {
	t.Helper()
	h := &hook{refuse: refuse, got: make(chan telego.Update, 100)}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var u telego.Update
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &u) != nil || r.Header.Get("Content-Type") != "application/json" {
		rw.WriteHeader(http.StatusTeapot)
		return
	}
	h.mu.Lock()
	h.inside++
	h.most = max(h.most, h.inside)
	h.secrets = append(h.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
	h.paths = append(h.paths, r.URL.Path)
	h.tried = append(h.tried, u.UpdateID)
	status := http.StatusOK
	if len(h.refuse) > 0 {
		status, h.refuse = h.refuse[0], h.refuse[1:]
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.inside--
	}()
	switch status {
	case 0:
		panic(http.ErrAbortHandler)
	case http.StatusOK:
		// A call in the answer is not executed here.
		_, _ = rw.Write([]byte(`{"method":"sendMessage","chat_id":5001,"text":"javobda"}`))
		h.got <- u
	default:
		rw.Header().Set("Location", "/elsewhere")
		rw.WriteHeader(status)
	}
}

// TestWebhook: updates come one after the other, each until it was taken.
func TestWebhook(t *testing.T) {
	_, c, bot := started(t)
	h := newHook(t, http.StatusInternalServerError, http.StatusTemporaryRedirect, 0)
	if err := bot.SetWebhook(within(t), &telego.SetWebhookParams{
		URL: h.URL + "/hook", SecretToken: "maxfiy_1-A", MaxConnections: 7, AllowedUpdates: []string{"message", "my_chat_member"},
	}); err != nil {
		t.Fatal(err)
	}
	_, err := bot.GetUpdates(within(t), nil)
	wantBotError(t, err, 409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	if _, err := bot.SendMessage(within(t), botMessage("Tanlang", "1")); err != nil {
		t.Fatal(err)
	}
	if err := c.BotPress(within(t), phone, "1"); err != nil { // not asked for
		t.Fatal(err)
	}
	for _, text := range []string{"bir", "ikki"} {
		if err := c.BotSay(within(t), phone, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"/start", "bir", "ikki"} {
		if u := next(t, h.got); u.Message == nil || u.Message.Text != want || u.Message.From.ID != userID {
			t.Fatalf("got %+v, want %s", u, want)
		}
	}
	eventually(t, "all are confirmed", func() bool {
		info, err := bot.GetWebhookInfo(within(t))
		return err == nil && info.PendingUpdateCount == 0
	})
	info, err := bot.GetWebhookInfo(within(t))
	if err != nil || info.URL != h.URL+"/hook" || info.MaxConnections != 7 || len(info.AllowedUpdates) != 2 || info.LastErrorDate == 0 ||
		!strings.Contains(info.LastErrorMessage, "EOF") {
		t.Errorf("info %+v, %v", info, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.most != 1 || len(h.tried) != 6 || h.tried[0] != h.tried[3] {
		t.Errorf("tried %v, %d at once", h.tried, h.most)
	}
	for i, s := range h.secrets {
		if s != "maxfiy_1-A" || h.paths[i] != "/hook" {
			t.Errorf("call of %s with secret %q", h.paths[i], s)
		}
	}
	if said, err := c.BotSaid(within(t), phone); err != nil || len(said) != 1 {
		t.Errorf("an answer was executed: %+v, %v", said, err)
	}
}

// TestWebhookEnds: polling goes on where the webhook ended, and may begin anew.
func TestWebhookEnds(t *testing.T) {
	_, c, bot := started(t)
	h := newHook(t, http.StatusBadGateway)
	h.refuse = make([]int, 1000) // it never takes anything
	polled := make(chan error, 1)
	go func() {
		_, err := bot.GetUpdates(within(t), &telego.GetUpdatesParams{Offset: 2, Timeout: 40})
		polled <- err
	}()
	eventually(t, "the poll waits", func() bool {
		info, err := bot.GetWebhookInfo(within(t))
		return err == nil && info.PendingUpdateCount == 0
	})
	if err := bot.SetWebhook(within(t), &telego.SetWebhookParams{URL: h.URL}); err != nil {
		t.Fatal(err)
	}
	wantBotError(t, <-polled, 409, "terminated by setWebhook request")
	if err := c.BotSay(within(t), phone, "bir"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it failed", func() bool {
		info, err := bot.GetWebhookInfo(within(t))
		return err == nil && info.LastErrorMessage != "" && info.PendingUpdateCount == 1
	})
	if err := bot.DeleteWebhook(within(t), nil); err != nil {
		t.Fatal(err)
	}
	if u := last(t, bot); u.Message.Text != "bir" {
		t.Errorf("polled %+v", u)
	}
	if info, err := bot.GetWebhookInfo(within(t)); err != nil || info.URL != "" || info.LastErrorMessage != "" || info.MaxConnections != 0 {
		t.Errorf("info %+v, %v", info, err)
	}
	good := newHook(t)
	if err := bot.SetWebhook(within(t), &telego.SetWebhookParams{URL: good.URL, DropPendingUpdates: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.BotSay(within(t), phone, "ikki"); err != nil {
		t.Fatal(err)
	}
	if u := next(t, good.got); u.Message.Text != "ikki" {
		t.Errorf("dropped ones came: %+v", u)
	}
}

func TestWebhookRefused(t *testing.T) {
	_, _, bot := started(t)
	for _, p := range []telego.SetWebhookParams{
		{URL: "ftp://127.0.0.1/x"},
		{URL: "127.0.0.1:80"},
		{URL: "https://example.org/x"},
		{URL: "http://192.0.2.7/x"},
		{URL: "http://127.0.0.1.example.org/x"},
		{URL: "http://user:pass@127.0.0.1/x"},
		{URL: "http://127.0.0.1:1/x", SecretToken: "bo'sh joy"},
		{URL: "http://127.0.0.1:1/x", SecretToken: strings.Repeat("a", 257)},
	} {
		if err := bot.SetWebhook(within(t), &p); err == nil {
			t.Errorf("taken: %+v", p)
		}
	}
	cert := tu.FileFromBytes([]byte("x"), "cert.pem")
	err := bot.SetWebhook(within(t), &telego.SetWebhookParams{URL: "https://127.0.0.1:1/x", Certificate: &cert})
	wantBotError(t, err, 400, "takes no certificate")
	if _, err := bot.GetUpdates(within(t), nil); err != nil {
		t.Errorf("a refused webhook is active: %v", err)
	}
}

// TestWebhookRestart: a sandbox that starts again goes on delivering.
func TestWebhookRestart(t *testing.T) {
	dir := t.TempDir()
	h := newHook(t)
	h.refuse = make([]int, 3)
	t.Run("before", func(t *testing.T) {
		_, c := start(t, dir)
		addAccount(t, c)
		bot := newBot(t, c)
		if err := bot.SetMyCommands(within(t), &telego.SetMyCommandsParams{Commands: []telego.BotCommand{{Command: "start", Description: "x"}}}); err != nil {
			t.Fatal(err)
		}
		on := true
		for _, in := range []world.BotInput{
			{Text: "bir"},
			{Forward: &world.BotForward{Name: "Kimdir", Text: "ikki"}},
			{Block: &on},
		} {
			if err := c.BotDo(within(t), phone, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.BotPut(within(t), json.RawMessage(`{"message":{"message_id":1,"date":1,"chat":{"id":9,"type":"private"},"text":"uch"}}`)); err != nil {
			t.Fatal(err)
		}
		if err := bot.SetWebhook(within(t), &telego.SetWebhookParams{URL: h.URL, SecretToken: "qayta"}); err != nil {
			t.Fatal(err)
		}
	})
	var c sandbox.Client
	_, c = start(t, dir)
	for i, ok := range []func(u telego.Update) bool{
		func(u telego.Update) bool { return u.Message.Text == "bir" },
		func(u telego.Update) bool { return u.Message.Text == "ikki" && u.Message.ForwardOrigin != nil },
		func(u telego.Update) bool { return u.MyChatMember != nil },
		func(u telego.Update) bool { return u.Message.Text == "uch" },
	} {
		if u := next(t, h.got); u.UpdateID != i+1 || !ok(u) {
			t.Fatalf("update %d: %+v", i, u)
		}
	}
	bot := newBot(t, c)
	if list, err := bot.GetMyCommands(within(t), nil); err != nil || len(list) != 1 {
		t.Errorf("commands %+v, %v", list, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.secrets[len(h.secrets)-1]; s != "qayta" {
		t.Errorf("secret %q", s)
	}
}
