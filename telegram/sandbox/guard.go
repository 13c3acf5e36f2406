package sandbox

import (
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// guard keeps pages of other origins out. A name that an attacker points at
// 127.0.0.1 shows in Host, a post from another page in Origin or Sec-Fetch-Site.
func guard(log *slog.Logger, next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		writeError(rw, http.StatusForbidden, "posts from another origin are refused")
	}))
	inner := cross.Handler(recovered(log, next))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		setSafeHeaders(rw.Header())
		if !loopbackHost(r.Host) {
			writeError(rw, http.StatusForbidden, "the sandbox answers on its loopback address only")
			return
		}
		// Bot API methods change things on GET too.
		if strings.HasPrefix(r.URL.Path, "/bot") && crossSite(r) {
			writeError(rw, http.StatusForbidden, "calls from another origin are refused")
			return
		}
		inner.ServeHTTP(rw, r)
	})
}

func setSafeHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// readingTime bounds how long a body may take and returns the function that lifts
// the bound. The server has none for the whole request: polls and held calls take
// long, and a read deadline would end them.
func readingTime(rw http.ResponseWriter) func() {
	c := http.NewResponseController(rw)
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	return func() { _ = c.SetReadDeadline(time.Time{}) }
}

func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return true
}

// recovered answers a panic with 500 and lets the server live. The abort of an
// answer passes through.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // the very value is thrown
				panic(v)
			}
			log.Error("sandbox handler panicked", "path", r.Pattern, "panic", v, "stack", string(debug.Stack()))
			writeError(rw, http.StatusInternalServerError, "the sandbox failed; its log says why")
		}()
		next.ServeHTTP(rw, r)
	})
}
