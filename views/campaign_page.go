package views

import (
	"context"
	"net/url"
	"slices"
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
	Moment
	Campaign   domain.Campaign
	Texts      []domain.Text  // newest first, when there are several
	Rounds     []domain.Round // opened or missed, newest first
	Deliveries []domain.Delivery
	Total      int // deliveries behind the filter
	Page       int
	Filter     domain.DeliveryFilter
	URL        *url.URL // with the filters
	Latest     int      // the number of Opened when the page was made
}

// Opened is the round that was opened last: usually the one with the highest
// number, but a missed one may be sent later. The zero round when none was.
func (p CampaignPage) Opened() (last domain.Round) {
	for _, r := range p.Rounds {
		if r.OpenedAt.After(last.OpenedAt) {
			last = r
		}
	}
	return last
}

// NewRound reports whether a round has opened that the page does not show. It is
// announced only: rows keep still while they are read. Those of other rounds are
// closed by then.
func (p CampaignPage) NewRound() bool { return p.Latest != 0 && p.Opened().Number != p.Latest }

// LiveURL is the address of the page's stream: the filters, the round that is
// shown, and the latest one there is.
func (p CampaignPage) LiveURL() string {
	u := *p.URL
	u.Path = CampaignURL(p.Campaign.ID) + "/live"
	round := AllRounds
	if p.Filter.Round != 0 {
		round = strconv.Itoa(p.Filter.Round)
	}
	return with(&u, "round", round, "latest", strconv.Itoa(p.Opened().Number))
}

// selectable reports whether any row can be ticked.
func (p CampaignPage) selectable() bool {
	for _, d := range p.Deliveries {
		if p.mayPick(d) {
			return true
		}
	}
	return false
}

// mayPick reports whether the reader may take a delivery out.
func (p CampaignPage) mayPick(d domain.Delivery) bool {
	return mayCancel(d) && p.mayChange(p.Campaign)
}

// toCome are the rounds that have not been opened: how many, and when the first
// of them can begin to go out. Times beyond a round that is still open are estimates.
type toCome struct {
	N         int
	First     time.Time
	Last      time.Time
	Estimated bool
}

func (p CampaignPage) toCome() toCome {
	c := p.Campaign
	t := toCome{N: c.Rounds - c.Round}
	if numberGone(c) {
		return toCome{}
	}
	if t.N <= 0 || !c.Status.Live() {
		return t
	}
	t.First = c.NextDueAt
	if t.First.IsZero() && len(p.Rounds) > 0 {
		t.First, t.Estimated = domain.AfterRound(c.AfterAt, goesOn(p.Now, c), c.Hours), true // at the earliest
	} else if on := goesOn(p.Now, c); on.After(p.Now) && t.First.Before(on) {
		t.First = c.Hours.Next(on)
	}
	c.NextDueAt = t.First
	t.Last = c.PlannedAt(c.Rounds)
	return t
}

// missed are the rounds that have missed their time, newest first.
func (p CampaignPage) missed() (rs []domain.Round) {
	for _, r := range p.Rounds {
		if r.Status == domain.RoundMissed {
			rs = append(rs, r)
		}
	}
	return rs
}

// retryable is how many messages of the round that was opened last have failed
// and can be sent again.
func (p CampaignPage) retryable() int {
	if p.Campaign.Status == domain.CampaignCancelled {
		return 0
	}
	return p.Opened().Counts.Failed
}

// failedEarlier are the other rounds of which messages have failed and can be sent
// again, newest first.
func (p CampaignPage) failedEarlier() (rs []domain.Round) {
	for _, r := range p.Rounds {
		if r.Counts.Failed > 0 && p.earlier(r) && p.Campaign.Status != domain.CampaignCancelled {
			rs = append(rs, r)
		}
	}
	return rs
}

// earlier reports whether a round is another than the one that was opened last.
func (p CampaignPage) earlier(r domain.Round) bool { return r.Number != p.Opened().Number }

// pausedOfFailure reports whether the program has paused the campaign, because
// of what failed.
func (p CampaignPage) pausedOfFailure() bool {
	about := pausedAbout(p.Campaign.Reason)
	return p.Campaign.Status == domain.CampaignPaused && (about == pausedByMany || about == pausedByText)
}

// missedIdle reports whether nothing but the time stands in the way of a missed
// round: they go one at a time, and not of a campaign that is held back.
func (p CampaignPage) missedIdle() bool {
	return p.Campaign.Status != domain.CampaignCancelled && p.Campaign.Status != domain.CampaignPaused &&
		!slices.ContainsFunc(p.Rounds, func(r domain.Round) bool { return r.Status == domain.RoundOpen })
}

// maySendMissed reports whether a missed round can be sent now.
func (p CampaignPage) maySendMissed() bool {
	return p.missedIdle() && p.Campaign.MissedFrom(p.Now).IsZero()
}

// missedFrom is when a missed round can be sent: the zero time when that is now,
// or depends on something else, as on the next round that will be open by then.
func (p CampaignPage) missedFrom() time.Time {
	from := p.Campaign.MissedFrom(p.Now)
	if next := p.Campaign.NextDueAt; !p.missedIdle() || !next.IsZero() && !next.After(from) {
		return time.Time{}
	}
	return from
}

// missedAdvice is what can be done about the missed rounds.
func missedAdvice(ctx context.Context, p CampaignPage) string {
	switch {
	case p.maySendMissed():
		return locale.T(ctx, "campaign.missed.may")
	case !p.missedFrom().IsZero():
		return locale.T(ctx, "campaign.missed.later")
	case p.Campaign.Status == domain.CampaignPaused:
		return locale.T(ctx, "campaign.missed.after_pause")
	case p.Campaign.Status == domain.CampaignCancelled:
		return locale.T(ctx, "campaign.missed.cancelled")
	case p.Campaign.Round < p.Campaign.Rounds:
		return locale.T(ctx, "campaign.missed.after_rounds")
	}
	return locale.T(ctx, "campaign.missed.after_round")
}

// What a paused campaign waits for, as the notes about it are called.
const (
	pausedByPerson = "person"
	pausedByMany   = "many"
	pausedByText   = "text"
	pausedByBlock  = "block"
	pausedByReader = "reader"
	pausedByGone   = "gone"
)

func pausedAbout(code string) string {
	switch act, _, _ := domain.AnswerTo(code); {
	case code == domain.CodePerson:
		return pausedByPerson
	case code == domain.CodeUserBlocked || code == domain.CodeOrgBlocked:
		return pausedByBlock
	case code == domain.CodeReadOnly:
		return pausedByReader
	case code == domain.CodeNumberGone:
		return pausedByGone
	case act == domain.ActFailCampaign:
		return pausedByText
	}
	return pausedByMany
}

// numberGone reports whether a paused campaign cannot go on any more.
func numberGone(c domain.Campaign) bool {
	return c.Status == domain.CampaignPaused && c.Reason == domain.CodeNumberGone
}

func pausedTone(about string) ui.Tone {
	if about == pausedByPerson {
		return ui.Info
	}
	return ui.Warn
}

// roundLate says how late a round has started: in whole minutes from one on.
func roundLate(ctx context.Context, r domain.Round) string {
	late := r.OpenedAt.Sub(r.PlannedAt)
	if late >= time.Minute {
		late = late.Truncate(time.Minute)
	}
	return locale.T(ctx, "round.late_by", "Late", late)
}

// roundEnd is when a round ended; zero for one that never began.
func roundEnd(r domain.Round) time.Time {
	if r.OpenedAt.IsZero() {
		return time.Time{}
	}
	return r.ClosedAt
}

func retryURL(id int64, round int) string {
	return CampaignURL(id) + "/rounds/" + strconv.Itoa(round) + "/retry"
}

func missedURL(id int64, round int) string {
	return CampaignURL(id) + "/rounds/" + strconv.Itoa(round) + "/send"
}

// failedURL shows what has failed of a round, which is its number or AllRounds.
func failedURL(id int64, round string) string {
	return CampaignURL(id) + "?round=" + round + "&status=" + string(domain.DeliveryFailed) + "#deliveries"
}

func repeatURL(id int64) string { return string(NavCampaignNew) + "?repeat=" + itoa(id) }

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

// sumSign is what stands before a figure of the sum: = first, + after.
func sumSign(i int) string {
	if i == 0 {
		return "="
	}
	return "+"
}
