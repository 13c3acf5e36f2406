package domain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// QuietNotices are the kinds that do not ring the panel's bell. The bell counts what
// waits for a person or answers him. That a campaign has finished as it was ordered
// is no reason to look up, and further messages of a dispatcher who was told of
// already wait on the filter's page: an organization has both all day long, and a
// bell that always rings is not heard. They stand in the list, and the bot tells them.
var QuietNotices = []NoticeKind{NoticeFinished, NoticeCritical}

// Rings reports whether a new notice of the kind counts at the panel's bell.
func (k NoticeKind) Rings() bool { return !slices.Contains(QuietNotices, k) }

// ForService reports whether the kind is told to the service's admins, and to nobody
// else.
func (k NoticeKind) ForService() bool {
	switch k {
	case NoticeSums, NoticeKeyTwice, NoticeSendingStopped, NoticeLimitAsked:
		return true
	}
	return false
}

// Concerns reports whether the actor may get notices of the kind.
func (k NoticeKind) Concerns(a Actor) bool {
	admin := a.User.Role == RoleAdmin
	switch k {
	case NoticeMarked, NoticeCritical:
		return a.MayWatch()
	case NoticeLimitNear, NoticeLimitGranted, NoticeLimitRefused:
		return a.User.Role == RoleOwner
	}
	return admin == k.ForService()
}

// Finished is the notice that a campaign has come to its end by itself.
func Finished(c Campaign, at time.Time) Notice {
	kind := NoticeFinished
	if c.Counts.manyFailed() {
		kind = NoticeFailed
	}
	reason, _ := json.Marshal(c.Counts) // numbers
	return Notice{
		OrganizationID: c.OrganizationID, Kind: kind, UserID: c.UserID, AccountID: c.AccountID,
		CampaignID: c.ID, Reason: string(reason), At: at,
	}
}

// manyFailed reports whether more of what was tried failed than a campaign may go on
// with ([Recent.TooMany]), however few that were.
func (c Counts) manyFailed() bool {
	return c.Failed*recentAttempts > recentFailures*(c.Sent+c.Failed+c.Uncertain)
}

// Counts is where the messages of a campaign stood when it finished; of other kinds
// the zero value.
func (n Notice) Counts() Counts {
	var c Counts
	if n.Kind != NoticeFinished && n.Kind != NoticeFailed || json.Unmarshal([]byte(n.Reason), &c) != nil {
		return Counts{}
	}
	return c
}

// CriticalEvery is how often an organization is told of critical detections: those
// in between are told together.
const CriticalEvery = time.Hour

// FoundReason is the Reason of [NoticeCritical]: how many there were since the last
// one, and the name of the latest sender.
func FoundReason(detections int, sender string) string {
	return fmt.Sprintf("%d\n%s", detections, sender)
}

// Found takes a [FoundReason] apart; of other kinds 0.
func (n Notice) Found() (detections int, sender string) {
	if n.Kind != NoticeCritical {
		return 0, ""
	}
	number, sender, _ := strings.Cut(n.Reason, "\n")
	if _, err := fmt.Sscan(number, &detections); err != nil {
		return 0, sender
	}
	return detections, sender
}

// NearLimits are the kinds of limits that fill up.
var NearLimits = []LimitKind{LimitUsers, LimitAccounts, LimitCampaigns, LimitMessages}

// NearlyFull reports whether four fifths of a limit are used.
func NearlyFull(used, limit int) bool { return limit > 0 && 5*used >= 4*limit }

// NearReason is the Reason of [NoticeLimitNear].
func NearReason(k LimitKind, used, limit int) string { return fmt.Sprintf("%s %d %d", k, used, limit) }

// Near takes a [NearReason] apart; "" for other kinds.
func (n Notice) Near() (k LimitKind, used, limit int) {
	if n.Kind != NoticeLimitNear {
		return "", 0, 0
	}
	if _, err := fmt.Sscan(n.Reason, &k, &used, &limit); err != nil || !slices.Contains(NearLimits, k) {
		return "", 0, 0
	}
	return k, used, limit
}
