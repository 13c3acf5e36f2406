package domain

import (
	"context"
	"errors"
	"time"
)

// Limits is how much of the service an organization may use. A service admin sets
// them; an owner asks for more.
type Limits struct {
	Users           int  // who are not removed
	Accounts        int  // that may be connected at once
	CampaignsPerDay int  // ordered on one of the organization's days; 0: no limit
	MessagesPerDay  int  // all that go out on such a day, answers too; 0: no limit
	WatchOff        bool // no dispatcher filter
}

// DefaultLimits are those of an organization that says nothing else.
var DefaultLimits = Limits{Users: 100, Accounts: 10}

// The largest limits that an organization can get.
const (
	MostUsers     = 10_000
	MostAccounts  = 10_000
	MostCampaigns = 100_000
	MostMessages  = 10_000_000
)

// LimitKind is which limit it is.
type LimitKind string

// The limits, of which [LimitInterval] is part of the granted pace.
const (
	LimitUsers     LimitKind = "users"
	LimitAccounts  LimitKind = "accounts"
	LimitCampaigns LimitKind = "campaigns"
	LimitMessages  LimitKind = "messages"
	LimitInterval  LimitKind = "interval" // between the rounds of a campaign, in seconds
	LimitWatch     LimitKind = "watch"    // 1: the filter is on
)

// LimitKinds lists all, in the order people read them.
var LimitKinds = []LimitKind{LimitUsers, LimitAccounts, LimitCampaigns, LimitMessages, LimitInterval, LimitWatch}

// Limit is the organization's limit of a kind; open tells that there is none.
func (o Organization) Limit(k LimitKind) (value int, open bool) {
	switch k {
	case LimitUsers:
		return o.Limits.Users, false
	case LimitAccounts:
		return o.Limits.Accounts, false
	case LimitCampaigns:
		return o.Limits.CampaignsPerDay, o.Limits.CampaignsPerDay == 0
	case LimitMessages:
		return o.Limits.MessagesPerDay, o.Limits.MessagesPerDay == 0
	case LimitInterval:
		return int(o.Granted.MinInterval / time.Second), o.Granted.MinInterval <= LeastInterval
	}
	if o.Limits.WatchOff {
		return 0, false
	}
	return 1, true
}

// LimitUse is what an organization has used of its limits.
type LimitUse struct {
	Users, Accounts     int
	Campaigns, Messages int       // on the day that now lies in
	DayEnds             time.Time // when these begin anew
}

// Of is the use of a kind; ok is false for what is not counted.
func (u LimitUse) Of(k LimitKind) (used int, ok bool) {
	switch k {
	case LimitUsers:
		return u.Users, true
	case LimitAccounts:
		return u.Accounts, true
	case LimitCampaigns:
		return u.Campaigns, true
	case LimitMessages:
		return u.Messages, true
	}
	return 0, false
}

// Full reports whether nothing is left of a limit of the organization that is
// counted.
func (u LimitUse) Full(o Organization, k LimitKind) bool {
	used, counted := u.Of(k)
	limit, open := o.Limit(k)
	return counted && !open && used >= limit
}

// Day is the organization's day that now lies in.
func (o Organization) Day(now time.Time) (begins, ends time.Time) {
	zone := o.Location()
	y, m, d := now.In(zone).Date()
	return StartOfDay(y, m, d, zone), StartOfDay(y, m, d+1, zone)
}

// Charged are the days, by their beginnings, that what the organization has used of its
// day counts on when its zone becomes another: all that begin before this one would have
// ended, so that nobody gets a new day by moving.
func (o Organization) Charged(zone string, now time.Time) (days []time.Time) {
	_, ends := o.Day(now)
	o.Zone = zone
	for now.Before(ends) {
		begins, next := o.Day(now)
		days, now = append(days, begins), next
	}
	return days
}

// Check answers Invalid on each field at fault, joined where there are several. What
// the organization has already it may keep, also above what another one can get.
func (l Limits) Check(has Limits) error {
	var wrong []error
	for _, f := range []struct {
		field       string
		value, most int
	}{
		{"user_limit", l.Users, max(MostUsers, has.Users)},
		{"account_limit", l.Accounts, max(MostAccounts, has.Accounts)},
		{"campaigns_per_day", l.CampaignsPerDay, max(MostCampaigns, has.CampaignsPerDay)},
		{"messages_per_day", l.MessagesPerDay, max(MostMessages, has.MessagesPerDay)},
	} {
		if f.value < 0 || f.value > f.most {
			wrong = append(wrong, E(Invalid, "limit.number", "Max", f.most).On(f.field))
		}
	}
	if len(wrong) == 1 {
		return wrong[0]
	}
	return errors.Join(wrong...)
}

// With is the limits with another one of a kind. That of [LimitInterval] stands
// elsewhere.
func (l Limits) With(k LimitKind, value int) Limits {
	switch k {
	case LimitUsers:
		l.Users = value
	case LimitAccounts:
		l.Accounts = value
	case LimitCampaigns:
		l.CampaignsPerDay = value
	case LimitMessages:
		l.MessagesPerDay = value
	case LimitWatch:
		l.WatchOff = value == 0
	case LimitInterval:
	}
	return l
}

// Mark stands for limits, as [User.Mark] does for a user.
func (l Limits) Mark() string { return mark(l) }

// SetLimits sets how much of the service an organization may use. Lowering takes
// nothing away that it has. Seen is [Limits.Mark] of what the form showed, "" where it
// showed none. Invalid on the field at fault, NotFound (organization.missing), Conflict
// (limit.changed) where the limits are not any more what was seen.
func (s *Organizations) SetLimits(ctx context.Context, a Actor, id int64, seen string, l Limits) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	o, err := s.Store.Organization(ctx, id)
	if err != nil {
		return err
	}
	if err := l.Check(o.Limits); err != nil {
		return err
	}
	if err := s.Store.SetLimits(ctx, id, seen, l, s.Now().UTC()); err != nil {
		return err
	}
	return limitsChanged(ctx, s.Watch, s.Hub, id)
}

// Watcher is told when an organization gets the filter or loses it.
type Watcher interface {
	// Switched lets the organization's accounts hear what they are to hear by now.
	Switched(ctx context.Context, organizationID int64) error
}

// limitsChanged tells that an organization may do more or less than before.
func limitsChanged(ctx context.Context, w Watcher, h *Hub, organizationID int64) error {
	defer h.Changed(organizationID)
	if w == nil {
		return nil
	}
	return w.Switched(context.WithoutCancel(ctx), organizationID)
}
