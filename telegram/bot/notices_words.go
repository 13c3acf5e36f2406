package bot

import (
	"context"
	"html"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// What a message about notices shows, so that it fits whatever names stand in it:
// of one notice its text and its reason in UTF-16 units, of many a line each.
const (
	mostNotice  = 1500
	mostLine    = 220 // of its text, in a list
	mostLineWhy = 100
	mostLineWho = 20 // of a name there, in characters
	latestShown = 5  // of those that are told together
)

// kindName is how a kind is called where it is counted, or switched off.
func kindName(ctx context.Context, k domain.NoticeKind) string {
	return locale.T(ctx, "bot.notice.kind."+string(k))
}

// beginning is the first units of a text.
func beginning(s string, most int) string {
	cut, whole := cutUnits(s, most)
	if !whole {
		cut += "…"
	}
	return cut
}

// noticeText is what has happened, as a part of a message.
func noticeText(ctx context.Context, n domain.Notice, most int) string {
	return esc(beginning(views.NoticeText(ctx, n), most))
}

// noticeWhy is why, as a part of a message. The words are our own, and what they name
// can be tapped, but for what a person has answered.
func noticeWhy(ctx context.Context, n domain.Notice, most int) string {
	why := beginning(views.NoticeWhy(ctx, n), most)
	if n.Kind == domain.NoticeLimitGranted || n.Kind == domain.NoticeLimitRefused {
		return esc(why)
	}
	return html.EscapeString(why)
}

// noticeStamp is when it was, and whose it is where it is another's.
func (b *Bot) noticeStamp(ctx context.Context, a domain.Actor, n domain.Notice, mostName int) string {
	stamp := locale.When(ctx, b.Now(), n.At)
	if n.UserName != "" && n.UserID != a.User.ID {
		stamp += " · " + name(n.UserName, mostName)
	}
	return "<i>" + stamp + "</i>"
}

// noticeLine is a notice in a list.
func (b *Bot) noticeLine(ctx context.Context, a domain.Actor, n domain.Notice) string {
	line := b.noticeStamp(ctx, a, n, mostLineWho) + "  " + noticeText(ctx, n, mostLine)
	if why := noticeWhy(ctx, n, mostLineWhy); why != "" {
		line += "\n" + why
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
		w.WriteString("\n\n" + b.noticeLine(ctx, a, n))
	}
	return screen{text: w.String(), rows: [][]button{noticesButton(ctx)}}
}

func (b *Bot) oneNotice(ctx context.Context, a domain.Actor, n domain.Notice) screen {
	var w strings.Builder
	w.WriteString("🔔 " + noticeText(ctx, n, mostNotice))
	if why := noticeWhy(ctx, n, mostNotice); why != "" {
		w.WriteString("\n\n" + why)
	}
	w.WriteString("\n\n" + b.noticeStamp(ctx, a, n, 60))
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
		if _, err := b.Accounts.Store.Account(ctx, a.Scope(), n.AccountID); err != nil { // not his by now: the list says what is
			return row(press(locale.T(ctx, "bot.menu.numbers"), "nums"))
		}
		return row(press(locale.T(ctx, "notices.to_account"), "num", n.AccountID))
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
