package domain

import "time"

// Role is what a user may do.
type Role string

// The roles. An admin serves the whole service, an owner his organization, a
// manager his department, a member himself.
const (
	RoleAdmin   Role = "admin"
	RoleOwner   Role = "owner"
	RoleManager Role = "manager"
	RoleMember  Role = "member"
)

// User is a person who uses the panel or the bot. A user without Email cannot
// sign in to the panel.
type User struct {
	ID, OrganizationID int64
	DepartmentID       int64 // 0: in no department
	Role               Role
	Name               string
	Email              string
	TelegramID         int64
	Lang               string // "" until he chooses one
	Zone               string // IANA name; "" for that of his organization
	ReadOnly           bool   // he looks on: nothing is sent for him
	Sees               Sees
	Block              Block
	DeletedAt          time.Time // he was removed; the zero time for everybody else
	MustChange         bool      // his password, before anything else: somebody else has set it
	TOTP               bool      // he signs in with a second step
	CreatedAt          time.Time
}

// Sees is what a user may look at beside what is his to change.
type Sees string

// What a user may look at: campaigns of his department or of the whole
// organization.
const (
	SeesOwn          Sees = ""
	SeesDepartment   Sees = "department"
	SeesOrganization Sees = "organization"
)

// Actor is the user who is asking.
type Actor struct {
	User         User
	Organization Organization
	Verified     bool // he has taken the second step, if he has one
}

// SignInNeed is what is left to do before somebody who has given his password may do
// anything else.
type SignInNeed string

// What may be left.
const (
	NeedNothing  SignInNeed = ""
	NeedCode     SignInNeed = "code"     // the second step
	NeedPassword SignInNeed = "password" // a password of his own
	NeedTOTP     SignInNeed = "totp"     // to set the second step up
)

// Needs is what is left for the actor; force says that service admins need the
// second step.
func (a Actor) Needs(force bool) SignInNeed {
	switch {
	case a.User.ID == 0:
		return NeedNothing
	case a.User.TOTP && !a.Verified:
		return NeedCode
	case a.User.MustChange:
		return NeedPassword
	case force && a.User.Role == RoleAdmin && !a.User.TOTP:
		return NeedTOTP
	}
	return NeedNothing
}

// Scope is the part of the data an actor may see and change. Zero DepartmentID
// and UserID mean the whole organization.
type Scope struct {
	OrganizationID int64
	DepartmentID   int64
	UserID         int64
}

// Scope is the organization for an owner, the department for its manager, and
// his own for a member. A manager without a department sees only his own.
func (a Actor) Scope() Scope {
	s := Scope{OrganizationID: a.User.OrganizationID}
	switch {
	case a.User.Role == RoleOwner || a.User.Role == RoleAdmin:
	case a.User.Role == RoleManager && a.User.DepartmentID != 0:
		s.DepartmentID = a.User.DepartmentID
	default:
		s.UserID = a.User.ID
	}
	return s
}

// Sight is what the actor may look at of campaigns: his scope, and what he was
// granted beside it. Whatever changes something asks for the [Actor.Scope].
func (a Actor) Sight() Scope {
	s := a.Scope()
	switch {
	case a.User.Sees == SeesOrganization:
		s.DepartmentID, s.UserID = 0, 0
	case a.User.Sees == SeesDepartment && s.UserID != 0 && a.User.DepartmentID != 0:
		s.DepartmentID, s.UserID = a.User.DepartmentID, 0
	}
	return s
}

// MayChange reports whether the actor may do something about a campaign that he
// sees, beside looking at it.
func (a Actor) MayChange(c Campaign) bool {
	return a.Scope().Covers(c.OrganizationID, c.DepartmentID, c.UserID)
}

// Covers reports whether something of that user, who is in that department, lies
// inside the scope.
func (s Scope) Covers(organizationID, departmentID, userID int64) bool {
	return s.OrganizationID == organizationID &&
		(s.DepartmentID == 0 || s.DepartmentID == departmentID) &&
		(s.UserID == 0 || s.UserID == userID)
}

// MayConnect reports whether the actor may connect accounts of others: members
// connect only their own.
func (a Actor) MayConnect() bool { return a.User.Role != RoleMember }
