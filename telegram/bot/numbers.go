package bot

import (
	"html"
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
	if t.actor.User.Role == domain.RoleAdmin {
		return t.show(screen{text: t.T("bot.number.admin"), rows: [][]button{t.back()}})
	}
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
	b.WriteString("\n\n<b>" + html.EscapeString(said.Word) + "</b>")
	if said.Why != "" {
		b.WriteString("\n" + html.EscapeString(said.Why)) // our own words: what they name can be tapped
	}
	if !said.Until.IsZero() {
		b.WriteString("\n" + html.EscapeString(said.UntilWord) + " " + locale.When(t.ctx, t.now(), said.Until))
	}
	if a.Dialogs > 0 {
		b.WriteString("\n\n" + t.N("campaign.chats", a.Dialogs))
	}
	s := screen{text: b.String()}
	switch {
	case resumable(a):
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

// resumable reports whether a person may let a number go on that was stopped.
func resumable(a domain.Account) bool {
	return a.State == domain.AccountPaused && a.Reason != domain.CodePhoneBlocked
}

// resumeNumber lets a number go on that Telegram had limited, tells what became of that
// and shows the number.
func (t *turn) resumeNumber(args []int64) error {
	err := t.Accounts.Resume(t.ctx, t.actor, args[0])
	done := "flash.account.resumed"
	if domain.IsKey(err, "account.not_paused") {
		a, failed := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), args[0])
		switch {
		case failed != nil:
			return failed
		case a.State == domain.AccountActive: // as he wanted it
			done, err = "bot.number.goes_on", nil
		}
	}
	switch {
	case err == nil:
		err = t.note(t.T(done))
	case domain.IsCode(err, domain.Conflict), domain.IsCode(err, domain.Forbidden):
		t.fail(err)
		err = nil
	}
	if err != nil {
		return err
	}
	return t.number(args[0])
}
