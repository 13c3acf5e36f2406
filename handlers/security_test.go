package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// strictly serves the panel as it is set up by change, and gives its owner a
// password.
func (p *panel) strictly(change func(*handlers.Options)) (base string) {
	p.t.Helper()
	o := p.options(&domain.Hub{}, time.Now)
	change(&o)
	h, err := handlers.New(o)
	must(p.t, err)
	srv := httptest.NewServer(h)
	p.t.Cleanup(srv.Close)
	hash, err := handlers.NewPasswords(1).Hash(ownerPassword)
	must(p.t, err)
	must(p.t, p.store.SetPassword(p.t.Context(), p.owner.User, hash, []byte{}))
	return srv.URL
}

const ownerPassword = "toʻgʻri parol emas"

// asked is a request without a cookie jar and without following.
func asked(t *testing.T, method, address string, form url.Values, head http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	must(t, err)
	req.Header = head.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (p *panel) signsIn(base string, head http.Header) *http.Cookie {
	p.t.Helper()
	res := asked(p.t, http.MethodPost, base+"/signin", url.Values{"email": {p.owner.User.Email}, "password": {ownerPassword}}, head)
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "postix") && c.Value != "" {
			return c
		}
	}
	p.t.Fatalf("no session: %d", res.StatusCode)
	return nil
}

// TestBrowserRules: whatever is answered lets nothing foreign in, is kept nowhere,
// and insists on https where the panel is reached by it.
func TestBrowserRules(t *testing.T) {
	p := newPanel(t)
	for _, secure := range []bool{false, true} {
		base := p.strictly(func(o *handlers.Options) { o.Secure = secure })
		cookie := p.signsIn(base, nil)
		for _, path := range []string{"/", "/signin", "/health", "/guide", "/nothing", "/admin/campaigns", "/admin/campaigns/999", "/admin/users", "/admin/audit.csv", "/admin/campaigns/live", "/static/nothing"} {
			ctx := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
			head := asked(t, http.MethodGet, base+path, nil, ctx).Header
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := head.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if got := head.Get("Strict-Transport-Security"); (got != "") != secure {
				t.Errorf("%s: https %v, Strict-Transport-Security %q", path, secure, got)
			}
		}
	}
}

// TestSessionCookie: a new token at each sign-in, whatever the browser brought, out
// of reach of scripts and other sites, and nowhere stored as it is.
func TestSessionCookie(t *testing.T) {
	p := newPanel(t)
	for secure, name := range map[bool]string{false: "postix", true: "__Host-postix"} {
		base := p.strictly(func(o *handlers.Options) { o.Secure = secure })
		planted := domain.NewToken()
		c := p.signsIn(base, http.Header{"Cookie": {name + "=" + planted}})
		if c.Name != name || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("https %v: the cookie is %v", secure, c)
		}
		if len(c.Value) < 43 || c.Value == planted || c.Value == p.signsIn(base, nil).Value {
			t.Errorf("https %v: the token is not new", secure)
		}
		for _, file := range []string{p.path, p.path + "-wal"} {
			text, err := os.ReadFile(file)
			must(t, err)
			if bytes.Contains(text, []byte(c.Value)) {
				t.Errorf("the token stands in %s", file)
			}
		}
		res := asked(t, http.MethodGet, base+"/admin/campaigns", nil, http.Header{"Cookie": {name + "=" + planted}})
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("https %v: the planted token is answered %d", secure, res.StatusCode)
		}
	}
}

// TestSessionEndsByTheClock: after half an hour without use, and after twelve
// hours in any case.
func TestSessionEndsByTheClock(t *testing.T) {
	p := newPanel(t)
	now := time.Now()
	base := p.strictly(func(o *handlers.Options) { o.SignIns.Now = func() time.Time { return now } })
	in := func(c *http.Cookie) bool {
		t.Helper()
		res := asked(t, http.MethodGet, base+"/admin/campaigns", nil, http.Header{"Cookie": {c.Name + "=" + c.Value}})
		return res.StatusCode == http.StatusOK
	}
	idle := p.signsIn(base, nil)
	if now = now.Add(domain.SessionIdle - time.Minute); !in(idle) {
		t.Error("signed out though it was used")
	}
	if now = now.Add(domain.SessionIdle + time.Minute); in(idle) {
		t.Error("signed in after half an hour without use")
	}
	busy, began := p.signsIn(base, nil), now
	for now.Before(began.Add(domain.SessionLife - 20*time.Minute)) {
		if now = now.Add(20 * time.Minute); !in(busy) {
			t.Fatalf("signed out after %v of use", now.Sub(began))
		}
	}
	if now = began.Add(domain.SessionLife + time.Second); in(busy) {
		t.Error("signed in for more than twelve hours")
	}
}

// TestForwardedFor: an address that was forwarded counts from a named proxy only;
// throttling and the audit go by it.
func TestForwardedFor(t *testing.T) {
	p := newPanel(t)
	for _, c := range []struct {
		proxies []string
		want    string
	}{{nil, "127.0.0.1"}, {[]string{"10.1.2.3"}, "127.0.0.1"}, {[]string{"127.0.0.1"}, "203.0.113.9"}} {
		base := p.strictly(func(o *handlers.Options) { o.TrustedProxies = c.proxies })
		p.signsIn(base, http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Host": {"evil.example"}})
		es, err := p.store.Audit(t.Context(), domain.AuditFilter{Event: domain.AuditSignIn, Limit: 1})
		must(t, err)
		if len(es) != 1 || es[0].IP != c.want {
			t.Errorf("proxies %q: %+v", c.proxies, es)
		}
	}
}

// TestSignInsAreAlike: who is unknown, who is wrong and who has no password get
// the same answer, to the byte.
func TestSignInsAreAlike(t *testing.T) {
	p := newPanel(t)
	base := p.strictly(func(*handlers.Options) {})
	var first string
	for _, email := range []string{p.owner.User.Email, "nobody@a.uz", p.member.User.Email} {
		res := asked(t, http.MethodPost, base+"/signin", url.Values{"email": {email}, "password": {"boshqa parol 77"}}, nil)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		page := strings.ReplaceAll(string(body), email, "…")
		if res.StatusCode != http.StatusUnauthorized || first != "" && page != first {
			t.Errorf("%s: %d, another answer than the one before", email, res.StatusCode)
		}
		first = page
	}
}
