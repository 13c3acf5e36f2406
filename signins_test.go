package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postix/handlers"
)

// signInCrowd is many people at the sign-in page of one product at the same moment.
type signInCrowd struct {
	t      *testing.T
	base   string
	http   http.Client
	inside atomic.Int64 // requests that wait for their answer
}

const crowdSize = 200

// hashMemory is what one comparison of a password holds, in bytes.
const hashMemory = 19 << 20

// signInAnswer is what somebody gets who tries to sign in.
type signInAnswer struct {
	status int
	retry  string // Retry-After
	to     string // where a redirect leads
	cookie bool   // a session came with it
}

// asks sends one sign-in from that address and answers what came back.
func (c *signInCrowd) asks(email, password, ip string) (a signInAnswer) {
	c.inside.Add(1)
	defer c.inside.Add(-1)
	form := url.Values{"email": {email}, "password": {password}}
	req, err := http.NewRequest(http.MethodPost, c.base+"/signin", strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Error(err)
		return a
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", c.base)
	req.Header.Set("X-Forwarded-For", ip)
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Errorf("signing in: %v", err)
		return a
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body) // a broken page fails below
	a = signInAnswer{status: res.StatusCode, retry: res.Header.Get("Retry-After"), to: res.Header.Get("Location")}
	for _, k := range res.Cookies() {
		a.cookie = a.cookie || k.Name == "postix" && k.Value != ""
	}
	switch a.status {
	case http.StatusSeeOther:
		if !a.cookie {
			c.t.Error("somebody got in without a session")
		}
	case http.StatusUnauthorized:
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if n, err := strconv.Atoi(a.retry); err != nil || n < 1 {
			c.t.Errorf("refused with %d and Retry-After %q", a.status, a.retry)
		}
	default:
		c.t.Errorf("signing in answers %d: %.300s", a.status, body)
	}
	if a.status != http.StatusSeeOther && (a.cookie || !bytes.Contains(body, []byte("</html>"))) {
		c.t.Errorf("a refusal with %d has a session (%t) or no page", a.status, a.cookie)
	}
	return a
}

func newCrowd(t *testing.T, base string) *signInCrowd {
	jar, _ := cookiejar.New(nil) // it takes nothing: nobody here sends a cookie
	return &signInCrowd{t: t, base: base, http: http.Client{
		Jar: emptyJar{jar}, Timeout: patience,
		Transport:     &http.Transport{MaxIdleConnsPerHost: crowdSize, DialContext: (&net.Dialer{Timeout: patience}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// emptyJar keeps no cookie.
type emptyJar struct{ http.CookieJar }

func (emptyJar) SetCookies(*url.URL, []*http.Cookie) {}

// ownNetwork is an address of a network of one's own.
func ownNetwork(person, try int) string {
	return fmt.Sprintf("10.%d.%d.%d", person, try/250, 1+try%250)
}

// peakMemory is the most that a process has had in memory since its start or
// forgetPeak, in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// forgetPeak begins the peak of a process anew (proc_pid_clear_refs(5)).
func forgetPeak(t *testing.T, pid int) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		t.Skipf("this system does not tell what a process holds at most: %v", err)
	}
}

// TestSignInsSideBySide lets two hundred people sign in at the same moment, each
// from a network of his own and again as soon as he is answered, until the others
// have been served: pages are answered and messages go out. Half of them know the
// password, and each of these gets in; the others never do. Memory stays near what
// a few hashes hold.
func TestSignInsSideBySide(t *testing.T) {
	h := newHouse(t, 50*time.Millisecond, loadPhones[0])
	h.start("POSTIX_TRUSTED_PROXIES=127.0.0.1")
	h.order(0, "Toshkentdan Samarqandga 5 tonna yuk bor", 100, 10*time.Second)
	eventually(t, "messages go out", func() bool { return len(h.calls("", 0)) > 5 })
	c := newCrowd(t, h.p.url)

	pid := h.p.Process.Pid
	forgetPeak(t, pid)
	h.me.get(t, "/admin/campaigns/1")
	before := peakMemory(t, pid)

	var answered, in [crowdSize]atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	for i := range crowdSize {
		all.Go(func() {
			for try := 0; !stop.Load(); try++ {
				password := seedPassword
				if i%2 == 1 {
					password = "not the password"
				}
				a := c.asks(seedUsers[i/2%len(seedUsers)].email, password, ownNetwork(i, try))
				answered[i].Add(1)
				if a.status == http.StatusSeeOther {
					in[i].Add(1)
				}
				if a.status == 0 { // it has been said
					return
				}
			}
		})
	}
	eventually(t, "all ask at once", func() bool { return c.inside.Load() >= crowdSize*9/10 })
	sent := len(h.calls("", 0))
	for range 20 {
		if page := h.me.get(t, "/admin/campaigns/1"); !strings.Contains(page, "Samarqandga 5 tonna") {
			t.Fatalf("the campaign's page is another meanwhile: %.300s", page)
		}
	}
	eventually(t, "messages go out meanwhile", func() bool { return len(h.calls("", 0)) >= sent+20 })
	eventually(t, "all that know the password get in", func() bool {
		for i := range crowdSize {
			if i%2 == 0 && in[i].Load() == 0 || answered[i].Load() == 0 {
				return false
			}
		}
		return true
	})
	if n := c.inside.Load(); n < crowdSize*9/10 {
		t.Errorf("only %d asked at once in the end", n)
	}
	peak := peakMemory(t, pid)
	stop.Store(true)
	all.Wait()

	for i := range crowdSize {
		if i%2 == 1 && in[i].Load() > 0 {
			t.Errorf("person %d got in without the password", i)
		}
	}
	// What a hash leaves behind is collected when the heap has doubled, and about as
	// much comes while the collector works; a request and its answer hold far less
	// than a quarter of a megabyte.
	bound := before + 4*handlers.HashesAtOnce*hashMemory + crowdSize<<18
	t.Logf("at most %d MB in memory, %d MB before, %d MB allowed", peak>>20, before>>20, bound>>20)
	if peak > bound {
		t.Errorf("%d MB in memory, %d MB are allowed", peak>>20, bound>>20)
	}
	if bound > crowdSize*hashMemory/2 {
		t.Errorf("the bound of %d MB proves nothing: all hashes at once take %d MB", bound>>20, crowdSize*hashMemory>>20)
	}
}

// TestSignInsOfOneNetwork: two hundred guesses at the same moment from one network
// are a few guesses, and all others learn when to come again; the owner gets in
// from his own meanwhile.
func TestSignInsOfOneNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	h.p = serve(t, h.dir, h.tg.URL, "POSTIX_TRUSTED_PROXIES=127.0.0.1")
	c := newCrowd(t, h.p.url)
	var compared, later atomic.Int64
	var all sync.WaitGroup
	for i := range crowdSize {
		all.Go(func() {
			switch a := c.asks(seedMember, fmt.Sprintf("guess %d", i), "10.0.0.1"); a.status {
			case http.StatusUnauthorized:
				compared.Add(1)
			case http.StatusTooManyRequests:
				later.Add(1)
			}
		})
	}
	if a := c.asks(seedMember, seedPassword, "10.0.0.2"); a.status != http.StatusSeeOther {
		t.Errorf("the owner of the address is answered %d", a.status)
	}
	all.Wait()
	// Five are free, and each further one waits twice as long as the one before:
	// within patience no more than eight of these can have been let through.
	if n := compared.Load(); n < 1 || n > 5+8 || compared.Load()+later.Load() != crowdSize {
		t.Errorf("of %d guesses %d were compared and %d told to come later", crowdSize, n, later.Load())
	}
}
