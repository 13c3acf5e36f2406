package views

import (
	"context"
	"regexp"
	"strings"

	"postix/domain"
	"postix/views/locale"
)

// GuideURL is where the guide stands; a section of it follows after #.
const GuideURL = "/guide"

// GuideSection is a section of the guide, by its anchor.
type GuideSection string

// The sections, in their order; the questions are answered in the last one.
const (
	GuideRoles    GuideSection = "roles"
	GuideSignIn   GuideSection = "sign-in"
	GuideConnect  GuideSection = "connect"
	GuideNumbers  GuideSection = "numbers"
	GuideCatalogs GuideSection = "catalogs"
	GuideSend     GuideSection = "send"
	GuideMonitor  GuideSection = "monitor"
	GuideAdvice   GuideSection = "advice"
	GuideBot      GuideSection = "bot"
	GuideWatch    GuideSection = "watch"
	GuidePeople   GuideSection = "people"
	GuideFAQ      GuideSection = "faq"

	GuideFindID    GuideSection = "telegram-id"
	GuideNoCode    GuideSection = "no-code"
	GuideUnblock   GuideSection = "unblock"
	GuideWaits     GuideSection = "waits"
	GuideUncertain GuideSection = "uncertain"
	GuideLostPhone GuideSection = "lost-phone"
	GuidePassword  GuideSection = "password"
	GuideFull      GuideSection = "limit-full"
	GuideNoWrite   GuideSection = "no-write"
)

// GuideSections are all that have a text of their own.
var GuideSections = []GuideSection{
	GuideRoles, GuideSignIn, GuideConnect, GuideNumbers, GuideCatalogs, GuideSend, GuideMonitor, GuideAdvice, GuideBot, GuideWatch, GuidePeople, GuideFAQ,
}

// GuideQuestions are those of [GuideFAQ].
var GuideQuestions = []GuideSection{
	GuideFindID, GuideNoCode, GuideWaits, GuideUncertain, GuideNoWrite, GuideFull, GuideUnblock, GuidePassword, GuideLostPhone,
}

// URL is the address of the section.
func (s GuideSection) URL() string { return GuideURL + "#" + string(s) }

func (s GuideSection) key() string { return "guide." + strings.ReplaceAll(string(s), "-", "_") }

// Title is the section's heading.
func (s GuideSection) Title(ctx context.Context) string {
	return locale.T(ctx, s.key()+".title", guideWords(ctx)...)
}

// Blocks are the section's paragraphs and lists; in their lines what stands between
// two ** is bold.
func (s GuideSection) Blocks(ctx context.Context) []GuideBlock {
	return guideBlocks(locale.T(ctx, s.key()+".text", guideWords(ctx)...))
}

// guideLabels are what the guide calls by name. It has the words from where the
// pages have them, so that both always say the same.
var guideLabels = map[string]string{ //nolint:gosec // no credentials: keys of the catalogues
	"Accounts": "nav.accounts", "Campaigns": "nav.campaigns", "Catalogs": "nav.catalogs", "New": "nav.campaign_new", "Deny": "nav.deny",
	"Me": "nav.me", "Settings": "nav.settings", "Users": "nav.users", "Watch": "nav.watch",

	"Admin": "user.block.by_service", "Owner": "user.role_title.owner", "Manager": "user.role_title.manager", "Member": "user.role_title.member",

	"Connect": "account.connect", "ConnectAgain": "account.again", "AccountResume": "account.resume",
	"Refresh": "account.refresh", "InTelegram": "account.fact.telegram", "Listens": "account.listens.title",
	"GetCode": "login.phone.submit", "StartOver": "login.cancel", "CloudPassword": "login.password.title",
	"Ready": "account.standing.ready", "Connecting": "account.standing.connecting", "Off": "account.standing.off", "AccountWaits": "account.standing.waits",
	"Limited": "account.standing.paused", "NumberBlocked": "account.standing.blocked", "NeedsLogin": "account.standing.needs_login", "Disconnected": "account.standing.disconnected",

	"CatalogNew": "catalog.new", "AddChats": "catalog.add_chats", "AddLines": "catalog.add_lines", "Troubled": "catalog.troubled", "TryAgain": "catalog.retry",
	"NotMember": "dialog.sight.unknown", "NoWrite": "dialog.sight.denied", "Passed": "dialog.sight.skipped",

	"Rounds": "campaign.form.rounds", "Interval": "campaign.form.interval", "Now": "campaign.form.start_now", "Later": "campaign.form.start_at",
	"Check": "campaign.form.next", "Begin": "campaign.review.send", "Schedule": "campaign.review.schedule", "StartNow": "campaign.start.button",
	"Pause": "campaign.pause", "Resume": "campaign.resume", "Cancel": "campaign.cancel.button", "Retry": "campaign.retry.yes",
	"SendMissed": "campaign.missed.button", "Look": "campaign.look", "EditText": "campaign.text.edit", "Repeat": "campaign.repeat", "Care": "campaign.kpi.care",
	"Running": "campaign.standing.running", "Scheduled": "campaign.standing.scheduled", "Waits": "campaign.standing.waits", "Between": "campaign.standing.between",
	"InLine": "campaign.standing.in_line", "Paused": "campaign.standing.paused", "Done": "campaign.standing.done", "Cancelled": "campaign.standing.cancelled",
	"Missed": "campaign.standing.missed",
	"Queued": "delivery.status.planned", "Sent": "delivery.status.sent", "Failed": "delivery.status.failed", "Uncertain": "delivery.status.uncertain",
	"Skipped": "delivery.status.skipped",

	"Observe": "watch.mode.observe", "Reply": "watch.mode.reply", "Detections": "watch.tab.detections",
	"Groups": "watch.tab.groups", "Templates": "watch.tab.templates", "Try": "watch.tab.try", "ReviewTitle": "watch.review_title",

	"AddUser": "user.new", "Departments": "department.list_title", "ByNumber": "user.by_number", "Block": "user.block.button", "Unblock": "user.unblock.button", "PasswordLink": "user.link.button",
	"Remove": "user.remove.button", "ReadOnly": "user.field.read_only",
	"Limits": "nav.limits",

	"MeBot": "me.bot.title", "MeBotLink": "me.bot.button", "BotLink": "user.bot_link.button", "TelegramID": "user.field.telegram_id", "NoticeChoose": "bot.notice.choose",

	"TwoStep": "totp.title", "NewCodes": "totp.new_codes", "EndOthers": "me.end_others",
}

// guideWords are the labels and figures that a text of the guide may name, as pairs
// for [locale.T].
func guideWords(ctx context.Context) []any {
	words := []any{
		"MaxRounds", domain.MaxRounds, "MaxPeers", domain.MaxCatalogPeers, "LinkLife", domain.LinkLife, "BotLinkLife", domain.BotLinkLife,
		"CodesPerHour", domain.CodesPerHour, "CodesApart", domain.CodesApart, "LoginLife", domain.LoginLife, "LoginTries", domain.LoginTries,
		"IDApp", "Telegram Desktop", "IDSetting", "Show Peer IDs in Profile", "IDBot", "@userinfobot", "SpamBot", "@SpamBot",
		"Idle", domain.SessionIdle, "Life", domain.SessionLife, "MinPassword", domain.MinPassword,
	}
	for name, key := range guideLabels {
		words = append(words, name, locale.T(ctx, key))
	}
	return words
}

// GuideBlock is a paragraph of the guide, or a list when Items are set.
type GuideBlock struct {
	Text    string
	Items   []string
	Ordered bool
}

var guideStep = regexp.MustCompile(`^\d+\. `)

// guideBlocks reads a text of the guide: an empty line parts paragraphs, lines that
// begin with "- " or "1. " are a list.
func guideBlocks(text string) []GuideBlock {
	var out []GuideBlock
	for part := range strings.SplitSeq(text, "\n\n") {
		lines := strings.Split(strings.TrimSpace(part), "\n")
		var b GuideBlock
		for _, l := range lines {
			step := guideStep.FindString(l)
			switch {
			case step != "":
				b.Ordered = true
				b.Items = append(b.Items, strings.TrimPrefix(l, step))
			case strings.HasPrefix(l, "- "):
				b.Items = append(b.Items, strings.TrimPrefix(l, "- "))
			default:
				b.Text = strings.TrimSpace(b.Text + " " + l)
			}
		}
		out = append(out, b)
	}
	return out
}

// guideSpans are a line's parts: those at odd places stood between two ** and are
// bold.
func guideSpans(line string) []string { return strings.Split(line, "**") }
