package bot

import (
	"slices"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

var noticesCommands = []command{
	{"notices", true, func(t *turn, _ string) error { return t.notices() }},
}

var noticesActions = append([]action{
	{"notes", nil, func(t *turn, _ []int64) error { return t.notices() }},
	{"notes.set", nil, func(t *turn, _ []int64) error { return t.switches() }},
}, muteActions()...)

var noticesSteps []step

// muteActions are a switch for each kind. A button says what is to be, and not that
// it is to change: pressed twice it does the same.
func muteActions() []action {
	var as []action
	for _, k := range append(slices.Clone(domain.NoticeKinds), domain.NoticeDigest) {
		as = append(as, action{muteAction(k), []Arg{ArgNumber}, func(t *turn, a []int64) error { return t.mute(k, a[0] == 1) }})
	}
	return as
}

func muteAction(k domain.NoticeKind) string { return "mute." + string(k) }

// notices lists the latest, and marks them as seen, as the panel's page does.
func (t *turn) notices() error {
	who := t.actor.User
	ns, total, err := t.Store.Notices(t.ctx, t.actor.Scope(), 0, pageSize)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("🔔 <b>" + t.T("notices.title") + "</b>")
	if total == 0 {
		b.WriteString("\n\n" + t.T("notices.empty_title") + "\n" + t.T("notices.empty_text"))
	}
	for _, n := range ns {
		b.WriteString("\n\n" + t.noticeLine(t.ctx, t.actor, n))
	}
	numbers, err := t.numbersOf(ns)
	if err != nil {
		return err
	}
	s := screen{text: b.String(), rows: append(inRows(t.campaignsOf(ns), 5), inRows(numbers, 2)...)}
	if t.URL != "" && total > len(ns) {
		s.rows = append(s.rows, row(link(t.T("bot.notice.all"), t.URL+string(views.NavNotices))))
	}
	s.rows = append(s.rows, row(press("⚙️ "+t.T("bot.notice.choose"), "notes.set")), t.back())
	if err := t.show(s); err != nil || total == 0 {
		return err
	}
	return t.Store.SeeNotices(t.ctx, who.OrganizationID, who.ID, ns[0].ID)
}

// campaignsOf are the buttons that lead to what notices are about, each once. Those of
// the service's admins are in the panel.
func (t *turn) campaignsOf(ns []domain.Notice) (bs []button) {
	if t.actor.User.Role == domain.RoleAdmin {
		return nil
	}
	for _, n := range ns {
		b := press(t.T("campaign.number", "ID", n.CampaignID), "c", n.CampaignID)
		if n.CampaignID != 0 && !slices.Contains(bs, b) {
			bs = append(bs, b)
		}
	}
	return bs
}

// numbersOf are the buttons that lead to the numbers that notices are about, each once,
// as far as he may see them.
func (t *turn) numbersOf(ns []domain.Notice) (bs []button, err error) {
	if t.actor.User.Role == domain.RoleAdmin {
		return nil, nil
	}
	his, err := t.Accounts.Store.Accounts(t.ctx, t.actor.Scope())
	if err != nil {
		return nil, err
	}
	for _, n := range ns {
		i := slices.IndexFunc(his, func(a domain.Account) bool { return a.ID == n.AccountID })
		if i < 0 || n.CampaignID != 0 || n.SenderID != 0 {
			continue
		}
		b := press(label("📱 ", his[i].Name(), ""), "num", n.AccountID)
		if !slices.Contains(bs, b) {
			bs = append(bs, b)
		}
	}
	return bs, nil
}

// told are the kinds of which somebody may be told by himself.
func told(a domain.Actor) []domain.NoticeKind {
	var ks []domain.NoticeKind
	for _, k := range domain.NoticeKinds {
		if k.Concerns(a) {
			ks = append(ks, k)
		}
	}
	if a.User.Role != domain.RoleAdmin { // nothing of the service's own goes out
		ks = append(ks, domain.NoticeDigest)
	}
	return ks
}

// switches shows of what he is told, to be switched off and on.
func (t *turn) switches() error {
	who := t.actor.User
	muted, err := t.Store.BotMutes(t.ctx, who.OrganizationID, who.ID)
	if err != nil {
		return err
	}
	s := screen{text: "⚙️ <b>" + t.T("bot.notice.choose") + "</b>\n\n" + t.T("bot.notice.choose_text")}
	for _, k := range told(t.actor) {
		label, to := "✅ ", int64(1)
		if slices.Contains(muted, k) {
			label, to = "🔕 ", 0
		}
		s.rows = append(s.rows, row(press(label+kindName(t.ctx, k), muteAction(k), to)))
	}
	s.rows = append(s.rows, row(press("« "+t.T("notices.title"), "notes")))
	return t.show(s)
}

func (t *turn) mute(k domain.NoticeKind, muted bool) error {
	if !slices.Contains(told(t.actor), k) {
		return domain.Missing("page.missing")
	}
	who := t.actor.User
	if err := t.Store.SetBotMute(t.ctx, who.OrganizationID, who.ID, k, muted); err != nil {
		return err
	}
	return t.switches()
}

// langOf is the language of somebody to whom the bot talks by itself.
func langOf(a domain.Actor) string {
	if locale.Known(a.User.Lang) {
		return a.User.Lang
	}
	return locale.Default
}
