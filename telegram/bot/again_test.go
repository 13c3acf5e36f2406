package bot

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"postix/domain"
)

// begins lets an update be handled and not marked, as by a process that ends before
// it can.
func (w *rightsWorld) begins(p *tryer, id int64, update map[string]any) {
	w.t.Helper()
	update["update_id"] = id
	w.out.mu.Lock()
	w.out.chats[p.tg] = rate.NewLimiter(rate.Inf, 1)
	w.out.mu.Unlock()
	if _, err := w.take(w.t.Context(), 0, []json.RawMessage{raw(w.t, update)}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.handleOnce(id, false); err != nil {
		w.t.Fatal(err)
	}
}

// TestBegunTextIsNoNextAnswer: a text that is handled again, since a process has ended
// before it was marked, answers the question that it answered, and not the next one.
func TestBegunTextIsNoNextAnswer(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	stands := func() (step string, o *order) {
		t.Helper()
		turn := w.newTurn(t.Context(), incoming{From: who.tg})
		k, err := turn.conversation()
		if err != nil {
			t.Fatal(err)
		}
		return k.Step, k.Order
	}
	o := who.order
	o.Rounds, o.Interval, o.Timed, o.Start = 0, 0, false, time.Time{}
	w.talks(who, talk{Step: stepRounds, Order: &o})

	const first = 7_000_001
	w.begins(who, first, message(who.tg, "10"))
	if step, o := stands(); step != stepInterval || o.Rounds != 10 || o.Interval != 0 {
		t.Fatalf("after the text it waits for %q: %+v", step, o)
	}
	w.handle(first, false) // the next process
	if step, o := stands(); step != stepInterval || o.Rounds != 10 || o.Interval != 0 {
		t.Errorf("handled again it waits for %q: %+v", step, o)
	}
	brings(t, w.Bot, who.tg, first+1, message(who.tg, "180"))
	if step, o := stands(); step != stepStart || o.Interval != 3*time.Hour {
		t.Errorf("the next text: it waits for %q: %+v", step, o)
	}

	// What was made before the end is shown, not refused.
	w.talks(who, talk{Step: "cat.name"})
	w.begins(who, first+2, message(who.tg, "Yangi yuklar"))
	w.api.take()
	w.handle(first+2, false)
	if said := w.api.take(); len(said) == 0 || !strings.Contains(said[len(said)-1].String(), "Yangi yuklar") || strings.Contains(said[len(said)-1].String(), "⚠️") {
		t.Errorf("the catalog was made, and he reads %v", said)
	}
	if n := len(w.list("SELECT id FROM catalogs WHERE name = 'Yangi yuklar'")); n != 1 {
		t.Errorf("%d catalogs", n)
	}
}

// TestSameChosenAgain: one's own organization chosen again, or one's own link used
// again, ends nothing that one has begun.
func TestSameChosenAgain(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	w.talks(who, talk{Step: stepReview, Order: &who.order})
	was := w.list("SELECT step || draft FROM bot_people WHERE telegram_id = ?", who.tg)
	_, err := w.Access.Choose(t.Context(), who.tg, who.ids["user"])
	w.ok(err)
	token, link := domain.NewBotLink(rightsNow)
	w.ok(w.store.PutBotLink(t.Context(), who.actor.User, link))
	_, _, err = w.Access.UseLinkHash(t.Context(), who.tg, domain.TokenHash(token))
	w.ok(err)
	moves, err := w.store.BotMoves(t.Context())
	if w.ok(err); len(moves) > 0 {
		t.Errorf("he has left %v, where he still is", moves)
	}
	if now := w.list("SELECT step || draft FROM bot_people WHERE telegram_id = ?", who.tg); now[0] != was[0] {
		t.Errorf("his draft is %q", now)
	}
}

// TestMovedIsTold: whoever had the bot in one Telegram reads there that it was opened in
// another.
func TestMovedIsTold(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	token, link := domain.NewBotLink(rightsNow)
	w.ok(w.store.PutBotLink(t.Context(), who.actor.User, link))
	const elsewhere = 8_123_456
	w.api.take()
	brings(t, w.Bot, elsewhere, 7_000_011, message(elsewhere, "/start "+token))
	told := map[int64]string{}
	for range 2 { // the second time nothing
		side := newTellers()
		_, err := w.tellRound(t.Context(), side)
		w.ok(errors.Join(err, side.room(1)))
		for _, s := range w.api.take() {
			told[s.Chat] += s.String()
		}
	}
	if n := strings.Count(told[who.tg], w.text("bot.moved")); n != 1 {
		t.Errorf("he reads it %d times", n)
	}
	if !strings.Contains(told[who.tg], w.text("bot.moved")) || strings.Contains(told[elsewhere], w.text("bot.moved")) {
		t.Errorf("there he reads %q, here %q", told[who.tg], told[elsewhere])
	}
}
