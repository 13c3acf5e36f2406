package db

import (
	"testing"
	"time"

	"postix/domain"
)

// bureau is two organizations, and the service that decides about them.
type bureau struct {
	*world
	other   *world
	service *domain.Service
	actors  map[string]domain.Actor
}

func newBureau(t *testing.T) bureau {
	t.Helper()
	b := bureau{world: newWorld(t, 3), actors: map[string]domain.Actor{}}
	b.other = b.second(1)
	b.service = &domain.Service{Store: b.s, Hub: &domain.Hub{}, Now: func() time.Time { return start }}
	for name, u := range map[string]domain.User{
		"admin":   {OrganizationID: must(b.s.ServiceOrganization(b.ctx)).ID, Role: domain.RoleAdmin},
		"owner":   {OrganizationID: b.org.ID, Role: domain.RoleOwner},
		"manager": {OrganizationID: b.org.ID, Role: domain.RoleManager},
		"member":  {OrganizationID: b.org.ID, Role: domain.RoleMember},
		"foreign": {OrganizationID: b.other.org.ID, Role: domain.RoleOwner},
	} {
		b.actors[name] = domain.Actor{User: u}
	}
	return b
}

func (b bureau) now() domain.Organization {
	b.t.Helper()
	return must(b.s.Organization(b.ctx, b.org.ID))
}

func (b bureau) stop(who string) error {
	return b.service.StopOrganization(b.ctx, b.actors[who], b.org.ID)
}

func (b bureau) resume(who string) error {
	return b.service.ResumeOrganization(b.ctx, b.actors[who], b.org.ID)
}

// Who may decide what; an organization of others is missing, as one that is not
// there.
func TestServiceRights(t *testing.T) {
	b := newBureau(t)
	pace, hours := b.org.Own, domain.Hours{Days: domain.AllDays}
	type call struct {
		code domain.Code
		key  string
		does func(a domain.Actor, id int64) error
	}
	set := func(a domain.Actor, id int64) error { return b.service.SetSending(b.ctx, a, id, pace, hours) }
	grant := func(a domain.Actor, id int64) error { return b.service.SetGranted(b.ctx, a, id, pace) }
	stop := func(a domain.Actor, id int64) error { return b.service.StopOrganization(b.ctx, a, id) }
	resume := func(a domain.Actor, id int64) error { return b.service.ResumeOrganization(b.ctx, a, id) }
	for who, calls := range map[string][]call{
		"manager": {{domain.Forbidden, "service.owner_only", set}, {domain.Forbidden, "service.admin_only", grant}, {domain.Forbidden, "service.owner_only", stop}},
		"member":  {{domain.Forbidden, "service.owner_only", set}, {domain.Forbidden, "service.owner_only", resume}},
		"owner":   {{domain.Forbidden, "service.admin_only", grant}},
		"foreign": {{domain.NotFound, "organization.missing", set}, {domain.NotFound, "organization.missing", stop}, {domain.NotFound, "organization.missing", resume}},
	} {
		for _, c := range calls {
			wantKey(t, c.does(b.actors[who], b.org.ID), c.code, c.key)
		}
	}
	for _, missing := range []int64{9999, b.actors["admin"].User.OrganizationID} {
		for _, does := range []func(domain.Actor, int64) error{set, grant, stop, resume} {
			wantKey(t, does(b.actors["admin"], missing), domain.NotFound, "organization.missing")
		}
	}
	for _, who := range []string{"owner", "manager", "member"} {
		wantKey(t, b.service.StopAll(b.ctx, b.actors[who]), domain.Forbidden, "service.admin_only")
		wantKey(t, b.service.ResumeAll(b.ctx, b.actors[who]), domain.Forbidden, "service.admin_only")
	}
	if o := b.now(); o.Stop != domain.StopNone || o.Own != b.org.Own || o.Granted != b.org.Granted {
		t.Errorf("somebody changed it: %+v", o)
	}
}

// The owner and the service each stop and resume for themselves: it goes on when
// neither holds it, whoever came first and whoever lets go first.
func TestStopOrganization(t *testing.T) {
	b := newBureau(t)
	b.campaign(1, 0)
	b.openDue(start)
	wantKey(t, b.resume("owner"), domain.Conflict, "service.not_stopped")
	wantKey(t, b.resume("admin"), domain.Conflict, "service.not_stopped")
	does := map[string]func(who string) error{"stops": b.stop, "resumes": b.resume}
	for _, c := range []struct {
		who, act string
		key      string // of the refusal
		stop     domain.Stop
	}{
		{"owner", "stops", "", domain.StopOwner},
		{"owner", "stops", "service.stopped", domain.StopOwner},
		{"admin", "resumes", "service.stopped_by_owner", domain.StopOwner},
		{"admin", "stops", "", domain.StopBoth},
		{"owner", "stops", "service.stopped", domain.StopBoth},
		{"admin", "stops", "service.stopped", domain.StopBoth},
		{"admin", "resumes", "service.stopped_by_owner", domain.StopOwner},
		{"admin", "stops", "", domain.StopBoth},
		{"owner", "resumes", "service.stopped_by_service", domain.StopService},
		{"owner", "resumes", "service.stopped_by_service", domain.StopService},
		{"owner", "stops", "", domain.StopBoth},
		{"admin", "resumes", "service.stopped_by_owner", domain.StopOwner},
		{"owner", "resumes", "", domain.StopNone},
		{"admin", "stops", "", domain.StopService},
		{"owner", "resumes", "service.stopped_by_service", domain.StopService},
		{"admin", "resumes", "", domain.StopNone},
	} {
		err := does[c.act](c.who)
		if got := b.now().Stop; got != c.stop || (err != nil) != (c.key != "") || err != nil && !domain.IsKey(err, c.key) {
			t.Fatalf("the %s %s: %q and %v, want %q and %q", c.who, c.act, got, err, c.stop, c.key)
		}
		if c.stop == domain.StopNone {
			continue
		}
		if next := b.claimNothing(start); !next.IsZero() {
			t.Errorf("stopped by %q it sends", c.stop)
		}
	}
	if n, _ := b.sendAll(start); n != 3 {
		t.Errorf("%d went out in the end", n)
	}
}

// A stop that another has made meanwhile is not overwritten.
func TestSetStopOfWhatWasSeen(t *testing.T) {
	b := newBureau(t)
	if moved := must(b.s.SetStop(b.ctx, b.org.ID, domain.StopNone, domain.StopService, start)); !moved {
		t.Fatal("not stopped")
	}
	if moved := must(b.s.SetStop(b.ctx, b.org.ID, domain.StopNone, domain.StopOwner, start)); moved || b.now().Stop != domain.StopService {
		t.Errorf("the owner made the service's stop his own: %q", b.now().Stop)
	}
}

// After a stop the open round goes on, and the next one keeps its distance.
func TestRoundsAfterAStop(t *testing.T) {
	b := newBureau(t)
	admin := b.actors["admin"]
	for name, k := range map[string]struct{ stop, resume func() error }{
		"of one": {func() error { return b.stop("admin") }, func() error { return b.resume("admin") }},
		"of all": {func() error { return b.service.StopAll(b.ctx, admin) }, func() error { return b.service.ResumeAll(b.ctx, admin) }},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.exec("UPDATE dialogs SET wait_until = 0")
			b.exec("UPDATE accounts SET ready_at = 0")
			c := b.campaign(2, time.Hour)
			b.openDue(start)
			b.settle(sent(b.claim(start), 1, start))
			b.ok(k.stop())
			back := start.Add(3 * time.Hour)
			b.service.Now = func() time.Time { return back }
			b.claimNothing(back)
			b.ok(k.resume())
			n, _ := b.sendAll(back)
			if got := b.get(c.ID); n != 2 || !got.NextDueAt.Equal(back.Add(time.Hour)) {
				t.Errorf("%d went out, the next round is due at %v", n, got.NextDueAt)
			}
			must(b.s.CancelCampaign(b.ctx, b.scope, c.ID, back))
		})
	}
}

func TestStopAllByAdmin(t *testing.T) {
	b := newBureau(t)
	admin := b.actors["admin"]
	wantKey(t, b.service.ResumeAll(b.ctx, admin), domain.Conflict, "service.not_stopped")
	b.ok(b.service.StopAll(b.ctx, admin))
	if code, stopped, err := b.s.SendingStopped(b.ctx); code != domain.CodeAdminStop || !stopped || err != nil {
		t.Errorf("stopped %v by %q (%v)", stopped, code, err)
	}
	b.ok(b.service.ResumeAll(b.ctx, admin))
	b.ok(b.s.StopSending(b.ctx, "API_ID_INVALID"))
	b.ok(b.service.ResumeAll(b.ctx, admin))
	b.ok(b.s.StopSending(b.ctx, domain.CodeRestored))
	wantKey(t, b.service.ResumeAll(b.ctx, admin), domain.Conflict, "service.adopt_first")
	b.ok(b.service.StopAll(b.ctx, admin)) // which must not open a way around
	wantKey(t, b.service.ResumeAll(b.ctx, admin), domain.Conflict, "service.adopt_first")
}

// An owner sets what he likes that is not faster than granted; the service grants
// what it likes, and what holds is the slower of the two.
func TestPaceWithinTheGranted(t *testing.T) {
	b := newBureau(t)
	granted := domain.Pace{
		GapMin: 5 * time.Second, ChatGap: 30 * time.Second, PerHour: 100, PerDay: 1000, MinInterval: 10 * time.Minute,
	}
	b.ok(b.service.SetGranted(b.ctx, b.actors["admin"], b.org.ID, granted))
	own := domain.Pace{
		GapMin: 5 * time.Second, GapMax: 7 * time.Second, ChatGap: 30 * time.Second, PerHour: 100, PerDay: 1000, MinInterval: 10 * time.Minute,
	}
	hours := domain.Hours{QuietFrom: 1320, QuietTo: 480, Days: 1 << time.Monday}
	set := func(change func(*domain.Pace)) error {
		p := own
		change(&p)
		return b.service.SetSending(b.ctx, b.actors["owner"], b.org.ID, p, hours)
	}
	b.ok(set(func(*domain.Pace) {}))
	o := b.now()
	if o.Own != own || o.Pace != own || o.QuietFrom != 1320 || o.QuietTo != 480 || o.Days != 1<<time.Monday {
		t.Errorf("set to %+v", o)
	}
	for field, change := range map[string]func(*domain.Pace){
		"gap_min":      func(p *domain.Pace) { p.GapMin -= time.Millisecond },
		"chat_gap":     func(p *domain.Pace) { p.ChatGap -= time.Millisecond },
		"per_hour":     func(p *domain.Pace) { p.PerHour++ },
		"per_day":      func(p *domain.Pace) { p.PerDay = 0 },
		"min_interval": func(p *domain.Pace) { p.MinInterval -= time.Millisecond },
	} {
		err := set(change)
		wantKey(t, err, domain.Invalid, "pace.granted")
		if e, ok := err.(*domain.Error); !ok || e.Field != field {
			t.Errorf("%s: the fault is at %+v", field, e)
		}
	}
	wantKey(t, b.service.SetSending(b.ctx, b.actors["owner"], b.org.ID, own, domain.Hours{}), domain.Invalid, "hours.no_day")
	granted.GapMin, granted.PerHour = 20*time.Second, 50
	b.ok(b.service.SetGranted(b.ctx, b.actors["admin"], b.org.ID, granted))
	if o := b.now(); o.Own != own || o.Pace.GapMin != 20*time.Second || o.Pace.GapMax != 20*time.Second || o.Pace.PerHour != 50 || o.Pace.PerDay != 1000 {
		t.Errorf("what holds is %+v, his own %+v", o.Pace, o.Own)
	}
	granted.GapMin = domain.LongestGap + time.Second
	wantKey(t, b.service.SetGranted(b.ctx, b.actors["admin"], b.org.ID, granted), domain.Invalid, "pace.gap")
}

func TestOrganizationsAtWork(t *testing.T) {
	b := newBureau(t)
	b.connect("+998935550000", 555)
	gone := b.connect("+998935550001", 556)
	must(b.s.SetAccountState(b.ctx, b.org.ID, gone.ID, domain.AccountDisconnected, "", start))
	b.campaign(3, time.Hour)
	done := b.campaign(1, 0)
	b.openDue(start)
	must(b.s.CancelCampaign(b.ctx, b.scope, done.ID, start))
	b.settle(sent(b.claim(start), 1, start))
	os := must(b.s.OrganizationsAtWork(b.ctx))
	if len(os) != 2 || os[0].Name != "Lola" || os[1].Name != "Sadaf" {
		t.Fatalf("organizations %+v", os)
	}
	if o := os[1]; o.Accounts != 2 || o.Campaigns != 1 || o.Open != 2 {
		t.Errorf("%d accounts, %d campaigns, %d open", o.Accounts, o.Campaigns, o.Open)
	}
	if o := os[0]; o.Accounts != 1 || o.Campaigns != 0 || o.Open != 0 {
		t.Errorf("%d accounts, %d campaigns, %d open", o.Accounts, o.Campaigns, o.Open)
	}
}
