package bot

import (
	"strings"

	"postix/domain"
	"postix/views/ui"
)

// orderCatalog asks to which chats; said stands above it.
func (t *turn) orderCatalog(o *order, page int64, said string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	if k.Step != stepCatalog {
		o.Search = ""
	}
	all, err := t.Catalogs.Store.Catalogs(t.ctx, t.actor.Scope())
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return t.sending() // says what is needed first
	}
	found := all
	if o.Search != "" {
		found = narrowed(all, o.Search, func(c domain.Catalog) string { return c.Name })
	}
	s := screen{text: above(said) + t.heading(1, "campaign.form.catalog") + "\n\n" + t.T("bot.send.catalog")}
	if o.Search != "" {
		s.text += "\n\n" + t.found("found", len(found), o.Search)
	}
	part, page := pageOf(found, page)
	for _, c := range part {
		s.rows = append(s.rows, row(press(t.catalogLabel(chosen(c.ID == o.Catalog), c), "send.cat", o.Key, c.ID)))
	}
	s.rows = append(s.rows, t.turning(len(found), page, "send.cats", o.Key))
	if o.Search != "" {
		s.rows = append(s.rows, row(press(t.T("campaign.empty.all"), "send.cats.all", o.Key)))
	}
	return t.step(o, stepCatalog, "", s)
}

// catalogLabel is a catalog on a button.
func (t *turn) catalogLabel(before string, c domain.Catalog) string {
	behind := " · " + t.T("catalog.none")
	if c.Peers > 0 {
		behind = " · " + t.N("campaign.chats", c.Peers)
	}
	if c.UserID != t.actor.User.ID {
		behind += " · " + shorten(ui.Visible(c.UserName), 16)
	}
	return label(before, c.Name, behind)
}

// chosen marks what was chosen before.
func chosen(is bool) string {
	if is {
		return "✓ "
	}
	return ""
}

// above is a remark over what follows.
func above(said string) string {
	if said == "" {
		return ""
	}
	return said + "\n\n"
}

// longestSearch bounds what is looked for, in characters.
const longestSearch = 60

// findCatalog narrows the list down to names with those words.
func (t *turn) findCatalog(o *order, text string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Step, o.Search = stepCatalog, shorten(strings.TrimSpace(text), longestSearch)
	return t.orderCatalog(o, 0, "")
}

// narrowed are those whose name has all words of a search, however they are written
// large or small and with whatever apostrophes.
func narrowed[T any](all []T, search string, name func(T) string) (out []T) {
	words := strings.Fields(folded(search))
	for _, one := range all {
		n, all := folded(name(one)), true
		for _, w := range words {
			all = all && strings.Contains(n, w)
		}
		if all {
			out = append(out, one)
		}
	}
	return out
}

var apostrophes = strings.NewReplacer("ʻ", "", "ʼ", "", "'", "", "`", "", "‘", "", "’", "", "´", "")

func folded(s string) string { return apostrophes.Replace(strings.ToLower(s)) }

// pickCatalog takes one that has chats.
func (t *turn) pickCatalog(o *order, args []int64) error {
	c, err := t.Catalogs.Store.Catalog(t.ctx, t.actor.Scope(), args[0])
	if err != nil {
		return err
	}
	if c.Peers == 0 {
		return t.show(screen{
			text: "📁 <b>" + name(c.Name, 60) + "</b>\n\n" + t.refusal(domain.E(domain.Invalid, "campaign.catalog_empty")),
			rows: [][]button{
				row(press("➕ "+t.T("catalog.add_chats"), "cat.add", c.ID)),
				row(press(t.T("bot.back"), "send.cats", o.Key, 0)),
			},
		})
	}
	o.Catalog = c.ID
	if o.Account != 0 {
		if err := t.reaches(o); err != nil {
			o.Account = 0
		}
	}
	return t.goOn(o)
}
