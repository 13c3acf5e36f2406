package bot

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// TestHook: only Telegram is let in, once the bot works; what is too large is left
// out, what has not come whole comes again.
func TestHook(t *testing.T) {
	inBubble(t, func(w *house) {
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
		if n := len(w.tg.heard(1)); n != 0 {
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
		if n := len(w.tg.heard(1)); n != 1 || w.open() != 0 {
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

// TestHookWentElsewhere: where somebody takes the updates elsewhere, the bot takes
// them back; a token that is revoked shows meanwhile.
func TestHookWentElsewhere(t *testing.T) {
	inBubble(t, func(w *house) {
		w.run(func(o *Options) { o.Webhook, o.URL = true, "https://panel.example" })
		w.after(time.Second)
		w.tg.mu.Lock()
		was := w.tg.hook
		w.tg.hook = "https://elsewhere.example"
		w.tg.mu.Unlock()
		w.after(2 * hookEvery)
		w.tg.mu.Lock()
		now := w.tg.hook
		w.tg.mu.Unlock()
		if was != "https://panel.example"+HookPath || now != was || len(w.tg.of("getUpdates")) > 0 {
			t.Errorf("the updates went to %q, then to %q", was, now)
		}
		w.tg.fail(func(said) *answer { return refusal(401, "Unauthorized", 0) })
		w.after(hookEvery)
		if got := w.Health(); got != "token" {
			t.Errorf("its health is %q", got)
		}
		w.tg.fail(nil)
		w.after(hookEvery)
		if got := w.Health(); got != "" {
			t.Errorf("its health is %q afterwards", got)
		}
	})
}

// TestHookUndelivered: where Telegram cannot bring what waits, that shows; an error that
// is over does not, nor one of a while ago.
func TestHookUndelivered(t *testing.T) {
	inBubble(t, func(w *house) {
		w.run(func(o *Options) { o.Webhook, o.URL = true, "https://panel.example" })
		w.after(time.Second)
		for _, c := range []struct {
			what    string
			waiting int
			ago     time.Duration
			want    string
		}{
			{"fails", 3, 10 * time.Second, "undelivered"},
			{"has failed", 0, 10 * time.Second, ""},
			{"fails again", 1, 10 * time.Second, "undelivered"},
			{"is slow", 3, time.Hour, ""},
		} {
			w.tg.fail(func(s said) *answer {
				if s.Method != "getWebhookInfo" {
					return nil
				}
				return &answer{status: http.StatusOK, body: fmt.Sprintf(
					`{"ok":true,"result":{"url":%q,"has_custom_certificate":false,"pending_update_count":%d,"last_error_date":%d,"last_error_message":"Connection refused"}}`,
					"https://panel.example"+HookPath, c.waiting, time.Now().Add(-c.ago).Unix())}
			})
			w.after(hookEvery)
			if got := w.Health(); got != c.want {
				t.Errorf("%s: its health is %q, want %q", c.what, got, c.want)
			}
		}
	})
}
