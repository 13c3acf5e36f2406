package db

import (
	"strings"
	"testing"

	"postix/domain"
)

// The figures of all organizations read what is live or has ended lately, and of
// the deliveries only those of rounds that reach into the time from before.
func TestOversightReadsNoHistory(t *testing.T) {
	w := newWorld(t, 0)
	for name, indexes := range map[string][]string{
		"SentSince": {
			"l USING COVERING INDEX campaigns_live", "SEARCH e USING COVERING INDEX campaigns_finished (finished_at>?)", "SEARCH r USING INDEX sqlite_autoindex_rounds_1 (campaign_id=?)",
			"SEARCH d USING INDEX deliveries_page (campaign_id=? AND round=?)", "SEARCH f USING INDEX deliveries_status (campaign_id=? AND status=? AND round=?)",
		},
		"OverdueAccounts": {"SEARCH d USING INDEX deliveries_due (account_id=?)", "deliveries_due (account_id=? AND due_at<?)"},
		"CountSumsWrong":  {"campaigns_wrong (sums_wrong_at>?)"},
		"LastActor":       {"SEARCH a USING INDEX audit_event (organization_id=? AND event=?)"},
	} {
		plan := w.plan(query(t, "oversight.sql", name))
		for _, index := range indexes {
			if !strings.Contains(plan, index) {
				t.Errorf("%s: want %s in\n%s", name, index, plan)
			}
		}
	}
}

// Who did something last is the person: what the service did by itself since does
// not hide him, nor what was done to others.
func TestLastActor(t *testing.T) {
	w := newWorld(t, 0)
	ask := func(id int64) string {
		return must(w.s.LastActor(w.ctx, w.org.ID, domain.AuditOrganizationBlock, domain.SubjectOrganization, id))
	}
	if got := ask(w.org.ID); got != "" {
		t.Errorf("nobody has, but it is %q", got)
	}
	by := domain.Acting(w.ctx, domain.Actor{User: w.user}, "192.0.2.7")
	w.ok(w.s.Keep(by, organizationEntry(w.org.ID, domain.AuditOrganizationBlock, "Spam")))
	w.ok(w.s.Keep(w.ctx, organizationEntry(w.org.ID, domain.AuditOrganizationBlock, "Spam"))) // it took effect
	if got := ask(w.org.ID); got != w.user.Name || got == "" {
		t.Errorf("it is %q, want %q", got, w.user.Name)
	}
	if got := ask(w.org.ID + 1); got != "" {
		t.Errorf("of another thing: %q", got)
	}
}
