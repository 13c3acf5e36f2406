package domain

import (
	"context"
	"strings"
	"time"
)

// LinkLife is how long a link for setting a password works.
const LinkLife = 24 * time.Hour

// Organizations is what service admins do about those who use the service, and
// how the people of these get in for the first time.
type Organizations struct {
	Store     OrganizationStore
	Blocks    BlockStore
	Passwords Passwords
	Logins    interface {
		EndOf(userID int64) // his login, if he runs one
	}
	Watch Watcher // may be nil where nobody listens
	Hub   *Hub
	Now   func() time.Time
}

// OrganizationStore keeps organizations and the links by which passwords are set.
type OrganizationStore interface {
	// AddOrganization makes an organization with its owner and, with a name, its
	// first department, or nothing. Conflict (user.email_taken).
	AddOrganization(ctx context.Context, o Organization, department string, owner User, passwordHash string, link PasswordLink) (Organization, error)
	// SetLimits takes nothing away that is above them. What messages have gone out
	// today counts from now on too. NotFound (organization.missing), Conflict
	// (limit.changed) where they are not those of which seen, if it is not "", is the
	// [Limits.Mark].
	SetLimits(ctx context.Context, id int64, seen string, l Limits, now time.Time) error
	// EditOrganization stores zone and name; "" keeps the name. What is used of the day
	// counts on those of [Organization.Charged]. NotFound (organization.missing).
	EditOrganization(ctx context.Context, id int64, name, zone string, now time.Time) error
	// Organization answers NotFound (organization.missing).
	Organization(ctx context.Context, id int64) (Organization, error)
	Users(ctx context.Context, s Scope) ([]User, error)
	// PutPasswordLink replaces the user's links; NotFound (user.missing).
	PutPasswordLink(ctx context.Context, u User, l PasswordLink) error
	// LinkedUser is whose link it is, if it works still; NotFound (link.missing).
	LinkedUser(ctx context.Context, hash []byte, now time.Time) (User, error)
	// UsePasswordLink sets the password, ends the user's sessions and all his
	// links; NotFound (link.missing).
	UsePasswordLink(ctx context.Context, hash []byte, now time.Time, passwordHash string) error
}

// PasswordLink lets its holder set a user's password once. Only the hash of its
// token is stored.
type PasswordLink struct {
	Hash      []byte
	ExpiresAt time.Time
}

// NewOrganization is what a service admin fills in. Without a password the owner
// gets a link to set his own.
type NewOrganization struct {
	Name, Zone, OwnerName, OwnerEmail, Password string
	Department                                  string // the first one; "" for none. The owner himself is in none
	OwnerTelegramID                             int64  // 0: not known
	AccountLimit                                int
}

// NewPasswordLink is a link with its token, which nobody can ask for again.
func NewPasswordLink(now time.Time) (token string, l PasswordLink) {
	token = NewToken()
	return token, PasswordLink{TokenHash(token), now.Add(LinkLife)}
}

// Create makes an organization with its owner and answers the token of his link;
// "" where a password was typed, which he has to change when he signs in first.
// Invalid on the field at fault, Conflict (user.email_taken).
func (s *Organizations) Create(ctx context.Context, a Actor, n NewOrganization) (o Organization, token string, err error) {
	if a.User.Role != RoleAdmin {
		return o, "", E(Forbidden, "service.admin_only")
	}
	now := s.Now().UTC()
	o = Organization{Zone: strings.TrimSpace(n.Zone), Pace: DefaultPace, Limits: DefaultLimits, CreatedAt: now}
	if o.Name, err = CleanName(n.Name, "name", 100); err != nil {
		return o, "", err
	}
	if !KnownZone(o.Zone) {
		return o, "", E(Invalid, "organization.zone").On("zone")
	}
	o.Limits.Accounts = n.AccountLimit
	if err := o.Limits.Check(Limits{}); err != nil {
		return o, "", err
	}
	department := strings.TrimSpace(n.Department)
	if department != "" {
		if department, err = CleanName(department, "department", MaxDepartment); err != nil {
			return o, "", err
		}
	}
	owner := User{Role: RoleOwner, TelegramID: n.OwnerTelegramID, CreatedAt: now, MustChange: n.Password != ""}
	if owner.Name, err = CleanName(n.OwnerName, "owner_name", 100); err != nil {
		return o, "", err
	}
	if owner.Email, err = CleanEmail(n.OwnerEmail); err != nil {
		return o, "", err
	}
	if owner.TelegramID < 0 || owner.TelegramID > MaxTelegramID {
		return o, "", E(Invalid, "user.telegram_id").On("telegram_id")
	}
	var hash string
	var link PasswordLink
	if n.Password == "" {
		token, link = NewPasswordLink(now)
	} else if hash, err = hashed(s.Passwords, owner, n.Password); err != nil {
		return o, "", err
	}
	o, err = s.Store.AddOrganization(ctx, o, department, owner, hash, link)
	return o, token, err
}

// Edit changes an organization's name and zone. Invalid on the field at fault.
func (s *Organizations) Edit(ctx context.Context, a Actor, id int64, name, zone string) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	name, err := CleanName(name, "name", 100)
	if err != nil {
		return err
	}
	return s.edit(ctx, id, name, zone)
}

// SetZone changes the zone of the owner's own organization: that of its quiet hours
// and days. Invalid (organization.zone).
func (s *Organizations) SetZone(ctx context.Context, a Actor, zone string) error {
	if a.User.Role != RoleOwner {
		return E(Forbidden, "service.owner_only")
	}
	return s.edit(ctx, a.Organization.ID, "", zone)
}

func (s *Organizations) edit(ctx context.Context, id int64, name, zone string) error {
	zone = strings.TrimSpace(zone)
	if !KnownZone(zone) {
		return E(Invalid, "organization.zone").On("zone")
	}
	err := s.Store.EditOrganization(ctx, id, name, zone, s.Now().UTC())
	s.Hub.Changed(id)
	return err
}

// hashed checks a password and answers its hash.
func hashed(h Passwords, u User, password string) (string, error) {
	if err := CheckPassword(h, u, password); err != nil {
		return "", err
	}
	return h.Hash(password)
}

// NewLink makes a link for an owner who cannot sign in, and answers its token. The
// old password works until it is used. NotFound (user.missing).
func (s *Organizations) NewLink(ctx context.Context, a Actor, organizationID, userID int64) (token string, u User, err error) {
	if a.User.Role != RoleAdmin {
		return "", u, E(Forbidden, "service.admin_only")
	}
	us, err := s.Store.Users(ctx, Scope{OrganizationID: organizationID, UserID: userID})
	if err != nil {
		return "", u, err
	}
	if len(us) != 1 || us[0].Role != RoleOwner || us[0].Email == "" {
		return "", u, Missing("user.missing")
	}
	token, link := NewPasswordLink(s.Now().UTC())
	return token, us[0], s.Store.PutPasswordLink(ctx, us[0], link)
}

// LinkedUser is whose password a link sets; NotFound (link.missing).
func (s *Organizations) LinkedUser(ctx context.Context, token string) (User, error) {
	return s.Store.LinkedUser(ctx, TokenHash(token), s.Now().UTC())
}

// UseLink sets the password, once. NotFound (link.missing), and those of
// [CheckPassword].
func (s *Organizations) UseLink(ctx context.Context, token, password string) error {
	u, err := s.LinkedUser(ctx, token)
	if err != nil {
		return err
	}
	hash, err := hashed(s.Passwords, u, password)
	if err != nil {
		return err
	}
	err = s.Store.UsePasswordLink(ctx, TokenHash(token), s.Now().UTC(), hash)
	s.Hub.Changed(u.OrganizationID)
	return err
}
