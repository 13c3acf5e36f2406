package domain

import (
	"context"
	"time"
)

// AccountState is what the product may do with an account.
type AccountState string

// The states of an account. Only an active one sends.
const (
	AccountActive       AccountState = "active"
	AccountPaused       AccountState = "paused"       // Telegram limited it; a person must resume it
	AccountNeedsLogin   AccountState = "needs_login"  // its session is gone; connect again
	AccountDisconnected AccountState = "disconnected" // a person disconnected it; history is kept
)

// Account is a Telegram number of a user that we operate.
type Account struct {
	ID, OrganizationID, UserID int64
	Phone                      Phone
	TelegramID                 int64
	FirstName, LastName        string
	Username                   string
	State                      AccountState
	Reason                     string    // why it is not active: Telegram's code or [CodeElsewhere], or empty
	WaitUntil                  time.Time // Telegram asked for silence until then
	WaitReason                 string
	LimitUntil                 time.Time // a limit of ours holds it up until then: a cap, or quiet hours
	LimitReason                string
	WarmAt                     time.Time // when it was first connected: its caps grow from there
	DialogsAt                  time.Time // when its dialogs were last read
	Dialogs                    int       // how many are stored
	ConnectedAt                time.Time
	Listens                    bool   // hears what is written in its groups, while it is connected
	UserName                   string // its user's name, for pages
}

// Name is how the account is called on pages.
func (a Account) Name() string {
	n := a.FirstName
	if a.LastName != "" {
		n += " " + a.LastName
	}
	if n == "" {
		return string(a.Phone)
	}
	return n
}

// LinkState is whether an account is connected to Telegram right now.
type LinkState string

// The states of a link.
const (
	LinkOff        LinkState = "off"
	LinkConnecting LinkState = "connecting"
	LinkReady      LinkState = "ready"
)

// NewAccount is what a finished login has brought.
type NewAccount struct {
	OrganizationID int64
	UserID         int64 // 0: make a user out of Profile
	DepartmentID   int64 // of the user to make; 0: none
	Phone          Phone
	Profile        Profile
	Session        []byte // Telegram session data, secret
	Reconnect      int64  // the account that is connected again, or 0
	Catalog        string // name of the first, empty catalog of a new user
	By             User   // who connects it, as he was when he began; the zero value: nobody of the panel
	At             time.Time
}

// Profile is how Telegram introduces the owner of a number.
type Profile struct {
	TelegramID          int64
	FirstName, LastName string
	Username            string
}

// SessionVault keeps Telegram sessions sealed. What it answers is full access
// to the account: never log it.
type SessionVault interface {
	// LinkedAccounts lists, over all organizations, the accounts that should be
	// connected: active and paused ones that have a session.
	LinkedAccounts(ctx context.Context) ([]Account, error)
	// TelegramSession answers NotFound when there is none, and another error when
	// the key does not open it.
	TelegramSession(ctx context.Context, organizationID, accountID int64) ([]byte, error)
	// SaveTelegramSession replaces the stored session of an account that still
	// has one; it never brings an erased one back.
	SaveTelegramSession(ctx context.Context, organizationID, accountID int64, data []byte) error
}
