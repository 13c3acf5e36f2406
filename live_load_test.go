package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"postix/domain"
)

// TestFaultLivePagesNeverReadRequestsAtOnce: 500 live pages, of which 50 never
// read what they are sent, and 10,000 requests at once, while four accounts send.
// The product's memory is bounded, every request is answered, with the page or
// with "busy", the live pages go on, and so do the accounts.
func TestFaultLivePagesNeverReadRequestsAtOnce(t *testing.T) {
	const (
		pages, deaf, requests = 500, 50, 10_000
		senders, campaigns    = 4, 30 // each of 50 messages, each sender: more than there will be time for
		gap                   = 40 * time.Millisecond
		mostMemory            = 512 << 20
	)
	h := newHouse(t, gap, loadPhones[:senders]...)
	cookies := h.people(pages / 20) // no more live pages are given to one user
	h.start()
	memory := h.watchMemory()
	for c := range campaigns {
		for i := range senders {
			h.order(i, fmt.Sprintf("Yuk %d-%d", c, i), 1, 0)
		}
	}
	crowd := &crowd{t: t, address: strings.TrimPrefix(h.p.url, "http://"), cookies: cookies}
	crowd.open(pages, deaf)
	crowd.eachHeard(1)
	from, began := h.last(), time.Now()
	crowd.ask(requests)
	took, sent := time.Since(began), len(h.calls("", from))
	t.Logf("%d requests in %v, meanwhile %d messages; %d MB", requests, took, sent, memory()>>20)
	// Nobody else may need the machine for this to be half; blocked, it is none.
	if least := int(took / (gap * 4 / 3) * senders / 4); sent < least {
		t.Errorf("%d messages in %v, want %d at least", sent, took, least)
	}
	crowd.eachHeard(2)
	if most := memory(); most > mostMemory {
		t.Errorf("the product took %d MB of memory", most>>20)
	}
	crowd.leave()
	h.p.stop(t)
}

// people makes users who are signed in, and answers their cookies.
func (h *house) people(n int) (cookies []string) {
	h.t.Helper()
	inside(h.t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		for i := range n {
			now, token := time.Now().UTC(), domain.NewToken()
			u, err := a.store.CreateUser(ctx, domain.User{
				OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleOwner, Name: "Kuzatuvchi",
				Email: fmt.Sprintf("kuzatuvchi-%d@sandbox.uz", i), CreatedAt: now,
			}, "")
			if err == nil {
				err = a.store.CreateSession(ctx, domain.Session{
					Hash: domain.TokenHash(token), OrganizationID: u.OrganizationID, UserID: u.ID, CreatedAt: now, SeenAt: now,
				})
			}
			if err != nil {
				h.t.Fatal(err)
			}
			cookies = append(cookies, "postix="+token)
		}
	})
	return cookies
}

var residentLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// watchMemory answers how to learn the most memory that the product has had.
func (h *house) watchMemory() func() int64 {
	path := fmt.Sprintf("/proc/%d/status", h.p.Process.Pid)
	return func() int64 {
		h.t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			h.t.Fatal(err)
		}
		m := residentLine.FindSubmatch(b)
		if m == nil {
			h.t.Fatalf("%s has no peak", path)
		}
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		return n << 10
	}
}

// crowd is everybody at the panel at once.
type crowd struct {
	t       *testing.T
	address string
	cookies []string
	lines   []net.Conn
	heard   []*atomic.Int64 // pictures, of each live page that reads
	readers sync.WaitGroup
}

// open opens live pages; the first ones never read.
func (c *crowd) open(pages, deaf int) {
	c.t.Helper()
	for i := range pages {
		line := c.request("/admin/campaigns/live", c.cookies[i%len(c.cookies)], i < deaf)
		c.lines = append(c.lines, line)
		if i < deaf {
			continue
		}
		heard := &atomic.Int64{}
		c.heard = append(c.heard, heard)
		c.readers.Go(func() {
			data := false
			for in := bufio.NewScanner(line); in.Scan(); data = strings.HasPrefix(in.Text(), "data: ") {
				if data && in.Text() == "" {
					heard.Add(1)
				}
			}
		})
	}
}

// request asks for a page and leaves the answer where it is. A deaf one has next
// to no room for it.
func (c *crowd) request(path, cookie string, deaf bool) net.Conn {
	c.t.Helper()
	d := net.Dialer{Timeout: 20 * time.Second}
	if deaf {
		d.Control = func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
		}
	}
	line, err := d.DialContext(c.t.Context(), "tcp", c.address)
	if err != nil {
		c.t.Error(err)
		return nil
	}
	_, err = fmt.Fprintf(line, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", path, c.address, cookie)
	if err != nil {
		c.t.Error(err)
	}
	return line
}

// eachHeard waits until each live page that reads has had so many pictures.
func (c *crowd) eachHeard(n int64) {
	c.t.Helper()
	for i, heard := range c.heard {
		eventually(c.t, fmt.Sprintf("picture %d on live page %d", n, i), func() bool { return heard.Load() >= n })
	}
}

// ask sends so many requests at once and reads the answers.
func (c *crowd) ask(n int) {
	c.t.Helper()
	lines := make([]net.Conn, n)
	var all sync.WaitGroup
	for i := range lines { // each is on its way before the first answer is read
		lines[i] = c.request("/admin/campaigns", c.cookies[i%len(c.cookies)], false)
	}
	var pages, busy atomic.Int64
	for _, line := range lines {
		all.Go(func() {
			if line == nil {
				return
			}
			defer line.Close()
			_ = line.SetReadDeadline(time.Now().Add(time.Minute))
			res, err := http.ReadResponse(bufio.NewReader(line), nil)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
			}
			switch {
			case err != nil:
				c.t.Error(err)
			case res.StatusCode == http.StatusOK:
				pages.Add(1)
			case res.StatusCode == http.StatusServiceUnavailable:
				busy.Add(1)
			}
		})
	}
	all.Wait()
	if pages.Load() == 0 || pages.Load()+busy.Load() != int64(n) {
		c.t.Errorf("%d requests led to %d pages and %d times busy", n, pages.Load(), busy.Load())
	}
}

func (c *crowd) leave() {
	for _, line := range c.lines {
		if line != nil {
			_ = line.Close()
		}
	}
	c.readers.Wait()
}
