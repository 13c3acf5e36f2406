// Package telegram operates people's own Telegram accounts: it signs them in,
// keeps one supervised client per account connected, reads its dialogs and
// sends from it. It speaks MTProto through gotd/td and knows neither SQL nor
// HTML; what people read stands in the catalogues, here are codes and keys only.
//
// # What the library does by itself
//
// A connection that drops before the server acknowledged a call makes gotd send
// the call again on the next one, so the server may see it twice. One that drops
// after the acknowledgement ends the call with context.Canceled although the
// caller's context lives: nobody knows what became of it. While the server is
// away calls and Run wait without limit, so every call here has a deadline of
// its own. Redirections to another data centre (303 PHONE_MIGRATE_X and its
// kind) are followed by the library and seen by nobody here. A key that the
// server no longer knows is replaced in silence; see [sealedSession].
package telegram
