package domain

import (
	"context"
	"time"
)

// Service is what service admins, and owners for their own organization, decide
// about all sending.
type Service struct {
	Store ServiceStore
	Hub   *Hub
	Now   func() time.Time
}

// ServiceStore keeps what they decide.
type ServiceStore interface {
	Oversight
	// SendingStopped tells whether all sending is stopped, and by which code.
	SendingStopped(ctx context.Context) (code string, stopped bool, err error)
	StopSending(ctx context.Context, code string) error
	ResumeSending(ctx context.Context) error
	// OrganizationsAtWork lists all organizations but the service's, by name.
	OrganizationsAtWork(ctx context.Context) ([]OrganizationAtWork, error)
	// Organization answers NotFound (organization.missing).
	Organization(ctx context.Context, id int64) (Organization, error)
	// SetStop stops or resumes one organization, if its stop still is what it was;
	// moved tells. What resumes keeps its next rounds at their distance from at.
	SetStop(ctx context.Context, id int64, was, to Stop, at time.Time) (moved bool, err error)
	// SpaceRounds keeps the next round of every campaign that has one open an
	// interval away from at.
	SpaceRounds(ctx context.Context, at time.Time) error
	SetGranted(ctx context.Context, id int64, p Pace) error // of its gaps GapMin only
	SetSending(ctx context.Context, id int64, own Pace, h Hours) error
}

// OrganizationAtWork is an organization with what it does now.
type OrganizationAtWork struct {
	Organization
	Users     int // who are not removed
	Accounts  int // connected
	Care      int // of these, that wait for a person
	Campaigns int // live
	Open      int // deliveries to come, of the rounds that are open
}

// StopAll stops the sending of all organizations, in the transaction that it
// commits; what is in flight ends truthfully.
func (s *Service) StopAll(ctx context.Context, a Actor) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	err := s.Store.StopSending(ctx, CodeAdminStop)
	s.Hub.ChangedAll()
	return err
}

// ResumeAll lets all go on. A stop for restored data is lifted by the adopt
// command only: Conflict (service.adopt_first).
func (s *Service) ResumeAll(ctx context.Context, a Actor) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	code, stopped, err := s.Store.SendingStopped(ctx)
	if err != nil {
		return err
	}
	if !stopped {
		return E(Conflict, "service.not_stopped")
	}
	if act, _, _ := AnswerTo(code); code != CodeAdminStop && act != ActGlobal {
		return E(Conflict, "service.adopt_first")
	}
	if err := s.Store.SpaceRounds(ctx, s.Now().UTC()); err != nil {
		return err
	}
	err = s.Store.ResumeSending(ctx)
	s.Hub.ChangedAll()
	return err
}

// StopOrganization stops one organization: an owner his own, an admin any. What
// the one has stopped, the other can stop too: then it goes on when both have
// lifted their own.
func (s *Service) StopOrganization(ctx context.Context, a Actor, id int64) error {
	party := stopsAs(a)
	return s.setStop(ctx, a, id, func(now Stop) (Stop, error) {
		if now.By(party) {
			return now, E(Conflict, "service.stopped")
		}
		return now.with(party), nil
	})
}

// ResumeOrganization lifts the actor's own stop. Where the other one's is left,
// nothing goes out yet, and it answers so: Forbidden (service.stopped_by_service)
// or Conflict (service.stopped_by_owner).
func (s *Service) ResumeOrganization(ctx context.Context, a Actor, id int64) error {
	party := stopsAs(a)
	var left Stop
	err := s.setStop(ctx, a, id, func(now Stop) (Stop, error) {
		switch {
		case now == StopNone:
			return now, E(Conflict, "service.not_stopped")
		case !now.By(party): // nothing of his to lift
			return now, stillStopped(now)
		}
		left = now.without(party)
		return left, nil
	})
	if err != nil {
		return err
	}
	return stillStopped(left)
}

// stillStopped is nil where nobody stops.
func stillStopped(by Stop) error {
	switch by {
	case StopService:
		return E(Forbidden, "service.stopped_by_service")
	case StopOwner:
		return E(Conflict, "service.stopped_by_owner")
	}
	return nil
}

// stopsAs is whose stop it is that the actor sets and lifts.
func stopsAs(a Actor) Stop {
	if a.User.Role == RoleAdmin {
		return StopService
	}
	return StopOwner
}

// setStop asks next what becomes of the stop as it is, again when another has
// changed it meanwhile: the stop of the one does not overwrite that of the other.
func (s *Service) setStop(ctx context.Context, a Actor, id int64, next func(Stop) (Stop, error)) error {
	for {
		o, err := s.organization(ctx, a, id)
		if err != nil {
			return err
		}
		st, err := next(o.Stop)
		if err != nil {
			return err
		}
		moved, err := s.Store.SetStop(ctx, id, o.Stop, st, s.Now().UTC())
		if err != nil || moved {
			s.Hub.Changed(id)
			return err
		}
	}
}

// organization is the one that the actor may decide about: foreign is missing.
func (s *Service) organization(ctx context.Context, a Actor, id int64) (Organization, error) {
	switch {
	case a.User.Role == RoleAdmin:
	case a.User.Role == RoleOwner && a.User.OrganizationID == id:
	case a.User.OrganizationID == id:
		return Organization{}, E(Forbidden, "service.owner_only")
	default:
		return Organization{}, Missing("organization.missing")
	}
	o, err := s.Store.Organization(ctx, id)
	if err == nil && o.Service {
		return Organization{}, Missing("organization.missing")
	}
	return o, err
}

// SetSending sets an organization's own pace and hours. What is faster than
// granted is refused: Invalid (pace.granted) on its field.
func (s *Service) SetSending(ctx context.Context, a Actor, id int64, own Pace, h Hours) error {
	o, err := s.organization(ctx, a, id)
	if err != nil {
		return err
	}
	if err := own.Check(); err != nil {
		return err
	}
	if err := own.slowerThan(o.Granted); err != nil {
		return err
	}
	if err := h.Check(); err != nil {
		return err
	}
	err = s.Store.SetSending(ctx, id, own, h)
	s.Hub.Changed(id)
	return err
}

// SetGranted sets the fastest pace that the service allows an organization; of
// its gaps only GapMin counts.
func (s *Service) SetGranted(ctx context.Context, a Actor, id int64, p Pace) error {
	if a.User.Role != RoleAdmin {
		return E(Forbidden, "service.admin_only")
	}
	if _, err := s.organization(ctx, a, id); err != nil {
		return err
	}
	p.GapMax = p.GapMin
	if err := p.Check(); err != nil {
		return err
	}
	err := s.Store.SetGranted(ctx, id, p)
	s.Hub.Changed(id)
	return err
}

// slowerThan answers Invalid on the first field that is faster than granted.
func (p Pace) slowerThan(g Pace) error {
	for _, c := range []struct {
		faster bool
		field  string
		least  any
	}{
		{p.GapMin < g.GapMin, "gap_min", g.GapMin},
		{p.ChatGap < g.ChatGap, "chat_gap", g.ChatGap},
		{lesser(p.PerHour, g.PerHour) != p.PerHour, "per_hour", g.PerHour},
		{lesser(p.PerDay, g.PerDay) != p.PerDay, "per_day", g.PerDay},
		{p.MinInterval < g.MinInterval, "min_interval", g.MinInterval},
	} {
		if c.faster {
			return E(Invalid, "pace.granted", "Limit", c.least).On(c.field)
		}
	}
	return nil
}
