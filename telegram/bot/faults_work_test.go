package bot

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestPanic: a panic in a handler is told to the person, and the next update works.
func TestPanic(t *testing.T) {
	inBubble(t, func(w *house) {
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
		if !strings.Contains(w.log.String(), "panic in the bot") || strings.Contains(sent[0].Text, "91827") || sent[0].Text == sent[1].Text {
			t.Errorf("he reads %q, then %q", sent[0].Text, sent[1].Text)
		}
	})
}

// TestRefusedAnswer: an answer that Telegram does not take is said to be an error.
func TestRefusedAnswer(t *testing.T) {
	inBubble(t, func(w *house) {
		w.person(1)
		first := true
		w.tg.fail(func(c said) *answer {
			if c.Method != "sendMessage" || !first {
				return nil
			}
			first = false
			return refusal(400, "Bad Request: can't parse entities", 0)
		})
		w.tg.bring(wrote(10, 1, "/menu"))
		w.run()
		w.after(time.Minute)
		if n := len(w.tg.heard(1)); n != 1 || !strings.Contains(w.log.String(), "ERROR") {
			t.Errorf("%d answers:\n%s", n, w.log.String())
		}
	})
}

// TestFlood: of thousands of updates of one chat most are left out, while others are
// answered at once.
func TestFlood(t *testing.T) {
	inBubble(t, func(w *house) {
		const flood = 3000
		w.person(1)
		w.person(2)
		for i := range int64(flood) {
			w.tg.bring(wrote(10+i, 1, "/menu"))
		}
		w.tg.bring(wrote(10+flood, 2, "/menu"))
		w.run()
		w.after(10 * time.Second)
		if n := len(w.tg.heard(2)); n != 1 {
			t.Errorf("the other one got %d answers", n)
		}
		w.after(5 * time.Minute)
		if n := len(w.tg.heard(1)); n < chatMost || n > 5*chatMost || w.open() != 0 {
			t.Errorf("%d answers, %d open", n, w.open())
		}
	})
}

// TestThousand: a thousand people who write at once are all answered, twice, by a few
// goroutines.
//
//nolint:paralleltest // it counts goroutines
func TestThousand(t *testing.T) {
	alone(t, func(w *house) {
		const people = 1000
		before, most := runtime.NumGoroutine(), 0
		w.tg.fail(func(said) *answer {
			most = max(most, runtime.NumGoroutine())
			return nil
		})
		for i := range int64(people) {
			w.tg.bring(wrote(10+i, 1000+i, "/start"))
		}
		for i := range int64(people) {
			w.tg.bring(numbered(10+people+i, pressed(1000+i, "menu", 1)))
		}
		w.run()
		w.after(3 * time.Minute)
		for i := range int64(people) {
			if n := len(w.tg.heard(1000 + i)); n != 2 {
				t.Fatalf("the %dth got %d answers", i, n)
			}
		}
		if n := most - before; w.open() != 0 || n > 4*chatsAtOnce+100 {
			t.Errorf("%d open, %d goroutines more", w.open(), n)
		}
	})
}

// TestGoneAndBack: who has shut the bot out is noted by Telegram's word and by a
// refusal, and comes back by its word and by writing.
func TestGoneAndBack(t *testing.T) {
	inBubble(t, func(w *house) {
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
			w.tg.fail(func(f said) *answer {
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
	inBubble(t, func(w *house) {
		w.person(1)
		w.person(2)
		w.tg.fail(func(c said) *answer {
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
		w.tg.fail(nil)
		w.run()
		w.after(time.Minute)
		if w.open() != 0 || len(w.tg.heard(1)) != 1 || len(w.tg.heard(2)) != 2 {
			t.Errorf("%d open, %d and %d answers", w.open(), len(w.tg.heard(1)), len(w.tg.heard(2)))
		}
	}) // a bubble does not end before its goroutines
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
