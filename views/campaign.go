package views

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// The ids of what a live stream renews.
const (
	CampaignKPIsID       = "campaign-kpis"
	CampaignStampID      = "campaign-live"
	CampaignNewsID       = "campaign-news"
	CampaignStateID      = "campaign-state"
	CampaignFactsID      = "campaign-facts"
	CampaignActionsID    = "campaign-actions"
	CampaignMessageID    = "campaign-message"
	CampaignRoundsID     = "campaign-rounds"
	CampaignToComeID     = "campaign-to-come"
	CampaignDeliveriesID = "campaign-deliveries"
	DeliveryBulkID       = "delivery-bulk"
	DeliveryNewsID       = "delivery-news"
)

// CampaignRowID is the id of a campaign's row.
func CampaignRowID(id int64) string { return "campaign-" + strconv.FormatInt(id, 10) }

// RoundRowID is the id of a round's row.
func RoundRowID(number int) string { return "round-" + strconv.Itoa(number) }

// DeliveryRowID is the id of a delivery's row.
func DeliveryRowID(id int64) string { return "delivery-" + strconv.FormatInt(id, 10) }

// CampaignURL is the address of a campaign's page.
func CampaignURL(id int64) string { return string(NavCampaigns) + "/" + strconv.FormatInt(id, 10) }

// accountURL is the address of an account's page, where it can be looked after.
func accountURL(id int64) string { return string(NavAccounts) + "/" + strconv.FormatInt(id, 10) }

// beginning is the first words of a message, on one line.
func beginning(text string, most int) string {
	words := []rune(strings.Join(strings.Fields(text), " "))
	if len(words) <= most {
		return string(words)
	}
	return strings.TrimRight(string(words[:most]), " ,.;:–—-") + "…"
}

// campaignName is how a campaign is called in questions: its number and the
// beginning of its text.
func campaignName(ctx context.Context, c domain.Campaign) string {
	return locale.T(ctx, "campaign.named", "ID", c.ID, "Beginning", ui.Visible(beginning(c.Text, 40)))
}

// countdownBelow is the longest time that is counted down; what lies farther is
// named by its clock.
const countdownBelow = time.Hour

// campaignParts are the stretches of a campaign's or round's bar. Their sum is
// what was planned.
func campaignParts(ctx context.Context, c domain.Counts) []ui.Part {
	word := func(key string) string { return locale.T(ctx, "delivery.count."+key) }
	return []ui.Part{
		{Kind: "sent", Label: word("sent"), N: c.Sent},
		{Kind: "failed", Label: word("failed"), N: c.Failed},
		{Kind: "uncertain", Label: word("uncertain"), N: c.Uncertain},
		{Kind: "skipped", Label: word("skipped"), N: c.Skipped},
		{Kind: "missed", Label: word("missed"), N: c.Missed},
		{Kind: "cancelled", Label: word("cancelled"), N: c.Cancelled},
		{Kind: "waiting", Label: word("open"), N: c.Open()},
	}
}

// campaignStarts is when a campaign started or, if it has not, will start.
func campaignStarts(c domain.Campaign) (at time.Time, real bool) {
	if !c.StartedAt.IsZero() {
		return c.StartedAt, true
	}
	return c.StartAt, false
}

// unstarted reports whether a campaign has not started and will not do so at its
// planned start: that has passed, or the campaign is paused or has ended.
func unstarted(now time.Time, c domain.Campaign) bool {
	return c.StartedAt.IsZero() && (c.Status != domain.CampaignScheduled || !c.StartAt.After(now))
}

// behind reports whether a campaign still has something to do after its planned
// end, by now or when what it waits for has come.
func behind(now time.Time, c domain.Campaign) bool {
	return c.FinishedAt.IsZero() && c.Status.Live() && c.PlannedEnd.Before(goesOn(now, c))
}

// goesOn is the earliest that anything of a campaign can go out, as far as times
// hold it up.
func goesOn(now time.Time, c domain.Campaign) time.Time {
	for _, t := range []time.Time{c.HeldUntil, c.WaitUntil, c.LimitUntil} {
		if t.After(now) {
			now = t
		}
	}
	return now
}

// near reports whether a real time is so close to the planned one that saying
// both would be noise.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }

// deliveryLook is how a delivery's status looks; its word is in the catalogues.
func deliveryLook(s domain.DeliveryStatus) (ui.Tone, string) {
	switch s {
	case domain.DeliverySending:
		return ui.Active, "pulse"
	case domain.DeliverySent:
		return ui.Ok, "check"
	case domain.DeliveryFailed:
		return ui.Bad, "circle-alert"
	case domain.DeliveryWaiting:
		return ui.Warn, "hourglass"
	case domain.DeliveryUncertain:
		return ui.Warn, "circle-question-mark"
	case domain.DeliveryCancelled:
		return ui.Neutral, "ban"
	case domain.DeliveryMissed:
		return ui.Neutral, "circle-slash"
	case domain.DeliverySkipped:
		return ui.Neutral, "skip-forward"
	}
	return ui.Neutral, "clock"
}

func roundLook(s domain.RoundStatus) (ui.Tone, string) {
	switch s {
	case domain.RoundOpen:
		return ui.Active, "pulse"
	case domain.RoundDone:
		return ui.Ok, "check"
	case domain.RoundMissed:
		return ui.Warn, "circle-slash"
	case domain.RoundCancelled:
		return ui.Neutral, "ban"
	}
	return ui.Neutral, "clock"
}

// mayCancel reports whether a delivery can still be taken out.
func mayCancel(d domain.Delivery) bool {
	return d.Status == domain.DeliveryPlanned || d.Status == domain.DeliveryWaiting
}

// with is an address with some of its query changed; an empty value goes.
func with(u *url.URL, pairs ...string) string {
	next := *u
	query := next.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Del(pairs[i])
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	next.RawQuery = query.Encode()
	return next.RequestURI()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// pages is how many pages a list of total rows has.
func pages(total, size int) int { return max(1, (total+size-1)/size) }

// pageOf is a page of a list, the last one where the list is shorter, and its
// number.
func pageOf[T any](all []T, page, size int) ([]T, int) {
	page = min(page, pages(len(all), size))
	from := (page - 1) * size
	return all[from:min(from+size, len(all))], page
}
