package domain

import (
	"context"

	"postix/domain/filter"
)

// GroupMessage is a group message with what is known of its sender.
type GroupMessage = filter.Message

// Incoming is a message in a group, as one of our accounts heard it. Only what a
// person wrote in a group or supergroup becomes one: no private chat, no bot, no
// post of a channel, no anonymous admin, and nothing that the account itself
// wrote.
type Incoming struct {
	OrganizationID, AccountID int64
	GroupMessage              // its Bio is empty: Telegram does not send it along
}

// Ears takes what accounts hear.
type Ears interface {
	// Hear returns when the messages are stored and judged, or dropped because
	// nobody watches their group; the caller forgets them only then. It waits while
	// too much is under way. The same message may come twice, also from another
	// account: it is judged once. An error means that it has to come again.
	Hear(ctx context.Context, heard []Incoming) error
}

// Position is how far an account has read: of a supergroup, or with PeerID 0 of
// everything else. Telegram counts (https://core.telegram.org/api/updates).
type Position struct {
	PeerID PeerID
	Pts    int
	Qts    int // with PeerID 0
	Date   int // with PeerID 0, Unix seconds
}

// PositionStore keeps how far accounts have read, so that a restart goes on
// where they were.
type PositionStore interface {
	// Listening lists the accounts that listen, of all organizations that have the
	// filter. That of a blocked user is among them, since it hears for all of his
	// organization; that of a number which the service has blocked is not.
	Listening(ctx context.Context) ([]int64, error)
	Positions(ctx context.Context, accountID int64) ([]Position, error)
	SavePositions(ctx context.Context, accountID int64, ps []Position) error
	// ListenedGroups are the supergroups of the account's dialogs, with their access
	// hashes.
	ListenedGroups(ctx context.Context, accountID int64) ([]Dialog, error)
}
