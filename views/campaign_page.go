package views

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// DeliveriesPageSize is how many deliveries one page shows.
const DeliveriesPageSize = 50

// roundsShown is how many rounds stand in the open; older ones are folded.
const roundsShown = 10

// AllRounds is the value of the round filter that shows every round.
const AllRounds = "all"

// CampaignPage is one campaign with its rounds and one page of its deliveries.
type CampaignPage struct {
	Now        time.Time
	Campaign   domain.Campaign
	Rounds     []domain.Round // opened or missed, newest first
	Deliveries []domain.Delivery
	Total      int // deliveries behind the filter
	Page       int
	Filter     domain.DeliveryFilter
	URL        *url.URL // with the filters
	Latest     int      // the latest round when the page was made
}

// NewRound reports whether a round has opened that the page does not show. It is
// announced only: rows keep still while they are read. Those of earlier rounds
// are closed by then.
func (p CampaignPage) NewRound() bool { return p.Latest != 0 && p.Campaign.Round > p.Latest }

// LiveURL is the address of the page's stream: the filters, the round that is
// shown, and the latest one there is.
func (p CampaignPage) LiveURL() string {
	u := *p.URL
	u.Path = CampaignURL(p.Campaign.ID) + "/live"
	round := AllRounds
	if p.Filter.Round != 0 {
		round = strconv.Itoa(p.Filter.Round)
	}
	return with(&u, "round", round, "latest", strconv.Itoa(p.Campaign.Round))
}

// selectable reports whether any row can be ticked.
func (p CampaignPage) selectable() bool {
	for _, d := range p.Deliveries {
		if mayCancel(d) {
			return true
		}
	}
	return false
}

// toCome are the rounds that have not been opened: how many, and when the first
// of them is planned. Times beyond a round that is still open are estimates.
type toCome struct {
	N         int
	First     time.Time
	Last      time.Time
	Estimated bool
}

func (p CampaignPage) toCome() toCome {
	c := p.Campaign
	t := toCome{N: c.Rounds - c.Round}
	if t.N <= 0 || !c.Status.Live() {
		return t
	}
	t.First = c.NextDueAt
	if t.First.IsZero() && len(p.Rounds) > 0 {
		closes := p.Now // at the earliest
		if c.HeldUntil.After(closes) {
			closes = c.HeldUntil
		}
		t.First, t.Estimated = domain.AfterRound(p.Rounds[0].OpenedAt, c.Interval, closes), true
	}
	t.Last = t.First.Add(time.Duration(t.N-1) * c.Interval)
	return t
}

func roundOptions(ctx context.Context, p CampaignPage) []ui.Option {
	out := []ui.Option{{Value: AllRounds, Label: locale.T(ctx, "campaign.filter.any_round")}}
	for _, r := range p.Rounds {
		out = append(out, ui.Option{Value: strconv.Itoa(r.Number), Label: locale.T(ctx, "campaign.round", "Number", r.Number)})
	}
	return out
}

func roundValue(p CampaignPage) string {
	if p.Filter.Round == 0 {
		return AllRounds
	}
	return strconv.Itoa(p.Filter.Round)
}

func deliveryStatusOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.filter.any_status")}}
	for _, s := range domain.DeliveryStatuses {
		out = append(out, ui.Option{Value: string(s), Label: locale.T(ctx, "delivery.status."+string(s))})
	}
	return out
}

// askCancel is the question before a campaign is cancelled: what it is, what
// will not go out, and what ends by itself.
func askCancel(ctx context.Context, c domain.Campaign) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "campaign.cancel.title", "Name", campaignName(ctx, c)),
		Text:  locale.N(ctx, "campaign.cancel.text", c.Counts.Open()) + " " + locale.T(ctx, "campaign.cancel.in_flight"),
		Yes:   locale.T(ctx, "campaign.cancel.yes"),
	}
}

func askCancelDeliveries(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "delivery.cancel.title"),
		Text:  locale.T(ctx, "delivery.cancel.text"),
		Yes:   locale.T(ctx, "delivery.cancel.yes"),
	}
}

func deliveryColumns(ctx context.Context, p CampaignPage) []ui.Column {
	cols := []ui.Column{{Label: locale.T(ctx, "delivery.col.peer")}}
	if p.Filter.Round == 0 {
		cols = append(cols, ui.Column{Label: locale.T(ctx, "campaign.col.round"), Narrow: true})
	}
	return append(cols,
		ui.Column{Label: locale.T(ctx, "campaign.col.status")},
		ui.Column{Label: locale.T(ctx, "delivery.col.time")},
		ui.Column{Label: locale.T(ctx, "delivery.col.reason")},
		ui.Column{Label: locale.T(ctx, "delivery.col.attempts"), Narrow: true},
		ui.Column{Action: true},
	)
}

// deliveryReason says why a delivery stands where it does. What waits for a
// given time has its countdown beside it.
func deliveryReason(ctx context.Context, d domain.Delivery) string {
	switch {
	case d.Status == domain.DeliverySent:
		return ""
	case d.Status == domain.DeliveryUncertain:
		return locale.T(ctx, "delivery.why.uncertain", "Reason", Reason(ctx, d.Reason))
	case d.Status == domain.DeliveryWaiting && isFloodWait(d.Reason):
		return locale.T(ctx, "delivery.why.flood_wait")
	case d.Reason == "" && d.Status == domain.DeliverySkipped:
		return locale.T(ctx, "delivery.why.skipped")
	case d.Reason == "" && d.Status == domain.DeliveryMissed:
		return locale.T(ctx, "delivery.why.missed")
	case d.Status == domain.DeliveryCancelled:
		return ""
	}
	return Reason(ctx, d.Reason)
}

// sumSign is what stands before a figure of the sum: = first, + after.
func sumSign(i int) string {
	if i == 0 {
		return "="
	}
	return "+"
}
