package views

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// UsersPageSize is how many users one page shows.
const UsersPageSize = 50

// NewUserURL is where a user is added.
const NewUserURL = string(NavUsers) + "/new"

// LimitsURL is where an owner asks for more of what is full.
const LimitsURL = string(NavLimits)

// FilterBlocked is the state that narrows the list down to who is blocked.
const FilterBlocked = "blocked"

// UserURL is the address of a user's page.
func UserURL(id int64) string { return string(NavUsers) + "/" + itoa(id) }

// UsersPage is the list of users.
type UsersPage struct {
	Users       []domain.UserRow
	Total       int // behind the filter
	Filter      domain.UserFilter
	Departments []domain.DepartmentRow // to choose from; none for a manager
	Places      Places
	Owner       bool // who looks is one
	Homeless    bool // a manager without a department: he adds nobody
	Now         time.Time
	Page        int
	URL         *url.URL // with the filters
}

// Places are how many users or numbers an organization has, and may have.
type Places struct {
	Used, Limit int
	Full        bool // nothing can be added
}

func (p UsersPage) filtered() bool {
	f := p.Filter
	return f.Search != "" || f.DepartmentID != 0 || f.Role != "" || f.Blocked
}

// alone reports whether there is nobody yet but who looks.
func (p UsersPage) alone() bool { return !p.filtered() && p.Total <= 1 }

func (p UsersPage) state() string {
	if p.Filter.Blocked {
		return FilterBlocked
	}
	return ""
}

// mayManage reports whether the viewer manages users.
func mayManage(ctx context.Context) bool { return viewer(ctx).actor().MayManage() }

// userRoles are the roles that an organization gives, the usual one first.
var userRoles = []domain.Role{domain.RoleMember, domain.RoleManager, domain.RoleOwner}

// roleOptions are the choices of the filter by role.
func roleOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Label: locale.T(ctx, "user.filter.any_role")}}
	for _, r := range userRoles {
		out = append(out, ui.Option{Value: string(r), Label: roleTitle(ctx, r)})
	}
	return out
}

func stateOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Label: locale.T(ctx, "user.filter.any_state")},
		{Value: FilterBlocked, Label: locale.T(ctx, "user.filter.blocked")},
	}
}

// departmentOptions are the departments to choose from, after none with that
// label.
func departmentOptions(ds []domain.DepartmentRow, none string) []ui.Option {
	out := []ui.Option{{Value: "", Label: none}}
	for _, d := range ds {
		out = append(out, ui.Option{Value: itoa(d.ID), Label: ui.Visible(d.Name)})
	}
	return out
}

// userState is how a user stands: whether he gets in, and whether he works. What
// keeps him out comes first.
func userState(ctx context.Context, u domain.UserRow) standing {
	word := func(key string) string { return locale.T(ctx, "user.state."+key) }
	switch {
	case u.Block.Active():
		s := standing{Tone: ui.Bad, Icon: "ban", Word: word("blocked"), Until: u.Block.Until, UntilWord: word("until")}
		if u.Block.Until.IsZero() {
			s.Why = word("for_good")
		}
		return s
	case u.Block.Planned():
		return standing{Tone: ui.Warn, Icon: "calendar-clock", Word: word("planned"), Until: u.Block.From, UntilWord: word("from")}
	case u.PasswordState == domain.PasswordLinked:
		return standing{Tone: ui.Warn, Icon: "key-round", Word: word("link"), Why: onlyLooks(ctx, u)}
	case u.Email != "" && u.PasswordState == domain.PasswordNone:
		return standing{Tone: ui.Warn, Icon: "key-round", Word: word("no_password"), Why: onlyLooks(ctx, u)}
	case u.ReadOnly:
		return standing{Icon: "eye", Word: word("read_only")}
	case u.Email == "":
		return standing{Tone: ui.Ok, Icon: "circle-check", Word: word("active"), Why: word("no_panel")}
	}
	return standing{Tone: ui.Ok, Icon: "circle-check", Word: word("active")}
}

// userRowState is the state of a row for its style.
func userRowState(u domain.UserRow) string {
	if u.Block.Active() {
		return FilterBlocked
	}
	return ""
}

func onlyLooks(ctx context.Context, u domain.UserRow) string {
	if u.ReadOnly {
		return locale.T(ctx, "user.state.read_only")
	}
	return ""
}

// userCampaignsURL is the list of a user's campaigns.
func userCampaignsURL(id int64) string { return string(NavCampaigns) + "?user=" + itoa(id) }

// userAccountURL is where a number is connected for a user.
func userAccountURL(id int64) string { return LoginURL + "?new=1&user=" + itoa(id) }

// telegramID is a Telegram ID as a field shows it.
func telegramID(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
