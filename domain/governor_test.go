package domain_test

import (
	"testing"
	"time"

	"postix/domain"
)

// used is an account that has sent a message every minute, the last one at noon.
func used(messages int) domain.Usage {
	return domain.Usage{NthLast: func(n int) (time.Time, error) {
		if n > messages {
			return time.Time{}, nil
		}
		return noon.Add(-time.Duration(n-1) * time.Minute), nil
	}}
}

// A cap lets the n-th message through and holds the next one, to the millisecond.
func TestGateCaps(t *testing.T) {
	const ms = time.Millisecond
	hour, day := domain.Pace{PerHour: 10}, domain.Pace{PerDay: 10}
	for name, c := range map[string]struct {
		pace domain.Pace
		sent int
		now  time.Time
		want domain.Gate
	}{
		"none sent":              {hour, 0, noon, domain.Gate{At: noon}},
		"one is left":            {hour, 9, noon, domain.Gate{At: noon}},
		"none is left":           {hour, 10, noon, domain.Gate{At: noon.Add(51 * time.Minute), Reason: domain.CodeHourCap}},
		"more than the cap":      {hour, 11, noon, domain.Gate{At: noon.Add(51 * time.Minute), Reason: domain.CodeHourCap}},
		"a moment before":        {hour, 10, noon.Add(51*time.Minute - ms), domain.Gate{At: noon.Add(51 * time.Minute), Reason: domain.CodeHourCap}},
		"at the moment":          {hour, 10, noon.Add(51 * time.Minute), domain.Gate{At: noon.Add(51 * time.Minute)}},
		"day, one is left":       {day, 9, noon, domain.Gate{At: noon}},
		"day, none is left":      {day, 10, noon, domain.Gate{At: noon.Add(24*time.Hour - 9*time.Minute), Reason: domain.CodeDayCap}},
		"day, a moment before":   {day, 10, noon.Add(24*time.Hour - 9*time.Minute - ms), domain.Gate{At: noon.Add(24*time.Hour - 9*time.Minute), Reason: domain.CodeDayCap}},
		"day, at the moment":     {day, 10, noon.Add(24*time.Hour - 9*time.Minute), domain.Gate{At: noon.Add(24*time.Hour - 9*time.Minute)}},
		"the later of two":       {domain.Pace{PerHour: 10, PerDay: 20}, 20, noon, domain.Gate{At: noon.Add(24*time.Hour - 19*time.Minute), Reason: domain.CodeDayCap}},
		"no cap":                 {domain.Pace{}, 5000, noon, domain.Gate{At: noon}},
		"a cap of one":           {domain.Pace{PerHour: 1}, 1, noon, domain.Gate{At: noon.Add(time.Hour), Reason: domain.CodeHourCap}},
		"a clock that went back": {hour, 10, noon.Add(-time.Hour), domain.Gate{At: noon.Add(51 * time.Minute), Reason: domain.CodeHourCap}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.pace.Gate(used(c.sent), domain.Hours{}, c.now)
			if err != nil || !got.At.Equal(c.want.At) || got.Reason != c.want.Reason {
				t.Errorf("got %+v %v, want %+v", got, err, c.want)
			}
			if got.Limit() != (c.want.Reason != "") {
				t.Errorf("a limit of ours: %v", got.Limit())
			}
		})
	}
}

func TestGateWaits(t *testing.T) {
	pace := domain.Pace{PerHour: 10}
	u := used(3)
	u.Ready = noon.Add(8 * time.Second)
	want := func(h domain.Hours, at time.Time, reason string) {
		t.Helper()
		g, err := pace.Gate(u, h, noon)
		if err != nil || !g.At.Equal(at) || g.Reason != reason {
			t.Errorf("got %+v %v, want %v %s", g, err, at, reason)
		}
		if again, _ := pace.Gate(u, h, g.At); !again.At.Equal(g.At) {
			t.Errorf("at %v it is not open but %+v", g.At, again)
		}
	}
	want(domain.Hours{}, u.Ready, "")
	u.WaitUntil, u.WaitReason = noon.Add(time.Minute), "FLOOD_WAIT_59"
	want(domain.Hours{}, u.WaitUntil, "FLOOD_WAIT_59")
	want(domain.Hours{QuietFrom: 12 * 60, QuietTo: 14 * 60, Zone: time.UTC}, noon.Add(2*time.Hour), domain.CodeQuiet)
	// Open now, but no more when the wait is over.
	want(domain.Hours{QuietFrom: 12*60 + 1, QuietTo: 14 * 60, Zone: time.UTC}, noon.Add(2*time.Hour), domain.CodeQuiet)
	// No gap is a day long: the clock was set back.
	u = domain.Usage{Ready: noon.Add(24 * time.Hour), NthLast: u.NthLast}
	want(domain.Hours{}, noon, "")
}

func TestWarming(t *testing.T) {
	warm := noon
	const day = 24 * time.Hour
	for _, c := range []struct {
		limit int
		after time.Duration
		want  int
		rises time.Duration // since warm; 0: it is whole
	}{
		{240, 0, 60, day},
		{240, day - 1, 60, day},
		{240, day, 90, 2 * day},
		{240, 5*day + 1, 210, 6 * day},
		{240, 6*day - 1, 210, 6 * day},
		{240, 6 * day, 240, 0},
		{240, 400 * day, 240, 0},
		{240, -day, 60, day}, // a clock that went back
		{1, 0, 1, day},
		{3, 0, 1, day},
		{0, 0, 0, 0},
	} {
		got, rises := domain.Warming(c.limit, warm, warm.Add(c.after))
		want := warm.Add(c.rises)
		if c.rises == 0 {
			want = time.Time{}
		}
		if got != c.want || !rises.Equal(want) {
			t.Errorf("%d after %v: %d until %v, want %d until %v", c.limit, c.after, got, rises, c.want, want)
		}
	}
	if got, rises := domain.Warming(240, time.Time{}, noon); got != 240 || !rises.IsZero() {
		t.Errorf("an account of which nobody knows since when: %d, %v", got, rises)
	}
}

// A warming account that has used its part up goes on when that grows, if that
// is sooner.
func TestGateOfAWarmingAccount(t *testing.T) {
	u := used(100)
	u.Warm = noon.Add(-24*time.Hour + 10*time.Minute)
	g, err := domain.Pace{PerHour: 240}.Gate(u, domain.Hours{}, noon)
	if err != nil || !g.At.Equal(noon.Add(time.Minute)) || g.Reason != domain.CodeHourCap {
		t.Errorf("60 of an hour are used up: %+v %v", g, err)
	}
	g, err = domain.Pace{PerDay: 240}.Gate(u, domain.Hours{}, noon)
	if err != nil || !g.At.Equal(noon.Add(10*time.Minute)) || g.Reason != domain.CodeDayCap {
		t.Errorf("60 of a day are used up: %+v %v", g, err)
	}
}

func TestChatGate(t *testing.T) {
	pace := domain.Pace{ChatGap: time.Minute}
	until := noon.Add(time.Minute)
	for name, c := range map[string]struct {
		reason string
		left   time.Time // of the delivery itself
		now    time.Time
		want   time.Time
	}{
		"another's message":                  {domain.CodeChatGap, time.Time{}, noon, until},
		"a moment before the end":            {domain.CodeChatGap, time.Time{}, until.Add(-1), until},
		"the end":                            {domain.CodeChatGap, time.Time{}, until, until},
		"its own message":                    {domain.CodeChatGap, noon, noon.Add(time.Second), noon.Add(time.Second)},
		"its own, and another's after it":    {domain.CodeChatGap, noon.Add(-time.Second), noon, until},
		"slow mode, though it was the cause": {"SLOWMODE_WAIT_60", noon, noon, until},
	} {
		d := domain.Dialog{WaitUntil: until, WaitReason: c.reason}
		if got := pace.ChatGate(d, c.left, c.now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	long := until.Add(domain.ClockSlack + 1)
	for reason, want := range map[string]time.Time{domain.CodeChatGap: noon, "SLOWMODE_WAIT_60": long} {
		d := domain.Dialog{WaitUntil: long, WaitReason: reason}
		if got := pace.ChatGate(d, time.Time{}, noon); !got.Equal(want) {
			t.Errorf("%s for longer than a gap: %v, want %v", reason, got, want)
		}
	}
	if got := pace.ChatGate(domain.Dialog{}, time.Time{}, noon); !got.Equal(noon) {
		t.Errorf("a chat without silence: %v", got)
	}
}

func TestPaceWithin(t *testing.T) {
	own := domain.Pace{GapMin: 2 * time.Second, GapMax: 3 * time.Second, ChatGap: time.Hour, PerHour: 0, PerDay: 50, MinInterval: time.Minute}
	granted := domain.Pace{GapMin: 8 * time.Second, GapMax: 8 * time.Second, ChatGap: time.Minute, PerHour: 240, PerDay: 2000, MinInterval: time.Hour}
	want := domain.Pace{GapMin: 8 * time.Second, GapMax: 8 * time.Second, ChatGap: time.Hour, PerHour: 240, PerDay: 50, MinInterval: time.Hour}
	if got := own.Within(granted); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := domain.DefaultPace.Within(domain.Pace{}); got != domain.DefaultPace {
		t.Errorf("within no limits: %+v", got)
	}
}

func TestRecent(t *testing.T) {
	var r domain.Recent
	for range 4 {
		r = r.With(true)
	}
	for range 15 {
		r = r.With(false)
	}
	var known domain.Recent
	for range 19 {
		known = known.With(true)
	}
	if known.TooMany() {
		t.Error("19 attempts are judged")
	}
	if r.With(false).TooMany() {
		t.Error("4 failures of 20 are too many")
	}
	if !r.With(true).TooMany() {
		t.Error("5 failures of 20 are not too many")
	}
	// The oldest one, a failure, is forgotten.
	if r = r.With(false).With(true); r.TooMany() {
		t.Error("4 failures of the last 20 are too many after 21")
	}
	if r = r.With(true); r.TooMany() {
		t.Error("4 failures of the last 20 are too many after 22")
	}
	for range 20 {
		r = r.With(false)
	}
	if r != r.With(false) {
		t.Error("while all goes well it changes")
	}
}
