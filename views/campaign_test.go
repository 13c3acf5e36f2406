package views

import (
	"context"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/views/locale"
)

func TestStand(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	soon, later := now.Add(time.Minute), now.Add(time.Hour)
	ctx := locale.With(context.Background(), "en", time.UTC)
	running := domain.Campaign{Status: domain.CampaignRunning, AccountState: domain.AccountActive, Counts: domain.Counts{Planned: 4}}
	for name, c := range map[string]struct {
		change func(*domain.Campaign)
		word   string
		until  time.Time
	}{
		"running":          {func(*domain.Campaign) {}, "Going out", time.Time{}},
		"between rounds":   {func(c *domain.Campaign) { c.NextDueAt = later }, "Waiting for the next round", later},
		"round is due":     {func(c *domain.Campaign) { c.NextDueAt = now }, "Going out", time.Time{}},
		"account waits":    {func(c *domain.Campaign) { c.WaitUntil = soon }, "Waiting", soon},
		"both wait":        {func(c *domain.Campaign) { c.WaitUntil, c.NextDueAt = soon, later }, "Waiting for the next round", later},
		"chats wait":       {func(c *domain.Campaign) { c.HeldUntil, c.Held = later, 2 }, "Waiting", later},
		"a chat is due":    {func(c *domain.Campaign) { c.HeldUntil, c.Held = now, 2 }, "Going out", time.Time{}},
		"account longer":   {func(c *domain.Campaign) { c.HeldUntil, c.WaitUntil = soon, later }, "Waiting", later},
		"chats longer":     {func(c *domain.Campaign) { c.HeldUntil, c.WaitUntil = later, soon }, "Waiting", later},
		"another first":    {func(c *domain.Campaign) { c.Ahead.From = now }, "Waiting for its turn", time.Time{}},
		"another, later":   {func(c *domain.Campaign) { c.Ahead.From = soon }, "Going out", time.Time{}},
		"another, a wait":  {func(c *domain.Campaign) { c.Ahead.From, c.WaitUntil = now, soon }, "Waiting", soon},
		"another, chats":   {func(c *domain.Campaign) { c.Ahead.From, c.HeldUntil, c.Held = now, soon, 2 }, "Waiting", soon},
		"another, paused":  {func(c *domain.Campaign) { c.Ahead.From, c.Status = now, domain.CampaignPaused }, "Paused", time.Time{}},
		"wait is over":     {func(c *domain.Campaign) { c.WaitUntil = now }, "Going out", time.Time{}},
		"a cap":            {func(c *domain.Campaign) { c.LimitUntil, c.LimitReason = later, domain.CodeHourCap }, "Waiting", later},
		"cap over":         {func(c *domain.Campaign) { c.LimitUntil, c.LimitReason = now, domain.CodeHourCap }, "Going out", time.Time{}},
		"cap and Telegram": {func(c *domain.Campaign) { c.LimitUntil, c.WaitUntil = soon, later }, "Waiting", later},
		"quiet hours":      {func(c *domain.Campaign) { c.Hours = domain.Hours{QuietFrom: 9 * 60, QuietTo: 11 * 60} }, "Waiting", later},
		"organization off": {func(c *domain.Campaign) { c.Stop, c.WaitUntil = domain.StopOwner, later }, "Waiting", time.Time{}},
		"off, next round":  {func(c *domain.Campaign) { c.Stop, c.NextDueAt = domain.StopService, later }, "Waiting for the next round", later},
		"off, chats wait":  {func(c *domain.Campaign) { c.Stop, c.HeldUntil, c.Held = domain.StopOwner, later, 2 }, "Waiting", time.Time{}},
		"signed out":       {func(c *domain.Campaign) { c.AccountState = domain.AccountNeedsLogin }, "Waiting", time.Time{}},
		"deleted account": {func(c *domain.Campaign) {
			c.AccountState, c.AccountReason = domain.AccountNeedsLogin, "USER_DEACTIVATED"
		}, "Waiting", time.Time{}},
		"paused account":    {func(c *domain.Campaign) { c.AccountState = domain.AccountPaused; c.NextDueAt = later }, "Waiting", time.Time{}},
		"scheduled":         {func(c *domain.Campaign) { c.Status, c.NextDueAt = domain.CampaignScheduled, later }, "Scheduled", later},
		"paused":            {func(c *domain.Campaign) { c.Status = domain.CampaignPaused }, "Paused", time.Time{}},
		"cancelled":         {func(c *domain.Campaign) { c.Status = domain.CampaignCancelled }, "Cancelled", time.Time{}},
		"done":              {func(c *domain.Campaign) { c.Status, c.Counts.Sent = domain.CampaignDone, 4 }, "Done", time.Time{}},
		"everything missed": {func(c *domain.Campaign) { c.Status, c.Counts.Missed = domain.CampaignDone, 4 }, "Missed", time.Time{}},
	} {
		got := running
		c.change(&got)
		if s := stand(ctx, Moment{Now: now}, got); s.Word != c.word || !s.Until.Equal(c.until) {
			t.Errorf("%s: stands as %q until %v, want %q until %v", name, s.Word, s.Until, c.word, c.until)
		}
	}
}

func TestDeliveryWaitsForTheLatest(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	soon, later := now.Add(time.Minute), now.Add(time.Hour)
	ctx := locale.With(t.Context(), "en", time.UTC)
	running := domain.Campaign{Status: domain.CampaignRunning, AccountState: domain.AccountActive}
	planned := domain.Delivery{Status: domain.DeliveryPlanned, DueAt: now}
	slow := domain.Delivery{Status: domain.DeliveryWaiting, DueAt: soon, Reason: "SLOWMODE_WAIT_60"}
	for name, c := range map[string]struct {
		d      domain.Delivery
		change func(*domain.Campaign, *Moment)
		why    string
		until  time.Time
	}{
		"its turn comes": {planned, func(*domain.Campaign, *Moment) {}, "", time.Time{}},
		"another first":  {planned, func(c *domain.Campaign, _ *Moment) { c.Ahead = domain.Ahead{ID: 12, From: now} }, "The number is busy with another campaign now (#12).", time.Time{}},
		"another's":      {planned, func(c *domain.Campaign, _ *Moment) { c.Ahead.From = now }, "The number is busy with another campaign now.", time.Time{}},
		"its own first":  {slow, func(c *domain.Campaign, _ *Moment) { c.Ahead.From = now }, "Slow mode in the group.", soon},
		"its own wait":   {slow, func(*domain.Campaign, *Moment) {}, "Slow mode in the group.", soon},
		"a chat's gap":   {domain.Delivery{Status: domain.DeliveryPlanned, DueAt: soon, Reason: domain.CodeChatGap}, func(*domain.Campaign, *Moment) {}, "This chat has just had a message: a pause is kept.", soon},
		"the cap": {planned, func(c *domain.Campaign, m *Moment) {
			c.LimitUntil, c.LimitReason, m.PerHour = later, domain.CodeHourCap, 240
		}, "The number's limit: 240 messages an hour.", later},
		"an unknown cap":   {planned, func(c *domain.Campaign, _ *Moment) { c.LimitUntil, c.LimitReason = later, domain.CodeDayCap }, "The number has reached its limit for 24 hours.", later},
		"the later one":    {slow, func(c *domain.Campaign, _ *Moment) { c.WaitUntil, c.WaitReason = later, "FLOOD_WAIT_3600" }, "A limit set by Telegram.", later},
		"its own, later":   {slow, func(c *domain.Campaign, _ *Moment) { c.WaitUntil, c.WaitReason = now.Add(time.Second), "FLOOD_WAIT_1" }, "Slow mode in the group.", soon},
		"a stop":           {slow, func(c *domain.Campaign, _ *Moment) { c.Stop = domain.StopOwner }, "The owner of the organization has stopped all sending.", time.Time{}},
		"all stopped":      {slow, func(_ *domain.Campaign, m *Moment) { m.Stopped = domain.CodeAdminStop }, "The service administrator has stopped sending.", time.Time{}},
		"all stopped, why": {slow, func(_ *domain.Campaign, m *Moment) { m.Stopped = domain.CodeRestored }, "All sending is stopped.", time.Time{}},
		"a pause":          {slow, func(c *domain.Campaign, _ *Moment) { c.Status, c.Stop = domain.CampaignPaused, domain.StopOwner }, "The campaign is paused.", time.Time{}},
		"sent":             {domain.Delivery{Status: domain.DeliverySent}, func(c *domain.Campaign, _ *Moment) { c.Stop = domain.StopOwner }, "", time.Time{}},
		"failed":           {domain.Delivery{Status: domain.DeliveryFailed, Reason: "CHAT_WRITE_FORBIDDEN"}, func(c *domain.Campaign, _ *Moment) { c.WaitUntil = later }, "Writing is forbidden in this chat.", time.Time{}},
		"uncertain stays":  {domain.Delivery{Status: domain.DeliveryUncertain, Reason: "TIMEOUT", DueAt: soon}, func(c *domain.Campaign, _ *Moment) { c.Status = domain.CampaignPaused }, "Telegram gave no answer for now. We are checking it; do not send it again.", soon},
	} {
		p := CampaignPage{Moment: Moment{Now: now}, Campaign: running}
		c.change(&p.Campaign, &p.Moment)
		if w := deliveryWait(ctx, p, c.d); w.Why != c.why || !w.Until.Equal(c.until) {
			t.Errorf("%s: waits for %q until %v, want %q until %v", name, w.Why, w.Until, c.why, c.until)
		}
	}
}

// The page says what a person can do: why the program has paused a campaign,
// what of it can be sent again, and that its figures are being looked into.
func TestCampaignNotes(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	ctx := locale.With(t.Context(), "en", time.UTC)
	failed := []domain.Round{{Number: 1, Status: domain.RoundOpen, OpenedAt: at, Counts: domain.Counts{Planned: 20, Failed: 5}}}
	missed := []domain.Round{{Number: 2, Status: domain.RoundMissed}, {Number: 1, Status: domain.RoundMissed}}
	reopened := []domain.Round{{Number: 3, Status: domain.RoundDone, OpenedAt: at}, missed[0], {Number: 1, Status: domain.RoundOpen, OpenedAt: at.Add(-time.Hour)}}
	const edit, retry, send, choose = "/admin/campaigns/7/text", "/admin/campaigns/7/rounds/1/retry", "/admin/campaigns/7/rounds/2/send", "#campaign-rounds"
	soon := at.Add(5 * time.Minute)
	for name, c := range map[string]struct {
		c      domain.Campaign
		rounds []domain.Round
		has    []string
		lacks  []string
	}{
		"by a person":     {domain.Campaign{Status: domain.CampaignPaused, Reason: domain.CodePerson}, nil, []string{"Nothing is lost"}, []string{edit, retry}},
		"person, failed":  {domain.Campaign{Status: domain.CampaignPaused, Reason: domain.CodePerson}, failed, []string{"Nothing is lost", "Round 1: 5 messages failed", retry}, nil},
		"too many failed": {domain.Campaign{Status: domain.CampaignPaused, Reason: domain.CodeManyFailed, RecentFailed: 6}, failed, []string{"6 of the last 20 attempts failed.", "Send again (5)", retry}, []string{edit, "Round 1: 5 messages failed"}},
		"the text":        {domain.Campaign{Status: domain.CampaignPaused, Reason: "MESSAGE_TOO_LONG"}, failed, []string{"Telegram refused the text", edit, retry}, nil},
		"running, failed": {domain.Campaign{Status: domain.CampaignRunning}, failed, []string{"Round 1: 5 messages failed", retry}, []string{"paused"}},
		"cancelled":       {domain.Campaign{Status: domain.CampaignCancelled}, failed, nil, []string{retry}},
		"wrong figures":   {domain.Campaign{Status: domain.CampaignDone, SumsWrong: true}, nil, []string{"The figures are being checked", "the service administrator has been told"}, nil},
		"missed two":      {domain.Campaign{Status: domain.CampaignDone, Counts: domain.Counts{Missed: 8}}, missed, []string{"8 messages missed", choose}, []string{send}},
		"missed one":      {domain.Campaign{Status: domain.CampaignDone, Counts: domain.Counts{Missed: 4}}, missed[:1], []string{"4 messages missed", send}, []string{choose}},
		"missed, early":   {domain.Campaign{Status: domain.CampaignDone, Rounds: 2, Round: 2, Interval: time.Hour, AfterAt: soon, Counts: domain.Counts{Missed: 4}}, missed[:1], []string{"send them later: 10:05 (in"}, []string{send, "Choose"}},
		"missed, between": {domain.Campaign{Status: domain.CampaignRunning, Rounds: 3, Round: 2, Interval: time.Hour, AfterAt: soon, NextDueAt: soon, Counts: domain.Counts{Missed: 4}}, missed[:1], []string{"when the last round has ended"}, []string{send, "10:05"}},
		"missed, paused":  {domain.Campaign{Status: domain.CampaignPaused, Counts: domain.Counts{Missed: 4}}, missed[:1], []string{"resume the campaign first"}, []string{send}},
		"missed, open":    {domain.Campaign{Status: domain.CampaignRunning, Counts: domain.Counts{Missed: 4}}, append(missed[:1:1], failed...), []string{"when the present round has ended"}, []string{send}},
		"missed, again":   {domain.Campaign{Status: domain.CampaignRunning, Rounds: 3, Round: 3, Counts: domain.Counts{Missed: 4}}, reopened, []string{"when the present round has ended"}, []string{send}},
	} {
		c.c.ID = 7
		notes := campaignNotes(CampaignPage{Moment: Moment{Now: at}, Campaign: c.c, Rounds: c.rounds})
		said := page(t, ctx, notes) + words(t, ctx, notes)
		for _, want := range c.has {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the notes lack %q", name, want)
			}
		}
		for _, unwanted := range c.lacks {
			if strings.Contains(said, unwanted) {
				t.Errorf("%s: the notes have %q", name, unwanted)
			}
		}
	}
}

func TestToCome(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	c := domain.Campaign{Status: domain.CampaignRunning, Rounds: 5, Round: 2, Interval: time.Hour, AfterAt: at.Add(time.Hour)}
	open := CampaignPage{Campaign: c, Rounds: []domain.Round{{Number: 2, OpenedAt: at}, {Number: 1}}}
	if got, want := open.toCome(), (toCome{3, at.Add(time.Hour), at.Add(3 * time.Hour), true}); got != want {
		t.Errorf("with a round open: %v, want %v", got, want)
	}
	open.Now, open.Campaign.HeldUntil = at.Add(2*time.Hour), at.Add(3*time.Hour)
	if got, want := open.toCome(), (toCome{3, at.Add(3 * time.Hour), at.Add(5 * time.Hour), true}); got != want {
		t.Errorf("with a round that takes longer: %v, want %v", got, want)
	}
	open.Campaign.Hours = domain.Hours{QuietFrom: 14 * 60, QuietTo: 16 * 60}
	if got, want := open.toCome(), (toCome{3, at.Add(3 * time.Hour), at.Add(7 * time.Hour), true}); got != want {
		t.Errorf("with quiet hours: %v, want %v", got, want)
	}
	c.NextDueAt = at
	if got, want := (CampaignPage{Campaign: c}).toCome(), (toCome{3, at, at.Add(2 * time.Hour), false}); got != want {
		t.Errorf("between rounds: %v, want %v", got, want)
	}
	held := c // its number may send again at eleven
	held.NextDueAt, held.LimitUntil = at.Add(time.Minute), at.Add(time.Hour)
	if got, want := (CampaignPage{Moment: Moment{Now: at}, Campaign: held}).toCome(), (toCome{3, at.Add(time.Hour), at.Add(3 * time.Hour), false}); got != want {
		t.Errorf("between rounds, held: %v, want %v", got, want)
	}
	held.NextDueAt, held.AfterAt = time.Time{}, at.Add(time.Minute)
	open.Now, open.Campaign = at, held
	if got, want := open.toCome(), (toCome{3, at.Add(time.Hour), at.Add(3 * time.Hour), true}); got != want {
		t.Errorf("with a round open, held: %v, want %v", got, want)
	}
	c.Status = domain.CampaignCancelled
	if got := (CampaignPage{Campaign: c}).toCome(); got.N != 3 || !got.First.IsZero() {
		t.Errorf("cancelled: %v, want three rounds and no time", got)
	}
}

// A missed round that is sent later is the one that was opened last.
func TestOpenedLast(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	p := CampaignPage{Latest: 3, Campaign: domain.Campaign{Round: 4}, Rounds: []domain.Round{
		{Number: 4, Status: domain.RoundMissed}, {Number: 3, OpenedAt: at}, {Number: 2, Status: domain.RoundMissed}, {Number: 1, OpenedAt: at.Add(-time.Hour)},
	}}
	if p.Opened().Number != 3 || p.NewRound() {
		t.Errorf("opened last: %d, new: %v; want 3 and no", p.Opened().Number, p.NewRound())
	}
	p.Rounds[2] = domain.Round{Number: 2, Status: domain.RoundOpen, OpenedAt: at.Add(time.Minute)}
	if p.Opened().Number != 2 || !p.NewRound() || p.maySendMissed() {
		t.Errorf("opened last: %d, new: %v, may send another: %v; want 2, yes and no", p.Opened().Number, p.NewRound(), p.maySendMissed())
	}
	if none := (CampaignPage{}).Opened(); none.Number != 0 {
		t.Errorf("round %d was opened of none", none.Number)
	}
}

func TestSplitInterval(t *testing.T) {
	for d, want := range map[time.Duration]string{
		24 * time.Hour: "1 days", 90 * time.Minute: "90 minutes", 2 * time.Hour: "2 hours", 90 * time.Second: "90 seconds", 0: "0 seconds",
	} {
		n, unit := SplitInterval(d)
		if got := itoa(n) + " " + unit; got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

func TestZoneName(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"Asia/Tashkent": "Toshkent vaqti (UTC+5)", "Asia/Kolkata": "Kolkata vaqti (UTC+5:30)", "America/Chicago": "Chicago vaqti (UTC-6)",
	} {
		at, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := zoneName(locale.With(t.Context(), "uz", at), now); got != want {
			t.Errorf("%s is called %q, want %q", zone, got, want)
		}
	}
}

func TestBehind(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	c := domain.Campaign{Status: domain.CampaignRunning, PlannedEnd: now.Add(-time.Minute)}
	if !behind(now, c) {
		t.Error("a campaign that runs past its planned end is not behind")
	}
	if behind(now.Add(-time.Hour), c) {
		t.Error("a campaign is behind before its planned end")
	}
	c.PlannedEnd, c.LimitUntil = now.Add(time.Hour), now.Add(2*time.Hour)
	if !behind(now, c) {
		t.Error("a campaign that goes on after its planned end is not behind")
	}
	c.LimitUntil = now.Add(time.Minute)
	if behind(now, c) {
		t.Error("a campaign that goes on before its planned end is behind")
	}
	c.PlannedEnd = now.Add(-time.Minute)
	c.Status, c.FinishedAt = domain.CampaignDone, now
	if behind(now, c) {
		t.Error("a campaign that has ended is behind")
	}
}
