package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// PhonesURL is the list of blocked numbers.
const PhonesURL = string(NavService) + "/numbers"

// blocked is a block as its card shows it.
type blocked struct {
	Block domain.Block
	By    string // name; "" where it is not known
	Word  string // that it is in effect
	URL   string // with /block and /unblock behind it
	Ask   ui.Question
}

// ServiceBlockPage asks for why and how long an organization, a user or a number
// is blocked.
type ServiceBlockPage struct {
	Title, Intro string
	Hint         string // who reads the reason
	Crumbs       []ui.Crumb
	Action, Back string
	Phone        *string // as it is typed, where the form asks for one
	Form         BlockForm
	Err          error
	Now          time.Time
}

// BlockOrganizationPage is that of an organization.
func BlockOrganizationPage(ctx context.Context, o domain.Organization) ServiceBlockPage {
	at := OrganizationURL(o.ID)
	return ServiceBlockPage{
		Title: locale.T(ctx, "service.block.title", "Name", ui.Visible(o.Name)), Intro: locale.T(ctx, "service.block.organization"), Hint: locale.T(ctx, "user.block.reason_hint"),
		Crumbs: organizationCrumbs(ctx, o, TabOrganization, locale.T(ctx, "user.block.button")), Action: at + "/block", Back: at,
	}
}

// BlockOrganizationUserPage is that of a user.
func BlockOrganizationUserPage(ctx context.Context, o domain.Organization, u domain.User) ServiceBlockPage {
	at := OrganizationUserURL(o.ID, u.ID)
	crumbs := organizationCrumbs(ctx, o, TabUsers, ui.Visible(u.Name))
	crumbs[len(crumbs)-1].Href = at
	return ServiceBlockPage{
		Title: locale.T(ctx, "user.block.title", "Name", ui.Visible(u.Name)), Intro: locale.T(ctx, "user.block.text"), Hint: locale.T(ctx, "user.block.reason_hint"),
		Crumbs: append(crumbs, ui.Crumb{Label: locale.T(ctx, "user.block.button")}), Action: at + "/block", Back: at,
	}
}

// BlockPhonePage is that of a number.
func BlockPhonePage(ctx context.Context, phone string) ServiceBlockPage {
	return ServiceBlockPage{
		Title: locale.T(ctx, "service.phones.new"), Intro: locale.T(ctx, "service.block.phone"), Hint: locale.T(ctx, "service.block.phone_hint"), Phone: &phone,
		Crumbs: append(phoneCrumbs(ctx), ui.Crumb{Label: locale.T(ctx, "service.phones.new")}), Action: PhonesURL + "/block", Back: PhonesURL,
	}
}

// BlockPhoneURL is the address of that page for a number.
func BlockPhoneURL(p domain.Phone) string {
	return PhonesURL + "/block?" + url.Values{"phone": {string(p)}}.Encode()
}

func phoneCrumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Label: locale.T(ctx, "service.title"), Href: string(NavService)}, {Label: locale.T(ctx, "service.phones.title"), Href: PhonesURL}}
}

// BlockedPhone is a number that is blocked, and by whom.
type BlockedPhone struct {
	domain.BlockedPhone
	By string // name; "" where it is not known
}

// BlockedPhonesPage lists the blocked numbers.
type BlockedPhonesPage struct {
	Phones []BlockedPhone
	Search string
	Page   int
	Now    time.Time
	URL    *url.URL
}

func (p BlockedPhonesPage) on() ([]BlockedPhone, int) {
	return pageOf(p.Phones, p.Page, NumbersPageSize)
}

// askUnblockNamed is the question before a block is taken off; text is the key of
// what that means.
func askUnblockNamed(ctx context.Context, name, text string) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "service.block.lift", "Name", ui.Visible(name)), Text: locale.T(ctx, text),
		Yes: locale.T(ctx, "user.unblock.yes"), Mild: true,
	}
}

// blockTimes are since and until when, in words.
func blockTimes(ctx context.Context, now time.Time, b domain.Block) (from, until string) {
	if until = locale.T(ctx, "user.state.for_good"); !b.Until.IsZero() {
		until = locale.When(ctx, now, b.Until)
	}
	return locale.When(ctx, now, b.From), until
}

// phonesWay is the way to the list itself.
func phonesWay(ctx context.Context) []ui.Crumb {
	way := phoneCrumbs(ctx)
	way[len(way)-1].Href = ""
	return way
}
