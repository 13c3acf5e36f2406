package views

import (
	"context"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// DenyPageSize is how many chats of the deny list one page shows.
const DenyPageSize = 100

// denyFormID is the form that the buttons of a page put chats on the list with.
const denyFormID = "deny"

// DenyPage is the deny list, newest first.
type DenyPage struct {
	Now    time.Time
	Denied []domain.DeniedPeer
	Total  int // behind the filter
	Search string
	Page   int
	Find   string             // what is searched among all chats, "" for nothing
	Found  []domain.KnownPeer // what was found
	URL    *url.URL
}

// here is the page's own address without what was found, for forms that come
// back to it.
func (p DenyPage) here() string {
	at := *p.URL
	query := at.Query()
	query.Del("find")
	at.RawQuery = query.Encode()
	return at.RequestURI()
}

func denyURL(id domain.PeerID) string { return string(NavDeny) + "/" + peerValue(id) }

// mayDeny reports whether the viewer changes the deny list.
func mayDeny(ctx context.Context) bool {
	return domain.Actor{User: domain.User{Role: viewer(ctx).Role}}.MayDeny()
}

// denyWhy is why a chat is on the list.
func denyWhy(ctx context.Context, p domain.DeniedPeer) string {
	switch {
	case p.UserID == 0:
		return Reason(ctx, p.Reason)
	case p.Reason == "":
		return locale.T(ctx, "deny.no_reason")
	}
	return ui.Visible(p.Reason)
}

// denyAttrs make a button put a chat on the list, in the page's form.
func denyAttrs(ctx context.Context, p domain.Peer) templ.Attributes {
	a := ui.Ask(ui.Question{
		Title: locale.T(ctx, "deny.ask.title", "Name", ui.Visible(p.Title)), Text: locale.T(ctx, "deny.ask.text"),
		Yes: locale.T(ctx, "deny.ask.yes"),
	})
	a["form"], a["name"], a["value"] = denyFormID, "peer", peerValue(p.ID)
	return a
}

func askAllow(ctx context.Context, p domain.Peer) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "deny.remove.title", "Name", ui.Visible(p.Title)), Text: locale.T(ctx, "deny.remove.text"),
		Yes: locale.T(ctx, "deny.remove.yes"), Mild: true,
	}
}
