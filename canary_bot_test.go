package main

import (
	"net/url"
	"regexp"

	"postix/telegram/sandbox/world"
	"postix/views"
)

var botLinkForm = regexp.MustCompile(`\?start=([\w-]{43})`)

// talk lets the owner into the bot by a link, and writes codes to it, which do not
// belong there, while Telegram fails.
func (r *canaryRun) talk() {
	r.t.Helper()
	tg, err := r.tg.Telegram(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.secret("token of the bot", tg.BotToken)
	link := func(what string) string {
		r.t.Helper()
		_, page := r.agent.post(r.t, views.BotLinkURL, url.Values{"bot_password": {r.raw("second password")}})
		found := botLinkForm.FindStringSubmatch(page)
		if found == nil {
			r.t.Fatalf("no link into the bot: %s", plainText(page))
		}
		return r.secret(what, found[1])
	}
	dead, good := link("dead link into the bot"), link("link into the bot")
	owner := &chatter{t: r.t, c: r.tg, phone: "+998901000013"} // the number that is connected is somebody's own
	owner.says("/start " + dead)
	for _, f := range []world.Fault{
		{Method: "bot.getUpdates", Mode: world.FaultBefore, Error: "INTERNAL", Code: 502},
		{Method: "bot.getUpdates", Mode: world.FaultBefore, Error: "MALFORMED"},
		{Method: "bot.sendMessage", Mode: world.FaultBefore, Error: "FLOOD_WAIT_1"},
		{Method: "bot.sendMessage", Mode: world.FaultDrop},
		{Method: "bot.sendMessage", Nth: 4, Mode: world.FaultBefore, Error: "UNKNOWN"},
	} {
		if _, err := r.tg.AddFault(r.t.Context(), f); err != nil {
			r.t.Fatal(err)
		}
	}
	owner.reads(owner.says("/start "+good), r.owner.User.Name)
	stranger := &chatter{t: r.t, c: r.tg, phone: "+998901000012"}
	stranger.says(r.code("code that a stranger says", "70613"))
	for _, text := range []string{"84951", "8 4 9 5 1", "Kod: " + r.code("code in words", "84951"), "Login code: " + r.code("code as Telegram writes it", "96148") + ". Do not give it to anyone"} {
		owner.reads(owner.says(text), "Kodni bu yerga yozmang")
	}
	if err := r.tg.BotDo(r.t.Context(), owner.phone, world.BotInput{Forward: &world.BotForward{User: 777000, Text: "Web login code:\n" + r.secret("code that is forwarded", unique())}}); err != nil {
		r.t.Fatal(err)
	}
	for _, update := range []map[string]any{
		{"message": r.secret("update of an unknown form", unique())},
		{"message": map[string]any{"message_id": r.secret("message of an unknown form", unique())}},
		{"edited_message": map[string]any{"text": r.secret("text of another kind", unique())}},
	} {
		if _, err := r.tg.BotPut(r.t.Context(), update); err != nil {
			r.t.Fatal(err)
		}
	}
	owner.types("/menu", r.owner.User.Name)
}
