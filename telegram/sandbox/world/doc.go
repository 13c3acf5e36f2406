// Package world is a simulated Telegram: people, chats, messages, sign-ins and
// the faults of a bad day. It answers decoded MTProto calls; the wire is not its
// business (serve.go is the only file that knows one).
//
// Peers carry the marked ids of the Bot API everywhere: users positive, basic
// groups negative, supergroups and channels below -1000000000000.
//
// Every change is a record. A record is applied to memory under the world's
// lock and appended to a log before the call that caused it is answered, so
// that a world opened on the same folder goes on where a killed one stopped.
package world
