package db

import (
	"context"
	"strings"
	"testing"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

var (
	customer = domain.Peer{ID: 501, Kind: domain.KindUser, Title: "Anvar", Username: "anvar_uz"}
	robot    = domain.Peer{ID: 502, Kind: domain.KindBot, Title: "Robot"}
)

// denyWorld has an account that knows two groups, a person and a bot.
func denyWorld(t *testing.T) *world {
	w := newWorld(t, 2)
	w.paced(0, 0, 0, 0)
	w.peers = append([]domain.Peer{customer, robot}, w.peers...)
	w.listDialogs(w.account.ID, w.peers...)
	return w
}

func (w *world) deny(p domain.Peer) {
	w.t.Helper()
	w.ok(w.s.DenyPeer(w.ctx, domain.DeniedPeer{Peer: p, OrganizationID: w.org.ID, Reason: "Soʻradi", UserID: w.user.ID, At: start}))
	w.checkSums()
}

func (w *world) denied() []domain.DeniedPeer {
	w.t.Helper()
	ps, n, err := w.s.DeniedPeers(w.ctx, w.org.ID, domain.DenyFilter{})
	w.ok(err)
	if n != len(ps) {
		w.t.Errorf("%d denied, but the total says %d", len(ps), n)
	}
	return ps
}

// of is the one delivery of a campaign's round to a peer.
func (w *world) of(campaignID int64, round int, p domain.Peer) domain.Delivery {
	w.t.Helper()
	for _, d := range w.deliveries(campaignID, domain.DeliveryFilter{Round: round}) {
		if d.Peer.ID == p.ID {
			return d
		}
	}
	w.t.Fatalf("round %d of campaign %d has nothing for %s", round, campaignID, p.Title)
	return domain.Delivery{}
}

func (w *world) skipped(campaignID int64, round int, p domain.Peer) {
	w.t.Helper()
	if d := w.of(campaignID, round, p); d.Status != domain.DeliverySkipped || d.Reason != domain.CodeDenied {
		w.t.Errorf("campaign %d, round %d, %s: %s (%s)", campaignID, round, p.Title, d.Status, d.Reason)
	}
}

// next claims until the claim is for that peer; what comes before goes out.
func (w *world) next(p domain.Peer, now time.Time) domain.Attempt {
	w.t.Helper()
	for {
		a := w.claim(now)
		if a.Dialog.ID == p.ID {
			return a
		}
		w.settle(sent(a, int(a.DeliveryID), now))
	}
}

// Who has blocked one account hears from no account of the organization, in no
// campaign; another organization goes on writing to him.
func TestWhoBlocksIsDenied(t *testing.T) {
	for code, p := range map[string]domain.Peer{"USER_IS_BLOCKED": customer, "YOU_BLOCKED_USER": robot} {
		t.Run(code, func(t *testing.T) {
			w := denyWorld(t)
			first := w.account
			w.account = w.connect("+998901112233", 4711)
			w.listDialogs(w.account.ID, w.peers...)
			beside, paused := w.campaign(2, time.Hour), w.campaign(1, 0)
			w.account = first
			c := w.campaign(2, time.Hour)
			o := w.second(0)
			o.listDialogs(o.account.ID, w.peers...)
			theirs := o.campaign(1, 0, w.peers...)
			w.openDue(start)
			must(w.s.PauseCampaign(w.ctx, w.scope, paused.ID, domain.CodePerson, start))

			now := start.Add(time.Minute)
			w.settle(failed(w.next(p, now), domain.ActFailPeer, code, 0, now))
			got := w.denied()
			if len(got) != 1 || got[0].Peer != p || got[0].Reason != code || got[0].UserID != 0 || !got[0].At.Equal(now) {
				t.Fatalf("the list is %+v", got)
			}
			if d := w.of(c.ID, 1, p); d.Status != domain.DeliveryFailed || d.Reason != code {
				t.Errorf("his own is %s (%s)", d.Status, d.Reason)
			}
			w.skipped(beside.ID, 1, p)
			w.skipped(paused.ID, 1, p)
			if d := o.of(theirs.ID, 1, p); d.Status != domain.DeliveryPlanned || len(o.denied()) != 0 {
				t.Errorf("another organization: %s, %+v", d.Status, o.denied())
			}
			// Nothing is claimed for him any more, and the next rounds leave him out.
			must(w.s.ResumeCampaign(w.ctx, w.scope, paused.ID, now))
			for _, acc := range must(w.s.Accounts(w.ctx, w.scope)) {
				w.account = acc
				w.sendAll(now)
			}
			now = start.Add(time.Hour)
			w.openDue(now)
			w.skipped(c.ID, 2, p)
			w.skipped(beside.ID, 2, p)
			for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{Round: 2}) {
				if d.Peer.ID != p.ID && d.Status != domain.DeliveryPlanned {
					t.Errorf("%s: %s (%s)", d.Peer.Title, d.Status, d.Reason)
				}
			}
		})
	}
}

// A group that answers so blocks nobody, and other refusals are no block.
func TestWhoIsNotDenied(t *testing.T) {
	w := denyWorld(t)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.next(customer, start), domain.ActFailPeer, "USER_PRIVACY_RESTRICTED", 0, start))
	group := w.peers[2]
	w.settle(failed(w.next(group, start), domain.ActFailPeer, "USER_IS_BLOCKED", 0, start))
	if got := w.denied(); len(got) != 0 {
		t.Errorf("the list is %+v", got)
	}
}

// What a person puts on the list while it is on its way ends truthfully; what
// would be tried again is not.
func TestDenyInFlight(t *testing.T) {
	w := denyWorld(t)
	c := w.campaign(1, 0, customer, robot)
	w.openDue(start)
	flying := w.claim(start)
	w.deny(customer)
	w.deny(robot)
	w.settle(failed(flying, domain.ActWaitChat, "SLOWMODE_WAIT_5", 5*time.Second, start))
	w.skipped(c.ID, 1, customer)
	w.skipped(c.ID, 1, robot)
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Skipped != 2 {
		t.Errorf("the campaign is %s, %+v", got.Status, got.Counts)
	}

	w.ok(w.s.AllowPeer(w.ctx, w.org.ID, customer.ID))
	now := start.Add(time.Minute)
	c = w.campaign(1, 0, customer)
	w.openDue(now)
	flying = w.claim(now)
	w.deny(customer)
	w.settle(sent(flying, 7, now))
	if d := w.of(c.ID, 1, customer); d.Status != domain.DeliverySent {
		t.Errorf("what was on its way is %s (%s)", d.Status, d.Reason)
	}
}

// A round whose last open messages are skipped is closed, and the next one is
// due; off the list, it writes again.
func TestDenyClosesARoundAndAllowOpensAgain(t *testing.T) {
	w := denyWorld(t)
	c := w.campaign(3, time.Hour, customer)
	w.openDue(start)
	w.deny(customer)
	if got := w.get(c.ID); got.Status != domain.CampaignRunning || !got.NextDueAt.Equal(start.Add(time.Hour)) || got.Counts.Skipped != 1 {
		t.Errorf("the campaign is %s, due at %v, %+v", got.Status, got.NextDueAt, got.Counts)
	}
	w.openDue(start.Add(time.Hour))
	w.skipped(c.ID, 2, customer)
	w.claimNothing(start.Add(time.Hour))
	w.ok(w.s.AllowPeer(w.ctx, w.org.ID, customer.ID))
	w.openDue(start.Add(2 * time.Hour))
	if a := w.claim(start.Add(2 * time.Hour)); a.Dialog.ID != customer.ID || a.Round != 3 {
		t.Errorf("claimed %+v", a)
	}
}

// Somebody may come onto the list between the planning of a round and its
// writing.
func TestDenyWhileARoundIsPlanned(t *testing.T) {
	w := denyWorld(t)
	c := w.campaign(1, 0)
	p := must(w.s.planRows(w.ctx, w.s.read, c, 1, start))
	w.deny(customer)
	w.ok(w.s.write(w.ctx, "open a round", func(ctx context.Context, q *sqlc.Queries) error {
		return w.s.openRounds(ctx, q, c, c.Due(start), p, start)
	}))
	w.checkSums()
	w.skipped(c.ID, 1, customer)
	if got := w.get(c.ID).Counts; got.Skipped != 1 || got.Open() != 3 {
		t.Errorf("counted %+v", got)
	}
}

func TestDenyHoldsForMissedRoundsAndRetries(t *testing.T) {
	w := denyWorld(t)
	late := w.campaign(1, 0)
	w.openDue(start.Add(2 * time.Hour)) // too late
	c := w.campaign(1, 0)
	w.openDue(start)
	for range w.peers {
		w.settle(failed(w.claim(start), domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start))
	}
	w.deny(customer)
	now := start.Add(3 * time.Hour)
	must(w.s.SendMissed(w.ctx, w.scope, late.ID, 1, now))
	w.checkSums()
	w.skipped(late.ID, 1, customer)
	_, again, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, 1, now)
	w.ok(err)
	w.checkSums()
	if d := w.of(c.ID, 1, customer); again.Planned != 3 || d.Status != domain.DeliveryFailed {
		t.Errorf("%+v are sent again, to him %s", again, d.Status)
	}
}

// A message that proved not to have arrived is open again, though its campaign is
// done: that is found too.
func TestDenyFindsWhatIsLeftOfADoneCampaign(t *testing.T) {
	w := denyWorld(t)
	c := w.campaign(1, 0, customer)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	now := start.Add(2 * domain.Arrival)
	a := w.claim(now)
	w.settle(domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now})
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Open() != 1 {
		t.Fatalf("the campaign is %s, %+v", got.Status, got.Counts)
	}
	w.deny(customer)
	w.skipped(c.ID, 1, customer)
}

// A group is denied as what it becomes, too.
func TestDenyFollowsAGroup(t *testing.T) {
	w := denyWorld(t)
	group := domain.Peer{ID: -77, Kind: domain.KindGroup, Title: "Guruh"}
	super := domain.Peer{ID: -1_000_000_000_777, Kind: domain.KindSupergroup, Title: "Guruh"}
	ds := dialogsOf(append(w.peers, group, super)...)
	ds[len(ds)-2].MigratedTo = super.ID
	w.ok(w.s.ReplaceDialogs(w.ctx, w.org.ID, w.account.ID, ds, start))
	open := w.campaign(1, 0, super)
	w.openDue(start)
	w.deny(group)
	w.skipped(open.ID, 1, super)
	c := w.campaign(1, 0, group)
	w.openDue(start)
	w.skipped(c.ID, 1, super)
}

func TestDenyListIsAnOrganizationsOwn(t *testing.T) {
	w := denyWorld(t)
	o := w.second(1)
	w.deny(customer)
	w.deny(w.peers[2])
	_, err := w.s.KnownPeer(w.ctx, o.scope, 0, customer.ID)
	wantKey(t, err, domain.NotFound, "deny.unknown")
	wantKey(t, w.s.AllowPeer(w.ctx, o.org.ID, customer.ID), domain.NotFound, "deny.missing")
	if found := must(w.s.KnownPeers(w.ctx, o.scope, "anvar", 9)); len(found)+len(o.denied()) != 0 {
		t.Errorf("another organization finds %+v and has %+v", found, o.denied())
	}
	err = w.s.DenyPeer(w.ctx, domain.DeniedPeer{Peer: customer, OrganizationID: w.org.ID, Reason: "Boshqa", At: start})
	wantKey(t, err, domain.Conflict, "deny.already")
	got, n, err := w.s.DeniedPeers(w.ctx, w.org.ID, domain.DenyFilter{Search: "@ANVAR"})
	if err != nil || n != 1 || len(got) != 1 || got[0].Reason != "Soʻradi" || got[0].UserName != w.user.Name {
		t.Errorf("the search finds %+v, %v", got, err)
	}
	if got, n, err := w.s.DeniedPeers(w.ctx, w.org.ID, domain.DenyFilter{Limit: 1, Offset: 1}); err != nil || n != 2 || len(got) != 1 {
		t.Errorf("the second page has %+v of %d, %v", got, n, err)
	}
}

// A peer is known by an account, a catalog or a campaign of the scope, and of no
// other.
func TestKnownPeers(t *testing.T) {
	w := denyWorld(t)
	second := w.connect("+998901112233", 4711)
	w.listDialogs(second.ID, w.peers...)
	w.deny(robot)
	found := must(w.s.KnownPeers(w.ctx, w.scope, "R", 9))
	if len(found) != 4 || found[0].Peer != customer || found[0].Denied || found[3].Peer != robot || !found[3].Denied {
		t.Errorf("found %+v", found)
	}
	away := domain.Peer{ID: 600, Kind: domain.KindUser, Title: "Ketgan"}
	c := w.campaign(1, 0, away)
	cat := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	listed := domain.Peer{ID: 601, Kind: domain.KindUser, Title: "Katalogdagi"}
	must(w.s.AddPeers(w.ctx, w.scope, cat.ID, []domain.Peer{listed}, start))
	other := domain.Scope{OrganizationID: w.org.ID, UserID: w.user.ID + 1}
	for _, k := range []struct {
		campaign int64
		p        domain.Peer
		known    bool
	}{{0, customer, true}, {0, listed, true}, {0, away, false}, {c.ID, away, true}, {c.ID + 1, away, false}} {
		p, err := w.s.KnownPeer(w.ctx, w.scope, k.campaign, k.p.ID)
		if k.known && (err != nil || p.ID != k.p.ID || p.Title != k.p.Title) || !k.known && !domain.IsKey(err, "deny.unknown") {
			t.Errorf("%s in campaign %d: %+v, %v", k.p.Title, k.campaign, p, err)
		}
		_, err = w.s.KnownPeer(w.ctx, other, k.campaign, k.p.ID)
		wantKey(t, err, domain.NotFound, "deny.unknown")
	}
	ts := must(w.s.Targets(w.ctx, w.scope, cat.ID, w.account.ID))
	w.deny(listed)
	if again := must(w.s.Targets(w.ctx, w.scope, cat.ID, w.account.ID)); ts[0].Denied || !again[0].Denied {
		t.Errorf("in the catalog: %+v, then %+v", ts, again)
	}
}

// What is open for a peer is found by campaigns and rounds, not among all
// deliveries.
func TestDenyPlan(t *testing.T) {
	w := newWorld(t, 0)
	plan := w.plan(query(t, "deny.sql", "OpenOfPeer"))
	for _, want := range []string{
		"campaigns_live (organization_id=? AND status=?)", "campaigns_left (organization_id=? AND status=?)",
		"sqlite_autoindex_deliveries_1 (campaign_id=? AND round=? AND peer_id=?)",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("no %s in\n%s", want, plan)
		}
	}
	if strings.Contains(plan, "SCAN") {
		t.Errorf("a scan in\n%s", plan)
	}
}
