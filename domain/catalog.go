package domain

import (
	"context"
	"time"
)

// Catalog is a named set of peers that belongs to a user.
type Catalog struct {
	ID, OrganizationID, UserID int64
	Name                       string
	Peers                      int
	UserName                   string
	CreatedAt, UpdatedAt       time.Time
}

// MaxCatalogPeers is how many peers one catalog holds.
const MaxCatalogPeers = 5000

// Target is a peer of a catalog as one account would send to it. Known is false
// when the account is not in it.
type Target struct {
	Peer
	Position   int
	Known      bool
	CanWrite   bool
	DenyReason string
	SlowMode   time.Duration
	MigratedTo PeerID
	Fails      int
	Denied     bool // on the organization's deny list: nothing is sent
}

// Sendable reports whether a message to it can be expected to arrive.
func (t Target) Sendable() bool { return t.Known && t.CanWrite && !t.Denied }

// DialogFilter narrows an account's dialogs down. Zero fields do not narrow.
type DialogFilter struct {
	Search    string // in title and @username, any script's case
	Kind      PeerKind
	Chats     bool // no people and bots
	Writable  bool
	CatalogID int64 // to mark what is in it already
	Offset    int
	Limit     int
}

// DialogRow is a line of the picker.
type DialogRow struct {
	Dialog
	Position int  // in the account's whole list, for ranges
	InUse    bool // already in the catalog asked for
}

// AddResult is what became of one line that was typed or pasted.
type AddResult struct {
	Line string
	Key  string // "catalog.added", or why not: "catalog.duplicate", "catalog.migrated", "catalog.not_member", ...
	Peer Peer   // the zero Peer when it was not recognised
}

// CatalogStore keeps catalogs. Everything is found inside the scope only, and
// answers NotFound (catalog.missing) otherwise.
type CatalogStore interface {
	Catalogs(ctx context.Context, s Scope) ([]Catalog, error)
	Catalog(ctx context.Context, s Scope, id int64) (Catalog, error)
	// CreateCatalog answers Conflict (catalog.name_taken) when the user has one
	// of that name, compared without case.
	CreateCatalog(ctx context.Context, c Catalog) (Catalog, error)
	RenameCatalog(ctx context.Context, s Scope, id int64, name string, at time.Time) error
	DeleteCatalog(ctx context.Context, s Scope, id int64) error
	// CopyCatalog copies the peers into a new catalog of the same user.
	CopyCatalog(ctx context.Context, s Scope, id int64, name string, at time.Time) (Catalog, error)
}

// CatalogPeerStore keeps what is in catalogs.
type CatalogPeerStore interface {
	// Targets lists a catalog's peers in their order, as the account sees them;
	// accountID 0 leaves Known false everywhere.
	Targets(ctx context.Context, s Scope, catalogID, accountID int64) ([]Target, error)
	// AddPeers appends those that are not in the catalog yet and answers how many
	// that were; Conflict (catalog.full) when they do not fit, then none is added.
	AddPeers(ctx context.Context, s Scope, catalogID int64, ps []Peer, at time.Time) (added int, err error)
	RemovePeers(ctx context.Context, s Scope, catalogID int64, ids []PeerID, at time.Time) (removed int, err error)
}

// DialogStore keeps the dialogs of accounts.
type DialogStore interface {
	// ReplaceDialogs stores what Telegram listed, keeps what we know about a peer
	// (Fails, WaitUntil), and drops what is no longer listed. The names in
	// catalogs follow.
	ReplaceDialogs(ctx context.Context, organizationID, accountID int64, ds []Dialog, at time.Time) error
	Dialogs(ctx context.Context, organizationID, accountID int64, f DialogFilter) (rows []DialogRow, total int, err error)
	// DialogsByID answers those of the ids that the account has.
	DialogsByID(ctx context.Context, organizationID, accountID int64, ids []PeerID) ([]Dialog, error)
	// DialogByUsername compares without case; NotFound (catalog.not_member).
	DialogByUsername(ctx context.Context, organizationID, accountID int64, username string) (Dialog, error)
	// KnownOf counts, by account of the organization, the catalog's peers that are
	// among the account's dialogs; an account without any is not in it.
	KnownOf(ctx context.Context, organizationID, catalogID int64) (map[int64]int, error)
	// ClearFails makes a skipped peer be tried again.
	ClearFails(ctx context.Context, organizationID, accountID int64, id PeerID) error
}

// AccountStore keeps accounts. Everything is found inside the scope only.
type AccountStore interface {
	Accounts(ctx context.Context, s Scope) ([]Account, error)
	Account(ctx context.Context, s Scope, id int64) (Account, error)
	// SetAccountState moves an account; leaving active for disconnected or
	// needs_login erases the stored session. It answers false when the account
	// was in that state already.
	SetAccountState(ctx context.Context, organizationID, id int64, st AccountState, reason string, at time.Time) (bool, error)
	// SetListening stores whether an account hears what is written in its groups.
	SetListening(ctx context.Context, organizationID, id int64, on bool) error
	Users(ctx context.Context, s Scope) ([]User, error)
	Departments(ctx context.Context, organizationID int64) ([]Department, error)
}
