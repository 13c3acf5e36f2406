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
	Seen    int64 // id of the newest one that was seen
	Page    int
	Now     time.Time
	URL     *url.URL
}

// hasNew reports whether the first page shows any that is new: that marks all.
func (p NoticesPage) hasNew() bool { return p.Page == 1 && len(p.Notices) > 0 && p.isNew(p.Notices[0]) }

func (p NoticesPage) isNew(n domain.Notice) bool { return n.ID > p.Seen }

// noticeLook is the sign before a notice.
func noticeLook(k domain.NoticeKind) (ui.Tone, string) {
	switch k {
	case domain.NoticeLongWait:
		return ui.Warn, "hourglass"
	case domain.NoticeAccountPaused, domain.NoticeCampaignPaused:
		return ui.Warn, "circle-pause"
	case domain.NoticeFinished:
		return ui.Ok, "circle-check"
	case domain.NoticeFailed, domain.NoticeLimitNear:
		return ui.Warn, "triangle-alert"
	case domain.NoticeMarked:
		return ui.Warn, "eye"
	case domain.NoticeCritical:
		return ui.Bad, "octagon-alert"
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

// NoticeText is what has happened, for pages and for the bot.
func NoticeText(ctx context.Context, n domain.Notice) string {
	found, sender := n.Found()
	if n.Kind != domain.NoticeCritical {
		sender = n.Reason
	}
	return locale.T(ctx, "notice."+string(n.Kind), "Account", noticeAccount(n), "Campaign", n.CampaignID, "Until", n.Until,
		"Sender", ui.Visible(sender), "Found", found, "Limit", noticeLimit(ctx, n))
}

// NoticeWhy is why, where that is worth a sentence of its own; "" otherwise.
func NoticeWhy(ctx context.Context, n domain.Notice) string {
	switch n.Kind {
	case domain.NoticeLongWait, domain.NoticeKeyTwice, domain.NoticeMarked, domain.NoticeCritical,
		domain.NoticeLimitAsked:
		return "" // the text has said it
	case domain.NoticeFinished, domain.NoticeFailed:
		return noticeCounts(ctx, n.Counts())
	case domain.NoticeLimitNear:
		return locale.T(ctx, "notice.near")
	case domain.NoticeLimitGranted, domain.NoticeLimitRefused:
		_, answer, _ := strings.Cut(n.Reason, "\n")
		return ui.VisibleText(answer)
	}
	return Reason(ctx, n.Reason)
}

// noticeCounts is how the messages of a campaign ended: what there were, all first.
func noticeCounts(ctx context.Context, c domain.Counts) string {
	said := locale.T(ctx, "delivery.count.planned") + ": " + locale.Num(ctx, c.Planned)
	for _, part := range []struct {
		key string
		n   int
	}{
		{"sent", c.Sent},
		{"failed", c.Failed},
		{"uncertain", c.Uncertain},
		{"skipped", c.Skipped},
		{"missed", c.Missed},
		{"cancelled", c.Cancelled},
	} {
		if part.n > 0 {
			said += " · " + locale.T(ctx, "delivery.count."+part.key) + ": " + locale.Num(ctx, part.n)
		}
	}
	return said
}

// noticeLimit names the limit that the notice is about, and its value.
func noticeLimit(ctx context.Context, n domain.Notice) string {
	if k, used, limit := n.Near(); k != "" {
		return limitName(ctx, k) + ": " + locale.T(ctx, "limit.used_of", "Used", used, "Limit", limit)
	}
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
	case n.Kind == domain.NoticeLimitGranted, n.Kind == domain.NoticeLimitRefused, n.Kind == domain.NoticeLimitNear:
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
