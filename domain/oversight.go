package domain

import (
	"context"
	"time"
)

// Oversight is what service admins see of all organizations: figures and states,
// and a text only after [Service.ReadText] has kept that.
type Oversight interface {
	// OrganizationList is a page of all organizations but the service's.
	OrganizationList(ctx context.Context, f OrganizationFilter) (OrganizationList, error)
	// OrganizationFigures are those of one. NotFound (organization.missing).
	OrganizationFigures(ctx context.Context, id int64, day, week time.Time) (OrganizationFigures, error)
	// AllAccounts lists what is connected, of all organizations.
	AllAccounts(ctx context.Context) ([]Account, error)
	Health(ctx context.Context, now time.Time) (Health, error)
	// ReadTexts answers the texts of a campaign, newest first, when the audit of its
	// organization holds that they were read. NotFound (campaign.missing).
	ReadTexts(ctx context.Context, organizationID, campaignID int64) (Campaign, []Text, error)
	// LastActor names who did something to a thing of an organization last; "" where
	// nobody did, or the service itself.
	LastActor(ctx context.Context, organizationID int64, e AuditEvent, s Subject, id int64) (string, error)
}

// OrganizationList is a page of a list, with what stands above it.
type OrganizationList struct {
	Page  []OrganizationFigures
	Found int                 // that the search finds
	Count int                 // of all there are
	All   OrganizationFigures // the sum of these
}

// OrganizationFilter narrows a list of organizations and orders it.
type OrganizationFilter struct {
	Search    string // in the name
	Sort      OrganizationSort
	Day, Week time.Time // since when the messages of [OrganizationFigures] count
	Offset    int
	Limit     int
}

// OrganizationSort is the order of a list of organizations.
type OrganizationSort string

// The orders. All but by name begin with the most.
const (
	SortName      OrganizationSort = ""
	SortNewest    OrganizationSort = "newest"
	SortDay       OrganizationSort = "day"
	SortWeek      OrganizationSort = "week"
	SortFailed    OrganizationSort = "failed"
	SortCampaigns OrganizationSort = "campaigns"
	SortOpen      OrganizationSort = "open"
	SortCare      OrganizationSort = "care"
	SortUsers     OrganizationSort = "users"
)

// OrganizationSorts lists them as people choose from them.
var OrganizationSorts = []OrganizationSort{SortName, SortNewest, SortDay, SortWeek, SortFailed, SortCampaigns, SortOpen, SortCare, SortUsers}

// OrganizationFigures is an organization with what it has, and what became of the
// messages of its campaigns; answers of the dispatcher filter do not count.
type OrganizationFigures struct {
	OrganizationAtWork
	Day, Week Counts // only Sent and Failed
}

// FailedShare is how much of what was tried within the week failed, from 0 to 1.
func (f OrganizationFigures) FailedShare() float64 {
	tried := f.Week.Sent + f.Week.Failed
	if tried == 0 {
		return 0
	}
	return float64(f.Week.Failed) / float64(tried)
}

// Plus is the sum of both.
func (f OrganizationFigures) Plus(g OrganizationFigures) OrganizationFigures {
	f.Users, f.Accounts, f.Care = f.Users+g.Users, f.Accounts+g.Accounts, f.Care+g.Care
	f.Campaigns, f.Open = f.Campaigns+g.Campaigns, f.Open+g.Open
	f.Day, f.Week = f.Day.Plus(g.Day), f.Week.Plus(g.Week)
	return f
}

// Health is how the storage and the sending are.
type Health struct {
	// Late is since when the message that is the most overdue could have gone out,
	// past its account's pace and waits; the zero time when none is overdue.
	Late      time.Time
	LateAt    int   // at how many accounts one is
	SumsWrong int   // campaigns whose figures were found not to come out
	Size      int64 // of the database's files, in bytes
	Free      int64 // on their disk; -1: not known
}

// ReadText answers the texts of a campaign of another organization to a service
// admin. The audit of that organization keeps each reading, before it is answered.
func (s *Service) ReadText(ctx context.Context, a Actor, organizationID, campaignID int64) (Campaign, []Text, error) {
	if a.User.Role != RoleAdmin {
		return Campaign{}, nil, E(Forbidden, "service.admin_only")
	}
	if _, err := s.organization(ctx, a, organizationID); err != nil {
		return Campaign{}, nil, err
	}
	return s.Store.ReadTexts(ctx, organizationID, campaignID)
}
