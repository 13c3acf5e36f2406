package db

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// query is the text of a named query as it is generated from.
func query(t *testing.T, file, name string) string {
	t.Helper()
	b, err := os.ReadFile("queries/" + file)
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(b), "-- name: "+name+" ")
	if !ok {
		t.Fatalf("%s has no query %s", file, name)
	}
	_, text, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text+"\n", ";\n")
	text = regexp.MustCompile(`sqlc\.embed\((\w+)\)`).ReplaceAllString(text, "$1.*")
	return regexp.MustCompile(`@\w+`).ReplaceAllString(text, "1")
}

func (w *world) plan(text string) string {
	w.t.Helper()
	rows, err := w.s.readers.QueryContext(w.ctx, "EXPLAIN QUERY PLAN "+text)
	w.ok(err)
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		w.ok(rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	w.ok(rows.Err())
	return strings.Join(steps, "\n")
}

// What runs for every message, or for every page of a large campaign, is read
// off an index: no scan, no sort.
func TestPlans(t *testing.T) {
	w := newWorld(t, 0)
	if due := w.plan(query(t, "queue.sql", "DueRounds")); !strings.Contains(due, "USING INDEX campaigns_due (next_due_at>? AND next_due_at<?)") {
		t.Errorf("due rounds: %s", due) // those alone are sorted
	}
	for name, c := range map[string]struct{ text, index string }{
		"claim, due":          {query(t, "queue.sql", "Sender"), "USING INDEX deliveries_due (account_id=?)"},
		"claim, uncertain":    {query(t, "queue.sql", "Sender"), "USING COVERING INDEX deliveries_uncertain (account_id=?)"},
		"claim, answers":      {query(t, "queue.sql", "Sender"), "USING COVERING INDEX campaigns_replying (account_id=?)"},
		"answers, expired":    {query(t, "replies.sql", "ExpiredReplies"), "SEARCH c USING COVERING INDEX campaigns_expiring (expires_at<?)"},
		"answers of a day":    {query(t, "replies.sql", "CountReplies"), "USING INDEX campaigns_replied (organization_id=? AND created_at>?)"},
		"answers to a chat":   {query(t, "replies.sql", "CountRepliesTo"), "SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (campaign_id=? AND round=? AND peer_id=?)"},
		"claim, busy":         {query(t, "queue.sql", "Sender"), "USING COVERING INDEX deliveries_sending (account_id=?)"},
		"claim, caps":         {query(t, "queue.sql", "NthLastOutgoing"), "SEARCH outgoing USING PRIMARY KEY (account_id=? AND at>? AND at<?)"},
		"claim, bans":         {query(t, "queue.sql", "ToSend"), "USING INDEX sqlite_autoindex_account_bans_1 (account_id=?)"},
		"pending accounts":    {query(t, "queue.sql", "PendingAccounts"), "USING INDEX deliveries_due (account_id=?)"},
		"next round":          {query(t, "queue.sql", "NextRound"), "USING INDEX campaigns_due (next_due_at>?)"},
		"claim, taken":        {query(t, "queue.sql", "TakenMessages"), "SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (campaign_id=? AND round=? AND peer_id=?)"},
		"claim, rival":        {query(t, "queue.sql", "RivalAt"), "USING INDEX deliveries_uncertain (account_id=?)"},
		"new pace":            {query(t, "queue.sql", "ShiftGapDeliveries"), "SEARCH d USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"recover":             {query(t, "queue.sql", "InFlight"), "USING INDEX deliveries_sending"},
		"held":                {query(t, "campaigns.sql", "HeldDeliveries"), "SEARCH d USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"held, none is free":  {query(t, "campaigns.sql", "HeldDeliveries"), "SEARCH p USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"pause":               {query(t, "campaigns.sql", "HoldDeliveries"), "USING INDEX deliveries_page (campaign_id=? AND round=?)"},
		"look again":          {query(t, "campaigns.sql", "LookAgain"), "USING INDEX deliveries_status (campaign_id=? AND status=?)"},
		"retry":               {query(t, "campaigns.sql", "FailedDeliveries"), "USING INDEX deliveries_status (campaign_id=? AND status=? AND round=?)"},
		"retry, other rounds": {query(t, "campaigns.sql", "FailedDeliveries"), "SEARCH o USING INDEX sqlite_autoindex_deliveries_1 (campaign_id=? AND round=? AND peer_id=?)"},
		"open round":          {query(t, "campaigns.sql", "OpenRound"), "USING INDEX rounds_open (campaign_id=?)"},
		"cancel":              {query(t, "campaigns.sql", "CancelOpenDeliveries"), "USING INDEX deliveries_page (campaign_id=? AND round=?)"},
	} {
		plan := w.plan(c.text)
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: want %s in\n%s", name, c.index, plan)
		}
	}
}

// A claim costs the same with 100,000 deliveries that may not go out before it:
// of other accounts that wait, and of a paused campaign of its own.
func TestClaimAmongMany(t *testing.T) {
	w := newWorld(t, 2000)
	paused := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActFailCampaign, "MESSAGE_TOO_LONG", 0, start))
	w.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
		INSERT INTO accounts (organization_id, user_id, phone, telegram_id, first_name, last_name, username, state, wait_until, connected_at)
		SELECT organization_id, user_id, phone || n.i, telegram_id + n.i, '', '', '', 'active', ?, 0 FROM accounts, n`,
		ms(start.Add(24*time.Hour)))
	w.exec(`INSERT INTO rounds (campaign_id, number, organization_id, status, planned_at, late, planned)
		SELECT ?, id + 1, organization_id, 'missed', 0, 0, 2000 FROM accounts WHERE id <> ?`, paused.ID, w.account.ID)
	w.exec(`INSERT INTO deliveries (organization_id, campaign_id, round, account_id, peer_id, position, status, random_id, due_at, updated_at)
		SELECT a.organization_id, d.campaign_id, a.id + 1, a.id, d.peer_id, d.position, 'planned', d.random_id, 1, 1
		FROM accounts a JOIN deliveries d ON d.account_id = ? WHERE a.id <> ?`, w.account.ID, w.account.ID)
	var rows int
	w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT COUNT(*) FROM deliveries WHERE status = 'planned'").Scan(&rows))
	if rows < 100_000 {
		t.Fatalf("%d deliveries", rows)
	}
	w.exec("UPDATE organizations SET per_hour = 0, per_day = 0, granted_per_hour = 0, granted_per_day = 0")
	now := start.Add(time.Minute)
	c, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, UUID: "own", AccountID: w.account.ID, Text: "x", Rounds: 1, StartAt: now, CreatedAt: now,
	}, w.peers[:200])
	w.ok(err)
	w.ok(w.s.OpenRounds(w.ctx, c, c.Due(now), now))

	var claims, dues time.Duration
	for i := range 200 {
		began := time.Now()
		a, ok, _, err := fourOf(w.s.Claim(w.ctx, w.account.ID, now))
		claims += time.Since(began)
		if err != nil || !ok || a.CampaignID != c.ID {
			t.Fatalf("claim %d: %v %v %+v", i, ok, err, a)
		}
		r := sent(a, 1, now)
		r.AccountReadyAt = time.Time{}
		w.ok(w.s.Settle(w.ctx, r))
		began = time.Now()
		w.dueAccounts(now)
		dues += time.Since(began)
	}
	t.Logf("a claim with its commit %v, due accounts %v", claims/200, dues/200)
	// The commit's fsync is most of it; stepping over 100,000 rows takes 50 ms.
	if claims/200 > 20*time.Millisecond || dues/200 > 20*time.Millisecond {
		t.Errorf("a claim takes %v, due accounts %v", claims/200, dues/200)
	}
	if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 200 {
		t.Errorf("the campaign is %+v", got)
	}
}
