package db

import (
	"testing"
	"time"

	"postix/domain"
)

func TestFromCreatedToDone(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(2, time.Hour)
	if c.Status != domain.CampaignScheduled || c.Counts.Planned != 6 || !c.NextDueAt.Equal(start) {
		t.Fatalf("created as %+v", c)
	}
	if at, ok := w.nextDue(); !ok || !at.Equal(start) {
		t.Fatalf("next due %v %v", at, ok)
	}
	if n := w.openDue(start.Add(-time.Second)); n != 0 {
		t.Fatalf("%d rounds were due too early", n)
	}
	w.openDue(start)
	n, now := w.sendAll(start)
	if n != 3 {
		t.Fatalf("%d went out in round 1", n)
	}
	c = w.get(c.ID)
	if c.Status != domain.CampaignRunning || !c.NextDueAt.Equal(start.Add(time.Hour)) || c.Counts.Sent != 3 {
		t.Fatalf("after round 1: %+v", c)
	}
	if n := w.openDue(now); n != 0 {
		t.Fatal("round 2 was opened too early")
	}
	w.openDue(start.Add(time.Hour))
	w.sendAll(start.Add(time.Hour))
	c = w.get(c.ID)
	// The last of three starts two gaps of 8 s after the first.
	if end := start.Add(time.Hour + 16*time.Second); c.Status != domain.CampaignDone || !c.FinishedAt.Equal(end) || !c.LastSentAt.Equal(end) {
		t.Fatalf("at the end: %+v", c)
	}
	if _, ok := w.nextDue(); ok {
		t.Fatalf("something is still due")
	}
	ids := map[int64]bool{}
	for _, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		if d.Status != domain.DeliverySent || d.MessageID == 0 || d.Attempts != 1 || ids[d.RandomID] {
			t.Errorf("delivery %+v", d)
		}
		if d.RandomID != domain.RandomID(w.s.install, c.UUID, d.Round, c.AccountID, d.Peer.ID, 0) {
			t.Errorf("delivery %d has a random id of its own", d.ID)
		}
		ids[d.RandomID] = true
	}
	if len(ids) != 6 {
		t.Errorf("%d deliveries", len(ids))
	}
}

func TestClaimBringsWhatSendingNeeds(t *testing.T) {
	w := newWorld(t, 2)
	w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	p := w.peers[0]
	if a.Number != 1 || a.Text != "Salom 1" || !a.Known || a.Dialog.Peer != p || a.Dialog.AccessHash != int64(p.ID)*3 ||
		!a.FirstAt.Equal(start) || a.Pace != w.org.Pace || a.Uncertain || a.Look || a.Round != 1 {
		t.Errorf("claimed %+v", a)
	}
	// One at a time: nothing more until it is settled.
	if next := w.claimNothing(start.Add(time.Hour)); !next.IsZero() {
		t.Errorf("told to ask again at %v with one in flight", next)
	}
	if ids := w.dueAccounts(start); len(ids) != 0 {
		t.Errorf("accounts %v are due with one in flight", ids)
	}
	w.settle(sent(a, 1, start))
	if next := w.claimNothing(start); !next.Equal(start.Add(8 * time.Second)) {
		t.Errorf("the pace lets it send again at %v", next)
	}
	if ids := w.dueAccounts(start.Add(8 * time.Second)); len(ids) != 1 || ids[0] != w.account.ID {
		t.Errorf("accounts %v are due after the gap", ids)
	}
	if _, _, _, err := fourOf(w.s.Claim(w.ctx, 999, start)); !domain.IsKey(err, "account.missing") {
		t.Errorf("an unknown account claims: %v", err)
	}
}

func TestSettleTwiceCountsOnce(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	w.settle(sent(a, 1, start))
	w.settle(sent(a, 1, start))
	w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start))
	if got := w.get(c.ID).Counts; got.Sent != 1 || got.Failed != 0 {
		t.Errorf("counted %+v", got)
	}
	b := w.claim(start.Add(time.Minute))
	b.Claim++ // a claim that never was
	w.settle(sent(b, 2, start))
	if got := w.get(c.ID).Counts; got.Sent != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestCrashInFlight(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	w.ok(w.s.Close())

	w.s = openStore(t, w.path)
	now := start.Add(time.Minute)
	if next := w.claimNothing(now); !next.IsZero() {
		t.Fatal("claims before Recover")
	}
	if n := must(w.s.Recover(w.ctx, now)); n != 1 {
		t.Fatalf("%d recovered", n)
	}
	w.checkSums()
	if got := w.get(c.ID).Counts; got.Uncertain != 1 || got.Open() != 1 {
		t.Fatalf("after recovering: %+v", got)
	}
	// It may have left a moment ago: the account keeps its gap.
	if next := w.claimNothing(now); !next.Equal(now.Add(8 * time.Second)) {
		t.Fatalf("it goes on at %v", next)
	}
	now = now.Add(8 * time.Second)
	again := w.claim(now)
	if again.DeliveryID != a.DeliveryID || again.RandomID != a.RandomID || !again.Uncertain || again.Number != 2 || !again.FirstAt.Equal(start) {
		t.Errorf("claimed again as %+v", again)
	}
	// Found with its original time: recorded with that.
	w.settle(domain.SettleSent(again, domain.SentMessage{ID: 5, At: start}, now, 0))
	d := w.deliveries(c.ID, domain.DeliveryFilter{Status: domain.DeliverySent})
	if len(d) != 1 || !d[0].SentAt.Equal(start) || d[0].Reason != "" {
		t.Errorf("recorded as %+v", d)
	}
}

func TestUncertainDoesNotHoldTheRound(t *testing.T) {
	w := newWorld(t, 1)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	a := w.claim(start)
	w.settle(failed(a, domain.ActRetry, "TIMEOUT", 0, start))
	got := w.get(c.ID)
	if got.Counts.Uncertain != 1 || !got.NextDueAt.Equal(start.Add(time.Hour)) {
		t.Fatalf("after an ambiguous answer: %+v", got)
	}
	// Uncertain ones come before new ones, and settle into a closed round.
	now := start.Add(time.Hour)
	w.openDue(now)
	again := w.claim(now)
	if again.DeliveryID != a.DeliveryID {
		t.Fatal("a new one went before the uncertain one")
	}
	w.settle(failed(again, domain.ActWaitAccount, "FLOOD_WAIT_10", 10*time.Second, now))
	if got := w.get(c.ID); got.Counts.Uncertain != 1 || got.Status != domain.CampaignRunning {
		t.Fatalf("a wait made it certain: %+v", got)
	}
	now = now.Add(time.Minute)
	w.settle(sent(w.claim(now), 1, now))
	w.settle(sent(w.claim(now.Add(time.Minute)), 2, now.Add(time.Minute)))
	got = w.get(c.ID)
	if got.Status != domain.CampaignDone || got.Counts.Sent != 2 || got.Counts.Uncertain != 0 {
		t.Errorf("at the end: %+v", got)
	}
}

func TestRoundsNeverOverlap(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(3, 10*time.Second) // shorter than a round
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	stale := w.get(c.ID)
	if n := w.openDue(start.Add(time.Minute)); n != 0 {
		t.Fatal("round 2 is due while round 1 is open")
	}
	_, now := w.sendAll(start.Add(time.Minute))
	got := w.get(c.ID)
	if got.NextDueAt.Before(now) || got.NextDueAt.After(now) {
		t.Fatalf("round 1 ended at %v, round 2 is due at %v", now, got.NextDueAt)
	}
	w.openDue(now)
	// A second process with an old view opens nothing.
	stale.NextDueAt = now
	w.ok(w.s.OpenRounds(w.ctx, stale, domain.Opening{Open: 2}, now))
	w.ok(w.s.OpenRounds(w.ctx, got, domain.Opening{Open: 2}, now))
	if rs := must(w.s.Rounds(w.ctx, w.scope, c.ID)); len(rs) != 2 || rs[0].Number != 2 || rs[0].Status != domain.RoundOpen {
		t.Errorf("rounds %+v", rs)
	}
	w.checkSums()
}

func TestMissedRounds(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(5, time.Hour)
	late := start.Add(2*time.Hour + 5*time.Minute)
	w.openDue(late)
	rs := must(w.s.Rounds(w.ctx, w.scope, c.ID))
	if len(rs) != 3 || rs[0].Status != domain.RoundOpen || !rs[0].Late || rs[1].Status != domain.RoundMissed || rs[2].Number != 1 {
		t.Fatalf("rounds %+v", rs)
	}
	if !rs[0].PlannedAt.Equal(start.Add(2*time.Hour)) || !rs[0].OpenedAt.Equal(late) {
		t.Errorf("round 3 planned %v, opened %v", rs[0].PlannedAt, rs[0].OpenedAt)
	}
	if ds := w.deliveries(c.ID, domain.DeliveryFilter{}); len(ds) != 2 || !ds[0].Late {
		t.Errorf("deliveries %+v", ds)
	}
	if got := w.get(c.ID).Counts; got.Missed != 4 || got.Open() != 6 {
		t.Errorf("counted %+v", got)
	}

	once := w.campaign(1, 0)
	w.openDue(start.Add(3 * time.Hour))
	if got := w.get(once.ID); got.Status != domain.CampaignDone || got.Counts.Missed != 2 || !got.StartedAt.IsZero() {
		t.Errorf("a missed single round: %+v", got)
	}
}

func TestSkipped(t *testing.T) {
	w := newWorld(t, 3)
	group := domain.Peer{ID: -77, Kind: domain.KindGroup, Title: "Eski"}
	super := domain.Peer{ID: -1_000_000_000_777, Kind: domain.KindSupergroup, Title: "Yangi"}
	stranger := domain.Peer{ID: -88, Kind: domain.KindGroup, Title: "Begona"}
	ds := append(dialogsOf(w.peers...), dialogsOf(group, super)...)
	ds[3].MigratedTo = super.ID
	w.ok(w.s.ReplaceDialogs(w.ctx, w.org.ID, w.account.ID, ds, start))
	for round := range domain.SkipAfter {
		c := w.campaign(1, 0, w.peers[0])
		now := start.Add(time.Duration(round) * time.Minute)
		w.openDue(now)
		w.settle(failed(w.claim(now), domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
		if got := w.get(c.ID).Counts; got.Failed != 1 {
			t.Fatalf("round %d: %+v", round, got)
		}
	}
	now := start.Add(10 * time.Minute)
	c := w.campaign(2, time.Hour, w.peers[0], group, stranger, w.peers[1])
	w.openDue(now)
	want := []struct {
		id     domain.PeerID
		status domain.DeliveryStatus
		reason string
	}{
		{w.peers[0].ID, domain.DeliverySkipped, "PEER_SKIPPED"},
		{super.ID, domain.DeliveryPlanned, ""},
		{stranger.ID, domain.DeliverySkipped, "NOT_MEMBER"},
		{w.peers[1].ID, domain.DeliveryPlanned, ""},
	}
	for i, d := range w.deliveries(c.ID, domain.DeliveryFilter{}) {
		if d.Peer.ID != want[i].id || d.Status != want[i].status || d.Reason != want[i].reason {
			t.Errorf("delivery %d is %+v, want %+v", i, d, want[i])
		}
	}
	// A person clears the peer: it is tried again; the supergroup stays.
	w.ok(w.s.ClearFails(w.ctx, w.org.ID, w.account.ID, w.peers[0].ID))
	w.sendAll(now)
	w.openDue(now.Add(time.Hour))
	ds2 := w.deliveries(c.ID, domain.DeliveryFilter{Round: 2})
	if ds2[0].Status != domain.DeliveryPlanned || ds2[1].Peer != super {
		t.Errorf("round 2: %+v", ds2)
	}

	all := w.campaign(1, 0, stranger)
	w.openDue(now.Add(20 * time.Minute))
	if got := w.get(all.ID); got.Status != domain.CampaignDone || got.Counts.Skipped != 1 {
		t.Errorf("a campaign without a peer to send to: %+v", got)
	}
	both := w.campaign(1, 0, group, super)
	w.openDue(now.Add(20 * time.Minute))
	if ds := w.deliveries(both.ID, domain.DeliveryFilter{}); ds[0].Reason != "MIGRATED" || ds[1].Status != domain.DeliveryPlanned {
		t.Errorf("group and supergroup: %+v", ds)
	}
}

func TestWaits(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	other := w.campaign(1, 0, w.peers[0])
	w.openDue(start)

	a := w.claim(start)
	w.settle(failed(a, domain.ActWaitAccount, "FLOOD_WAIT_60", time.Minute, start))
	next := w.claimNothing(start.Add(time.Minute))
	if !next.Equal(start.Add(61 * time.Second)) {
		t.Fatalf("the account waits until %v", next)
	}
	acc := must(w.s.Account(w.ctx, w.scope, w.account.ID))
	if !acc.WaitUntil.Equal(next) || acc.WaitReason != "FLOOD_WAIT_60" {
		t.Errorf("the account says %+v", acc)
	}
	if at, ok := w.nextDue(); !ok || !at.Equal(next) {
		t.Errorf("next due %v %v", at, ok)
	}
	d := w.deliveries(c.ID, domain.DeliveryFilter{Status: domain.DeliveryWaiting})
	if len(d) != 1 || d[0].Attempts != 0 {
		t.Errorf("a wait counts as an attempt: %+v", d)
	}

	// A chat that waits holds back only what goes there, of every campaign.
	now := next
	b := w.claim(now)
	w.settle(sent(b, 1, now))
	for b.Dialog.ID != w.peers[0].ID {
		now = now.Add(time.Minute)
		b = w.claim(now)
		if b.Dialog.ID != w.peers[0].ID {
			w.settle(sent(b, 1, now))
		}
	}
	w.settle(failed(b, domain.ActWaitChat, "SLOWMODE_WAIT_3600", time.Hour, now))
	until := now.Add(time.Hour + time.Second)
	w.claimNothing(now.Add(time.Minute))
	for _, id := range []int64{c.ID, other.ID} {
		for _, d := range w.deliveries(id, domain.DeliveryFilter{}) {
			if d.Peer.ID == w.peers[0].ID && d.Status.Open() && !d.DueAt.Equal(until) {
				t.Errorf("campaign %d: %+v does not wait until %v", id, d, until)
			}
		}
	}
	// So does a round that opens meanwhile.
	third := w.campaign(1, 0, w.peers...)
	w.openDue(start.Add(20 * time.Minute))
	ds := w.deliveries(third.ID, domain.DeliveryFilter{})
	if !ds[0].DueAt.Equal(until) || ds[1].DueAt.Equal(until) {
		t.Errorf("the new round is due %v and %v", ds[0].DueAt, ds[1].DueAt)
	}
}
