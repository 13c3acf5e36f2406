package bot

import (
	"context"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// What a message about notices shows, so that it fits whatever names stand in it:
// of one notice its text and its reason in UTF-16 units, of many a line each.
const (
	mostNotice  = 1500
	mostLine    = 250 // of its text, in a list
	mostLineWhy = 100
	latestShown = 5 // of those that are told together
)

// kindName is how a kind is called where it is counted, or switched off.
func kindName(ctx context.Context, k domain.NoticeKind) string {
	return locale.T(ctx, "bot.notice.kind."+string(k))
}

// cutText is the beginning of a text, as a part of a message.
func cutText(s string, most int) string {
	cut, whole := cutUnits(s, most)
	if !whole {
		cut += "…"
	}
	return esc(cut)
}

// noticeLine is a notice in a list.
func (b *Bot) noticeLine(ctx context.Context, n domain.Notice) string {
	line := "<i>" + locale.When(ctx, b.Now(), n.At) + "</i>  " + cutText(views.NoticeText(ctx, n), mostLine)
	if why := views.NoticeWhy(ctx, n); why != "" {
		line += "\n" + cutText(why, mostLineWhy)
	}
	return line
}

// noticeScreen tells a notice, or several together: how many of which kind, and the
// latest.
func (b *Bot) noticeScreen(ctx context.Context, a domain.Actor, f domain.FreshNotices) screen {
	if f.Total == 1 {
		return b.oneNotice(ctx, a, f.Latest[0])
	}
	var w strings.Builder
	w.WriteString("🔔 <b>" + locale.N(ctx, "bot.notice.many", f.Total) + "</b>")
	if f.Total > len(f.Latest) {
		for _, k := range domain.NoticeKinds {
			if f.Kinds[k] > 0 {
				w.WriteString("\n" + kindName(ctx, k) + ": " + locale.Num(ctx, f.Kinds[k]))
			}
		}
		w.WriteString("\n\n<b>" + locale.T(ctx, "bot.notice.latest") + "</b>")
	}
	for _, n := range f.Latest {
		w.WriteString("\n\n" + b.noticeLine(ctx, n))
	}
	return screen{text: w.String(), rows: [][]button{noticesButton(ctx)}}
}

func (b *Bot) oneNotice(ctx context.Context, a domain.Actor, n domain.Notice) screen {
	var w strings.Builder
	w.WriteString("🔔 " + cutText(views.NoticeText(ctx, n), mostNotice))
	if why := views.NoticeWhy(ctx, n); why != "" {
		w.WriteString("\n\n" + cutText(why, mostNotice))
	}
	w.WriteString("\n\n<i>" + locale.When(ctx, b.Now(), n.At))
	if n.UserName != "" && n.UserID != a.User.ID {
		w.WriteString(" · " + name(n.UserName, 60))
	}
	w.WriteString("</i>")
	return screen{text: w.String(), rows: [][]button{b.noticeButtons(ctx, a, n), noticesButton(ctx)}}
}

// noticeButtons lead to where one can do something about it.
func (b *Bot) noticeButtons(ctx context.Context, a domain.Actor, n domain.Notice) []button {
	panel := func(key, path string) []button {
		if b.URL == "" {
			return nil
		}
		return row(link(locale.T(ctx, key), b.URL+path))
	}
	switch {
	case n.Kind == domain.NoticeLimitAsked:
		return panel("notices.to_requests", views.RequestsURL)
	case a.User.Role == domain.RoleAdmin:
		return panel("notices.to_service", string(views.NavService))
	case n.Kind == domain.NoticeLimitGranted, n.Kind == domain.NoticeLimitRefused, n.Kind == domain.NoticeLimitNear:
		return panel("notices.to_limits", views.LimitsURL)
	case n.CampaignID != 0:
		return row(press(locale.T(ctx, "notices.to_campaign", "ID", n.CampaignID), "c", n.CampaignID))
	case n.SenderID != 0:
		return panel("notices.to_sender", string(views.NavWatch))
	case n.AccountID != 0:
		return row(press(locale.T(ctx, "bot.menu.numbers"), "nums"))
	}
	return nil
}

func noticesButton(ctx context.Context) []button {
	return row(press(locale.T(ctx, "bot.menu.notices"), "notes"))
}

// digestScreen is a day in figures.
func (b *Bot) digestScreen(ctx context.Context, a domain.Actor, d domain.Digest) screen {
	var w strings.Builder
	w.WriteString("📊 <b>" + locale.T(ctx, "bot.digest.title", "Day", locale.Date(ctx, d.Day)) + "</b>\n")
	line := func(key string, n int) {
		w.WriteString("\n" + locale.T(ctx, key) + ": <b>" + locale.Num(ctx, n) + "</b>")
	}
	line("bot.digest.campaigns", d.Campaigns)
	line("bot.digest.sent", d.Sent)
	line("bot.digest.failed", d.Failed)
	if a.MayWatch() {
		line("bot.digest.detections", d.Detections)
	}
	s := screen{rows: [][]button{row(press(locale.T(ctx, "bot.menu.history"), "hist"))}}
	if d.Care > 0 {
		w.WriteString("\n\n⚠️ " + locale.N(ctx, "bot.digest.care", d.Care))
		s.rows = append(s.rows, row(press(locale.T(ctx, "bot.menu.numbers"), "nums")))
	}
	s.text = w.String()
	return s
}
