package db

import (
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// ahead checks what stands before a campaign, on its page and in the list.
func (w *world) ahead(c domain.Campaign, want domain.Ahead) {
	w.t.Helper()
	listed, _, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{})
	w.ok(err)
	for _, got := range append(listed, w.get(c.ID)) {
		if got.ID == c.ID && got.Ahead != want {
			w.t.Errorf("before campaign %d stands %+v, want %+v", c.ID, got.Ahead, want)
		}
	}
}

// Of two campaigns with a round open the one whose message is in flight, or due
// first, stands before the other.
func TestAhead(t *testing.T) {
	w := newWorld(t, 3)
	none := domain.Ahead{}
	first := w.campaign(1, 0, w.peers[0])
	second := w.campaign(2, time.Hour, w.peers[1:]...)
	w.ahead(second, none) // scheduled
	w.openDue(start)
	before, behind := domain.Ahead{ID: first.ID, From: start}, domain.Ahead{ID: second.ID, From: start}
	w.ahead(first, none)
	w.ahead(second, before)
	must(w.s.PauseCampaign(w.ctx, w.scope, first.ID, domain.CodePerson, start))
	w.ahead(first, none)
	w.ahead(second, none)
	must(w.s.ResumeCampaign(w.ctx, w.scope, first.ID, start))
	a := w.claim(start)
	w.ahead(first, none)
	w.ahead(second, before) // in flight, though the second is due next
	slow := failed(a, domain.ActWaitChat, "SLOWMODE_WAIT_600", 10*time.Minute, start)
	w.settle(slow)
	w.ahead(first, behind)
	w.ahead(second, none)
	now := start
	for i := range 2 {
		a, now = w.claimSoon(now)
		w.settle(sent(a, i+1, now))
	}
	w.ahead(first, none) // the second is between its rounds
	w.ahead(second, none)
	w.openDue(start.Add(time.Hour))
	w.ahead(second, domain.Ahead{ID: first.ID, From: slow.DueAt})
	elsewhere := w.connect("+998930000000", 777)
	w.listDialogs(elsewhere.ID, w.peers...)
	w.account = elsewhere
	third := w.campaign(1, 0)
	w.openDue(start)
	w.ahead(third, none) // of another account
}

// An uncertain message that is looked for holds up nobody.
func TestNothingAheadWhileLooking(t *testing.T) {
	w := newWorld(t, 2)
	first, second := w.campaign(1, 0, w.peers[0]), w.campaign(1, 0, w.peers[1])
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	if a, _ := w.claimSoon(start.Add(time.Minute)); a.CampaignID != first.ID || !a.Uncertain {
		t.Fatalf("claimed %+v", a)
	}
	w.ahead(second, domain.Ahead{})
}

// Who does not see a campaign is told that there is one, not which.
func TestAheadByScope(t *testing.T) {
	s := newStaff(t)
	s.account = s.accountOf("seller", "+998900000001", 501)
	s.listDialogs(s.account.ID, s.peers...)
	order := func(by string) domain.Campaign {
		s.user.ID = s.ids[by]
		return s.campaign(1, 0)
	}
	owners, sellers := order("owner"), order("seller")
	s.openDue(start)
	for name, id := range map[string]int64{"owner": owners.ID, "manager": 0, "seller": 0} {
		s.scope = s.scopes[name]
		s.ahead(sellers, domain.Ahead{ID: id, From: start})
	}
	s.scope = s.scopes["owner"]
	must(s.s.CancelCampaign(s.ctx, s.scope, owners.ID, start))
	again := order("seller")
	s.openDue(start)
	for _, name := range []string{"manager", "seller"} {
		s.scope = s.scopes[name]
		s.ahead(again, domain.Ahead{ID: sellers.ID, From: start})
	}
}

// What stands first is one look at an index for each account, however much waits.
func TestFirstInLinePlan(t *testing.T) {
	w := newWorld(t, 0)
	plan := w.plan(strings.ReplaceAll(query(t, "turn.sql", "FirstInLine"), "sqlc.slice('accounts')", "1, 2"))
	for _, want := range []string{
		"SEARCH d USING INTEGER PRIMARY KEY", "SEARCH a USING INTEGER PRIMARY KEY", "SEARCH s USING INDEX deliveries_sending (account_id=?)",
		"SEARCH n USING INDEX deliveries_due (account_id=?)",
	} {
		if !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("want %s in\n%s", want, plan)
		}
	}
}

// A campaign that the program has paused says how many of its latest attempts
// failed; one that a person has paused does not.
func TestRecentFailed(t *testing.T) {
	w := newWorld(t, 30)
	c := w.campaign(1, 0)
	w.openDue(start)
	now, want := start, 0
	for i := 0; w.get(c.ID).Status == domain.CampaignRunning; i++ {
		var a domain.Attempt
		a, now = w.claimSoon(now)
		if i >= 10 && i%2 == 0 {
			want++
			w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
			continue
		}
		w.settle(sent(a, i, now))
	}
	got := w.get(c.ID)
	if got.Status != domain.CampaignPaused || got.RecentFailed != want || want != 6 {
		t.Errorf("%s with %d failed lately, want %d", got.Status, got.RecentFailed, want)
	}
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
	a, now := w.claimSoon(now)
	w.settle(failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, now))
	if got := w.get(c.ID); got.RecentFailed != 0 {
		t.Errorf("paused by a person it says %d", got.RecentFailed)
	}
}
