package views

import (
	"context"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// LatestCampaigns is how many campaigns a user's page shows.
const LatestCampaigns = 5

// UserPage is one user with what he has and does.
type UserPage struct {
	User       domain.UserRow
	Accounts   []AccountNow
	Campaigns  []domain.Campaign // the latest
	OrgNumbers Places            // connected accounts of the organization
	Manages    bool              // who looks decides about him
	Links      bool              // and may make him a link to set a password
	Self       bool              // he is who looks
	BlockedBy  string            // name; "" for the service, and where it is not known
	Link       *GivenLink        // shown once
	Moment
}

// UserForm is a user as he was filled in.
type UserForm struct {
	Name, Email, TelegramID string
	DepartmentID            int64
	Role                    domain.Role
	Sees                    domain.Sees
	ReadOnly                bool
	Seen                    string // [domain.User.Mark] of who was shown; "" of a new one
}

// UserFormPage is the form of a new user, or of one who is edited.
type UserFormPage struct {
	ID          int64  // 0: a new one
	Name        string // as it is stored
	Form        UserForm
	Departments []domain.DepartmentRow // to choose from
	Owner       bool                   // who fills it in: he gives roles and departments
	Granted     domain.Sees            // what the user sees already
	Places      Places
	Retype      bool // a password was typed, and is wanted again
	Err         error
}

func (p UserFormPage) action() string {
	if p.ID == 0 {
		return string(NavUsers)
	}
	return UserURL(p.ID)
}

func (p UserFormPage) back() string {
	if p.ID == 0 {
		return string(NavUsers)
	}
	return UserURL(p.ID)
}

func (p UserFormPage) keep() string { return "user" + itoa(p.ID) }

func (p UserFormPage) fieldError(ctx context.Context, field string) string {
	return locale.FieldError(ctx, p.Err, field)
}

// full reports whether there is no place for a new user.
func (p UserFormPage) full() bool {
	return p.ID == 0 && (p.Places.Full || domain.IsKey(p.Err, "user.limit"))
}

func (p UserFormPage) roleChoices(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, r := range userRoles {
		out = append(out, ui.Option{Value: string(r), Label: roleTitle(ctx, r), Hint: locale.T(ctx, "user.role_hint."+string(r))})
	}
	return out
}

func roleTitle(ctx context.Context, r domain.Role) string {
	return locale.T(ctx, "user.role_title."+string(r))
}

// seesChoices are what may be granted: a manager grants no more than his
// department, and leaves what the owner has granted.
func (p UserFormPage) seesChoices(ctx context.Context) []ui.Option {
	out := []ui.Option{
		{Value: string(domain.SeesOwn), Label: locale.T(ctx, "user.sees.own")},
		{Value: string(domain.SeesDepartment), Label: locale.T(ctx, "user.sees.department")},
	}
	if p.Owner || p.Granted == domain.SeesOrganization {
		out = append(out, ui.Option{Value: string(domain.SeesOrganization), Label: locale.T(ctx, "user.sees.organization")})
	}
	return out
}

// seesWords say what a user sees beside his own.
func seesWords(ctx context.Context, u domain.User) string {
	switch {
	case u.Role == domain.RoleOwner || u.Sees == domain.SeesOrganization:
		return locale.T(ctx, "user.sees.organization")
	case u.Role == domain.RoleManager || u.Sees == domain.SeesDepartment:
		return locale.T(ctx, "user.sees.department")
	}
	return locale.T(ctx, "user.sees.own")
}

// UserRemovePage asks before a user is removed.
type UserRemovePage struct {
	User domain.UserRow
}

// removeWords say what is lost with a user.
func removeWords(ctx context.Context, u domain.UserRow) []string {
	out := []string{locale.T(ctx, "user.remove.out")}
	if u.Campaigns > 0 {
		out = append(out, locale.N(ctx, "user.remove.campaigns", u.Campaigns))
	}
	if u.Accounts > 0 {
		out = append(out, locale.N(ctx, "user.remove.accounts", u.Accounts))
	}
	return append(out, locale.T(ctx, "user.remove.kept"))
}

func askUnblock(ctx context.Context, u domain.User) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "user.unblock.title", "Name", ui.Visible(u.Name)),
		Text:  locale.T(ctx, "user.unblock.text"),
		Yes:   locale.T(ctx, "user.unblock.yes"), Mild: true,
	}
}

func askLink(ctx context.Context, u domain.User) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "user.link.title", "Name", ui.Visible(u.Name)),
		Text:  locale.T(ctx, "user.link.text"),
		Yes:   locale.T(ctx, "user.link.yes"), Mild: true,
	}
}

func askBotLink(ctx context.Context, u domain.User) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "user.bot_link.title", "Name", ui.Visible(u.Name)),
		Text:  locale.T(ctx, "user.bot_link.text"),
		Yes:   locale.T(ctx, "user.link.yes"), Mild: true,
	}
}

// mayLift reports whether who decides about the user may change his block: what
// the service has set, only the service changes.
func (p UserPage) mayLift() bool { return !p.User.Block.Planned() || !p.User.Block.ByService }

// userCrumbs is the way to a user's page, or to one below it.
func userCrumbs(ctx context.Context, u domain.User, here string) []ui.Crumb {
	out := []ui.Crumb{{Label: locale.T(ctx, "user.list_title"), Href: string(NavUsers)}}
	if here == "" {
		return append(out, ui.Crumb{Label: ui.Visible(u.Name)})
	}
	return append(out, ui.Crumb{Label: ui.Visible(u.Name), Href: UserURL(u.ID)}, ui.Crumb{Label: here})
}

// lastCampaignWords say when he ordered last.
func lastCampaignWords(ctx context.Context, p UserPage) string {
	if p.User.LastCampaign.IsZero() {
		return locale.T(ctx, "user.no_campaigns")
	}
	return locale.T(ctx, "user.kpi.last", "When", locale.When(ctx, p.Now, p.User.LastCampaign))
}

// seenDay is the day on which he was last in the panel, as short as a figure;
// today it is the clock.
func seenDay(ctx context.Context, p UserPage) string {
	switch at := p.User.LastSeen; {
	case at.IsZero():
		return "–"
	case locale.Date(ctx, at) == locale.Date(ctx, p.Now):
		return locale.Clock(ctx, at)
	default:
		return locale.Date(ctx, at)
	}
}

func seenClock(ctx context.Context, p UserPage) string {
	switch at := p.User.LastSeen; {
	case at.IsZero():
		return locale.T(ctx, "user.never_seen")
	case locale.Date(ctx, at) == locale.Date(ctx, p.Now):
		return locale.T(ctx, "user.seen_today")
	default:
		return locale.Clock(ctx, at)
	}
}
