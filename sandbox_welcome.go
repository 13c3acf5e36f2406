package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/telegram/sandbox"
	"postix/views/locale"
)

const welcomeText = `Postix sandbox: everything here is made up, and nothing leaves this machine.

  Panel             {panel}
  Sandbox Telegram  {page}   (login codes, chats, a box to write as a stranger)

Sign in to the panel as
{people}
Send messages:
  1. Sign in as the owner and open {numbers}, {connect}.
  2. Connect +998 90 100 00 01; its login code appears on {page}.
     (+998 90 100 00 02 has a 2FA password: sandbox2fa)
  3. Make a catalog from its chats, then a new campaign: 2 rounds, 1 minute apart.
  4. Watch it go out, live, and cancel it in the second round.

Find dispatchers:
  1. As the owner open {watch}, {groups}:
     the groups of +998 90 100 00 04 are watched already. (For another number open it in
     {numbers}, switch on {listen},
     and choose its groups.)
  2. Write as a stranger into "{title}", in the box on
     {page}/?chat={chat}, or with
     curl -d '{"sender":{"first_name":"Sardor","username":"cargo_sardor"},"text":"Toshkent - Moskva, 20 tonna, +998 90 123 45 67"}' {page}/api/chats/{chat}/messages
  3. It appears in {watch} by itself. Open it to see what each rule saw.
  4. In {settings} there choose {reply},
     and write again: the answer appears in the chat, and with the detection.

Talk to the bot, as member@sandbox.uz does in Telegram:
  1. Write /start in the box on {page}/?account={urlphone}#bot, or with
     curl -d '{"text":"/start"}' {page}/api/accounts/{phone}/bot
     What it answers is there too: curl {page}/api/accounts/{phone}/bot
  2. Press {send}, or write /send, and go on with its buttons.
     The campaign is in the panel as well, and /history shows it live.
  3. Another account, such as +998 90 100 00 11, is a stranger: the bot tells him his Telegram ID.
     Give him a link, or write the ID into a user: {users}.

Stop with Ctrl+C.
`

// listening is said when the second part can be tried.
const listening = "\n+998 90 100 00 04 is connected and listens to its groups.\n"

// welcome is what a newcomer is told. What is in quotes is called so on the
// pages, in Uzbek (in brackets in English).
func welcome(panel, page string, stranger sandbox.Chat) string {
	uz := locale.With(context.Background(), "uz", time.UTC)
	en := locale.With(context.Background(), "en", time.UTC)
	name := func(key string) string { return fmt.Sprintf("%q (%s)", locale.T(uz, key), locale.T(en, key)) }
	return strings.NewReplacer(
		"{panel}", panel, "{page}", page, "{people}", signIns(),
		"{numbers}", name("nav.accounts"), "{connect}", name("account.connect"), "{listen}", name("account.listens.title"),
		"{watch}", name("nav.watch"), "{groups}", name("watch.tab.groups"), "{settings}", name("watch.tab.settings"), "{reply}", name("watch.mode.reply"),
		"{send}", name("bot.menu.send"), "{users}", name("nav.users"),
		"{phone}", seedMemberPhone, "{urlphone}", url.QueryEscape(seedMemberPhone),
		"{title}", stranger.Title, "{chat}", strconv.FormatInt(stranger.ID, 10),
	).Replace(welcomeText)
}

// strangerChat is a group that the first number watches; the first chat of a
// world that has it no more.
func strangerChat(ctx context.Context, tg sandbox.Client) (sandbox.Chat, error) {
	list, err := tg.Chats(ctx)
	if err != nil || len(list) == 0 {
		return sandbox.Chat{}, err
	}
	i := slices.IndexFunc(list, func(c sandbox.Chat) bool { return c.Username == seedGroup })
	return list[max(i, 0)], nil
}
