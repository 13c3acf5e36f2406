package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mymmrac/telego"
	"github.com/mymmrac/telego/telegoapi"
	tu "github.com/mymmrac/telego/telegoutil"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// newBot is an ordinary telego bot that was given the sandbox's address.
func newBot(t *testing.T, c sandbox.Client) *telego.Bot {
	t.Helper()
	at, err := c.Telegram(within(t))
	if err != nil {
		t.Fatal(err)
	}
	bot, err := telego.NewBot(at.BotToken, telego.WithAPIServer(at.BotAPI), telego.WithHTTPClient(c.HTTP),
		telego.WithDiscardLogger(), telego.WithHealthCheck(within(t)))
	if err != nil {
		t.Fatal(err)
	}
	if bot.Username() != at.BotUsername {
		t.Fatalf("bot is @%s", bot.Username())
	}
	return bot
}

// started is a sandbox whose account has begun the conversation.
func started(t *testing.T) (*sandbox.Server, sandbox.Client, *telego.Bot) {
	t.Helper()
	s, c := start(t, "")
	addAccount(t, c)
	bot := newBot(t, c)
	if err := c.BotSay(within(t), phone, "/start"); err != nil {
		t.Fatal(err)
	}
	return s, c, bot
}

func TestBotConversation(t *testing.T) {
	_, c, bot := started(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	updates, err := bot.UpdatesViaLongPolling(ctx, &telego.GetUpdatesParams{Timeout: 5},
		telego.WithLongPollingRetryTimeout(0))
	if err != nil {
		t.Fatal(err)
	}
	if u := next(t, updates); u.Message == nil || u.Message.Text != "/start" || u.Message.From.ID != userID {
		t.Fatalf("first update: %+v", u)
	} else if e := u.Message.Entities; len(e) != 1 || e[0].Type != "bot_command" || e[0].Length != 6 {
		t.Errorf("the command is not marked: %+v", e)
	}
	text := "  <b>Salom</b>, <i>Dilshod</i> &amp; <a href=\"https://t.me/postix\">do‘stlar</a> 🚛 <code>12</code>\n"
	sent, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), text).WithParseMode(telego.ModeHTML).
		WithReplyMarkup(tu.InlineKeyboard(tu.InlineKeyboardRow(tu.InlineKeyboardButton("Ha").WithCallbackData("yes:1")))))
	if err != nil {
		t.Fatal(err)
	}
	if sent.Text != "Salom, Dilshod & do‘stlar 🚛 12" || sent.ReplyMarkup == nil {
		t.Errorf("sent: %+v", sent)
	}
	var spans []string
	for _, e := range sent.Entities {
		spans = append(spans, e.Type+" "+cut(sent.Text, e.Offset, e.Length)+" "+e.URL)
	}
	if want := []string{"bold Salom ", "italic Dilshod ", "text_link do‘stlar https://t.me/postix", "code 12 "}; !slices.Equal(spans, want) {
		t.Errorf("entities %q, want %q", spans, want)
	}

	if err := c.BotPress(within(t), phone, "yes:1"); err != nil {
		t.Fatal(err)
	}
	u := next(t, updates)
	if u.CallbackQuery == nil || u.CallbackQuery.Data != "yes:1" || u.CallbackQuery.Message.GetMessageID() != sent.MessageID {
		t.Fatalf("pressed: %+v", u)
	}
	if err := bot.AnswerCallbackQuery(within(t), tu.CallbackQuery(u.CallbackQuery.ID).WithText("Qabul qilindi")); err != nil {
		t.Fatal(err)
	}
	edit := &telego.EditMessageTextParams{ChatID: tu.ID(userID), MessageID: sent.MessageID, Text: "Boʻldi"}
	if m, err := bot.EditMessageText(within(t), edit); err != nil || m.Text != "Boʻldi" || m.EditDate == 0 {
		t.Errorf("edited: %+v, %v", m, err)
	}
	_, err = bot.EditMessageText(within(t), edit)
	wantBotError(t, err, 400, "message is not modified")

	said, err := c.BotSaid(within(t), phone)
	if err != nil || len(said) != 1 || said[0].Text != "Boʻldi" || said[0].Answer != "Qabul qilindi" || said[0].Markup != nil {
		t.Errorf("what the account sees: %+v, %v", said, err)
	}
	cancel()
	for range updates { // until the poller has gone
	}
}

func TestBotOtherMethods(t *testing.T) {
	_, c, bot := started(t)
	doc, err := bot.SendDocument(within(t), tu.Document(tu.ID(userID), tu.FileFromBytes([]byte("a;b\n"), "hisobot.csv")).
		WithCaption("<b>Hisobot</b>").WithParseMode(telego.ModeHTML))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Document == nil || doc.Document.FileName != "hisobot.csv" || doc.Document.FileSize != 4 || doc.Caption != "Hisobot" {
		t.Errorf("document: %+v", doc)
	}
	ask, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), "Raqamingiz?").WithReplyMarkup(
		tu.Keyboard(tu.KeyboardRow(tu.KeyboardButton("Raqamni yuborish").WithRequestContact()))))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.BotDo(within(t), phone, world.BotInput{Contact: true}); err != nil {
		t.Fatal(err)
	}
	list, err := bot.GetUpdates(within(t), &telego.GetUpdatesParams{Offset: -1})
	if err != nil || len(list) != 1 || list[0].Message.Contact == nil || list[0].Message.Contact.UserID != userID {
		t.Errorf("contact: %+v, %v", list, err)
	}
	keys := tu.InlineKeyboard(tu.InlineKeyboardRow(tu.InlineKeyboardButton("Sayt").WithURL("https://example.org")))
	if m, err := bot.EditMessageReplyMarkup(within(t), &telego.EditMessageReplyMarkupParams{
		ChatID: tu.ID(userID), MessageID: ask.MessageID, ReplyMarkup: keys,
	}); err != nil || m.Text != "Raqamingiz?" || m.ReplyMarkup == nil {
		t.Errorf("keyboard: %+v, %v", m, err)
	}
	if err := bot.DeleteMessage(within(t), tu.Delete(tu.ID(userID), ask.MessageID)); err != nil {
		t.Error(err)
	}
	if said, err := c.BotSaid(within(t), phone); err != nil || len(said) != 1 || said[0].Document == nil {
		t.Errorf("left after deleting: %+v, %v", said, err)
	}
	commands := []telego.BotCommand{{Command: "start", Description: "Boshlash"}}
	if err := bot.SetMyCommands(within(t), &telego.SetMyCommandsParams{Commands: commands}); err != nil {
		t.Error(err)
	}
	if got, err := bot.GetMyCommands(within(t), nil); err != nil || !slices.Equal(got, commands) {
		t.Errorf("commands: %+v, %v", got, err)
	}
	if err := bot.SendChatAction(within(t), tu.ChatAction(tu.ID(userID), telego.ChatActionTyping)); err != nil {
		t.Error(err)
	}
	if chat, err := bot.GetChat(within(t), &telego.GetChatParams{ChatID: tu.ID(userID)}); err != nil || chat.FirstName != "Dilshod" {
		t.Errorf("chat: %+v, %v", chat, err)
	}
	if info, err := bot.GetWebhookInfo(within(t)); err != nil || info.URL != "" || info.PendingUpdateCount != 1 {
		t.Errorf("webhook: %+v, %v", info, err)
	}
}

func TestBotRefusals(t *testing.T) {
	s, c, bot := started(t)
	say := func(text string) error {
		_, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), text).WithParseMode(telego.ModeHTML))
		return err
	}
	wantBotError(t, say("<b>ochiq"), 400, "can't parse entities")
	wantBotError(t, say("<script>x</script>"), 400, `Unsupported start tag "script"`)
	wantBotError(t, say("<b>a</i>"), 400, "Unmatched end tag")
	wantBotError(t, say(" <b> </b> "), 400, "message text is empty")
	wantBotError(t, say(strings.Repeat("🚛", 2049)), 400, "message is too long")
	for _, at := range []string{"http://localhost:8080", "ftp://panel.example", "panel.example", "javascript:x"} {
		keys := tu.InlineKeyboard(tu.InlineKeyboardRow(tu.InlineKeyboardButton("x").WithURL(at)))
		_, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), "x").WithReplyMarkup(keys))
		wantBotError(t, err, 400, "Wrong HTTP URL")
	}
	_, err := bot.SendMessage(within(t), tu.Message(tu.ID(1), "x"))
	wantBotError(t, err, 400, "chat not found")
	if err := s.World().Block(world.BotID, userID); err != nil {
		t.Fatal(err)
	}
	wantBotError(t, say("x"), 403, "bot was blocked by the user")
	stranger, err := telego.NewBot("123456:"+strings.Repeat("a", 35), telego.WithAPIServer(s.URL()), telego.WithHTTPClient(c.HTTP), telego.WithDiscardLogger())
	if err != nil {
		t.Fatal(err)
	}
	_, err = stranger.GetMe(within(t))
	wantBotError(t, err, 401, "Unauthorized")
}

// TestBotFaults lets rules spoil calls and finds each call in the journal.
func TestBotFaults(t *testing.T) {
	_, c, bot := started(t)
	say := func() error {
		_, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), "Salom"))
		return err
	}
	add := func(f world.Fault) {
		f.Method, f.Phone = "bot.sendMessage", phone
		if _, err := c.AddFault(within(t), f); err != nil {
			t.Fatal(err)
		}
	}
	add(world.Fault{Mode: world.FaultBefore, Error: "FLOOD_WAIT_7"})
	var flood *telegoapi.Error
	if err := say(); !errors.As(err, &flood) || flood.ErrorCode != 429 || flood.Parameters == nil || flood.Parameters.RetryAfter != 7 {
		t.Errorf("flood: %v", err)
	}
	add(world.Fault{Mode: world.FaultBefore, Error: "BAD_GATEWAY", Code: 502})
	if err := say(); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("502: %v", err)
	}
	add(world.Fault{Mode: world.FaultBefore, Error: "MALFORMED"})
	if err := say(); err == nil || !strings.Contains(err.Error(), "decode json") {
		t.Errorf("malformed: %v", err)
	}
	add(world.Fault{Mode: world.FaultDrop})
	if err := say(); err == nil {
		t.Error("the dropped call was answered")
	}
	add(world.Fault{Mode: world.FaultHold})
	held := make(chan error, 1)
	go func() { held <- say() }()
	eventually(t, "the call is held", func() bool {
		list, err := c.Faults(within(t))
		return err == nil && list[len(list)-1].Held == 1
	})
	if err := c.ClearFaults(within(t), 0); err != nil {
		t.Fatal(err)
	}
	if err := <-held; err != nil {
		t.Errorf("released: %v", err)
	}
	if said, err := c.BotSaid(within(t), phone); err != nil || len(said) != 2 {
		t.Errorf("stored: %d, %v; want the dropped and the held one", len(said), err)
	}
	entries, err := c.Journal(within(t), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Method == "bot.sendMessage" && e.Phone == phone {
			got = append(got, e.Outcome)
		}
	}
	if want := []string{"FLOOD_WAIT_7", "BAD_GATEWAY", "MALFORMED", "drop", "hold"}; !slices.Equal(got, want) {
		t.Errorf("journal %q, want %q", got, want)
	}
}

// TestSecondPoller: the older of two polls is ended, the newer one goes on.
func TestSecondPoller(t *testing.T) {
	_, c, bot := started(t)
	first, err := bot.GetUpdates(within(t), nil)
	if err != nil || len(first) != 1 {
		t.Fatalf("first: %+v, %v", first, err)
	}
	wait := &telego.GetUpdatesParams{Offset: first[0].UpdateID + 1, Timeout: 8}
	older, newer := make(chan error, 1), make(chan error, 1)
	poll := func(out chan<- error) {
		list, err := bot.GetUpdates(within(t), wait)
		if err == nil && (len(list) != 1 || list[0].Message.Text != "Salom") {
			err = errors.New("wrong updates")
		}
		out <- err
	}
	go poll(older)
	eventually(t, "the older poll waits", func() bool { // by then it has confirmed the first update
		info, err := bot.GetWebhookInfo(within(t))
		return err == nil && info.PendingUpdateCount == 0
	})
	go poll(newer)
	select {
	case err := <-older:
		wantBotError(t, err, http.StatusConflict, "terminated by other getUpdates request")
	case err := <-newer:
		t.Fatalf("the newer poll has ended: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("nobody was ended")
	}
	if err := c.BotSay(within(t), phone, "Salom"); err != nil {
		t.Fatal(err)
	}
	if err := <-newer; err != nil {
		t.Errorf("the newer poll: %v", err)
	}
}

func TestAllowedUpdates(t *testing.T) {
	_, c, bot := started(t)
	only := &telego.GetUpdatesParams{AllowedUpdates: []string{"callback_query"}}
	if list, err := bot.GetUpdates(within(t), only); err != nil || len(list) != 0 {
		t.Errorf("messages were not asked for: %+v, %v", list, err)
	}
	if _, err := bot.SendMessage(within(t), botMessage("Tanlang", "1")); err != nil {
		t.Fatal(err)
	}
	if err := c.BotPress(within(t), phone, "1"); err != nil {
		t.Fatal(err)
	}
	if list, err := bot.GetUpdates(within(t), nil); err != nil || len(list) != 1 || list[0].CallbackQuery == nil {
		t.Errorf("after the press: %+v, %v", list, err)
	}
}

func next(t *testing.T, updates <-chan telego.Update) telego.Update {
	t.Helper()
	select {
	case u, ok := <-updates:
		if !ok {
			t.Fatal("the poller ended")
		}
		return u
	case <-time.After(time.Minute):
		t.Fatal("no update came")
	}
	return telego.Update{}
}

func wantBotError(t *testing.T, err error, code int, text string) {
	t.Helper()
	var refused *telegoapi.Error
	if !errors.As(err, &refused) || refused.ErrorCode != code || !strings.Contains(refused.Description, text) {
		t.Errorf("error %v, want %d with %q", err, code, text)
	}
}

// botMessage is a message to the account with one button.
func botMessage(text, data string) *telego.SendMessageParams {
	return tu.Message(tu.ID(userID), text).WithReplyMarkup(
		tu.InlineKeyboard(tu.InlineKeyboardRow(tu.InlineKeyboardButton("Bosing").WithCallbackData(data))))
}
