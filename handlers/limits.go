package handlers

import (
	"net/http"
	"strings"
	"time"

	"postix/domain"
	"postix/views"
)

func limitRoutes() []Route {
	return []Route{
		get(views.LimitsURL, Owner, (*Handlers).ownLimits),
		post(views.LimitsURL+"/requests", Owner, (*Handlers).limitAsk),
		post(views.LimitsURL+"/requests/:id/withdraw", Owner, (*Handlers).limitWithdraw),
		post(string(views.NavService)+"/organizations/:id/limits", Admin, (*Handlers).organizationLimits),
		get(views.RequestsURL, Admin, (*Handlers).limitRequests),
		post(views.RequestsURL+"/:id/grant", Admin, (*Handlers).limitGrant),
		post(views.RequestsURL+"/:id/refuse", Admin, (*Handlers).limitRefuse),
	}
}

// ownLimits shows what the owner's organization may use of the service, and what it
// has used.
func (h *Handlers) ownLimits(q *Request) error {
	return h.limitsPage(q, http.StatusOK, views.AskForm{})
}

func (h *Handlers) limitsPage(q *Request, status int, ask views.AskForm) (err error) {
	p := views.LimitsPage{Now: h.Now(), Organization: q.Actor.Organization, Ask: ask}
	if p.Use, err = h.Limits.Store.LimitUse(q.Ctx(), p.Organization.ID, p.Now); err != nil {
		return err
	}
	if p.Requests, err = h.Limits.Store.LimitRequests(q.Ctx(), p.Organization.ID, views.RequestsShown); err != nil {
		return err
	}
	return q.Render(status, views.Limits(p))
}

// limitAsk asks the service for more.
func (h *Handlers) limitAsk(q *Request) error {
	f := views.AskForm{
		Kind: domain.LimitKind(q.PostForm("kind")), Wanted: short(strings.TrimSpace(q.PostForm("wanted")), 20), Note: short(q.PostForm("note"), 4000),
	}
	err := h.Limits.Ask(q.Ctx(), q.Actor, f.Kind, limitTyped(f.Kind, f.Wanted), f.Note)
	if domain.IsCode(err, domain.Invalid) && !domain.IsKey(err, "limit.kind") {
		f.Err = err
		return h.limitsPage(q, http.StatusUnprocessableEntity, f)
	}
	return q.done(err, "limit.sent", views.LimitsURL)
}

// limitTyped is a limit as it was typed: an interval in minutes.
func limitTyped(k domain.LimitKind, typed string) int {
	if k != domain.LimitInterval {
		return number(typed)
	}
	d := length(typed, "minutes")
	if d == none {
		return none
	}
	return int(d / time.Second)
}

func (h *Handlers) limitWithdraw(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Limits.Withdraw(q.Ctx(), q.Actor, id), "limit.withdrawn", views.LimitsURL)
}

// limitRequests shows service admins who asks for more.
func (h *Handlers) limitRequests(q *Request) error {
	return h.requestsPage(q, http.StatusOK, views.AnswerForm{})
}

func (h *Handlers) requestsPage(q *Request, status int, f views.AnswerForm) (err error) {
	p := views.RequestsPage{Now: h.Now(), Answer: f, Use: map[int64]domain.LimitUse{}}
	if p.Requests, err = h.Limits.Store.OpenLimitRequests(q.Ctx()); err != nil {
		return err
	}
	for _, r := range p.Requests {
		if _, ok := p.Use[r.OrganizationID]; ok {
			continue
		}
		if p.Use[r.OrganizationID], err = h.Limits.Store.LimitUse(q.Ctx(), r.OrganizationID, p.Now); err != nil {
			return err
		}
	}
	if p.Answered, err = h.Limits.Store.AnsweredLimitRequests(q.Ctx(), views.AnsweredShown); err != nil {
		return err
	}
	return q.Render(status, views.LimitRequests(p))
}

// openRequests is how many requests wait for an answer.
func (h *Handlers) openRequests(q *Request) (int, error) {
	if h.Limits == nil {
		return 0, nil
	}
	return h.Limits.Store.CountOpenLimitRequests(q.Ctx())
}

func (h *Handlers) limitGrant(q *Request) error {
	return h.limitAnswer(q, "limit.granted", func(r domain.LimitRequest, f views.AnswerForm) error {
		return h.Limits.Grant(q.Ctx(), q.Actor, r.ID, limitTyped(r.Kind, f.Value), f.Answer)
	})
}

func (h *Handlers) limitRefuse(q *Request) error {
	return h.limitAnswer(q, "limit.refused", func(r domain.LimitRequest, f views.AnswerForm) error {
		return h.Limits.Refuse(q.Ctx(), q.Actor, r.ID, f.Answer)
	})
}

func (h *Handlers) limitAnswer(q *Request, said string, answer func(domain.LimitRequest, views.AnswerForm) error) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	r, err := h.Limits.Store.LimitRequest(q.Ctx(), id)
	if err != nil {
		return err
	}
	f := views.AnswerForm{ID: id, Value: short(strings.TrimSpace(q.PostForm("value")), 20), Answer: short(q.PostForm("answer"), 4000)}
	err = answer(r, f)
	if domain.IsCode(err, domain.Invalid) {
		f.Err = err
		return h.requestsPage(q, http.StatusUnprocessableEntity, f)
	}
	return q.done(err, said, views.RequestsURL)
}

// organizationLimits sets how much of the service an organization may use.
func (h *Handlers) organizationLimits(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	typed, limits := readLimits(q)
	err = h.Organizations.SetLimits(q.Ctx(), q.Actor, o.ID, typed.Seen, limits)
	if s, again := Form(err); err != nil && again {
		if domain.IsKey(err, "limit.changed") { // what was typed belongs to other limits
			var err2 error
			if o, err2 = h.organizationInPath(q); err2 != nil {
				return err2
			}
			typed = views.TypedLimits(o.Limits)
		}
		typed.Err = err
		return h.organizationPage(q, s, views.OrganizationPage{Organization: o, Granted: views.TypedPace(o.Granted), Limits: typed})
	}
	return q.done(err, "organization.limits", views.OrganizationURL(o.ID))
}

// readLimits reads limits as they were typed, and those that they mean.
func readLimits(q *Request) (f views.LimitsForm, l domain.Limits) {
	typed := func(name string) string { return short(strings.TrimSpace(q.PostForm(name)), 20) }
	f = views.LimitsForm{
		Users: typed("user_limit"), Accounts: typed("account_limit"),
		Campaigns: typed("campaigns_per_day"), Messages: typed("messages_per_day"), Watch: q.PostForm("watch") == "on", Seen: typed("seen"),
	}
	return f, domain.Limits{
		Users: number(f.Users), Accounts: number(f.Accounts),
		CampaignsPerDay: number(f.Campaigns), MessagesPerDay: number(f.Messages), WatchOff: !f.Watch,
	}
}

// accountPlaces are the numbers of the actor's organization.
func (h *Handlers) accountPlaces(q *Request) (views.Places, error) {
	o := q.Actor.Organization
	if h.Limits == nil || o.Service {
		return views.Places{}, nil
	}
	use, err := h.Limits.Store.LimitUse(q.Ctx(), o.ID, h.Now())
	return views.Places{Used: use.Accounts, Limit: o.Limits.Accounts, Full: use.Full(o, domain.LimitAccounts)}, err
}
