package handlers

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"postix/domain"
	"postix/static"
	"postix/views"
)

// Permission is who may call a route. What he finds behind it is narrowed
// further by his scope.
type Permission string

// The permissions.
const (
	Public   Permission = "public"    // everybody
	SignedIn Permission = "signed_in" // every user
	Manager  Permission = "manager"   // or owner, of an organization
	Watcher  Permission = "watcher"   // runs the dispatcher filter: owners and managers
	Owner    Permission = "owner"     // of an organization
	Auditor  Permission = "auditor"   // reads the audit: owners that of their organization, admins all
	Admin    Permission = "admin"     // of the service; for others there is no such page
)

// Route is a line of the registry: the only way to add an address to the panel.
type Route struct {
	Method     string     `json:"method"`
	Path       string     `json:"path"`
	Permission Permission `json:"permission"`
	Params     []string   `json:"params"`
	Early      bool       `json:"early,omitempty"` // also for somebody who is not all the way in

	do func(*Handlers, *Request) error
}

// early opens the route to somebody who has given his password and has more to do
// before he may do anything else.
func (r Route) early() Route {
	r.Early = true
	return r
}

func (r Route) run(q *Request) error { return r.do(q.h, q) }

// live reports whether the route is the stream of a live page.
func (r Route) live() bool { return strings.HasSuffix(r.Path, "/live") }

// Routes lists every address of the panel.
func Routes() []Route {
	rs := slices.Concat(
		[]Route{
			get("/", Public, (*Handlers).home),
			get("/health", Public, (*Handlers).health),
			get(static.Prefix+"*path", Public, (*Handlers).static),
			get("/signin", Public, (*Handlers).signInPage),
			post("/signin", Public, (*Handlers).signIn),
			post("/signout", Public, (*Handlers).signOut),
			get(views.SetPasswordURL+":token", Public, (*Handlers).setPasswordPage),
			post(views.SetPasswordURL+":token", Public, (*Handlers).setPassword),
		},
		guideRoutes(),
		meRoutes(),
		accountRoutes(),
		catalogRoutes(),
		campaignRoutes(),
		userRoutes(),
		departmentRoutes(),
		settingsRoutes(),
		denyRoutes(),
		watchRoutes(),
		reportRoutes(),
		watchSetupRoutes(),
		serviceRoutes(),
		limitRoutes(),
		auditRoutes(),
		noticeRoutes(),
		botRoutes(),
	)
	for i := range rs {
		rs[i].Params = params(rs[i].Path)
	}
	return rs
}

func get(path string, p Permission, do func(*Handlers, *Request) error) Route {
	return Route{Method: "GET", Path: path, Permission: p, do: do}
}

func post(path string, p Permission, do func(*Handlers, *Request) error) Route {
	return Route{Method: "POST", Path: path, Permission: p, do: do}
}

func params(path string) []string {
	ps := []string{}
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "*") {
			ps = append(ps, part[1:])
		}
	}
	return ps
}

func (h *Handlers) home(q *Request) error {
	q.Redirect(303, "/admin/campaigns")
	return nil
}

func (h *Handlers) health(q *Request) error {
	q.JSON(200, gin.H{"status": "ok"})
	return nil
}

func (h *Handlers) static(q *Request) error {
	static.Handler().ServeHTTP(q.Writer, q.Context.Request)
	return nil
}

// allowed answers Unauthorized, Forbidden or NotFound for somebody who may not
// call the route.
func (r Route) allowed(a domain.Actor) error {
	switch {
	case r.Permission == Public:
		return nil
	case a.User.ID == 0:
		return domain.E(domain.Unauthorized, "signin.needed")
	case r.Permission == Manager && !a.MayManage():
		return domain.E(domain.Forbidden, "user.managers_only")
	case r.Permission == Watcher && !a.MayWatch():
		return a.CheckWatch()
	case r.Permission == Owner && a.User.Role != domain.RoleOwner:
		return domain.E(domain.Forbidden, "service.owner_only")
	case r.Permission == Auditor && !a.MayAudit():
		return domain.E(domain.Forbidden, "audit.owner_only")
	case r.Permission == Admin && a.User.Role != domain.RoleAdmin:
		return domain.Missing("page.missing")
	}
	return nil
}
