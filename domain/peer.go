package domain

import (
	"strconv"
	"time"
)

// PeerID is a peer's marked id, as the Bot API writes it: a user is positive, a
// basic group negative, a supergroup or channel -100… It is the same for every
// account.
type PeerID int64

// PeerKind is what a peer is.
type PeerKind string

// The kinds of peers.
const (
	KindUser       PeerKind = "user"
	KindBot        PeerKind = "bot"
	KindGroup      PeerKind = "group"
	KindSupergroup PeerKind = "supergroup"
	KindChannel    PeerKind = "channel"
)

// PeerKinds lists all kinds, in the order people read them.
var PeerKinds = []PeerKind{KindSupergroup, KindGroup, KindChannel, KindUser, KindBot}

// Peer is a Telegram user, group or channel. Title and Username come from
// strangers and are hostile until escaped.
type Peer struct {
	ID       PeerID
	Kind     PeerKind
	Title    string
	Username string // without @, or empty
	Members  int    // 0: unknown
}

// Dialog is a peer as one account sees it.
type Dialog struct {
	Peer
	AccountID  int64
	AccessHash int64 // valid for this account only
	CanWrite   bool
	DenyReason string        // why it cannot write: a reason key, or empty
	SlowMode   time.Duration // least time between two of its messages, 0: none
	Forum      bool
	MigratedTo PeerID    // the supergroup a basic group became, or 0
	Fails      int       // rounds in a row in which this peer refused our messages
	WaitUntil  time.Time // nothing goes to it before
	WaitReason string
	SeenAt     time.Time // when Telegram last listed it
}

// SkipAfter is how many rounds in a row a peer may refuse before it is skipped
// until a person clears it.
const SkipAfter = 3

// Link is the peer's public address, or "" when it has none.
func (p Peer) Link() string { return PublicLink(p.Username) }

// PublicLink is the address of whoever has a username, or "" where it is none:
// letters, digits and underscores.
// Source: https://core.telegram.org/method/account.checkUsername
func PublicLink(username string) string {
	for _, c := range []byte(username) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}
	if username == "" {
		return ""
	}
	return "https://t.me/" + username
}

const channelBase = 1_000_000_000_000 // what the Bot API adds to a channel's id

// messageLink is a message's address on t.me.
// Source: https://core.telegram.org/api/links#message-links
func messageLink(p Peer, messageID int) string {
	if messageID == 0 || p.Kind != KindSupergroup && p.Kind != KindChannel {
		return ""
	}
	n := strconv.Itoa(messageID)
	if link := p.Link(); link != "" {
		return link + "/" + n
	}
	return "https://t.me/c/" + strconv.FormatInt(-int64(p.ID)-channelBase, 10) + "/" + n
}
