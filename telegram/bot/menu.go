package bot

import (
	"strings"

	"postix/domain"
	"postix/views/locale"
)

var menuCommands = []command{
	{"start", false, func(t *turn, _ string) error { return t.menu("") }},
	{"menu", true, func(t *turn, _ string) error { return t.menu("") }},
	{"language", true, func(t *turn, _ string) error { return t.language() }},
	{"cancel", false, (*turn).stopWaiting},
}

var menuActions = []action{
	{"menu", nil, func(t *turn, _ []int64) error { return t.menu("") }},
	{"lang", nil, func(t *turn, _ []int64) error { return t.language() }},
	{"lang.set", []Arg{ArgNumber}, (*turn).setLanguage},
	{"as.ask", nil, func(t *turn, _ []int64) error { return t.askAs(t.back()) }},
	{chooseAction, []Arg{ArgUser}, (*turn).chosen},
}

// menu is where everything begins; said stands above it.
func (t *turn) menu(said string) error {
	if err := t.await(""); err != nil {
		return err
	}
	var b strings.Builder
	if said != "" {
		b.WriteString(esc(said) + "\n\n")
	}
	u := t.actor.User
	b.WriteString("<b>" + name(u.Name, 60) + "</b>, " + t.T("role."+string(u.Role)) + "\n" + name(t.actor.Organization.Name, 60))
	s := screen{text: b.String()}
	add := func(bs ...button) { s.rows = append(s.rows, row(bs...)) }
	if u.Role != domain.RoleAdmin { // the service itself sends nothing
		add(press(t.T("bot.menu.send"), "send"))
		add(press(t.T("bot.menu.catalogs"), "cats"), press(t.T("bot.menu.history"), "hist"))
		add(press(t.T("bot.menu.numbers"), "nums"))
	}
	add(press(t.T("bot.menu.notices"), "notes"), press(t.T("bot.menu.guide"), "guide"))
	add(press(t.T("bot.menu.language"), "lang"))
	others, err := t.Access.Choices(t.ctx, t.in.From)
	if err != nil {
		return err
	}
	if len(others) > 1 {
		add(press(t.T("bot.menu.organization"), "as.ask"))
	}
	if t.URL != "" {
		add(link(t.T("bot.menu.panel"), t.URL))
	}
	return t.show(s)
}

// stopWaiting ends whatever the bot waits for; what is being put together stays.
func (t *turn) stopWaiting(string) error {
	k, err := t.conversation()
	if err != nil || k.Order == nil {
		return t.menu("")
	}
	return t.menu(t.T("bot.stopped_waiting"))
}

// language asks in which one he reads.
func (t *turn) language() error {
	s := screen{text: t.T("bot.language")}
	for i, l := range locale.Languages {
		label := l.Name
		if l.Code == locale.Lang(t.ctx) {
			label = "✓ " + label
		}
		s.rows = append(s.rows, row(press(label, "lang.set", int64(i))))
	}
	s.rows = append(s.rows, t.back())
	return t.show(s)
}

func (t *turn) setLanguage(args []int64) error {
	if args[0] < 0 || args[0] >= int64(len(locale.Languages)) {
		return domain.Missing("page.missing")
	}
	lang := locale.Languages[args[0]].Code
	if err := t.Security.Prefer(t.ctx, t.actor, lang, t.actor.User.Zone); err != nil {
		return err
	}
	t.actor.User.Lang = lang
	t.as(t.actor)
	return t.menu("")
}

// back leads to the menu.
func (t *turn) back() []button { return row(press(t.T("bot.to_menu"), "menu")) }
