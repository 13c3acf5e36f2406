package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
)

// organizationCampaigns lists an organization's campaigns. Their texts are its own
// affair: they are neither searched nor handed to the page.
func (h *Handlers) organizationCampaigns(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	p := views.OrganizationCampaignsPage{Organization: o, Page: q.Page(), URL: q.Context.Request.URL}
	if p.Moment, err = h.moment(q); err != nil {
		return err
	}
	asked := campaignFilter(q)
	p.Filter = domain.CampaignFilter{Status: asked.Status, Care: asked.Care}
	f := p.Filter
	f.Limit, f.Offset = views.CampaignsPageSize, (p.Page-1)*views.CampaignsPageSize
	if p.Campaigns, p.Total, err = h.Campaigns.Store.Campaigns(q.Ctx(), domain.Scope{OrganizationID: o.ID}, f); err != nil {
		return err
	}
	for i := range p.Campaigns {
		p.Campaigns[i] = withoutText(p.Campaigns[i])
	}
	return q.Seg(http.StatusOK, views.OrganizationCampaignList(p), views.OrganizationCampaigns(p))
}

// withoutText is a campaign with nothing of what its organization has written.
func withoutText(c domain.Campaign) domain.Campaign {
	c.Text, c.Formats, c.CatalogName = "", nil, ""
	return c
}

// organizationTextAsk asks before a text is read. It shows none.
func (h *Handlers) organizationTextAsk(q *Request) error {
	o, id, err := h.organizationCampaignInPath(q)
	if err != nil {
		return err
	}
	c, err := h.Campaigns.Store.Campaign(q.Ctx(), domain.Scope{OrganizationID: o.ID}, id)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.OrganizationTextAsk(views.OrganizationTextPage{Organization: o, Campaign: withoutText(c), Now: h.Now()}))
}

// organizationText shows a text. It is in the audit of its organization by then.
func (h *Handlers) organizationText(q *Request) error {
	o, id, err := h.organizationCampaignInPath(q)
	if err != nil {
		return err
	}
	c, texts, err := h.Service.ReadText(q.Ctx(), q.Actor, o.ID, id)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.OrganizationText(views.OrganizationTextPage{Organization: o, Campaign: withoutText(c), Texts: texts, Now: h.Now()}))
}

func (h *Handlers) organizationCampaignInPath(q *Request) (o domain.Organization, campaignID int64, err error) {
	if o, err = h.organizationInPath(q); err != nil {
		return o, 0, err
	}
	campaignID, err = q.ID("campaign")
	return o, campaignID, err
}
