package handlers

import (
	"net/http"
	"strconv"

	"postix/domain"
	"postix/views"
)

func denyRoutes() []Route {
	at := string(views.NavDeny)
	return []Route{
		get(at, Manager, (*Handlers).denyList),
		get(at+"/add", Manager, (*Handlers).denyAsk),
		post(at, Manager, (*Handlers).denyAdd),
		post(at+"/:peer/remove", Manager, (*Handlers).denyRemove),
	}
}

// denyList shows the deny list and, with "find" in the address, the chats that
// could come onto it.
func (h *Handlers) denyList(q *Request) (err error) {
	p := views.DenyPage{
		Now: h.Now(), URL: q.Context.Request.URL, Page: q.Page(),
		Search: q.words("search"), Find: q.words("find"),
	}
	p.Denied, p.Total, err = h.DenyList.Store.DeniedPeers(q.Ctx(), q.Actor.User.OrganizationID, domain.DenyFilter{
		Search: p.Search, Offset: (p.Page - 1) * views.DenyPageSize, Limit: views.DenyPageSize,
	})
	if err != nil {
		return err
	}
	if p.Found, err = h.DenyList.Find(q.Ctx(), q.Actor, p.Find); err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.DeniedPeers(p), views.DenyList(p))
}

// denyAsk asks before a chat comes onto the list: one of the page itself, of a
// catalog or, with "campaign", of the deliveries of one.
func (h *Handlers) denyAsk(q *Request) error { return h.denyAsked(q, http.StatusOK, nil) }

// denyAsked shows the question, again with what is wrong about its answer.
func (h *Handlers) denyAsked(q *Request, status int, wrong error) (err error) {
	p := views.DenyAskPage{
		Campaign: q.FormID("campaign"), Reason: short(q.PostForm("reason"), 2000), Back: ours(q.Context.Request.FormValue("back")), Err: wrong,
	}
	if p.Back == "/" {
		p.Back = string(views.NavDeny)
	}
	p.Peer, err = h.DenyList.Peer(q.Ctx(), q.Actor, p.Campaign, domain.PeerID(q.FormInt64("peer")))
	if err != nil {
		return err
	}
	return q.Render(status, views.DenyAsk(p))
}

func (h *Handlers) denyAdd(q *Request) error {
	err := h.DenyList.Add(q.Ctx(), q.Actor, q.FormID("campaign"), domain.PeerID(q.FormInt64("peer")), q.PostForm("reason"))
	if domain.IsCode(err, domain.Invalid) {
		return h.denyAsked(q, http.StatusUnprocessableEntity, err)
	}
	return q.done(err, "deny.added", q.back(string(views.NavDeny)))
}

func (h *Handlers) denyRemove(q *Request) error {
	id, err := strconv.ParseInt(q.Param("peer"), 10, 64)
	if err != nil {
		return domain.Missing("page.missing")
	}
	err = h.DenyList.Remove(q.Ctx(), q.Actor, domain.PeerID(id))
	return q.done(err, "deny.removed", q.back(string(views.NavDeny)))
}
