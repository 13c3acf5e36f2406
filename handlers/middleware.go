package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// csp lets nothing in that is not ours: no inline script or style, no eval, no
// other host.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// recovery turns a panic into a 500 of one request.
func (h *Handlers) recovery(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(p)
			}
			h.Log.Error("panic in a request", "path", c.FullPath(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				c.AbortWithStatus(http.StatusInternalServerError)
			}
		}
	}()
	c.Next()
}

func (h *Handlers) headers(c *gin.Context) {
	head := c.Writer.Header()
	head.Set("Content-Security-Policy", csp)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Cache-Control", "no-store")
	if h.Secure {
		head.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// limits bounds what a request may bring.
func (h *Handlers) limits(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, views.MaxForm)
}

type headKey struct{}

// headAsGet answers HEAD as GET; net/http leaves the body out, since the request
// it knows is still a HEAD.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.Clone(context.WithValue(r.Context(), headKey{}, true))
			r.Method = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// isHead reports whether a GET was a HEAD: an answer without end must end then.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// crossOrigin refuses a state-changing request that another site has sent. A
// browser tells by Sec-Fetch-Site or Origin; one that carries cookies and tells
// neither is refused too.
func crossOrigin(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if !safe && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" && r.Header.Get("Cookie") != "" {
			http.Error(w, "cross-origin request refused", http.StatusForbidden)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// The language of this browser, for a year.
const (
	langCookie = "lang"
	langAge    = 365 * 24 * 3600
)

// preferences puts language and zone into the context; ?lang= chooses one for
// this browser. What is kept with a user comes before that, see [Handlers.look].
func (h *Handlers) preferences(c *gin.Context) {
	lang, _ := c.Cookie(langCookie) // "" when there is none
	if want := c.Query("lang"); locale.Known(want) {
		lang = want
		(&Request{Context: c, h: h}).cookie(langCookie, want, langAge)
	}
	lang = locale.Pick(lang, c.GetHeader("Accept-Language"))
	zone := (domain.Organization{Zone: domain.DefaultZone}).Location()
	c.Request = c.Request.WithContext(locale.With(c.Request.Context(), lang, zone))
}

// handle wraps a route: who is asking, may he, and what becomes of an error.
func (h *Handlers) handle(route Route, do func(*Request) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		q := &Request{Context: c, h: h, route: route, made: func() {}}
		if route.takesTurn() {
			release, err := h.turns.take(c.Request.Context())
			if err != nil {
				h.fail(q, err)
				return
			}
			defer release()
			q.made = release
		}
		who := h.SignIns.Actor
		if route.live() { // browsers ask for it again by themselves
			who = h.SignIns.Watching
		}
		actor, err := who(c.Request.Context(), q.token())
		if err != nil && !domain.IsCode(err, domain.Unauthorized) {
			h.fail(q, err)
			return
		}
		q.Actor = actor
		h.look(q)
		if err := route.allowed(actor); err != nil {
			h.fail(q, err)
			return
		}
		if need := actor.Needs(h.ForceTOTP); need != domain.NeedNothing && route.Permission != Public && !route.Early {
			_ = q.Go(needs[need]) // it never fails
			return
		}
		if err := c.Request.ParseForm(); err != nil {
			h.fail(q, brokenForm(err))
			return
		}
		if err := do(q); err != nil {
			h.fail(q, err)
		}
	}
}

// brokenForm is why a form could not be read.
func brokenForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return domain.E(domain.Invalid, "form.large").Because(err)
	}
	return domain.E(domain.Invalid, "form.broken").Because(err)
}

// look puts what every page shows into the context.
func (h *Handlers) look(q *Request) {
	ctx := domain.Acting(q.Ctx(), q.Actor, q.ClientIP())
	if u := q.Actor.User; u.ID != 0 {
		lang := locale.Lang(ctx)
		if u.Lang != "" && !locale.Known(q.Query("lang")) {
			lang = u.Lang
		}
		ctx = locale.With(ctx, lang, q.Actor.Location())
	}
	theme, _ := q.Cookie("theme")
	if theme != "dark" && theme != "light" {
		theme = ""
	}
	var stops views.Stopped
	var unseen int
	if q.Actor.User.ID != 0 && !q.Partial() {
		stops, unseen = h.standing(ctx, q.Actor)
	}
	ctx = views.WithViewer(ctx, views.Viewer{
		Name: q.Actor.User.Name, Organization: q.Actor.Organization.Name, Role: q.Actor.User.Role,
		Theme: theme, URL: q.page(), SandboxURL: h.SandboxURL, Flash: q.readFlash(ctx),
		Stops: stops, Unseen: unseen, WatchOff: q.Actor.Organization.Limits.WatchOff, ReadOnly: q.Actor.User.ReadOnly,
		FilterShut: h.filterShut(ctx, q.Actor),
	})
	q.Context.Request = q.Context.Request.WithContext(ctx)
}

// filterShut reports whether somebody who only looks on may change nothing about the
// filter.
func (h *Handlers) filterShut(ctx context.Context, a domain.Actor) bool {
	return h.Watch != nil && a.User.ReadOnly && a.MayWatch() && domain.IsKey(h.Watch.MayAnswer(ctx, a), "campaign.read_only")
}

// page is the address of the page that is looked at: the answer to a form is the
// page of the form, or the nearest one above, since the address of a form may know
// no GET.
func (q *Request) page() *url.URL {
	r := q.Context.Request
	if r.Method != http.MethodPost {
		return r.URL
	}
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && q.h.isPage(from.Path) {
		return &url.URL{Path: from.Path, RawQuery: from.RawQuery}
	}
	at := path.Clean("/" + r.URL.Path)
	for at != "/" && !q.h.isPage(at) {
		at = path.Dir(at)
	}
	return &url.URL{Path: at}
}

// isPage reports whether a GET of the path answers, as far as the registry says.
func (h *Handlers) isPage(at string) bool {
	return slices.ContainsFunc(h.gets, func(pattern string) bool { return fits(pattern, at) })
}

// fits reports whether a path is one of that pattern, whose parameters are ids but
// for the token of a link and the step of a login.
func fits(pattern, at string) bool {
	ps, as := strings.Split(pattern, "/"), strings.Split(at, "/")
	if len(ps) != len(as) {
		return false
	}
	for i, p := range ps {
		switch {
		case p == ":token" || p == ":step":
		case strings.HasPrefix(p, ":"):
			if _, err := strconv.ParseInt(as[i], 10, 64); err != nil {
				return false
			}
		case p != as[i]:
			return false
		}
	}
	return true
}

// standing is what every page shows: what holds up sending, and how many notices
// are new. A page whose own content can be read is shown without them, too.
func (h *Handlers) standing(ctx context.Context, a domain.Actor) (stops views.Stopped, unseen int) {
	stops = views.Stopped{Own: a.Organization.Stop, Role: a.User.Role}
	code, _, err := h.Switch.SendingStopped(ctx)
	if err != nil {
		h.Log.Error("reading whether sending is stopped", "err", err)
	}
	stops.All = code
	if h.Notices == nil {
		return stops, 0
	}
	if unseen, err = h.Notices.UnseenNotices(ctx, a.Scope(), a.User.ID); err != nil {
		h.Log.Error("counting new notices", "err", err)
	}
	return stops, unseen
}
