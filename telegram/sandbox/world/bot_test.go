package world

import (
	"errors"
	"regexp"
	"testing"

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
		_, err := e.BotSend(dilnozaID, BotOut{Text: "salom"})
		wantBotErr(t, err, 403) // not before she wrote
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
		_, err = e.BotEdit(dilnozaID, sent.ID, "Boʻldi", nil, nil)
		e.must(err)
		if ed := c.next().(*tg.UpdateEditMessage).Message.(*tg.Message); ed.Message != "Boʻldi" || ed.ID != m.ID || ed.EditDate == 0 {
			t.Fatalf("pushed %+v", ed)
		}
		_, err = e.BotEdit(dilnozaID, sent.ID, "Boʻldi", nil, nil)
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
		if len(list) != 5 || len(kept) != 5 { // the seeded one first
			t.Fatalf("%d messages, %d before", len(list), len(kept))
		}
		if m := list[2]; m.Text != "Boʻldi" || m.Answer != "Rahmat" || m.EditedAt == nil || m.ReplyTo != list[1].ID || m.Markup != nil {
			t.Fatalf("edited message %+v", m)
		}
		if list[3].Contact.Phone != "998901000001" || string(list[4].Document.Data) != "1,2" {
			t.Fatalf("contact %+v, document %+v", list[3].Contact, list[4].Document)
		}
		// The pressed button was not confirmed by a later offset: it comes again.
		if ups := e.BotUpdates(0, 10); len(ups) != 2 || ups[0].Callback == nil || ups[1].Message.Contact == nil {
			t.Fatalf("updates %+v", ups)
		}
	})
}
