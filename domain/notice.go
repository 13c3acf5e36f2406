package domain

import (
	"context"
	"time"
)

// NoticeKind is what a notice tells; its sentence is "notice." + kind.
type NoticeKind string

// The kinds of notices. Those of the service go to its admins.
const (
	NoticeLongWait       NoticeKind = "long_wait"         // Telegram silences an account for more than an hour
	NoticeAccountPaused  NoticeKind = "account_paused"    // Telegram limited it: a person must resume it
	NoticeNeedsLogin     NoticeKind = "needs_login"       // its session is gone
	NoticeCampaignPaused NoticeKind = "campaign_paused"   // by the program: its text, or too many of its latest attempts failed
	NoticeFinished       NoticeKind = "campaign_finished" // all of it went out, or could not; Reason is [Notice.Counts]
	NoticeFailed         NoticeKind = "campaign_failed"   // the same, and more than a fifth of what was tried failed
	NoticeMarked         NoticeKind = "dispatcher_marked" // the filter marked a sender; Reason is his name
	NoticeCritical       NoticeKind = "critical"          // it found more of the gravest kind; Reason is [Notice.Found]
	NoticeLimitNear      NoticeKind = "limit_near"        // a limit is nearly full; Reason is [Notice.Near]; for owners
	NoticeSums           NoticeKind = "sums"              // service: a campaign's figures did not come out
	NoticeKeyTwice       NoticeKind = "key_twice"         // service: a session was used in two places
	NoticeSendingStopped NoticeKind = "sending_stopped"   // service: Telegram refuses the service itself
	NoticeLimitAsked     NoticeKind = "limit_asked"       // service: Reason is the organization's name
	NoticeLimitGranted   NoticeKind = "limit_granted"     // Reason is its kind, value and, on the next line, the answer
	NoticeLimitRefused   NoticeKind = "limit_refused"     // Reason likewise, with the value that was asked for
)

// NoticeKinds lists all.
var NoticeKinds = []NoticeKind{
	NoticeLongWait, NoticeAccountPaused, NoticeNeedsLogin, NoticeCampaignPaused, NoticeFailed, NoticeFinished,
	NoticeMarked, NoticeCritical, NoticeLimitNear,
	NoticeSums, NoticeKeyTwice, NoticeSendingStopped, NoticeLimitAsked, NoticeLimitGranted, NoticeLimitRefused,
}

// LongWait is from when on a wait that Telegram asks for is told.
const LongWait = time.Hour

// Notice is something that people have to be told once. It is stored in the
// transaction in which it happened.
type Notice struct {
	ID, OrganizationID int64
	Kind               NoticeKind
	UserID             int64     // whose account or campaign it is; 0: the organization's
	AccountID          int64     // 0: none
	CampaignID         int64     // 0: none
	SenderID           int64     // of [NoticeMarked]
	Reason             string    // why; of [NoticeMarked] the sender's name, which comes from a stranger
	Until              time.Time // of a wait
	At                 time.Time

	UserName     string // for pages
	AccountName  string
	AccountPhone Phone
}

// KeepNotices is how long a notice is kept.
const KeepNotices = 90 * 24 * time.Hour

// MostUnseen is where the counting of unseen notices ends.
const MostUnseen = 100

// NoticeStore keeps notices for [KeepNotices].
type NoticeStore interface {
	// Notices lists those of a scope, newest first; a manager sees those of his
	// department and those of nobody but [NoticeLimitNear], a member those of his own
	// accounts and campaigns.
	Notices(ctx context.Context, s Scope, offset, limit int) (ns []Notice, total int, err error)
	// UnseenNotices counts those of them that are newer than what the user has
	// seen and that [NoticeKind.Rings], up to [MostUnseen].
	UnseenNotices(ctx context.Context, s Scope, userID int64) (int, error)
	// NoticesSeen is the id of the newest notice that the user has seen.
	NoticesSeen(ctx context.Context, organizationID, userID int64) (int64, error)
	// SeeNotices marks all up to the given one as seen by the user; those that are
	// newer stay new.
	SeeNotices(ctx context.Context, organizationID, userID, upTo int64) error
}
