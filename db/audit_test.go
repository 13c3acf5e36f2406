package db

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

func (w *world) events() (list []domain.AuditEvent) {
	w.t.Helper()
	for _, e := range must(w.s.Audit(w.ctx, domain.AuditFilter{OrganizationID: w.org.ID})) {
		list = append([]domain.AuditEvent{e.Event}, list...)
	}
	return list
}

// TestAuditTells: what people do is kept with who did it, in the transaction in
// which it is done; what is refused is not.
func TestAuditTells(t *testing.T) {
	w := newWorld(t, 2)
	o := w.second(1)
	ctx := domain.Acting(w.ctx, domain.Actor{User: w.user}, "192.0.2.7")
	c := w.campaign(1, time.Hour)
	must(w.s.PauseCampaign(ctx, w.scope, c.ID, "", start))
	if _, err := w.s.PauseCampaign(ctx, w.scope, c.ID, "", start); !domain.IsCode(err, domain.Conflict) {
		t.Fatal("paused twice:", err)
	}
	w.ok(w.s.Keep(ctx, domain.AuditEntry{OrganizationID: w.org.ID, Event: domain.AuditExport, Detail: "xlsx"}))
	want := []domain.AuditEvent{
		domain.AuditOrganizationCreate, domain.AuditUserCreate, domain.AuditAccountConnect, domain.AuditCampaignCreate,
		domain.AuditCampaignPause, domain.AuditExport,
	}
	if got := w.events(); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	last := must(w.s.Audit(w.ctx, domain.AuditFilter{OrganizationID: w.org.ID, Limit: 1}))[0]
	export := domain.AuditEntry{
		ID: last.ID, OrganizationID: w.org.ID, Organization: w.org.Name, At: start, UserID: w.user.ID, User: w.user.Name,
		IP: "192.0.2.7", Event: domain.AuditExport, Detail: "xlsx",
	}
	if last != export {
		t.Errorf("the export: %+v", last)
	}
	if n := len(must(w.s.Audit(w.ctx, domain.AuditFilter{OrganizationID: o.org.ID, UserID: w.user.ID}))); n != 0 {
		t.Error("another organization's audit has", n, "of ours")
	}
}

// TestAuditHolds: whatever is changed, removed or put between shows, also at the
// end and in what was written before the last start.
func TestAuditHolds(t *testing.T) {
	for what, sql := range map[string]string{
		"":                      `SELECT 1`,
		"a changed entry":       `UPDATE audit SET detail = 'nothing' WHERE id = 3`,
		"another time":          `UPDATE audit SET at = at + 1 WHERE id = 3`,
		"another person":        `UPDATE audit SET user_id = 0 WHERE id = (SELECT MAX(id) FROM audit)`,
		"a removed entry":       `DELETE FROM audit WHERE id = 3`,
		"the end removed":       `DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)`,
		"all removed":           `DELETE FROM audit`,
		"all and its end":       `DELETE FROM audit; DELETE FROM settings WHERE key = 'audit_head'`,
		"two exchanged":         `UPDATE audit SET id = -1 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = -1`,
		"one put at the end":    `INSERT INTO audit SELECT MAX(id) + 1, organization_id, at, user_id, ip, event, subject, subject_id, detail, mac FROM audit`,
		"another key":           `UPDATE settings SET value = X'01' WHERE key = 'audit_key'`,
		"all of it, and no key": `DELETE FROM settings WHERE key IN ('audit_key', 'audit_head')`,
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, 1)
			ctx := domain.Acting(w.ctx, domain.Actor{User: w.user}, "")
			for range 3 {
				w.ok(w.s.Keep(ctx, domain.AuditEntry{OrganizationID: w.org.ID, Event: domain.AuditExport}))
			}
			w.ok(w.s.Close())
			w.s = openStore(t, w.path)
			w.ok(w.s.Keep(ctx, domain.AuditEntry{OrganizationID: w.org.ID, Event: domain.AuditExport}))
			w.exec(sql)
			if what != "" && what != "another key" { // what is written afterwards heals nothing
				w.ok(w.s.Keep(ctx, domain.AuditEntry{OrganizationID: w.org.ID, Event: domain.AuditExport}))
			}
			n, err := w.s.VerifyAudit(w.ctx)
			var broken *AuditBroken
			switch {
			case what == "" && (err != nil || n != 7):
				t.Fatal(n, "entries,", err)
			case what != "" && !errors.As(err, &broken):
				t.Fatal("nobody noticed:", n, err)
			}
		})
	}
}

// TestAuditMany: more entries than are read at once.
func TestAuditMany(t *testing.T) {
	w := newWorld(t, 0)
	for range auditAtOnce {
		w.ok(w.s.Keep(w.ctx, domain.AuditEntry{Event: domain.AuditExport}))
	}
	if n, err := w.s.VerifyAudit(w.ctx); err != nil || n != auditAtOnce+3 {
		t.Fatal(n, err)
	}
}

// TestAuditOfNothing: what changes nothing is not kept.
func TestAuditOfNothing(t *testing.T) {
	b := newBureau(t)
	c := b.campaign(1, 0)
	b.openDue(start)
	b.ok(b.stop("admin"))
	before := b.events()
	wantKey(t, b.resume("owner"), domain.Forbidden, "service.stopped_by_service")
	must(b.s.CancelDeliveries(b.ctx, b.scope, c.ID, nil, start))
	must(b.s.EditText(b.ctx, b.scope, c.ID, 1, c.Text, nil, b.user.ID, start))
	for _, round := range []int{1, 9} {
		if _, done, err := b.s.RetryFailed(b.ctx, b.scope, c.ID, round, start); err != nil || done.Planned != 0 {
			t.Fatal(done, err)
		}
	}
	watch := domain.Watch{Store: b.s, Hub: &domain.Hub{}}
	b.ok(watch.SetWatching(b.ctx, b.actors["owner"], nil, true))
	if got := b.events(); !slices.Equal(got, before) {
		t.Errorf("events %v, want %v", got, before)
	}
}

// TestAuditListPlan: an organization's page is read off its index, and one of an
// event off that of its events.
func TestAuditListPlan(t *testing.T) {
	w := newWorld(t, 0)
	for event, index := range map[domain.AuditEvent]string{"": "audit_organization (organization_id=? AND id<?)", "export": "audit_event (organization_id=? AND event=? AND rowid<?)"} {
		text, _ := auditQuery(domain.AuditFilter{OrganizationID: 1, UserID: 1, Event: event, From: start, To: start, Before: 9, Limit: 100})
		plan := w.plan(strings.ReplaceAll(text, "?", "1"))
		if !strings.Contains(plan, "USING INDEX "+index) || strings.Contains(plan, "B-TREE") {
			t.Errorf("event %q: %s", event, plan)
		}
	}
}
