package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// written is a query with its arguments in their places.
func written(query string, args ...any) string {
	for _, a := range args {
		query = strings.Replace(query, "?", fmt.Sprintf("'%v'", a), 1)
	}
	return strings.ReplaceAll(query, "?", "1")
}

// A page of a list is read off an index in its order: no sort, and no row of what
// lies before the page. Of what is sent or to come those rounds alone are read that
// have some.
func TestListPlans(t *testing.T) {
	w := newWorld(t, 0)
	campaigns := func(sc domain.Scope, f domain.CampaignFilter) string {
		tables, args := campaignTables(sc, f, start)
		return written("SELECT c.id"+tables+campaignOrder(f), args...)
	}
	deliveries := func(f domain.DeliveryFilter) string {
		found, args := deliveriesFound(1, f)
		return written("SELECT d.id"+found+deliveryOrder+" LIMIT ? OFFSET ?", args...)
	}
	org, member := whole(1), domain.Scope{OrganizationID: 1, UserID: 2}
	for name, c := range map[string]struct{ text, index string }{
		"campaigns":             {campaigns(org, domain.CampaignFilter{}), "USING COVERING INDEX campaigns_ordered (organization_id=?)"},
		"of a status":           {campaigns(org, domain.CampaignFilter{Status: domain.CampaignDone}), "USING COVERING INDEX campaigns_status (organization_id=? AND status=?)"},
		"of a member":           {campaigns(member, domain.CampaignFilter{}), "USING COVERING INDEX campaigns_user (organization_id=? AND user_id=?)"},
		"of an account":         {campaigns(org, domain.CampaignFilter{AccountID: 3}), "USING INDEX campaigns_account (organization_id=? AND account_id=?)"},
		"deliveries":            {deliveries(domain.DeliveryFilter{}), "USING COVERING INDEX deliveries_page (campaign_id=?)"},
		"deliveries of a round": {deliveries(domain.DeliveryFilter{Round: 2}), "USING COVERING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"failed":                {deliveries(domain.DeliveryFilter{Status: domain.DeliveryFailed}), "USING COVERING INDEX deliveries_status (campaign_id=? AND status=?)"},
		"sent":                  {deliveries(domain.DeliveryFilter{Status: domain.DeliverySent}), "USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"planned":               {deliveries(domain.DeliveryFilter{Status: domain.DeliveryPlanned}), "USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"planned by round":      {query(t, "campaigns.sql", "OpenByRound"), "USING INDEX deliveries_page (campaign_id=? AND round=?)"},
	} {
		plan := w.plan(c.text)
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "FOR ORDER BY") {
			t.Errorf("%s: want %s in\n%s", name, c.index, plan)
		}
	}
	for _, text := range []string{
		query(t, "campaigns.sql", "LiveCampaigns"), query(t, "people.sql", "OrganizationsAtWork"),
		campaigns(org, domain.CampaignFilter{Care: true}),
	} {
		if plan := w.plan(text); !strings.Contains(plan, "INDEX campaigns_live (organization_id=?") {
			t.Errorf("what has ended is read too:\n%s", plan)
		}
	}
	if plan := w.plan(campaigns(org, domain.CampaignFilter{Care: true})); !strings.Contains(plan, "m USING INDEX campaigns_finished (finished_at>?)") {
		t.Errorf("what has ended long ago is read too:\n%s", plan)
	}
}

func TestOverview(t *testing.T) {
	s := newStaff(t)
	order := func(acc domain.Account, by string, at time.Time) domain.Campaign {
		s.account, s.user.ID = acc, s.ids[by]
		s.listDialogs(acc.ID, s.peers...)
		s.made++
		c, _, err := s.s.CreateCampaign(s.ctx, domain.Campaign{
			OrganizationID: s.org.ID, UserID: s.ids[by], UUID: fmt.Sprint("overview ", s.made), AccountID: acc.ID, Text: "x",
			Rounds: 2, Interval: time.Hour, StartAt: at, CreatedAt: start,
		}, s.peers)
		s.ok(err)
		return c
	}
	seller, keeper := s.accountOf("seller", "+998900000001", 501), s.accountOf("keeper", "+998900000002", 502)
	order(seller, "seller", start)
	order(seller, "seller", start.Add(48*time.Hour)) // stays scheduled
	paused := order(seller, "seller", start)
	order(keeper, "keeper", start)
	cancelled := order(keeper, "keeper", start)
	s.openDue(start)
	must(s.s.PauseCampaign(s.ctx, s.scope, paused.ID, domain.CodePerson, start))
	must(s.s.CancelCampaign(s.ctx, s.scope, cancelled.ID, start))
	s.account = seller
	s.settle(sent(s.claim(start), 1, start))
	s.move(keeper, domain.AccountPaused, "PEER_FLOOD")
	day := start.Truncate(24 * time.Hour)
	for name, want := range map[string]domain.Overview{
		"owner":   {Running: 1, Scheduled: 1, Care: 2, AccountCare: 1, TodayCampaigns: 4, Today: domain.Counts{Planned: 8, Sent: 1, Cancelled: 2}},
		"manager": {Running: 1, Scheduled: 1, Care: 1, TodayCampaigns: 2, Today: domain.Counts{Planned: 4, Sent: 1}},
		"seller":  {Running: 1, Scheduled: 1, Care: 1, TodayCampaigns: 2, Today: domain.Counts{Planned: 4, Sent: 1}},
		"keeper":  {Care: 1, AccountCare: 1, TodayCampaigns: 2, Today: domain.Counts{Planned: 4, Cancelled: 2}},
	} {
		if got := must(s.s.Overview(s.ctx, s.scopes[name], day)); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		// The figures and the lists behind them say the same.
		for status, n := range map[domain.CampaignStatus]int{domain.CampaignRunning: want.Running, domain.CampaignScheduled: want.Scheduled} {
			if _, total, err := s.s.Campaigns(s.ctx, s.scopes[name], domain.CampaignFilter{Status: status, Limit: 1}); total != n || err != nil {
				t.Errorf("%s: %d %s in the list, %d above it (%v)", name, total, status, n, err)
			}
		}
		if _, total, err := s.s.Campaigns(s.ctx, s.scopes[name], domain.CampaignFilter{Care: true}); total != want.Care || err != nil {
			t.Errorf("%s: %d in the list that wait for a person, %d above it (%v)", name, total, want.Care, err)
		}
	}
	if got := must(s.s.Overview(s.ctx, s.second(0).scope, day)); got != (domain.Overview{}) {
		t.Errorf("another organization sees %+v", got)
	}
}

func TestCampaignsByID(t *testing.T) {
	w := newWorld(t, 1)
	a, _, c := w.campaign(1, 0), w.campaign(1, 0), w.campaign(1, 0)
	foreign := w.second(1).campaign(1, 0)
	cs, total, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{IDs: []int64{a.ID, foreign.ID, c.ID, 9999}})
	if err != nil || total != 2 || len(cs) != 2 || cs[0].ID != c.ID || cs[1].ID != a.ID {
		t.Errorf("%d found (%v): %+v", total, err, cs)
	}
}
