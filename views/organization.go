package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// OrganizationPage is an organization that uses the service, with how fast it may
// be.
type OrganizationPage struct {
	Organization domain.Organization
	Figures      domain.OrganizationFigures
	BlockedBy    string // name; "" where it is not known
	Granted      PaceForm
	Owners       []domain.User
	Limits       LimitsForm
	Use          domain.LimitUse
	Link         *GivenLink
	Now          time.Time
	Err          error // of the granted pace
	Name, Zone   string
	EditErr      error // of these two
}

// GivenLink is a link by which somebody sets his password, or gets into the bot,
// shown once.
type GivenLink struct {
	Owner domain.User
	URL   string
	Bot   bool
}

// NewOrganizationPage is the form for an organization with its owner.
type NewOrganizationPage struct {
	Form         domain.NewOrganization // the password is never shown again
	TelegramID   string                 // as it is typed
	AccountLimit string                 // as well
	Retype       bool                   // a password was typed, and is wanted again
	Now          time.Time
	Err          error
}

// retyping is what is wrong about a password that somebody gives to another.
func retyping(ctx context.Context, retype bool, err error) string {
	if text := locale.FieldError(ctx, err, "password"); text != "" || !retype {
		return text
	}
	return locale.T(ctx, "error.user.password_again")
}

// SetPasswordURL begins the address of a link by which a user sets his password.
const SetPasswordURL = "/set-password/"

// OrganizationURL is the address of an organization's page.
func OrganizationURL(id int64) string { return string(NavService) + "/organizations/" + itoa(id) }

// OrganizationUserURL is the address of a user's page as service admins see him.
func OrganizationUserURL(organizationID, userID int64) string {
	return OrganizationURL(organizationID) + "/users/" + itoa(userID)
}

// OrganizationTab is a page of an organization's section.
type OrganizationTab string

// The pages of the section; the zero tab is the organization itself.
const (
	TabOrganization OrganizationTab = ""
	TabUsers        OrganizationTab = "users"
	TabNumbers      OrganizationTab = "numbers"
	TabCampaigns    OrganizationTab = "campaigns"
)

var organizationTabs = []OrganizationTab{TabOrganization, TabUsers, TabNumbers, TabCampaigns}

// URL is the address of the page.
func (t OrganizationTab) URL(organizationID int64) string {
	if t == TabOrganization {
		return OrganizationURL(organizationID)
	}
	return OrganizationURL(organizationID) + "/" + string(t)
}

func (t OrganizationTab) word(ctx context.Context) string {
	switch t {
	case TabUsers:
		return locale.T(ctx, "service.col.users")
	case TabNumbers:
		return locale.T(ctx, "service.col.accounts")
	case TabCampaigns:
		return locale.T(ctx, "service.campaigns")
	}
	return locale.T(ctx, "service.col.organization")
}

// organizationCrumbs is the way to a page of the section; below what its tab leads
// to, here names it.
func organizationCrumbs(ctx context.Context, o domain.Organization, t OrganizationTab, here string) []ui.Crumb {
	way := []ui.Crumb{
		{Label: locale.T(ctx, "service.title"), Href: string(NavService)},
		{Label: ui.Visible(o.Name), Href: OrganizationURL(o.ID)},
	}
	if t != TabOrganization {
		way = append(way, ui.Crumb{Label: t.word(ctx), Href: t.URL(o.ID)})
	}
	if here != "" {
		return append(way, ui.Crumb{Label: here})
	}
	way[len(way)-1].Href = ""
	return way
}

// OrganizationUsersPage lists an organization's users.
type OrganizationUsersPage struct {
	Organization domain.Organization
	Users        []domain.UserRow
	Total        int // behind the filter
	Filter       domain.UserFilter
	Now          time.Time
	Page         int
	URL          *url.URL // with the filters
}

func (p OrganizationUsersPage) state() string { return UsersPage{Filter: p.Filter}.state() }

// OrganizationUserPage is one of them.
type OrganizationUserPage struct {
	Organization domain.Organization
	User         domain.UserRow
	BlockedBy    string // name; "" where it is not known
	Accounts     []AccountNow
	Form         SelfForm // of an owner
	Err          error
	Now          time.Time
}

// NumbersPageSize is how many numbers one page shows.
const NumbersPageSize = 50

// OrganizationNumbersPage lists an organization's numbers.
type OrganizationNumbersPage struct {
	Organization domain.Organization
	Numbers      []AccountNow
	Now          time.Time
	Page         int
	URL          *url.URL
}

// on is the page of the list that is shown.
func (p OrganizationNumbersPage) on() ([]AccountNow, int) {
	return pageOf(p.Numbers, p.Page, NumbersPageSize)
}

// OrganizationCampaignsPage lists an organization's campaigns, without a word of
// their texts.
type OrganizationCampaignsPage struct {
	Organization domain.Organization
	Campaigns    []domain.Campaign
	Total        int
	Filter       domain.CampaignFilter
	Page         int
	URL          *url.URL
	Moment
}

func (p OrganizationCampaignsPage) standing() string {
	return CampaignsPage{Filter: p.Filter}.standing()
}

// OrganizationTextPage is a campaign's text, whose reading was kept.
type OrganizationTextPage struct {
	Organization domain.Organization
	Campaign     domain.Campaign
	Texts        []domain.Text // newest first
	Now          time.Time
}

// readTextURL is where a campaign's text is asked for, and read by a POST.
func readTextURL(c domain.Campaign) string {
	return TabCampaigns.URL(c.OrganizationID) + "/" + itoa(c.ID) + "/text"
}

// facts is what [userFacts] shows.
func (p OrganizationUserPage) facts() UserPage {
	return UserPage{User: p.User, Moment: Moment{Now: p.Now}}
}

// mayTake reports whether the service gives that user a link to set his password:
// an owner; the others get theirs from him.
func mayTake(u domain.User) bool {
	return u.Role == domain.RoleOwner && u.Email != "" && !u.Block.Active()
}
