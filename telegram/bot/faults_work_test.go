package bot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/mymmrac/telego/telegoapi"
)

// TestOutboxPace: in no second more than Telegram lets out to all, and to one chat some
// at once and then one a second.
func TestOutboxPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		var at []time.Time
		told := make(chan time.Time)
		for chat := range int64(200) {
			go func() {
				_ = o.do(t.Context(), chat, func(context.Context) error {
					told <- time.Now()
					return nil
				})
			}()
		}
		for range 200 {
			at = append(at, <-told)
		}
		for i := range at {
			n := 0
			for _, other := range at[i:] {
				if other.Sub(at[i]) < time.Second {
					n++
				}
			}
			if n > 30 {
				t.Fatalf("%d messages within a second", n)
			}
		}
		if took := at[199].Sub(at[0]); took > 11*time.Second {
			t.Errorf("200 messages took %v", took)
		}
		began := time.Now()
		var one []time.Duration
		for range 10 {
			_ = o.do(t.Context(), 7777, func(context.Context) error {
				one = append(one, time.Since(began))
				return nil
			})
		}
		if one[chatBurst-1] > time.Second || one[9] < 5*time.Second {
			t.Errorf("one chat is written to after %v", one)
		}
	})
}

// TestOutboxHeld: what Telegram asks one to wait for, all wait for; afterwards they go
// at the pace again.
func TestOutboxHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		told, began := make(chan time.Duration), time.Now()
		for chat := range int64(100) {
			first := chat == 0
			go func() {
				if !first {
					time.Sleep(time.Second)
				}
				_ = o.do(t.Context(), chat, func(context.Context) error {
					if first && time.Since(began) == 0 {
						return &telegoapi.Error{ErrorCode: 429, Description: "Too Many Requests", Parameters: &telegoapi.ResponseParameters{RetryAfter: 40}}
					}
					told <- time.Since(began)
					return nil
				})
			}()
		}
		var at []time.Duration
		for range 100 {
			at = append(at, <-told)
		}
		slices.Sort(at)
		if at[0] < 40*time.Second || at[35] < 41*time.Second || at[99] > 50*time.Second {
			t.Errorf("told to wait 40 s: %v", at)
		}
	})
}

// TestOutboxBounded: strangers without number take no memory for ever.
func TestOutboxBounded(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	for chat := range int64(5 * chatsKnown) {
		o.chat(chat)
		if n := len(o.chats); n > chatsKnown {
			t.Fatalf("%d chats are known", n)
		}
	}
}

// TestAnswersHeld: where Telegram lets nothing out for longer than one answer may
// take, all answers come afterwards, those of others too, and none before.
func TestAnswersHeld(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		const wait = 5 * time.Minute
		var at time.Time
		w.tg.set(func(c faultyCall) *answer {
			if c.Method != "sendMessage" || !at.IsZero() {
				return nil
			}
			at = c.At
			return refusal(429, "Too Many Requests: retry after 300", int(wait/time.Second))
		})
		const people = 40
		for i := range int64(people) {
			w.person(100 + i)
			w.tg.bring(wrote(10+i, 100+i, "/menu"))
		}
		w.run()
		w.after(wait + time.Minute)
		for i := range int64(people) {
			if n := w.tg.heard(100 + i); n != 1 {
				t.Errorf("the %dth got %d answers", i, n)
			}
		}
		early := 0
		for _, c := range w.tg.of("sendMessage") {
			if c.At.After(at) && c.At.Before(at.Add(wait)) {
				early++
			}
		}
		if early > 0 || w.open() != 0 {
			t.Errorf("%d calls too early, %d open", early, w.open())
		}
	})
}

// TestPanic: a panic in a handler is told to the person, and the next update works.
func TestPanic(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		w.person(1)
		first := true
		w.over = &failing{Store: w.store, talk: func() error {
			if first {
				first = false
				panic("somebody stumbled over 91827")
			}
			return nil
		}}
		w.tg.bring(wrote(10, 1, "/menu"), wrote(11, 1, "/menu"))
		w.run()
		w.after(time.Minute)
		sent := w.tg.of("sendMessage")
		if len(sent) != 2 || w.open() != 0 {
			t.Fatalf("the answers are %+v, %d open", sent, w.open())
		}
		if !strings.Contains(w.logged(), "panic in the bot") || strings.Contains(sent[0].Text, "91827") || sent[0].Text == sent[1].Text {
			t.Errorf("he reads %q, then %q", sent[0].Text, sent[1].Text)
		}
	})
}

// TestRefusedAnswer: an answer that Telegram does not take is said to be an error.
func TestRefusedAnswer(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		w.person(1)
		first := true
		w.tg.set(func(c faultyCall) *answer {
			if c.Method != "sendMessage" || !first {
				return nil
			}
			first = false
			return refusal(400, "Bad Request: can't parse entities", 0)
		})
		w.tg.bring(wrote(10, 1, "/menu"))
		w.run()
		w.after(time.Minute)
		if n := w.tg.heard(1); n != 1 || !strings.Contains(w.logged(), "level=ERROR") {
			t.Errorf("%d answers:\n%s", n, w.logged())
		}
	})
}

// TestFlood: of thousands of updates of one chat most are left out, while others are
// answered at once.
func TestFlood(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		const flood = 3000
		w.person(1)
		w.person(2)
		for i := range int64(flood) {
			w.tg.bring(wrote(10+i, 1, "/menu"))
		}
		w.tg.bring(wrote(10+flood, 2, "/menu"))
		w.run()
		w.after(10 * time.Second)
		if n := w.tg.heard(2); n != 1 {
			t.Errorf("the other one got %d answers", n)
		}
		w.after(5 * time.Minute)
		if n := w.tg.heard(1); n < chatMost || n > 5*chatMost || w.open() != 0 {
			t.Errorf("%d answers, %d open", n, w.open())
		}
	})
}

// TestThousand: a thousand people who write at once are all answered, twice, by a few
// goroutines.
func TestThousand(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		const people = 1000
		before := runtime.NumGoroutine()
		for i := range int64(people) {
			w.tg.bring(wrote(10+i, 1000+i, "/start"))
		}
		for i := range int64(people) {
			w.tg.bring(fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"%d","data":"menu","chat_instance":"1","from":{"id":%d,"is_bot":false,"first_name":"X"},"message":{"message_id":1,"date":1,"chat":{"id":%d,"type":"private"}}}}`,
				10+people+i, i, 1000+i, 1000+i))
		}
		w.run()
		w.after(3 * time.Minute)
		for i := range int64(people) {
			if n := w.tg.heard(1000 + i); n != 2 {
				t.Fatalf("the %dth got %d answers", i, n)
			}
		}
		if n := w.tg.most - before; w.open() != 0 || n > 4*chatsAtOnce+100 {
			t.Errorf("%d open, %d goroutines more", w.open(), n)
		}
	})
}

// TestGoneAndBack: who has shut the bot out is noted by Telegram's word and by a
// refusal, and comes back by its word and by writing.
func TestGoneAndBack(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		w.person(1)
		member := func(id int64, status string) string {
			return fmt.Sprintf(`{"update_id":%d,"my_chat_member":{"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1,"is_bot":false,"first_name":"X"},
				"old_chat_member":{"status":"member","user":{"id":7,"is_bot":true,"first_name":"B"}},"new_chat_member":{"status":%q,"until_date":0,"user":{"id":7,"is_bot":true,"first_name":"B"}}}}`, id, status)
		}
		there := func() bool {
			rs, err := w.store.BotReaders(w.t.Context(), time.Now().AddDate(1, 0, 0), 10)
			w.ok(err)
			return len(rs) == 1
		}
		w.run()
		bring := func(u string) {
			w.tg.bring(u)
			w.after(10 * time.Second)
		}
		for _, c := range []struct {
			name, update, refuse string
			there                bool
		}{
			{"blocked", member(10, "kicked"), "", false},
			{"unblocked", member(11, "member"), "", true},
			{"refused", wrote(12, 1, "/menu"), "Forbidden: bot was blocked by the user", false},
			{"writes", wrote(13, 1, "/menu"), "", true},
			{"deleted", wrote(14, 1, "/menu"), "Forbidden: user is deactivated", false},
			{"not deleted", wrote(15, 1, "/menu"), "", true},
			{"may not begin", wrote(16, 1, "/menu"), "Bad Request: chat not found", false},
			{"has begun", wrote(17, 1, "/start"), "", true},
		} {
			w.tg.set(func(f faultyCall) *answer {
				if c.refuse == "" || f.Method != "sendMessage" {
					return nil
				}
				code := 403
				if strings.HasPrefix(c.refuse, "Bad") {
					code = 400
				}
				return refusal(code, c.refuse, 0)
			})
			if bring(c.update); there() != c.there || w.open() != 0 {
				t.Errorf("%s: he is there: %t, %d open", c.name, there(), w.open())
			}
		}
	})
}

// TestDrained: what is being handled when the process ends has five seconds; what is
// not answered by then is handled after the next start, and nothing stays behind.
func TestDrained(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		w.person(1)
		w.person(2)
		w.tg.set(func(c faultyCall) *answer {
			if c.Method == "sendMessage" {
				return &answer{silent: true}
			}
			return nil
		})
		w.tg.bring(wrote(10, 1, "/menu"), wrote(11, 2, "/menu"), wrote(12, 2, "/menu"))
		w.run()
		w.after(time.Second)
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > drainLimit+time.Second || w.open() != 3 {
			t.Errorf("it took %v, %d open", took, w.open())
		}
		w.tg.set(nil)
		w.run()
		w.after(time.Minute)
		if w.open() != 0 || w.tg.heard(1) != 1 || w.tg.heard(2) != 2 {
			t.Errorf("%d open, %d and %d answers", w.open(), w.tg.heard(1), w.tg.heard(2))
		}
	}) // a bubble does not end before its goroutines
}

// TestHook: only Telegram is let in, once the bot works; what is too large is left
// out, what has not come whole comes again.
func TestHook(t *testing.T) {
	inBubble(t, func(w *faultyWorld) {
		w.person(1)
		hook := func(secret string, body io.Reader) int {
			w.t.Helper()
			r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, HookPath, body)
			if secret != "" {
				r.Header.Set(secretHeader, secret)
			}
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			synctest.Wait()
			return rec.Code
		}
		update := func(id int64) io.Reader { return strings.NewReader(wrote(id, 1, "/menu")) }
		waiting, err := New(Options{Token: liveToken, API: "http://bot.example", Webhook: true, URL: "https://panel.example", Store: w.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		w.ok(err)
		w.Bot = waiting
		secret := waiting.api.SecretToken()
		if code := hook(secret, update(9)); code != http.StatusServiceUnavailable || w.open() != 0 {
			t.Errorf("before it works: %d, %d stored", code, w.open())
		}
		w.run(func(o *Options) { o.Webhook, o.URL = true, "https://panel.example" })
		w.after(time.Second)
		for name, s := range map[string]string{"none": "", "wrong": strings.Repeat("a", len(secret)), "longer": secret + "a", "shorter": secret[1:], "token": liveToken} {
			if code := hook(s, update(10)); code != http.StatusNotFound {
				t.Errorf("with a secret that is %s: %d", name, code)
			}
		}
		w.after(time.Minute)
		if n := w.tg.heard(1); n != 0 {
			t.Errorf("%d answers to strangers", n)
		}
		for _, c := range []struct {
			name string
			body io.Reader
			code int
		}{
			{"too large", io.MultiReader(strings.NewReader(`{"update_id":11,"a":"`), bytes.NewReader(make([]byte, mostHook))), http.StatusOK},
			{"no JSON", strings.NewReader("salom"), http.StatusOK},
			{"nothing", http.NoBody, http.StatusOK},
			{"half", io.MultiReader(strings.NewReader(`{"update_id":12`), iotest.ErrReader(io.ErrUnexpectedEOF)), http.StatusServiceUnavailable},
			{"good", update(13), http.StatusOK},
			{"again", update(13), http.StatusOK},
		} {
			if code := hook(secret, c.body); code != c.code {
				t.Errorf("%s: %d", c.name, code)
			}
		}
		w.after(time.Minute)
		if n := w.tg.heard(1); n != 1 || w.open() != 0 {
			t.Errorf("%d answers, %d open", n, w.open())
		}
		w.stop()
		w.run()
		w.after(time.Second)
		if code := hook(secret, update(14)); code != http.StatusNotFound {
			t.Errorf("a bot that asks itself is told: %d", code)
		}
	})
}

// TestNotKept: of a text that holds a code, and of the token of a link, nothing is
// kept.
func TestNotKept(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"48151", "4 8 1 5 1", "Kod: 48151", "kodim 48151", "код 48151", "Login code: 48151. Do not give this code to anyone!",
		"Telegramga kirish kodi: 48151.", "Код для входа в Telegram: 48151. Не давайте код никому", "code is 481516",
	} {
		_, in, ok, err := readUpdate([]byte(wrote(1, 1, text)))
		if !ok || err != nil || !in.Secret || in.Text != "" {
			t.Errorf("%q: %+v", text, in)
		}
	}
	for _, text := range []string{"Toshkent - Moskva 12000 dollar", "Pochta kodi bilan 100011", "Yuk kodi TN VED 84181", "99 890 12 34 567", "kodeks"} {
		if _, in, _, _ := readUpdate([]byte(wrote(1, 1, text))); in.Secret {
			t.Errorf("%q is taken for a code", text)
		}
	}
	_, in, _, _ := readUpdate([]byte(wrote(1, 1, "/start Abc-123_xyz")))
	if strings.Contains(fmt.Sprintf("%+v", in), "Abc") || in.Link == nil || in.Text != "/start" {
		t.Errorf("the token of a link: %+v", in)
	}
}
