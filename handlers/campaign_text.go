package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

// campaignText shows the form; of a campaign that has ended, nothing can be
// changed any more.
func (h *Handlers) campaignText(q *Request) error {
	c, err := h.campaignAsked(q)
	if err != nil {
		return err
	}
	if !c.Status.Live() {
		q.Flash(ui.Warn, "campaign.ended")
		return q.Go(views.CampaignURL(c.ID))
	}
	return q.Render(http.StatusOK, views.CampaignTextPage(views.CampaignTextForm{Now: h.Now(), Campaign: c, Text: c.Text}))
}

// campaignAsked is the campaign of the path.
func (h *Handlers) campaignAsked(q *Request) (domain.Campaign, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Campaign{}, err
	}
	return h.Campaigns.Store.Campaign(q.Ctx(), q.Actor.Scope(), id)
}

// campaignTextSave stores a new text, which is a plain one. A second click finds its
// own text stored and lands on the same page.
func (h *Handlers) campaignTextSave(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	text := q.PostForm("text")
	_, err = h.Campaigns.EditText(q.Ctx(), q.Actor, id, int(q.FormInt64("version")), text, nil)
	if s, again := Form(err); err != nil && again {
		return h.campaignTextAgain(q, s, text, err)
	}
	return q.done(err, "campaign.text_saved", views.CampaignURL(id))
}

// campaignTextAgain shows what was typed with what is wrong, and apart from it
// what somebody else has written meanwhile.
func (h *Handlers) campaignTextAgain(q *Request, status int, text string, why error) error {
	c, err := h.campaignAsked(q)
	if err != nil {
		return err
	}
	f := views.CampaignTextForm{Now: h.Now(), Campaign: c, Text: text, Err: why}
	if domain.IsKey(why, "campaign.edited") {
		if mine, err := domain.CleanText(text); err == nil && mine == c.Text {
			return q.done(nil, "campaign.text_saved", views.CampaignURL(c.ID))
		}
		texts, err := h.Campaigns.Store.Texts(q.Ctx(), q.Actor.Scope(), c.ID)
		if err != nil {
			return err
		}
		f.Theirs = texts[0]
	}
	return q.Render(status, views.CampaignTextPage(f))
}
