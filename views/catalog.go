package views

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// CatalogPageSize is how many chats of a catalog one page shows.
const CatalogPageSize = 100

// CatalogURL is the address of a catalog's page.
func CatalogURL(id int64) string { return string(NavCatalogs) + "/" + itoa(id) }

// NewCatalogURL is where a catalog is created.
const NewCatalogURL = string(NavCatalogs) + "/new"

// CatalogSeenURL is the address of a catalog's page as an account sees it.
func CatalogSeenURL(id, accountID int64) string {
	return CatalogURL(id) + "?account=" + itoa(accountID)
}

// CatalogsPage is the list of catalogs.
type CatalogsPage struct {
	Now      time.Time
	Catalogs []domain.Catalog
	Accounts int // how many there are to fill catalogs from
}

// CatalogAct is what a name is given for.
type CatalogAct string

// The acts that ask for a name.
const (
	CatalogCreate CatalogAct = "create"
	CatalogRename CatalogAct = "rename"
	CatalogCopy   CatalogAct = "copy"
)

// CatalogNameForm asks for a catalog's name. Catalog is the one to rename or
// copy.
type CatalogNameForm struct {
	Act     CatalogAct
	Catalog domain.Catalog
	Name    string
	Err     error
}

// dialogID is the id of the form's window.
func (f CatalogNameForm) dialogID() string {
	return "catalog-" + string(f.Act) + "-" + itoa(f.Catalog.ID)
}

func (f CatalogNameForm) action() string {
	if f.Act == CatalogCreate {
		return string(NavCatalogs)
	}
	return f.page()
}

// page is the address of the form as a page of its own.
func (f CatalogNameForm) page() string {
	if f.Act == CatalogCreate {
		return NewCatalogURL
	}
	return CatalogURL(f.Catalog.ID) + "/" + string(f.Act)
}

// opener makes a link of the button: it opens the form's window, and without
// JavaScript its page.
func (f CatalogNameForm) opener(b ui.Btn) ui.Btn {
	b.Href, b.Attrs = f.page(), ui.LinkOpens(f.dialogID())
	return b
}

func (f CatalogNameForm) back() string {
	if f.Act == CatalogCreate {
		return string(NavCatalogs)
	}
	return CatalogURL(f.Catalog.ID)
}

func (f CatalogNameForm) title(ctx context.Context) string {
	return locale.T(ctx, "catalog."+string(f.Act)+".title", "Name", ui.Visible(f.Catalog.Name))
}

// copyOf is how much of a name a copy keeps, so that what is added fits too.
const copyOf = 45

// NameForm is an untouched form. A copy is offered a name that differs.
func NameForm(ctx context.Context, act CatalogAct, c domain.Catalog) CatalogNameForm {
	f := CatalogNameForm{Act: act, Catalog: c, Name: c.Name}
	if act == CatalogCopy {
		f.Name = locale.T(ctx, "catalog.copy.name", "Name", beginning(c.Name, copyOf))
	}
	return f
}

// CatalogPage is one catalog as an account sees it. Account is the zero Account
// when there is none to see it through.
type CatalogPage struct {
	Now      time.Time
	Catalog  domain.Catalog
	Accounts []domain.Account
	Account  domain.Account
	Search   string
	Troubled bool // only those to which the account cannot simply write
	Page     int
	URL      *url.URL

	Targets  []domain.Target // of this page
	Found    int             // behind the filter
	Sendable int             // of all
}

// Show fills the page in from all targets of the catalog.
func (p *CatalogPage) Show(all []domain.Target) {
	var found []domain.Target
	needle := strings.ToLower(strings.TrimPrefix(p.Search, "@"))
	for _, t := range all {
		fine := !t.Denied && (p.Account.ID == 0 || t.Sendable() && t.Fails < domain.SkipAfter && t.MigratedTo == 0)
		if fine && p.Account.ID != 0 {
			p.Sendable++
		}
		if p.Troubled && fine || needle != "" && !strings.Contains(strings.ToLower(t.Title), needle) && !strings.Contains(strings.ToLower(t.Username), needle) {
			continue
		}
		found = append(found, t)
	}
	p.Found = len(found)
	p.Targets, p.Page = pageOf(found, p.Page, CatalogPageSize)
}

// here is the page's own address, for forms that come back to it.
func (p CatalogPage) here() string { return p.URL.RequestURI() }

func (p CatalogPage) accountChoices() []ui.Option { return accountSeen(p.Accounts) }

func accountSeen(as []domain.Account) []ui.Option {
	var out []ui.Option
	for _, a := range as {
		out = append(out, ui.Option{Value: itoa(a.ID), Label: accountLabel(a)})
	}
	return out
}

func peerValue(id domain.PeerID) string { return strconv.FormatInt(int64(id), 10) }

// askDelete is the question before a catalog is deleted.
func askDelete(ctx context.Context, c domain.Catalog) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "catalog.delete.title", "Name", ui.Visible(c.Name)),
		Text:  locale.N(ctx, "catalog.delete.text", c.Peers),
		Yes:   locale.T(ctx, "catalog.delete.yes"),
	}
}

func askRemove(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "catalog.remove.title"),
		Text:  locale.T(ctx, "catalog.remove.text"),
		Yes:   locale.T(ctx, "catalog.remove.yes"),
	}
}

// catalogCrumbs is the way to a page below a catalog; here is its own name, ""
// for the catalog itself.
func catalogCrumbs(ctx context.Context, c domain.Catalog, here string) []ui.Crumb {
	way := []ui.Crumb{{Label: locale.T(ctx, "catalog.list_title"), Href: string(NavCatalogs)}, {Label: ui.Visible(c.Name)}}
	if here != "" {
		way[1].Href = CatalogURL(c.ID)
		way = append(way, ui.Crumb{Label: here})
	}
	return way
}

// CatalogLinesPage adds chats that are typed or pasted.
type CatalogLinesPage struct {
	Catalog  domain.Catalog
	Accounts []domain.Account
	Account  domain.Account
	Lines    string
	Results  []domain.AddResult
	Err      error
}

// Unused are the lines that named no chat, to be mended.
func (p CatalogLinesPage) Unused() string {
	var out []string
	for _, r := range p.Results {
		if r.Peer.ID == 0 {
			out = append(out, r.Line)
		}
	}
	return strings.Join(out, "\n")
}

// added counts the lines that have put a chat into the catalog.
func (p CatalogLinesPage) added() (n int) {
	for _, r := range p.Results {
		if strings.HasPrefix(r.Key, "catalog.added") {
			n++
		}
	}
	return n
}

func (p CatalogLinesPage) fieldError(ctx context.Context, field string) string {
	if p.Err == nil {
		return ""
	}
	return locale.FieldError(ctx, p.Err, field)
}

// lineLook is how the result of a line looks, and its words.
func lineLook(ctx context.Context, r domain.AddResult) sight {
	switch r.Key {
	case "catalog.added":
		return sight{ui.Ok, "check", locale.T(ctx, "catalog.added"), ""}
	case "catalog.added_no_write":
		return sight{ui.Warn, "triangle-alert", locale.T(ctx, "catalog.added"), locale.T(ctx, "catalog.added_no_write")}
	case "catalog.duplicate":
		return sight{ui.Neutral, "list-checks", locale.T(ctx, "catalog.duplicate"), ""}
	}
	return sight{ui.Bad, "circle-x", locale.T(ctx, "catalog.not_added"), locale.Error(ctx, &domain.Error{Key: r.Key})}
}

// nameError is what is wrong with a name: also what storage found out.
func nameError(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	return locale.Error(ctx, err)
}
