package world

import (
	"errors"
	"strings"

	"github.com/gotd/td/tg"
)

// Marked ids: https://core.telegram.org/api/bots/ids
const channelMark = -1_000_000_000_000

func isUser(id int64) bool    { return id > 0 }
func isChannel(id int64) bool { return id < channelMark }
func isGroup(id int64) bool   { return id < 0 && id > channelMark }

// bare is the id without its mark, as MTProto carries it.
func bare(id int64) int64 {
	switch {
	case isChannel(id):
		return channelMark - id
	case id < 0:
		return -id
	}
	return id
}

func markGroup(bareID int64) int64   { return -bareID }
func markChannel(bareID int64) int64 { return channelMark - bareID }

func tgPeer(id int64) tg.PeerClass {
	switch {
	case isUser(id):
		return &tg.PeerUser{UserID: id}
	case isChannel(id):
		return &tg.PeerChannel{ChannelID: bare(id)}
	}
	return &tg.PeerChat{ChatID: bare(id)}
}

// inputID is the marked id a request names, 0 when it names none. It is not
// checked in any way: see call.peer for that.
func inputID(self int64, in tg.InputPeerClass) int64 {
	switch p := in.(type) {
	case *tg.InputPeerSelf:
		return self
	case *tg.InputPeerUser:
		return p.UserID
	case *tg.InputPeerChat:
		return markGroup(p.ChatID)
	case *tg.InputPeerChannel:
		return markChannel(p.ChannelID)
	case *tg.InputPeerUserFromMessage:
		return p.UserID
	case *tg.InputPeerChannelFromMessage:
		return markChannel(p.ChannelID)
	}
	return 0
}

var errPhone = errors.New("not a phone number")

// cleanPhone reduces any way of writing a number to its digits, country first.
func cleanPhone(s string) (string, error) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" -()\u00a0", r):
		default:
			return "", errPhone
		}
	}
	// ITU E.164: at most 15 digits; nothing shorter than 7 is a mobile number.
	if n := b.Len(); n < 7 || n > 15 || b.String()[0] == '0' {
		return "", errPhone
	}
	return b.String(), nil
}
