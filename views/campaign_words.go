package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// What the pages say of a campaign, for what is no page.

// Beginning is the first words of a message, on one line, of so many characters.
func Beginning(text string, most int) string { return beginning(text, most) }

// CampaignWords says where a campaign stands.
func CampaignWords(ctx context.Context, m Moment, c domain.Campaign) Said {
	return stand(ctx, m, c).said()
}

// DeliveryWords says where a delivery stands.
func DeliveryWords(ctx context.Context, p CampaignPage, d domain.Delivery) Said {
	s := deliveryWait(ctx, p, d).said()
	s.Word = locale.T(ctx, "delivery.status."+string(d.Status))
	return s
}

// RoundWords says where a round stands, and how late it has started.
func RoundWords(ctx context.Context, p CampaignPage, r domain.Round) Said {
	s := Said{Word: locale.T(ctx, "round.status."+string(r.Status))}
	if r.Status == domain.RoundOpen && p.Campaign.Status.Live() {
		s.Word = stand(ctx, p.Moment, p.Campaign).Word
	}
	if r.Late {
		s.Why = roundLate(ctx, r)
	}
	return s
}

// StartWords says when a campaign has started or will start, and EndWords when it has
// ended or will end.
func StartWords(ctx context.Context, now time.Time, c domain.Campaign) string {
	planned := locale.T(ctx, "campaign.planned_at", "When", locale.When(ctx, now, c.StartAt))
	at, real := campaignStarts(c)
	switch when := locale.When(ctx, now, at); {
	case unstarted(now, c):
		return aside(locale.T(ctx, "campaign.not_started"), planned)
	case !real:
		return aside(when, locale.T(ctx, "campaign.planned"))
	case !near(at, c.StartAt):
		return aside(when, planned)
	default:
		return when
	}
}

// EndWords is described at [StartWords].
func EndWords(ctx context.Context, now time.Time, c domain.Campaign) string {
	when := locale.When(ctx, now, c.PlannedEnd)
	planned := locale.T(ctx, "campaign.planned_at", "When", when)
	switch {
	case !c.FinishedAt.IsZero() && near(c.FinishedAt, c.PlannedEnd):
		return locale.When(ctx, now, c.FinishedAt)
	case !c.FinishedAt.IsZero():
		return aside(locale.When(ctx, now, c.FinishedAt), planned)
	case c.Status == domain.CampaignPaused:
		return locale.T(ctx, "campaign.after_resume")
	case behind(now, c):
		return aside(locale.T(ctx, "campaign.behind"), planned)
	}
	return aside(when, locale.T(ctx, "campaign.planned"))
}

func aside(said, more string) string { return said + " (" + more + ")" }

// ToComeWords says how many rounds are to come, and when; "" for none.
func ToComeWords(ctx context.Context, p CampaignPage) string {
	t := p.toCome()
	switch rounds := locale.N(ctx, "campaign.to_come.rounds", t.N); {
	case t.N <= 0:
		return ""
	case p.Campaign.Status == domain.CampaignPaused:
		return rounds + " " + locale.T(ctx, "campaign.to_come.after_resume")
	case t.First.IsZero():
		return locale.N(ctx, "campaign.to_come.never", t.N)
	default:
		next := "campaign.to_come.next"
		if t.Estimated {
			next = "campaign.to_come.after_open"
		}
		out := rounds + " " + locale.T(ctx, next) + " " + locale.When(ctx, p.Now, t.First)
		if t.N > 1 {
			out += " · " + locale.T(ctx, "campaign.to_come.last") + " " + locale.When(ctx, p.Now, t.Last)
		}
		return out
	}
}

// CampaignNotes say what needs a person's eye, a sentence or two each.
func CampaignNotes(ctx context.Context, p CampaignPage) (notes []string) {
	c := p.Campaign
	add := func(parts ...string) { notes = append(notes, strings.Join(parts, " ")) }
	if c.SumsWrong {
		add(locale.T(ctx, "campaign.note.sums"))
	}
	if c.Status == domain.CampaignPaused {
		add(pausedWords(ctx, p))
	}
	if c.Counts.Uncertain > 0 {
		add(locale.N(ctx, "campaign.note.uncertain_title", c.Counts.Uncertain)+".", locale.T(ctx, "campaign.note.uncertain"))
	}
	if c.Counts.Missed > 0 {
		advice := missedAdvice(ctx, p)
		if from := p.missedFrom(); !from.IsZero() {
			advice += " " + locale.When(ctx, p.Now, from)
		}
		add(locale.N(ctx, "campaign.note.missed_title", c.Counts.Missed)+".", advice)
	}
	if c.Counts.Skipped > 0 {
		add(locale.N(ctx, "campaign.note.skipped_title", c.Counts.Skipped)+".", locale.T(ctx, "campaign.note.skipped"))
	}
	return notes
}

// pausedWords say what the pause means and the way out of it.
func pausedWords(ctx context.Context, p CampaignPage) string {
	about := pausedAbout(p.Campaign.Reason)
	if !p.mayChange(p.Campaign) && about != pausedByPerson {
		return locale.T(ctx, "campaign.paused.other")
	}
	said := locale.T(ctx, "campaign.paused."+about)
	if n := p.Campaign.RecentFailed; n > 0 && about == pausedByMany {
		said = locale.N(ctx, "campaign.paused.failed", n) + " " + said
	}
	return said
}

// MayLet reports whether who looks may let something of the campaign go out.
func (m Moment) MayLet(c domain.Campaign) bool { return m.mayLet(c) }

// NumberGone reports whether a paused campaign cannot go on any more.
func NumberGone(c domain.Campaign) bool { return numberGone(c) }

// Failed are the rounds of which messages have failed that can be sent again, and
// Missed those that can be sent now after all; newest first.
func (p CampaignPage) Failed() (rs []domain.Round) {
	for _, r := range p.Rounds {
		if r.Counts.Failed > 0 && p.Campaign.Status != domain.CampaignCancelled && p.mayLet(p.Campaign) {
			rs = append(rs, r)
		}
	}
	return rs
}

// Missed is described at [CampaignPage.Failed].
func (p CampaignPage) Missed() []domain.Round {
	if !p.maySendMissed() || !p.mayLet(p.Campaign) {
		return nil
	}
	return p.missed()
}

// MayTakeOut reports whether who looks may take a delivery out.
func (p CampaignPage) MayTakeOut(d domain.Delivery) bool { return p.mayPick(d) }

// AskCancel is the question before a campaign is cancelled.
func AskCancel(ctx context.Context, c domain.Campaign) ui.Question { return askCancel(ctx, c) }

// AskStart is the question before a scheduled campaign starts earlier.
func AskStart(ctx context.Context, now time.Time, c domain.Campaign) ui.Question {
	return askStart(ctx, now, c)
}

// AskMissed is the question before a missed round is sent after all.
func AskMissed(ctx context.Context, c domain.Campaign, round int) ui.Question {
	return askMissed(ctx, c, round)
}

// AskRetry is the question before what has failed of a round is sent again.
func AskRetry(ctx context.Context, p CampaignPage, r domain.Round) ui.Question {
	return askRetry(ctx, p, r)
}
