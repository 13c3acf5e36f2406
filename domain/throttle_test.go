package domain_test

import (
	"strconv"
	"testing"
	"time"

	"postix/domain"
)

func TestThrottle(t *testing.T) {
	var th domain.Throttle
	for range 5 {
		if w := th.Try(noon, "a"); w != 0 {
			t.Fatalf("waits %v before the fifth failure", w)
		}
	}
	now := noon
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		want *= time.Second
		for range 2 { // a try that is refused is no failure
			if w := th.Try(now, "b", "a"); w != want {
				t.Fatalf("waits %v, want %v", w, want)
			}
		}
		now = now.Add(want)
		if w := th.Try(now, "a"); w != 0 {
			t.Fatalf("after %v it still waits %v", want, w)
		}
	}
	if w := th.Try(now.Add(time.Hour+time.Second), "a"); w != 0 {
		t.Errorf("not forgotten: %v", w)
	}
	if w := th.Try(now.Add(time.Hour+time.Second), "a"); w != 0 {
		t.Errorf("forgotten, but counted on: %v", w)
	}
}

func TestThrottleClear(t *testing.T) {
	var th domain.Throttle
	for range 5 {
		th.Try(noon, "a")
	}
	th.Clear("a")
	if w := th.Try(noon, "a"); w != 0 {
		t.Errorf("cleared: %v", w)
	}
}

func TestThrottleTakeBack(t *testing.T) {
	var th domain.Throttle
	th.TakeBack(noon, "a")
	for range 5 {
		th.Try(noon, "a")
	}
	later := noon.Add(time.Second)
	th.Try(later, "a")
	th.TakeBack(later, "a")
	if w := th.Try(later, "a"); w != 0 {
		t.Errorf("taken back, but waits %v", w)
	}
	if w := th.Try(later, "a"); w != 2*time.Second {
		t.Errorf("the sixth failure waits %v", w)
	}
}

// TestThrottleIsBounded: with more keys than it keeps, the one that failed
// longest ago is forgotten and every other keeps its wait.
func TestThrottleIsBounded(t *testing.T) {
	var th domain.Throttle
	fail := func(now time.Time, key string) {
		for range 5 {
			th.Try(now, key)
		}
	}
	fail(noon, "oldest")
	now := noon.Add(time.Millisecond)
	for i := range 9_999 {
		fail(now, strconv.Itoa(i))
	}
	if th.Try(now, "oldest") == 0 {
		t.Fatal("forgotten too early")
	}
	fail(now.Add(time.Millisecond), "one more")
	for _, k := range []string{"0", "9998", "one more"} {
		if th.Try(now, k) == 0 {
			t.Errorf("%q was forgotten", k)
		}
	}
	if th.Try(now, "oldest") != 0 {
		t.Error("it keeps more keys than it may")
	}
}
