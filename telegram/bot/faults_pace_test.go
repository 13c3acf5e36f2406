package bot

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mymmrac/telego/telegoapi"

	"postix/domain"
	"postix/views/locale"
)

// TestOutboxPace: in no second more than Telegram lets out to all, and to one chat some
// at once and then one a second.
func TestOutboxPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(slog.New(slog.DiscardHandler))
		var at []time.Time
		told := make(chan time.Time)
		for chat := range int64(200) {
			go func() {
				_ = o.do(t.Context(), chat, tries, func(context.Context) error {
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
			_ = o.do(t.Context(), 7777, tries, func(context.Context) error {
				one = append(one, time.Since(began))
				return nil
			})
		}
		if one[chatBurst-1] > time.Second || one[9] < 5*time.Second {
			t.Errorf("one chat is written to after %v", one)
		}
	})
}

// TestOutboxHeld: what Telegram refuses to a chat or two holds only those. Where it
// refuses a third one at the same time it holds all, until there are two again, and
// afterwards they go at the pace again.
func TestOutboxHeld(t *testing.T) {
	t.Parallel()
	for refused := range int64(floodedChats + 1) {
		t.Run(fmt.Sprint(refused), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const chats = 100
				o, began := newOutbox(slog.New(slog.DiscardHandler)), time.Now()
				hold := func(chat int64) time.Duration { return time.Duration(40-10*chat) * time.Second }
				common := time.Duration(0)
				if refused >= floodedChats {
					common = hold(floodedChats - 1)
				}
				at, again := make([]time.Duration, chats), make([]bool, chats)
				var all sync.WaitGroup
				for chat := range int64(chats) {
					all.Go(func() {
						if chat < refused {
							time.Sleep(time.Duration(chat) * time.Millisecond)
						} else {
							time.Sleep(time.Second)
						}
						_ = o.do(t.Context(), chat, tries, func(context.Context) error {
							at[chat] = time.Since(began)
							if chat < refused && !again[chat] {
								again[chat] = true
								return &telegoapi.Error{ErrorCode: 429, Parameters: &telegoapi.ResponseParameters{RetryAfter: int(hold(chat) / time.Second)}}
							}
							return nil
						})
					})
				}
				all.Wait()
				for chat := range refused {
					from := max(hold(chat), common)
					if at[chat] < from || at[chat] > from+7*time.Second || from > common && at[chat] > from+time.Second {
						t.Errorf("chat %d was held for %v instead of %v", chat, at[chat], from)
					}
				}
				others, from := at[refused:], max(time.Second, common)
				slices.Sort(others)
				if n := len(others); others[0] < from || others[35] < from+time.Second || others[n-1] > from+7*time.Second {
					t.Errorf("the others went out at %v", others)
				}
			})
		})
	}
}

// TestOutboxHeldInTurn: chats that are held one after another are no flood of the bot.
func TestOutboxHeldInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(slog.New(slog.DiscardHandler))
		for chat := range int64(10 * floodedChats) {
			o.hold(chat, time.Now().Add(10*time.Second))
			time.Sleep(5 * time.Second)
			if o.allHeld() > 0 || o.held(chat) != 5*time.Second || o.held(-1) > 0 {
				t.Fatalf("chat %d: held for %v, others for %v", chat, o.held(chat), o.held(-1))
			}
		}
		if len(o.holds) > floodedChats {
			t.Errorf("%d holds are known", len(o.holds))
		}
	})
}

// TestOutboxBounded: strangers without number take no memory for ever.
func TestOutboxBounded(t *testing.T) {
	t.Parallel()
	o := newOutbox(slog.New(slog.DiscardHandler))
	for chat := range int64(5 * chatsKnown) {
		o.chat(chat)
		if n := len(o.chats); n > chatsKnown {
			t.Fatalf("%d chats are known", n)
		}
	}
}

// floods lets Telegram refuse the first message to so many chats, for five minutes.
func (w *house) floods(chats int) {
	refused := map[int64]bool{}
	w.tg.fail(func(c said) *answer {
		if c.Method != "sendMessage" || refused[c.Chat] || len(refused) == chats {
			return nil
		}
		refused[c.Chat] = true
		return refusal(429, "Too Many Requests: retry after 300", 300)
	})
}

// crowd lets forty people write, and answers how often each was answered and when.
func (w *house) crowd() (answers func(from, to time.Time) (people, messages int)) {
	w.t.Helper()
	const people = 40
	for i := range int64(people) {
		w.person(100 + i)
		w.tg.bring(wrote(10+2*i, 100+i, "/menu"), wrote(11+2*i, 100+i, "/menu"))
	}
	return func(from, to time.Time) (reached, messages int) {
		for i := range int64(people) {
			n := 0
			for _, c := range w.tg.heard(100 + i) {
				if !c.At.Before(from) && c.At.Before(to) {
					n++
				}
			}
			messages += n
			if n > 0 {
				reached++
			}
		}
		return reached, messages
	}
}

// TestAnswersHeld: where Telegram lets nothing out to one for longer than an answer may
// take, the others are answered as always, and he afterwards, all that he has asked.
func TestAnswersHeld(t *testing.T) {
	inBubble(t, func(w *house) {
		answers, began := w.crowd(), time.Now()
		w.floods(1)
		w.run()
		w.after(10 * time.Second)
		if people, messages := answers(began, time.Now()); people != 39 || messages != 2*39 || w.open() != 2 || w.Health() != "" {
			t.Errorf("%d of 39 others got %d answers, %d open, its health is %q", people, messages, w.open(), w.Health())
		}
		w.after(6 * time.Minute)
		people, messages := answers(began.Add(5*time.Minute), time.Now())
		if _, all := answers(began, time.Now()); people != 1 || messages != 2 || all != 2*40 || w.open() != 0 {
			t.Errorf("afterwards %d got %d answers, all %d, %d open", people, messages, all, w.open())
		}
	})
}

// TestAllAnswersHeld: where it lets nothing out to three, nobody is written to, which
// the service's page shows, and all answers come afterwards.
func TestAllAnswersHeld(t *testing.T) {
	inBubble(t, func(w *house) {
		answers, began := w.crowd(), time.Now()
		w.floods(floodedChats)
		w.run()
		w.after(5*time.Minute - 2*longHeld)
		_, before := answers(began, time.Now())
		if _, early := answers(began.Add(time.Second), time.Now()); early > 0 || before > allBurst || w.Health() != "too_many" {
			t.Errorf("%d answers at once, %d while all are held, its health is %q", before, early, w.Health())
		}
		w.after(time.Minute)
		if people, messages := answers(began, time.Now()); people != 40 || messages != 2*40 || w.open() != 0 || w.Health() != "" {
			t.Errorf("%d got %d answers, %d open, its health is %q", people, messages, w.open(), w.Health())
		}
	})
}

// TestHeldBetween: of an answer of two messages each comes once, where Telegram holds
// the second for longer than an answer may take.
func TestHeldBetween(t *testing.T) {
	inBubble(t, func(h *house) {
		w := newLiveWorld(h, 1)
		calls := 0
		w.tg.fail(func(c said) *answer {
			if c.Method == "sendMessage" {
				if calls++; calls == 2 {
					return refusal(429, "Too Many Requests: retry after 300", 300)
				}
			}
			return nil
		})
		w.tg.bring(numbered(10, pressed(100, press("", "c.text", w.campaign.ID).data, 1)))
		w.after(10 * time.Minute)
		if got := w.tg.heard(100); len(got) != 2 || len(got[0].Text)+len(got[1].Text) != len(w.campaign.Text) || w.open() != 0 {
			t.Errorf("%d messages, %d calls, %d open", len(got), calls, w.open())
		}
	})
}

// TestActsWhileHeld: what somebody asks for is done at once, also while Telegram lets no
// answer out to him.
func TestActsWhileHeld(t *testing.T) {
	inBubble(t, func(h *house) {
		w := newLiveWorld(h, 1)
		w.out.hold(100, time.Now().Add(10*time.Minute))
		w.tg.bring(numbered(10, pressed(100, press("", "c.cancel.yes", w.campaign.ID).data, 1)))
		w.after(time.Minute)
		c, err := w.store.Campaign(w.t.Context(), domain.Scope{OrganizationID: w.org.ID}, w.campaign.ID)
		if w.ok(err); c.Status != domain.CampaignCancelled || len(w.tg.of("editMessageText")) > 0 {
			w.t.Errorf("a minute after he has cancelled it is %s", c.Status)
		}
		w.after(10 * time.Minute)
		if len(w.tg.of("editMessageText")) == 0 || w.open() > 0 {
			w.t.Errorf("%d are open afterwards", w.open())
		}
	})
}

// TestLinkWhileHeld: whoever comes by a link is welcomed at once, while Telegram lets
// nothing out to the chat that was left; that is told afterwards, also by another process.
func TestLinkWhileHeld(t *testing.T) {
	inBubble(t, func(w *house) {
		u := w.person(100)
		token, l := domain.NewBotLink(time.Now())
		w.ok(w.store.PutBotLink(w.t.Context(), u, l))
		w.run()
		w.after(time.Second)
		w.out.hold(100, time.Now().Add(10*time.Minute))
		w.tg.bring(wrote(10, 200, "/start "+token))
		w.after(time.Minute)
		if n := len(w.tg.heard(200)); n != 1 || len(w.tg.heard(100)) > 0 {
			w.t.Errorf("who comes was answered %d times", n)
		}
		w.stop()
		w.run()
		w.after(time.Minute)
		if here, there := len(w.tg.heard(200)), w.tg.heard(100); here != 1 || len(there) != 1 || there[0].Text != locale.T(locale.With(w.t.Context(), "en", nil), "bot.moved") {
			w.t.Errorf("here %d answers, there %v", here, there)
		}
	})
}

// happens stores a notice that concerns all owners.
func (w *house) happens() {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)")
	w.ok(err)
	_, err = raw.ExecContext(w.t.Context(), "INSERT INTO notices (organization_id, kind, at) VALUES (?, ?, ?)", w.org.ID, domain.NoticeNeedsLogin, time.Now().UnixMilli())
	w.ok(errors.Join(err, raw.Close()))
}

// stuck is how Telegram may behave about one chat.
var stuck = map[string]*answer{
	"held":   refusal(429, "Too Many Requests: retry after 300", 300),
	"hangs":  {silent: true},
	"broken": refusal(502, "Bad Gateway", 0),
}

// TestNoticesPastStuck: a chat about which Telegram does not answer, or that it holds,
// keeps nobody else's notices back; he is told afterwards, once.
func TestNoticesPastStuck(t *testing.T) {
	t.Parallel()
	for name, a := range stuck {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *house) {
				const people = 20
				for i := range int64(people) {
					w.person(100 + i)
				}
				w.tg.fail(func(c said) *answer {
					if c.Chat == 100 && c.Method == "sendMessage" {
						return a
					}
					return nil
				})
				w.run()
				w.after(time.Minute)
				for round := range 4 {
					w.happens()
					w.after(15 * time.Second)
					for i := range int64(people - 1) {
						if n := len(w.tg.heard(101 + i)); n != round+1 {
							t.Errorf("the %dth was told %d of %d", i, n, round+1)
						}
					}
					w.after(domain.BotPause)
				}
				w.tg.fail(nil)
				w.after(6 * time.Minute)
				if got := w.tg.heard(100); len(got) != 1 || !strings.Contains(got[0].Text, "4 ta") {
					t.Errorf("he was told %v", got)
				}
			})
		})
	}
}

// TestNoticesOfSlowTelegram: who is being told when the next round begins is not told
// again.
func TestNoticesOfSlowTelegram(t *testing.T) {
	inBubble(t, func(w *house) {
		const people = 20
		for i := range int64(people) {
			w.person(100 + i)
		}
		w.tg.fail(func(c said) *answer {
			if c.Method == "sendMessage" {
				return &answer{late: 10 * time.Second}
			}
			return nil
		})
		w.run()
		w.after(time.Minute)
		w.happens()
		w.after(3 * time.Minute)
		for i := range int64(people) {
			if n := len(w.tg.heard(100 + i)); n != 1 {
				t.Errorf("the %dth was told %d times", i, n)
			}
		}
	})
}

// TestLivePastStuck: nor does it keep the messages of others from following their
// campaigns.
func TestLivePastStuck(t *testing.T) {
	t.Parallel()
	for name, a := range stuck {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				w := newLiveWorld(h, 3)
				shown := map[int64]int{}
				for person := range w.people {
					chat, message := w.show(person)
					shown[chat] = message
				}
				w.after(time.Minute)
				w.tg.fail(func(c said) *answer {
					if c.Chat == 100 && c.Method == "editMessageText" {
						return a
					}
					return nil
				})
				word := ""
				for i := range 61 { // at last it shows something else than at first
					word = w.change(i%2 == 0)
					w.after(time.Second)
				}
				for _, chat := range []int64{101, 102} {
					if n := len(w.tg.seen(chat, shown[chat])); n < 18 {
						t.Errorf("%d's message changed %d times in a minute", chat, n)
					}
				}
				w.tg.fail(nil)
				w.after(6 * time.Minute)
				if es := w.tg.seen(100, shown[100]); len(es) == 0 || !strings.Contains(es[len(es)-1].Text, word) {
					t.Errorf("afterwards he sees %v", es)
				}
			})
		})
	}
}
