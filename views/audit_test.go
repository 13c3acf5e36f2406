package views

import (
	"testing"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// What the audit keeps of a change in the program's words is read in the reader's.
func TestAuditDetail(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.FixedZone("", 5*3600))
	for name, c := range map[string]struct {
		event      domain.AuditEvent
		kept, want string
	}{
		"role":           {domain.AuditUserEdit, "Ali; role: member → manager; department: 0 → 5", "Ali; Role: Member → Department manager; Department: – → №5"},
		"departments":    {domain.AuditUserEdit, "Ali; department: 5 Savdo va sotuv → 0", "Ali; Department: Savdo va sotuv → –"},
		"blocked":        {domain.AuditUserBlock, "Ali: a; from: b; from: 2026-03-01 22:00 UTC; until: 2026-03-02 09:00 UTC", "Ali: a; from: b; Begins: 2 Mar 2026 03:00; Ends: 2 Mar 2026 14:00"},
		"for good":       {domain.AuditOrganizationBlock, "Qarz; from: 2026-03-01 22:00 UTC", "Qarz; Begins: 2 Mar 2026 03:00"},
		"a number":       {domain.AuditPhoneBlock, "+998 90 123 45 67: x; until: 2026-03-01 22:00 UTC; from: 2026-03-01 22:00 UTC", "+998 90 123 45 67: x; until: 2026-03-01 22:00 UTC; Begins: 2 Mar 2026 03:00"},
		"an older block": {domain.AuditUserBlock, "Ali: qoida; until: 2026-03-01 22:00 UTC", "Ali: qoida; until: 2026-03-01 22:00 UTC"},
		"sees":           {domain.AuditUserEdit, "Ali; sees:  → organization; read_only: false → true", "Ali; Sees: Only his own → Campaigns of the whole organization; Only looks on: no → yes"},
		"sees no more":   {domain.AuditUserEdit, "Ali; sees: department → ", "Ali; Sees: Campaigns of the department → Only his own"},
		"name":           {domain.AuditUserEdit, "Ali; name: Ali → Vali; email:  → a@b.uz", "Ali; Name: Ali → Vali; E-mail: – → a@b.uz"},
		"name alone":     {domain.AuditUserEdit, "Ali: boss", "Ali: boss"},
		"granted":        {domain.AuditOrganizationGrant, "gap_min 8s → 10s, per_hour 240 → 0", "Shortest gap: 8 seconds → 10 seconds, Messages an hour: 240 → no limit"},
		"hours":          {domain.AuditOrganizationPace, "quiet - → 22:00-08:00, days 127 → 62", "Quiet hours: – → 22:00-08:00, Days: every day → Mon–Fri"},
		"an older pace":  {domain.AuditOrganizationPace, "", ""},
		"stopped":        {domain.AuditOrganizationStop, "both", "by the owner and the service"},
		"resumed":        {domain.AuditOrganizationResume, "", "nothing is stopped"},
		"limits":         {domain.AuditOrganizationLimit, "users 100 → 1200", "Users: 100 → 1,200"},
		"something else": {domain.AuditDenyAdd, "role: member → owner", "role: member → owner"},
	} {
		if got := auditDetail(ctx, domain.AuditEntry{Event: c.event, Detail: c.kept}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	number := domain.AuditEntry{Subject: domain.SubjectAccount, SubjectID: 2, Phone: "+998901234567"}
	if got, _ := auditSubject(number); got != "+998 90 123 45 67" {
		t.Errorf("an account is called %q", got)
	}
}
