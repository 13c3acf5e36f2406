package views

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// page is a part as the browser gets it, and words what a person reads of it.
func page(t *testing.T, ctx context.Context, part templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := part.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func words(t *testing.T, ctx context.Context, part templ.Component) string {
	t.Helper()
	text := html.UnescapeString(tags.ReplaceAllString(page(t, ctx, part), ""))
	return strings.Join(strings.Fields(text), " ")
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A time to come is said by the clock; what is left stands beside it when it is
// near, each language with its own order.
func TestTimeToComeSaysTheClock(t *testing.T) {
	near, far := noon.Add(2*time.Minute), noon.Add(2*time.Hour)
	for lang, want := range map[string]string{
		"uz": "12:02 (2 daqiqa qoldi)", "uz-Cyrl": "12:02 (2 дақиқа қолди)", "ru": "12:02 (через 2 минуты)", "en": "12:02 (in 2 minutes)",
	} {
		ctx := locale.With(t.Context(), lang, time.UTC)
		if got := words(t, ctx, coming(noon, near)); got != want {
			t.Errorf("%s says %q, want %q", lang, got, want)
		}
		if got := words(t, ctx, coming(noon, far)); got != "14:00" {
			t.Errorf("%s says %q of a time far off, want 14:00", lang, got)
		}
	}
}

// What is planned is announced only as long as it can come.
func TestStartAndEndSayWhatIsToCome(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	before, after := noon.Add(-time.Hour), noon.Add(time.Hour)
	for name, c := range map[string]struct {
		c          domain.Campaign
		start, end string
	}{
		"to come":       {domain.Campaign{Status: domain.CampaignScheduled, StartAt: after, PlannedEnd: after}, "13:00 planned", "13:00 planned"},
		"overdue":       {domain.Campaign{Status: domain.CampaignScheduled, StartAt: before, PlannedEnd: after}, "not started planned: 11:00", "13:00 planned"},
		"missed":        {domain.Campaign{Status: domain.CampaignDone, StartAt: before, PlannedEnd: before, FinishedAt: before}, "not started planned: 11:00", "11:00"},
		"cancelled":     {domain.Campaign{Status: domain.CampaignCancelled, StartAt: after, PlannedEnd: after, FinishedAt: noon}, "not started planned: 13:00", "12:00 planned: 13:00"},
		"paused before": {domain.Campaign{Status: domain.CampaignPaused, StartAt: after, PlannedEnd: after}, "not started planned: 13:00", "known once resumed"},
		"paused":        {domain.Campaign{Status: domain.CampaignPaused, StartAt: before, StartedAt: before, PlannedEnd: before}, "11:00", "known once resumed"},
		"running":       {domain.Campaign{Status: domain.CampaignRunning, StartAt: before, StartedAt: before, PlannedEnd: after}, "11:00", "13:00 planned"},
	} {
		if got := words(t, ctx, campaignStart(noon, c.c)); got != c.start {
			t.Errorf("%s: the start says %q, want %q", name, got, c.start)
		}
		if got := words(t, ctx, campaignEnd(noon, c.c)); got != c.end {
			t.Errorf("%s: the end says %q, want %q", name, got, c.end)
		}
	}
}

func TestPausedCampaignAnnouncesNoRound(t *testing.T) {
	ctx := locale.With(t.Context(), "uz", time.UTC)
	p := CampaignPage{Moment: Moment{Now: noon}, Campaign: domain.Campaign{Status: domain.CampaignPaused, Rounds: 3, Round: 1, NextDueAt: noon.Add(time.Hour), Interval: time.Hour}}
	if got, want := words(t, ctx, CampaignToCome(p)), "Yana 2 ta aylanish bor. Vaqti davom ettirilgach maʼlum boʻladi."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

func TestMissedMessagesStandBesideTheProgress(t *testing.T) {
	ctx := locale.With(t.Context(), "uz", time.UTC)
	c := domain.Campaign{Counts: domain.Counts{Planned: 30, Failed: 3, Missed: 20, Sent: 7}}
	got := words(t, ctx, campaignProgress(c))
	for _, want := range []string{"3 tasi yuborilmadi", "20 ta vaqti oʻtdi"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestRoundSaysWhenItBeganAndEnded(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	missed := domain.Round{Number: 1, Status: domain.RoundMissed, PlannedAt: noon, ClosedAt: noon.Add(time.Minute)}
	if got := words(t, ctx, RoundRow(CampaignPage{Moment: Moment{Now: noon}}, missed)); strings.Contains(got, "12:01") {
		t.Errorf("a round that never began has ended: %q", got)
	}
	done := domain.Round{Number: 1, Status: domain.RoundDone, OpenedAt: noon, ClosedAt: noon.Add(time.Minute)}
	if got := words(t, ctx, RoundRow(CampaignPage{Moment: Moment{Now: noon}}, done)); !strings.Contains(got, "12:01") {
		t.Errorf("a round that is done does not say when it ended: %q", got)
	}
	for late, want := range map[time.Duration]string{
		7*time.Minute + 23*time.Second: "started 7 minutes late", 40 * time.Second: "started 40 seconds late", time.Hour + time.Second: "started 1 hour late",
	} {
		if got := roundLate(ctx, domain.Round{PlannedAt: noon, OpenedAt: noon.Add(late)}); got != want {
			t.Errorf("late by %v is said as %q, want %q", late, got, want)
		}
	}
}

func TestFailuresOfEarlierRoundsAreSaid(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	rounds := []domain.Round{{Number: 2, Status: domain.RoundOpen, OpenedAt: noon, Counts: domain.Counts{Failed: 1}}, {Number: 1, OpenedAt: noon.Add(-time.Hour), Counts: domain.Counts{Failed: 4}}}
	const note, list, asks = "In other rounds 4 more failed.", "?round=all&amp;status=failed#deliveries", "Send the 4 failed messages of round 1 again?"
	const button, left, choose = "/rounds/1/retry", "1 hour must pass in between", "#campaign-rounds"
	all := []string{note, list, asks, button, left, choose}
	three := append(rounds[:2:2], domain.Round{Number: 3, OpenedAt: noon.Add(-time.Minute), Counts: domain.Counts{Failed: 1}})
	for name, c := range map[string]struct {
		status domain.CampaignStatus
		failed int
		rounds []domain.Round
		says   []string
	}{
		"running":   {domain.CampaignRunning, 5, rounds, []string{note, list, asks, button, left}},
		"done":      {domain.CampaignDone, 5, rounds, []string{note, list, asks, button, left}},
		"two more":  {domain.CampaignDone, 6, three, []string{"In other rounds 5 more failed.", list, choose}},
		"none":      {domain.CampaignRunning, 1, rounds[:1], nil},
		"cancelled": {domain.CampaignCancelled, 5, rounds, nil},
	} {
		p := CampaignPage{Moment: Moment{Now: noon}, Rounds: c.rounds, Campaign: domain.Campaign{
			ID: 7, Status: c.status, Rounds: 3, Interval: time.Hour, Counts: domain.Counts{Failed: c.failed},
		}}
		got := page(t, ctx, campaignNotes(p))
		for _, text := range append(c.says, all...) {
			if strings.Contains(got, text) != slices.Contains(c.says, text) {
				t.Errorf("%s: whether it says %q is wrong: %s", name, text, got)
			}
		}
		if row := page(t, ctx, RoundRow(p, rounds[1])); strings.Contains(row, button) != (c.status != domain.CampaignCancelled) {
			t.Errorf("%s: the row says %s", name, row)
		}
		if row := page(t, ctx, RoundRow(p, domain.Round{Number: 2})); strings.Contains(row, "/retry") {
			t.Errorf("%s: without a failure the row says %s", name, row)
		}
	}
}

// Only what stops something is asked in the colour of danger.
func TestOnlyCancellingIsDangerous(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	c := domain.Campaign{Status: domain.CampaignRunning}
	for name, q := range map[string]struct {
		asked ui.Question
		mild  bool
	}{
		"cancel": {askCancel(ctx, c), false}, "cancel some": {askCancelDeliveries(ctx), false},
		"start": {askStart(ctx, noon, c), true}, "missed": {askMissed(ctx, c, 1), true}, "again": {askRetry(ctx, CampaignPage{}, domain.Round{}), true},
	} {
		if got := page(t, ctx, ui.PostButton("/", ui.Btn{Label: "Go"}, ui.Ask(q.asked))); strings.Contains(got, "data-ask-mild") != q.mild {
			t.Errorf("%s is asked as %s", name, got)
		}
	}
}

// Of a campaign that is done only what is uncertain can be cancelled.
func TestUncertainMessagesCanBeCancelled(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	const button, again, says = `action="/admin/campaigns/7/cancel"`, "?repeat=7", "2 uncertain messages will only be looked for, not sent again."
	for uncertain, want := range map[int]bool{0: false, 2: true} {
		p := CampaignPage{Moment: Moment{Now: noon}, Campaign: domain.Campaign{ID: 7, Status: domain.CampaignDone, Counts: domain.Counts{Planned: 4, Sent: 4 - uncertain, Uncertain: uncertain}}}
		menu := page(t, ctx, CampaignActions(p))
		if strings.Contains(menu, button) != want || strings.Contains(menu, says) != want || strings.Count(menu, again) != 1 {
			t.Errorf("with %d uncertain the page offers %s", uncertain, menu)
		}
	}
}

// What is before a campaign is named with a link to it, where the viewer may see
// it, in every language.
func TestTheCampaignAheadIsNamed(t *testing.T) {
	const link = `<a class="num" href="/admin/campaigns/12">`
	c := domain.Campaign{ID: 7, Status: domain.CampaignRunning, AccountState: domain.AccountActive, Ahead: domain.Ahead{ID: 12, From: noon}}
	d := domain.Delivery{Status: domain.DeliveryPlanned, DueAt: noon}
	for lang, want := range map[string][2]string{
		"uz":      {"Navbatini kutmoqda", "Raqam hozir boshqa yuborish bilan band (№12)."},
		"uz-Cyrl": {"Навбатини кутмоқда", "Рақам ҳозир бошқа юбориш билан банд (№12)."},
		"ru":      {"Ждёт своей очереди", "Номер сейчас занят другой рассылкой (№12)."},
		"en":      {"Waiting for its turn", "The number is busy with another campaign now (#12)."},
	} {
		ctx := locale.With(t.Context(), lang, time.UTC)
		m := Moment{Now: noon}
		for what, part := range map[string]templ.Component{
			"campaign": campaignStanding(m, c, false), "delivery": DeliveryRow(CampaignPage{Moment: m, Campaign: c}, d),
		} {
			got := words(t, ctx, part)
			if !strings.Contains(got, want[1]) || what == "campaign" && !strings.HasPrefix(got, want[0]) || !strings.Contains(page(t, ctx, part), link) {
				t.Errorf("%s: of the %s it says %q", lang, what, got)
			}
		}
		unknown := c
		unknown.Ahead.ID = 0
		if got := page(t, ctx, campaignStanding(m, unknown, false)); strings.Contains(got, "<a") || strings.Contains(got, "12") || !strings.Contains(got, want[0]) {
			t.Errorf("%s: of a stranger's campaign it says %q", lang, got)
		}
	}
}

// Before its time a missed round has no button, but says from when on.
func TestMissedRoundSaysItsTime(t *testing.T) {
	ctx := locale.With(t.Context(), "en", time.UTC)
	missed := domain.Round{Number: 1, Status: domain.RoundMissed, PlannedAt: noon.Add(-time.Hour)}
	c := domain.Campaign{ID: 7, Status: domain.CampaignDone, Rounds: 2, Round: 2, Interval: time.Hour, AfterAt: noon.Add(10 * time.Minute)}
	const button, time12 = "/rounds/1/send", "from 12:10"
	for now, ready := range map[time.Time]bool{noon: false, noon.Add(10 * time.Minute): true} {
		row := RoundRow(CampaignPage{Moment: Moment{Now: now}, Campaign: c}, missed)
		if got := page(t, ctx, row); strings.Contains(got, button) != ready || strings.Contains(got, time12) == ready {
			t.Errorf("at %v the row says %s", now, got)
		}
	}
}
