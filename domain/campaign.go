package domain

import (
	"context"
	"time"
)

// CampaignStatus is where a campaign stands.
type CampaignStatus string

// The statuses of a campaign. Scheduled waits for its start; running has a
// round open or to come; paused waits for a person; done and cancelled are
// final, though uncertain deliveries may still turn out sent.
const (
	CampaignScheduled CampaignStatus = "scheduled"
	CampaignRunning   CampaignStatus = "running"
	CampaignPaused    CampaignStatus = "paused"
	CampaignDone      CampaignStatus = "done"
	CampaignCancelled CampaignStatus = "cancelled"
)

// CampaignStatuses lists all, in the order people read them.
var CampaignStatuses = []CampaignStatus{CampaignRunning, CampaignScheduled, CampaignPaused, CampaignDone, CampaignCancelled}

// Live reports whether anything of the campaign is still to come.
func (s CampaignStatus) Live() bool {
	return s == CampaignScheduled || s == CampaignRunning || s == CampaignPaused
}

// Limits of a campaign.
const (
	MaxRounds   = 100
	MaxInterval = 30 * 24 * time.Hour
	MaxAhead    = 365 * 24 * time.Hour // how far ahead a start may lie
)

// Campaign is one text, one catalog, one account, N rounds, an interval and a
// start. Its ID is what people quote.
type Campaign struct {
	ID, OrganizationID, UserID int64
	UUID                       string // never changes, also not in a restored backup
	Token                      string // of the form it was ordered with: one campaign for one token
	AccountID                  int64
	CatalogID                  int64  // 0 when the catalog is gone
	CatalogName                string // as it was called when ordered
	Text                       string
	Rounds                     int
	Interval                   time.Duration // from one round's start to the next
	StartAt                    time.Time
	Peers                      int // how many, fixed when ordered
	Status                     CampaignStatus
	Reason                     string    // why it is paused: Telegram's code or a key of ours
	Round                      int       // the latest round that was opened or missed; 0: none
	NextDueAt                  time.Time // when the next round opens; zero: a round is open, or none is left
	Counts                     Counts
	CreatedAt                  time.Time
	StartedAt, FinishedAt      time.Time
	LastSentAt                 time.Time
	HeldUntil                  time.Time // while it runs: the earliest that any of the Held may go out; zero: not held
	Held                       int       // deliveries of which none can go out before HeldUntil: their chats want silence, or a retry has its time
	PlannedEnd                 time.Time // as computed when it was ordered

	UserName, AccountName string // for pages
	AccountPhone          Phone
	AccountState          AccountState
	WaitUntil             time.Time // of its account
	WaitReason            string
}

// Round is one pass over the peers.
type Round struct {
	Number    int // from 1
	Status    RoundStatus
	PlannedAt time.Time
	OpenedAt  time.Time
	ClosedAt  time.Time
	Late      bool
	Counts    Counts
}

// RoundStatus is where a round stands.
type RoundStatus string

// The statuses of a round.
const (
	RoundPlanned   RoundStatus = "planned"
	RoundOpen      RoundStatus = "open"
	RoundDone      RoundStatus = "done"
	RoundMissed    RoundStatus = "missed"
	RoundCancelled RoundStatus = "cancelled"
)

// CampaignFilter narrows the campaigns down. Zero fields do not narrow.
type CampaignFilter struct {
	Status    CampaignStatus // running: without those that wait for a person
	Care      bool           // only those that wait for a person: paused, or live with an account that is not active
	Search    string         // in the text, or the id
	UserID    int64
	AccountID int64
	From, To  time.Time // by start, [From, To)
	Offset    int
	Limit     int
}

// DeliveryFilter narrows a campaign's deliveries down.
type DeliveryFilter struct {
	Round  int
	Status DeliveryStatus
	Search string // in the peer's title and @username
	Offset int
	Limit  int
}

// CampaignStore keeps campaigns. Everything is found inside the scope only, and
// answers NotFound (campaign.missing) otherwise.
type CampaignStore interface {
	// CreateCampaign stores a campaign and its peers in one transaction. A token
	// that the user has used before answers that campaign and created = false.
	CreateCampaign(ctx context.Context, c Campaign, peers []Peer) (stored Campaign, created bool, err error)
	Campaigns(ctx context.Context, s Scope, f CampaignFilter) (cs []Campaign, total int, err error)
	Campaign(ctx context.Context, s Scope, id int64) (Campaign, error)
	// Rounds lists those that were opened or missed, newest first.
	Rounds(ctx context.Context, s Scope, id int64) ([]Round, error)
	Deliveries(ctx context.Context, s Scope, id int64, f DeliveryFilter) (ds []Delivery, total int, err error)
}

// CancelStore ends what has not gone out.
type CancelStore interface {
	// CancelCampaign is one transaction: after it nothing of the campaign first
	// starts. Open deliveries that were never attempted, and all rounds to come,
	// become cancelled; what is in flight or uncertain ends truthfully. Conflict
	// (campaign.ended) when it had ended.
	CancelCampaign(ctx context.Context, s Scope, id int64, at time.Time) (Campaign, error)
	// CancelDeliveries does the same to single deliveries and answers how many it
	// caught.
	CancelDeliveries(ctx context.Context, s Scope, campaignID int64, ids []int64, at time.Time) (int, error)
	// ResumeCampaign lets a paused campaign go on. Conflict (campaign.not_paused).
	ResumeCampaign(ctx context.Context, s Scope, id int64, at time.Time) (Campaign, error)
}
