package views

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// blocked is a block as its card shows it.
type blocked struct {
	Block domain.Block
	By    templ.Component
	Word  string // that it is in effect
	URL   string // with /block and /unblock behind it
	Ask   ui.Question
	Fixed bool // who looks cannot change it
}

// BlockPage asks for why and how long a user, an organization or a number is
// blocked, or changes that.
type BlockPage struct {
	Nav          Nav
	Title, Intro string // of a new block
	Hint         string // who reads the reason
	Crumbs       []ui.Crumb
	Action, Back string
	Phone        *string // as it is typed, where it is a number that is blocked
	Was          domain.Block
	Form         BlockForm
	Err          error
	Now          time.Time
}

// BlockUserPage is that of a user of one's own organization.
func BlockUserPage(ctx context.Context, u domain.User) BlockPage {
	return BlockPage{
		Nav: NavUsers, Title: locale.T(ctx, "user.block.title", "Name", ui.Visible(u.Name)), Intro: locale.T(ctx, "user.block.text"), Hint: locale.T(ctx, "user.block.reason_hint"),
		Crumbs: userCrumbs(ctx, u, blockWord(ctx, u.Block)), Action: UserURL(u.ID) + "/block", Back: UserURL(u.ID), Was: u.Block,
	}
}

// BlockOrganizationPage is that of an organization.
func BlockOrganizationPage(ctx context.Context, o domain.Organization) BlockPage {
	at := OrganizationURL(o.ID)
	return BlockPage{
		Nav: NavService, Title: locale.T(ctx, "service.block.title", "Name", ui.Visible(o.Name)), Intro: locale.T(ctx, "service.block.organization"), Hint: locale.T(ctx, "user.block.reason_hint"),
		Crumbs: organizationCrumbs(ctx, o, TabOrganization, blockWord(ctx, o.Block)), Action: at + "/block", Back: at, Was: o.Block,
	}
}

// BlockOrganizationUserPage is that of a user of any organization.
func BlockOrganizationUserPage(ctx context.Context, o domain.Organization, u domain.User) BlockPage {
	at := OrganizationUserURL(o.ID, u.ID)
	crumbs := organizationCrumbs(ctx, o, TabUsers, ui.Visible(u.Name))
	crumbs[len(crumbs)-1].Href = at
	p := BlockUserPage(ctx, u)
	p.Nav, p.Crumbs = NavService, append(crumbs, ui.Crumb{Label: blockWord(ctx, u.Block)})
	p.Action, p.Back = at+"/block", at
	return p
}

// BlockPhonePage is that of a number.
func BlockPhonePage(ctx context.Context, phone string, was domain.Block) BlockPage {
	title := locale.T(ctx, "service.phones.new")
	p := BlockPage{
		Nav: NavService, Title: title, Intro: locale.T(ctx, "service.block.phone"), Hint: locale.T(ctx, "service.block.phone_hint"),
		Crumbs: append(phoneCrumbs(ctx), ui.Crumb{Label: title}), Action: PhonesURL + "/block", Back: PhonesURL, Phone: &phone, Was: was,
	}
	if was.Planned() {
		p.Crumbs[len(p.Crumbs)-1].Label = blockWord(ctx, was)
	}
	return p
}

// title is what the page asks for.
func (p BlockPage) title(ctx context.Context) string {
	if p.Was.Planned() {
		return blockWord(ctx, p.Was)
	}
	return p.Title
}

// blockWord is what the page does to the block that is there.
func blockWord(ctx context.Context, was domain.Block) string {
	if was.Planned() {
		return locale.T(ctx, "user.block.change")
	}
	return locale.T(ctx, "user.block.button")
}

// How long a block lasts, as its form says.
const (
	BlockDay   = "day"
	BlockWeek  = "week"
	BlockGood  = "good"
	BlockUntil = "until"
)

// BlockForm is a block as it was filled in.
type BlockForm struct {
	Reason string
	From   string // as <input type=datetime-local> writes it, in the reader's zone; "": now
	Length string
	Until  string // for BlockUntil, as well
}

func blockLengths(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, l := range []string{BlockDay, BlockWeek, BlockGood, BlockUntil} {
		out = append(out, ui.Option{Value: l, Label: locale.T(ctx, "user.block.length."+l)})
	}
	return out
}

// BlockedForm is the form of a block that is there already.
func BlockedForm(ctx context.Context, b domain.Block) BlockForm {
	f := BlockForm{Reason: b.Reason, Length: BlockDay}
	if !b.Planned() {
		return f
	}
	f.Length = BlockGood
	if !b.Active() {
		f.From = localNow(ctx, b.From)
	}
	if !b.Until.IsZero() {
		f.Length, f.Until = BlockUntil, localNow(ctx, b.Until)
	}
	return f
}
