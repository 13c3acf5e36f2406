package db

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"postix/domain"
)

// desk is an organization whose owner asks, and a service admin who answers.
type desk struct {
	*world
	requests     *domain.LimitRequests
	owner, admin domain.Actor
}

func newDesk(t *testing.T) *desk {
	w := newWorld(t, 0)
	service := must(w.s.ServiceOrganization(w.ctx))
	admin := must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin, Name: "Admin", CreatedAt: start}, ""))
	w.limited(domain.Limits{Accounts: 10, CampaignsPerDay: 5, MessagesPerDay: 50, WatchOff: true}, start)
	w.ok(w.s.SetGranted(w.ctx, w.org.ID, domain.Pace{MinInterval: time.Hour}))
	d := &desk{
		world:    w,
		requests: &domain.LimitRequests{Store: w.s, Hub: &domain.Hub{}, Now: func() time.Time { return start }},
		admin:    domain.Actor{User: admin, Organization: service},
	}
	d.owner = domain.Actor{User: w.user}
	d.reread()
	return d
}

// reread is what the next request of the owner sees.
func (d *desk) reread() { d.owner.Organization = must(d.s.Organization(d.ctx, d.org.ID)) }

func (d *desk) ask(k domain.LimitKind, wanted int) domain.LimitRequest {
	d.t.Helper()
	d.ok(d.requests.Ask(d.ctx, d.owner, k, wanted, " kerak "))
	return must(d.s.LimitRequests(d.ctx, d.org.ID, 0))[0]
}

// What is granted is there in the transaction of the answer, of every kind.
func TestGrantedLimits(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		kind          domain.LimitKind
		wanted, given int
	}{
		{domain.LimitUsers, 120, 110},
		{domain.LimitAccounts, 20, 20},
		{domain.LimitCampaigns, 10, 0},
		{domain.LimitMessages, 500, 200},
		{domain.LimitInterval, 600, 900},
		{domain.LimitWatch, 1, 1},
	} {
		r := d.ask(c.kind, c.wanted)
		if r.Status != domain.RequestOpen || r.Wanted != c.wanted || r.Note != "kerak" || r.User != d.user.Name || r.Organization.ID != d.org.ID {
			t.Errorf("asked: %+v", r)
		}
		d.ok(d.requests.Grant(d.ctx, d.admin, r.ID, c.given, "mayli"))
		d.reread()
		if got, _ := d.owner.Organization.Limit(c.kind); got != c.given {
			t.Errorf("%s is %d, want %d", c.kind, got, c.given)
		}
		r = must(d.s.LimitRequest(d.ctx, r.ID))
		if r.Status != domain.RequestGranted || r.Given != c.given || r.Answer != "mayli" || !r.AnsweredAt.Equal(start) {
			t.Errorf("granted: %+v", r)
		}
		wantKey(t, d.requests.Grant(d.ctx, d.admin, r.ID, c.given+1, ""), domain.Conflict, "limit.answered")
		wantKey(t, d.requests.Refuse(d.ctx, d.admin, r.ID, ""), domain.Conflict, "limit.answered")
		wantKey(t, d.requests.Withdraw(d.ctx, d.owner, r.ID), domain.Conflict, "limit.answered")
	}
	notices, _, err := d.s.Notices(d.ctx, d.scope, 0, 0)
	d.ok(err)
	if len(notices) != 6 || notices[0].Kind != domain.NoticeLimitGranted || notices[0].Reason != "watch 1\nmayli" || notices[0].UserID != d.user.ID {
		t.Errorf("the owner is told %+v", notices)
	}
	asked, _, err := d.s.Notices(d.ctx, whole(d.admin.Organization.ID), 0, 0)
	d.ok(err)
	if len(asked) != 6 || asked[0].Kind != domain.NoticeLimitAsked || asked[0].Reason != d.org.Name {
		t.Errorf("the service is told %+v", asked)
	}
	var details []string
	for _, e := range must(d.s.Audit(d.ctx, domain.AuditFilter{OrganizationID: d.org.ID, Event: domain.AuditOrganizationLimit})) {
		details = append(details, e.Detail)
	}
	if want := "watch off → on"; len(details) < 5 || details[0] != want || details[1] != "messages 50 → 200" {
		t.Errorf("the audit says %q", details)
	}
	for event, want := range map[domain.AuditEvent]int{domain.AuditLimitAsk: 6, domain.AuditLimitGrant: 6, domain.AuditLimitRefuse: 0} {
		if es := must(d.s.Audit(d.ctx, domain.AuditFilter{OrganizationID: d.org.ID, Event: event})); len(es) != want {
			t.Errorf("%d entries of %s, want %d", len(es), event, want)
		}
	}
}

// One request of a kind is open at a time, also when fifty come at once, and of
// fifty answers one counts.
func TestOneRequestAndOneAnswer(t *testing.T) {
	d := newDesk(t)
	var done atomic.Int64
	for _, err := range fifty(func(i int) error { return d.requests.Ask(d.ctx, d.owner, domain.LimitAccounts, 11+i, "") }) {
		if err == nil {
			done.Add(1)
			continue
		}
		wantKey(t, err, domain.Conflict, "limit.asked")
	}
	open := must(d.s.OpenLimitRequests(d.ctx))
	if done.Load() != 1 || len(open) != 1 {
		t.Fatalf("%d asked, %d open", done.Load(), len(open))
	}
	d.ask(domain.LimitUsers, 200) // of another kind
	if n := must(d.s.CountOpenLimitRequests(d.ctx)); n != 2 {
		t.Errorf("%d are counted", n)
	}
	done.Store(0)
	for _, err := range fifty(func(i int) error {
		if i%2 == 0 {
			return d.requests.Grant(d.ctx, d.admin, open[0].ID, 100+i, "")
		}
		return d.requests.Withdraw(d.ctx, d.owner, open[0].ID)
	}) {
		if err == nil {
			done.Add(1)
			continue
		}
		wantKey(t, err, domain.Conflict, "limit.answered")
	}
	r := must(d.s.LimitRequest(d.ctx, open[0].ID))
	d.reread()
	want := 10
	if r.Status == domain.RequestGranted {
		want = r.Given
	}
	if got := d.owner.Organization.Limits.Accounts; done.Load() != 1 || got != want {
		t.Errorf("%d answers counted; it is %s and the limit %d", done.Load(), r.Status, got)
	}
	d.reread()
	d.ok(d.requests.Ask(d.ctx, d.owner, domain.LimitAccounts, 500, "")) // again
}

// What makes no sense is not asked for, and nobody but a service admin answers.
func TestRequestsThatAreRefused(t *testing.T) {
	d := newDesk(t)
	ask := func(k domain.LimitKind, wanted int) error { return d.requests.Ask(d.ctx, d.owner, k, wanted, "") }
	wantKey(t, ask(domain.LimitAccounts, 10), domain.Invalid, "limit.wanted")
	wantKey(t, ask(domain.LimitAccounts, -1), domain.Invalid, "limit.number")
	wantKey(t, ask(domain.LimitAccounts, domain.MostAccounts+1), domain.Invalid, "limit.number")
	wantKey(t, ask("everything", 10), domain.Invalid, "limit.kind")
	wantKey(t, ask(domain.LimitInterval, 7200), domain.Invalid, "limit.wanted_less")
	wantKey(t, ask(domain.LimitInterval, 0), domain.Invalid, "limit.interval")
	d.limited(domain.Limits{}, start)
	d.reread()
	wantKey(t, ask(domain.LimitMessages, 10), domain.Conflict, "limit.none")
	wantKey(t, ask(domain.LimitWatch, 1), domain.Conflict, "limit.none")

	r := d.ask(domain.LimitAccounts, 11)
	member := domain.Actor{User: domain.User{ID: 99, OrganizationID: d.org.ID, Role: domain.RoleMember}, Organization: d.owner.Organization}
	wantKey(t, d.requests.Ask(d.ctx, member, domain.LimitUsers, 200, ""), domain.Forbidden, "service.owner_only")
	wantKey(t, d.requests.Withdraw(d.ctx, member, r.ID), domain.Forbidden, "service.owner_only")
	wantKey(t, d.requests.Grant(d.ctx, d.owner, r.ID, 11, ""), domain.Forbidden, "service.admin_only")
	wantKey(t, d.requests.Refuse(d.ctx, d.owner, r.ID, ""), domain.Forbidden, "service.admin_only")
	wantKey(t, d.requests.Grant(d.ctx, d.admin, r.ID, -1, ""), domain.Invalid, "limit.number")
	other := domain.Actor{User: domain.User{ID: 98, OrganizationID: d.org.ID + 100, Role: domain.RoleOwner}}
	wantKey(t, d.requests.Withdraw(d.ctx, other, r.ID), domain.NotFound, "limit.missing")
	wantKey(t, d.requests.Withdraw(d.ctx, d.owner, r.ID+1), domain.NotFound, "limit.missing")
	orgs := &domain.Organizations{Store: d.s, Hub: &domain.Hub{}, Now: func() time.Time { return start }}
	wantKey(t, orgs.SetLimits(d.ctx, d.owner, d.org.ID, "", domain.Limits{Users: 1000}), domain.Forbidden, "service.admin_only")
	wantKey(t, orgs.SetLimits(d.ctx, d.admin, d.admin.Organization.ID, "", domain.Limits{Users: 1000}), domain.NotFound, "organization.missing")
	wantKey(t, orgs.SetLimits(d.ctx, d.admin, d.org.ID, "", domain.Limits{MessagesPerDay: -1}), domain.Invalid, "limit.number")
	d.reread()
	if got := d.owner.Organization.Limits; got != domain.DefaultLimits {
		t.Errorf("the limits are %+v", got)
	}
	d.ok(d.requests.Refuse(d.ctx, d.admin, r.ID, "keyinroq"))
	if r = must(d.s.LimitRequest(d.ctx, r.ID)); r.Status != domain.RequestRefused || r.Answer != "keyinroq" {
		t.Errorf("refused: %+v", r)
	}
}

// A request that is granted lowers nothing: what is no more than the organization has
// by now is refused, and the request stays open.
func TestGrantLowersNothing(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		kind                  domain.LimitKind
		wanted, given, enough int
		now                   domain.Limits // set meanwhile
		key                   string
	}{
		{kind: domain.LimitUsers, wanted: 120, given: 100, enough: 101, key: "limit.given"},
		{kind: domain.LimitUsers, wanted: 200, given: 0, enough: 201, key: "limit.given"},
		{kind: domain.LimitAccounts, wanted: 11, given: 15, enough: 16, now: domain.Limits{Accounts: 15}, key: "limit.given"},
		{kind: domain.LimitMessages, wanted: 60, given: 50, enough: 0, key: "limit.given"},
		{kind: domain.LimitMessages, wanted: 60, given: 60, enough: 0, now: domain.Limits{Accounts: 16}, key: "limit.given_open"},
		{kind: domain.LimitInterval, wanted: 600, given: 3600, enough: 3000, key: "limit.given_less"},
	} {
		d.limited(domain.Limits{Accounts: 10, CampaignsPerDay: 5, MessagesPerDay: 50}, start)
		d.reread()
		r := d.ask(c.kind, c.wanted)
		if c.now != (domain.Limits{}) {
			d.limited(c.now, start)
		}
		before := must(d.s.Organization(d.ctx, d.org.ID))
		err := d.requests.Grant(d.ctx, d.admin, r.ID, c.given, "")
		var e *domain.Error
		if wantKey(t, err, domain.Invalid, c.key); errors.As(err, &e) && e.Field != "value" {
			t.Errorf("on %q", e.Field)
		}
		if now := must(d.s.Organization(d.ctx, d.org.ID)); now.Limits != before.Limits || now.Granted != before.Granted {
			t.Errorf("%s: %+v became %+v", c.kind, before.Limits, now.Limits)
		}
		d.ok(d.requests.Grant(d.ctx, d.admin, r.ID, c.enough, ""))
	}
}

// What a form showed and somebody else has changed meanwhile is not undone by it.
func TestLimitsOfAnOldForm(t *testing.T) {
	d := newDesk(t)
	seen := d.owner.Organization.Limits.Mark()
	d.limited(domain.Limits{Accounts: 3}, start)
	orgs := &domain.Organizations{Store: d.s, Hub: &domain.Hub{}, Now: func() time.Time { return start }}
	wantKey(t, orgs.SetLimits(d.ctx, d.admin, d.org.ID, seen, domain.DefaultLimits), domain.Conflict, "limit.changed")
	d.reread()
	if n := d.owner.Organization.Limits.Accounts; n != 3 {
		t.Errorf("%d accounts", n)
	}
	d.ok(orgs.SetLimits(d.ctx, d.admin, d.org.ID, d.owner.Organization.Limits.Mark(), domain.DefaultLimits))
}

// What an organization has above the bounds it keeps, whatever else is set; it gets no
// more.
func TestLimitsAboveTheBounds(t *testing.T) {
	d := newDesk(t)
	d.limited(domain.Limits{Accounts: 2 * domain.MostAccounts}, start)
	orgs := &domain.Organizations{Store: d.s, Hub: &domain.Hub{}, Now: func() time.Time { return start }}
	l := domain.Limits{Users: 50, Accounts: 2 * domain.MostAccounts}
	d.ok(orgs.SetLimits(d.ctx, d.admin, d.org.ID, "", l))
	l.Accounts++
	wantKey(t, orgs.SetLimits(d.ctx, d.admin, d.org.ID, "", l), domain.Invalid, "limit.number")
	if d.reread(); d.owner.Organization.Limits != (domain.Limits{Users: 50, Accounts: 2 * domain.MostAccounts}) {
		t.Errorf("the limits are %+v", d.owner.Organization.Limits)
	}
}
