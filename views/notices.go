package views

import (
	"context"
	"net/url"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// NoticesPageSize is how many notices one page shows.
const NoticesPageSize = 30

// NoticesSeenID is the form that marks what is shown as seen.
const NoticesSeenID = "notices-seen"

// NoticesPage is a page of notices, newest first.
type NoticesPage struct {
	Notices []domain.Notice
	Total   int
	Unseen  int // of all: the newest ones
	Page    int
	Now     time.Time
	URL     *url.URL
}

// isNew reports whether the i-th notice of the page is one of the unseen.
func (p NoticesPage) isNew(i int) bool { return (p.Page-1)*NoticesPageSize+i < p.Unseen }

// noticeLook is the sign before a notice.
func noticeLook(k domain.NoticeKind) (ui.Tone, string) {
	switch k {
	case domain.NoticeLongWait:
		return ui.Warn, "hourglass"
	case domain.NoticeAccountPaused, domain.NoticeCampaignPaused:
		return ui.Warn, "circle-pause"
	case domain.NoticeMarked:
		return ui.Warn, "eye"
	case domain.NoticeNeedsLogin:
		return ui.Bad, "unplug"
	case domain.NoticeSendingStopped:
		return ui.Bad, "octagon-pause"
	case domain.NoticeLimitAsked:
		return ui.Neutral, "list-checks"
	case domain.NoticeLimitGranted:
		return ui.Neutral, "circle-check"
	case domain.NoticeLimitRefused:
		return ui.Neutral, "circle-x"
	}
	return ui.Bad, "triangle-alert"
}

// noticeText is what has happened.
func noticeText(ctx context.Context, n domain.Notice) string {
	return locale.T(ctx, "notice."+string(n.Kind), "Account", noticeAccount(n), "Campaign", n.CampaignID, "Until", n.Until,
		"Sender", ui.Visible(n.Reason), "Limit", noticeLimit(ctx, n))
}

// noticeWhy is why, where that is worth a sentence of its own.
func noticeWhy(ctx context.Context, n domain.Notice) string {
	switch n.Kind {
	case domain.NoticeLongWait, domain.NoticeKeyTwice, domain.NoticeMarked,
		domain.NoticeLimitAsked:
		return "" // the text has said it
	case domain.NoticeLimitGranted, domain.NoticeLimitRefused:
		_, answer, _ := strings.Cut(n.Reason, "\n")
		return ui.VisibleText(answer)
	}
	return Reason(ctx, n.Reason)
}

// noticeLimit names the limit that the notice is about, and its value.
func noticeLimit(ctx context.Context, n domain.Notice) string {
	if n.Kind != domain.NoticeLimitGranted && n.Kind != domain.NoticeLimitRefused {
		return ""
	}
	limit, _, _ := strings.Cut(n.Reason, "\n")
	return limitWords(ctx, limit)
}

// noticeAccount names the number; one of another organization has no name here.
func noticeAccount(n domain.Notice) string {
	switch {
	case n.AccountPhone == "":
		return "№" + itoa(n.AccountID)
	case n.AccountName == "":
		return n.AccountPhone.String()
	}
	return ui.Visible(n.AccountName) + " · " + n.AccountPhone.String()
}

// noticeLink is where one can do something about it: a campaign, an account, or
// for the service's own notices its page.
func noticeLink(ctx context.Context, n domain.Notice) (href, label string) {
	switch {
	case n.Kind == domain.NoticeLimitAsked:
		return RequestsURL, locale.T(ctx, "notices.to_requests")
	case n.Kind == domain.NoticeLimitGranted, n.Kind == domain.NoticeLimitRefused:
		return LimitsURL, locale.T(ctx, "notices.to_limits")
	case viewer(ctx).Role == domain.RoleAdmin:
		return string(NavService), locale.T(ctx, "notices.to_service")
	case n.CampaignID != 0:
		return CampaignURL(n.CampaignID), locale.T(ctx, "notices.to_campaign", "ID", n.CampaignID)
	case n.SenderID != 0 && mayWatch(ctx):
		return senderURL(n.SenderID), locale.T(ctx, "notices.to_sender")
	case n.AccountID != 0:
		return accountURL(n.AccountID), locale.T(ctx, "notices.to_account")
	}
	return "", ""
}
