package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/sheet"
	"postix/views/ui"
)

// AuditPageSize is how many entries one page of the audit shows.
const AuditPageSize = 100

// AuditPage is what was kept of who did what, newest first.
type AuditPage struct {
	Entries []domain.AuditEntry
	Filter  domain.AuditFilter
	Users   []domain.User // to choose from, of the organization that is chosen
	// Organizations a service admin chooses from.
	Organizations []domain.Organization
	Older         bool // there are more before the last one
	Now           time.Time
	URL           *url.URL
}

// mayAudit reports whether the viewer reads the audit.
func mayAudit(ctx context.Context) bool { return viewer(ctx).actor().MayAudit() }

// newest and older are the addresses of the first page and of the next.
func (p AuditPage) newest() string { return with(p.URL, "before", "") }

func (p AuditPage) older() string {
	return with(p.URL, "before", itoa(p.Entries[len(p.Entries)-1].ID))
}

// fileURL is the address of what the filters let through, all of it, as a file.
func (p AuditPage) fileURL() string {
	u := url.URL{Path: string(NavAudit) + ".csv", RawQuery: p.URL.RawQuery}
	return with(&u, "before", "")
}

func auditUserOptions(ctx context.Context, us []domain.User) []ui.Option {
	os := userOptions(ctx, us)
	os[0].Label = locale.T(ctx, "audit.all_users")
	return os
}

func auditOrganizationOptions(ctx context.Context, all []domain.Organization) []ui.Option {
	os := []ui.Option{{Label: locale.T(ctx, "audit.all_organizations")}}
	for _, o := range all {
		os = append(os, ui.Option{Value: itoa(o.ID), Label: ui.Visible(o.Name)})
	}
	return os
}

func auditEventOptions(ctx context.Context) []ui.Option {
	os := []ui.Option{{Label: locale.T(ctx, "audit.all_events")}}
	for _, e := range domain.AuditEvents {
		if e.OfService() && viewer(ctx).Role != domain.RoleAdmin {
			continue
		}
		os = append(os, ui.Option{Value: string(e), Label: auditEvent(ctx, e)})
	}
	return os
}

func auditEvent(ctx context.Context, e domain.AuditEvent) string {
	return locale.T(ctx, "audit.event."+string(e))
}

// auditWho names who did it.
func auditWho(ctx context.Context, e domain.AuditEntry) string {
	switch {
	case e.UserID != 0:
		return e.User
	case e.IP != "":
		return locale.T(ctx, "audit.nobody")
	}
	return locale.T(ctx, "audit.itself")
}

// auditDetail is what is kept of an event beside who and what; limits have words.
func auditDetail(ctx context.Context, e domain.AuditEntry) string {
	switch e.Event {
	case domain.AuditOrganizationLimit, domain.AuditLimitAsk, domain.AuditLimitWithdraw, domain.AuditLimitGrant, domain.AuditLimitRefuse:
		return limitWords(ctx, e.Detail)
	case domain.AuditOrganizationEdit:
		return organizationEditWords(ctx, e.Detail)
	case domain.AuditUserEdit:
		return editWords(ctx, e.Detail)
	case domain.AuditUserBlock, domain.AuditOrganizationBlock, domain.AuditPhoneBlock:
		return blockWords(ctx, e.Detail)
	case domain.AuditOrganizationGrant, domain.AuditOrganizationPace:
		return paceChange(ctx, e.Detail)
	case domain.AuditOrganizationStop, domain.AuditOrganizationResume:
		return stopWords(ctx, e.Detail)
	}
	return e.Detail
}

// auditSubject names what it was done to, and leads there where there is a page.
func auditSubject(e domain.AuditEntry) (label, href string) {
	switch e.Subject {
	case domain.SubjectCampaign:
		return "№" + itoa(e.SubjectID), CampaignURL(e.SubjectID)
	case domain.SubjectAccount:
		if e.Phone != "" {
			return e.Phone.String(), accountURL(e.SubjectID)
		}
		return "№" + itoa(e.SubjectID), accountURL(e.SubjectID)
	}
	return "", ""
}

// AuditHead begins the audit as a table.
func AuditHead(ctx context.Context, w sheet.Writer) error {
	t := tables{ctx: ctx, w: w}
	t.sheet("audit.title", "audit.col.when", "audit.col.organization", "audit.col.who", "audit.col.where", "audit.col.what", "audit.col.subject", "audit.col.detail")
	return t.err
}

// AuditCells writes an entry as a row.
func AuditCells(ctx context.Context, w sheet.Writer, e domain.AuditEntry) error {
	t := tables{ctx: ctx, w: w}
	subject, _ := auditSubject(e)
	t.row(t.time(e.At), e.Organization, auditWho(ctx, e), e.IP, auditEvent(ctx, e.Event), subject, auditDetail(ctx, e))
	return t.err
}

// mayOpenSubject: a service admin reads the audit of all organizations, and has
// no pages of theirs.
func mayOpenSubject(ctx context.Context) bool { return viewer(ctx).Role != domain.RoleAdmin }

func auditColumns(ctx context.Context) []ui.Column {
	cs := []ui.Column{{Label: locale.T(ctx, "audit.col.what")}, {Label: locale.T(ctx, "audit.col.who")}}
	if !mayOpenSubject(ctx) {
		cs = append(cs, ui.Column{Label: locale.T(ctx, "audit.col.organization")})
	}
	return append(cs, ui.Column{Label: locale.T(ctx, "audit.col.where"), Narrow: true}, ui.Column{Label: locale.T(ctx, "audit.col.when"), Narrow: true})
}
