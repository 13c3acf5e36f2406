package domain

import (
	"context"
	"slices"
	"time"
)

// owner settles whose number it will be, within what the actor may decide.
func (s *Logins) owner(ctx context.Context, a Actor, o *LoginOrder) error {
	if !a.MayConnect() {
		o.UserID, o.DepartmentID = a.User.ID, 0
		return nil
	}
	if a.User.Role == RoleManager {
		o.DepartmentID = a.User.DepartmentID
	}
	if o.UserID != 0 {
		us, err := s.People.Users(ctx, a.Scope())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(us, func(u User) bool { return u.ID == o.UserID }) {
			return Missing("user.missing").On("user")
		}
		return nil
	}
	if o.DepartmentID != 0 {
		ds, err := s.People.Departments(ctx, a.User.OrganizationID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(ds, func(d Department) bool { return d.ID == o.DepartmentID }) {
			return Missing("department.missing").On("department")
		}
	}
	return nil
}

// admit refuses a phone that is taken, or for which a code may not be asked
// now. It does not say where a number is registered. An account of the actor's
// that lost its session is the one that will be connected again.
func (s *Logins) admit(ctx context.Context, a Actor, p Phone, o *LoginOrder) error {
	acc, err := s.Store.AccountByPhone(ctx, p)
	switch {
	case IsCode(err, NotFound):
		if o.Reconnect != 0 {
			return Missing("account.missing")
		}
	case err != nil:
		return err
	case acc.OrganizationID != a.User.OrganizationID || !a.MayConnect() && acc.UserID != a.User.ID:
		return E(Conflict, "phone.taken").On("phone")
	case acc.State == AccountActive || acc.State == AccountPaused:
		return E(Conflict, "phone.connected").On("phone")
	default:
		if _, err := s.People.Account(ctx, a.Scope(), acc.ID); err != nil {
			return E(Conflict, "phone.taken").On("phone").Because(err)
		}
		o.Reconnect, o.UserID = acc.ID, acc.UserID
	}
	if err := s.Store.MayConnect(ctx, a.User.OrganizationID, o.UserID, p); err != nil {
		return err
	}
	now := s.Now().UTC()
	asked, err := s.Store.CodeRequests(ctx, a.User.OrganizationID, a.User.ID, p, now.Add(-time.Hour))
	if err != nil {
		return err
	}
	if asked.Refused.After(now) {
		return E(Limited, KeyLoginFlood, "Until", asked.Refused).On("phone").After(asked.Refused.Sub(now))
	}
	w := max(hourWait(asked.Phone, CodesPerHour, now), hourWait(asked.User, CodesPerHourBy, now), hourWait(asked.Organization, CodesPerHourOf, now))
	if n := len(asked.Phone); n > 0 {
		w = max(w, asked.Phone[n-1].Add(CodesApart).Sub(now))
	}
	if w > 0 {
		return E(Limited, "login.too_many_codes", "Until", now.Add(w)).On("phone").After(w)
	}
	return nil
}

// hourWait is how long until one more code may be asked for, given the requests
// of the last hour, oldest first.
func hourWait(at []time.Time, perHour int, now time.Time) time.Duration {
	n := len(at)
	if n < perHour {
		return 0
	}
	return at[n-perHour].Add(time.Hour).Sub(now)
}
