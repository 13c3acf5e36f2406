package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"postix/views"
)

func noticeRoutes() []Route {
	at := string(views.NavNotices)
	return []Route{
		get(at, SignedIn, (*Handlers).notices),
		post(at+"/seen", SignedIn, (*Handlers).noticesSeen),
	}
}

func (h *Handlers) notices(q *Request) (err error) {
	p := views.NoticesPage{Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL}
	p.Notices, p.Total, err = h.Notices.Notices(q.Ctx(), q.Actor.Scope(), (p.Page-1)*views.NoticesPageSize, views.NoticesPageSize)
	if err != nil {
		return err
	}
	if p.Seen, err = h.Notices.NoticesSeen(q.Ctx(), q.Actor.User.OrganizationID, q.Actor.User.ID); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.Notices(p))
}

// noticesSeen marks what a page has shown as seen: that page sends it by itself.
func (h *Handlers) noticesSeen(q *Request) error {
	who := q.Actor.User
	if err := h.Notices.SeeNotices(q.Ctx(), who.OrganizationID, who.ID, q.FormID("up_to")); err != nil {
		return err
	}
	if !q.Partial() {
		return q.Go(string(views.NavNotices))
	}
	left, err := h.Notices.UnseenNotices(q.Ctx(), q.Actor.Scope(), who.ID)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, templ.Join(
		views.Morph(views.BellID, views.Bell(left)),
		views.Morph(views.NoticesSeenID, views.NoticesAreSeen()),
	))
}
