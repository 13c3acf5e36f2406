package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// send answers a request whose body nobody needs.
func (b *deskBrowser) send(r *http.Request) *http.Response {
	b.desk.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.desk.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestThrottledSignInSaysWhenToRetry(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	b.cookie = "lang=uz"
	form := url.Values{"email": {"nobody@a.uz"}, "password": {"guess"}}
	for range 5 {
		if resp := b.send(b.request(http.MethodPost, "/signin", form)); resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Retry-After") != "" {
			t.Fatalf("a wrong password: %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
	if resp := b.send(b.request(http.MethodPost, "/signin", form)); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("the sixth: %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	b.client.Timeout = time.Minute
	for path, want := range map[string]int{
		"/health": http.StatusOK, "/admin/campaigns": http.StatusOK, "/": http.StatusSeeOther,
		"/nothing": http.StatusNotFound, "/signout": http.StatusNotFound,
	} {
		if got := b.do(http.MethodHead, path, nil); got.status != want || got.body != "" {
			t.Errorf("HEAD %s: %d with %d bytes, want %d", path, got.status, len(got.body), want)
		}
	}
}

// TestHeadOfLivePageEnds: nobody would read the stream. One connection serves
// the requests in turn, so that a stream left open keeps the next one waiting.
func TestHeadOfLivePageEnds(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	b.client.Transport = &http.Transport{MaxConnsPerHost: 1}
	b.client.Timeout = 30 * time.Second
	for range 2 {
		resp := b.send(b.request(http.MethodHead, "/admin/campaigns/live", nil))
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	}
}

func TestSlashLeadsNowhereElse(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	r := b.request(http.MethodGet, "/signin/", nil)
	r.Header.Set("X-Forwarded-Prefix", "//evil.example")
	if resp := b.send(r); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d, to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestTooLargeFormIsRefused(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "en")
	got := b.post("/admin/campaigns/new", url.Values{"text": {strings.Repeat("a", 1<<20)}})
	got.wants(t, http.StatusRequestEntityTooLarge, "<h1>", "too large")
}

func TestLivePagesOfOneUserAreLimited(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	const path = "/admin/campaigns/live"
	var first *http.Response
	for range 20 {
		resp, err := b.client.Do(b.request(http.MethodGet, path, nil))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d", resp.StatusCode)
		}
		if first == nil {
			first = resp
		}
	}
	if resp := b.send(b.request(http.MethodGet, path, nil)); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one page more: %d", resp.StatusCode)
	}
	if other := d.browser(d.member, "uz"); other.send(other.request(http.MethodGet, path, nil)).StatusCode != http.StatusOK {
		t.Error("it keeps a colleague out")
	}
	_ = first.Body.Close()
	for end := time.Now().Add(20 * time.Second); ; {
		if b.send(b.request(http.MethodGet, path, nil)).StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a closed page keeps its place")
		}
	}
}
