package main

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"postix/domain"
)

// The load of the benchmark of lateness: 10,000 running campaigns of three chats
// each, ten to an account, their next rounds spread evenly. It opens 50 rounds
// and sends 150 messages in a second, as 10,000 campaigns of 50 chats and a
// round in an hour do.
const (
	lateCampaigns = 10_000
	lateAccounts  = 1000
	latePeers     = 3
	lateSpread    = 200 * time.Second // and the interval between two rounds
	lateGap       = time.Second       // between two messages of an account
	lateFirst     = 5 * time.Second   // from the filling of the times to the first round
	lateWarm      = 5 * time.Second   // what is due in this time more is not counted
	lateFor       = 30 * time.Second
)

// TestBenchLateness measures how long after the moment at which it may go out a
// delivery goes out, with its intent on the disk. It may go out when its round
// is due and the gap after the account's message before is over, whichever is
// later: what waits its turn in the account's queue is not late for that.
// Sending itself is left out: Telegram answers at once and the clock is read when
// it is called, which is when the first byte would leave.
func TestBenchLateness(t *testing.T) {
	benching(t)
	dir := t.TempDir()
	templates := slices.Repeat([]int{latePeers}, lateCampaigns/lateAccounts)
	pace := domain.Pace{GapMin: lateGap, GapMax: lateGap, ChatGap: time.Minute, PerHour: 3600, PerDay: 86400, MinInterval: time.Second}
	fillIn(t, dir, pace, func(f *filled) {
		f.exec("DELETE FROM telegram_sessions")
		f.accounts(lateAccounts)
		for _, made := range f.made {
			f.history(history{template: made, copies: lateAccounts, rounds: 1, accounts: lateAccounts, open: "0"})
		}
	}, templates...)
	var got lateness
	play(t, "campaigns late", dir, &got)
	all := slices.Concat(got.First, got.Others)
	rate := float64(len(all)) / lateFor.Seconds()
	if expected := float64(lateCampaigns*latePeers) / lateSpread.Seconds(); rate < 0.8*expected {
		t.Fatalf("only %.0f deliveries/s", rate)
	}
	for what, late := range map[string][]time.Duration{"first of a round": got.First, "others": got.Others, "the machine's own timers": got.Machine} {
		t.Logf("%-24s %5d: p50 %v, p99 %v, most %v", what, len(late), share(late, 0.5), share(late, 0.99), share(late, 1))
	}
	t.Logf("%.0f deliveries/s, CPU for each %v", rate, got.CPU)
	within(t, "lateness p99 with 10,000 campaigns running", share(all, 0.99), 50*time.Millisecond)
}

// lateness is how late deliveries went out: those that their round's time let
// go, and those that the gap did.
type lateness struct {
	First, Others []time.Duration
	Machine       []time.Duration // by which timers of the process were late that have nothing to do with it
	CPU           time.Duration   // for each delivery
}

// playLateness runs the jobs with a Telegram that answers at once.
func playLateness(t *testing.T, in []byte) any {
	dir := told[string](t, in)
	ctx := t.Context()
	zero, due := setDue(ctx, t, dir)
	a := benchApp(ctx, t, dir, noTelegram)
	defer a.close()
	tg := &prompt{due: due, from: zero.Add(lateWarm), to: zero.Add(lateWarm + lateFor), free: map[int64]time.Time{}}
	a.jobs.Messenger = tg
	work, halt := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.jobs.Run(work) }()
	pauseFor(time.Until(tg.from))
	stop, cpu := profile(t, "lateness"), cpuTime(t)
	machine := lateTimers(tg.to)
	cpu = cpuTime(t) - cpu
	stop()
	halt()
	if err := <-done; err != nil {
		t.Error(err)
	}
	tg.late.Machine = machine
	tg.late.CPU = cpu / time.Duration(max(1, len(tg.late.First)+len(tg.late.Others)))
	return tg.late
}

// lateTimers sets one timer after the other until then and answers how late they
// were: what the machine alone, with whatever else it does, makes late.
func lateTimers(until time.Time) (late []time.Duration) {
	for next := time.Now(); next.Before(until); {
		next = next.Add(20 * time.Millisecond)
		pauseFor(time.Until(next))
		late = append(late, time.Since(next))
	}
	return late
}

// setDue makes all campaigns run, with a second round due between zero and
// lateSpread after it, and answers when.
func setDue(ctx context.Context, t *testing.T, dir string) (zero time.Time, due map[int64]time.Time) {
	t.Helper()
	d := beside(t, dir)
	zero = time.Now().Add(lateFirst)
	const step = int64(lateSpread / time.Millisecond / lateCampaigns)
	// A prime, so that campaigns of one account do not follow each other.
	_, err := d.ExecContext(ctx, `UPDATE campaigns SET status = 'running', rounds = 100, planned = peers * 100, round = 1, finished_at = 0,
		interval_ms = ?, next_due_at = ? + (id * 7919) % ? * ?`, lateSpread.Milliseconds(), zero.UnixMilli(), lateCampaigns, step)
	if err != nil {
		t.Fatal(err)
	}
	due = map[int64]time.Time{}
	if err := readDue(ctx, d, due); err != nil {
		t.Fatal(err)
	}
	return zero, due
}

func readDue(ctx context.Context, d *sql.DB, due map[int64]time.Time) error {
	rows, err := d.QueryContext(ctx, "SELECT id, next_due_at FROM campaigns")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, at int64
		if err := rows.Scan(&id, &at); err != nil {
			return err
		}
		due[id] = time.UnixMilli(at)
	}
	return rows.Err()
}

// prompt is a Telegram that takes every message at once, and notes how late it
// came.
type prompt struct {
	due      map[int64]time.Time // of each campaign's second round
	from, to time.Time           // what may go out in between counts

	mu   sync.Mutex
	free map[int64]time.Time // when the gap after each account's last message ends
	last int
	late lateness
}

// Send implements domain.Messenger.
func (p *prompt) Send(_ context.Context, a domain.Attempt) (domain.SentMessage, error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	may, waited := p.due[a.CampaignID], false
	if f := p.free[a.AccountID]; f.After(may) {
		may, waited = f, true
	}
	if may.After(p.from) && may.Before(p.to) {
		if late := max(0, now.Sub(may)); waited {
			p.late.Others = append(p.late.Others, late)
		} else {
			p.late.First = append(p.late.First, late)
		}
	}
	p.last++
	p.free[a.AccountID] = time.Now().Add(lateGap)
	return domain.SentMessage{ID: p.last, At: now}, nil
}

// Find implements domain.Messenger.
func (*prompt) Find(context.Context, domain.Attempt) (domain.SentMessage, bool, error) {
	return domain.SentMessage{}, false, nil
}

// Refresh implements domain.Messenger.
func (*prompt) Refresh(_ context.Context, a domain.Attempt) (domain.Dialog, error) {
	return a.Dialog, nil
}
