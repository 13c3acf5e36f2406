package views

import (
	"context"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// askCancel is the question before a campaign is cancelled: what it is, what
// will not go out, and what ends by itself.
func askCancel(ctx context.Context, c domain.Campaign) ui.Question {
	text := locale.N(ctx, "campaign.cancel.uncertain", c.Counts.Uncertain)
	if c.Status.Live() {
		text = locale.N(ctx, "campaign.cancel.text", c.Counts.Open()) + " " + locale.T(ctx, "campaign.cancel.in_flight")
	}
	return ui.Question{
		Title: locale.T(ctx, "campaign.cancel.title", "Name", campaignName(ctx, c)),
		Text:  text,
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

// askStart is the question before a scheduled campaign starts earlier.
func askStart(ctx context.Context, now time.Time, c domain.Campaign) ui.Question {
	text := locale.T(ctx, "campaign.start.text", "When", locale.When(ctx, now, c.NextDueAt))
	if opens := c.Hours.Next(now); opens.After(now) {
		text = locale.T(ctx, "campaign.start.quiet", "When", locale.When(ctx, now, opens))
	}
	return ui.Question{
		Title: locale.T(ctx, "campaign.start.title", "Name", campaignName(ctx, c)),
		Text:  text,
		Yes:   locale.T(ctx, "campaign.start.button"),
		Mild:  true,
	}
}

// askMissed is the question before a missed round is sent after all.
func askMissed(ctx context.Context, c domain.Campaign, round int) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "campaign.missed.title", "Number", round),
		Text:  locale.N(ctx, "campaign.missed.text", c.Peers),
		Yes:   locale.T(ctx, "campaign.missed.button"),
		Mild:  true,
	}
}

// askRetry is the question before what has failed of a round is sent again.
func askRetry(ctx context.Context, p CampaignPage, r domain.Round) ui.Question {
	text := locale.T(ctx, "campaign.retry.text")
	if p.earlier(r) {
		text += " " + locale.T(ctx, "campaign.retry.earlier", "Interval", p.Campaign.Spacing())
	}
	return ui.Question{
		Title: locale.N(ctx, "campaign.retry.title", r.Counts.Failed, "Number", r.Number),
		Text:  text,
		Yes:   locale.T(ctx, "campaign.retry.yes"),
		Mild:  true,
	}
}
