package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/telegram/sandbox/world"
)

// newBotHouse is a house whose member has a number with a catalog, and talks to the
// bot. The product does not run yet.
func newBotHouse(t *testing.T) (*house, *chatter) {
	t.Helper()
	h := newHouse(t, 100*time.Millisecond)
	h.inStore(func(ctx context.Context, a *app) {
		as, err := a.store.UsersWithTelegram(ctx, seedMemberID)
		if err != nil || len(as) != 1 {
			t.Fatalf("%d members, %v", len(as), err)
		}
		h.connect(ctx, a, as[0], loadPhones[0])
	})
	return h, &chatter{t: t, c: h.tg, phone: seedMemberPhone}
}

// botFault makes a call of the Bot API go wrong.
func (h *house) botFault(method string, f world.Fault) world.Fault {
	h.t.Helper()
	f.Method = "bot." + method
	f, err := h.tg.AddFault(h.t.Context(), f)
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

const openUpdates = "SELECT COUNT(*) FROM bot_updates WHERE handled = 0"

// handled waits until the bot has nothing to do any more.
func (h *house) handled() {
	h.t.Helper()
	eventually(h.t, "all updates are handled", func() bool { return h.number(openUpdates) == 0 })
}

// botCalls are the calls of the Bot API since then; of an empty method all.
func (h *house) botCalls(method string, since int64) (out []world.JournalEntry) {
	h.t.Helper()
	for _, e := range h.journal(since) {
		if strings.HasPrefix(e.Method, "bot."+method) {
			out = append(out, e)
		}
	}
	return out
}

// say writes to the bot and waits for nothing.
func (p *chatter) say(text string) { p.t.Helper(); p.ok(p.c.BotSay(p.t.Context(), p.phone, text)) }

// TestFaultBotKill kills the product while the bot answers, while more waits, and when
// it has answered and cannot note it: after the restart everything is done once, and a
// conversation goes on where it was.
func TestFaultBotKill(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	bot.says("/start")
	again := func() {
		t.Helper()
		h.p.kill()
		h.clearFaults()
		h.start()
		h.handled()
	}
	const named = "SELECT COUNT(*) FROM catalogs WHERE name = ?"

	bot.taps("cats", "Kataloglar")
	bot.taps("cat.new")
	f := h.botFault("sendMessage", world.Fault{Mode: world.FaultHold, Times: -1})
	bot.say("Yangi yuklar")
	h.fired(f)
	bot.say("/language")
	eventually(t, "both are stored", func() bool { return h.number(openUpdates) == 2 })
	if n := h.number(named, "Yangi yuklar"); n != 1 {
		t.Fatalf("in the middle there are %d catalogs", n)
	}
	again()
	bot.sees("Qaysi tilda ishlaymiz")
	if n := h.number(named, "Yangi yuklar"); n != 1 {
		t.Errorf("the catalog is there %d times", n)
	}

	bot.types("/catalogs", "Kataloglar")
	bot.taps("cat.new")
	f = h.botFault("sendMessage", world.Fault{Mode: world.FaultHold})
	bot.say("Eski yuklar")
	h.fired(f)
	unlock := h.lock()
	h.clearFaults()
	h.p.awaits(t, regexp.MustCompile(`msg="an update of the bot waits"`))
	h.p.kill()
	unlock()
	h.start()
	h.handled()
	if n := h.number(named, "Eski yuklar"); n != 1 {
		t.Errorf("the other catalog is there %d times", n)
	}

	bot.types("/send", "1/5")
	bot.taps("Sinov", "2/5")
	bot.taps("send.num:", "3/5")
	again()
	bot.types("Toshkentdan Xivaga yuk", "shu koʻrinishda")
	bot.taps("✔️", "4/5")
	bot.types("1", "5/5")
	again()
	bot.taps("▶️ Hozir", "Tekshiring va tasdiqlang", "Toshkentdan Xivaga yuk")
	f = h.botFault("editMessageText", world.Fault{Mode: world.FaultHold})
	bot.ok(bot.c.BotPress(t.Context(), bot.phone, bot.data("✅ Yuborishni boshlash")))
	h.fired(f)
	again()
	bot.sees("№1")
	h.ends()
	if n := h.number("SELECT COUNT(*) FROM campaigns"); n != 1 {
		t.Errorf("%d campaigns", n)
	}
	h.p.stop(t)
}

// TestFaultBotTroubles: what Telegram has against the bot shows on the service page
// and goes away; an answer waits as long as Telegram asks for.
func TestFaultBotTroubles(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	admin := signIn(t, h.p.url, "admin@sandbox.uz")
	shows := func(words string) {
		t.Helper()
		eventually(t, words, func() bool { return strings.Contains(plainText(admin.get(t, "/admin/service")), words) })
	}
	bot.says("/start")
	shows("Ishlayapti")

	tg, err := h.tg.Telegram(t.Context())
	bot.ok(err)
	res, err := http.Post(tg.BotAPI+"/bot"+tg.BotToken+"/getUpdates", "application/json", strings.NewReader(`{"timeout":0}`))
	bot.ok(err)
	_ = res.Body.Close()
	shows("Shu botni boshqa dastur ham ishlatmoqda")
	shows("Ishlayapti")
	bot.types("/language", "Qaysi tilda ishlaymiz")

	f := h.botFault("sendMessage", world.Fault{Mode: world.FaultBefore, Error: "FLOOD_WAIT_4"})
	bot.says("/menu")
	told := h.botCalls("sendMessage", 0)
	i := slices.IndexFunc(told, func(e world.JournalEntry) bool { return e.Outcome == f.Error })
	if d := told[i+1].At.Sub(told[i].At); d < 4*time.Second {
		t.Errorf("told to wait 4 s, it waited %v", d)
	}
	for _, mode := range []world.Fault{
		{Mode: world.FaultBefore, Error: "INTERNAL", Code: 502}, {Mode: world.FaultBefore, Error: "MALFORMED"}, {Mode: world.FaultDropAfterAck}, {Mode: world.FaultDrop},
	} {
		h.botFault("sendMessage", mode)
		bot.says("/menu")
		h.botFault("getUpdates", mode)
		bot.says("/language")
		bot.says("/menu")
	}

	h.botFault("getUpdates", world.Fault{Mode: world.FaultBefore, Error: "UNAUTHORIZED", Code: 401, Times: -1})
	bot.say("/menu")
	shows("Telegram tokenni tanimadi")
	h.handled()
	h.p.stop(t)
}

// TestFaultBotLockedDatabase: while nothing can be stored an update stays at Telegram;
// it is answered once, afterwards.
func TestFaultBotLockedDatabase(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	bot.says("/start")
	unlock := h.lock()
	from := h.last()
	bot.say("/language")
	eventually(t, "it is asked for again", func() bool { return len(h.botCalls("getUpdates", from)) >= 2 })
	if n := len(h.botCalls("sendMessage", from)); n > 0 {
		t.Errorf("%d answers before it is stored", n)
	}
	unlock()
	eventually(t, "an answer", func() bool { return len(h.botCalls("sendMessage", from)) > 0 })
	h.handled()
	bot.says("/menu")
	if n := len(h.botCalls("sendMessage", from)); n != 2 {
		t.Errorf("%d answers", n)
	}
}

// TestFaultBotSIGTERM: an answer that Telegram does not take in does not keep the
// process; it is given after the next start.
func TestFaultBotSIGTERM(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	bot.says("/start")
	f := h.botFault("sendMessage", world.Fault{Mode: world.FaultHold})
	bot.say("/language")
	h.fired(f)
	bot.say("/menu")
	if took := h.p.stop(t); took > drained {
		t.Errorf("it took %v to end", took)
	}
	h.clearFaults()
	from := h.last()
	h.start()
	h.handled()
	eventually(t, "both answers", func() bool { return len(h.botCalls("sendMessage", from)) == 2 })
}

// TestFaultBotNotAdopted: data that waits to be adopted takes nothing away from the
// real bot.
func TestFaultBotNotAdopted(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	bot.says("/start")
	h.p.stop(t)
	backup, err := os.ReadFile(filepath.Join(h.dir, "postix.db"))
	bot.ok(err)
	h.start()
	bot.says("/menu")
	h.p.stop(t)
	bot.ok(os.WriteFile(filepath.Join(h.dir, "postix.db"), backup, 0o600))
	from := h.last()
	bot.say("/language")
	h.start()
	h.p.awaits(t, regexp.MustCompile("waits to be adopted"))
	h.me = signIn(t, h.p.url, h.owner.User.Email)
	h.me.get(t, "/admin/campaigns")
	h.p.stop(t)
	if calls := h.botCalls("", from); len(calls) > 0 {
		t.Errorf("Telegram was asked: %+v", calls)
	}
	if code, _, said := command(t, map[string]string{"POSTIX_DATA": h.dir}, "yes\n", "adopt"); code != exitOK {
		t.Fatal(said)
	}
	h.start()
	bot.sees("Qaysi tilda ishlaymiz")
}

// TestFaultBotOldButtons: buttons of another version, of a message that is gone or too
// old, and texts of a megabyte are answered, and what comes after them, too.
func TestFaultBotOldButtons(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	h.start()
	m := bot.says("/start")
	for i, data := range []string{"campaign:1", "c:1:2:3:4:5", "send.go:x:y", "%", strings.Repeat("9", 64)} {
		bot.ok(bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: data, MessageID: m.ID, Forged: true}))
		eventually(t, "an answer to "+data, func() bool { return len(h.botCalls("answerCallbackQuery", 0)) == i+1 })
	}
	said := bot.said()
	bot.reads(said[len(said)-1], "eski")
	tg, err := h.tg.Telegram(t.Context())
	bot.ok(err)
	res, err := http.Post(tg.BotAPI+"/bot"+tg.BotToken+"/deleteMessage", "application/json", strings.NewReader(fmt.Sprintf(`{"chat_id":%d,"message_id":%d}`, seedMemberID, m.ID)))
	bot.ok(err)
	_ = res.Body.Close()
	again := bot.after(func() error {
		return bot.c.BotDo(t.Context(), bot.phone, world.BotInput{Callback: "lang", MessageID: m.ID, Forged: true})
	})
	bot.reads(again, "Qaysi tilda ishlaymiz")
	h.botFault("editMessageText", world.Fault{Mode: world.FaultBefore, Error: "message can't be edited", Code: 400})
	if m := bot.presses("«"); m.ID <= again.ID {
		t.Errorf("message %d is changed, which cannot be", m.ID)
	}
	h.botFault("answerCallbackQuery", world.Fault{Mode: world.FaultBefore, Error: "query is too old and response timeout expired or query ID is invalid", Code: 400})
	bot.presses("🌐")

	private := map[string]any{"id": seedMemberID, "is_bot": false, "first_name": "B", "type": "private"}
	large := map[string]any{"message": map[string]any{"message_id": 900, "date": 1, "from": private, "chat": private, "text": strings.Repeat("yuk ", 1<<18)}}
	bot.after(func() error {
		_, err := bot.c.BotPut(t.Context(), large)
		return err
	})
	stranger := map[string]any{"id": 424242, "is_bot": false, "first_name": "S", "type": "private"} // to whom the bot may not write
	_, err = bot.c.BotPut(t.Context(), map[string]any{"message": map[string]any{"message_id": 901, "date": 1, "from": stranger, "chat": stranger, "text": "/start"}})
	bot.ok(err)
	bot.says("/menu")
	h.handled()
	if n := h.number("SELECT COALESCE(MAX(LENGTH(body)), 0) FROM bot_updates"); n > 0 {
		t.Errorf("%d bytes are kept of what was handled", n)
	}
}

// TestFaultBotWebhook: Telegram brings updates where that is set, and nobody else
// does; afterwards the bot asks for them again.
func TestFaultBotWebhook(t *testing.T) {
	t.Parallel()
	h, bot := newBotHouse(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	bot.ok(err)
	at := l.Addr().String()
	bot.ok(l.Close())
	set := sandboxSettings(h.dir, h.tg.URL)
	panel := "http://" + strings.Replace(at, "127.0.0.1", "localhost", 1)
	maps.Copy(set, map[string]string{"POSTIX_LISTEN": at, "POSTIX_URL": panel, "TELEGRAM_BOT_WEBHOOK": "true"})
	var environ []string
	for k, v := range set {
		environ = append(environ, k+"="+v)
	}
	from := h.last()
	p := launch(t, environ, "serve")
	p.awaits(t, readyLine)
	menu := bot.says("/start")
	if _, whole := buttonOf(menu, "📋 Tarix"); !whole {
		t.Errorf("no menu: %q", menu.Text)
	}
	if _, leads := buttonOf(menu, "Panelni ochish"); leads {
		t.Error("a button leads where Telegram lets none lead")
	}

	tg, err := h.tg.Telegram(t.Context())
	bot.ok(err)
	sum := sha256.Sum256([]byte(tg.BotToken))
	secret := hex.EncodeToString(sum[:])
	hook := func(secret, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at+"/telegram/bot", strings.NewReader(body))
		bot.ok(err)
		if secret != "" {
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		}
		res, err := http.DefaultClient.Do(req)
		bot.ok(err)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res.StatusCode
	}
	forged := fmt.Sprintf(`{"update_id":990000,"message":{"message_id":1,"date":1,"text":"/start","from":{"id":%d,"is_bot":false,"first_name":"X"},"chat":{"id":%d,"type":"private"}}}`, seedMemberID, seedMemberID)
	for _, s := range []string{"", "wrong", tg.BotToken, secret[1:]} {
		if code := hook(s, forged); code != http.StatusNotFound {
			t.Errorf("with the secret %q: %d", s, code)
		}
	}
	if n := h.number("SELECT COUNT(*) FROM bot_updates WHERE id = 990000"); n != 0 {
		t.Error("a stranger's update is stored")
	}
	_, err = bot.c.BotPut(t.Context(), map[string]any{"message": strings.Repeat("x", 3<<19)})
	bot.ok(err)
	bot.types("/language", "Qaysi tilda ishlaymiz")
	if n := len(h.botCalls("getUpdates", from)); n > 0 {
		t.Errorf("it asks for updates, too: %d", n)
	}
	p.stop(t)

	from = h.last()
	bot.say("/menu")
	h.start()
	h.handled()
	bot.says("/language")
	if len(h.botCalls("getUpdates", from)) == 0 {
		t.Error("it does not ask for updates")
	}
	bot.ok(h.tg.Health(t.Context()))
}
