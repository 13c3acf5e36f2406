package sandbox_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/mymmrac/telego"
	tu "github.com/mymmrac/telego/telegoutil"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// last is the newest update of the bot.
func last(t *testing.T, bot *telego.Bot) telego.Update {
	t.Helper()
	list, err := bot.GetUpdates(within(t), &telego.GetUpdatesParams{Offset: -1})
	if err != nil || len(list) != 1 {
		t.Fatalf("updates: %+v, %v", list, err)
	}
	return list[0]
}

func wantRefused(t *testing.T, err error, status int, text string) {
	t.Helper()
	var refused *sandbox.ClientError
	if !errors.As(err, &refused) || refused.Status != status || !strings.Contains(refused.Text, text) {
		t.Errorf("error %v, want %d with %q", err, status, text)
	}
}

// TestBotTypedFormatting: what an account formats arrives as it was typed.
func TestBotTypedFormatting(t *testing.T) {
	_, c, bot := started(t)
	text := "🚛 Yuk bor: Toshkent"
	typed := []world.Entity{
		{Type: "bold", Offset: 3, Length: 7},
		{Type: "italic", Offset: 3, Length: 3},
		{Type: "text_link", Offset: 12, Length: 8, URL: "https://example.org/"},
		{Type: "pre", Offset: 12, Length: 8, Language: "go"},
		{Type: "expandable_blockquote", Offset: 0, Length: 20},
	}
	for _, kind := range []string{"underline", "strikethrough", "spoiler", "code", "blockquote", "url", "mention", "hashtag", "email", "phone_number"} {
		typed = append(typed, world.Entity{Type: kind, Offset: 12, Length: 8})
	}
	if err := c.BotDo(within(t), phone, world.BotInput{Text: text, Entities: typed}); err != nil {
		t.Fatal(err)
	}
	got := last(t, bot).Message
	seen := map[string]string{}
	for _, e := range got.Entities {
		seen[e.Type] = cut(got.Text, e.Offset, e.Length) + e.URL + e.Language
	}
	if len(got.Entities) != len(typed) || seen["bold"] != "Yuk bor" || seen["text_link"] != "Toshkenthttps://example.org/" ||
		seen["pre"] != "Toshkentgo" || seen["expandable_blockquote"] != text {
		t.Errorf("arrived: %q", seen)
	}
	if all, err := c.BotChat(within(t), phone); err != nil || len(all[len(all)-1].Entities) != len(typed) {
		t.Errorf("shown: %+v, %v", all, err)
	}
	for _, bad := range []world.Entity{
		{Type: "bold", Offset: 0, Length: 21},
		{Type: "bold", Offset: 20, Length: 1},
		{Type: "bold", Offset: -1, Length: 2},
		{Type: "bold", Offset: 1, Length: 1<<63 - 1},
		{Type: "bold"},
		{Type: "marquee", Length: 1},
		{Type: "text_link", Length: 1},
	} {
		err := c.BotDo(within(t), phone, world.BotInput{Text: text, Entities: []world.Entity{bad}})
		wantRefused(t, err, http.StatusBadRequest, "entity 0")
	}
	many := make([]world.Entity, 101)
	for i := range many {
		many[i] = world.Entity{Type: "bold", Length: 1}
	}
	wantRefused(t, c.BotDo(within(t), phone, world.BotInput{Text: text, Entities: many}), http.StatusBadRequest, "100 entities")
}

// TestBotForwards: an account passes messages on, and the bot is told from where.
func TestBotForwards(t *testing.T) {
	s, c, bot := started(t)
	chat := addGroup(t, c)
	channel, err := c.AddChat(within(t), world.ChatSpec{Kind: world.KindChannel, Title: "Eʼlonlar", Username: "elonlar", Members: []int64{userID}})
	if err != nil {
		t.Fatal(err)
	}
	forward := func(f world.BotForward) *telego.Message {
		t.Helper()
		if err := c.BotDo(within(t), phone, world.BotInput{Forward: &f}); err != nil {
			t.Fatal(err)
		}
		return last(t, bot).Message
	}
	said, err := c.Post(within(t), chat, sandbox.Incoming{Sender: sandbox.Sender{FirstName: "Aziz"}, Text: "Guruhda"})
	if err != nil {
		t.Fatal(err)
	}
	m := forward(world.BotForward{Chat: chat, Message: said.ID})
	if o, ok := m.ForwardOrigin.(*telego.MessageOriginUser); !ok || m.Text != "Guruhda" || o.SenderUser.FirstName != "Aziz" ||
		o.SenderUser.ID != said.SenderID || o.Date != said.At.Unix() || m.From.ID != userID {
		t.Errorf("of a member: %+v, %+v", m, m.ForwardOrigin)
	}
	posted, err := c.Post(within(t), channel.ID, sandbox.Incoming{Sender: sandbox.Sender{ID: said.SenderID}, Text: "Kanalda"})
	if err != nil {
		t.Fatal(err)
	}
	m = forward(world.BotForward{Chat: channel.ID, Message: posted.ID})
	if o, ok := m.ForwardOrigin.(*telego.MessageOriginChannel); !ok || o.Chat.ID != channel.ID || o.Chat.Type != "channel" ||
		o.Chat.Title != "Eʼlonlar" || o.Chat.Username != "elonlar" || o.MessageID != posted.ID {
		t.Errorf("of a channel: %+v", m.ForwardOrigin)
	}
	anonymous, err := s.World().Post(world.Incoming{Chat: chat, As: chat, Text: "Guruh nomidan"})
	if err != nil {
		t.Fatal(err)
	}
	m = forward(world.BotForward{Chat: chat, Message: anonymous.ID})
	if o, ok := m.ForwardOrigin.(*telego.MessageOriginChat); !ok || o.SenderChat.ID != chat || o.SenderChat.Type != "supergroup" {
		t.Errorf("of a group: %+v", m.ForwardOrigin)
	}
	m = forward(world.BotForward{User: 777000, Text: "Login code: 12345"})
	if o, ok := m.ForwardOrigin.(*telego.MessageOriginUser); !ok || o.SenderUser.ID != 777000 || m.Text != "Login code: 12345" {
		t.Errorf("of Telegram: %+v", m.ForwardOrigin)
	}
	m = forward(world.BotForward{Name: "Kimdir", Text: "Yashirin"})
	if o, ok := m.ForwardOrigin.(*telego.MessageOriginHiddenUser); !ok || o.SenderUserName != "Kimdir" {
		t.Errorf("of somebody hidden: %+v", m.ForwardOrigin)
	}
	hidden, err := c.AddChat(within(t), world.ChatSpec{Kind: world.KindChannel, Title: "Begona"})
	if err != nil {
		t.Fatal(err)
	}
	unseen, err := c.Post(within(t), hidden.ID, sandbox.Incoming{Sender: sandbox.Sender{ID: said.SenderID}, Text: "Begonada"})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []world.BotForward{
		{},
		{Chat: chat},
		{Chat: chat, Message: 999},
		{Chat: chat, Message: 1},
		{Chat: hidden.ID, Message: unseen.ID},
		{User: 424242, Text: "x"},
		{User: userID},
		{User: userID, Name: "x", Text: "x"},
		{Chat: chat, Message: said.ID, Text: "x"},
	} {
		if err := c.BotDo(within(t), phone, world.BotInput{Forward: &bad}); err == nil {
			t.Errorf("forwarded %+v", bad)
		}
	}
}

// TestForgedPress: a client may send any data, also under a message that is gone.
func TestForgedPress(t *testing.T) {
	_, c, bot := started(t)
	sent, err := bot.SendMessage(within(t), botMessage("Tanlang", "1"))
	if err != nil {
		t.Fatal(err)
	}
	press := func(data string, forged bool) error {
		return c.BotDo(within(t), phone, world.BotInput{Callback: data, MessageID: sent.MessageID, Forged: forged})
	}
	wantRefused(t, press("42", false), http.StatusBadRequest, "no message of the bot has such a button")
	if err := press("42", true); err != nil {
		t.Fatal(err)
	}
	if q := last(t, bot).CallbackQuery; q == nil || q.Data != "42" || !q.Message.IsAccessible() || q.From.ID != userID {
		t.Errorf("forged: %+v", q)
	}
	if err := bot.DeleteMessage(within(t), tu.Delete(tu.ID(userID), sent.MessageID)); err != nil {
		t.Fatal(err)
	}
	if err := press("43", true); err != nil {
		t.Fatal(err)
	}
	q := last(t, bot).CallbackQuery
	if q == nil || q.Data != "43" || q.Message.IsAccessible() || q.Message.GetMessageID() != sent.MessageID || q.Message.GetChat().ID != userID {
		t.Errorf("under a deleted message: %+v", q)
	}
	for _, bad := range []world.BotInput{
		{Callback: "1", Forged: true},
		{Callback: "1", Forged: true, MessageID: 999},
		{Callback: "1", Forged: true, MessageID: 1}, // the account's own
		{Text: "x", Forged: true},
		{Text: "x", Callback: "1"},
		{Text: "x", Contact: true},
		{Contact: true, Entities: []world.Entity{{Type: "bold", Length: 1}}},
		{Text: strings.Repeat("🚛", 2049)},
		{},
	} {
		if err := c.BotDo(within(t), phone, bad); err == nil {
			t.Errorf("taken: %+v", bad)
		}
	}
}

// TestBotBlocked: the bot hears of a block and gets nothing through until it ends.
func TestBotBlocked(t *testing.T) {
	_, c, bot := started(t)
	sent, err := bot.SendMessage(within(t), botMessage("Tanlang", "1"))
	if err != nil {
		t.Fatal(err)
	}
	block := func(on bool) error { return c.BotDo(within(t), phone, world.BotInput{Block: &on}) }
	if err := block(true); err != nil {
		t.Fatal(err)
	}
	u := last(t, bot).MyChatMember
	if u == nil || u.Chat.ID != userID || u.Chat.Type != "private" || u.From.ID != userID || u.Date == 0 ||
		u.OldChatMember.MemberStatus() != "member" || u.NewChatMember.MemberStatus() != "kicked" || u.NewChatMember.MemberUser().ID != world.BotID {
		t.Fatalf("blocked: %+v", u)
	}
	wantRefused(t, block(true), http.StatusBadRequest, "already")
	wantRefused(t, c.BotSay(within(t), phone, "x"), http.StatusBadRequest, "blocked the bot")
	const refused = "Forbidden: bot was blocked by the user"
	_, err = bot.SendMessage(within(t), botMessage("Yana", "2"))
	wantBotError(t, err, 403, refused)
	_, err = bot.EditMessageText(within(t), &telego.EditMessageTextParams{ChatID: tu.ID(userID), MessageID: sent.MessageID, Text: "Yana"})
	wantBotError(t, err, 403, refused)
	wantBotError(t, bot.SendChatAction(within(t), tu.ChatAction(tu.ID(userID), telego.ChatActionTyping)), 403, refused)
	if err := block(false); err != nil {
		t.Fatal(err)
	}
	if u := last(t, bot).MyChatMember; u == nil || u.NewChatMember.MemberStatus() != "member" || u.OldChatMember.MemberStatus() != "kicked" {
		t.Fatalf("unblocked: %+v", u)
	}
	if _, err = bot.SendMessage(within(t), botMessage("Yana", "2")); err != nil {
		t.Error(err)
	}
	if err := c.BotSay(within(t), phone, "x"); err != nil {
		t.Error(err)
	}
}

// TestBotInitiates: nobody is written to who did not write first, and who did
// stays known though his message was deleted.
func TestBotInitiates(t *testing.T) {
	s, c := start(t, "")
	addAccount(t, c)
	bot := newBot(t, c)
	_, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), "Salom"))
	wantBotError(t, err, 403, "Forbidden: bot can't initiate conversation with a user")
	if err := c.BotSay(within(t), phone, "/start"); err != nil {
		t.Fatal(err)
	}
	own := last(t, bot).Message.MessageID
	if err := bot.DeleteMessage(within(t), tu.Delete(tu.ID(userID), own)); err != nil {
		t.Fatal(err)
	}
	wantBotError(t, bot.DeleteMessage(within(t), tu.Delete(tu.ID(userID), own)), 400, "message to delete not found")
	if _, err := bot.SendMessage(within(t), tu.Message(tu.ID(userID), "Salom")); err != nil {
		t.Error(err)
	}
	if all, err := c.BotChat(within(t), phone); err != nil || len(all) != 1 || !all[0].FromBot {
		t.Errorf("the account sees %+v, %v", all, err)
	}
	if list, err := s.World().Messages(userID, 0, 0); err != nil || len(list) != 1 {
		t.Errorf("listed: %+v, %v", list, err)
	}
}

// TestRawUpdates: what Telegram might send arrives as it was put in.
func TestRawUpdates(t *testing.T) {
	s, c, bot := started(t)
	put := func(update string) int {
		t.Helper()
		id, err := c.BotPut(within(t), json.RawMessage(update))
		if err != nil {
			t.Fatal(err)
		}
		return int(id)
	}
	id := put(`{"message":{"message_id":7,"date":1767603600,"chat":{"id":-100123,"type":"supergroup","title":"Yuk"},"text":"` + strings.Repeat("я", 1<<19) + `"}}`)
	u := last(t, bot)
	if u.UpdateID != id || u.Message == nil || u.Message.From != nil || len(u.Message.Text) != 1<<20 || u.Message.Chat.Type != "supergroup" {
		t.Errorf("update %d of %d: %.80v", u.UpdateID, id, u)
	}
	put(`{ "channel_post": {"message_id":1,"date":1,"chat":{"id":-100,"type":"channel","title":"x"}} }`)
	if u := last(t, bot); u.ChannelPost == nil {
		t.Errorf("post: %+v", u)
	}
	put(`{"reinvented_message": {"a": [1, "<b>"]}}`)
	put(` { } `)
	put(`{"message_reaction":{}}`) // comes only where it is asked for
	if got, want := updates(t, s, c), `[{"update_id":3,"channel_post":{"chat":{"id":-100,"title":"x","type":"channel"},"date":1,"message_id":1}},`+
		`{"update_id":4,"reinvented_message":{"a":[1,"<b>"]}},{"update_id":5}]`; !sameJSON(t, got, want) {
		t.Errorf("updates %s", got)
	}
	for body, status := range map[string]int{
		`{"update_id":5}`: 400, `[]`: 400, `null`: 400, `7`: 400, `{`: 400, ``: 400, `{} {}`: 400,
		`{"x":"` + strings.Repeat("a", 2<<20) + `"}`: 413,
	} {
		req, err := http.NewRequestWithContext(within(t), http.MethodPost, s.URL()+"/api/bot/updates", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%.20s: %d", body, res.StatusCode)
		}
	}
}

// updates are those from number 3 on, as a client that knows no types gets them.
func updates(t *testing.T, s *sandbox.Server, c sandbox.Client) string {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, s.URL()+"/bot"+world.BotToken+"/getUpdates?offset=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct{ Result json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return string(out.Result)
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}
