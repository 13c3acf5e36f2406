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
	MaxRounds     = 100
	LeastInterval = time.Second // whatever an organization allows
	MaxInterval   = 30 * 24 * time.Hour
	MaxAhead      = 365 * 24 * time.Hour // how far ahead a start may lie
	MaxYears      = 2                    // from now to the end of the last round
)

// Campaign is one text, one catalog, one account, N rounds, an interval and a
// start. Its ID is what people quote.
type Campaign struct {
	ID, OrganizationID, UserID int64
	DepartmentID               int64  // of its user; 0: none
	UUID                       string // never changes, also not in a restored backup
	Token                      string // of the form it was ordered with: one campaign for one token
	Reply                      bool   // an automatic answer: no person ordered it, and no page lists it
	AccountID                  int64
	CatalogID                  int64  // 0 when the catalog is gone
	CatalogName                string // as it was called when ordered
	Text                       string
	Formats                    Formats // of the Text
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
	HeldUntil                  time.Time     // while it runs: the earliest that any of the Held may go out; zero: not held
	Held                       int           // deliveries of which none can go out before HeldUntil: their chats want silence, or a retry has its time
	Ahead                      Ahead         // what its account sends first
	RecentFailed               int           // how many of its latest attempts failed, when it is paused for that; 0: not known
	AfterAt                    time.Time     // the round after the latest one opens no sooner
	SumsWrong                  bool          // its figures were found not to come out
	PlannedEnd                 time.Time     // as computed when it was ordered; it moves with the start
	Texts                      int           // versions of the text, from 1; Text is the latest
	Hours                      Hours         // of its organization
	Stop                       Stop          // of its organization
	MinInterval, ChatGap       time.Duration // of its organization's pace

	UserName, AccountName string // for pages
	AccountPhone          Phone
	AccountState          AccountState
	AccountReason         string    // why that is not active, as [Account].Reason
	WaitUntil             time.Time // of its account
	WaitReason            string
	LimitUntil            time.Time // as of its account
	LimitReason           string
}

// Ahead is a campaign that an account sends before another of its campaigns,
// which runs and has a round open. The zero one: there is none.
type Ahead struct {
	ID   int64     // 0: it is not of the viewer's scope
	From time.Time // its next message is due then: no sooner the other one is behind it
}

// At reports whether there is a campaign ahead at a time.
func (a Ahead) At(now time.Time) bool { return !a.From.IsZero() && !a.From.After(now) }

// Spacing is the least time from one round's start to the next: what was ordered,
// or what its organization keeps to by now if that is more.
func (c Campaign) Spacing() time.Duration {
	if c.Rounds <= 1 {
		return c.Interval
	}
	return max(c.Interval, c.MinInterval)
}

// MissedFrom is when a missed round may be opened: a spacing after the start of
// the round that was opened last, the zero time when that is over. What lies
// further ahead than a spacing was said by another clock, or under another pace.
func (c Campaign) MissedFrom(now time.Time) time.Time {
	if !c.AfterAt.After(now) || c.AfterAt.After(now.Add(c.Spacing())) {
		return time.Time{}
	}
	return c.AfterAt
}

// Text is one version of a campaign's text.
type Text struct {
	Version  int // from 1
	Body     string
	Formats  Formats // of the Body
	UserName string  // who wrote it
	At       time.Time
}

// Cancellable reports whether there is something to cancel: what is to come, or
// messages that are uncertain and would be sent again.
func (c Campaign) Cancellable() bool {
	return c.Status.Live() || c.Status == CampaignDone && c.Counts.Uncertain > 0
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

// MissedLately is how long a campaign that is done and has missed a round waits for
// a person to send it after all.
const MissedLately = 24 * time.Hour

// CampaignFilter narrows the campaigns down. Zero fields do not narrow.
type CampaignFilter struct {
	IDs       []int64        // only these; none: all
	Status    CampaignStatus // running: without those that wait for a person
	Care      bool           // only those that wait for a person: paused, live with an account that is not active, or done with a round missed within [MissedLately]
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
	Peer   PeerID // only those to it; 0: all
	Offset int
	Limit  int
}

// CampaignStore keeps campaigns. Everything is found inside the scope only, and
// answers NotFound (campaign.missing) otherwise.
type CampaignStore interface {
	// MayOrder refuses an order of a user from an account of which nothing may go
	// out: Forbidden (campaign.organization_blocked, campaign.user_blocked,
	// campaign.read_only), Conflict (campaign.account_blocked, campaign.account_left) on
	// "account".
	MayOrder(ctx context.Context, organizationID, userID, accountID int64) error
	// LimitUse is what an organization has used of its limits.
	LimitUse(ctx context.Context, organizationID int64, now time.Time) (LimitUse, error)
	// CampaignOf is the campaign that a user has ordered with a token; NotFound
	// (campaign.missing).
	CampaignOf(ctx context.Context, u User, token string) (Campaign, error)
	// CreateCampaign stores a campaign and its peers in one transaction. A token
	// that the user has used before answers that campaign and created = false.
	CreateCampaign(ctx context.Context, c Campaign, peers []Peer) (stored Campaign, created bool, err error)
	Campaigns(ctx context.Context, s Scope, f CampaignFilter) (cs []Campaign, total int, err error)
	Campaign(ctx context.Context, s Scope, id int64) (Campaign, error)
	// Rounds lists those that were opened or missed, newest first.
	Rounds(ctx context.Context, s Scope, id int64) ([]Round, error)
	Deliveries(ctx context.Context, s Scope, id int64, f DeliveryFilter) (ds []Delivery, total int, err error)
	// Overview counts what stands above the list of campaigns.
	Overview(ctx context.Context, s Scope, day time.Time) (Overview, error)
	// Texts lists the versions of the text, newest first.
	Texts(ctx context.Context, s Scope, id int64) ([]Text, error)
}

// Overview is the campaigns of a scope in figures.
type Overview struct {
	Running, Scheduled int
	Care               int    // campaigns that wait for a person
	AccountCare        int    // accounts that do
	Today              Counts // of the campaigns that start within 24 hours of the day's beginning
	TodayCampaigns     int
}

// Retried is what became of the failed messages of a round that a person sends
// again.
type Retried struct {
	Planned int       // they go out again
	Left    int       // they stay failed for now
	From    time.Time // when the first of the Left can be sent again; zero without any
}

// ScheduleStore changes what is still to go out. All of it is found inside the
// scope only (campaign.missing), and each method is one transaction. Whatever lets
// something go out is refused as [CampaignStore.MayOrder] says.
type ScheduleStore interface {
	// CancelCampaign: after it nothing of the campaign first starts. Open
	// deliveries that were never attempted, and all rounds to come, become
	// cancelled; what is in flight or uncertain ends truthfully. Conflict
	// (campaign.ended) when it had ended.
	CancelCampaign(ctx context.Context, s Scope, id int64, at time.Time) (Campaign, error)
	// CancelDeliveries does the same to single deliveries and answers how many it
	// caught.
	CancelDeliveries(ctx context.Context, s Scope, campaignID int64, ids []int64, at time.Time) (int, error)
	// PauseCampaign holds back what has not gone out; uncertain deliveries are
	// looked for, not sent again. Conflict (campaign.ended, campaign.paused).
	PauseCampaign(ctx context.Context, s Scope, id int64, reason string, at time.Time) (Campaign, error)
	// ResumeCampaign lets a paused campaign go on where it was: a round whose time
	// has passed meanwhile is due at once, the next an interval later; nothing is
	// missed because of a pause. Conflict (campaign.not_paused).
	ResumeCampaign(ctx context.Context, s Scope, id int64, at time.Time) (Campaign, error)
	// StartCampaign makes the first round of a scheduled campaign due now, which
	// becomes its start; in quiet hours when they end. Conflict (campaign.started,
	// campaign.paused, campaign.ended).
	StartCampaign(ctx context.Context, s Scope, id int64, at time.Time) (Campaign, error)
	// SendMissed opens a missed round now, marked late, whether the campaign is
	// done or between two rounds; the next round is due a [Campaign.Spacing] later.
	// Conflict (campaign.cancelled, campaign.paused, campaign.round_open,
	// campaign.round_not_missed, and campaign.missed_early with the time of
	// [Campaign.MissedFrom] as Until).
	SendMissed(ctx context.Context, s Scope, id int64, round int, at time.Time) (Campaign, error)
	// RetryFailed plans the failed deliveries of a round again, under random ids of
	// their own: of a paused campaign they wait with it, and one that was done goes on
	// until they have gone out. Their chats' refusals are forgotten. Those stay failed
	// for now whose chat has a message of a round opened later, or of one that was sent
	// again, that is less than a [Campaign.Spacing] old or still to come. Conflict
	// (campaign.cancelled).
	RetryFailed(ctx context.Context, s Scope, id int64, round int, at time.Time) (Campaign, Retried, error)
	// EditText gives what has not gone out a new text; what is sent, in flight or
	// uncertain keeps its own. The text that it has already, with the formats that it
	// has or with nil, changes nothing. Conflict (campaign.ended, and campaign.edited
	// when another version than the given one is the latest).
	EditText(ctx context.Context, s Scope, id int64, version int, text string, formats Formats, userID int64, at time.Time) (Campaign, error)
	// LookAgain makes the uncertain deliveries of a campaign due now and answers
	// how many.
	LookAgain(ctx context.Context, s Scope, id int64, at time.Time) (int, error)
}
