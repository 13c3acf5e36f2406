package views

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// RequestsURL is where service admins answer who asks for higher limits.
const RequestsURL = string(NavService) + "/requests"

// AnsweredShown is how many of the answered requests the service admins' page lists.
const AnsweredShown = 30

// RequestsShown is how many of an organization's requests its page lists.
const RequestsShown = 20

// LimitsForm is an organization's limits as they are typed.
type LimitsForm struct {
	Users, Accounts, Campaigns, Messages string
	Watch                                bool   // it has the filter
	Seen                                 string // [domain.Limits.Mark] of what was shown
	Err                                  error
}

// TypedLimits is the form for limits.
func TypedLimits(l domain.Limits) LimitsForm {
	return LimitsForm{
		Users: strconv.Itoa(l.Users), Accounts: strconv.Itoa(l.Accounts),
		Campaigns: strconv.Itoa(l.CampaignsPerDay), Messages: strconv.Itoa(l.MessagesPerDay), Watch: !l.WatchOff, Seen: l.Mark(),
	}
}

// LimitsPage is what an organization may use of the service, and what it has asked
// for.
type LimitsPage struct {
	Now          time.Time
	Organization domain.Organization
	Use          domain.LimitUse
	Requests     []domain.LimitRequest // the newest first
	Ask          AskForm
}

// AskForm is a request as it was typed.
type AskForm struct {
	Kind         domain.LimitKind
	Wanted, Note string // wanted minutes of an interval
	Err          error
}

// RequestsPage is all open requests of all organizations.
type RequestsPage struct {
	Now      time.Time
	Requests []domain.LimitRequest
	Use      map[int64]domain.LimitUse // of their organizations
	Answered []domain.LimitRequest     // the last ones, the newest first
	Answer   AnswerForm
}

// AnswerForm is an answer to a request as it was typed.
type AnswerForm struct {
	ID            int64
	Value, Answer string // minutes of an interval
	Err           error
}

// limitNow is a limit with what is used of it.
type limitNow struct {
	domain.LimitKind
	value, used int
	counted     bool // used is known
	open        bool // there is none
	full        bool
	asked       *domain.LimitRequest // that is open
	form        AskForm              // as it was typed, or empty
}

func (p LimitsPage) limits() []limitNow {
	var ls []limitNow
	for _, k := range domain.LimitKinds {
		l := limitNow{LimitKind: k, form: AskForm{Kind: k}}
		l.value, l.open = p.Organization.Limit(k)
		l.used, l.counted = p.Use.Of(k)
		l.full = p.Use.Full(p.Organization, k) || k == domain.LimitWatch && !l.open
		for i, r := range p.Requests {
			if r.Kind == k && r.Status == domain.RequestOpen {
				l.asked = &p.Requests[i]
			}
		}
		if p.Ask.Kind == k {
			l.form = p.Ask
		}
		ls = append(ls, l)
	}
	return ls
}

// parts are the bar of a limit.
func (l limitNow) parts(ctx context.Context) []ui.Part {
	kind := "sent"
	if l.full {
		kind = "uncertain"
	}
	used := min(l.used, l.value)
	return []ui.Part{
		{Kind: kind, Label: locale.T(ctx, "limit.used"), N: used},
		{Kind: "waiting", Label: locale.T(ctx, "limit.free"), N: l.value - used},
	}
}

func (l limitNow) daily() bool {
	return l.LimitKind == domain.LimitCampaigns || l.LimitKind == domain.LimitMessages
}

var limitIcons = map[domain.LimitKind]string{
	domain.LimitUsers: "users", domain.LimitAccounts: "smartphone", domain.LimitCampaigns: "send",
	domain.LimitMessages: "messages-square", domain.LimitInterval: "timer", domain.LimitWatch: "radar",
}

func limitName(ctx context.Context, k domain.LimitKind) string {
	return locale.T(ctx, "limit."+string(k)+".name")
}

// limitValue is a limit in words.
func limitValue(ctx context.Context, k domain.LimitKind, value int) string {
	switch {
	case k == domain.LimitInterval:
		return length(ctx, time.Duration(value)*time.Second)
	case k == domain.LimitWatch && value == 0:
		return locale.T(ctx, "limit.watch.off")
	case k == domain.LimitWatch:
		return locale.T(ctx, "limit.watch.on")
	case value == 0 && (k == domain.LimitCampaigns || k == domain.LimitMessages):
		return locale.T(ctx, "limit.no_limit")
	}
	return locale.Num(ctx, value)
}

// limitUsed says what is used of a limit.
func limitUsed(ctx context.Context, l limitNow) string {
	switch {
	case !l.counted && l.open && l.LimitKind == domain.LimitInterval:
		return locale.T(ctx, "limit.no_limit")
	case !l.counted:
		return limitValue(ctx, l.LimitKind, l.value)
	case l.open:
		return locale.T(ctx, "limit.used_free", "Used", l.used)
	}
	return locale.T(ctx, "limit.used_of", "Used", l.used, "Limit", l.value)
}

// requestLook is how a request stands.
func requestLook(ctx context.Context, r domain.LimitRequest) (ui.Tone, string, string) {
	word := locale.T(ctx, "limit.request."+string(r.Status))
	switch r.Status {
	case domain.RequestGranted:
		return ui.Ok, "circle-check", word
	case domain.RequestRefused:
		return ui.Bad, "circle-x", word
	case domain.RequestWithdrawn:
		return ui.Neutral, "undo-2", word
	case domain.RequestOpen:
	}
	return ui.Warn, "hourglass", word
}

// limitAskURL is where a limit is asked for.
func limitAskURL(k domain.LimitKind) string { return LimitsURL + "#" + limitID(k) }

func limitID(k domain.LimitKind) string { return "limit-" + string(k) }

func requestURL(id int64) string { return RequestsURL + "/" + itoa(id) }

// answerForm is the form of a request: as it was typed, or with what is asked for.
func (p RequestsPage) answerForm(r domain.LimitRequest) AnswerForm {
	if p.Answer.ID == r.ID {
		return p.Answer
	}
	f := AnswerForm{ID: r.ID, Value: strconv.Itoa(r.Wanted)}
	if r.Kind == domain.LimitInterval {
		f.Value = strconv.FormatFloat((time.Duration(r.Wanted) * time.Second).Minutes(), 'f', -1, 64)
	}
	return f
}

func wantedLabel(ctx context.Context, k domain.LimitKind) string {
	if k == domain.LimitInterval {
		return locale.T(ctx, "limit.wanted_minutes")
	}
	return locale.T(ctx, "limit.wanted")
}

func valueLabel(ctx context.Context, k domain.LimitKind) string {
	if k == domain.LimitInterval {
		return locale.T(ctx, "limit.value_minutes")
	}
	return locale.T(ctx, "limit.value")
}

// limitTaken is what stands below a limit that is being set.
func limitTaken(ctx context.Context, u domain.LimitUse, k domain.LimitKind) string {
	used, _ := u.Of(k)
	if k == domain.LimitCampaigns || k == domain.LimitMessages {
		return locale.T(ctx, "limit.taken_today", "Used", used)
	}
	return locale.T(ctx, "limit.taken", "Used", used)
}

func askWord(ctx context.Context, k domain.LimitKind) string {
	switch k {
	case domain.LimitInterval:
		return locale.T(ctx, "limit.ask_less")
	case domain.LimitWatch:
		return locale.T(ctx, "limit.ask_watch")
	}
	return locale.T(ctx, "limit.ask")
}

// fullLimit is which limit an error says is full; "" for none.
func fullLimit(err error) domain.LimitKind {
	switch {
	case domain.IsKey(err, "account.limit"):
		return domain.LimitAccounts
	case domain.IsKey(err, "campaign.day_limit"):
		return domain.LimitCampaigns
	}
	return ""
}

// limitWords says what the audit keeps of limits, such as "users 100 → 120, watch
// on → off". What it does not know stays as it is.
func limitWords(ctx context.Context, kept string) string {
	changes := strings.Split(kept, ", ")
	for i, c := range changes {
		word, values, _ := strings.Cut(c, " ")
		kind := domain.LimitKind(word)
		if !slices.Contains(domain.LimitKinds, kind) {
			return kept
		}
		was, is, changed := strings.Cut(values, " → ")
		changes[i] = limitName(ctx, kind) + ": " + keptLimit(ctx, kind, was)
		if changed {
			changes[i] += " → " + keptLimit(ctx, kind, is)
		}
	}
	return strings.Join(changes, ", ")
}

func keptLimit(ctx context.Context, k domain.LimitKind, kept string) string {
	value, err := strconv.Atoi(kept)
	switch {
	case kept == "off":
		value = 0
	case kept == "on":
		value = 1
	case err != nil:
		return kept
	}
	return limitValue(ctx, k, value)
}
