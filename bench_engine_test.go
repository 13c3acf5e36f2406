package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

const benchText = "Toshkentdan Samarqandga 22 tonna yuk bor, tent kerak. Toʻlov naqd. Tel: +998 90 123 45 67"

// sending is what the engine and the plain clients are told to send: so many
// times a message into each group of each account.
type sending struct {
	Page, Dir string
	Who       domain.Actor
	Accounts  []benchAccount
	Times     int
}

func (s sending) messages() (n int) {
	for _, a := range s.Accounts {
		n += len(a.Peers) * s.Times
	}
	return n
}

// sent is how long that took, from the first call to the last answer (the
// engine: to the last answer on the disk), with all accounts connected before.
type sent struct{ Took, CPU time.Duration }

// TestBenchEngine sends with the whole engine and with plain clients in turn:
// the same accounts, groups and text, to a sandbox in a process of its own.
func TestBenchEngine(t *testing.T) {
	benching(t)
	for _, c := range []struct {
		accounts, groups, times int
		target                  float64
	}{
		{50, 40, 10, 0.8},
		{1, 40, 50, 0.5},
	} {
		t.Run(fmt.Sprintf("%d accounts", c.accounts), func(t *testing.T) {
			b := newBenchTelegram(t, c.accounts, c.groups)
			s := sending{Page: b.page, Dir: t.TempDir(), Times: c.times}
			s.Who, s.Accounts = b.join(t, s.Dir, true), b.accounts
			if n := s.messages(); n != c.accounts*c.groups*c.times {
				t.Fatalf("%d messages", n)
			}
			var plain, engine, ratios, cpu []float64
			for range 5 {
				p, e := b.measure(t, "plain", s), b.measure(t, "engine", s)
				plain, engine = append(plain, p.perSecond), append(engine, e.perSecond)
				ratios, cpu = append(ratios, e.perSecond/p.perSecond), append(cpu, float64(p.cpu)/float64(e.cpu))
			}
			t.Logf("engine %.0f/s, plain clients %.0f/s; CPU of plain clients and sandbox to that of engine and sandbox: %.2f",
				median(engine), median(plain), median(cpu))
			atLeast(t, fmt.Sprintf("deliveries/s of the engine to plain clients, %d", c.accounts), median(ratios), c.target)
		})
	}
}

// measured is what one run of one role came to.
type measured struct {
	perSecond float64
	cpu       time.Duration // for each message, the sandbox's included
}

func (b *benchTelegram) measure(t *testing.T, role string, s sending) measured {
	t.Helper()
	pid := b.process.Process.Pid
	before := cpuTimeOf(t, pid)
	var got sent
	play(t, role, s, &got)
	n := s.messages()
	own, theirs := got.CPU/time.Duration(n), (cpuTimeOf(t, pid)-before)/time.Duration(n)
	m := measured{float64(n) / got.Took.Seconds(), own + theirs}
	t.Logf("%-6s %d in %v: %.0f/s; CPU for each: its own %v, the sandbox's %v (connecting included)",
		role, n, got.Took.Round(time.Millisecond), m.perSecond, own, theirs)
	return m
}

// playEngine connects, orders and opens everything, and then lets the jobs run.
func playEngine(t *testing.T, in []byte) any {
	s := told[sending](t, in)
	ctx := t.Context()
	a := benchApp(ctx, t, s.Dir, s.Page)
	links, unlink := context.WithCancel(ctx)
	work, halt := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = a.clients.Run(links) })
	defer func() { halt(); all.Wait(); a.close() }()
	defer unlink()
	eventually(t, "all accounts are connected", func() bool {
		for _, acc := range s.Accounts {
			if a.clients.Link(acc.ID) != domain.LinkReady {
				return false
			}
		}
		return true
	})
	openAll(ctx, t, a, s)
	d := beside(t, s.Dir)

	stop := profile(t, fmt.Sprintf("engine-%d", len(s.Accounts)))
	began, cpu := time.Now(), cpuTime(t)
	all.Go(func() { _ = a.jobs.Run(work) })
	eventually(t, "all campaigns end", func() bool {
		return number(t, d, "SELECT COUNT(*) FROM campaigns WHERE status IN ('scheduled', 'running')") == 0
	})
	out := sent{time.Since(began), cpuTime(t) - cpu}
	stop()
	if n := number(t, d, "SELECT COALESCE(SUM(planned - sent), 0) FROM campaigns"); n != 0 {
		t.Fatalf("%d were not sent", n)
	}
	return out
}

// openAll orders the campaigns and opens their only rounds, so that everything
// is due.
func openAll(ctx context.Context, t *testing.T, a *app, s sending) {
	t.Helper()
	now := time.Now().UTC()
	for _, acc := range s.Accounts {
		rows, _, err := a.store.Dialogs(ctx, s.Who.User.OrganizationID, acc.ID, domain.DialogFilter{Writable: true, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		var peers []domain.Peer
		for _, r := range rows {
			if r.Kind == domain.KindSupergroup {
				peers = append(peers, r.Peer)
			}
		}
		for range s.Times {
			benchOrder(t, a.store, s.Who, acc.ID, peers, now)
		}
	}
}

// beside opens the product's database beside it, to look.
func beside(t *testing.T, dir string) *sql.DB {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+dir+"/postix.db?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	d.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func number(t *testing.T, d *sql.DB, query string) (n int) {
	t.Helper()
	if err := d.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// playPlain sends from as many clients of the library, one call after the other
// in each.
func playPlain(t *testing.T, in []byte) any {
	s := told[sending](t, in)
	start := make(chan struct{})
	clients := runPlain(t, s.Page, s.Accounts, len(s.Accounts), func(ctx context.Context, acc benchAccount, api *tg.Client) error {
		<-start
		return sendPlain(ctx, api, acc.Peers, s.Times)
	})
	clients.awaitConnected(t)
	stop := profile(t, fmt.Sprintf("plain-%d", len(s.Accounts)))
	began, cpu := time.Now(), cpuTime(t)
	close(start)
	clients.awaitDone(t)
	out := sent{time.Since(began), cpuTime(t) - cpu}
	stop()
	return out
}

func sendPlain(ctx context.Context, api *tg.Client, peers []benchPeer, times int) error {
	for range times {
		for _, p := range peers {
			_, err := api.MessagesSendMessage(ctx, &tg.MessagesSendMessageRequest{
				Peer:    &tg.InputPeerChannel{ChannelID: -p.ID - 1_000_000_000_000, AccessHash: p.AccessHash},
				Message: benchText, RandomID: rand.Int64(),
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
