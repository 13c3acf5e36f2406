package bot

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// order is a campaign that is being put together.
type order struct {
	Key      int64          `json:"key"`   // in buttons: those of another one do nothing
	Token    string         `json:"token"` // one campaign for one token
	Catalog  int64          `json:"catalog,omitempty"`
	Account  int64          `json:"account,omitempty"`
	Text     string         `json:"text,omitempty"`
	Formats  domain.Formats `json:"formats,omitempty"`
	Rounds   int            `json:"rounds,omitempty"`
	Interval time.Duration  `json:"interval,omitempty"`
	Start    time.Time      `json:"start,omitzero"`   // the zero time: now
	Timed    bool           `json:"timed,omitempty"`  // the Start is chosen
	Day      string         `json:"day,omitempty"`    // that the Start is to lie on, as 2006-01-02, while its clock is not chosen
	Search   string         `json:"search,omitempty"` // what the list at hand is narrowed down to

	Typed map[string]typedIn `json:"typed,omitempty"` // the latest message at each step, whether it was taken or refused
}

// ordered is a campaign that came of an order: what is pressed of it shows that one.
type ordered struct {
	Key      int64   `json:"key"`
	Campaign int64   `json:"campaign"`
	Text     typedIn `json:"text,omitzero"` // the message that its text was taken from
}

// mostOrdered is how many orders are known that a campaign came of.
const mostOrdered = 20

// empty reports whether nothing was chosen yet; nil is.
func (o *order) empty() bool { return o == nil || o.Catalog == 0 && o.Account == 0 && o.Text == "" }

// draft is the order as the services take it.
func (o *order) draft() domain.Draft {
	return domain.Draft{
		Token: o.Token, CatalogID: o.Catalog, AccountID: o.Account, Text: o.Text, Formats: o.Formats,
		Rounds: o.Rounds, Interval: o.Interval, StartAt: o.Start,
	}
}

// mark stands for what is ordered, so that a button to confirm is for what was read
// above it.
func (o *order) mark() int64 {
	d := o.draft()
	return int64(crc32.ChecksumIEEE(fmt.Append(nil, d.CatalogID, d.AccountID, d.Rounds, int64(d.Interval), d.StartAt.UnixMilli(), d.Formats, d.Text)))
}

var sendCommands = []command{
	{"send", true, func(t *turn, _ string) error { return t.sending() }},
}

var sendActions = []action{
	{"send", nil, func(t *turn, _ []int64) error { return t.sending() }},
	{"send.on", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.goOn(o) })},
	{"send.anew", []Arg{ArgOrder}, about((*turn).orderAnew)},
	{"send.drop", []Arg{ArgOrder}, about((*turn).dropOrder)},
	{"send.cats", []Arg{ArgOrder, ArgNumber}, about(func(t *turn, o *order, a []int64) error { return t.orderCatalog(o, a[0], "") })},
	{"send.cats.all", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.findCatalog(o, "") })},
	{"send.cat", []Arg{ArgOrder, ArgCatalog}, about((*turn).pickCatalog)},
	{"send.nums", []Arg{ArgOrder, ArgNumber}, about(func(t *turn, o *order, a []int64) error { return t.orderAccount(o, a[0], "") })},
	{"send.nums.all", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.findAccount(o, "") })},
	{"send.num", []Arg{ArgOrder, ArgAccount}, about((*turn).pickAccount)},
	{"send.text", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.orderText(o, "") })},
	{"send.text.show", []Arg{ArgOrder}, about((*turn).showText)},
	{"send.text.ok", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.goOn(o) })},
	{"send.rounds", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.orderRounds(o, "") })},
	{"send.round", []Arg{ArgOrder, ArgNumber}, about(func(t *turn, o *order, a []int64) error { return t.pickRounds(o, a[0]) })},
	{"send.every", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.orderInterval(o, "") })},
	{"send.each", []Arg{ArgOrder, ArgNumber}, about((*turn).pickInterval)},
	{"send.when", []Arg{ArgOrder}, about((*turn).askStart)},
	{"send.now", []Arg{ArgOrder}, about((*turn).startNow)},
	{"send.day", []Arg{ArgOrder, ArgNumber}, about((*turn).pickDay)},
	{"send.at", []Arg{ArgOrder, ArgNumber}, about((*turn).pickTime)},
	{"send.sum", []Arg{ArgOrder}, about(func(t *turn, o *order, _ []int64) error { return t.review(o, "") })},
	{"send.go", []Arg{ArgOrder, ArgNumber}, about((*turn).confirm)},
}

// The steps of an order: each shows its screen, and takes what is typed below it.
const (
	stepCatalog  = "send.catalog"
	stepAccount  = "send.account"
	stepText     = "send.text"
	stepRounds   = "send.rounds"
	stepInterval = "send.interval"
	stepStart    = "send.start"
	stepReview   = "send.review"
)

var sendSteps = []step{
	typed(stepCatalog, (*turn).findCatalog),
	typed(stepAccount, (*turn).findAccount),
	typed(stepText, (*turn).takeText),
	typed(stepRounds, (*turn).typeRounds),
	typed(stepInterval, (*turn).typeInterval),
	typed(stepStart, (*turn).typeStart),
	typed(stepReview, func(t *turn, o *order, _ string) error { return t.review(o, t.T("bot.send.press")) }),
}

// about is a button of an order: its key is the first number. One of an order that a
// campaign came of shows that campaign.
func about(do func(t *turn, o *order, args []int64) error) func(*turn, []int64) error {
	return func(t *turn, args []int64) error {
		k, err := t.conversation()
		if err != nil {
			return err
		}
		if k.Order != nil && k.Order.Key == args[0] {
			return do(t, k.Order, args[1:])
		}
		for _, o := range k.Ordered {
			if o.Key == args[0] {
				if err := t.alert(t.T("bot.send.sent", "ID", o.Campaign)); err != nil {
					return err
				}
				return t.showCampaign(o.Campaign)
			}
		}
		return t.alert(t.T("bot.send.old"))
	}
}

// typed is a step of the order that takes a text.
func typed(name string, do func(t *turn, o *order, text string) error) step {
	return step{name, func(t *turn, text string) error {
		k, err := t.conversation()
		if err != nil {
			return err
		}
		if k.Order == nil {
			return t.menu(t.T("bot.not_awaited"))
		}
		k.Order.typed(name, t.in)
		return do(t, k.Order, text)
	}}
}

// sending begins an order, or asks what becomes of the one that was left.
func (t *turn) sending() error {
	why, err := t.cannotSend()
	if err != nil {
		return err
	}
	k, err := t.conversation()
	if err != nil {
		return err
	}
	switch {
	case why != nil:
		if err := t.await(""); err != nil {
			return err
		}
		return t.show(*why)
	case k.Order.empty():
		return t.orderAnew(nil, nil)
	}
	return t.askResume(k.Order, press("🗑 "+t.T("bot.send.resume_no"), "send.anew", k.Order.Key), t.back())
}

// cannotSend says why nothing can be sent at all and what leads on; nil: it can.
func (t *turn) cannotSend() (*screen, error) {
	u, s := t.actor.User, t.actor.Scope()
	if u.Role == domain.RoleAdmin {
		return &screen{text: t.T("bot.send.admin"), rows: [][]button{t.back()}}, nil
	}
	if u.ReadOnly {
		return &screen{
			text: t.T("user.you_read_only"),
			rows: [][]button{row(press(t.T("bot.menu.history"), "hist")), t.back()},
		}, nil
	}
	as, err := t.usable()
	if err != nil {
		return nil, err
	}
	if len(as) == 0 {
		return &screen{
			text: "<b>" + t.T("campaign.form.no_accounts_title") + "</b>\n\n" + t.T("campaign.form.no_accounts_text") + " " + t.T("bot.send.connect"),
			rows: [][]button{t.connectButton(), t.back()},
		}, nil
	}
	cs, err := t.Catalogs.Store.Catalogs(t.ctx, s)
	if err != nil {
		return nil, err
	}
	if len(cs) == 0 {
		return &screen{
			text: "<b>" + t.T("campaign.form.no_catalogs_title") + "</b>\n\n" + t.T("campaign.form.no_catalogs_text"),
			rows: [][]button{row(press("➕ "+t.T("catalog.new"), "cat.new")), t.back()},
		}, nil
	}
	if t.actor.Organization.Limits.CampaignsPerDay == 0 {
		return nil, nil
	}
	use, err := t.Campaigns.Store.LimitUse(t.ctx, s.OrganizationID, t.now())
	if err != nil || !use.Full(t.actor.Organization, domain.LimitCampaigns) {
		return nil, err
	}
	full := domain.DayLimit(t.actor.Organization, use.DayEnds, t.now())
	return &screen{text: t.refusal(full), rows: [][]button{row(press(t.T("bot.menu.history"), "hist")), t.back()}}, nil
}

// askResume asks what becomes of an order that was left: it goes on, or something else
// takes its place.
func (t *turn) askResume(o *order, instead button, back []button) error {
	text := t.T("bot.send.resume")
	if about, err := t.known(o); err != nil {
		return err
	} else if about != "" {
		text += "\n\n" + about
	}
	if err := t.await(""); err != nil {
		return err
	}
	return t.show(screen{text: text, rows: [][]button{
		row(press("▶️ "+t.T("bot.send.resume_yes"), "send.on", o.Key)),
		row(instead),
		back,
	}})
}

// orderAnew drops what was chosen and begins with nothing.
func (t *turn) orderAnew(*order, []int64) error {
	return t.beginOrder(t.newOrder(order{}))
}

// newOrder is an order that no button of another one is for.
func (t *turn) newOrder(o order) *order {
	o.Key, o.Token = t.now().UnixMilli(), domain.NewToken()
	return &o
}

func (t *turn) dropOrder(*order, []int64) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Order = nil
	return t.menu(t.T("bot.send.dropped"))
}

// goOn shows the first step of which nothing was chosen yet, or all of it.
func (t *turn) goOn(o *order) error {
	switch {
	case o.Catalog == 0:
		return t.orderCatalog(o, 0, "")
	case o.Account == 0:
		return t.orderAccount(o, 0, "")
	case o.Text == "":
		return t.orderText(o, "")
	case o.Rounds == 0:
		return t.orderRounds(o, "")
	case o.Rounds > 1 && o.Interval == 0:
		return t.orderInterval(o, "")
	case !o.Timed:
		return t.orderStart(o, "")
	}
	return t.review(o, "")
}

// complete reports whether everything was chosen.
func (o *order) complete() bool {
	return o.Catalog != 0 && o.Account != 0 && o.Text != "" && o.Rounds > 0 && (o.Rounds == 1 || o.Interval > 0) && o.Timed
}

// step stores the order at a step and shows its screen: below it the way back, and
// the one to the end where everything was chosen.
func (t *turn) step(o *order, name, back string, s screen) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Order = o
	if name != stepCatalog && name != stepAccount {
		o.Search = ""
	}
	if err := t.await(name); err != nil {
		return err
	}
	last := t.back()
	switch back {
	case "":
	case "send.cats", "send.nums":
		last = row(press(t.T("bot.back"), back, o.Key, 0))
	default:
		last = row(press(t.T("bot.back"), back, o.Key))
	}
	if o.complete() && name != stepReview {
		last = append(last, press(t.T("bot.send.to_review"), "send.sum", o.Key))
	}
	if back != "" {
		last = append(last, t.back()...)
	}
	s.rows = append(s.rows, last)
	return t.show(s)
}

// beginWith makes an order with everything in it the one that is being put together,
// and shows it, or the first step that is not right any more.
func (t *turn) beginWith(o order) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	o.Timed = true
	k.Order = t.newOrder(o)
	return t.goOn(k.Order)
}

// done notes the campaign that came of the order.
func (k *talk) done(o *order, campaign int64) {
	k.Ordered = append(k.Ordered, ordered{o.Key, campaign, o.Typed[stepText]})
	k.Ordered = k.Ordered[max(0, len(k.Ordered)-mostOrdered):]
	k.Order = nil
}

// refusal is an error in words, as a part of a message.
func (t *turn) refusal(err error) string { return esc(locale.Error(t.ctx, err)) }

// heading is a step's number and name.
func (t *turn) heading(n int, key string) string {
	return fmt.Sprintf("<b>%d/5 · %s</b>", n, t.T(key))
}

// found is how many catalogs or numbers a search has found.
func (t *turn) found(key string, n int, search string) string {
	if n == 0 {
		return t.T("bot.send.found_none", "Search", name(search, 60))
	}
	return t.N("bot.send."+key, n, "Search", name(search, 60))
}

// usable are the numbers that something can be ordered from, those that send first.
func (t *turn) usable() ([]domain.Account, error) {
	all, err := t.Accounts.Store.Accounts(t.ctx, t.actor.Scope())
	as := slices.DeleteFunc(all, func(a domain.Account) bool { return a.State == domain.AccountDisconnected })
	slices.SortStableFunc(as, func(a, b domain.Account) int { return cmp.Compare(idles(a), idles(b)) })
	return as, err
}

// idles is 1 for a number that would send nothing now.
func idles(a domain.Account) int {
	if a.State == domain.AccountActive {
		return 0
	}
	return 1
}
