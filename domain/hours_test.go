package domain_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"postix/domain"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

const workdays = domain.AllDays &^ (1<<time.Saturday | 1<<time.Sunday)

func TestHoursNext(t *testing.T) {
	tashkent, berlin := zone(t, "Asia/Tashkent"), zone(t, "Europe/Berlin")
	night := domain.Hours{QuietFrom: 22 * 60, QuietTo: 8 * 60, Zone: tashkent}
	noonRest := domain.Hours{QuietFrom: 12 * 60, QuietTo: 13 * 60, Zone: tashkent}
	office := domain.Hours{QuietFrom: 18 * 60, QuietTo: 9 * 60, Days: workdays, Zone: tashkent}
	// Clocks in Berlin go from 2:00 to 3:00 on 29 March and from 3:00 back to 2:00
	// on 25 October 2026.
	gap := domain.Hours{QuietFrom: 60, QuietTo: 150, Zone: berlin}   // until 2:30, which does not exist
	twice := domain.Hours{QuietFrom: 60, QuietTo: 180, Zone: berlin} // until 3:00, an hour longer
	for name, c := range map[string]struct {
		hours    domain.Hours
		at, want string
	}{
		"always":                         {domain.Hours{}, "2026-03-01T03:00:00Z", "2026-03-01T03:00:00Z"},
		"no quiet hours":                 {domain.Hours{QuietFrom: 600, QuietTo: 600, Zone: tashkent}, "2026-03-01T03:00:00Z", "2026-03-01T03:00:00Z"},
		"by day":                         {night, "2026-03-02T12:00:00+05:00", "2026-03-02T12:00:00+05:00"},
		"a millisecond before the night": {night, "2026-03-02T21:59:59.999+05:00", "2026-03-02T21:59:59.999+05:00"},
		"as the night begins":            {night, "2026-03-02T22:00:00+05:00", "2026-03-03T08:00:00+05:00"},
		"before midnight":                {night, "2026-03-02T23:59:59+05:00", "2026-03-03T08:00:00+05:00"},
		"after midnight":                 {night, "2026-03-02T00:00:00+05:00", "2026-03-02T08:00:00+05:00"},
		"a millisecond before the end":   {night, "2026-03-02T07:59:59.999+05:00", "2026-03-02T08:00:00+05:00"},
		"as the night ends":              {night, "2026-03-02T08:00:00+05:00", "2026-03-02T08:00:00+05:00"},
		"within a day":                   {noonRest, "2026-03-02T12:30:00+05:00", "2026-03-02T13:00:00+05:00"},
		"the weekday is the zone's":      {office, "2026-03-06T18:00:00+05:00", "2026-03-09T09:00:00+05:00"},
		"Sunday in UTC, Monday there":    {office, "2026-03-08T23:00:00Z", "2026-03-09T09:00:00+05:00"},
		"Sunday":                         {office, "2026-03-08T12:00:00+05:00", "2026-03-09T09:00:00+05:00"},
		"one day a week":                 {domain.Hours{Days: 1 << time.Friday, Zone: tashkent}, "2026-03-07T00:00:00+05:00", "2026-03-13T00:00:00+05:00"},
		"an end that is left out":        {gap, "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"},
		"the day before it":              {gap, "2026-03-28T01:30:00+01:00", "2026-03-28T02:30:00+01:00"},
		"an hour that comes twice":       {twice, "2026-10-25T02:59:00+02:00", "2026-10-25T03:00:00+01:00"},
		"its second time":                {twice, "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, c.at)
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.Parse(time.RFC3339Nano, c.want)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.hours.Next(at); !got.Equal(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if open := c.hours.Open(at); open != at.Equal(want) {
				t.Errorf("open: %v", open)
			}
		})
	}
}

// quiet says in the simplest way whether a moment is quiet.
func quiet(h domain.Hours, at time.Time) bool {
	local := at.In(h.Zone)
	if h.Days != 0 && !h.Days.On(local.Weekday()) {
		return true
	}
	m := local.Hour()*60 + local.Minute()
	if h.QuietFrom <= h.QuietTo {
		return m >= h.QuietFrom && m < h.QuietTo
	}
	return m >= h.QuietFrom || m < h.QuietTo
}

// Next is open, and no minute before it is, over all hours of two years in a
// zone without and one with changes of the clock. Quiet hours that end within an
// hour that is left out, or begin or end in one that comes twice, are a matter of
// taste: they are not drawn.
func TestHoursNextIsTheFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"Asia/Tashkent", "Europe/Berlin"} {
		z := zone(t, name)
		for range 300 {
			h := domain.Hours{QuietFrom: drawMinute(r), QuietTo: drawMinute(r), Days: domain.Days(1 + r.IntN(127)), Zone: z}
			at := time.Date(2026, 1, 1, 0, r.IntN(2*365*24*60), 0, 0, z)
			next := h.Next(at)
			if quiet(h, next) {
				t.Fatalf("%+v: after %v comes %v, which is quiet", h, at, next)
			}
			for m := at; m.Before(next); m = m.Add(time.Minute) {
				if !quiet(h, m) {
					t.Fatalf("%+v: after %v comes %v, but %v is open", h, at, next, m)
				}
			}
			if again := h.Next(next); !again.Equal(next) {
				t.Fatalf("%+v: %v is not open to itself, but %v is", h, next, again)
			}
		}
	}
}

// The weeks that After passes over at once count what is open in them, also
// where clocks change.
func TestHoursAfterManyWeeks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"Asia/Tashkent", "Europe/Berlin"} {
		z := zone(t, name)
		for range 12 {
			h := domain.Hours{QuietFrom: drawMinute(r), QuietTo: drawMinute(r), Days: domain.Days(1 + r.IntN(127)), Zone: z}
			at := h.Next(time.Date(2026, 1, 1, 0, r.IntN(365*24*60), 0, 0, z))
			var open time.Duration
			for m := at; m.Before(at.AddDate(1, 0, 0)); m = m.Add(time.Minute) {
				if quiet(h, m) {
					continue
				}
				if open%(100*time.Hour) == 0 {
					if got := h.After(at, open); !got.Equal(m) {
						t.Fatalf("%+v: %v of open time after %v is %v, want %v", h, open, at, got, m)
					}
				}
				open += time.Minute
			}
		}
	}
}

// Lengths that only a mistake asks for are answered too: a minute a week, and
// more than a hundred years of them.
func TestHoursAfterEver(t *testing.T) {
	for _, name := range []string{"Asia/Tashkent", "Europe/Berlin"} {
		h := domain.Hours{QuietFrom: 0, QuietTo: 24*60 - 1, Days: 1 << time.Monday, Zone: zone(t, name)}
		at := time.Date(2026, 3, 2, 23, 59, 0, 0, h.Zone)
		for weeks, want := range map[int]time.Time{0: at, 1: at.AddDate(0, 0, 7), 1000: at.AddDate(0, 0, 7000), 60 * 24 * 365 * 100: at.AddDate(0, 0, 60*24*365*700)} {
			if got := h.After(at, time.Duration(weeks)*time.Minute); !got.Equal(want) {
				t.Errorf("%s: the minute of week %d is %v, want %v", name, weeks, got, want)
			}
		}
	}
}

func drawMinute(r *rand.Rand) int {
	for {
		if m := r.IntN(24 * 60); m < 2*60 || m > 3*60 {
			return m
		}
	}
}

// After counts what is open only.
func TestHoursAfter(t *testing.T) {
	h := domain.Hours{QuietFrom: 22 * 60, QuietTo: 8 * 60, Days: workdays, Zone: zone(t, "Asia/Tashkent")}
	friday := time.Date(2026, 3, 6, 21, 0, 0, 0, h.Zone)
	for d, want := range map[time.Duration]time.Time{
		0:                            friday,
		59 * time.Minute:             friday.Add(59 * time.Minute),
		time.Hour:                    time.Date(2026, 3, 9, 8, 0, 0, 0, h.Zone),
		time.Hour + 14*time.Hour:     time.Date(2026, 3, 10, 8, 0, 0, 0, h.Zone),
		time.Hour + 14*time.Hour - 1: time.Date(2026, 3, 9, 22, 0, 0, 0, h.Zone).Add(-1),
	} {
		if got := h.After(friday, d); !got.Equal(want) {
			t.Errorf("%v after %v is %v, want %v", d, friday, got, want)
		}
	}
}
