package domain

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Campaigns is what people do with campaigns.
type Campaigns struct {
	Store    CampaignStore
	Schedule ScheduleStore
	Catalogs interface {
		Catalog(ctx context.Context, s Scope, id int64) (Catalog, error)
	}
	Peers interface {
		Targets(ctx context.Context, s Scope, catalogID, accountID int64) ([]Target, error)
	}
	Accounts interface {
		Account(ctx context.Context, s Scope, id int64) (Account, error)
	}
	Hub *Hub
	Now func() time.Time
}

// order is a draft with everything it refers to.
type order struct {
	draft   Draft
	catalog Catalog
	account Account
	targets []Target
	use     LimitUse // where a day of the organization is limited
	plan    Plan
}

// Preview says what a draft would do, or what is wrong with it. Limited
// (campaign.day_limit) where no more may be ordered today.
func (s *Campaigns) Preview(ctx context.Context, a Actor, d Draft) (Plan, error) {
	o, err := s.check(ctx, a, d)
	if err == nil && o.use.Full(a.Organization, LimitCampaigns) {
		return o.plan, DayLimit(a.Organization, o.use.DayEnds, s.Now())
	}
	return o.plan, err
}

// DayLimit refuses one campaign too many on the organization's day.
func DayLimit(o Organization, ends, now time.Time) *Error {
	return E(Limited, "campaign.day_limit", "Limit", o.Limits.CampaignsPerDay, "Until", ends).After(ends.Sub(now))
}

// Create orders a campaign. The same token answers the same campaign again,
// with created false.
func (s *Campaigns) Create(ctx context.Context, a Actor, d Draft) (c Campaign, created bool, err error) {
	if len(d.Token) < 16 || len(d.Token) > 64 {
		return Campaign{}, false, E(Invalid, "campaign.token")
	}
	// What was ordered stands, also when it could not be ordered any more.
	if c, err = s.Store.CampaignOf(ctx, a.User, d.Token); !IsCode(err, NotFound) {
		return c, false, err
	}
	o, err := s.check(ctx, a, d)
	if err != nil {
		return Campaign{}, false, err
	}
	d = o.draft
	now := s.Now().UTC()
	c = Campaign{
		OrganizationID: a.User.OrganizationID, UserID: a.User.ID, UUID: newUUID(), Token: d.Token,
		AccountID: d.AccountID, CatalogID: d.CatalogID, CatalogName: o.catalog.Name, Text: d.Text, Formats: d.Formats,
		Rounds: d.Rounds, Interval: d.Interval, StartAt: o.plan.Times[0], NextDueAt: o.plan.Times[0],
		Peers: len(o.targets), Status: CampaignScheduled, Counts: Counts{Planned: o.plan.Messages},
		CreatedAt: now, PlannedEnd: o.plan.EndsAt,
	}
	peers := make([]Peer, len(o.targets))
	for i, t := range o.targets {
		peers[i] = t.Peer
	}
	c, created, err = s.Store.CreateCampaign(ctx, c, peers)
	if err == nil {
		s.Hub.Changed(c.OrganizationID)
	}
	return c, created, err
}

func (s *Campaigns) check(ctx context.Context, a Actor, d Draft) (o order, err error) {
	if d, err = d.clean(a.Organization, s.Now().UTC()); err != nil {
		return o, err
	}
	o.draft = d
	if o.catalog, err = s.Catalogs.Catalog(ctx, a.Scope(), d.CatalogID); err != nil {
		return o, on(err, "catalog")
	}
	if o.account, err = s.Accounts.Account(ctx, a.Scope(), d.AccountID); err != nil {
		return o, on(err, "account")
	}
	if o.account.State == AccountDisconnected {
		return o, E(Conflict, "campaign.account_gone").On("account")
	}
	if err := s.Store.MayOrder(ctx, a.User.OrganizationID, a.User.ID, d.AccountID); err != nil {
		return o, err
	}
	if o.targets, err = s.Peers.Targets(ctx, a.Scope(), d.CatalogID, d.AccountID); err != nil {
		return o, err
	}
	if len(o.targets) == 0 {
		return o, E(Invalid, "campaign.catalog_empty").On("catalog")
	}
	now := s.Now().UTC()
	if l := a.Organization.Limits; l.CampaignsPerDay > 0 || l.MessagesPerDay > 0 {
		if o.use, err = s.Store.LimitUse(ctx, a.User.OrganizationID, now); err != nil {
			return o, err
		}
	}
	o.plan = NewPlan(d, o.targets, o.account, a.Organization, o.use, now)
	if o.plan.Sendable == 0 {
		return o, E(Invalid, "campaign.nobody").On("catalog")
	}
	if o.plan.TooLong {
		return o, E(Invalid, "campaign.too_long", "Max", MaxYears).On("rounds")
	}
	return o, nil
}

// clean checks what can be checked of a draft alone.
func (d Draft) clean(o Organization, now time.Time) (Draft, error) {
	var err error
	if d.CatalogID == 0 {
		return d, E(Invalid, "campaign.no_catalog").On("catalog")
	}
	if d.AccountID == 0 {
		return d, E(Invalid, "campaign.no_account").On("account")
	}
	if d.Text, d.Formats, err = CleanFormatted(d.Text, d.Formats); err != nil {
		return d, err
	}
	if d.Rounds < 1 || d.Rounds > MaxRounds {
		return d, E(Invalid, "campaign.rounds", "Max", MaxRounds).On("rounds")
	}
	if d.Rounds == 1 {
		d.Interval = 0
	} else if least := max(o.Pace.MinInterval, LeastInterval); d.Interval < least || d.Interval > MaxInterval {
		return d, E(Invalid, "campaign.interval", "Min", least, "Max", MaxInterval).On("interval")
	}
	if !d.StartAt.IsZero() {
		d.StartAt = d.StartAt.UTC()
		if d.StartAt.Before(now.Add(-time.Minute)) {
			return d, E(Invalid, "campaign.start_past").On("start")
		}
		if d.StartAt.After(now.Add(MaxAhead)) {
			return d, E(Invalid, "campaign.start_far").On("start")
		}
	}
	return d, nil
}

// Cancel ends a campaign: nothing of it first starts after it returns.
func (s *Campaigns) Cancel(ctx context.Context, a Actor, id int64) (Campaign, error) {
	return s.changed(s.Schedule.CancelCampaign(ctx, a.Scope(), id, s.Now().UTC()))
}

// CancelDeliveries takes single deliveries out that have not been tried yet.
func (s *Campaigns) CancelDeliveries(ctx context.Context, a Actor, campaignID int64, ids []int64) (int, error) {
	n, err := s.Schedule.CancelDeliveries(ctx, a.Scope(), campaignID, ids, s.Now().UTC())
	if err == nil {
		s.Hub.Changed(a.User.OrganizationID)
	}
	return n, err
}

// Pause holds a campaign back until a person resumes it.
func (s *Campaigns) Pause(ctx context.Context, a Actor, id int64) (Campaign, error) {
	return s.changed(s.Schedule.PauseCampaign(ctx, a.Scope(), id, CodePerson, s.Now().UTC()))
}

// mayLet refuses to let something go out to an actor who only looks on: pausing and
// cancelling stay his.
func (a Actor) mayLet() error {
	if a.User.ReadOnly {
		return E(Forbidden, "campaign.read_only")
	}
	return nil
}

// Resume lets a paused campaign go on.
func (s *Campaigns) Resume(ctx context.Context, a Actor, id int64) (Campaign, error) {
	if err := a.mayLet(); err != nil {
		return Campaign{}, err
	}
	return s.changed(s.Schedule.ResumeCampaign(ctx, a.Scope(), id, s.Now().UTC()))
}

// Start lets a scheduled campaign start now.
func (s *Campaigns) Start(ctx context.Context, a Actor, id int64) (Campaign, error) {
	if err := a.mayLet(); err != nil {
		return Campaign{}, err
	}
	return s.changed(s.Schedule.StartCampaign(ctx, a.Scope(), id, s.Now().UTC()))
}

// SendMissed sends a round now that has missed its time.
func (s *Campaigns) SendMissed(ctx context.Context, a Actor, id int64, round int) (Campaign, error) {
	if err := a.mayLet(); err != nil {
		return Campaign{}, err
	}
	return s.changed(s.Schedule.SendMissed(ctx, a.Scope(), id, round, s.Now().UTC()))
}

// RetryFailed sends the failed messages of a round again, and only those. Conflict
// for none: campaign.none_failed, or campaign.retry_early with the time of
// [Retried.From] as Until.
func (s *Campaigns) RetryFailed(ctx context.Context, a Actor, id int64, round int) (Retried, error) {
	if err := a.mayLet(); err != nil {
		return Retried{}, err
	}
	now := s.Now().UTC()
	c, r, err := s.Schedule.RetryFailed(ctx, a.Scope(), id, round, now)
	switch {
	case err != nil:
		return r, err
	case r.Planned == 0 && r.Left > 0:
		return r, E(Conflict, "campaign.retry_early", "Until", r.From).After(r.From.Sub(now))
	case r.Planned == 0:
		return r, E(Conflict, "campaign.none_failed")
	}
	s.Hub.Changed(c.OrganizationID)
	return r, nil
}

// EditText changes the text of what has not gone out. version is the one that
// the person has seen: Conflict (campaign.edited) when another has come since.
// formats are nil where the text was typed without any being possible: the text
// that it has already keeps its own then, and another one has none.
func (s *Campaigns) EditText(ctx context.Context, a Actor, id int64, version int, text string, formats Formats) (Campaign, error) {
	if err := a.mayLet(); err != nil {
		return Campaign{}, err
	}
	text, formats, err := CleanFormatted(text, formats)
	if err != nil {
		return Campaign{}, err
	}
	return s.changed(s.Schedule.EditText(ctx, a.Scope(), id, version, text, formats, a.User.ID, s.Now().UTC()))
}

// LookAgain looks for the uncertain messages of a campaign at once, and answers
// how many it looks for.
func (s *Campaigns) LookAgain(ctx context.Context, a Actor, id int64) (int, error) {
	n, err := s.Schedule.LookAgain(ctx, a.Scope(), id, s.Now().UTC())
	if err == nil {
		s.Hub.Changed(a.User.OrganizationID)
	}
	return n, err
}

// changed tells that a campaign has.
func (s *Campaigns) changed(c Campaign, err error) (Campaign, error) {
	if err == nil {
		s.Hub.Changed(c.OrganizationID)
	}
	return c, err
}

// on names the form field of an [Error], and leaves others alone.
func on(err error, field string) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // only an unwrapped one is ours to change
		c := *e
		return c.On(field)
	}
	return err
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
