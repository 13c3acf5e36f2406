package handlers

import (
	"context"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

func (h *Handlers) campaignStart(q *Request) error {
	return campaignAct(q, "campaign.now_started", h.Campaigns.Start)
}

func (h *Handlers) campaignPause(q *Request) error {
	return campaignAct(q, "campaign.now_paused", h.Campaigns.Pause)
}

func (h *Handlers) campaignResume(q *Request) error {
	return campaignAct(q, "campaign.resumed", h.Campaigns.Resume)
}

func (h *Handlers) campaignCancel(q *Request) error {
	return campaignAct(q, "campaign.now_cancelled", h.Campaigns.Cancel)
}

func (h *Handlers) campaignSendMissed(q *Request) error {
	round, err := q.round()
	if err != nil {
		return err
	}
	return campaignAct(q, "campaign.missed_sent", func(ctx context.Context, a domain.Actor, id int64) (domain.Campaign, error) {
		return h.Campaigns.SendMissed(ctx, a, id, round)
	})
}

// campaignRetry says so when some of it has to wait.
func (h *Handlers) campaignRetry(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	round, err := q.round()
	if err != nil {
		return err
	}
	r, err := h.Campaigns.RetryFailed(q.Ctx(), q.Actor, id, round)
	done := "campaign.retried"
	if r.Left > 0 {
		done = "campaign.retried_some"
	}
	return q.done(err, done, views.CampaignURL(id))
}

// round is the round of the address, which may be none of the campaign's.
func (q *Request) round() (int, error) {
	n, err := q.ID("round")
	return int(min(n, domain.MaxRounds+1)), err
}

// campaignLook says so when nothing is uncertain any more.
func (h *Handlers) campaignLook(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	n, err := h.Campaigns.LookAgain(q.Ctx(), q.Actor, id)
	if err == nil && n == 0 {
		q.Flash(ui.Info, "campaign.looked")
		return q.Go(views.CampaignURL(id))
	}
	return q.done(err, "campaign.looking", views.CampaignURL(id))
}

// campaignAct does something to a campaign and goes back to where it was asked
// for: its page or the list. When the state has moved on meanwhile that says so.
func campaignAct[T any](q *Request, done string, do func(context.Context, domain.Actor, int64) (T, error)) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	to := q.back(views.CampaignURL(id))
	if path, _, _ := strings.Cut(to, "?"); path != string(views.NavCampaigns) {
		to = views.CampaignURL(id)
	}
	_, err = do(q.Ctx(), q.Actor, id)
	return q.done(err, done, to)
}
