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

// BlockPhoneURL is the address of that page for a number.
func BlockPhoneURL(p domain.Phone) string {
	return PhonesURL + "/block?" + url.Values{"phone": {string(p)}}.Encode()
}

func phoneCrumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Label: locale.T(ctx, "service.title"), Href: string(NavService)}, {Label: locale.T(ctx, "service.phones.title"), Href: PhonesURL}}
}

// BlockedPhonesPage lists the blocked numbers.
type BlockedPhonesPage struct {
	Phones []domain.BlockedPhone
	Search string
	Page   int
	Now    time.Time
	URL    *url.URL
}

func (p BlockedPhonesPage) on() ([]domain.BlockedPhone, int) {
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
