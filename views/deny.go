package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// DenyPageSize is how many chats of the deny list one page shows.
const DenyPageSize = 100

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

// here is the page's own address without what was found, for the question that
// comes back to it.
func (p DenyPage) here() string { return with(p.URL, "find", "") }

// DenyAskPage is the question before a chat comes onto the list.
type DenyAskPage struct {
	Peer     domain.Peer
	Campaign int64  // that it was found in, 0: none
	Reason   string // as it was typed
	Back     string // where one came from
	Err      error
}

// DenyAskURL is the address of that question; campaignID is 0 where there is
// none.
func DenyAskURL(id domain.PeerID, campaignID int64, back string) string {
	query := url.Values{"peer": {peerValue(id)}, "back": {back}}
	if campaignID != 0 {
		query.Set("campaign", itoa(campaignID))
	}
	return string(NavDeny) + "/add?" + query.Encode()
}

func denyURL(id domain.PeerID) string { return string(NavDeny) + "/" + peerValue(id) }

// mayDeny reports whether the viewer changes the deny list.
func mayDeny(ctx context.Context) bool { return viewer(ctx).actor().MayDeny() }

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

func askAllow(ctx context.Context, p domain.Peer) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "deny.remove.title", "Name", ui.Visible(p.Title)), Text: locale.T(ctx, "deny.remove.text"),
		Yes: locale.T(ctx, "deny.remove.yes"), Mild: true,
	}
}
