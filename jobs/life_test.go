package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postix/domain"
	"postix/jobs"
)

// gate lets n calls pass and holds the next one until it is opened; it tells
// which attempt it holds.
type gate struct {
	n    atomic.Int64
	held chan domain.Attempt
	open chan struct{}
	once sync.Once
}

func newGate(t *testing.T, n int64) *gate {
	g := &gate{held: make(chan domain.Attempt, 1), open: make(chan struct{})}
	g.n.Store(n)
	t.Cleanup(g.pass)
	return g
}

func (g *gate) pass() { g.once.Do(func() { close(g.open) }) }

// call holds one call only, and does not listen to its context.
func (g *gate) call(a domain.Attempt) {
	if g.n.Add(-1) == -1 {
		g.held <- a
		<-g.open
	}
}

// The process ends hard while a call hangs: Telegram has the message and nobody
// knows. The next process finds that out, and sends nothing twice.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{true, false} {
		h := newHouse(t)
		a := h.account(1, 10)
		g := newGate(t, 4)
		h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
			if g.n.Load() == 0 && !stored {
				g.call(a)
				return domain.SentMessage{}, errors.New("gone")
			}
			m := h.tg.keep(a)
			g.call(a)
			return m, nil
		}
		c := h.campaign(a, 10, 1, time.Minute)
		h.start(func(j *jobs.Jobs) { j.SetDrain(time.Millisecond) })
		hung := <-g.held
		h.stop()
		must(t, h.store.Close())

		h.open()
		if d := h.deliveries(c)[4]; d.ID != hung.DeliveryID || d.Status != domain.DeliverySending {
			t.Fatalf("the one that hung is %s", d.Status)
		}
		h.start()
		h.until(c, "all are sent", func(c domain.Campaign) bool { return c.Counts.Sent == 10 })
		h.delivered(c, 10)
		h.stop()
	}
}

// After the cancellation is committed nothing first starts; what was in flight
// ends truthfully.
func TestCancelInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		stored bool
		err    error
		want   domain.DeliveryStatus
	}{
		{"the one in flight is answered", true, nil, domain.DeliverySent},
		{"it is not answered, but stored", true, refuse(domain.ActRetry, "TIMEOUT"), domain.DeliverySent},
		{"it is neither", false, refuse(domain.ActRetry, "TIMEOUT"), domain.DeliveryCancelled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			a := h.account(1, 10)
			g := newGate(t, 3)
			var held atomic.Int64
			h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
				if g.n.Load() != 0 {
					g.call(a)
					return h.tg.keep(a), nil
				}
				held.Store(a.DeliveryID)
				var m domain.SentMessage
				if tc.stored {
					m = h.tg.keep(a)
				}
				g.call(a)
				return m, tc.err
			}
			c := h.campaign(a, 10, 2, time.Minute)
			h.start(func(j *jobs.Jobs) { j.SetArrival(100 * time.Millisecond) })
			<-g.held
			_, err := h.store.CancelCampaign(t.Context(), h.scope, c.ID, time.Now())
			must(t, err)
			h.hub.Changed(h.org.ID)
			g.pass()
			var in domain.Delivery
			eventually(t, "the one in flight ends", func() bool {
				ds := h.deliveries(c)
				i := slices.IndexFunc(ds, func(d domain.Delivery) bool { return d.ID == held.Load() })
				in = ds[i]
				return in.Status == tc.want
			}, func() string { return string(in.Status) })
			got, err := h.store.Campaign(t.Context(), h.scope, c.ID)
			must(t, err)
			want := domain.Counts{Planned: 20, Sent: 3, Cancelled: 16}
			if tc.want == domain.DeliverySent {
				want.Sent++
			} else {
				want.Cancelled++
			}
			if got.Status != domain.CampaignCancelled || got.Counts != want {
				t.Errorf("%s, %+v, want %+v", got.Status, got.Counts, want)
			}
			if n := len(h.tg.sends()); n != 4 {
				t.Errorf("%d calls to send, want 4", n)
			}
			h.delivered(c, want.Sent)
		})
	}
}

// faulty is a real outbox whose disk is full now and then.
type faulty struct {
	domain.Outbox
	claims, settles atomic.Int64 // how often the next calls fail
	asked           atomic.Int64 // claims
	panics          bool
}

func (f *faulty) fail(n *atomic.Int64) error {
	if n.Add(-1) < 0 {
		return nil
	}
	if f.panics {
		panic("broken")
	}
	return errors.New("disk full")
}

func (f *faulty) Claim(ctx context.Context, id int64, now time.Time) (domain.Turn, error) {
	f.asked.Add(1)
	if err := f.fail(&f.claims); err != nil {
		return domain.Turn{}, err
	}
	return f.Outbox.Claim(ctx, id, now)
}

func (f *faulty) Settle(ctx context.Context, r domain.Result) error {
	if err := f.fail(&f.settles); err != nil {
		return err
	}
	return f.Outbox.Settle(ctx, r)
}

func (f *faulty) Next(ctx context.Context, r domain.Result, now time.Time) (domain.Turn, error) {
	if err := f.fail(&f.settles); err != nil {
		return domain.Turn{}, err
	}
	return f.Outbox.Next(ctx, r, now)
}

func TestStorageTrouble(t *testing.T) {
	t.Parallel()
	for name, panics := range map[string]bool{"errors": false, "panics": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			a := h.account(1, 5)
			f := &faulty{Outbox: h.store, panics: panics}
			f.claims.Store(2)
			f.settles.Store(3)
			h.outbox = f
			c := h.campaign(a, 5, 1, time.Minute)
			h.start()
			eventually(t, "recording fails", func() bool { return f.settles.Load() < 2 }, func() string { return "" })
			if n, asked := len(h.tg.sends()), f.asked.Load(); n != 1 || asked != 3 {
				t.Errorf("%d calls and %d claims while a result is not recorded, want 1 and 3", n, asked)
			}
			h.done(c)
			h.delivered(c, 5)
			if n := len(h.tg.sends()); n != 5 {
				t.Errorf("%d calls, want 5", n)
			}
		})
	}
}

// A disk that stays full makes neither the send job nor the worker spin.
func TestStorageTroubleIsWaitedOut(t *testing.T) {
	h := newHouse(t)
	q := &counting{Queue: h.store}
	f := &faulty{Outbox: h.store}
	f.claims.Store(1_000_000)
	h.queue, h.outbox = q, f
	h.campaign(h.account(1, 1), 1, 1, time.Minute)
	h.start()
	eventually(t, "claiming fails", func() bool { return f.asked.Load() > 1 }, func() string { return "" })
	asked, claimed := q.asked.Load(), f.asked.Load()
	<-time.After(600 * time.Millisecond)
	if a, c := q.asked.Load()-asked, f.asked.Load()-claimed; a > 4 || c > 4 {
		t.Errorf("the send job asked %d times and the worker %d times in 0.6 s", a, c)
	}
	if n := len(h.tg.sends()); n != 0 {
		t.Errorf("%d messages went out without an intent", n)
	}
}

// What is in flight when the jobs are stopped is sent and recorded, also when
// recording does not work at once; nothing more starts.
func TestShutdownDrains(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.account(1, 10)
	g := newGate(t, 3)
	h.tg.onSend = func(ctx context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
		g.call(a)
		if err := ctx.Err(); err != nil {
			return domain.SentMessage{}, err
		}
		return h.tg.keep(a), nil
	}
	f := &faulty{Outbox: h.store}
	h.outbox = f
	c := h.campaign(a, 10, 1, time.Minute)
	h.start()
	<-g.held
	f.settles.Store(2)
	h.cancel()
	select {
	case err := <-h.ended:
		t.Fatalf("Run ended with %v while a delivery was in flight", err)
	case <-time.After(100 * time.Millisecond):
	}
	g.pass()
	must(t, h.end())
	got, err := h.store.Campaign(t.Context(), h.scope, c.ID)
	must(t, err)
	if got.Counts.Sent != 4 || len(h.tg.sends()) != 4 {
		t.Errorf("%d sent by %d calls, want 4", got.Counts.Sent, len(h.tg.sends()))
	}
	h.delivered(c, 4)
}

// poked is a real outbox whose first claim comes late: the send job has woken
// the worker again meanwhile.
type poked struct {
	faulty
	once  sync.Once
	again func()
}

func (p *poked) Claim(ctx context.Context, id int64, now time.Time) (domain.Turn, error) {
	p.once.Do(p.again)
	return p.faulty.Claim(ctx, id, now)
}

// A worker that was woken more often than there is something to send asks once
// more and ends.
func TestWorkerEnds(t *testing.T) {
	h := newHouse(t)
	a := h.account(1, 1)
	q := &counting{Queue: h.store}
	p := &poked{faulty: faulty{Outbox: h.store}}
	p.again = func() {
		before := q.asked.Load()
		h.hub.Changed(h.org.ID)
		eventually(t, "the send job has woken the worker", func() bool { return q.asked.Load() > before }, func() string { return "" })
	}
	h.queue, h.outbox = q, p
	c := h.campaign(a, 1, 1, time.Minute)
	h.start()
	h.done(c)
	<-time.After(200 * time.Millisecond)
	if n := p.asked.Load(); n > 4 {
		t.Errorf("it claimed %d times to send one message", n)
	}
}

// counting counts how often the send job asks.
type counting struct {
	domain.Queue
	asked atomic.Int64
}

// NextRound is the last thing that it asks.
func (q *counting) NextRound(ctx context.Context) (time.Time, bool, error) {
	q.asked.Add(1)
	return q.Queue.NextRound(ctx)
}

// An account whose calls hang holds up none of a hundred others, and the send
// job does not ask for it all the time.
func TestDeadAccountHoldsUpNobody(t *testing.T) {
	h := newHouse(t)
	q := &counting{Queue: h.store}
	h.queue = q
	const others = 100
	dead := h.account(0, 2)
	g := newGate(t, 0)
	h.tg.onSend = func(_ context.Context, a domain.Attempt, _ int) (domain.SentMessage, error) {
		if a.AccountID == dead.ID {
			g.call(a)
		}
		return h.tg.keep(a), nil
	}
	cd := h.campaign(dead, 2, 1, time.Minute)
	var cs []domain.Campaign
	for i := range others {
		cs = append(cs, h.campaign(h.account(i+1, 3), 3, 1, time.Minute))
	}
	h.start()
	<-g.held
	for _, c := range cs {
		h.done(c)
	}
	// The last change may still ring once or twice.
	settled := time.After(100 * time.Millisecond)
	<-settled
	before := q.asked.Load()
	<-time.After(500 * time.Millisecond)
	if n := q.asked.Load() - before; n > 2 {
		t.Errorf("the send job asked %d times in half a second in which nothing happened", n)
	}
	g.pass()
	h.done(cd)
	if n := len(h.tg.journal()); n != 3*others+2 {
		t.Errorf("%d messages, want %d", n, 3*others+2)
	}
}
