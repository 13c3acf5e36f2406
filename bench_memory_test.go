package main

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// idling is a process with accounts that are connected and have nothing to do.
type idling struct {
	Page, Dir string
	Accounts  []benchAccount
}

// settled is how long they do nothing before their memory is counted.
const settled = 5 * time.Second

// TestBenchMemory compares what one more connected account costs the product
// with what it costs plain clients of the library: resident memory with a
// thousand of them, less that of the same process with none, by a thousand.
func TestBenchMemory(t *testing.T) {
	benching(t)
	const accounts = 1000
	b := newBenchTelegram(t, accounts, 0)
	full, empty := t.TempDir(), t.TempDir()
	b.join(t, full, false)
	var product, plain, ratios []float64
	for range 3 {
		product = append(product, perAccount(t, "idle product", idling{b.page, full, b.accounts}, idling{b.page, empty, nil}))
		plain = append(plain, perAccount(t, "idle plain", idling{b.page, "", b.accounts}, idling{b.page, "", nil}))
		ratios = append(ratios, product[len(product)-1]/plain[len(plain)-1])
	}
	t.Logf("one connected account: product %.1f KB, plain client %.1f KB", median(product)/1024, median(plain)/1024)
	atMost(t, "resident memory per connected idle account", median(ratios), 1.3)
}

func perAccount(t *testing.T, role string, with, without idling) float64 {
	t.Helper()
	var all, none int64
	play(t, role, with, &all)
	play(t, role, without, &none)
	t.Logf("%s: %.1f MB with %d accounts, %.1f MB with none", role, float64(all)/(1<<20), len(with.Accounts), float64(none)/(1<<20))
	return float64(all-none) / float64(len(with.Accounts))
}

// playIdleProduct is the whole product, panel and jobs included.
func playIdleProduct(t *testing.T, in []byte) any {
	s := told[idling](t, in)
	a := benchApp(t.Context(), t, s.Dir, s.Page)
	defer a.close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, l) }()
	eventually(t, "all accounts are connected", func() bool {
		for i := range s.Accounts {
			if a.clients.Link(int64(i+1)) != domain.LinkReady {
				return false
			}
		}
		return true
	})
	pauseFor(settled)
	used := resident(t)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return used
}

// playIdlePlain is as many clients of the library. As many connect at once as in
// the product.
func playIdlePlain(t *testing.T, in []byte) any {
	s := told[idling](t, in)
	ctx, stop := context.WithCancel(t.Context())
	clients := runPlain(t, s.Page, s.Accounts, 8, func(context.Context, benchAccount, *tg.Client) error {
		<-ctx.Done()
		return nil
	})
	clients.awaitConnected(t)
	pauseFor(settled)
	used := resident(t)
	stop()
	clients.awaitDone(t)
	return used
}
