package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
	"postix/views/sheet"
)

func auditRoutes() []Route {
	at := string(views.NavAudit)
	return []Route{
		get(at, Auditor, (*Handlers).audit),
		get(at+".csv", Auditor, (*Handlers).auditFile),
	}
}

// auditFilter reads what narrows the audit down; what makes no sense does not
// narrow. An owner sees his own organization's only, an admin that of any.
func auditFilter(q *Request) domain.AuditFilter {
	f := domain.AuditFilter{
		UserID: q.FormID("user"), Event: domain.AuditEvent(short(q.Query("event"), 40)),
		Before: q.FormID("before"),
	}
	f.From, f.To = q.days()
	own, asked := q.Actor.User.OrganizationID, q.FormID("organization")
	switch {
	case q.Actor.User.Role == domain.RoleAdmin:
		f.OrganizationID = asked
	case asked != 0 && asked != own:
		f.OrganizationID, f.UserID = own, -1 // that of another lists nothing
	default:
		f.OrganizationID = own
	}
	return f
}

func (h *Handlers) audit(q *Request) (err error) {
	p := views.AuditPage{Filter: auditFilter(q), Now: h.Now(), URL: q.Context.Request.URL}
	f := p.Filter
	f.Limit = views.AuditPageSize + 1
	if p.Entries, err = h.Audit.Audit(q.Ctx(), f); err != nil {
		return err
	}
	if p.Older = len(p.Entries) > views.AuditPageSize; p.Older {
		p.Entries = p.Entries[:views.AuditPageSize]
	}
	if f.OrganizationID != 0 {
		if p.Users, err = h.Accounts.Store.Users(q.Ctx(), domain.Scope{OrganizationID: f.OrganizationID}); err != nil {
			return err
		}
	}
	if q.Actor.User.Role == domain.RoleAdmin {
		if p.Organizations, err = h.Audit.AuditOrganizations(q.Ctx()); err != nil {
			return err
		}
	}
	return q.Seg(http.StatusOK, views.AuditFound(p), views.Audit(p))
}

// auditAtOnce is how many entries are held in memory for a file.
const auditAtOnce = 1000

// auditFile brings all that the filters let through.
func (h *Handlers) auditFile(q *Request) error {
	f := auditFilter(q)
	f.Before, f.Limit = 0, auditAtOnce
	return q.Sheet("audit-"+h.Now().In(q.Actor.Location()).Format("2006-01-02"), sheet.CSV, func(w sheet.Writer) error {
		if err := views.AuditHead(q.Ctx(), w); err != nil {
			return err
		}
		for {
			entries, err := h.Audit.Audit(q.Ctx(), f)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if err := views.AuditCells(q.Ctx(), w, e); err != nil {
					return err
				}
			}
			if len(entries) < f.Limit {
				return nil
			}
			f.Before = entries[len(entries)-1].ID
		}
	})
}
