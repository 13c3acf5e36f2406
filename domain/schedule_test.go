package domain_test

import (
	"reflect"
	"slices"
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

// In quiet hours nothing is opened; what is due then is due when they end, and
// is not late.
func TestDueInQuietHours(t *testing.T) {
	const h, m = time.Hour, time.Minute
	hours := domain.Hours{QuietFrom: 22 * 60, QuietTo: 8 * 60, Zone: time.UTC}
	day := noon.Truncate(24 * h)
	morning := day.Add(32 * h)
	for name, c := range map[string]struct {
		rounds   int
		interval time.Duration
		due, now time.Time
		want     domain.Opening
	}{
		"due in the evening":              {1, 0, day.Add(21 * h), day.Add(21 * h), domain.Opening{Open: 1}},
		"late, the night has begun":       {1, 0, day.Add(21*h + 50*m), day.Add(22*h + 5*m), domain.Opening{Next: morning}},
		"due at night":                    {1, 0, day.Add(23 * h), day.Add(23 * h), domain.Opening{Next: morning}},
		"in the morning":                  {1, 0, day.Add(23 * h), morning, domain.Opening{Open: 1}},
		"late in the morning":             {1, 0, day.Add(23 * h), morning.Add(20 * m), domain.Opening{Open: 1, Late: true}},
		"too late in the morning":         {1, 0, day.Add(23 * h), morning.Add(31 * m), domain.Opening{Missed: []int{1}}},
		"three due at night are one":      {3, h, day.Add(23 * h), morning.Add(m), domain.Opening{Open: 1}},
		"missed, and the next is put off": {2, 4 * h, day.Add(20 * h), day.Add(23 * h), domain.Opening{Missed: []int{1}, Next: morning}},
		"down over night":                 {4, 4 * h, day.Add(20 * h), morning.Add(4*h + m), domain.Opening{Missed: []int{1, 2}, Open: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			cm := domain.Campaign{Rounds: c.rounds, Interval: c.interval, NextDueAt: c.due, Hours: hours}
			if got := cm.Due(c.now); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	cm := domain.Campaign{Rounds: 4, Interval: 4 * h, NextDueAt: day.Add(20 * h), Hours: hours}
	for r, want := range []time.Time{day.Add(20 * h), morning, morning.Add(4 * h), morning.Add(8 * h)} {
		if got := cm.PlannedAt(r + 1); !got.Equal(want) {
			t.Errorf("round %d is planned at %v, want %v", r+1, got, want)
		}
	}
}

// An organization that has become gentler since the order is kept to.
func TestSpacing(t *testing.T) {
	const h, m = time.Hour, time.Minute
	for _, c := range []struct {
		rounds              int
		interval, min, want time.Duration
	}{{1, 0, h, 0}, {2, m, h, h}, {2, 2 * h, h, 2 * h}} {
		cm := domain.Campaign{Rounds: c.rounds, Interval: c.interval, MinInterval: c.min, NextDueAt: noon}
		if got := cm.Spacing(); got != c.want {
			t.Errorf("%d rounds every %v, at least %v: %v", c.rounds, c.interval, c.min, got)
		}
	}
	cm := domain.Campaign{Rounds: 3, Interval: 10 * time.Second, MinInterval: h, NextDueAt: noon}
	if got := cm.PlannedAt(3); !got.Equal(noon.Add(2 * h)) {
		t.Errorf("the third is planned at %v", got)
	}
	if got := cm.Due(noon.Add(14 * m)); got.Open != 1 || got.Missed != nil {
		t.Errorf("a little late: %+v", got)
	}
}

// A missed round is kept at its distance, but not by a time that no clock of
// today has said.
func TestMissedFrom(t *testing.T) {
	const h = time.Hour
	for after, want := range map[time.Duration]time.Time{-h: {}, 0: {}, 1: noon.Add(1), h: noon.Add(h), h + 1: {}} {
		cm := domain.Campaign{Rounds: 2, Interval: h, AfterAt: noon.Add(after)}
		if got := cm.MissedFrom(noon); !got.Equal(want) {
			t.Errorf("%v ahead: %v, want %v", after, got, want)
		}
	}
}

func TestAfterRound(t *testing.T) {
	if got := domain.AfterRound(noon.Add(time.Hour), noon.Add(time.Minute), domain.Hours{}); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("a short round moves the next: %v", got)
	}
	if got := domain.AfterRound(noon.Add(time.Hour), noon.Add(2*time.Hour), domain.Hours{}); !got.Equal(noon.Add(2 * time.Hour)) {
		t.Errorf("a long round does not delay the next: %v", got)
	}
}

func TestPlan(t *testing.T) {
	ours := domain.Organization{Pace: domain.Pace{GapMin: 8 * time.Second, GapMax: 12 * time.Second}}
	ts := []domain.Target{
		{Known: true, CanWrite: true},
		{Known: true, CanWrite: true, SlowMode: time.Hour},
		{Known: true},
		{},
		{Known: true, CanWrite: true, Fails: domain.SkipAfter},
	}
	d := domain.Draft{Rounds: 3, Interval: 15 * time.Second}
	p := domain.NewPlan(d, ts, domain.Account{State: domain.AccountNeedsLogin}, ours, domain.LimitUse{}, noon)
	if p.Messages != 15 || p.Sendable != 2 || p.Round != 20*time.Second {
		t.Errorf("plan %+v", p)
	}
	// A round takes 20 s and the interval is 15 s: each starts when the one before
	// ends, and sends its first message a gap later.
	if !p.Times[2].Equal(noon.Add(50*time.Second)) || !p.EndsAt.Equal(noon.Add(80*time.Second)) {
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
	calm := domain.NewPlan(domain.Draft{Rounds: 1}, ts[:1], domain.Account{State: domain.AccountActive}, ours, domain.LimitUse{}, noon)
	if calm.Warnings != nil || !calm.EndsAt.Equal(noon) {
		t.Errorf("one message to one peer: %+v", calm)
	}
}

// A plan keeps to the caps and the quiet hours, and says so.
func TestPlanWithLimits(t *testing.T) {
	ours := domain.Organization{
		Zone: "UTC", QuietFrom: 22 * 60, QuietTo: 8 * 60, Days: domain.AllDays,
		Pace: domain.Pace{GapMin: 10 * time.Second, GapMax: 10 * time.Second, PerHour: 40, PerDay: 400},
	}
	ts := make([]domain.Target, 101)
	for i := range ts {
		ts[i] = domain.Target{Known: true, CanWrite: true}
	}
	old := domain.Account{State: domain.AccountActive, WarmAt: noon.Add(-30 * 24 * time.Hour)}
	keys := func(p domain.Plan) (ks []string) {
		for _, w := range p.Warnings {
			ks = append(ks, w.Key)
		}
		return ks
	}
	p := domain.NewPlan(domain.Draft{Rounds: 2, Interval: time.Hour}, ts, old, ours, domain.LimitUse{}, noon)
	// The 101st message goes two hours after the 21st, the 202nd five after the 2nd.
	round, end := 2*time.Hour+200*time.Second, noon.Add(5*time.Hour+10*time.Second)
	if p.Round != round || !p.Times[1].Equal(noon.Add(round)) || !p.EndsAt.Equal(end) {
		t.Errorf("an old account: %v, rounds at %v, end %v", p.Round, p.Times, p.EndsAt)
	}
	if want := []string{"round_long", "hour_cap"}; !reflect.DeepEqual(keys(p), want) {
		t.Errorf("warnings %v, want %v", keys(p), want)
	}
	fresh := domain.Account{State: domain.AccountActive, WarmAt: noon}
	p = domain.NewPlan(domain.Draft{Rounds: 1}, ts, fresh, ours, domain.LimitUse{}, noon)
	// A quarter of the caps: 10 an hour, so 10 hours; the 101st message is also the
	// first beyond the day's 100.
	if p.Round != 24*time.Hour {
		t.Errorf("a fresh account needs %v", p.Round)
	}
	if want := []string{"hour_cap", "day_cap", "warming"}; !reflect.DeepEqual(keys(p), want) {
		t.Errorf("warnings %v, want %v", keys(p), want)
	}
	p = domain.NewPlan(domain.Draft{Rounds: 1}, ts[:11], fresh, ours, domain.LimitUse{}, noon.Add(9*time.Hour+30*time.Minute))
	// The 11th may go at half past ten, when the quiet hours have begun.
	if morning := noon.Add(20 * time.Hour); p.Round != time.Hour || !p.EndsAt.Equal(morning) {
		t.Errorf("over night it takes %v and ends at %v, want %v", p.Round, p.EndsAt, morning)
	}
	p = domain.NewPlan(domain.Draft{Rounds: 1}, ts[:1], old, ours, domain.LimitUse{}, noon.Add(11*time.Hour))
	if !p.Times[0].Equal(noon.Add(20*time.Hour)) || !reflect.DeepEqual(keys(p), []string{"quiet_start"}) {
		t.Errorf("ordered at night: %v, %v", p.Times, keys(p))
	}
	ours.Stop = domain.StopOwner
	p = domain.NewPlan(domain.Draft{Rounds: 1}, ts[:1], old, ours, domain.LimitUse{}, noon)
	if !reflect.DeepEqual(keys(p), []string{"stopped"}) {
		t.Errorf("stopped: %v", keys(p))
	}
}

// A plan keeps to what is left of the organization's day, and to its days after that.
func TestPlanUnderDailyLimit(t *testing.T) {
	ours := domain.Organization{
		Zone: "UTC", Limits: domain.Limits{MessagesPerDay: 3},
		Pace: domain.Pace{GapMin: time.Minute, GapMax: time.Minute},
	}
	ts := make([]domain.Target, 6)
	for i := range ts {
		ts[i] = domain.Target{Known: true, CanWrite: true}
	}
	midnight := noon.Add(12 * time.Hour)
	day := func(n int) time.Time { return midnight.Add(time.Duration(n) * 24 * time.Hour) }
	for name, c := range map[string]struct {
		peers, rounds, used int
		starts, ends        time.Time // of the last round
		warns               bool
	}{
		"nothing used":  {6, 2, 0, day(0).Add(2 * time.Minute), day(2).Add(2 * time.Minute), true},
		"one is left":   {6, 1, 2, noon, day(1).Add(time.Minute), true},
		"none is left":  {1, 1, 3, noon, midnight, true},
		"lowered since": {1, 1, 9, noon, midnight, true},
		"enough":        {3, 1, 0, noon, noon.Add(2 * time.Minute), false},
		"enough on two": {3, 2, 0, noon.Add(24 * time.Hour), noon.Add(24*time.Hour + 2*time.Minute), false},
		"a day used up": {3, 2, 3, noon.Add(24 * time.Hour), day(1).Add(2 * time.Minute), true},
	} {
		interval := time.Hour
		if name == "enough on two" || name == "a day used up" {
			interval = 24 * time.Hour
		}
		use := domain.LimitUse{Messages: c.used, DayEnds: midnight}
		p := domain.NewPlan(domain.Draft{Rounds: c.rounds, Interval: interval}, ts[:c.peers], domain.Account{State: domain.AccountActive}, ours, use, noon)
		warned := slices.ContainsFunc(p.Warnings, func(w domain.Warning) bool { return w.Key == "organization_day" })
		if last := p.Times[len(p.Times)-1]; !last.Equal(c.starts) || !p.EndsAt.Equal(c.ends) || warned != c.warns {
			t.Errorf("%s: the last round at %v, end %v, warned %v; want %v, %v, %v", name, last, p.EndsAt, warned, c.starts, c.ends, c.warns)
		}
	}
}

// The caps count over all rounds, and rise while they go on. A cap that is not
// there holds nothing up.
func TestPlanOverRounds(t *testing.T) {
	const h, m, s = time.Hour, time.Minute, time.Second
	for name, c := range map[string]struct {
		peers, rounds   int
		interval        time.Duration
		perHour, perDay int
		warm            time.Time
		end             time.Duration
		keys            []string
	}{
		// Round 3 would begin at 40 min, but 60 have gone out: one hour after the 1st.
		"the hour":  {30, 3, 20 * m, 60, 0, time.Time{}, h + 290*s, []string{"hour_cap"}},
		"the day":   {30, 3, h, 0, 60, time.Time{}, 24*h + 290*s, []string{"day_cap"}},
		"neither":   {30, 3, h, 60, 90, time.Time{}, 2*h + 290*s, nil},
		"no cap":    {30, 1, 0, 0, 0, noon, 290 * s, nil},
		"warm hour": {30, 1, 0, 80, 0, noon, h + 90*s, []string{"hour_cap", "warming"}},
		// 20 on the first day, 30 on the second: the 51st goes with the third.
		"warm day":      {51, 1, 0, 0, 80, noon, 48 * h, []string{"day_cap", "warming"}},
		"warm, but few": {20, 1, 0, 80, 0, noon, 190 * s, nil},
	} {
		o := domain.Organization{Pace: domain.Pace{GapMin: 10 * s, GapMax: 10 * s, PerHour: c.perHour, PerDay: c.perDay}}
		ts := make([]domain.Target, c.peers)
		for i := range ts {
			ts[i] = domain.Target{Known: true, CanWrite: true}
		}
		p := domain.NewPlan(domain.Draft{Rounds: c.rounds, Interval: c.interval}, ts, domain.Account{State: domain.AccountActive, WarmAt: c.warm}, o, domain.LimitUse{}, noon)
		var keys []string
		for _, w := range p.Warnings {
			keys = append(keys, w.Key)
		}
		if got := p.EndsAt.Sub(noon); got != c.end || !reflect.DeepEqual(keys, c.keys) {
			t.Errorf("%s: ends after %v with %v, want %v with %v", name, got, keys, c.end, c.keys)
		}
	}
}

// A plan that would go on for years is computed no further than it takes to know
// that, however little is open.
func TestPlanTooLong(t *testing.T) {
	ours := domain.Organization{
		Zone: "Europe/Berlin", QuietTo: 24*60 - 1, Days: 1 << time.Monday,
		Pace: domain.Pace{GapMin: domain.LongestGap, GapMax: domain.LongestGap, PerDay: 1},
	}
	ts := make([]domain.Target, 1000)
	for i := range ts {
		ts[i] = domain.Target{Known: true, CanWrite: true}
	}
	p := domain.NewPlan(domain.Draft{Rounds: 100, Interval: time.Hour}, ts, domain.Account{State: domain.AccountActive}, ours, domain.LimitUse{}, noon)
	if !p.TooLong || len(p.Times) != 1 || !p.EndsAt.After(noon.AddDate(domain.MaxYears, 0, 0)) {
		t.Errorf("too long: %v, %d rounds, end %v", p.TooLong, len(p.Times), p.EndsAt)
	}
	always := domain.Organization{Pace: ours.Pace}
	days := func(n int) domain.Plan {
		return domain.NewPlan(domain.Draft{Rounds: n, Interval: 10 * 24 * time.Hour}, ts[:1], domain.Account{State: domain.AccountActive}, always, domain.LimitUse{}, noon)
	}
	if p := days(74); p.TooLong || len(p.Times) != 74 { // the last one starts on day 730 of 731
		t.Errorf("two years: %v, %d rounds, end %v", p.TooLong, len(p.Times), p.EndsAt)
	}
	if p := days(75); !p.TooLong {
		t.Errorf("more than two years: end %v", p.EndsAt)
	}
	many := make([]domain.Target, 200_000)
	for i := range many {
		many[i] = ts[0]
	}
	if p := domain.NewPlan(domain.Draft{Rounds: 1}, many, domain.Account{State: domain.AccountActive}, always, domain.LimitUse{}, noon); p.Round < domain.MaxYears*365*24*time.Hour || !p.TooLong {
		t.Errorf("a day for each of 200,000: %v", p.Round)
	}
}

// However little an organization asks for, rounds do not start at the same moment.
func TestLeastInterval(t *testing.T) {
	if err := (domain.Pace{}).Check(); !domain.IsKey(err, "pace.interval") {
		t.Errorf("no interval at all: %v", err)
	}
	if err := (domain.Pace{MinInterval: domain.LeastInterval}).Check(); err != nil {
		t.Error(err)
	}
	campaigns := domain.Campaigns{Now: func() time.Time { return noon }}
	for _, interval := range []time.Duration{0, domain.LeastInterval - 1} {
		d := domain.Draft{CatalogID: 1, AccountID: 1, Text: "Salom", Rounds: 2, Interval: interval}
		if _, err := campaigns.Preview(t.Context(), domain.Actor{}, d); !domain.IsKey(err, "campaign.interval") {
			t.Errorf("every %v: %v", interval, err)
		}
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
