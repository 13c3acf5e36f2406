package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// benchCache names a directory that keeps the large database, which takes
// minutes to make.
const benchCache = "POSTIX_BENCH_DIR"

const (
	claimers   = 50 // accounts that claim side by side
	claimsEach = 50 // of one account in one run
	claimPeers = 100
)

// noPace sends without gaps and caps.
var noPace = domain.Pace{MinInterval: time.Second}

// TestBenchClaim compares the CPU time of recording a result and claiming the
// next delivery, with their share of the commits, in a small and a large table.
// In the large one a thousand accounts have ten thousand campaigns, and each
// account but the claimers a round open that is not due yet.
func TestBenchClaim(t *testing.T) {
	benching(t)
	dirs := [2]string{
		claimsIn(t, history{rounds: 2, copies: 50, accounts: 50, open: "0"}),
		claimsIn(t, history{rounds: 10, copies: 10_000, accounts: 1000, open: fmt.Sprintf("c.account > %d AND c.nr < 1000", claimers)}),
	}
	var used [2][]time.Duration
	for range 15 {
		for i, dir := range dirs {
			used[i] = append(used[i], claimAll(t, dir, i == 0))
		}
	}
	// Whatever else the machine does only adds to it.
	small, large := share(used[0], 0.25), share(used[1], 0.25)
	t.Logf("CPU of a claim and its record: %v at 10,000 deliveries, %v at 10,000,000", small, large)
	atMost(t, "CPU of a claim and its record, 10,000,000 to 10,000", float64(large)/float64(small), 1.2)
}

// claimsIn answers the directory of a database with that history, made when it
// is not there yet. Another schema makes another one.
func claimsIn(t *testing.T, h history) string {
	t.Helper()
	cache := os.Getenv(benchCache)
	if cache == "" {
		cache = t.TempDir()
	}
	dir := filepath.Join(cache, fmt.Sprintf("claims-%d-%s", h.copies*h.rounds*claimPeers, schemaHash(t)))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	began := time.Now()
	making := dir + ".new"
	if err := os.RemoveAll(making); err != nil {
		t.Fatal(err)
	}
	fillIn(t, making, noPace, func(f *filled) {
		h.template = f.made[0]
		f.accounts(h.accounts)
		f.bare("deliveries", func() { f.history(h) })
	}, claimPeers)
	if err := os.Rename(making, dir); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s made in %v", filepath.Base(dir), time.Since(began).Round(time.Second))
	return dir
}

func schemaHash(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("db/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	h := sha256.New()
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// claimAll orders something for each claimer, lets them send it, and answers
// the CPU time of one claim with its record. A small database is worked on in a
// copy: it would grow.
func claimAll(t *testing.T, dir string, inCopy bool) time.Duration {
	t.Helper()
	if inCopy {
		to := t.TempDir()
		err := os.CopyFS(to, os.DirFS(dir))
		if err == nil {
			err = os.Chmod(filepath.Join(to, "postix.key"), 0o600) // which a copy does not keep
		}
		if err != nil {
			t.Fatal(err)
		}
		dir = to
	}
	ctx := t.Context()
	s := benchStore(ctx, t, dir)
	defer func() { _ = s.Close() }()
	linked, err := s.LinkedAccounts(ctx)
	if err != nil || len(linked) == 0 {
		t.Fatalf("%d accounts, %v", len(linked), err)
	}
	who := domain.Actor{User: domain.User{ID: linked[0].UserID, OrganizationID: linked[0].OrganizationID}}
	ds, _, err := s.Dialogs(ctx, who.User.OrganizationID, linked[0].ID, domain.DialogFilter{Limit: claimsEach})
	if err != nil || len(ds) != claimsEach {
		t.Fatalf("%d dialogs, %v", len(ds), err)
	}
	var peers []domain.Peer
	for _, d := range ds {
		peers = append(peers, d.Peer)
	}
	for id := int64(1); id <= claimers; id++ {
		benchOrder(t, s, who, id, peers, time.Now().UTC())
	}
	runtime.GC()
	cpu := cpuTime(t)
	errs := make([]error, claimers)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = claimOne(ctx, s, int64(i+1)) })
	}
	all.Wait()
	cpu = cpuTime(t) - cpu
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return cpu / (claimers * claimsEach)
}

// claimOne claims and confirms until the account has nothing left.
func claimOne(ctx context.Context, s *db.Store, account int64) error {
	n := 0
	turn, err := s.Claim(ctx, account, time.Now())
	for ; err == nil && turn.Attempt != nil; n++ {
		now := time.Now()
		turn, err = s.Next(ctx, domain.SettleSent(*turn.Attempt, domain.SentMessage{ID: n + 1, At: now}, now, 0), now)
	}
	if err == nil && n != claimsEach {
		err = fmt.Errorf("account %d claimed %d", account, n)
	}
	return err
}
