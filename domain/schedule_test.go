package domain_test

import (
	"reflect"
	"testing"
	"time"

	"postix/domain"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestDue walks the borders: a round starts a little late, too late, and after
// a long stop never more than one of several is sent.
func TestDue(t *testing.T) {
	const h, m, s = time.Hour, time.Minute, time.Second
	for name, c := range map[string]struct {
		rounds, done int
		interval     time.Duration
		late         time.Duration // how long after NextDueAt it is now
		want         domain.Opening
	}{
		"not yet":                       {1, 0, 0, -s, domain.Opening{Next: noon}},
		"on time":                       {1, 0, 0, 0, domain.Opening{Open: 1}},
		"one, a minute":                 {1, 0, 0, m, domain.Opening{Open: 1}},
		"one, over a minute":            {1, 0, 0, m + s, domain.Opening{Open: 1, Late: true}},
		"one, 30 min":                   {1, 0, 0, 30 * m, domain.Opening{Open: 1, Late: true}},
		"one, over 30 min":              {1, 0, 0, 30*m + s, domain.Opening{Missed: []int{1}}},
		"hourly, 15 min":                {3, 0, h, 15 * m, domain.Opening{Open: 1, Late: true}},
		"hourly, over 15 min":           {3, 0, h, 15*m + s, domain.Opening{Missed: []int{1}, Next: noon.Add(h)}},
		"hourly, into the 2nd":          {3, 0, h, h + m, domain.Opening{Missed: []int{1}, Open: 2}},
		"hourly, a day":                 {3, 0, h, 24 * h, domain.Opening{Missed: []int{1, 2, 3}}},
		"ten minutes, half of it":       {9, 4, 10 * m, 5 * m, domain.Opening{Open: 5, Late: true}},
		"ten minutes, over half of it":  {9, 4, 10 * m, 5*m + s, domain.Opening{Missed: []int{5}, Next: noon.Add(10 * m)}},
		"ten minutes, two rounds later": {9, 4, 10 * m, 21 * m, domain.Opening{Missed: []int{5, 6}, Open: 7}},
		"the last one":                  {2, 1, h, 10 * m, domain.Opening{Open: 2, Late: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := domain.Campaign{Rounds: c.rounds, Round: c.done, Interval: c.interval, NextDueAt: noon}.Due(noon.Add(c.late))
			if c.want.Late && c.late <= time.Minute {
				t.Fatal("the case contradicts itself")
			}
			if c.want.Open == 7 {
				c.want.Late = false
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAfterRound(t *testing.T) {
	if got := domain.AfterRound(noon, time.Hour, noon.Add(time.Minute)); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("a short round moves the next: %v", got)
	}
	if got := domain.AfterRound(noon, time.Hour, noon.Add(2*time.Hour)); !got.Equal(noon.Add(2 * time.Hour)) {
		t.Errorf("a long round does not delay the next: %v", got)
	}
}

func TestPlan(t *testing.T) {
	pace := domain.Pace{GapMin: 8 * time.Second, GapMax: 12 * time.Second}
	ts := []domain.Target{
		{Known: true, CanWrite: true},
		{Known: true, CanWrite: true, SlowMode: time.Hour},
		{Known: true},
		{},
		{Known: true, CanWrite: true, Fails: domain.SkipAfter},
	}
	d := domain.Draft{Rounds: 3, Interval: 15 * time.Second}
	p := domain.NewPlan(d, ts, domain.Account{State: domain.AccountNeedsLogin}, pace, noon)
	if p.Messages != 15 || p.Sendable != 2 || p.Round != 20*time.Second {
		t.Errorf("plan %+v", p)
	}
	// The round takes 20 s and the interval is 15 s: rounds start 20 s apart.
	if !p.Times[2].Equal(noon.Add(40*time.Second)) || !p.EndsAt.Equal(noon.Add(60*time.Second)) {
		t.Errorf("times %v, end %v", p.Times, p.EndsAt)
	}
	var keys []string
	for _, w := range p.Warnings {
		keys = append(keys, w.Key)
	}
	want := []string{"round_long", "slow_mode", "not_member", "no_write", "skipped", "needs_login"}
	if !reflect.DeepEqual(keys, want) {
		t.Errorf("warnings %v, want %v", keys, want)
	}
	calm := domain.NewPlan(domain.Draft{Rounds: 1}, ts[:1], domain.Account{State: domain.AccountActive}, pace, noon)
	if calm.Warnings != nil || !calm.EndsAt.Equal(noon) {
		t.Errorf("one message to one peer: %+v", calm)
	}
}

func TestText(t *testing.T) {
	for s, want := range map[string]int{"": 0, "a": 1, "ў": 1, "😀": 2, "👨‍👩‍👧": 8, "oʻzbek": 6, "a\nb": 3} {
		if n := domain.TextUnits(s); n != want {
			t.Errorf("TextUnits(%q) = %d, want %d", s, n, want)
		}
	}
	smile := ""
	for range domain.MaxText / 2 {
		smile += "😀"
	}
	if _, err := domain.CleanText(smile); err != nil {
		t.Errorf("4096 units: %v", err)
	}
	if _, err := domain.CleanText(smile + "a"); !domain.IsKey(err, "text.long") {
		t.Errorf("4097 units: %v", err)
	}
	if s, err := domain.CleanText(" \r\na\r\nb\rc \n"); s != "a\nb\nc" || err != nil {
		t.Errorf("CleanText: %q, %v", s, err)
	}
	for _, s := range []string{"", " \n\t", "a\x00b", "a\xffb"} {
		if _, err := domain.CleanText(s); !domain.IsCode(err, domain.Invalid) {
			t.Errorf("CleanText(%q): %v", s, err)
		}
	}
}
