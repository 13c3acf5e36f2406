package views

import (
	"context"
	"net/url"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// CampaignsPageSize is how many campaigns one page shows.
const CampaignsPageSize = 20

// CampaignFigures are the figures above the list.
type CampaignFigures struct {
	domain.Overview
	Day time.Time // the first moment of today, in the organization's zone
}

// CampaignsPage is the monitoring page.
type CampaignsPage struct {
	Moment
	Figures   CampaignFigures
	Campaigns []domain.Campaign
	Total     int
	Page      int
	Filter    domain.CampaignFilter
	Users     []domain.User    // to filter by
	Accounts  []domain.Account // to filter by
	URL       *url.URL         // with the filters
}

// LiveURL is the address of the page's stream: the filters, and the rows and
// the total that the page shows.
func (p CampaignsPage) LiveURL() string {
	rows := make([]string, len(p.Campaigns))
	for i, c := range p.Campaigns {
		rows[i] = itoa(c.ID)
	}
	u := *p.URL
	u.Path = string(NavCampaigns) + "/live"
	return with(&u, "rows", strings.Join(rows, ","), "total", itoa(int64(p.Total)))
}

// Filtered reports whether anything narrows the list down.
func (p CampaignsPage) Filtered() bool {
	f := p.Filter
	return p.standing() != "" || f.Search != "" || p.more() > 0
}

// FilterCare is the value of the status filter that shows what waits for a
// person, whatever its status.
const FilterCare = "care"

// standing is the value of the status filter.
func (p CampaignsPage) standing() string {
	if p.Filter.Care {
		return FilterCare
	}
	return string(p.Filter.Status)
}

func statusURL(value string) string { return string(NavCampaigns) + "?status=" + value }

// dayURL is the list of the campaigns that start that day.
func dayURL(ctx context.Context, from time.Time) string {
	date := day(ctx, from, false)
	return string(NavCampaigns) + "?from=" + date + "&to=" + date
}

// scheduledWords count the campaigns that are still to come, if there are any.
func scheduledWords(ctx context.Context, n int) string {
	if n == 0 {
		return ""
	}
	return locale.N(ctx, "campaign.kpi.scheduled", n)
}

// careURL leads to what waits for a person; "" when nothing does.
func careURL(f CampaignFigures) string {
	switch {
	case f.Care > 0:
		return statusURL(FilterCare)
	case f.AccountCare > 0:
		return string(NavAccounts)
	}
	return ""
}

// more counts the filters that are folded away.
func (p CampaignsPage) more() (n int) {
	f := p.Filter
	for _, on := range []bool{f.UserID != 0, f.AccountID != 0, !f.From.IsZero(), !f.To.IsZero()} {
		if on {
			n++
		}
	}
	return n
}

// campaignStatusOptions are the choices of the status filter.
func campaignStatusOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.filter.any_status")}}
	for _, s := range domain.CampaignStatuses {
		out = append(out, ui.Option{Value: string(s), Label: locale.T(ctx, "campaign.standing."+string(s))})
	}
	return append(out, ui.Option{Value: FilterCare, Label: locale.T(ctx, "campaign.filter.care")})
}

func userOptions(ctx context.Context, us []domain.User) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.filter.any_user")}}
	for _, u := range us {
		out = append(out, ui.Option{Value: itoa(u.ID), Label: ui.Visible(u.Name)})
	}
	return out
}

func accountOptions(ctx context.Context, as []domain.Account) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.filter.any_account")}}
	for _, a := range as {
		out = append(out, ui.Option{Value: itoa(a.ID), Label: accountLabel(a)})
	}
	return out
}

// accountLabel is an account's name and number, for places without room for
// markup.
func accountLabel(a domain.Account) string {
	if a.FirstName == "" && a.LastName == "" {
		return a.Phone.String()
	}
	return ui.Visible(a.Name()) + " · " + a.Phone.String()
}

// day is a date as <input type=date> takes it; exclusive ends lie a day later.
func day(ctx context.Context, t time.Time, exclusive bool) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(locale.Zone(ctx))
	if exclusive {
		t = t.AddDate(0, 0, -1)
	}
	return t.Format(time.DateOnly)
}

func idOrEmpty(id int64) string {
	if id == 0 {
		return ""
	}
	return itoa(id)
}

func toneIf(on bool, t ui.Tone) ui.Tone {
	if on {
		return t
	}
	return ui.Neutral
}
