package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mymmrac/telego"
	"golang.org/x/time/rate"
)

// said is one call of the Bot API.
type said struct {
	Method  string
	Chat    int64                        `json:"chat_id"`
	Message int                          `json:"message_id"`
	Text    string                       `json:"text"`
	Markup  *telego.InlineKeyboardMarkup `json:"reply_markup"`
	Mode    string                       `json:"parse_mode"`
	Press   string                       `json:"callback_query_id"`
	refused string                       // what the API said against it
}

// buttons are those below a message.
func (s said) buttons() (bs []telego.InlineKeyboardButton) {
	if s.Markup != nil {
		for _, r := range s.Markup.InlineKeyboard {
			bs = append(bs, r...)
		}
	}
	return bs
}

// String is all that a person gets to read, and what his Telegram is told.
func (s said) String() string {
	var b strings.Builder
	b.WriteString(s.Method + ": " + s.Text)
	for _, x := range s.buttons() {
		b.WriteString("\n[" + x.Text + "](" + x.CallbackData + x.URL + ")")
	}
	return b.String()
}

// scribe writes the calls of the Bot API down, and answers them: itself, or as the
// Bot API at its address does.
type scribe struct {
	address, token string
	mu             sync.Mutex
	calls          []said
	numbers        int
}

func (s *scribe) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c := said{Method: r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]}
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address == "" || c.Method == "answerCallbackQuery" || c.Method == "deleteMessage" { // nothing was pressed there, or said
		if c.Method == "sendMessage" {
			s.numbers++
			c.Message = 1000 + s.numbers
		}
		s.calls = append(s.calls, c)
		return answered(r, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, c.Message, c.Chat)), nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var made struct {
		Result struct {
			ID int `json:"message_id"`
		}
	}
	switch {
	case res.StatusCode != http.StatusOK:
		c.refused = string(got)
	case c.Method == "sendMessage":
		if err := json.Unmarshal(got, &made); err != nil {
			return nil, err
		}
		c.Message = made.Result.ID
	}
	s.calls = append(s.calls, c)
	return answered(r, string(got)), nil
}

func answered(r *http.Request, body string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// take are the calls since the last time.
func (s *scribe) take() []said {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

// errorLog keeps what is logged as an error, and what is cut.
type errorLog struct {
	slog.Handler
	mu   sync.Mutex
	said []string
}

func (l *errorLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
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
