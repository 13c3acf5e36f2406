package bot

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"postix/domain"
)

// TestPollTroubles: whatever asking for updates fails of, it is asked for again in
// pauses, the health says what it is, and the bot comes back by itself and handles
// what has waited.
func TestPollTroubles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer *answer
		health string
		most   int // calls in ten minutes
	}{
		"another poller":     {refusal(409, "Conflict: terminated by other getUpdates request", 0), "other", 20},
		"token revoked":      {refusal(401, "Unauthorized", 0), "token", 12},
		"token unknown":      {refusal(404, "Not Found", 0), "token", 12},
		"too many":           {refusal(429, "Too Many Requests: retry after 30", 30), "too_many", 22},
		"refused":            {refusal(400, "Bad Request: no", 0), "refused", 20},
		"forbidden":          {refusal(403, "Forbidden: no", 0), "refused", 20},
		"broken":             {refusal(502, "Bad Gateway", 0), "no_answer", 20},
		"a page":             {&answer{status: 502, body: "<html>Bad Gateway"}, "no_answer", 20},
		"half an answer":     {&answer{status: 200, body: `{"ok":true,"result":[{"update_id":`}, "no_answer", 20},
		"something else":     {&answer{status: 200, body: `{"ok":true,"result":{"a":1}}`}, "no_answer", 20},
		"null":               {&answer{status: 200, body: `null`}, "no_answer", 20},
		"nothing":            {&answer{status: 200}, "no_answer", 20},
		"no answer":          {&answer{silent: true}, "no_answer", 20},
		"connection refused": {&answer{err: syscall.ECONNREFUSED}, "no_answer", 20},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *house) {
				w.person(1)
				w.tg.fail(func(f said) *answer {
					if f.Method == "getUpdates" {
						return c.answer
					}
					return nil
				})
				w.tg.bring(wrote(10, 1, "/menu"))
				w.run()
				w.after(10 * time.Minute)
				if got := w.Health(); got != c.health {
					t.Errorf("its health is %q", got)
				}
				if n := len(w.tg.of("getUpdates")); n > c.most || n < 5 {
					t.Errorf("it has asked %d times in ten minutes", n)
				}
				w.tg.fail(nil)
				w.after(worstDelay + pollLimit)
				if got := w.Health(); got != "" || len(w.tg.heard(1)) != 1 || w.open() != 0 {
					t.Errorf("afterwards its health is %q, %d answers, %d open", got, len(w.tg.heard(1)), w.open())
				}
			})
		})
	}
}

// TestPollWaitsAsTold: not one call before Telegram's time is over.
func TestPollWaitsAsTold(t *testing.T) {
	inBubble(t, func(w *house) {
		told := false
		w.tg.fail(func(c said) *answer {
			if c.Method != "getUpdates" || told {
				return nil
			}
			told = true
			return refusal(429, "Too Many Requests: retry after 137", 137)
		})
		w.run()
		w.after(3 * time.Minute)
		calls := w.tg.of("getUpdates")
		if d := calls[1].At.Sub(calls[0].At); d < 137*time.Second || d > 138*time.Second {
			t.Errorf("it waited %v", d)
		}
	})
}

// TestPollUnreadable: an update that cannot be read, is of an unknown kind or lets the
// reader stumble does not hide the others, and is not asked for again.
func TestPollUnreadable(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		const code = "28174"
		w.tg.bring(wrote(10, 1, "/menu"),
			`{"update_id":11,"message":"`+code+`"}`,
			`{"update_id":12,"message":{"message_id":{},"text":"`+code+`"}}`,
			`{"update_id":13,"hologram":{"id":1}}`,
			`{"update_id":14,"callback_query":{"id":"1","data":"menu"}}`,
			`{"update_id":15,"my_chat_member":{"chat":{"id":1,"type":"private"},"from":{"id":1,"is_bot":false}}}`,
			`{"update_id":16,"message":{"message_id":1,"chat":{"id":1,"type":"private"}}}`,
			wrote(17, 1, "/menu"))
		w.run()
		w.after(5 * time.Minute)
		if n := len(w.tg.heard(1)); n != 2 || w.open() != 0 {
			t.Errorf("%d answers, %d open", n, w.open())
		}
		calls := w.tg.of("getUpdates")
		for _, c := range calls[1:] {
			if c.Offset != 18 {
				t.Errorf("it asks from %d on", c.Offset)
			}
		}
		if n := len(calls); n > 15 {
			t.Errorf("it has asked %d times in five minutes", n)
		}
		w.silent(code)
	})
}

// TestPollNoNumber: updates without a number cannot be confirmed, and are not asked
// for in a hot loop.
func TestPollNoNumber(t *testing.T) {
	inBubble(t, func(w *house) {
		w.tg.bring(`{}`, `{"update_id":"x"}`, `[]`)
		w.run()
		w.after(10 * time.Minute)
		if n := len(w.tg.of("getUpdates")); n > 20 {
			t.Errorf("it has asked %d times in ten minutes", n)
		}
	})
}

// TestPollTooLarge: an answer that is larger than any should be comes in parts.
func TestPollTooLarge(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		w.tg.fail(func(c said) *answer {
			if c.Method == "getUpdates" && c.Limit > 2 {
				return &answer{large: true}
			}
			return nil
		})
		for i := range int64(4) {
			w.tg.bring(wrote(10+i, 1, "/menu"))
		}
		w.run()
		w.after(time.Minute)
		if n := len(w.tg.heard(1)); n != 4 {
			t.Errorf("%d answers", n)
		}
	})
}

// TestPollBeginsAnew: where there was no update for a week, Telegram may number the
// next one lower.
func TestPollBeginsAnew(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		w.tg.fail(func(c said) *answer {
			if c.Method == "getUpdates" && c.Offset == 501 {
				w.tg.updates = nil
				return &answer{status: 200, body: `{"ok":true,"result":[` + wrote(7, 1, "/menu") + `]}`}
			}
			return nil
		})
		w.tg.bring(wrote(500, 1, "/menu"))
		w.run()
		w.after(time.Minute)
		calls := w.tg.of("getUpdates")
		if n, last := len(w.tg.heard(1)), calls[len(calls)-1]; n != 2 || last.Offset != 8 || len(calls) > 6 {
			t.Errorf("%d answers, %d calls, the last one from %d on", n, len(calls), last.Offset)
		}
	})
}

// failing is a store of which some calls fail.
type failing struct {
	Store
	keep, mark, talk func() error
	marks            int
}

func (f *failing) KeepBotUpdates(ctx context.Context, us []domain.BotUpdate, now time.Time) error {
	if f.keep != nil {
		if err := f.keep(); err != nil {
			return err
		}
	}
	return f.Store.KeepBotUpdates(ctx, us, now)
}

func (f *failing) BotUpdateHandled(ctx context.Context, id int64) error {
	f.marks++
	if f.mark != nil {
		if err := f.mark(); err != nil {
			return err
		}
	}
	return f.Store.BotUpdateHandled(ctx, id)
}

func (f *failing) BotTalk(ctx context.Context, telegramID int64) (domain.BotTalk, error) {
	if f.talk != nil {
		if err := f.talk(); err != nil {
			return domain.BotTalk{}, err
		}
	}
	return f.Store.BotTalk(ctx, telegramID)
}

// times answers that error so often, and then none.
func times(n int, err error) func() error {
	return func() error {
		if n--; n >= 0 {
			return err
		}
		return nil
	}
}

// TestStoredBeforeConfirmed: what cannot be stored stays at Telegram, and is handled
// once it can. It is no trouble with Telegram.
func TestStoredBeforeConfirmed(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		w.over = &failing{Store: w.store, keep: times(5, errors.New("the disk is full"))}
		w.tg.bring(`{"update_id":9,"poll":{}}`, wrote(10, 1, "/menu"), wrote(11, 1, "/language"))
		w.run()
		w.after(20 * time.Second)
		calls := w.tg.of("getUpdates")
		for i, c := range calls {
			if c.Offset > 10 {
				t.Errorf("call %d of %d confirms %d", i, len(calls), c.Offset-1)
			}
		}
		if got := w.Health(); got != "" || len(w.tg.heard(1)) != 0 {
			t.Errorf("its health is %q, %d answers", got, len(w.tg.heard(1)))
		}
		w.after(time.Minute)
		if n := len(w.tg.heard(1)); n != 2 || w.open() != 0 {
			t.Errorf("%d answers, %d open", n, w.open())
		}
	})
}

// TestHandledOnce: where it cannot be stored that an update was handled, it is not
// handled again for that.
func TestHandledOnce(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		f := &failing{Store: w.store, mark: times(4, errors.New("the database is locked"))}
		w.over = f
		w.tg.bring(wrote(10, 1, "/menu"))
		w.run()
		w.after(time.Minute)
		if n := len(w.tg.heard(1)); n != 1 || w.open() != 0 || f.marks != 5 {
			t.Errorf("%d answers, %d open, %d tries", n, w.open(), f.marks)
		}
	})
}

// TestOldestFirst: what was stored before the process started comes before what
// Telegram tells then.
func TestOldestFirst(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		var us []domain.BotUpdate
		for i := range int64(3) {
			us = append(us, domain.BotUpdate{ID: 1 + i, TelegramID: 1, Body: fmt.Sprintf(`{"kind":"text","from":1,"text":"/q%d"}`, i)})
		}
		w.ok(w.store.KeepBotUpdates(w.t.Context(), us, time.Now()))
		w.tg.bring(wrote(10, 1, "/language"))
		w.run()
		w.after(time.Minute)
		sent := w.tg.of("sendMessage")
		if len(sent) != 4 || w.open() != 0 || sent[3].Text == sent[2].Text || sent[0].Text != sent[2].Text {
			t.Errorf("the answers are %+v", sent)
		}
	})
}

// TestIntroducedLater: the bot learns its name, and tells its commands, also where
// Telegram does not answer at first.
func TestIntroducedLater(t *testing.T) {
	inBubble(t, func(w *house) {
		w.tg.fail(func(c said) *answer {
			if c.Method == "getMe" || c.Method == "setMyCommands" {
				return refusal(502, "Bad Gateway", 0)
			}
			return nil
		})
		w.run()
		w.after(time.Minute)
		if n := len(w.tg.of("getMe")); w.Username() != "" || n < 2 || n > 10 {
			t.Errorf("the bot is %q after %d calls", w.Username(), n)
		}
		w.tg.fail(nil)
		w.after(worstDelay)
		if got := len(w.tg.of("setMyCommands")); w.Username() != "sinov_bot" || got != 3 {
			t.Errorf("the bot is %q, its commands were told %d times", w.Username(), got)
		}
	})
}
