package bot

import (
	"context"
	"math"
	"slices"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// acted tells what became of an act, and shows the campaign as it is by now: one that
// is not possible any more says so.
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

// already is how a campaign stands that an act has changed, and the words for it.
type already struct {
	is   func(views.CampaignPage) bool
	said string
}

// Acts that are done: pressed twice, or by a process that has ended in the middle.
var (
	pausedAlready    = already{func(p views.CampaignPage) bool { return p.Campaign.Status == domain.CampaignPaused }, "error.campaign.paused"}
	cancelledAlready = already{func(p views.CampaignPage) bool { return p.Campaign.Status == domain.CampaignCancelled }, "error.campaign.cancelled"}
	goesOnAlready    = already{func(p views.CampaignPage) bool {
		return p.Campaign.Status != domain.CampaignPaused && p.Campaign.Status.Live()
	}, "bot.campaign.goes_on"}
	startedAlready = already{func(p views.CampaignPage) bool { return p.Campaign.Status == domain.CampaignRunning }, "bot.campaign.has_started"}
)

// resentAlready is a round of which nothing has failed any more.
func resentAlready(number int) already {
	return already{func(p views.CampaignPage) bool {
		return slices.ContainsFunc(p.Rounds, func(r domain.Round) bool { return r.Number == number && r.Counts.Failed == 0 })
	}, "bot.campaign.resent"}
}

// openAlready is a round that is going out.
func openAlready(number int) already {
	return already{func(p views.CampaignPage) bool {
		return slices.ContainsFunc(p.Rounds, func(r domain.Round) bool { return r.Number == number && r.Status == domain.RoundOpen })
	}, "flash.campaign.missed_sent"}
}

// actedOnce is acted, of an act that is no mistake where it is done already.
func (t *turn) actedOnce(id int64, done string, so already, err error) error {
	if !domain.IsCode(err, domain.Conflict) {
		return t.acted(id, done, err)
	}
	p, failed := t.campaignPage(id)
	switch {
	case failed != nil:
		return failed
	case so.is(p):
		return t.acted(id, t.T(so.said), nil)
	}
	return t.acted(id, done, err)
}

// do does something to a campaign.
func (t *turn) do(id int64, done string, so already, act func(context.Context, domain.Actor, int64) (domain.Campaign, error)) error {
	_, err := act(t.ctx, t.actor, id)
	return t.actedOnce(id, t.T(done), so, err)
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
	return t.do(args[0], "flash.campaign.now_paused", pausedAlready, t.Campaigns.Pause)
}

func (t *turn) resumeCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.resumed", goesOnAlready, t.Campaigns.Resume)
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
		return t.actedOnce(c.ID, "", startedAlready, domain.E(domain.Conflict, "campaign.started"))
	}
	return t.asked(c.ID, views.AskStart(t.ctx, t.now(), c), "c.start.yes")
}

func (t *turn) startCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.now_started", startedAlready, t.Campaigns.Start)
}

func (t *turn) askCancel(args []int64) error {
	c, err := t.own(args[0])
	if err != nil {
		return err
	}
	if !c.Cancellable() {
		return t.actedOnce(c.ID, "", cancelledAlready, domain.E(domain.Conflict, "campaign.ended"))
	}
	return t.asked(c.ID, views.AskCancel(t.ctx, c), "c.cancel.yes")
}

func (t *turn) cancelCampaign(args []int64) error {
	return t.do(args[0], "flash.campaign.now_cancelled", cancelledAlready, t.Campaigns.Cancel)
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
	return t.actedOnce(args[0], "", resentAlready(roundOf(args[1])), domain.E(domain.Conflict, "campaign.none_failed"))
}

func (t *turn) retryFailed(args []int64) error {
	r, err := t.Campaigns.RetryFailed(t.ctx, t.actor, args[0], roundOf(args[1]))
	done := "flash.campaign.retried"
	if r.Left > 0 {
		done = "flash.campaign.retried_some"
	}
	return t.actedOnce(args[0], t.T(done), resentAlready(roundOf(args[1])), err)
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
	return t.actedOnce(args[0], "", openAlready(roundOf(args[1])), domain.E(domain.Conflict, "campaign.round_not_missed"))
}

func (t *turn) sendMissed(args []int64) error {
	_, err := t.Campaigns.SendMissed(t.ctx, t.actor, args[0], roundOf(args[1]))
	return t.actedOnce(args[0], t.T("flash.campaign.missed_sent"), openAlready(roundOf(args[1])), err)
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

// repeatCampaign begins an order like it; one that is unfinished is not lost for that.
func (t *turn) repeatCampaign(args []int64) error { return t.repeat(args[0], 0) }

// repeatInstead does so in the place of the order with that key.
func (t *turn) repeatInstead(args []int64) error { return t.repeat(args[0], args[1]) }

func (t *turn) repeat(id, instead int64) error {
	c, err := t.own(id)
	if err != nil {
		return err
	}
	why, err := t.cannotSend()
	if err != nil {
		return err
	}
	if why != nil {
		if err := t.await(""); err != nil { // what he writes next is no answer to an older question
			return err
		}
		return t.show(*why)
	}
	k, err := t.conversation()
	if err != nil {
		return err
	}
	again := order{
		Catalog: c.CatalogID, Account: c.AccountID, Text: c.Text, Formats: c.Formats, Rounds: c.Rounds, Interval: c.Interval,
	}
	switch left := k.Order; {
	case left.empty(), left.Key == instead:
		return t.beginWith(again)
	case left.Timed && left.mark() == again.mark(): // it is that repeat, and nothing was changed
		return t.goOn(left)
	default:
		return t.askResume(left, press("🗑 "+t.T("bot.send.resume_repeat", "ID", id), "c.repeat.yes", id, left.Key), t.toCampaign(id))
	}
}
