package bot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mymmrac/telego"
)

// said is one call of the Bot API.
type said struct {
	At      time.Time                    `json:"-"`
	Method  string                       `json:"-"`
	Chat    int64                        `json:"chat_id"`
	Message int                          `json:"message_id"` // of one that was sent, the number it got
	Text    string                       `json:"text"`
	Markup  *telego.InlineKeyboardMarkup `json:"reply_markup"`
	Mode    string                       `json:"parse_mode"`
	Press   string                       `json:"callback_query_id"`
	Offset  int64                        `json:"offset"`
	Limit   int                          `json:"limit"`
	URL     string                       `json:"url"`
	refused string                       // what was answered instead of the usual
}

// buttons are those below a message.
func (s said) buttons() (bs []telego.InlineKeyboardButton) {
	if s.Markup != nil {
		bs = slices.Concat(s.Markup.InlineKeyboard...)
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

// answer is what the API answers; with an err nothing.
type answer struct {
	status int
	body   string
	err    error
	silent bool          // no answer at all
	late   time.Duration // the usual, after a while
	large  bool
}

func refusal(code int, words string, retryAfter int) *answer {
	more := ""
	if retryAfter > 0 {
		more = fmt.Sprintf(`,"parameters":{"retry_after":%d}`, retryAfter)
	}
	return &answer{status: code, body: fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q%s}`, code, words, more)}
}

// scribe is the Bot API of a test: it writes the calls down, fails as the test says,
// and answers otherwise as Telegram does, or lets the sandbox at its address answer.
type scribe struct {
	address, token string

	mu      sync.Mutex
	calls   []said
	sent    int                  // the number of the newest message
	fails   func(c said) *answer // nil: nothing fails; it is asked under the lock
	updates []string             // that wait, each with its number
	hook    string               // where updates go
}

func (s *scribe) RoundTrip(r *http.Request) (*http.Response, error) {
	c := said{At: time.Now(), Method: path.Base(r.URL.Path)}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil || len(body) > 0 && json.Unmarshal(body, &c) != nil {
			return nil, errors.New("not a call")
		}
	}
	if s.address != "" && c.Press == "" && c.Method != "deleteMessage" { // nothing was pressed there, or said
		return s.sandbox(r, c, body)
	}
	switch a := s.note(&c); {
	case a == nil, a.late > 0:
		if a != nil {
			pause(r.Context(), a.late)
		}
		result, err := s.result(r.Context(), c)
		if err != nil {
			return nil, err
		}
		return answered(r, http.StatusOK, strings.NewReader(`{"ok":true,"result":`+result+`}`)), nil
	case a.err != nil:
		return nil, a.err
	case a.silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case a.large:
		return answered(r, http.StatusOK, io.MultiReader(
			strings.NewReader(`{"ok":true,"result":["`), io.LimitReader(letterA{}, mostAnswer), strings.NewReader(`"]}`))), nil
	default:
		return answered(r, a.status, strings.NewReader(a.body)), nil
	}
}

func answered(r *http.Request, status int, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body), Request: r}
}

// letterA is one that never ends.
type letterA struct{}

func (letterA) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// note writes a call down, and answers how it fails.
func (s *scribe) note(c *said) (a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		a = s.fails(*c)
	}
	switch {
	case a != nil && a.late == 0:
		c.refused = cmp.Or(a.body, "no answer")
	case c.Method == "sendMessage":
		s.sent++
		c.Message = s.sent
	case c.Method == "setWebhook":
		s.hook = c.URL
	}
	s.calls = append(s.calls, *c)
	return a
}

// sandbox lets the sandbox's Bot API answer.
func (s *scribe) sandbox(r *http.Request, c said, body []byte) (*http.Response, error) {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	return answered(r, res.StatusCode, bytes.NewReader(got)), nil
}

// result is what is answered to a call that does not fail.
func (s *scribe) result(ctx context.Context, c said) (string, error) {
	switch c.Method {
	case "getUpdates":
		us, err := s.wait(ctx, c)
		return "[" + strings.Join(us, ",") + "]", err
	case "getMe":
		return `{"id":1,"is_bot":true,"first_name":"B","username":"sinov_bot"}`, nil
	case "getWebhookInfo":
		s.mu.Lock()
		defer s.mu.Unlock()
		return fmt.Sprintf(`{"url":%q,"has_custom_certificate":false,"pending_update_count":0}`, s.hook), nil
	case "sendMessage", "editMessageText":
		return fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, c.Message, c.Chat), nil
	}
	return "true", nil
}

// wait answers the updates from an offset on, as soon as there are any.
func (s *scribe) wait(ctx context.Context, c said) ([]string, error) {
	for end := time.Now().Add(pollWait); ctx.Err() == nil; pause(ctx, 100*time.Millisecond) {
		var out []string
		s.mu.Lock()
		for _, u := range s.updates {
			var n struct {
				ID int64 `json:"update_id"`
			}
			_ = json.Unmarshal([]byte(u), &n)
			if n.ID == 0 || n.ID >= c.Offset {
				out = append(out, u)
			}
		}
		if c.Offset > 0 {
			s.updates = out
		}
		s.mu.Unlock()
		if len(out) > 0 || time.Now().After(end) {
			return out[:min(len(out), max(c.Limit, 1))], nil
		}
	}
	return nil, ctx.Err()
}

// take are the calls since the last time.
func (s *scribe) take() []said {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

// of are the calls of a method so far; of "" all.
func (s *scribe) of(method string) (out []said) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

// heard are the messages that a chat got.
func (s *scribe) heard(chat int64) (out []said) {
	for _, c := range s.of("sendMessage") {
		if c.Chat == chat && c.refused == "" {
			out = append(out, c)
		}
	}
	return out
}

// seen are the changes of a message.
func (s *scribe) seen(chat int64, message int) (out []said) {
	for _, c := range s.of("editMessageText") {
		if c.Chat == chat && c.Message == message && c.refused == "" {
			out = append(out, c)
		}
	}
	return out
}

// newest is the number of the newest message.
func (s *scribe) newest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

func (s *scribe) fail(fails func(c said) *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = fails
}

func (s *scribe) bring(us ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates = append(s.updates, us...)
}
