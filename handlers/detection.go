package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
)

func (h *Handlers) detection(q *Request) error {
	p, err := h.detectionPage(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Detection(p))
}

func (h *Handlers) detectionPage(q *Request) (p views.DetectionPage, err error) {
	id, err := q.ID("id")
	if err != nil {
		return p, err
	}
	org := q.Actor.User.OrganizationID
	p.Now = h.Now()
	if p.Detection, err = h.Watch.Store.Detection(q.Ctx(), org, id); err != nil {
		return p, err
	}
	settings, err := h.Watch.Store.WatchSettings(q.Ctx(), org)
	if err != nil {
		return p, err
	}
	p.Rules = settings.Rules
	_, p.Open, err = h.Watch.Store.Detections(q.Ctx(), org, domain.DetectionFilter{SenderID: p.SenderID, Open: true, Limit: 1})
	if err != nil {
		return p, err
	}
	if p.Review == domain.ReviewNone {
		p.Open-- // this one
	}
	p.Account, err = h.Accounts.Store.Account(q.Ctx(), domain.Scope{OrganizationID: org}, p.AccountID)
	if err != nil {
		return p, err
	}
	_, err = h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), p.AccountID)
	p.Ours = err == nil
	if domain.IsCode(err, domain.NotFound) {
		err = nil
	}
	return p, err
}

// detectionLive renews what changes of a detection: its review, its sender, and
// where its answers stand.
func (h *Handlers) detectionLive(q *Request) error {
	if _, err := h.detectionPage(q); err != nil {
		return err // a 404 must not come as a stream
	}
	patch := newPatch()
	return q.Live(func() (templ.Component, error) {
		p, err := h.detectionPage(q)
		if err != nil {
			return nil, err
		}
		for _, r := range []row{
			{views.DetectionReviewID, views.DetectionReview(p)},
			{views.DetectionSenderID, views.DetectionSender(p)},
			{views.DetectionRepliesID, views.DetectionReplies(p)},
			{views.CampaignStampID, views.CampaignStamp(p.Now)},
		} {
			if err := patch.part(q.Ctx(), r.id, r.part); err != nil {
				return nil, err
			}
		}
		return patch.picture(), nil
	})
}

// detectionReview notes what a person says of a detection. In the same step he
// may say it of all others of the sender, and with "wrong" allow him.
func (h *Handlers) detectionReview(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	review, said := domain.Review(q.PostForm("review")), "watch.reviewed"
	if review == domain.ReviewNone {
		said = "watch.unreviewed"
	}
	err = h.Watch.Review(q.Ctx(), q.Actor, id, review)
	if err == nil && q.PostForm("rest") != "" {
		said = "watch.reviewed_rest"
		_, err = h.Watch.ReviewSender(q.Ctx(), q.Actor, id, review)
	}
	if err == nil && review == domain.ReviewWrong && q.PostForm("allow") != "" {
		said = "watch.reviewed_allowed"
		err = h.Watch.ListSender(q.Ctx(), q.Actor, id, domain.ListAllow)
	}
	return q.done(err, said, q.back(views.DetectionURL(id)))
}

// detectionReviewRest says of the sender's other detections, as far as nobody has
// reviewed them, what was said of this one.
func (h *Handlers) detectionReviewRest(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	_, err = h.Watch.ReviewSender(q.Ctx(), q.Actor, id, domain.Review(q.PostForm("review")))
	return q.done(err, "watch.reviewed_rest", q.back(views.DetectionURL(id)))
}

// detectionSender puts the sender of a detection on a list, or takes him off.
func (h *Handlers) detectionSender(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	list := domain.SenderList(q.PostForm("list"))
	said := "watch.unlisted"
	switch list {
	case domain.ListAllow:
		said = "watch.allowed"
	case domain.ListBlock:
		said = "watch.blocked"
	}
	return q.done(h.Watch.ListSender(q.Ctx(), q.Actor, id, list), said, q.back(views.DetectionURL(id)))
}
