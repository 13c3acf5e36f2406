// Package bot is the second face of the product: what members do in the panel, they
// do here in a private chat with the service's Telegram bot. It calls the same
// services of the domain, inside the same scopes, and knows no SQL.
//
// # From Telegram to an answer
//
// What Telegram tells ([Bot.Run] asks for it, or Telegram calls [Bot.ServeHTTP]) is
// stored before it is confirmed, then handled chat by chat in its order, many chats
// at once. A process that is killed in between handles it after its next start; one
// that was handled is known for some days and not handled again. What a handler does
// is done by services that do the same thing once, so that a handler that runs again
// does no harm.
//
// # Who writes
//
// Only private chats count, and who writes is the from.id that Telegram vouches for.
// Who that is among our users is asked for at each message and each press
// ([domain.BotAccess]). Ids in buttons are only wishes: any client can send any data,
// so each is looked for inside the scope of who presses, as the panel does with ids
// in addresses.
//
// # Texts
//
// All texts come from the catalogues (views/locale). What strangers have named is
// escaped, what cannot be seen in it is made visible. A message keeps within what the
// Bot API takes (https://core.telegram.org/bots/api#sendmessage).
package bot
