// Package handlers is the panel's HTTP side. A handler reads a request, calls
// one service of package domain, and renders a page or, for htmx, the fragment
// of it that has changed; it decides no rule itself. There is one file per page
// and one registry of routes (routes.go) that names who may call each.
//
// Sessions are rows of our own in the database, not scs: one row that is
// checked at every request is all there is to revoke, so that signing out and
// blocking are final at once, also for requests in flight and for live pages.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"postix/domain"
)

// Options is what the panel is made of.
type Options struct {
	SignIns       *domain.SignIns
	Security      *domain.Security // may be nil where nobody opens its pages
	Logins        *domain.Logins
	Accounts      *domain.Accounts
	Catalogs      *domain.Catalogs
	Campaigns     *domain.Campaigns
	DenyList      *domain.DenyList   // may be nil where nobody opens its page
	Watch         *domain.Watch      // may be nil where nobody opens its pages
	Reports       domain.ReportStore // as well
	Switch        domain.ServiceStore
	Organizations *domain.Organizations // may be nil where nobody opens their pages
	Limits        *domain.LimitRequests // may be nil where nobody opens their pages
	Users         *domain.Users         // may be nil where nobody opens their pages
	Audit         domain.AuditStore
	Notices       domain.NoticeStore // may be nil where nobody opens their page
	Bot           Bot                // nil: there is none
	Hub           *domain.Hub
	Now           func() time.Time
	Log           *slog.Logger

	Version        string   // of the program
	URL            string   // the address people type, for links; "": the one they came by
	ForceTOTP      bool     // service admins need a second step
	Secure         bool     // the panel is reached by https: cookies and headers say so
	TrustedProxies []string // addresses whose X-Forwarded-For is believed
	SandboxURL     string   // the sandbox's page, "" for the real Telegram
	// Closing ends when the process wants to stop: live streams end with it.
	Closing context.Context
}

// Bot is what the panel knows of the Telegram bot.
type Bot interface {
	http.Handler      // takes what Telegram brings
	Username() string // "" while it is not known
	Health() string   // the key of its trouble below "service.health.bot.", "" for none
}

// Handlers answers the panel's requests.
type Handlers struct {
	Options
	Service *domain.Service // over the Switch

	started time.Time // when the program did
	live    streams
	turns   turns
	gets    []string // the paths of the registry that a GET knows
	picks   *picks
	books   chan struct{} // a place for each workbook that is made
	replays sync.Mutex    // of the dispatcher filter: one at a time
}

// New makes the panel's handler.
func New(o Options) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	h := &Handlers{Options: o, started: o.Now(), turns: newTurns(), picks: newPicks(o.Now), books: make(chan struct{}, booksAtOnce), Service: &domain.Service{Store: o.Switch, Hub: o.Hub, Now: o.Now}}
	r := gin.New()
	r.HandleMethodNotAllowed = false
	// Gin would redirect to what X-Forwarded-Prefix says, whoever has sent it.
	r.RedirectTrailingSlash, r.RedirectFixedPath = false, false
	if err := r.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, err
	}
	r.Use(h.recovery, h.headers, h.preferences, h.limits)
	r.NoRoute(h.handle(Route{Permission: Public}, func(*Request) error { return domain.Missing("page.missing") }))
	for _, route := range Routes() {
		r.Handle(route.Method, route.Path, h.handle(route, route.run))
		if route.Method == http.MethodGet {
			h.gets = append(h.gets, route.Path)
		}
	}
	return headAsGet(crossOrigin(r)), nil
}
