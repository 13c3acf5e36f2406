package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"postix/telegram/sandbox/world"
)

// readyWithin is how soon the product works again after any end.
const readyWithin = 5 * time.Second

// TestFaultKill kills the product with kill -9 at random moments, also while it
// starts, between two rounds and while Telegram misbehaves: no message twice,
// none lost, nothing called sent that was not. POSTIX_KILLS asks for more kills
// (25 deliveries for each), POSTIX_SEED for the same moments again.
func TestFaultKill(t *testing.T) {
	kills := fromEnvironment(t, "POSTIX_KILLS", 20)
	seed := fromEnvironment(t, "POSTIX_SEED", int(time.Now().UnixNano()&0xffffff))
	accounts := 5
	if kills > 50 {
		accounts = 10
	}
	const peers, each = 50, 25 // deliveries for each kill
	rounds := max(2, kills*each/(accounts*peers))
	t.Logf("%d kills, %d deliveries, POSTIX_SEED=%d", kills, accounts*peers*rounds, seed)
	k := &killer{house: newHouse(t, 60*time.Millisecond, loadPhones[:accounts]...), rand: rand.New(rand.NewPCG(uint64(seed), 0))}

	k.start()
	var campaigns []int64
	for i := range accounts {
		campaigns = append(campaigns, k.order(i, fmt.Sprintf("Toshkentdan Samarqandga %d tonna yuk bor", i), rounds, 10*time.Second))
	}
	for range kills {
		k.life(each)
	}
	k.ends()
	t.Logf("ready again after %v at the worst; %d calls for %d messages", k.slowest, len(k.calls("", 0)), accounts*peers*rounds)
	k.truth(campaigns...)
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

type killer struct {
	*house
	rand    *rand.Rand
	slowest time.Duration // until it was ready
}

// life lets the running product live until about that many messages have gone
// out, and a random while longer, kills it, and starts it again; one time in
// four it is killed once more while it starts.
func (k *killer) life(messages int) {
	k.t.Helper()
	k.mischief()
	goal, from := k.rand.IntN(2*messages), k.last()
	patience := time.Now().Add(2 * time.Second) // between two rounds nothing goes out
	for len(k.calls("", from)) < goal && time.Now().Before(patience) {
		pauseFor(5 * time.Millisecond)
	}
	pauseFor(time.Duration(k.rand.IntN(60)) * time.Millisecond)
	k.p.kill()
	if k.rand.IntN(4) == 0 {
		p := launchServe(k.t, k.dir, k.tg.URL)
		pauseFor(time.Duration(k.rand.IntN(700)) * time.Millisecond)
		p.kill()
	}
	k.start()
	k.slowest = max(k.slowest, k.p.took)
	if k.p.took > readyWithin {
		k.t.Errorf("ready only after %v", k.p.took)
	}
}

// mischief makes Telegram lose or delay the answer to one message of somebody,
// which widens the moments that matter.
func (k *killer) mischief() {
	k.t.Helper()
	f := world.Fault{Phone: loadPhones[k.rand.IntN(len(k.accounts))], Nth: 1 + k.rand.IntN(5)}
	switch k.rand.IntN(5) {
	case 0:
		f.Mode = world.FaultDrop
	case 1:
		f.Mode = world.FaultDropAfterAck
	case 2:
		f.Mode, f.DelayMS = world.FaultDelay, 1+k.rand.IntN(200)
	case 3:
		f.Mode, f.Error = world.FaultAfterStore, "RPC_CALL_FAIL"
	default:
		return
	}
	k.fault(f)
}

// pauseFor lets a random while pass: chance is what these tests are about.
func pauseFor(d time.Duration) { <-time.After(d) }

// TestFaultKillAfterStored kills the product when Telegram has stored a message
// and has not answered: it is found again and recorded with its original time.
func TestFaultKillAfterStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20*time.Millisecond, loadPhones[0])
	h.start()
	f := h.fault(world.Fault{Nth: 10, Mode: world.FaultAfterStore})
	c := h.order(0, "Andijondan Nukusga yuk", 1, 0)
	h.fired(f)
	h.p.kill()
	lost := h.only("after_store")
	h.nextSecond(lost.At)
	h.start()
	h.ends()
	h.askedAgain(lost)
	h.truth(c)
}

// TestFaultKillBeforeRecord kills the product when Telegram has answered and the
// answer could not be recorded, because the database was locked.
func TestFaultKillBeforeRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20*time.Millisecond, loadPhones[0])
	h.start()
	f := h.fault(world.Fault{Nth: 10, Mode: world.FaultHold})
	c := h.order(0, "Termizdan Qarshiga yuk", 1, 0)
	h.fired(f)
	unlock := h.lock()
	h.clearFaults()
	h.p.awaits(t, regexp.MustCompile(`level=ERROR msg=worker .*record delivery`))
	h.p.kill()
	unlock()
	lost := h.only("hold")
	if lost.MessageID == 0 {
		t.Fatal("Telegram has not stored it")
	}
	h.start()
	h.ends()
	h.askedAgain(lost)
	h.truth(c)
}

// lock locks the product's database as another process can.
func (h *house) lock() (unlock func()) {
	h.t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "postix.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		h.t.Fatal(err)
	}
	d.SetMaxOpenConns(1)
	if _, err := d.ExecContext(h.t.Context(), "BEGIN IMMEDIATE"); err != nil {
		h.t.Fatal(err)
	}
	return func() {
		_, err := d.ExecContext(context.WithoutCancel(h.t.Context()), "ROLLBACK")
		if err = errors.Join(err, d.Close()); err != nil {
			h.t.Error(err)
		}
	}
}

// only is the one call of sendMessage that ended like this.
func (h *house) only(outcome string) (found world.JournalEntry) {
	h.t.Helper()
	for _, e := range h.calls("", 0) {
		if e.Outcome == outcome {
			if found.N != 0 {
				h.t.Fatalf("two calls ended with %s: %+v, %+v", outcome, found, e)
			}
			found = e
		}
	}
	if found.N == 0 {
		h.t.Fatalf("no call ended with %s", outcome)
	}
	return found
}

// nextSecond waits until Telegram, which counts whole seconds, would give a new
// message another time.
func (h *house) nextSecond(at time.Time) {
	h.t.Helper()
	eventually(h.t, "another second", func() bool { return time.Now().Unix() > at.Unix()+1 })
}

// askedAgain expects that the same message was sent once more, and answered with
// the first one.
func (h *house) askedAgain(first world.JournalEntry) {
	h.t.Helper()
	n := 0
	for _, e := range h.calls("", 0) {
		if e.RandomID == first.RandomID && e.Outcome == "duplicate" && e.MessageID == first.MessageID {
			n++
		}
	}
	if n != 1 {
		h.t.Errorf("%d times asked again for %+v", n, first)
	}
}
