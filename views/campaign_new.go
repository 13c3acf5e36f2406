package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// CampaignForm is a campaign as it is being written. The texts of its fields are
// kept as they were typed.
type CampaignForm struct {
	Token     string // one campaign for one token
	CatalogID int64
	AccountID int64
	Text      string
	Formats   domain.Formats // of the Text, which a changed one loses
	Rounds    string
	Every     string // the interval's number
	Unit      string // one of IntervalUnits
	Start     string // "now" or "at"
	StartAt   string // as <input type=datetime-local> writes it, in the organization's zone
	Repeat    int64  // the campaign that it was filled in from; 0: none

	Catalogs    []domain.Catalog
	Accounts    []domain.Account // those that are not disconnected
	Barred      map[int64]bool   // those of Accounts whose user is blocked
	ReadOnly    bool             // the reader only looks on: he orders nothing
	MinInterval time.Duration    // of the organization
	Now         time.Time
	Err         error
}

// Starting points of the form.
const (
	StartNow = "now"
	StartAt  = "at"
)

// IntervalUnit is a unit in which an interval is typed.
type IntervalUnit struct {
	Name string
	Is   time.Duration
}

// IntervalUnits lists them from short to long.
var IntervalUnits = []IntervalUnit{
	{"seconds", time.Second},
	{"minutes", time.Minute},
	{"hours", time.Hour},
	{"days", 24 * time.Hour},
}

// SplitInterval is an interval in the largest unit that leaves nothing over.
func SplitInterval(d time.Duration) (number int64, unit string) {
	for i := len(IntervalUnits) - 1; i > 0; i-- {
		if u := IntervalUnits[i]; d >= u.Is && d%u.Is == 0 {
			return int64(d / u.Is), u.Name
		}
	}
	return int64(d / time.Second), IntervalUnits[0].Name
}

// intervalPresets are the intervals one tap away.
var intervalPresets = []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 24 * time.Hour}

// presets are those that the organization allows, from its least one on.
func (f CampaignForm) presets() (ds []time.Duration) {
	if f.MinInterval > 0 {
		ds = append(ds, f.MinInterval)
	}
	for _, d := range intervalPresets {
		if d > f.MinInterval {
			ds = append(ds, d)
		}
	}
	return ds
}

// intervalHint says from when to when, and what the least one is.
func (f CampaignForm) intervalHint(ctx context.Context) string {
	hint := locale.T(ctx, "campaign.form.interval_hint")
	if f.MinInterval > 0 {
		hint += " " + locale.T(ctx, "campaign.form.interval_least", "Least", f.MinInterval)
	}
	return hint
}

// CampaignReview is the last look before a campaign is ordered.
type CampaignReview struct {
	Form    CampaignForm
	Plan    domain.Plan
	Catalog domain.Catalog
	Account domain.Account
	Text    string // as it will be sent
	Formats domain.Formats
	Rounds  int
	Every   time.Duration
}

// timesShown is how many times stand in the open; the others are folded.
const timesShown = 10

func (f CampaignForm) fieldError(ctx context.Context, field string) string {
	if f.Err == nil {
		return ""
	}
	return locale.FieldError(ctx, f.Err, field)
}

func catalogChoices(ctx context.Context, f CampaignForm) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.form.choose"), Disabled: true}}
	for _, c := range f.Catalogs {
		label := ui.Visible(c.Name) + " · " + locale.N(ctx, "campaign.chats", c.Peers)
		if several(f.Catalogs) {
			label += " · " + ui.Visible(c.UserName)
		}
		out = append(out, ui.Option{Value: itoa(c.ID), Label: label})
	}
	return out
}

// several reports whether the catalogs belong to more than one user.
func several(cs []domain.Catalog) bool {
	for _, c := range cs {
		if c.UserID != cs[0].UserID {
			return true
		}
	}
	return false
}

func accountChoices(ctx context.Context, f CampaignForm) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "campaign.form.choose"), Disabled: true}}
	for _, a := range f.Accounts {
		label := accountLabel(a)
		if a.State != domain.AccountActive {
			label += " · " + locale.T(ctx, "campaign.form.account_"+string(a.State))
		}
		if f.Barred[a.ID] {
			label += " · " + locale.T(ctx, "campaign.form.account_user_blocked")
		}
		out = append(out, ui.Option{Value: itoa(a.ID), Label: label, Disabled: f.Barred[a.ID]})
	}
	return out
}

func unitChoices(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, u := range IntervalUnits {
		out = append(out, ui.Option{Value: u.Name, Label: locale.T(ctx, "campaign.unit."+u.Name)})
	}
	return out
}

// localNow is the moment now as <input type=datetime-local> takes it.
func localNow(ctx context.Context, now time.Time) string {
	return now.In(locale.Zone(ctx)).Format("2006-01-02T15:04")
}

// warningText is a warning's sentence; one that counts peers agrees with them.
func warningText(ctx context.Context, w domain.Warning) string {
	var args []any
	for k, v := range w.Args {
		args = append(args, k, v)
	}
	if n, ok := w.Args["Count"].(int); ok {
		return locale.N(ctx, "warning."+w.Key, n, args...)
	}
	return locale.T(ctx, "warning."+w.Key, args...)
}

// cleanUnits is the length of a typed text as it would be sent.
func cleanUnits(text string) int {
	return domain.TextUnits(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
}

func campaignCrumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Label: locale.T(ctx, "campaign.list_title"), Href: string(NavCampaigns)}, {Label: locale.T(ctx, "campaign.form.title")}}
}

// confirmLabel says on the button what it does.
func confirmLabel(ctx context.Context, r CampaignReview) string {
	if r.Form.Start == StartAt {
		return locale.T(ctx, "campaign.review.schedule")
	}
	return locale.T(ctx, "campaign.review.send")
}
