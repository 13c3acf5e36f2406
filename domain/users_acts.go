package domain

import (
	"context"
	"errors"
	"slices"
)

// Add makes a user of the actor's organization, and answers the token of the link
// by which he sets his password; "" where a password was typed, which he has to
// change when he signs in first, and where he has no e-mail. Invalid on the field
// at fault, Conflict (user.email_taken, user.telegram_taken, user.limit).
func (s *Users) Add(ctx context.Context, a Actor, n NewUser) (u User, token string, err error) {
	if !a.MayManage() {
		return u, "", E(Forbidden, "user.managers_only")
	}
	now := s.Now().UTC()
	u = User{OrganizationID: a.User.OrganizationID, CreatedAt: now}
	if u, err = fill(a, u, n); err != nil {
		return u, "", err
	}
	var hash string
	var link PasswordLink
	switch {
	case n.Password != "" && u.Email == "":
		return u, "", E(Invalid, "user.password_alone").On("email")
	case n.Password != "":
		u.MustChange = true
		if hash, err = hashed(s.Passwords, u, n.Password); err != nil {
			return u, "", err
		}
	case u.Email != "":
		token, link = NewPasswordLink(now)
	}
	u, err = s.Store.AddUser(ctx, u, hash, link)
	s.Hub.Changed(u.OrganizationID)
	return u, token, err
}

// fill puts what was filled in into the user, within what the actor may decide.
func fill(a Actor, u User, n NewUser) (User, error) {
	u, err := named(u, n)
	if err != nil {
		return u, err
	}
	granted := u.Sees
	u.Sees, u.ReadOnly = n.Sees, n.ReadOnly
	u.Role, u.DepartmentID = n.Role, n.DepartmentID
	if a.User.Role == RoleManager { // he neither appoints nor moves anybody
		u.Role, u.DepartmentID = RoleMember, a.User.DepartmentID
		if u.Sees == SeesOrganization && granted != SeesOrganization { // what the owner grants stays
			u.Sees = SeesDepartment
		}
		if u.DepartmentID == 0 {
			return u, E(Forbidden, "user.no_department")
		}
	}
	switch {
	case !slices.Contains([]Role{RoleOwner, RoleManager, RoleMember}, u.Role):
		return u, E(Invalid, "user.role").On("role")
	case !slices.Contains([]Sees{SeesOwn, SeesDepartment, SeesOrganization}, u.Sees):
		return u, E(Invalid, "user.sees").On("sees")
	case u.Role == RoleManager && u.DepartmentID == 0:
		return u, E(Invalid, "user.manager_department").On("department")
	case u.Role == RoleOwner:
		u.DepartmentID = 0
	}
	return u, nil
}

// named puts in who the user is.
func named(u User, n NewUser) (User, error) {
	var err error
	if u.Name, err = CleanName(n.Name, "name", 100); err != nil {
		return u, err
	}
	if u.Email = ""; n.Email != "" {
		if u.Email, err = CleanEmail(n.Email); err != nil {
			return u, err
		}
	}
	if n.TelegramID < 0 || n.TelegramID > MaxTelegramID {
		return u, E(Invalid, "user.telegram_id").On("telegram_id")
	}
	u.TelegramID = n.TelegramID
	return u, nil
}

// EditSelf changes the actor's own name, e-mail and Telegram ID. By the e-mail he
// signs in: he does not take it off. Those of [Users.Add].
func (s *Users) EditSelf(ctx context.Context, a Actor, n NewUser) error {
	return s.rename(ctx, a.User, n)
}

// Correct is how the service mends an owner's name, e-mail and Telegram ID: nobody
// else can, where he is the only one. Those of [Users.Add], NotFound (user.missing)
// for anybody else.
func (s *Users) Correct(ctx context.Context, a Actor, organizationID, id int64, n NewUser) error {
	u, err := s.managed(ctx, a, organizationID, id)
	if err != nil {
		return err
	}
	if a.User.Role != RoleAdmin || u.Role != RoleOwner {
		return Missing("user.missing")
	}
	return s.rename(ctx, u, n)
}

func (s *Users) rename(ctx context.Context, was User, n NewUser) error {
	if n.Email == "" {
		return E(Invalid, "email.format").On("email")
	}
	is, err := named(was, n)
	if err != nil {
		return err
	}
	err = s.Store.EditUser(ctx, was, is, s.Now().UTC())
	s.Hub.Changed(was.OrganizationID)
	return err
}

// Edit changes what was filled in about a user. Those of [Users.Add], and Conflict
// (user.changed) where he is not any more what the form showed.
func (s *Users) Edit(ctx context.Context, a Actor, id int64, n NewUser) error {
	was, err := s.managed(ctx, a, a.User.OrganizationID, id)
	if err != nil {
		return err
	}
	if n.Seen != "" && n.Seen != was.Mark() {
		return E(Conflict, "user.changed")
	}
	is, err := fill(a, was, n)
	if err != nil {
		return err
	}
	err = s.Store.EditUser(ctx, was, is, s.Now().UTC())
	if err == nil && !is.SameRights(was) {
		s.Logins.EndOf(was.ID)
	}
	s.Hub.Changed(was.OrganizationID)
	return err
}

// Block shuts a user out, or changes why and until when he is. A service admin
// names the organization, anybody else his own. Forbidden
// (user.blocked_by_service) for a block that only the service changes.
func (s *Users) Block(ctx context.Context, a Actor, organizationID, id int64, b Block) error {
	u, err := s.managed(ctx, a, organizationID, id)
	if err != nil {
		return err
	}
	if err := MayChangeBlock(a, u); err != nil {
		return err
	}
	now := s.Now().UTC()
	if b, err = b.clean(now); err != nil {
		return err
	}
	b.ByService = a.User.Role == RoleAdmin
	err = s.Store.BlockUser(ctx, u, b, now)
	if err == nil && !b.From.After(now) {
		s.Logins.EndOf(u.ID)
	}
	s.Hub.Changed(u.OrganizationID)
	return err
}

// Unblock takes a block off, also one that has not begun. Conflict
// (user.not_blocked), Forbidden (user.blocked_by_service).
func (s *Users) Unblock(ctx context.Context, a Actor, organizationID, id int64) error {
	u, err := s.managed(ctx, a, organizationID, id)
	if err != nil {
		return err
	}
	if err := MayChangeBlock(a, u); err != nil {
		return err
	}
	err = s.Store.UnblockUser(ctx, u, a.User.Role == RoleAdmin)
	s.Hub.Changed(u.OrganizationID)
	return err
}

// MayChangeBlock is [Block.MayChange] for the actor.
func MayChangeBlock(a Actor, u User) error { return u.Block.MayChange(a.User.Role == RoleAdmin) }

// Remove takes a user away for good, with his history kept: his campaigns are
// cancelled and his accounts disconnected, with logOut after their sessions were
// ended at Telegram, as far as it answers. What Telegram did not answer is the
// error; the user is gone all the same. Forbidden (user.blocked_by_service): he
// would come back under another name.
func (s *Users) Remove(ctx context.Context, a Actor, id int64, logOut bool) error {
	u, err := s.managed(ctx, a, a.User.OrganizationID, id)
	if err != nil {
		return err
	}
	if err := MayChangeBlock(a, u); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // half of it is worse than all
	if !u.Block.Active() {           // else nothing of his starts any more
		now := s.Now().UTC()
		if err := s.Store.BlockUser(ctx, u, Block{From: now}, now); err != nil {
			return err
		}
		s.Hub.Changed(u.OrganizationID)
	}
	s.Logins.EndOf(u.ID)
	as, err := s.Store.Accounts(ctx, Scope{OrganizationID: u.OrganizationID, UserID: u.ID}) // from now on nothing is connected
	if err != nil {
		return err
	}
	var out error
	for _, acc := range as {
		if acc.State != AccountDisconnected {
			out = errors.Join(out, s.Links.Disconnect(ctx, acc, logOut))
		}
	}
	if err := s.Store.RemoveUser(ctx, u, s.Now().UTC()); err != nil {
		return err
	}
	s.Hub.Changed(u.OrganizationID)
	return out
}

// NewLink makes a link by which a user sets his password, and answers its token.
// Conflict (user.no_email, user.blocked), Forbidden (user.link_owner) for a manager
// whose member sees more than he himself may grant: with the link he would too.
func (s *Users) NewLink(ctx context.Context, a Actor, organizationID, id int64) (token string, u User, err error) {
	if u, err = s.managed(ctx, a, organizationID, id); err != nil {
		return "", u, err
	}
	if !a.Links(u) {
		return "", u, E(Forbidden, "user.link_owner")
	}
	if u.Email == "" {
		return "", u, E(Conflict, "user.no_email")
	}
	if u.Block.Active() {
		return "", u, E(Conflict, "user.blocked")
	}
	token, link := NewPasswordLink(s.Now().UTC())
	return token, u, s.Store.PutPasswordLink(ctx, u, link)
}

// NewBotLink makes a link by which a user whom the actor manages gets into the bot, and
// answers its token. Conflict (user.blocked), Forbidden (user.link_owner) as with
// [Users.NewLink].
func (s *Users) NewBotLink(ctx context.Context, a Actor, organizationID, id int64) (token string, err error) {
	u, err := s.managed(ctx, a, organizationID, id)
	switch {
	case err != nil:
		return "", err
	case !a.Links(u):
		return "", E(Forbidden, "user.link_owner")
	case u.Block.Active():
		return "", E(Conflict, "user.blocked")
	}
	return s.botLink(ctx, u)
}

// OwnBotLink makes one for the actor himself. The caller has asked for his password:
// what goes on in the bot outlives a session.
func (s *Users) OwnBotLink(ctx context.Context, a Actor) (token string, err error) {
	return s.botLink(ctx, a.User)
}

func (s *Users) botLink(ctx context.Context, u User) (string, error) {
	token, link := NewBotLink(s.Now().UTC())
	return token, s.Store.PutBotLink(ctx, u, link)
}
