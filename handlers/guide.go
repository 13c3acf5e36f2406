package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
)

func guideRoutes() []Route { return []Route{get(views.GuideURL, Public, (*Handlers).guide)} }

// guide has the panel's own frame for those only who are all the way in.
func (h *Handlers) guide(q *Request) error {
	in := q.Actor.User.ID != 0 && q.Actor.Needs(h.ForceTOTP) == domain.NeedNothing
	return q.Render(http.StatusOK, views.Guide(in))
}
