package bot

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
	"postix/views/ui"
)

var catalogsCommands = []command{
	{"catalogs", true, func(t *turn, _ string) error { return t.catalogs(0) }},
}

var catalogsActions = []action{
	{"cats", nil, func(t *turn, _ []int64) error { return t.catalogs(0) }},
	{"cats.p", []Arg{ArgNumber}, func(t *turn, a []int64) error { return t.catalogs(a[0]) }},
	{"cat", []Arg{ArgCatalog, ArgNumber}, func(t *turn, a []int64) error { return t.catalog(a[0], a[1], "") }},
	{"cat.new", nil, func(t *turn, _ []int64) error { return t.askCatalogName(0) }},
	{"cat.name", []Arg{ArgCatalog}, (*turn).askNewName},
	{"cat.add", []Arg{ArgCatalog}, (*turn).askChats},
	{"cat.from", []Arg{ArgCatalog, ArgAccount}, (*turn).askChatsFrom},
	{"cat.out", []Arg{ArgCatalog, ArgNumber}, func(t *turn, a []int64) error { return t.askOut(a[0], a[1]) }},
	{"cat.take", []Arg{ArgCatalog, ArgNumber, ArgPeer}, (*turn).takeOut},
	{"cat.drop", []Arg{ArgCatalog}, (*turn).askDropCatalog},
	{"cat.drop.yes", []Arg{ArgCatalog}, (*turn).dropCatalog},
}

var catalogsSteps = []step{
	{"cat.name", (*turn).nameCatalog},
	{"cat.chats", (*turn).addChats},
}

// longestTitle is how much of a chat's name a line shows, in characters.
const longestTitle = 48

// catalogs lists them.
func (t *turn) catalogs(page int64) error {
	if t.actor.User.Role == domain.RoleAdmin {
		return t.show(screen{text: t.T("bot.catalog.admin"), rows: [][]button{t.back()}})
	}
	all, err := t.Catalogs.Store.Catalogs(t.ctx, t.actor.Scope())
	if err != nil {
		return err
	}
	part, page := pageOf(all, page)
	s := screen{text: "<b>" + t.T("catalog.list_title") + "</b>"}
	if len(all) == 0 {
		s.text += "\n\n" + t.T("bot.catalog.empty")
	}
	for _, c := range part {
		s.rows = append(s.rows, row(press(t.catalogLabel("", c), "cat", c.ID, 0)))
	}
	s.rows = append(s.rows, t.turning(len(all), page, "cats.p"), row(press("➕ "+t.T("catalog.new"), "cat.new")), t.back())
	return t.show(s)
}

// catalog shows one, with a page of its chats; said stands above it.
func (t *turn) catalog(id, page int64, said string) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), id)
	if err != nil {
		return err
	}
	if err := t.await(""); err != nil {
		return err
	}
	peers, err := t.Catalogs.Peers.Targets(t.ctx, t.actor.Scope(), id, 0)
	if err != nil {
		return err
	}
	var b strings.Builder
	if said != "" {
		b.WriteString(said + "\n\n")
	}
	count := t.T("bot.catalog.none")
	if len(peers) > 0 {
		count = t.N("campaign.chats", len(peers))
	}
	b.WriteString("📁 <b>" + name(c.Name, 60) + "</b>\n" + count)
	if c.UserID != t.actor.User.ID {
		b.WriteString(" · " + name(c.UserName, 60))
	}
	part, page := pageOf(peers, page)
	for i, p := range part {
		b.WriteString("\n" + strconv.Itoa(int(page)*pageSize+i+1) + ". " + chatName(p.Peer))
	}
	s := screen{text: b.String()}
	s.rows = append(s.rows, t.turning(len(peers), page, "cat", id), row(press("➕ "+t.T("catalog.add_chats"), "cat.add", id)))
	if len(peers) > 0 {
		s.rows = append(s.rows, row(press(t.T("bot.catalog.take_out"), "cat.out", id, 0)))
	}
	s.rows = append(s.rows,
		row(press(t.T("catalog.rename.submit"), "cat.name", id), press(t.T("bot.catalog.drop"), "cat.drop", id)),
		row(press("« "+t.T("catalog.list_title"), "cats")))
	return t.show(s)
}

// chatName is a chat in a line: its title, and its @username where it has one.
func chatName(p domain.Peer) string {
	out := name(p.Title, longestTitle)
	if p.Username != "" {
		out += " @" + name(p.Username, 32)
	}
	return out
}

// askNewName asks how a catalog is to be called.
func (t *turn) askNewName(args []int64) error {
	if args[0] == 0 { // which would be a new one
		return domain.Missing("catalog.missing")
	}
	return t.askCatalogName(args[0])
}

// askCatalogName asks for the name of a new catalog, or a new name of that one.
func (t *turn) askCatalogName(id int64) error {
	s := screen{text: t.T("bot.catalog.ask_name")}
	s.rows = append(s.rows, row(press("« "+t.T("catalog.list_title"), "cats")))
	if id != 0 {
		c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), id)
		if err != nil {
			return err
		}
		s.text = t.T("bot.catalog.ask_new_name", "Name", name(c.Name, 60))
		s.rows = [][]button{row(press(t.T("bot.back"), "cat", id, 0))}
	}
	return t.ask(s, "cat.name", id, 0)
}

// ask shows a question whose answer is a text for that step, about that.
func (t *turn) ask(s screen, step string, about, via int64) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.About, k.Via = about, via
	if err := t.await(step); err != nil {
		return err
	}
	return t.show(s)
}

func (t *turn) nameCatalog(text string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	id := k.About
	if id != 0 {
		if err := t.Catalogs.Rename(t.ctx, t.actor, id, text); err != nil {
			return t.nameAgain(id, err)
		}
		return t.catalog(id, 0, t.T("flash.catalog.renamed"))
	}
	c, err := t.Catalogs.Create(t.ctx, t.actor, text)
	if t.again && domain.IsKey(err, "catalog.name_taken") { // it was made before the process ended
		c, err = t.catalogNamed(text)
	}
	if err != nil {
		return t.nameAgain(id, err)
	}
	return t.catalog(c.ID, 0, t.T("flash.catalog.created"))
}

// catalogNamed is one of his own.
func (t *turn) catalogNamed(text string) (domain.Catalog, error) {
	all, err := t.Catalogs.Store.Catalogs(t.ctx, t.actor.Scope())
	for _, c := range all {
		if c.UserID == t.actor.User.ID && strings.EqualFold(c.Name, strings.Join(strings.Fields(text), " ")) {
			return c, nil
		}
	}
	return domain.Catalog{}, cmp.Or(err, error(domain.Missing("catalog.missing")))
}

// nameAgain tells what is wrong with a name, and waits for another.
func (t *turn) nameAgain(id int64, err error) error {
	var e *domain.Error
	if !errors.As(err, &e) || e.Code != domain.Invalid && e.Code != domain.Conflict {
		return err
	}
	back := press("« "+t.T("catalog.list_title"), "cats")
	if id != 0 {
		back = press(t.T("bot.back"), "cat", id, 0)
	}
	return t.show(screen{text: "⚠️ " + esc(locale.Error(t.ctx, err)) + "\n\n" + t.T("bot.catalog.ask_name_again"), rows: [][]button{row(back)}})
}

// linked are the accounts whose chats are known.
func (t *turn) linked() ([]domain.Account, error) {
	all, err := t.Accounts.Store.Accounts(t.ctx, t.actor.Scope())
	var as []domain.Account
	for _, a := range all {
		if a.Dialogs > 0 || a.State == domain.AccountActive || a.State == domain.AccountPaused {
			as = append(as, a)
		}
	}
	return as, err
}

// askChats asks which number is in the chats that are to come in.
func (t *turn) askChats(args []int64) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), args[0])
	if err != nil {
		return err
	}
	as, err := t.linked()
	if err != nil {
		return err
	}
	switch len(as) {
	case 0:
		s := screen{text: t.T("catalog.no_account.text")}
		s.rows = append(s.rows, t.connectButton(), row(press(t.T("bot.back"), "cat", c.ID, 0)))
		return t.show(s)
	case 1:
		return t.askChatsFrom([]int64{c.ID, as[0].ID})
	}
	s := screen{text: t.T("catalog.from_account")}
	for _, a := range as[:min(len(as), accountsOffered)] {
		s.rows = append(s.rows, row(press(accountLabel(a), "cat.from", c.ID, a.ID)))
	}
	s.rows = append(s.rows, row(press(t.T("bot.back"), "cat", c.ID, 0)))
	return t.show(s)
}

// accountsOffered is how many numbers a question offers: more are in the panel.
const accountsOffered = 30

func accountLabel(a domain.Account) string {
	return shorten(ui.Visible(a.Name()), 30) + " " + a.Phone.String()
}

// askChatsFrom waits for chats of that number, message by message.
func (t *turn) askChatsFrom(args []int64) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), args[0])
	if err != nil {
		return err
	}
	acc, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), args[1])
	if err != nil {
		return err
	}
	s := screen{text: t.T("bot.catalog.ask_chats", "Catalog", name(c.Name, 60), "Account", name(acc.Name(), 60))}
	s.rows = append(s.rows, row(press(t.T("bot.catalog.enough"), "cat", c.ID, 0)))
	return t.ask(s, "cat.chats", c.ID, acc.ID)
}

// mostResults is how many lines are answered one by one.
const mostResults = 15

// addChats puts what was written or forwarded into the catalog, and waits for more.
func (t *turn) addChats(text string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	acc, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), k.Via)
	if err != nil {
		return err
	}
	enough := row(press(t.T("bot.catalog.enough"), "cat", k.About, 0))
	said := "" // how the one chat is called, where it does not say so itself
	if f := t.in.Forward; f != nil {
		if f.Chat == 0 {
			return t.show(screen{text: t.T("bot.catalog.no_origin"), rows: [][]button{enough}})
		}
		text = strconv.FormatInt(f.Chat, 10)
		said = f.Title
		if f.Username != "" {
			said += " @" + f.Username
		}
	}
	rs, err := t.Catalogs.AddLines(t.ctx, t.actor, k.About, acc, text)
	if err != nil {
		return err
	}
	var b strings.Builder
	added := 0
	for i, r := range rs {
		became, in := views.AddedWords(t.ctx, r)
		if in {
			added++
		}
		if i >= mostResults {
			continue
		}
		what := name(cmp.Or(said, r.Line), longestTitle)
		if r.Peer.Title != "" {
			what = chatName(r.Peer)
		}
		b.WriteString("\n" + mark(in) + " " + what + ": " + strings.TrimSpace(esc(became.Word)+". "+esc(became.Why)))
	}
	if len(rs) > mostResults {
		b.WriteString("\n…")
	}
	head := "<b>" + t.N("catalog.lines.sum", added, "All", len(rs)) + "</b>\n"
	if t.in.Forward != nil { // who has forwarded a message has written no lines
		head = ""
	}
	return t.show(screen{text: head + strings.TrimPrefix(b.String(), "\n") + "\n\n" + t.T("bot.catalog.more"), rows: [][]button{enough}})
}

func mark(good bool) string {
	if good {
		return "✅"
	}
	return "▫️"
}

// askOut lists chats as buttons that take them out.
func (t *turn) askOut(id, page int64) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), id)
	if err != nil {
		return err
	}
	peers, err := t.Catalogs.Peers.Targets(t.ctx, t.actor.Scope(), id, 0)
	if err != nil {
		return err
	}
	part, page := pageOf(peers, page)
	s := screen{text: t.T("bot.catalog.ask_out", "Catalog", name(c.Name, 60))}
	for _, p := range part {
		s.rows = append(s.rows, row(press("✖️ "+shorten(ui.Visible(p.Title), longestTitle), "cat.take", id, page, int64(p.ID))))
	}
	s.rows = append(s.rows, t.turning(len(peers), page, "cat.out", id), row(press(t.T("bot.back"), "cat", id, 0)))
	return t.show(s)
}

func (t *turn) takeOut(args []int64) error {
	id, page := args[0], args[1]
	n, err := t.Catalogs.RemovePeers(t.ctx, t.actor, id, []domain.PeerID{domain.PeerID(args[2])})
	if err != nil {
		return err
	}
	if err := t.askOut(id, page); err != nil || n == 0 {
		return err
	}
	return t.note(t.T("bot.catalog.taken_out"))
}

func (t *turn) askDropCatalog(args []int64) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), args[0])
	if err != nil {
		return err
	}
	s := screen{text: "<b>" + t.T("catalog.delete.title", "Name", name(c.Name, 60)) + "</b>\n" + t.N("catalog.delete.text", c.Peers)}
	s.rows = append(s.rows, row(press(t.T("catalog.delete.yes"), "cat.drop.yes", c.ID), press(t.T("action.keep"), "cat", c.ID, 0)))
	return t.show(s)
}

func (t *turn) dropCatalog(args []int64) error {
	if err := t.Catalogs.Delete(t.ctx, t.actor, args[0]); err != nil {
		return err
	}
	if err := t.catalogs(0); err != nil {
		return err
	}
	return t.note(t.T("flash.catalog.deleted"))
}
