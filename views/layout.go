// Package views holds the pages. A page is one component that wraps its content
// in [Layout]; whatever of it is renewed by itself (a row, a list, a counter)
// is an ordinary component with an id, called by the page and, alone, by the
// handler that answers an htmx request or a live stream. So there is one piece
// of HTML for both, and the same address answers whole or as a fragment.
//
// The id of such a fragment comes from a Go function beside its component,
// which also the streams use as their target.
//
// Views see domain types and translated words. They call no service, decide no
// rule and are rendered to a buffer first: a failing component is a clean 500.
package views

import (
	"context"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/static"
	"postix/views/locale"
	"postix/views/ui"
)

// Name is the product's name.
const Name = "Postix"

// HTMXConfig is the content of the htmx-config element: requests to ourselves
// only, and a 5xx body never replaces a part of the page.
const HTMXConfig = `{"mode":"same-origin","history":true,"includeIndicatorCSS":false,"extensions":"sse","noSwap":[204,304,"5xx"]}`

// MaxForm is how many bytes of a form the handlers take; a text of 4,096 characters
// fits many times.
const MaxForm = 1 << 20

// Viewer is what every page knows about the one who looks at it and about the
// request; the handlers put it into the context once.
type Viewer struct {
	Name         string
	Organization string
	Role         domain.Role
	Theme        string   // "light", "dark" or "" for the system's
	URL          *url.URL // the page's own address, for the language links
	SandboxURL   string   // the page of the sandbox Telegram, "" for the real one
	Flash        *Flash   // what the last act came to, shown once
	Stops        Stopped
	Unseen       int  // notices
	WatchOff     bool // his organization has no filter
	ReadOnly     bool // he only looks on
	FilterShut   bool // and changes nothing about the filter, since dispatchers are answered
}

// Stopped is what holds up the sending of the viewer's organization.
type Stopped struct {
	All  string      // why that of all organizations is stopped: a code; "" when it is not
	Own  domain.Stop // who has stopped the organization's
	Role domain.Role // the viewer's: whether he can let it go on
}

// The ids of what a live stream renews in the shell.
const (
	StopsID = "stops"
	BellID  = "bell"
)

// Flash is a sentence carried over a redirect.
type Flash struct {
	Tone ui.Tone
	Text string
}

// Page is what a page says about itself to the shell.
type Page struct {
	Title   string // translated
	Nav     Nav
	Crumbs  []ui.Crumb
	Sub     templ.Component // beside the title: a live stamp, a status
	Actions templ.Component // the page's buttons
	Once    bool            // it shows what no other page shows again: nothing leads away from it by the way
}

// Nav is an entry of the main menu.
type Nav string

// The entries of the main menu.
const (
	NavCampaigns   Nav = "/admin/campaigns"
	NavCampaignNew Nav = "/admin/campaigns/new"
	NavCatalogs    Nav = "/admin/catalogs"
	NavAccounts    Nav = "/admin/accounts"
	NavUsers       Nav = "/admin/users"
	NavWatch       Nav = "/admin/watch"
	NavSettings    Nav = "/admin/settings"
	NavDeny        Nav = "/admin/deny-list"
	NavService     Nav = "/admin/service"
	NavAudit       Nav = "/admin/audit"
	NavNotices     Nav = "/admin/notices" // behind the bell
	NavLimits      Nav = "/admin/limits"
	NavMe          Nav = "/admin/me"
	NavGuide       Nav = GuideURL
)

type viewerKey struct{}

// WithViewer puts the viewer into the context of a request.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// actor is the viewer as far as it decides what he may do.
func (v Viewer) actor() domain.Actor {
	return domain.Actor{
		User: domain.User{Role: v.Role}, Organization: domain.Organization{Limits: domain.Limits{WatchOff: v.WatchOff}},
	}
}

func viewer(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}

type navEntry struct {
	nav         Nav
	icon, label string
}

// short is what a phone has room for.
func (e navEntry) short(ctx context.Context) string {
	if e.nav == NavCampaignNew {
		return locale.T(ctx, "nav.campaign_new_short")
	}
	return e.label
}

// menu are the entries for what the viewer does daily: on a phone they are the
// bar. Daily for a service admin is the service.
func menu(ctx context.Context) []navEntry {
	if viewer(ctx).Role == domain.RoleAdmin {
		return menuService(ctx)
	}
	return menuWork(ctx)
}

func menuWork(ctx context.Context) []navEntry {
	entries := []navEntry{
		{NavCampaigns, "radio", locale.T(ctx, "nav.campaigns")},
		{NavCatalogs, "layers", locale.T(ctx, "nav.catalogs")},
		{NavAccounts, "smartphone", locale.T(ctx, "nav.accounts")},
	}
	if !viewer(ctx).ReadOnly {
		entries = slices.Insert(entries, 1, navEntry{NavCampaignNew, "send", locale.T(ctx, "nav.campaign_new")})
	}
	if mayWatch(ctx) {
		entries = append(entries, navEntry{NavWatch, "radar", locale.T(ctx, "nav.watch")})
	}
	return entries
}

func menuService(ctx context.Context) []navEntry {
	return []navEntry{
		{NavService, "server-cog", locale.T(ctx, "nav.service")},
		{NavAudit, "scroll-text", locale.T(ctx, "nav.audit")},
		{NavMe, "user", locale.T(ctx, "nav.me")},
	}
}

func navGuide(ctx context.Context) navEntry {
	return navEntry{NavGuide, "book-open", locale.T(ctx, "nav.guide")}
}

// menuMore are the entries for what one does rarely: on a phone they stand in
// the menu behind one's own picture, and not in the bar.
func menuMore(ctx context.Context) []navEntry {
	if viewer(ctx).Role == domain.RoleAdmin {
		return append(menuWork(ctx), navGuide(ctx))
	}
	var more []navEntry
	if mayManage(ctx) {
		more = append(more, navEntry{NavUsers, "users", locale.T(ctx, "nav.users")})
	}
	more = append(more, navEntry{NavSettings, "settings", locale.T(ctx, "nav.settings")})
	if viewer(ctx).Role == domain.RoleOwner {
		more = append(more, navEntry{NavLimits, "chart-column", locale.T(ctx, "nav.limits")})
	}
	if mayDeny(ctx) {
		more = append(more, navEntry{NavDeny, "ban", locale.T(ctx, "nav.deny")})
	}
	if mayAudit(ctx) {
		more = append(more, navEntry{NavAudit, "scroll-text", locale.T(ctx, "nav.audit")})
	}
	return append(more, navGuide(ctx), navEntry{NavMe, "user", locale.T(ctx, "nav.me")})
}

// menuOwn is the menu behind one's own picture. That of a service admin has all
// there is: his password is looked for there, too.
func menuOwn(ctx context.Context) []navEntry {
	if viewer(ctx).Role == domain.RoleAdmin {
		return append(menuService(ctx), menuMore(ctx)...)
	}
	return menuMore(ctx)
}

// langURL is the page's own address in another language.
func langURL(ctx context.Context, lang string) templ.SafeURL {
	query := url.Values{}
	if u := viewer(ctx).URL; u != nil {
		query = u.Query()
	}
	query.Set("lang", lang)
	return templ.SafeURL("?" + query.Encode())
}

// here is the page's own address, without a language for one look at it.
func here(ctx context.Context) string {
	u := viewer(ctx).URL
	if u == nil {
		return ""
	}
	query := u.Query()
	query.Del("lang")
	return (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()
}

func roleName(ctx context.Context, r domain.Role) string {
	if r == "" {
		return ""
	}
	return locale.T(ctx, "role."+string(r))
}

func asset(name string) string { return static.Path(name) }
