package views

import (
	"context"
	"time"

	"postix/domain"
)

// WarningWords is the sentence of something to know before a campaign is ordered.
func WarningWords(ctx context.Context, w domain.Warning) string { return warningText(ctx, w) }

// IntervalPresets are the intervals one tap away in an organization with that least
// one, which stands first.
func IntervalPresets(least time.Duration) []time.Duration {
	return CampaignForm{MinInterval: least}.presets()
}

// ZoneWords says whose time is meant: that of the reader's zone.
func ZoneWords(ctx context.Context, now time.Time) string { return zoneName(ctx, now) }
