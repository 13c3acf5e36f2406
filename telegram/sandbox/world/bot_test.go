package world

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/gotd/td/tg"
)

func wantBotErr(t *testing.T, err error, code int) {
	t.Helper()
	var be *BotError
	if !errors.As(err, &be) || be.Code != code {
		t.Fatalf("got %v, want %d", err, code)
	}
}

// TestBot: a conversation, seen from all sides.
func TestBot(t *testing.T) {
	if !regexp.MustCompile(`^\d+:[\w-]{35}$`).MatchString(BotToken) {
		t.Fatal("no library takes this token")
	}
	dir := t.TempDir()
	var kept []BotMessage
	reopen(t, dir, func(e *env) {
		c := e.as(dilnoza)
		_, err := e.BotSend(bekzodID, BotOut{Text: "salom"})
		wantBotErr(t, err, 403) // not before he wrote
		_, err = e.BotSend(1, BotOut{Text: "salom"})
		wantBotErr(t, err, 400)
		_, err = e.send(c, BotID, "/start", 1)
		c.must(err)
		ups := e.BotUpdates(0, 10)
		if len(ups) != 1 || ups[0].Message.Text != "/start" || ups[0].From.ID != dilnozaID || ups[0].Message.ChatID != dilnozaID {
			t.Fatalf("updates %+v", ups)
		}
		sent, err := e.BotSend(dilnozaID, BotOut{
			Text: "Tanlang", ReplyTo: ups[0].Message.ID,
			Entities: []Entity{{Type: "bold", Offset: 0, Length: 7}},
			Markup:   &Markup{Inline: [][]Button{{{Text: "Ha", CallbackData: "yes"}, {Text: "Sayt", URL: "https://example.org"}}}},
		})
		e.must(err)
		m := c.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
		if rows := m.ReplyMarkup.(*tg.ReplyInlineMarkup).Rows; m.Message != "Tanlang" || len(m.Entities) != 1 || len(rows[0].Buttons) != 2 {
			t.Fatalf("pushed %+v", m)
		}
		id, err := e.BotInbound(dilnoza, BotInput{Callback: "yes"})
		e.must(err)
		ups = e.BotUpdates(ups[0].ID+1, 10)
		if len(ups) != 1 || ups[0].ID != id || ups[0].Callback.Data != "yes" || ups[0].Callback.Message.ID != sent.ID {
			t.Fatalf("updates %+v", ups)
		}
		e.must(e.BotCallbackAnswer(ups[0].Callback.ID, BotAnswer{Text: "Rahmat"}))
		_, err = e.BotEdit(dilnozaID, sent.ID, BotOut{Text: "Boʻldi"})
		e.must(err)
		if ed := c.next().(*tg.UpdateEditMessage).Message.(*tg.Message); ed.Message != "Boʻldi" || ed.ID != m.ID || ed.EditDate == 0 {
			t.Fatalf("pushed %+v", ed)
		}
		_, err = e.BotEdit(dilnozaID, sent.ID, BotOut{Text: "Boʻldi"})
		wantBotErr(t, err, 400)
		if _, err = e.BotInbound(dilnoza, BotInput{Callback: "yes"}); err == nil {
			t.Fatal("a button that is gone was pressed")
		}
		_, err = e.BotInbound(dilnoza, BotInput{Contact: true})
		e.must(err)
		_, err = e.BotSend(dilnozaID, BotOut{Text: "hisobot", Document: &Document{Name: "a.csv", MIME: "text/csv", Data: []byte("1,2")}})
		e.must(err)
		kept, err = e.BotChat(dilnoza)
		e.must(err)
		c.stop()
	})
	reopen(t, dir, func(e *env) {
		list, err := e.BotChat(dilnoza)
		e.must(err)
		if len(list) != 6 || len(kept) != 6 { // the two seeded ones first
			t.Fatalf("%d messages, %d before", len(list), len(kept))
		}
		if m := list[3]; m.Text != "Boʻldi" || m.Answer != "Rahmat" || m.EditedAt == nil || m.ReplyTo != list[2].ID || m.Markup != nil {
			t.Fatalf("edited message %+v", m)
		}
		if list[4].Contact.Phone != "998901000001" || string(list[5].Document.Data) != "1,2" {
			t.Fatalf("contact %+v, document %+v", list[4].Contact, list[5].Document)
		}
		// The pressed button was not confirmed by a later offset: it comes again.
		if ups := e.BotUpdates(0, 10); len(ups) != 2 || ups[0].Callback == nil || ups[1].Message.Contact == nil {
			t.Fatalf("updates %+v", ups)
		}
	})
}

// TestBotDelete: both sides lose a deleted message, whoever wrote it, and no
// other one; after two days nothing can be deleted.
func TestBotDelete(t *testing.T) {
	dir := t.TempDir()
	reopen(t, dir, func(e *env) {
		c := e.as(bekzod)
		state, err := c.UpdatesGetState(c.ctx)
		c.must(err)
		_, err = e.send(c, BotID, "/start", 1)
		c.must(err)
		own := e.BotUpdates(0, 0)[0].Message.ID
		sent, err := e.BotSend(bekzodID, BotOut{Text: "hisobot", Document: &Document{Name: "a.csv", Data: []byte("1")}})
		e.must(err)
		m := c.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
		_, err = e.BotSend(bekzodID, BotOut{Text: "qoladi"})
		e.must(err)
		c.next()
		wantBotErr(t, e.BotDelete(dilnozaID, sent.ID), 400)
		e.must(e.BotDelete(bekzodID, own))
		c.next()
		e.must(e.BotDelete(bekzodID, sent.ID))
		gone := c.next().(*tg.UpdateDeleteMessages)
		if len(gone.Messages) != 1 || gone.Messages[0] != m.ID || gone.Pts != state.Pts+5 {
			t.Fatalf("pushed %+v", gone)
		}
		wantBotErr(t, e.BotDelete(bekzodID, sent.ID), 400)
		r, err := c.UpdatesGetDifference(c.ctx, &tg.UpdatesGetDifferenceRequest{Pts: state.Pts + 3, Date: 1})
		c.must(err)
		if d := r.(*tg.UpdatesDifference); len(d.OtherUpdates) != 2 || len(d.NewMessages) != 0 || d.State.Pts != gone.Pts {
			t.Fatalf("difference %+v", r)
		}
		h, err := c.MessagesGetHistory(c.ctx, &tg.MessagesGetHistoryRequest{Peer: e.input(c, BotID), Limit: 10})
		c.must(err)
		if list, _ := h.AsModified(); len(list.GetMessages()) != 1 {
			t.Fatalf("history %+v", h)
		}
		again, err := e.send(c, BotID, "/start", 1) // the answer of the first is repeated
		c.must(err)
		if s, ok := again.(*tg.UpdateShortSentMessage); !ok || s.Pts != state.Pts+1 {
			t.Fatalf("sent again: %+v", again)
		}
		old := e.BotPending(0, 0)
		e.clock.add(48 * time.Hour)
		_, err = e.BotInbound(bekzod, BotInput{Text: "yangi"})
		e.must(err)
		e.must(e.BotDelete(bekzodID, e.BotPending(old[len(old)-1].ID+1, 0)[0].Message.ID))
		rest, err := e.BotChat(bekzod)
		e.must(err)
		wantBotErr(t, e.BotDelete(bekzodID, rest[0].ID), 400)
		c.stop()
	})
	reopen(t, dir, func(e *env) {
		rest, err := e.BotChat(bekzod)
		e.must(err)
		if len(rest) != 1 || rest[0].Text != "qoladi" {
			t.Fatalf("after the restart %+v", rest)
		}
		if ups := e.BotUpdates(0, 0); len(ups) != 2 || !ups[0].Message.Deleted {
			t.Fatalf("updates %+v", ups)
		}
		if _, err := e.BotSend(bekzodID, BotOut{Text: "salom"}); err != nil {
			t.Fatal(err)
		}
	})
}
