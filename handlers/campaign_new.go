package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/ui"
)

func (h *Handlers) campaignNew(q *Request) error {
	f := views.CampaignForm{
		Token: domain.NewToken(), CatalogID: q.FormID("catalog"), AccountID: q.FormID("account"),
		Rounds: "1", Start: views.StartNow,
	}
	f.Every, f.Unit = interval(max(time.Hour, q.Actor.Organization.Pace.MinInterval))
	if id := q.FormID("repeat"); id != 0 {
		c, err := h.Campaigns.Store.Campaign(q.Ctx(), q.Actor.Scope(), id)
		if err != nil {
			return err
		}
		f.CatalogID, f.AccountID, f.Text, f.Rounds = c.CatalogID, c.AccountID, c.Text, strconv.Itoa(c.Rounds)
		f.Repeat, f.Formats = c.ID, c.Formats
		if c.Interval > 0 {
			f.Every, f.Unit = interval(c.Interval)
		}
	}
	return h.campaignForm(q, http.StatusOK, f)
}

// campaignForm shows the form with what it offers to choose from.
func (h *Handlers) campaignForm(q *Request, status int, f views.CampaignForm) (err error) {
	f.Now, f.MinInterval, f.ReadOnly = h.Now(), q.Actor.Organization.Pace.MinInterval, q.Actor.User.ReadOnly
	if f.Catalogs, err = h.Catalogs.Store.Catalogs(q.Ctx(), q.Actor.Scope()); err != nil {
		return err
	}
	all, err := h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State != domain.AccountDisconnected {
			f.Accounts = append(f.Accounts, a)
		}
	}
	if f.Barred, err = h.barred(q, f.Accounts); err != nil {
		return err
	}
	if len(f.Accounts) == 1 && f.AccountID == 0 && len(f.Barred) == 0 {
		f.AccountID = f.Accounts[0].ID
	}
	if len(f.Catalogs) == 1 && f.CatalogID == 0 {
		f.CatalogID = f.Catalogs[0].ID
	}
	return q.Render(status, views.CampaignNew(f))
}

// barred are the accounts whose user is blocked: nothing goes out of them.
func (h *Handlers) barred(q *Request, as []domain.Account) (map[int64]bool, error) {
	us, err := h.Accounts.Store.Users(q.Ctx(), q.Actor.Scope())
	out := map[int64]bool{}
	for _, a := range as {
		if slices.ContainsFunc(us, func(u domain.User) bool { return u.ID == a.UserID && u.Block.Active() }) {
			out[a.ID] = true
		}
	}
	return out, err
}

// campaignFormError shows the form again with what is wrong. A catalog or an
// account that is gone, or was never the actor's to see, is a wrong choice of
// the form too: nothing that was typed is lost.
func (h *Handlers) campaignFormError(q *Request, f views.CampaignForm, err error) error {
	s, again := Form(err)
	if !again && s != http.StatusNotFound {
		return err
	}
	f.Err = err
	return h.campaignForm(q, s, f)
}

// campaignPreview shows what the campaign would do. A preset and the way back
// from there only fill the form in.
func (h *Handlers) campaignPreview(q *Request) error {
	f, d, err := h.readCampaign(q)
	if preset, e := time.ParseDuration(q.PostForm("preset")); e == nil && preset > 0 {
		f.Every, f.Unit = interval(preset)
		return h.campaignForm(q, http.StatusOK, f)
	}
	if q.PostForm("edit") != "" {
		return h.campaignForm(q, http.StatusOK, f)
	}
	if err != nil {
		return h.campaignFormError(q, f, err)
	}
	r := views.CampaignReview{Form: f, Rounds: d.Rounds, Every: d.Interval}
	if r.Plan, err = h.Campaigns.Preview(q.Ctx(), q.Actor, d); err != nil {
		return h.campaignFormError(q, f, err)
	}
	if r.Catalog, err = h.Catalogs.Store.Catalog(q.Ctx(), q.Actor.Scope(), d.CatalogID); err != nil {
		return err
	}
	if r.Account, err = h.Accounts.Store.Account(q.Ctx(), q.Actor.Scope(), d.AccountID); err != nil {
		return err
	}
	if r.Text, r.Formats, err = domain.CleanFormatted(d.Text, d.Formats); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.CampaignReviewPage(r))
}

// campaignCreate orders the campaign. A second click carries the same token and
// lands on the same page.
func (h *Handlers) campaignCreate(q *Request) error {
	f, d, err := h.readCampaign(q)
	if err != nil {
		return h.campaignFormError(q, f, err)
	}
	c, created, err := h.Campaigns.Create(q.Ctx(), q.Actor, d)
	if err != nil {
		return h.campaignFormError(q, f, err)
	}
	if !created && !sameOrder(c, d) { // the form was changed after it had been sent
		f.Token = domain.NewToken()
		return h.campaignFormError(q, f, domain.E(domain.Conflict, "campaign.token"))
	}
	q.Flash(ui.Ok, "campaign.created")
	return q.Go(views.CampaignURL(c.ID))
}

// sameOrder reports whether a draft is what the campaign was ordered with. A
// start "now" is the same as any earlier "now", and one in quiet hours is their
// end.
func sameOrder(c domain.Campaign, d domain.Draft) bool {
	text, formats, err := domain.CleanFormatted(d.Text, d.Formats)
	return err == nil && text == c.Text && slices.Equal(formats, c.Formats) && d.CatalogID == c.CatalogID && d.AccountID == c.AccountID && d.Rounds == c.Rounds &&
		(c.Rounds == 1 || d.Interval == c.Interval) && (d.StartAt.IsZero() || c.Hours.Next(d.StartAt).Equal(c.StartAt))
}

// interval is a length of time as the form has it.
func interval(d time.Duration) (every, unit string) {
	n, unit := views.SplitInterval(d)
	return strconv.FormatInt(n, 10), unit
}

// startLayouts are what browsers send for <input type=datetime-local>.
var startLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// readCampaign reads the form, and the draft it means. Numbers that are none
// become 0, which the service refuses with its own words.
func (h *Handlers) readCampaign(q *Request) (f views.CampaignForm, d domain.Draft, err error) {
	form := q.Context.Request.PostForm
	f = views.CampaignForm{
		Token: form.Get("token"), CatalogID: q.FormID("catalog"), AccountID: q.FormID("account"), Text: form.Get("text"),
		Rounds: short(form.Get("rounds"), 20), Every: short(form.Get("every"), 20), Unit: short(form.Get("unit"), 20),
		Start: form.Get("start"), StartAt: short(form.Get("start_at"), 40), Repeat: q.FormID("repeat"),
	}
	if len(f.Token) < 16 || len(f.Token) > 64 {
		f.Token = domain.NewToken()
	}
	if f.Start != views.StartAt {
		f.Start = views.StartNow
	}
	d = domain.Draft{Token: form.Get("token"), CatalogID: f.CatalogID, AccountID: f.AccountID, Text: f.Text}
	d.Rounds, _ = strconv.Atoi(strings.TrimSpace(f.Rounds))
	every, _ := strconv.ParseInt(strings.TrimSpace(f.Every), 10, 64)
	for _, u := range views.IntervalUnits {
		if u.Name == f.Unit {
			d.Interval = u.Is * time.Duration(min(max(every, 0), int64(2*domain.MaxInterval/u.Is)))
		}
	}
	if f.Formats, err = h.repeatedFormats(q, f); err != nil {
		return f, d, err
	}
	d.Formats = f.Formats
	if f.Start == views.StartAt {
		d.StartAt, err = startTime(f.StartAt, q.Actor.Location())
	}
	return f, d, err
}

// repeatedFormats are those of the campaign that the form was filled in from, for as
// long as its text was not changed: the form has no place for them.
func (h *Handlers) repeatedFormats(q *Request, f views.CampaignForm) (domain.Formats, error) {
	if f.Repeat == 0 {
		return nil, nil
	}
	c, err := h.Campaigns.Store.Campaign(q.Ctx(), q.Actor.Scope(), f.Repeat)
	if domain.IsCode(err, domain.NotFound) {
		return nil, nil
	}
	if text, wrong := domain.CleanText(f.Text); wrong == nil && text == c.Text {
		return c.Formats, err
	}
	return nil, err
}

// startTime reads a start as it was typed in that zone.
func startTime(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range startLayouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, domain.E(domain.Invalid, "campaign.start_format").On("start")
}
