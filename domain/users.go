package domain

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// Users is what owners and managers do about the people of their organization, and
// service admins about those of any. Who is removed or blocked is out at once.
type Users struct {
	Store     UserStore
	Passwords Passwords
	Logins    interface {
		EndOf(userID int64) // his login, if he runs one
	}
	Links interface {
		Disconnect(ctx context.Context, a Account, logOut bool) error
	}
	Hub *Hub
	Now func() time.Time
}

// UserFilter narrows a list of users; zero fields do not.
type UserFilter struct {
	Search       string // in name, e-mail, Telegram ID and numbers
	DepartmentID int64
	Role         Role
	Blocked      bool // only those who are
	Offset       int
	Limit        int
}

// UserRow is a user with what he has and does, for lists and his page.
type UserRow struct {
	User
	Department    string
	Accounts      int       // connected
	Campaigns     int       // live
	Ordered       int       // campaigns, ever
	Sent          int       // messages of all his campaigns; 0 in lists, where nobody counts them
	LastCampaign  time.Time // when he last ordered one; zero: never
	LastSeen      time.Time // in the panel; zero: never
	PasswordState PasswordState
	Bot           BotState
}

// BotState is how a user stands with the bot.
type BotState string

// How users stand with it.
const (
	BotNever BotState = ""     // he has not written to it as this user
	BotIn    BotState = "in"   // it reaches him
	BotGone  BotState = "gone" // he has shut it out
)

// PasswordState is how a user gets into the panel.
type PasswordState string

// How users get in.
const (
	PasswordNone   PasswordState = "none" // he has none, and no link to set one
	PasswordLinked PasswordState = "link" // a link to set one waits for him
	PasswordSet    PasswordState = "set"
)

// UserStore keeps users and departments. What lies outside the scope answers
// NotFound (user.missing, department.missing).
type UserStore interface {
	UserList(ctx context.Context, s Scope, f UserFilter) (us []UserRow, total int, err error)
	UserRow(ctx context.Context, s Scope, id int64) (UserRow, error)
	// AddUser answers Conflict (user.limit) where the organization is full, also for
	// many at the same moment, and (user.email_taken, user.telegram_taken). This and
	// EditUser: Invalid (department.missing) on "department" for one that is not there.
	AddUser(ctx context.Context, u User, passwordHash string, link PasswordLink) (User, error)
	// EditUser stores name, e-mail, Telegram ID, role, department, Sees and ReadOnly.
	// Campaigns of somebody who becomes ReadOnly pause ([CodeReadOnly]). Conflict
	// (user.last_owner) for the only owner, (user.changed) where the user is not what
	// was is any more.
	EditUser(ctx context.Context, was, is User, now time.Time) error
	// BlockUser stores a block in the place of the one that was there ([Block.Over]);
	// one that has begun ends sessions and pauses campaigns ([CodeUserBlocked]); links
	// open nothing until it ends. One without a reason begins a removal. Conflict
	// (user.last_owner) for the only owner, whom the service alone blocks. These three
	// answer that of [Block.MayChange].
	BlockUser(ctx context.Context, u User, b Block, now time.Time) error
	// UnblockUser takes a block off; paused campaigns stay so. Conflict
	// (user.not_blocked).
	UnblockUser(ctx context.Context, u User, byService bool) error
	// RemoveUser ends what BlockUser ends and his links, cancels his campaigns,
	// disconnects his accounts, and frees e-mail, Telegram ID and his place. Conflict
	// (user.last_owner).
	RemoveUser(ctx context.Context, u User, now time.Time) error
	PutPasswordLink(ctx context.Context, u User, l PasswordLink) error
	PutBotLink(ctx context.Context, u User, l BotLink) error
	Accounts(ctx context.Context, s Scope) ([]Account, error)

	// DepartmentRows lists an organization's departments, by name.
	DepartmentRows(ctx context.Context, organizationID int64) ([]DepartmentRow, error)
	// AddDepartment and RenameDepartment answer Conflict (department.taken).
	AddDepartment(ctx context.Context, d Department) (Department, error)
	RenameDepartment(ctx context.Context, d Department) error
	// RemoveDepartment answers Conflict (department.not_empty) while it has users.
	RemoveDepartment(ctx context.Context, organizationID, id int64) error
}

// MaxTelegramID is the largest ID of a user: at most 52 bits
// (https://core.telegram.org/bots/api#user).
const MaxTelegramID = 1<<52 - 1

// MaxDepartment is the longest name of a department, in characters.
const MaxDepartment = 60

// NewUser is what is filled in about a user. Without a password he gets a link to
// set his own, if he has an e-mail.
type NewUser struct {
	Name, Email, Password string
	TelegramID            int64
	DepartmentID          int64
	Role                  Role
	Sees                  Sees
	ReadOnly              bool
	Seen                  string // [User.Mark] of what the form showed; "" where it showed nobody
}

// Mark stands for what is filled in about a user: a form that carries it does not
// undo what somebody else has changed since it was shown.
func (u User) Mark() string {
	return mark(u.Name, u.Email, u.TelegramID, u.Role, u.DepartmentID, u.Sees, u.ReadOnly)
}

// mark is a short hash of some values.
func mark(values ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", values))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// MayManage reports whether the actor manages users at all.
func (a Actor) MayManage() bool { return a.User.Role == RoleOwner || a.User.Role == RoleManager }

// SameRights reports whether the user may do, where he works, what he might before.
func (u User) SameRights(was User) bool {
	return u.Role == was.Role && u.DepartmentID == was.DepartmentID && u.ReadOnly == was.ReadOnly
}

// Manages reports whether the actor decides about that user: an owner about all of
// his organization but himself, a manager about the members of his department, a
// service admin about those of all organizations but his own. A manager lifts also a
// block and a restriction to looking that an owner has set on his members: he answers
// for them.
func (a Actor) Manages(u User) bool {
	switch {
	case u.ID == a.User.ID || u.Role == RoleAdmin:
		return false
	case a.User.Role == RoleAdmin:
		return true
	case a.User.OrganizationID != u.OrganizationID:
		return false
	case a.User.Role == RoleOwner:
		return true
	}
	return a.User.Role == RoleManager && a.User.DepartmentID != 0 && a.User.DepartmentID == u.DepartmentID && u.Role == RoleMember
}

// Links reports whether the actor may make a password link for a user whom he
// manages: what only an owner grants a manager does not get hold of in this way.
func (a Actor) Links(u User) bool {
	return a.User.Role != RoleManager || u.Sees != SeesOrganization
}

// peopleOf is whose people the actor may look at there: a service admin's eye
// reaches every organization.
func (a Actor) peopleOf(organizationID int64) Scope {
	if a.User.Role == RoleAdmin {
		return Scope{OrganizationID: organizationID}
	}
	return a.Scope()
}

// List answers the users of the actor's scope.
func (s *Users) List(ctx context.Context, a Actor, f UserFilter) ([]UserRow, int, error) {
	return s.Store.UserList(ctx, a.Scope(), f)
}

// Find is a user of that organization whom the actor may look at; NotFound
// (user.missing) otherwise. Whether he may change him, [Actor.Manages] says.
func (s *Users) Find(ctx context.Context, a Actor, organizationID, id int64) (UserRow, error) {
	return s.Store.UserRow(ctx, a.peopleOf(organizationID), id)
}

// managed is a user whom the actor may change: Forbidden (user.not_yours) for one
// whom he may look at only.
func (s *Users) managed(ctx context.Context, a Actor, organizationID, id int64) (User, error) {
	r, err := s.Find(ctx, a, organizationID, id)
	if err == nil && !a.Manages(r.User) {
		return User{}, E(Forbidden, "user.not_yours")
	}
	return r.User, err
}
