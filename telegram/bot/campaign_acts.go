package bot

import (
	"context"
	"math"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// acted tells what became of an act, and shows the campaign as it is by now: one that
// somebody has done already, or that is not possible any more, says so.
func (t *turn) acted(id int64, done string, err error) error {
	switch {
	case err == nil:
		err = t.note(done)
	case domain.IsCode(err, domain.Conflict), domain.IsCode(err, domain.Forbidden):
		t.fail(err)
		err = nil
	}
	if err != nil {
		return err
	}
	return t.showCampaign(id)
}

// do does something to a campaign.
func (t *turn) do(id int64, done string, act func(context.Context, domain.Actor, int64) (domain.Campaign, error)) error {
	_, err := act(t.ctx, t.actor, id)
	return t.acted(id, t.T(done), err)
}

// asked shows the question before an act; no leads back to the campaign.
func (t *turn) asked(id int64, q ui.Question, yes string, args ...int64) error {
	s := screen{text: "<b>" + esc(q.Title) + "</b>\n\n" + esc(q.Text)}
	s.rows = append(s.rows, row(press(q.Yes, yes, append([]int64{id}, args...)...)), row(press(t.T("ask.no"), "c", id)))
	return t.show(s)
}

// own is a campaign that he may change.
func (t *turn) own(id int64) (domain.Campaign, error) {
	return t.Campaigns.Store.Campaign(t.ctx, t.actor.Scope(), id)
}

// ownPage is one with its rounds.
func (t *turn) ownPage(id int64) (views.CampaignPage, error) {
	if _, err := t.own(id); err != nil {
		return views.CampaignPage{}, err
	}
	return t.campaignPage(id)
}

func (t *turn) pauseCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.now_paused", t.Campaigns.Pause)
}

func (t *turn) resumeCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.resumed", t.Campaigns.Resume)
}

func (t *turn) askStartNow(args []int64) error {
	c, err := t.own(args[0])
	if err != nil {
		return err
	}
	switch {
	case t.actor.User.ReadOnly:
		return t.acted(c.ID, "", domain.E(domain.Forbidden, "campaign.read_only"))
	case c.Status == domain.CampaignPaused:
		return t.acted(c.ID, "", domain.E(domain.Conflict, "campaign.paused"))
	case !c.Status.Live():
		return t.acted(c.ID, "", domain.E(domain.Conflict, "campaign.ended"))
	case c.Status != domain.CampaignScheduled:
		return t.acted(c.ID, "", domain.E(domain.Conflict, "campaign.started"))
	}
	return t.asked(c.ID, views.AskStart(t.ctx, t.now(), c), "c.start.yes")
}

func (t *turn) startCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.now_started", t.Campaigns.Start)
}

func (t *turn) askCancel(args []int64) error {
	c, err := t.own(args[0])
	if err != nil {
		return err
	}
	if !c.Cancellable() {
		return t.acted(c.ID, "", domain.E(domain.Conflict, "campaign.ended"))
	}
	return t.asked(c.ID, views.AskCancel(t.ctx, c), "c.cancel.yes")
}

func (t *turn) cancelCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.now_cancelled", t.Campaigns.Cancel)
}

// roundOf is a round of a button, which may be none of the campaign's.
func roundOf(n int64) int {
	if n < 1 || n > domain.MaxRounds {
		return math.MaxInt16
	}
	return int(n)
}

func (t *turn) askRetry(args []int64) error {
	p, err := t.ownPage(args[0])
	if err != nil {
		return err
	}
	for _, r := range p.Failed() {
		if r.Number == roundOf(args[1]) {
			return t.asked(args[0], views.AskRetry(t.ctx, p, r), "c.retry.yes", args[1])
		}
	}
	return t.acted(args[0], "", domain.E(domain.Conflict, "campaign.none_failed"))
}

func (t *turn) retryFailed(args []int64) error {
	r, err := t.Campaigns.RetryFailed(t.ctx, t.actor, args[0], roundOf(args[1]))
	done := "flash.campaign.retried"
	if r.Left > 0 {
		done = "flash.campaign.retried_some"
	}
	return t.acted(args[0], t.T(done), err)
}

func (t *turn) askMissed(args []int64) error {
	p, err := t.ownPage(args[0])
	if err != nil {
		return err
	}
	for _, r := range p.Missed() {
		if r.Number == roundOf(args[1]) {
			return t.asked(args[0], views.AskMissed(t.ctx, p.Campaign, r.Number), "c.missed.yes", args[1])
		}
	}
	return t.acted(args[0], "", domain.E(domain.Conflict, "campaign.round_not_missed"))
}

func (t *turn) sendMissed(args []int64) error {
	_, err := t.Campaigns.SendMissed(t.ctx, t.actor, args[0], roundOf(args[1]))
	return t.acted(args[0], t.T("flash.campaign.missed_sent"), err)
}

// lookAgain looks for uncertain messages at once.
func (t *turn) lookAgain(args []int64) error {
	n, err := t.Campaigns.LookAgain(t.ctx, t.actor, args[0])
	done := "flash.campaign.looking"
	if n == 0 {
		done = "flash.campaign.looked"
	}
	return t.acted(args[0], t.T(done), err)
}

// repeatCampaign begins an order like it.
func (t *turn) repeatCampaign(args []int64) error {
	c, err := t.own(args[0])
	if err != nil {
		return err
	}
	return t.beginWith(order{
		Catalog: c.CatalogID, Account: c.AccountID, Text: c.Text, Formats: c.Formats, Rounds: c.Rounds, Interval: c.Interval,
	})
}
