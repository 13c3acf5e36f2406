package domain

import (
	"context"
	"time"
)

// WrongSum is a campaign, or one of its rounds, whose counters say something
// else than its deliveries.
type WrongSum struct {
	OrganizationID, CampaignID int64
	Round                      int // 0: the campaign as a whole
	Counted, Real              Counts
}

// SumChecker holds counters against what they count.
type SumChecker interface {
	// CheckSums compares the campaigns, of all organizations, that are live or
	// ended at or after since, and those that were wrong before. What is wrong is
	// marked at the campaign, told to the service in a notice once, and answered;
	// what is right again loses its mark. Nothing is mended.
	CheckSums(ctx context.Context, since, now time.Time) ([]WrongSum, error)
}

// WrongSums compares a campaign's counters and those of its rounds with found,
// which is what their deliveries say. A missed round has no deliveries: all its
// peers are missed. Those of the rounds to come are open, or cancelled with their
// campaign; when it is done none is to come.
func WrongSums(c Campaign, rounds []Round, found map[int]Counts) []WrongSum {
	var wrong []WrongSum
	compare := func(round int, counted, real Counts) {
		if counted != real {
			wrong = append(wrong, WrongSum{
				OrganizationID: c.OrganizationID, CampaignID: c.ID, Round: round, Counted: counted, Real: real,
			})
		}
	}
	var all Counts
	for _, r := range rounds {
		real := found[r.Number]
		if r.Status == RoundMissed {
			real = real.Plus(Counts{Planned: c.Peers, Missed: c.Peers})
		}
		compare(r.Number, r.Counts, real)
		all = all.Plus(real)
	}
	toCome := (c.Rounds - c.Round) * c.Peers
	switch {
	case c.Status == CampaignCancelled:
		all = all.Plus(Counts{Planned: toCome, Cancelled: toCome})
	case c.Status.Live():
		all.Planned += toCome
	}
	compare(0, c.Counts, all)
	return wrong
}

// Plus adds two counts up.
func (c Counts) Plus(d Counts) Counts {
	return Counts{
		Planned: c.Planned + d.Planned, Sent: c.Sent + d.Sent, Failed: c.Failed + d.Failed, Cancelled: c.Cancelled + d.Cancelled,
		Missed: c.Missed + d.Missed, Skipped: c.Skipped + d.Skipped, Uncertain: c.Uncertain + d.Uncertain,
	}
}
