package views

import (
	"context"
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
		"running":           {func(*domain.Campaign) {}, "Going out", time.Time{}},
		"between rounds":    {func(c *domain.Campaign) { c.NextDueAt = later }, "Waiting for the next round", later},
		"round is due":      {func(c *domain.Campaign) { c.NextDueAt = now }, "Going out", time.Time{}},
		"account waits":     {func(c *domain.Campaign) { c.WaitUntil = soon }, "Waiting", soon},
		"both wait":         {func(c *domain.Campaign) { c.WaitUntil, c.NextDueAt = soon, later }, "Waiting for the next round", later},
		"chats wait":        {func(c *domain.Campaign) { c.HeldUntil, c.Held = later, 2 }, "Waiting", later},
		"a chat is due":     {func(c *domain.Campaign) { c.HeldUntil, c.Held = now, 2 }, "Going out", time.Time{}},
		"account longer":    {func(c *domain.Campaign) { c.HeldUntil, c.WaitUntil = soon, later }, "Waiting", later},
		"chats longer":      {func(c *domain.Campaign) { c.HeldUntil, c.WaitUntil = later, soon }, "Waiting", later},
		"wait is over":      {func(c *domain.Campaign) { c.WaitUntil = now }, "Going out", time.Time{}},
		"signed out":        {func(c *domain.Campaign) { c.AccountState = domain.AccountNeedsLogin }, "Waiting", time.Time{}},
		"paused account":    {func(c *domain.Campaign) { c.AccountState = domain.AccountPaused; c.NextDueAt = later }, "Waiting", time.Time{}},
		"scheduled":         {func(c *domain.Campaign) { c.Status, c.NextDueAt = domain.CampaignScheduled, later }, "Scheduled", later},
		"paused":            {func(c *domain.Campaign) { c.Status = domain.CampaignPaused }, "Paused", time.Time{}},
		"cancelled":         {func(c *domain.Campaign) { c.Status = domain.CampaignCancelled }, "Cancelled", time.Time{}},
		"done":              {func(c *domain.Campaign) { c.Status, c.Counts.Sent = domain.CampaignDone, 4 }, "Done", time.Time{}},
		"everything missed": {func(c *domain.Campaign) { c.Status, c.Counts.Missed = domain.CampaignDone, 4 }, "Missed", time.Time{}},
	} {
		got := running
		c.change(&got)
		if s := stand(ctx, now, got); s.Word != c.word || !s.Until.Equal(c.until) {
			t.Errorf("%s: stands as %q until %v, want %q until %v", name, s.Word, s.Until, c.word, c.until)
		}
	}
}

func TestToCome(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	c := domain.Campaign{Status: domain.CampaignRunning, Rounds: 5, Round: 2, Interval: time.Hour}
	open := CampaignPage{Campaign: c, Rounds: []domain.Round{{Number: 2, OpenedAt: at}, {Number: 1}}}
	if got, want := open.toCome(), (toCome{3, at.Add(time.Hour), at.Add(3 * time.Hour), true}); got != want {
		t.Errorf("with a round open: %v, want %v", got, want)
	}
	open.Now, open.Campaign.HeldUntil = at.Add(2*time.Hour), at.Add(3*time.Hour)
	if got, want := open.toCome(), (toCome{3, at.Add(3 * time.Hour), at.Add(5 * time.Hour), true}); got != want {
		t.Errorf("with a round that takes longer: %v, want %v", got, want)
	}
	c.NextDueAt = at
	if got, want := (CampaignPage{Campaign: c}).toCome(), (toCome{3, at, at.Add(2 * time.Hour), false}); got != want {
		t.Errorf("between rounds: %v, want %v", got, want)
	}
	c.Status = domain.CampaignCancelled
	if got := (CampaignPage{Campaign: c}).toCome(); got.N != 3 || !got.First.IsZero() {
		t.Errorf("cancelled: %v, want three rounds and no time", got)
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
		"Asia/Tashkent": "Toshkent vaqti (UTC+5)", "Asia/Kolkata": "Kolkata vaqti (UTC+5:30)", "America/New_York": "New York vaqti (UTC-5)",
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
	c.Status, c.FinishedAt = domain.CampaignDone, now
	if behind(now, c) {
		t.Error("a campaign that has ended is behind")
	}
}
