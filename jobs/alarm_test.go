package jobs

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-co-op/gocron/v2"

	"postix/domain"
)

// startAlarm rings as ring says until the test ends, in the bubble's time. The
// test must not end while ring sleeps: gocron's scheduler waits for it without
// blocking, and the bubble's time stands still.
func startAlarm(t *testing.T, ring func() time.Duration) *alarm {
	t.Helper()
	sched, err := gocron.NewScheduler()
	if err != nil {
		t.Fatal(err)
	}
	a := &alarm{sched: sched, log: slog.New(slog.DiscardHandler), ring: ring}
	if err := a.start(); err != nil {
		t.Fatal(err)
	}
	sched.Start()
	t.Cleanup(func() {
		if err := sched.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestAlarmRingsWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := []time.Duration{-time.Hour, 3 * time.Second, 0, 24 * time.Hour, 24 * time.Hour}
		want := []time.Duration{floor, floor, 3 * time.Second, floor, heartbeat}
		rings := make(chan time.Time, len(waits))
		n := 0
		last := time.Now()
		startAlarm(t, func() time.Duration {
			rings <- time.Now()
			n++
			return waits[min(n, len(waits))-1]
		})
		for i, w := range want {
			at := <-rings
			if got := at.Sub(last); got != w {
				t.Errorf("ring %d came after %v, want %v", i+1, got, w)
			}
			last = at
		}
	})
}

// A thousand changes when nothing is due: the database is asked once in a
// while, and once after the last of them.
func TestAlarmIsNotDrivenByChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rings atomic.Int64
		var last atomic.Value
		a := startAlarm(t, func() time.Duration {
			rings.Add(1)
			last.Store(time.Now())
			time.Sleep(7 * time.Millisecond) // asking takes a while
			return time.Hour
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var hub domain.Hub
		changes, _ := hub.Listen(domain.Everything)
		go listen(ctx, changes, a.soon)
		time.Sleep(time.Second)
		before := rings.Load()
		for range 1000 {
			hub.Changed(7)
			time.Sleep(time.Millisecond)
		}
		end := time.Now()
		time.Sleep(time.Second)
		got, most := rings.Load()-before, int64(time.Second/calm)+1
		if got > most || got < most/3 {
			t.Errorf("a thousand changes in a second rang %d times, want %d to %d", got, most/3, most)
		}
		if late := last.Load().(time.Time).Sub(end); late < -time.Millisecond || late > 3*calm {
			t.Errorf("the last ring came %v after the last change", late)
		}
	})
}

// A change during a ring is not lost: that ring may have asked before it.
func TestAlarmHearsWhileRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rings := make(chan time.Time, 10)
		a := startAlarm(t, func() time.Duration {
			rings <- time.Now()
			time.Sleep(time.Second)
			return time.Hour
		})
		first := <-rings
		a.soon()
		if got := (<-rings).Sub(first); got != time.Second+calm {
			t.Errorf("it rang again after %v", got)
		}
		time.Sleep(2 * time.Second)
	})
}

func TestAlarmOutlivesPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rings := make(chan time.Time, 10)
		startAlarm(t, func() time.Duration {
			rings <- time.Now()
			panic("broken")
		})
		first := <-rings
		if got := (<-rings).Sub(first); got != trouble {
			t.Errorf("after a panic it rang again after %v, want %v", got, trouble)
		}
	})
}
