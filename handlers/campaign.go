package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// maxPicked is how many deliveries one request may cancel.
const maxPicked = 5000

func (h *Handlers) campaign(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p, err := h.campaignPage(q, id)
	if err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.CampaignDeliveries(p), views.Campaign(p))
}

// campaignPage reads a campaign with the deliveries that the query asks for.
// Without a round in it these are those of the one that was opened last.
func (h *Handlers) campaignPage(q *Request, id int64) (p views.CampaignPage, err error) {
	p = views.CampaignPage{Page: q.Page(), URL: q.Context.Request.URL}
	ctx, sight := q.Ctx(), q.Actor.Sight()
	if p.Campaign, err = h.Campaigns.Store.Campaign(ctx, sight, id); err != nil {
		return p, err
	}
	if p.Moment, err = h.campaignMoment(q, p.Campaign); err != nil {
		return p, err
	}
	if p.Rounds, err = h.Campaigns.Store.Rounds(ctx, sight, id); err != nil {
		return p, err
	}
	if p.Campaign.Texts > 1 {
		if p.Texts, err = h.Campaigns.Store.Texts(ctx, sight, id); err != nil {
			return p, err
		}
	}
	p.Filter = domain.DeliveryFilter{
		Round:  int(min(q.FormID("round"), domain.MaxRounds)),
		Status: domain.DeliveryStatus(q.Query("status")),
		Search: q.words("search"),
		Limit:  views.DeliveriesPageSize,
		Offset: (p.Page - 1) * views.DeliveriesPageSize,
	}
	if p.Filter.Round == 0 && q.Query("round") != views.AllRounds {
		p.Filter.Round = p.Opened().Number
	}
	if !slices.Contains(domain.DeliveryStatuses, p.Filter.Status) {
		p.Filter.Status = ""
	}
	p.Latest = p.Opened().Number
	p.Deliveries, p.Total, err = h.Campaigns.Store.Deliveries(ctx, sight, id, p.Filter)
	return p, err
}

// campaignMoment adds the caps of the campaign's account to what holds now.
func (h *Handlers) campaignMoment(q *Request, c domain.Campaign) (views.Moment, error) {
	m, err := h.moment(q)
	if err != nil || !c.LimitUntil.After(m.Now) {
		return m, err
	}
	acc, err := h.Accounts.Store.Account(q.Ctx(), q.Actor.Sight(), c.AccountID)
	if domain.IsCode(err, domain.NotFound) {
		return m, nil // of a colleague's account only the campaign is shown
	}
	pace := q.Actor.Organization.Pace
	m.PerHour, _ = domain.Warming(pace.PerHour, acc.WarmAt, m.Now)
	m.PerDay, _ = domain.Warming(pace.PerDay, acc.WarmAt, m.Now)
	return m, err
}

// campaignLive renews the page of one campaign.
func (h *Handlers) campaignLive(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if _, err := h.campaignPage(q, id); err != nil {
		return err // a 404 must not come as a stream
	}
	patch, latest := newPatch(), int(min(q.FormID("latest"), domain.MaxRounds))
	return q.Live(func() (templ.Component, error) {
		p, err := h.campaignPage(q, id)
		if err != nil {
			return nil, err
		}
		at := *p.URL
		at.Path = views.CampaignURL(id)
		p.URL = &at
		if latest == 0 {
			latest = p.Opened().Number
		}
		p.Latest = latest
		return campaignPicture(q, patch, p)
	})
}

func campaignPicture(q *Request, patch *patch, p views.CampaignPage) (templ.Component, error) {
	ctx := q.Ctx()
	for _, r := range []row{
		{views.CampaignStateID, views.CampaignState(p)},
		{views.CampaignFactsID, views.CampaignFacts(p.Moment, p.Campaign)},
		{views.CampaignMessageID, views.CampaignMessage(p)},
		{views.CampaignActionsID, views.CampaignActions(p)},
		{views.CampaignStampID, views.CampaignStamp(p.Now)},
	} {
		if err := patch.part(ctx, r.id, r.part); err != nil {
			return nil, err
		}
	}
	var rounds []row
	for _, r := range p.Rounds {
		rounds = append(rounds, row{views.RoundRowID(r.Number), views.RoundRow(p, r)})
	}
	if err := patch.list(ctx, views.CampaignRoundsID, views.CampaignRounds(p), rounds); err != nil {
		return nil, err
	}
	if err := patch.part(ctx, views.CampaignToComeID, views.CampaignToCome(p)); err != nil {
		return nil, err
	}
	if err := patch.part(ctx, views.DeliveryNewsID, views.DeliveryNews(p)); err != nil {
		return nil, err
	}
	if !p.NewRound() || p.Filter.Round != 0 {
		if err := deliveriesPicture(q, patch, p); err != nil {
			return nil, err
		}
	}
	return patch.picture(), nil
}

func deliveriesPicture(q *Request, patch *patch, p views.CampaignPage) error {
	var rows []row
	for _, d := range p.Deliveries {
		rows = append(rows, row{views.DeliveryRowID(d.ID), views.DeliveryRow(p, d)})
	}
	if err := patch.list(q.Ctx(), views.CampaignDeliveriesID, views.DeliveryList(p), rows); err != nil || len(rows) == 0 {
		return err
	}
	return patch.part(q.Ctx(), views.DeliveryBulkID, views.DeliveryBulk(p))
}

func (h *Handlers) deliveriesCancel(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	ids := q.ids("ids", maxPicked)
	n, err := h.Campaigns.CancelDeliveries(q.Ctx(), q.Actor, id, ids)
	if err != nil {
		return err
	}
	switch {
	case len(ids) == 0:
		q.Flash(ui.Warn, "delivery.none_picked")
	case n == 0:
		q.Flash(ui.Warn, "delivery.none_cancelled")
	case n < len(ids):
		q.Flash(ui.Warn, "delivery.some_cancelled")
	default:
		q.Flash(ui.Ok, "delivery.cancelled")
	}
	back := ours(q.Context.Request.PostForm.Get("back"))
	if path, _, _ := strings.Cut(back, "?"); path != views.CampaignURL(id) {
		back = views.CampaignURL(id)
	}
	return q.Go(back)
}
