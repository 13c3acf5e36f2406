package bot

import (
	"slices"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

var numbersCommands = []command{
	{"numbers", true, func(t *turn, _ string) error { return t.numbers(0) }},
}

var numbersActions = []action{
	{"nums", nil, func(t *turn, _ []int64) error { return t.numbers(0) }},
	{"nums.p", []Arg{ArgNumber}, func(t *turn, a []int64) error { return t.numbers(a[0]) }},
	{"num", []Arg{ArgAccount}, func(t *turn, a []int64) error { return t.number(a[0]) }},
	{"num.go", []Arg{ArgAccount}, (*turn).resumeNumber},
}

var numbersSteps []step

// account is a number as it is this moment.
func (t *turn) account(a domain.Account) views.AccountNow {
	return views.AccountNow{Account: a, Link: t.Accounts.Links.Link(a.ID), Now: t.now()}
}

// numbers lists them; those that a person has disconnected come last.
func (t *turn) numbers(page int64) error {
	all, err := t.Accounts.Store.Accounts(t.ctx, t.actor.Scope())
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b domain.Account) int { return t.account(a).Rank() - t.account(b).Rank() })
	part, page := pageOf(all, page)
	s := screen{text: "<b>" + t.T("account.list_title") + "</b>"}
	if len(all) == 0 {
		s.text += "\n\n" + t.T("bot.number.none")
	}
	for _, a := range part {
		s.text += "\n\n" + t.accountLine(a, false)
		s.rows = append(s.rows, row(press(accountLabel(a), "num", a.ID)))
	}
	s.rows = append(s.rows, t.turning(len(all), page, "nums.p"), t.connectButton(), t.back())
	return t.show(s)
}

// connectButton leads to the panel, where a number is connected.
func (t *turn) connectButton() []button {
	if t.URL == "" || t.actor.User.ReadOnly {
		return nil
	}
	return row(link("➕ "+t.T("account.connect"), t.URL+views.LoginURL+"?new=1"))
}

// number shows one.
func (t *turn) number(id int64) error {
	a, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), id)
	if err != nil {
		return err
	}
	said := views.AccountWords(t.ctx, t.account(a))
	var b strings.Builder
	b.WriteString("📱 <b>" + name(a.Name(), 60) + "</b>\n" + a.Phone.String())
	if a.UserID != t.actor.User.ID {
		b.WriteString(" · " + name(a.UserName, 60))
	}
	b.WriteString("\n\n<b>" + esc(said.Word) + "</b>")
	if said.Why != "" {
		b.WriteString("\n" + esc(said.Why))
	}
	if !said.Until.IsZero() {
		b.WriteString("\n" + esc(said.UntilWord) + " " + locale.When(t.ctx, t.now(), said.Until))
	}
	if a.Dialogs > 0 {
		b.WriteString("\n\n" + t.N("campaign.chats", a.Dialogs))
	}
	s := screen{text: b.String()}
	switch {
	case a.State == domain.AccountPaused && a.Reason != domain.CodePhoneBlocked:
		s.rows = append(s.rows, row(press("▶️ "+t.T("account.resume"), "num.go", a.ID)))
	case t.URL != "" && (a.State == domain.AccountNeedsLogin || a.State == domain.AccountDisconnected):
		s.text += "\n\n" + t.T("bot.number.again")
		s.rows = append(s.rows, row(link(t.T("account.again"), t.URL+views.AccountURL(a.ID))))
	}
	if t.URL != "" && a.State != domain.AccountNeedsLogin && a.State != domain.AccountDisconnected {
		s.rows = append(s.rows, row(link(t.T("bot.menu.panel"), t.URL+views.AccountURL(a.ID))))
	}
	s.rows = append(s.rows, row(press("« "+t.T("account.list_title"), "nums")))
	return t.show(s)
}

// resumeNumber lets a number go on that Telegram had limited.
func (t *turn) resumeNumber(args []int64) error {
	err := t.Accounts.Resume(t.ctx, t.actor, args[0])
	if err != nil && !domain.IsKey(err, "account.not_paused") { // which he sees then
		return err
	}
	return t.number(args[0])
}
