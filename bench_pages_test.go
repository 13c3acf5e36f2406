package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"postix/domain"
)

// TestBenchPages compares the 99th percentile of the campaign list and of a
// campaign's page, over HTTP and signed in, in an organization with a thousand
// deliveries and in one with a million: a thousand campaigns of 50 chats and ten
// rounds, and five of a thousand chats and a hundred rounds. What is compared
// shows as many rows and rounds in both, but for the ordinary campaign's page,
// which has one round in the small one. Each product is a process of its own.
func TestBenchPages(t *testing.T) {
	benching(t)
	b := newBenchTelegram(t, 0, 0)
	small, large := t.TempDir(), t.TempDir()
	const open = "c.nr % 10 = 0"
	who := fillIn(t, small, domain.DefaultPace, func(f *filled) {
		f.exec("DELETE FROM telegram_sessions") // nothing is to connect
		f.history(history{template: f.made[0], copies: 1, rounds: 1, accounts: 1, open: open})
		f.history(history{template: f.made[1], copies: 18, rounds: 1, accounts: 1, open: open})
		f.history(history{template: f.made[2], copies: 1, rounds: 100, accounts: 1, open: open})
	}, 50, 25, 5)
	fillIn(t, large, domain.DefaultPace, func(f *filled) {
		f.exec("DELETE FROM telegram_sessions")
		f.accounts(20)
		f.bare("deliveries", func() {
			f.history(history{template: f.made[0], copies: 1000, rounds: 10, accounts: 20, open: open})
			f.history(history{template: f.made[1], copies: 5, rounds: 100, accounts: 5, open: open})
		})
	}, 50, 1000)
	of := func(dir string) *browserless { return signIn(t, serve(t, dir, b.page).url, who.User.Email) }
	few, many := of(small), of(large)
	pages := []*timed{
		{what: "campaign list", few: "/admin/campaigns", many: "/admin/campaigns"},
		{what: "campaign page", few: campaignPath(firstCopy), many: campaignPath(firstCopy)},
		{what: "campaign page of 100 rounds", few: campaignPath(firstCopy + 19), many: campaignPath(firstCopy + 1000)},
	}
	for range warmLooks + pageBatches*batchLooks {
		for _, p := range pages {
			p.look(t, few, many)
		}
	}
	for _, p := range pages {
		p.say(t)
	}
}

// Each page is looked at in batches, and the median of their percentiles counts:
// a moment at which the machine is busy with something else spoils one batch.
const (
	warmLooks   = 100 // not counted
	pageBatches = 7
	batchLooks  = 200
)

func campaignPath(id int) string { return fmt.Sprintf("/admin/campaigns/%d", id) }

// timed is a page that is asked for in turn in a small and in a large database.
type timed struct {
	what, few, many string
	took            [2][]time.Duration
	size            [2]int
}

func (p *timed) look(t *testing.T, few, many *browserless) {
	t.Helper()
	for i, at := range []struct {
		b    *browserless
		path string
	}{{few, p.few}, {many, p.many}} {
		began := time.Now()
		p.size[i] = len(at.b.sees(t, at.path))
		p.took[i] = append(p.took[i], time.Since(began))
	}
}

// say compares them.
func (p *timed) say(t *testing.T) {
	t.Helper()
	var p50, p99 [2]time.Duration
	for i, took := range p.took {
		var halves, worsts []time.Duration
		for batch := range slices.Chunk(took[warmLooks:], batchLooks) {
			halves, worsts = append(halves, median(batch)), append(worsts, share(batch, 0.99))
		}
		p50[i], p99[i] = median(halves), median(worsts)
		t.Logf("%s, %s deliveries: p50 %v, p99 %v, %d bytes", p.what, [2]string{"1,000", "1,000,000"}[i],
			p50[i].Round(10*time.Microsecond), p99[i].Round(10*time.Microsecond), p.size[i])
	}
	t.Logf("%s: p50 %.2f times", p.what, float64(p50[1])/float64(p50[0]))
	atMost(t, p.what+" p99, 1,000,000 to 1,000", float64(p99[1])/float64(p99[0]), 1.5)
}

// sees is get, which must answer that very page.
func (b *browserless) sees(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	at, page := b.ask(t, req)
	if at != path || len(page) < 5000 {
		t.Fatalf("%s led to %s:\n%s", path, at, page)
	}
	return page
}
