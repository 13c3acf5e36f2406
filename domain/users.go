package domain

import (
	"context"
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
}

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
	// AddUser answers Limited (user.limit) where the organization is full, also for
	// many at the same moment, and Conflict (user.email_taken, user.telegram_taken).
	AddUser(ctx context.Context, u User, passwordHash string, link PasswordLink) (User, error)
	// EditUser stores name, e-mail, Telegram ID, role, department, Sees and ReadOnly.
	// Campaigns of somebody who becomes ReadOnly pause ([CodeReadOnly]). Conflict
	// (user.last_owner) for the only owner, (user.changed) where the user is not what
	// was is any more.
	EditUser(ctx context.Context, was, is User, now time.Time) error
	// BlockUser stores a block; one that has begun ends sessions and links, and
	// pauses campaigns ([CodeUserBlocked]). Conflict (user.last_owner) for the only
	// owner, whom the service alone blocks.
	BlockUser(ctx context.Context, u User, b Block, now time.Time) error
	// UnblockUser takes a block off; paused campaigns stay so. Conflict
	// (user.not_blocked).
	UnblockUser(ctx context.Context, u User, now time.Time) error
	// RemoveUser ends what BlockUser ends, cancels his campaigns, disconnects his
	// accounts, and frees e-mail, Telegram ID and his place. Conflict
	// (user.last_owner).
	RemoveUser(ctx context.Context, u User, now time.Time) error
	PutPasswordLink(ctx context.Context, u User, l PasswordLink) error
	Accounts(ctx context.Context, s Scope) ([]Account, error)

	// DepartmentRows lists an organization's departments, by name.
	DepartmentRows(ctx context.Context, organizationID int64) ([]DepartmentRow, error)
	// AddDepartment and RenameDepartment answer Conflict (department.taken).
	AddDepartment(ctx context.Context, d Department) (Department, error)
	RenameDepartment(ctx context.Context, d Department) error
	// RemoveDepartment answers Conflict (department.not_empty) while it has users.
	RemoveDepartment(ctx context.Context, organizationID, id int64) error
}

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
}

// MayManage reports whether the actor manages users at all.
func (a Actor) MayManage() bool { return a.User.Role == RoleOwner || a.User.Role == RoleManager }

// Manages reports whether the actor decides about that user: an owner about all of
// his organization but himself, a manager about the members of his department, a
// service admin about those of all organizations but his own.
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
