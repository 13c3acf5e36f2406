package bot

import (
	"html"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// beginOrder begins an order. Where nothing would go out of any number now that comes
// first, with the way to change it: a campaign may be for later all the same.
func (t *turn) beginOrder(o *order) error {
	as, err := t.usable()
	if err != nil {
		return err
	}
	if len(as) == 0 || idles(as[0]) == 0 {
		return t.orderCatalog(o, 0, "")
	}
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Order = o
	if err := t.await(""); err != nil {
		return err
	}
	s := screen{text: "<b>" + t.T("bot.number.all_idle") + "</b>"}
	part, _ := pageOf(as, 0)
	for _, a := range part {
		s.text += "\n\n" + t.accountLine(a, false)
	}
	t.mending(&s, part)
	s.text += "\n\n" + t.T("bot.number.plan_text")
	s.rows = append(s.rows, row(press(t.T("bot.number.plan"), "send.on", o.Key)), t.back())
	return t.show(s)
}

// mending adds what leads on for numbers that send nothing: those that are limited are
// resumed on their own screens, those that need a login are connected in the panel.
func (t *turn) mending(s *screen, as []domain.Account) {
	login := false
	for _, a := range as {
		login = login || a.State == domain.AccountNeedsLogin
		if resumable(a) {
			s.rows = append(s.rows, row(press(label(t.T("campaign.mend")+": ", a.Name(), ""), "num", a.ID)))
		}
	}
	if !login {
		return
	}
	s.text += "\n\n" + t.T("bot.number.again")
	if t.URL != "" {
		s.rows = append(s.rows, row(link(t.T("bot.open_accounts"), t.URL+string(views.NavAccounts))))
	}
}

// orderAccount asks from which number, and says how each stands; said stands above it.
func (t *turn) orderAccount(o *order, page int64, said string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	if k.Step != stepAccount {
		o.Search = ""
	}
	all, err := t.usable()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return t.sending() // says what is needed first
	}
	barred, err := t.barred()
	if err != nil {
		return err
	}
	found := all
	if o.Search != "" {
		found = narrowed(all, phoneSigns.Replace(o.Search), func(a domain.Account) string { return a.Name() + " " + string(a.Phone) + " " + a.UserName })
	}
	var b strings.Builder
	b.WriteString(above(said) + t.heading(2, "campaign.form.account"))
	if o.Search != "" {
		b.WriteString("\n\n" + t.found("found_numbers", len(found), o.Search))
	}
	s := screen{}
	part, page := pageOf(found, page)
	for _, a := range part {
		b.WriteString("\n\n" + t.accountLine(a, barred[a.UserID]))
		if !barred[a.UserID] {
			s.rows = append(s.rows, row(press(chosen(a.ID == o.Account)+accountLabel(a), "send.num", o.Key, a.ID)))
		}
	}
	s.text = b.String()
	s.rows = append(s.rows, t.turning(len(found), page, "send.nums", o.Key))
	if o.Search != "" {
		s.rows = append(s.rows, row(press(t.T("campaign.empty.all"), "send.nums.all", o.Key)))
	}
	t.mending(&s, part)
	return t.step(o, stepAccount, "send.cats", s)
}

// phoneSigns is how people part the figures of a phone number.
var phoneSigns = strings.NewReplacer("-", " ", "–", " ", "(", " ", ")", " ")

// accountLine is a number, how it stands and why.
func (t *turn) accountLine(a domain.Account, barred bool) string {
	said := views.AccountWords(t.ctx, t.account(a))
	out := "📱 <b>" + name(a.Name(), 30) + "</b> " + a.Phone.String()
	if a.UserID != t.actor.User.ID {
		out += " · " + name(a.UserName, 20)
	}
	out += "\n" + html.EscapeString(said.Word)
	if !said.Until.IsZero() {
		out += ". " + html.EscapeString(said.UntilWord) + " " + locale.When(t.ctx, t.now(), said.Until)
	}
	if said.Why != "" {
		out += ". " + html.EscapeString(said.Why) // our own words: what they name can be tapped
	}
	if barred {
		out += "\n" + t.T("campaign.form.account_user_blocked")
	}
	return out
}

// barred are the users who are blocked: nothing goes out of their numbers.
func (t *turn) barred() (map[int64]bool, error) {
	us, err := t.Accounts.Store.Users(t.ctx, t.actor.Scope())
	out := map[int64]bool{}
	for _, u := range us {
		if u.Block.Active() {
			out[u.ID] = true
		}
	}
	return out, err
}

// findAccount narrows the list down to names and phones with those words.
func (t *turn) findAccount(o *order, text string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Step, o.Search = stepAccount, shorten(strings.TrimSpace(text), longestSearch)
	return t.orderAccount(o, 0, "")
}

// pickAccount takes one that may send and that reaches anybody of the catalog.
func (t *turn) pickAccount(o *order, args []int64) error {
	a, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), args[0])
	if err != nil {
		return err
	}
	was := o.Account
	o.Account = a.ID
	if err := t.reaches(o); err != nil {
		o.Account = was
		return t.wrong(o, err)
	}
	return t.goOn(o)
}

// reaches refuses a number of which nothing may go out, and one that can write to
// nobody of the catalog.
func (t *turn) reaches(o *order) error {
	a, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), o.Account)
	if err != nil {
		return err
	}
	if a.State == domain.AccountDisconnected {
		return domain.E(domain.Conflict, "campaign.account_gone").On("account")
	}
	u := t.actor.User
	if err := t.Campaigns.Store.MayOrder(t.ctx, u.OrganizationID, u.ID, o.Account); err != nil || o.Catalog == 0 {
		return err
	}
	all, err := t.Campaigns.Peers.Targets(t.ctx, t.actor.Scope(), o.Catalog, o.Account)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Sendable() && p.Fails < domain.SkipAfter {
			return nil
		}
	}
	return domain.E(domain.Invalid, "campaign.nobody").On("account")
}

// knownText is how much of a text stands there, in UTF-16 units.
const knownText = 200

// known is what was chosen of an order already: one line each.
func (t *turn) known(o *order) (string, error) {
	var b strings.Builder
	line := func(key, text string) { b.WriteString("<b>" + t.T(key) + "</b>: " + text + "\n") }
	if o.Catalog != 0 {
		c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), o.Catalog)
		switch {
		case err == nil:
			line("campaign.form.catalog", name(c.Name, 60))
		case !domain.IsCode(err, domain.NotFound):
			return "", err
		}
	}
	if o.Account != 0 {
		a, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), o.Account)
		switch {
		case err == nil:
			line("campaign.col.account", name(accountLabel(a), mostLabel))
		case !domain.IsCode(err, domain.NotFound):
			return "", err
		}
	}
	if o.Text != "" {
		b.WriteString("<b>" + t.T("campaign.message") + "</b>:\n" + quoted(o, knownText) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
