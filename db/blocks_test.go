package db

import (
	"slices"
	"testing"
	"time"

	"postix/domain"
)

// pair is an owner with a member, each with a number in the same groups.
type pair struct {
	*world
	member domain.User
	his    domain.Account // the member's
}

func newPair(t *testing.T, peers int) *pair {
	w := newWorld(t, peers)
	w.paced(0, 0, 0, 0)
	s := &pair{world: w, member: w.join(domain.User{Name: "Botir", Email: "botir@sadaf.uz"})}
	s.his = must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: w.org.ID, UserID: s.member.ID, Phone: "+998905550001", Session: []byte("s"),
		Profile: domain.Profile{TelegramID: 501, FirstName: "Botir"}, At: start,
	}))
	w.exec("UPDATE accounts SET warm_at = 1")
	w.listDialogs(s.his.ID, w.peers...)
	return s
}

// order is a campaign of that user from that account.
func (s *pair) order(u domain.User, a domain.Account, rounds int) domain.Campaign {
	s.t.Helper()
	user, account := s.user, s.account
	defer func() { s.user, s.account = user, account }()
	s.user, s.account = u, a
	return s.campaign(rounds, time.Hour)
}

// goesOut is how many messages first leave any account from then on for a minute.
func (w *world) goesOut(from time.Time) (n int) {
	w.t.Helper()
	for now := from; !now.After(from.Add(time.Minute)); now = now.Add(time.Second) {
		w.openDue(now)
		for _, id := range w.dueAccounts(now) {
			for range 100 {
				turn := must(w.s.Claim(w.ctx, id, now))
				if turn.Attempt == nil {
					break
				}
				if turn.Attempt.Look {
					w.t.Fatalf("it looks for %+v", turn.Attempt)
				}
				n++
				w.settle(sent(*turn.Attempt, n, now))
			}
		}
	}
	return n
}

func (w *world) wantPaused(reason string, cs ...domain.Campaign) {
	w.t.Helper()
	for _, c := range cs {
		if got := w.get(c.ID); got.Status != domain.CampaignPaused || got.Reason != reason {
			w.t.Errorf("campaign %d is %s (%s), want it paused (%s)", c.ID, got.Status, got.Reason, reason)
		}
	}
}

// TestBlockHoldsCampaigns: what a blocked user has ordered and what goes out of his
// number stops; what is in flight ends as it ends; others go on. When he may come in
// again nothing goes out by itself, and what a person lets go on does.
func TestBlockHoldsCampaigns(t *testing.T) {
	s := newPair(t, 3)
	own := s.order(s.member, s.his, 1)
	fromOwners := s.order(s.member, s.account, 1)
	throughHim := s.order(s.user, s.his, 2)
	apart := s.order(s.user, s.account, 1)
	s.openDue(start)
	flying := *must(s.s.Claim(s.ctx, s.his.ID, start)).Attempt

	s.ok(s.s.BlockUser(s.ctx, s.member, domain.Block{Reason: "Taʼtilda", From: start}, start))
	s.wantPaused(domain.CodeUserBlocked, own, fromOwners, throughHim)
	s.settle(sent(flying, 1, start))
	if got := s.get(flying.CampaignID); got.Counts.Sent != 1 {
		t.Errorf("what was in flight: %+v", got.Counts)
	}
	if ns := must2(s.s.Notices(s.ctx, s.scope, 0, 0)); len(ns) != 1 || ns[0].CampaignID != throughHim.ID {
		t.Errorf("told of %+v", ns)
	}
	if n := s.goesOut(start); n != 3 || s.get(apart.ID).Counts.Sent != 3 {
		t.Errorf("%d messages went out, want the three of campaign %d", n, apart.ID)
	}
	if at, ok := s.nextDue(); ok {
		t.Errorf("something is due at %v", at)
	}

	later := start.Add(2 * time.Hour)
	s.ok(s.s.UnblockUser(s.ctx, s.member, false))
	if n := s.goesOut(later); n != 0 {
		t.Errorf("%d messages went out in the minute after", n)
	}
	must(s.s.ResumeCampaign(s.ctx, s.scope, throughHim.ID, later))
	left := 3
	if flying.CampaignID == throughHim.ID {
		left = 2
	}
	if n := s.goesOut(later); n != left {
		t.Errorf("%d messages went out of what goes on, want %d of one round", n, left)
	}
	s.wantPaused(domain.CodeUserBlocked, own, fromOwners)
}

func must2[T, U any](v T, _ U, err error) T { return must(v, err) }

// bars are ways to be held, written beside all that holds campaigns: the gates of the
// queue have to stand alone.
var bars = []struct{ name, set, why string }{
	{"user", "UPDATE users SET blocked_at = 1 WHERE name = 'Botir'", domain.CodeUserBlocked},
	{"removed user", "UPDATE users SET deleted_at = 1 WHERE name = 'Botir'", domain.CodeUserBlocked},
	{"reader", "UPDATE users SET read_only = 1 WHERE name = 'Botir'", domain.CodeReadOnly},
	{"account's user", "UPDATE users SET blocked_at = 1 WHERE name = 'Sadaf'", domain.CodeUserBlocked},
	{"organization", "UPDATE organizations SET blocked_at = 1", domain.CodeOrgBlocked},
}

func TestGates(t *testing.T) {
	for _, b := range bars {
		t.Run(b.name, func(t *testing.T) {
			s := newPair(t, 3)
			open := s.order(s.member, s.account, 2)
			s.openDue(start)
			waits := s.order(s.member, s.account, 1)
			s.exec(b.set)
			if n := s.openDue(start); n != 0 {
				t.Errorf("%d rounds were opened", n)
			}
			if at, ok := must3(s.s.NextRound(s.ctx)); ok {
				t.Errorf("a round is said to be due at %v", at)
			}
			s.claimNothing(start)
			s.wantPaused(b.why, open)
			if at, ok := s.nextDue(); ok {
				t.Errorf("the queue asks again at %v", at)
			}
			if got := s.get(waits.ID); got.Round != 0 {
				t.Errorf("the other one is in round %d", got.Round)
			}
		})
	}
}

func must3[T, U any](v T, u U, err error) (T, U) { return must(v, err), u }

// TestGateLooks: what is uncertain of an ended campaign is looked for, and what has
// not arrived is not sent again.
func TestGateLooks(t *testing.T) {
	for _, b := range bars {
		t.Run(b.name, func(t *testing.T) {
			s := newPair(t, 1)
			c := s.order(s.member, s.account, 1)
			s.openDue(start)
			s.settle(failed(s.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
			s.exec(b.set)
			now := start.Add(2 * time.Hour)
			a := s.claim(now)
			if !a.Look {
				t.Error("it is sent again")
			}
			s.settle(domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now})
			s.claimNothing(now)
			if got := s.get(c.ID); got.Counts.Cancelled != 1 || got.Counts.Open() != 0 {
				t.Errorf("at the end: %s, %+v", got.Status, got.Counts)
			}
			if at, ok := s.nextDue(); ok {
				t.Errorf("the queue asks again at %v", at)
			}
		})
	}
}

// TestBarredCampaigns: nobody lets go on what a block holds; pausing and cancelling
// stay possible.
func TestBarredCampaigns(t *testing.T) {
	keys := map[string]struct {
		code domain.Code
		key  string
	}{
		"user":           {domain.Forbidden, "campaign.user_blocked"},
		"removed user":   {domain.Forbidden, "campaign.user_blocked"},
		"reader":         {domain.Forbidden, "campaign.read_only"},
		"account's user": {domain.Conflict, "campaign.account_blocked"},
		"organization":   {domain.Forbidden, "campaign.organization_blocked"},
	}
	for _, b := range bars {
		t.Run(b.name, func(t *testing.T) {
			s := newPair(t, 2)
			paused := s.order(s.member, s.account, 1)
			must(s.s.PauseCampaign(s.ctx, s.scope, paused.ID, domain.CodePerson, start))
			missed := s.order(s.member, s.account, 2)
			s.exec("UPDATE campaigns SET next_due_at = ? WHERE id = ?", ms(start), missed.ID)
			s.openDue(start.Add(90 * time.Minute)) // the first round is too late by then
			failing := s.order(s.member, s.account, 1)
			s.openDue(start)
			for s.get(failing.ID).Counts.Failed == 0 {
				s.settle(failed(s.claim(start), domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start))
			}
			scheduled := s.order(s.member, s.account, 1)
			s.exec(b.set)
			later := start.Add(3 * time.Hour)
			want := keys[b.name]
			_, err := s.s.ResumeCampaign(s.ctx, s.scope, paused.ID, later)
			wantKey(t, err, want.code, want.key)
			_, err = s.s.StartCampaign(s.ctx, s.scope, scheduled.ID, later)
			wantKey(t, err, want.code, want.key)
			_, err = s.s.SendMissed(s.ctx, s.scope, missed.ID, 1, later)
			wantKey(t, err, want.code, want.key)
			_, _, err = s.s.RetryFailed(s.ctx, s.scope, failing.ID, 1, later)
			wantKey(t, err, want.code, want.key)
			if b.name != "removed user" { // he is not found at all
				wantKey(t, s.orders(s.member.ID), want.code, want.key)
			}
			wantKey(t, s.s.MayOrder(s.ctx, s.org.ID, s.member.ID, s.account.ID), want.code, want.key)

			must(s.s.PauseCampaign(s.ctx, s.scope, scheduled.ID, domain.CodePerson, later))
			must(s.s.CancelCampaign(s.ctx, s.scope, scheduled.ID, later))
			must(s.s.CancelCampaign(s.ctx, s.scope, paused.ID, later))
		})
	}
}

// TestBlockedAnswers: nothing is answered from a blocked user's number, also not what
// was ordered a moment before, nor when he is let in again.
func TestBlockedAnswers(t *testing.T) {
	w := replyWorld(t, 2)
	open := w.answer(5, start, w.peers[0], w.peers[1])
	late := w.reply(6, wide, start, w.peers[0])
	w.join(domain.User{Name: "Lola", Role: domain.RoleOwner, Email: "lola@sadaf.uz"})
	w.ok(w.s.BlockUser(w.ctx, w.user, domain.Block{Reason: "x", From: start}, start))
	w.wantReplies(open, domain.DeliveryCancelled, domain.DeliveryCancelled)
	w.wantSilence(late, domain.SilentBlocked)
	w.ok(w.s.UnblockUser(w.ctx, w.user, false))
	if n := w.goesOut(start); n != 0 {
		t.Errorf("%d answers went out afterwards", n)
	}

	w.exec("UPDATE organizations SET blocked_at = 1")
	w.wantSilence(late, domain.SilentBlocked)
	w.exec("UPDATE organizations SET blocked_at = 0")
	r := w.answer(7, start, w.peers[0])
	w.exec("UPDATE users SET blocked_at = 1")
	w.claimNothing(start)
	w.wantReplies(r, domain.DeliveryCancelled)
	w.checkReplies()
}

// TestBlockedOrganization: all of it is out at once, nothing of it goes out or is
// heard, and when it may come in again nothing goes out by itself.
func TestBlockedOrganization(t *testing.T) {
	s := newPair(t, 2)
	o := s.second(2)
	o.paced(0, 0, 0, 0)
	others := o.campaign(1, 0)
	mine, his := s.order(s.user, s.account, 1), s.order(s.member, s.his, 1)
	s.openDue(start)
	s.listen()
	s.session(s.user, "a")
	s.session(s.member, "b")
	s.link(s.member, "link", start.Add(time.Hour))

	block := domain.Block{Reason: "Toʻlov yoʻq", From: start}
	s.ok(s.s.BlockOrganization(s.ctx, s.org.ID, block, start))
	if s.signedIn("a") || s.signedIn("b") || s.linked("link") {
		t.Error("somebody is still in")
	}
	s.wantPaused(domain.CodeOrgBlocked, mine, his)
	if n := s.goesOut(start); n != 2 || o.get(others.ID).Counts.Sent != 2 {
		t.Errorf("%d messages went out, want those of the other organization", n)
	}
	if ids := must(s.s.Listening(s.ctx)); len(ids) != 0 || must(s.s.MayListen(s.ctx, s.org.ID)) || !must(s.s.MayListen(s.ctx, o.org.ID)) {
		t.Errorf("%v listen", ids)
	}
	if got := must(s.s.Organization(s.ctx, s.org.ID)).Block; got.Reason != block.Reason || !got.Since.Equal(start) || !got.ByService {
		t.Errorf("stored: %+v", got)
	}

	late := domain.Session{Hash: domain.TokenHash("late"), OrganizationID: s.org.ID, UserID: s.user.ID, CreatedAt: start, SeenAt: start}
	wantKey(t, s.s.CreateSession(s.ctx, late), domain.NotFound, "user.missing") // of a sign-in that was under way

	// Another reason and end do not let anybody in meanwhile.
	until := start.Add(time.Hour)
	s.ok(s.s.BlockOrganization(s.ctx, s.org.ID, domain.Block{Reason: "Qarz", From: start.Add(time.Minute), Until: until}, start))
	if got := must(s.s.Organization(s.ctx, s.org.ID)).Block; got.Reason != "Qarz" || !got.Since.Equal(start) || !got.Until.Equal(until) {
		t.Errorf("changed: %+v", got)
	}

	s.ok(s.s.UnblockOrganization(s.ctx, s.org.ID))
	wantKey(t, s.s.UnblockOrganization(s.ctx, s.org.ID), domain.Conflict, "organization.not_blocked")
	if s.signedIn("a") || s.signedIn("late") {
		t.Error("a session came to life again")
	}
	if !s.linked("link") { // he has no other way in
		t.Error("the block has killed a link by which a password is set")
	}
	if n := s.goesOut(start); n != 0 {
		t.Errorf("%d messages went out in the minute after", n)
	}
	must(s.s.ResumeCampaign(s.ctx, s.scope, mine.ID, start))
	if n := s.goesOut(start); n != 2 {
		t.Errorf("%d messages went out of what goes on", n)
	}
	if ids := must(s.s.Listening(s.ctx)); len(ids) != 1 {
		t.Errorf("%v listen", ids)
	}
	if got := s.kept(domain.AuditOrganizationBlock); !slices.Equal(got, []string{
		"Toʻlov yoʻq; from: 2026-03-01 09:00 UTC", "Qarz; from: 2026-03-01 09:00 UTC; until: 2026-03-01 10:00 UTC",
	}) {
		t.Errorf("kept: %q", got)
	}
	if got := s.kept(domain.AuditOrganizationUnblock); len(got) != 1 {
		t.Errorf("kept of the end: %q", got)
	}
	service := must(s.s.ServiceOrganization(s.ctx))
	wantKey(t, s.s.BlockOrganization(s.ctx, service.ID, block, start), domain.NotFound, "organization.missing")
	wantKey(t, s.s.BlockOrganization(s.ctx, 999, block, start), domain.NotFound, "organization.missing")
}
