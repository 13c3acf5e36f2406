package domain

import (
	"context"
	"time"

	"postix/domain/filter"
)

// WatchMode is what an organization's dispatcher filter does.
type WatchMode string

// The modes of the filter.
const (
	WatchOff     WatchMode = "off"     // nothing is read
	WatchObserve WatchMode = "observe" // detections are recorded
	WatchReply   WatchMode = "reply"   // and answered from templates
)

// WatchModes lists all.
var WatchModes = []WatchMode{WatchOff, WatchObserve, WatchReply}

// WatchSettings is how an organization's filter works.
type WatchSettings struct {
	Mode      WatchMode
	AllGroups bool            // every group of the accounts that listen; else those that are chosen
	Rules     filter.Settings // every rule's switch, threshold and window
	Keywords  filter.Keywords
	Reply     ReplySettings
	KeepDays  int // how long detections are kept, 1 to 730
	Version   int // grows by one with each change but of the keywords, from 0: a form that is older is refused
	Edition   int // grows by one with each change, from 0
}

// ReplySettings is when and how a detection is answered.
type ReplySettings struct {
	From        filter.Severity // least severity that is answered
	Cooldown    time.Duration   // of one dispatcher over all groups, 1 min to 30 days
	SourceFirst bool            // answer in the message's own group first, as a reply
	PerChat     int             // messages to one group within 24 h
	PerSender   int             // ... because of one dispatcher; an answer in two groups is two
	PerDay      int             // ... of the organization
}

// What an answer keeps to, whatever is set.
const (
	ReplyGroups = 2               // groups that one answer goes to at most
	ReplyWithin = 2 * time.Minute // from the message; then it is not sent any more
)

// DefaultWatchSettings is what a new organization begins with.
func DefaultWatchSettings() WatchSettings {
	return WatchSettings{
		Mode: WatchObserve, Rules: filter.DefaultSettings(), Keywords: filter.DefaultKeywords(),
		Reply: ReplySettings{From: filter.Low, Cooldown: time.Hour, PerChat: 10, PerSender: 4, PerDay: 100}, KeepDays: 180,
	}
}

// CustomFilter is an organization's own word or sender.
type CustomFilter struct {
	ID       int64
	Block    bool   // else it allows
	SenderID int64  // 0: it is a word
	Word     string // "" for a sender
	Note     string
	UserName string // who added it
	At       time.Time
}

// Template is a text that a detection is answered with.
type Template struct {
	ID     int64
	Text   string
	Active bool
	Sent   int // messages that went out with it, one in each group that was answered
	At     time.Time
}

// WatchedGroup is a group that an organization's listening accounts are in.
type WatchedGroup struct {
	Peer
	Watched  bool
	Accounts int // that listen and are in it
	Messages int // heard within 24 h
}

// Sender is who wrote a message.
type Sender struct {
	ID                            int64 // Telegram's
	Username, FirstName, LastName string
	FirstAt, LastAt               time.Time
	Detections                    int
	MarkedAt                      time.Time // once caught by phone_spam; zero: not
	CooldownUntil                 time.Time // gets no answer before
	LastTemplate                  int64     // that he was answered with, 0: none
	Allowed, Blocked              bool
}

// Name is how the sender is called on pages.
func (s Sender) Name() string {
	n := s.FirstName
	if s.LastName != "" {
		n += " " + s.LastName
	}
	if n == "" {
		n = s.Username
	}
	return n
}

// Review is what a person said of a detection.
type Review string

// The reviews.
const (
	ReviewNone  Review = ""
	ReviewRight Review = "right"
	ReviewWrong Review = "wrong"
)

// Detection is a message of a dispatcher, with all that speaks for it.
type Detection struct {
	ID, OrganizationID, AccountID int64
	filter.Message
	Severity   filter.Severity
	Rule       filter.Rule
	Hits       []filter.Hit
	Phones     []string
	Sender     Sender
	Review     Review
	ReviewedBy string
	ReviewedAt time.Time
	Silence    string    // why it was not answered: a key below "watch.silence.", "" when it was; [SilentStopped] until that is decided
	Until      time.Time // the end of the cool-down that Silence is about
	Replies    []Reply
}

// Reply is an automatic answer to a detection in one group. It goes out like
// every other message of its account.
type Reply struct {
	ID          int64 // of its delivery
	DetectionID int64
	CampaignID  int64
	Peer        Peer
	Text        string
	Status      DeliveryStatus // missed when it was not sent within [ReplyWithin]
	Reason      string
	MessageID   int
	SentAt      time.Time
}

// DetectionFilter narrows detections down. Zero fields do not narrow.
type DetectionFilter struct {
	From, To time.Time // [From, To)
	Rule     filter.Rule
	Severity filter.Severity // at least
	ChatID   int64
	SenderID int64
	Review   Review
	Open     bool // only those that nobody has reviewed
	Marked   bool // only senders once caught by phone_spam
	Newest   bool // of each sender only the one that was recorded last
	Search   string
	Offset   int
	Limit    int
	Behind   DetectionPlace // only what follows it in the list, which is not counted again: total is 0
}

// DetectionPlace is that of a detection in the list, newest first.
type DetectionPlace struct {
	At time.Time
	ID int64
}

// Judged is a message with what the filter says of it.
type Judged struct {
	Incoming
	Verdict filter.Verdict
}

// WatchStore keeps what the filter heard, found and is told. Everything is
// found inside the organization only, and answers NotFound (watch.missing)
// otherwise.
type WatchStore interface {
	// WatchSettings are [DefaultWatchSettings], with Version and Edition 0, until
	// somebody changes them.
	WatchSettings(ctx context.Context, organizationID int64) (WatchSettings, error)
	// SetWatchSettings answers Conflict (watch.edited) when version and edition are
	// not the latest.
	SetWatchSettings(ctx context.Context, organizationID int64, s WatchSettings) error
	// MayListen reports whether the organization has a filter at all and is not
	// blocked.
	MayListen(ctx context.Context, organizationID int64) (bool, error)
	// Watching are the ids of the groups that the organization has chosen.
	Watching(ctx context.Context, organizationID int64) (map[PeerID]bool, error)
	SetWatching(ctx context.Context, organizationID int64, peers []PeerID, on bool) error
	WatchedGroups(ctx context.Context, organizationID int64, search string, offset, limit int) (gs []WatchedGroup, total int, err error)
	// OwnSenders are the Telegram ids of all connected accounts of all
	// organizations.
	OwnSenders(ctx context.Context) (map[int64]bool, error)

	// Record stores messages, and those of dispatchers as detections, in one
	// transaction, and answers the detections with their ids. A message that is
	// stored already is left out.
	Record(ctx context.Context, organizationID int64, heard []Judged) ([]Detection, error)
	// Heard calls f with the messages of the last 24 h before at, oldest first, at
	// most [MostHeard] of the newest.
	Heard(ctx context.Context, organizationID int64, at time.Time, f func(filter.Message) error) error

	Detections(ctx context.Context, organizationID int64, f DetectionFilter) (ds []Detection, total int, err error)
	Detection(ctx context.Context, organizationID, id int64) (Detection, error)
	SetReview(ctx context.Context, organizationID, id int64, r Review, userID int64, at time.Time) error
	// SetReviews reviews what nobody has reviewed of a sender, and answers how many
	// these were.
	SetReviews(ctx context.Context, organizationID, senderID int64, r Review, userID int64, at time.Time) (int, error)
	Sender(ctx context.Context, organizationID, senderID int64) (Sender, error)

	CustomFilters(ctx context.Context, organizationID int64) ([]CustomFilter, error)
	AddCustomFilter(ctx context.Context, organizationID, userID int64, c CustomFilter) error
	RemoveCustomFilter(ctx context.Context, organizationID, id int64) error
	Templates(ctx context.Context, organizationID int64) ([]Template, error)
	PutTemplate(ctx context.Context, organizationID int64, t Template) error // ID 0: a new one
	RemoveTemplate(ctx context.Context, organizationID, id int64) error
}

// MostHeard is how many messages of a day an organization's filter keeps.
const MostHeard = 500_000

// ReplyStore orders answers. An answer is a campaign of one round that no
// person ordered: it goes out through the account's one queue.
type ReplyStore interface {
	// NoteSilence notes why a detection was not answered.
	NoteSilence(ctx context.Context, organizationID, detectionID int64, why string) error
	// Undecided are the detections of messages after since for which there is
	// neither an answer nor a reason why not, oldest first.
	Undecided(ctx context.Context, organizationID int64, since time.Time) ([]Detection, error)
	// Seen lists the groups in which the sender was heard within 24 h and that the
	// account may write to within [ReplyWithin], most members first.
	Seen(ctx context.Context, organizationID, accountID, senderID int64, at time.Time) ([]Peer, error)
	// OrderReply stores the answer and the sender's cool-down in one transaction,
	// unless he has got one meanwhile, or a bound of the settings is reached: then
	// why is a key below "watch.silence.". A detection that has its answer already
	// gets no second one, and why is empty.
	OrderReply(ctx context.Context, r NewReply) (why string, err error)
}

// NewReply is an answer to be ordered.
type NewReply struct {
	OrganizationID, AccountID, DetectionID, SenderID int64
	Template                                         Template
	Peers                                            []Peer // the best first: [ReplyGroups] of those that may have an answer get it
	To                                               int64  // the message that the one in its own group answers, 0: none
	ToChat                                           int64
	Bounds                                           ReplySettings
	At, Until                                        time.Time // not sent after Until
}

// Report is what an organization's filter found in a time.
type Report struct {
	From, To   time.Time
	Detections int
	Senders    int // different ones
	Messages   int // heard, as far as they are counted: by day, for [WatchSettings].KeepDays
	Replies    int // sent
	Days       []DayCount
	Rules      []RuleCount  // every hit counts
	Groups     []GroupCount // most detections first, at most 20
	Top        []Sender     // most detections in that time first, at most 20
}

// DayCount is one day in the organization's zone.
type DayCount struct {
	Day        time.Time // its beginning
	Detections int
	Replies    int
	Messages   int
}

// RuleCount is how often a rule hit, and what people said of the detections that
// it was the first hit of.
type RuleCount struct {
	Rule         filter.Rule
	Hits         int
	Right, Wrong int
}

// GroupCount is how many detections stood in a group.
type GroupCount struct {
	ChatID     int64
	Title      string
	Detections int
}

// ReportStore counts.
type ReportStore interface {
	// Report counts [from, to) by days of the zone.
	Report(ctx context.Context, organizationID int64, from, to time.Time, zone *time.Location) (Report, error)
}
