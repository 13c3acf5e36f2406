package jobs_test

import (
	"database/sql"
	"testing"
	"time"

	"postix/domain"
)

// overdue gives each of n new accounts, from the given number on, a running
// campaign with an open round of as many deliveries, due for an hour.
func (h *house) overdue(from, n, deliveries int) {
	h.t.Helper()
	for i := range n {
		h.account(from+i, 0)
	}
	db, err := sql.Open("sqlite", "file:"+h.path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	must(h.t, err)
	defer db.Close()
	due := time.Now().Add(-time.Hour).UnixMilli()
	for _, statement := range []string{
		`INSERT INTO campaigns (organization_id, user_id, uuid, token, account_id, catalog_name, body, search, rounds, interval_ms,
			start_at, peers, status, round, next_due_at, planned, created_at, started_at, planned_end)
			SELECT organization_id, user_id, 'overdue ' || id, '', id, 'Guruhlar', 'Yuk bor', 'yuk bor', 1, 0,
			?1, ?2, 'running', 1, 0, ?2, ?1, ?1, ?1 FROM accounts WHERE organization_id = ?3`,
		`INSERT INTO rounds (campaign_id, number, organization_id, status, planned_at, opened_at, late, planned)
			SELECT id, 1, organization_id, 'open', ?1, ?1, 0, ?2 FROM campaigns WHERE organization_id = ?3`,
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
			INSERT INTO campaign_peers (campaign_id, peer_id, organization_id, position, kind, title, username, search, members)
			SELECT c.id, -1000000000000 - n.i, c.organization_id, n.i, 'supergroup', 'Guruh', '', 'guruh', ?1 - ?1
			FROM campaigns c, n WHERE c.organization_id = ?3`,
		`INSERT INTO dialogs (account_id, peer_id, organization_id, position, kind, title, username, search, members, access_hash,
			can_write, deny_reason, slow_mode_ms, forum, migrated_to, seen_at)
			SELECT c.account_id, p.peer_id, p.organization_id, p.position, p.kind, p.title, '', p.search, 0, 1, 1, '', 0, 0, ?1 * 0, ?2 * 0
			FROM campaigns c JOIN campaign_peers p ON p.campaign_id = c.id WHERE c.organization_id = ?3`,
		`INSERT INTO deliveries (organization_id, campaign_id, round, account_id, peer_id, position, status, random_id, due_at, updated_at)
			SELECT c.organization_id, c.id, 1, c.account_id, p.peer_id, p.position, 'planned', c.id * 1000000 + p.position, ?1, ?1 + ?2 * 0
			FROM campaigns c JOIN campaign_peers p ON p.campaign_id = c.id WHERE c.organization_id = ?3`,
	} {
		_, err := db.Exec(statement, due, deliveries, h.org.ID)
		must(h.t, err)
	}
}

// A hundred thousand deliveries are overdue at the start: every account goes on
// within five seconds, at its pace.
func TestHundredThousandOverdue(t *testing.T) {
	if underRace {
		t.Skip("it measures time")
	}
	pace := domain.Pace{GapMin: time.Second, GapMax: time.Second}
	h := newHouseOf(t, domain.Organization{Pace: pace})
	const accounts = 50
	h.overdue(1, accounts, 2000)
	began := time.Now()
	h.start()
	eventually(t, "every account has sent twice", func() bool {
		sent := map[int64]int{}
		twice := 0
		for _, m := range h.tg.journal() {
			if sent[m.account]++; sent[m.account] == 2 {
				twice++
			}
		}
		return twice == accounts
	}, func() string { return "" })
	took := time.Since(began)
	h.stop()
	h.kept(pace, domain.Hours{})
	if most := 5 * time.Second; took > most {
		t.Errorf("it took %v, more than %v", took, most)
	}
}

// One organization has 50,000 deliveries and sends as fast as it can; another
// has ten, and they are not late.
func TestSmallOrganizationIsNotLate(t *testing.T) {
	if underRace {
		t.Skip("it measures time")
	}
	h := newHouseOf(t, domain.Organization{Pace: domain.Pace{GapMin: time.Nanosecond}})
	h.overdue(1, 25, 2000)
	h.start()
	eventually(t, "the large one is sending", func() bool { return len(h.tg.sends()) > 500 }, func() string { return "" })
	h.join(domain.Organization{Pace: domain.Pace{GapMin: time.Nanosecond}}, 1)
	small := h.account(1000, 10)
	began := time.Now()
	c := h.done(h.campaign(small, 10, 1, time.Hour))
	took := time.Since(began)
	h.stop()
	if n := len(h.tg.sends()); n >= 50_000 {
		t.Fatalf("the large one was done with %d before the small one", n)
	}
	t.Logf("its ten messages took %v", took)
	if c.Counts.Sent != 10 || took > 2*time.Second {
		t.Errorf("it took %v: %+v", took, c.Counts)
	}
}
