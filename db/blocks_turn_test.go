package db

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

func (w *world) turn(now time.Time, want domain.Turned) {
	w.t.Helper()
	if got := must(w.s.TurnBlocks(w.ctx, now)); !reflect.DeepEqual(got, want) {
		w.t.Errorf("turned at %v: %+v, want %+v", now, got, want)
	}
}

// TestUserBlocksTurn: a block of a user begins and ends by itself, once; nobody did
// it, and what it has paused stays so.
func TestUserBlocksTurn(t *testing.T) {
	s := newPair(t, 2)
	c := s.order(s.member, s.his, 1)
	from, until := start.Add(time.Hour), start.Add(2*time.Hour)
	s.ok(s.s.BlockUser(s.ctx, s.member, domain.Block{Reason: "Taʼtil", From: from, Until: until}, start))
	s.session(s.member, "a")
	s.turn(from.Add(-time.Millisecond), domain.Turned{})
	if !s.signedIn("a") || s.get(c.ID).Status == domain.CampaignPaused {
		t.Error("it has begun before its time")
	}
	s.turn(from, domain.Turned{Organizations: []int64{s.org.ID}, Users: []int64{s.member.ID}})
	if s.signedIn("a") {
		t.Error("he is in still")
	}
	s.wantPaused(domain.CodeUserBlocked, c)
	if b := s.row(s.member.ID).Block; !b.Since.Equal(from) || b.Reason != "Taʼtil" {
		t.Errorf("blocked as %+v", b)
	}
	s.turn(from.Add(time.Minute), domain.Turned{})
	s.turn(until, domain.Turned{Organizations: []int64{s.org.ID}})
	s.turn(until, domain.Turned{})
	if b := s.row(s.member.ID).Block; b != (domain.Block{}) {
		t.Errorf("left of it: %+v", b)
	}
	if n := s.goesOut(until); n != 0 {
		t.Errorf("%d messages went out in the minute after", n)
	}
	for _, e := range must(s.s.Audit(s.ctx, domain.AuditFilter{OrganizationID: s.org.ID, Limit: 2})) {
		if e.UserID != 0 || e.SubjectID != s.member.ID || e.Event != domain.AuditUserBlock && e.Event != domain.AuditUserUnblock {
			t.Errorf("kept: %+v", e)
		}
	}
}

// TestBlockMissed: a block whose whole time went by while nothing ran never was, and
// that of somebody who was removed is nobody's any more.
func TestBlockMissed(t *testing.T) {
	s := newPair(t, 2)
	c := s.order(s.member, s.his, 1)
	gone := s.join(domain.User{Name: "Lola"})
	for _, u := range []domain.User{s.member, gone} {
		s.ok(s.s.BlockUser(s.ctx, u, domain.Block{Reason: "x", From: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, start))
	}
	s.ok(s.s.RemoveUser(s.ctx, gone, start))
	s.turn(start.Add(3*time.Hour), domain.Turned{Organizations: []int64{s.org.ID}})
	if got := s.get(c.ID); got.Status == domain.CampaignPaused {
		t.Error("his campaign is paused")
	}
	if got := s.kept(domain.AuditUserUnblock); !slices.Equal(got, []string{"Botir"}) {
		t.Errorf("unblocked: %q", got)
	}
}

// TestOrganizationBlocksTurn: those of an organization do, too.
func TestOrganizationBlocksTurn(t *testing.T) {
	s := newPair(t, 2)
	c := s.order(s.user, s.account, 1)
	from, until := start.Add(time.Hour), start.Add(2*time.Hour)
	s.ok(s.s.BlockOrganization(s.ctx, s.org.ID, domain.Block{Reason: "Qarz", From: from, Until: until}, start))
	s.session(s.user, "a")
	s.turn(start, domain.Turned{})
	if !s.signedIn("a") {
		t.Error("it has begun before its time")
	}
	at := must(s.s.TurnBlocks(s.ctx, from))
	slices.Sort(at.Users)
	if !reflect.DeepEqual(at, domain.Turned{Organizations: []int64{s.org.ID}, Users: []int64{s.user.ID, s.member.ID}}) || s.signedIn("a") {
		t.Errorf("turned: %+v", at)
	}
	s.wantPaused(domain.CodeOrgBlocked, c)
	s.turn(until, domain.Turned{Organizations: []int64{s.org.ID}})
	s.turn(until, domain.Turned{})
	if n := s.goesOut(until); n != 0 {
		t.Errorf("%d messages went out in the minute after", n)
	}
	if b := must(s.s.Organization(s.ctx, s.org.ID)).Block; b.Planned() || b.Active() {
		t.Errorf("left of it: %+v", b)
	}
}

func (w *world) wantAccount(st domain.AccountState, reason string) {
	w.t.Helper()
	if a := must(w.s.Account(w.ctx, w.scope, w.account.ID)); a.State != st || a.Reason != reason {
		w.t.Errorf("the account is %s (%s), want %s (%s)", a.State, a.Reason, st, reason)
	}
}

// TestBlockedPhone: the account of a blocked number stops, and goes on when a person
// says so after the block.
func TestBlockedPhone(t *testing.T) {
	w := newWorld(t, 2)
	w.campaign(1, 0)
	w.openDue(start)
	p := w.account.Phone
	if org := must(w.s.BlockPhone(w.ctx, p, domain.Block{Reason: "Spam", From: start}, start)); org != w.org.ID {
		t.Errorf("it concerns organization %d", org)
	}
	w.wantAccount(domain.AccountPaused, domain.CodePhoneBlocked)
	w.claimNothing(start)
	resume := func() error {
		_, err := w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountActive, "", start)
		return err
	}
	wantKey(t, resume(), domain.Conflict, "account.phone_blocked")
	list := must(w.s.BlockedPhones(w.ctx))
	if len(list) != 1 || list[0].Phone != p || list[0].AccountID != w.account.ID || list[0].Organization != "Sadaf" || !list[0].Block.Active() {
		t.Errorf("listed: %+v", list)
	}

	must(w.s.UnblockPhone(w.ctx, p))
	w.wantAccount(domain.AccountPaused, domain.CodePhoneFree)
	w.claimNothing(start)
	w.ok(resume())
	w.wantAccount(domain.AccountActive, "")
	if n := w.goesOut(start); n == 0 {
		t.Error("nothing goes out of a number that a person has resumed")
	}
	_, err := w.s.UnblockPhone(w.ctx, p)
	wantKey(t, err, domain.Conflict, "phone.not_blocked")
}

// TestBlockedPhoneIsNotConnected: also where nobody has it yet, and while a login of
// it is under way; nor is the number of somebody who is blocked.
func TestBlockedPhoneIsNotConnected(t *testing.T) {
	s := newPair(t, 0)
	connect := func(p domain.Phone, userID, reconnect int64) error {
		_, err := s.s.ConnectAccount(s.ctx, domain.NewAccount{
			OrganizationID: s.org.ID, UserID: userID, Reconnect: reconnect, Phone: p, Session: []byte("s"),
			Profile: domain.Profile{TelegramID: map[bool]int64{true: 501, false: 777}[reconnect != 0], FirstName: "A"}, At: start,
		})
		return err
	}
	const p = "+998901112233"
	must(s.s.BlockPhone(s.ctx, p, domain.Block{Reason: "x", From: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, start))
	s.ok(s.s.MayConnect(s.ctx, s.org.ID, 0, p))
	s.turn(start.Add(time.Hour), domain.Turned{})
	wantKey(t, s.s.MayConnect(s.ctx, s.org.ID, 0, p), domain.Conflict, "phone.blocked")
	wantKey(t, connect(p, s.user.ID, 0), domain.Conflict, "phone.blocked")
	wantKey(t, connect(p, 0, 0), domain.Conflict, "phone.blocked")
	s.turn(start.Add(2*time.Hour), domain.Turned{})
	s.ok(connect(p, s.user.ID, 0))

	s.ok(s.s.BlockUser(s.ctx, s.member, domain.Block{Reason: "x", From: start}, start))
	wantKey(t, s.s.MayConnect(s.ctx, s.org.ID, s.member.ID, "+998901112244"), domain.Conflict, "account.user_blocked")
	s.moveTo(s.his.ID, domain.AccountNeedsLogin)
	wantKey(t, connect(s.his.Phone, 0, s.his.ID), domain.Conflict, "account.user_blocked")
	s.ok(s.s.BlockOrganization(s.ctx, s.org.ID, domain.Block{Reason: "x", From: start}, start))
	wantKey(t, connect("+998901112255", s.user.ID, 0), domain.Forbidden, "organization.blocked")
}

// TestPhoneBlockTurns: a planned block pauses the account, and its end lets nothing go
// out by itself.
func TestPhoneBlockTurns(t *testing.T) {
	w := newWorld(t, 1)
	w.campaign(1, 0)
	from, until := start.Add(time.Hour), start.Add(2*time.Hour)
	by := domain.Acting(w.ctx, domain.Actor{User: w.user}, "192.0.2.7")
	must(w.s.BlockPhone(by, w.account.Phone, domain.Block{Reason: "x", From: from, Until: until}, start))
	w.wantAccount(domain.AccountActive, "")
	w.listen()
	w.wantListening(w.account.ID)
	w.turn(from, domain.Turned{Organizations: []int64{w.org.ID}})
	if list := must(w.s.BlockedPhones(w.ctx)); len(list) != 1 || list[0].By != w.user.Name {
		t.Errorf("it is not known who has planned it: %+v", list)
	}
	w.wantAccount(domain.AccountPaused, domain.CodePhoneBlocked)
	w.wantListening()
	w.turn(from, domain.Turned{})
	w.turn(until, domain.Turned{Organizations: []int64{w.org.ID}})
	w.wantAccount(domain.AccountPaused, domain.CodePhoneFree)
	w.wantListening(w.account.ID)
	if n := w.goesOut(until); n != 0 {
		t.Errorf("%d messages went out in the minute after", n)
	}
}

func (w *world) wantListening(ids ...int64) {
	w.t.Helper()
	if got := must(w.s.Listening(w.ctx)); !slices.Equal(got, ids) {
		w.t.Errorf("accounts %v listen, want %v", got, ids)
	}
}

// TestBlockPlans: what a block asks, each minute and of each order, is read off an
// index.
func TestBlockPlans(t *testing.T) {
	w := newWorld(t, 0)
	for name, index := range map[string]string{
		"CampaignsToHold": "INDEX campaigns_live (organization_id=?",
		"RepliesToEnd":    "USING COVERING INDEX campaigns_replying (account_id=?)",
		"BlocksToTurn":    "SEARCH u USING INDEX users_block (block_from>?)",
		"UsersToBlock":    "USING INDEX users_block (block_from>? AND block_from<?)",
		"UsersToFree":     "USING INDEX users_block (block_from>?)",
		"Bars":            "SEARCH u USING INTEGER PRIMARY KEY",
	} {
		if plan := w.plan(query(t, "blocks.sql", name)); !strings.Contains(plan, index) {
			t.Errorf("%s: want %s in\n%s", name, index, plan)
		}
	}
}
