package views

import (
	"context"
	"net/url"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// The ids of what a live stream renews.
const (
	AccountsID       = "accounts"
	AccountFactsID   = "account-facts"
	AccountActionsID = "account-actions"
	AccountListensID = "account-listens"
)

// DialogsPageSize is how many dialogs one page shows.
const DialogsPageSize = 100

// filterTrigger is [ui.FilterTrigger] for lists with a form of their own.
const filterTrigger = ui.FilterTrigger

// AccountRowID is the id of an account's row.
func AccountRowID(id int64) string { return "account-" + itoa(id) }

// AccountURL is the address of an account's page.
func AccountURL(id int64) string { return string(NavAccounts) + "/" + itoa(id) }

// AccountNow is an account as it is this moment.
type AccountNow struct {
	domain.Account
	Link    domain.LinkState
	Reading bool // its dialogs are being read
	Now     time.Time
	Block   domain.Block // of its number; known on the service's own pages alone
}

// AccountsPage is the list of accounts.
type AccountsPage struct {
	Now      time.Time
	Accounts []AccountNow
}

// AccountPage is one account with a page of its dialogs.
type AccountPage struct {
	Account AccountNow
	Dialogs []domain.DialogRow
	Total   int // behind the filter
	Page    int
	Filter  domain.DialogFilter
	URL     *url.URL // with the filters
}

func (p AccountPage) filtered() bool {
	return p.Filter.Search != "" || p.Filter.Kind != "" || p.Filter.Writable
}

// Rank orders accounts: what was disconnected comes last.
func (a AccountNow) Rank() int {
	if a.State == domain.AccountDisconnected {
		return 1
	}
	return 0
}

// linked reports whether the account has a session.
func (a AccountNow) linked() bool {
	return a.State == domain.AccountActive || a.State == domain.AccountPaused
}

// shut reports whether the service has blocked the number.
func (a AccountNow) shut() bool {
	return a.State == domain.AccountPaused && a.Reason == domain.CodePhoneBlocked
}

// accountStanding is where an account stands and what it waits for.
func accountStanding(ctx context.Context, a AccountNow) standing {
	word := func(key string) string { return locale.T(ctx, "account.standing."+key) }
	switch {
	case a.shut():
		return standing{Tone: ui.Bad, Icon: "ban", Word: word("blocked"), Why: Reason(ctx, a.Reason)}
	case a.State == domain.AccountPaused && a.Reason == domain.CodePhoneFree:
		return standing{Tone: ui.Warn, Icon: "circle-pause", Word: locale.T(ctx, "campaign.standing.paused"), Why: Reason(ctx, a.Reason)}
	case a.State == domain.AccountPaused:
		return standing{Tone: ui.Warn, Icon: "circle-pause", Word: word("paused"), Why: Reason(ctx, a.Reason)}
	case a.State == domain.AccountNeedsLogin:
		return standing{Tone: ui.Bad, Icon: "unplug", Word: word("needs_login"), Why: Reason(ctx, a.Reason)}
	case a.State == domain.AccountDisconnected:
		return standing{Icon: "power", Word: word("disconnected")}
	case a.WaitUntil.After(a.Now):
		code := a.WaitReason
		if code == "" {
			code = "FLOOD_WAIT"
		}
		return standing{Tone: ui.Warn, Icon: "hourglass", Word: word("waits"), Why: accountWait(ctx, code), Until: a.WaitUntil, UntilWord: locale.T(ctx, "campaign.standing.goes_on")}
	case a.Link == domain.LinkReady:
		return standing{Tone: ui.Ok, Icon: "circle-check", Word: word("ready")}
	case a.Link == domain.LinkConnecting:
		return standing{Tone: ui.Info, Icon: "loader-circle", Word: word("connecting")}
	}
	return standing{Tone: ui.Warn, Icon: "wifi-off", Word: word("off"), Why: word("off_why")}
}

// askDisconnect is the question before an account is disconnected.
func askDisconnect(ctx context.Context, a AccountNow) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "account.disconnect.title", "Name", accountLabel(a.Account)),
		Text:  locale.T(ctx, "account.disconnect.text"),
		Yes:   locale.T(ctx, "account.disconnect.yes"),
	}
}

// askListen is the question before an account listens: it says what will be
// read.
func askListen(ctx context.Context, a AccountNow) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "account.listens.ask_title", "Name", accountLabel(a.Account)),
		Text:  locale.T(ctx, "account.listens.ask_text"),
		Yes:   locale.T(ctx, "account.listens.ask_yes"), Mild: true,
	}
}

// kindOptions are the choices of the filter by kind.
func kindOptions(ctx context.Context, usual string) []ui.Option {
	out := []ui.Option{{Value: "", Label: usual}}
	for _, k := range domain.PeerKinds {
		out = append(out, ui.Option{Value: string(k), Label: locale.T(ctx, "dialog.kinds."+string(k))})
	}
	return out
}

// sight is how one account sees a chat: whether it may write, and what stands in
// the way.
type sight struct {
	Tone       ui.Tone
	Icon, Word string
	Why        string
}

// dialogSight says how the dialog's own account sees it.
func dialogSight(ctx context.Context, d domain.Dialog) sight {
	return targetSight(ctx, domain.Target{
		Peer: d.Peer, Known: true, CanWrite: d.CanWrite, DenyReason: d.DenyReason,
		SlowMode: d.SlowMode, MigratedTo: d.MigratedTo, Fails: d.Fails,
	})
}

// targetSight says how an account sees a chat of a catalog.
func targetSight(ctx context.Context, t domain.Target) sight {
	word := func(key string) string { return locale.T(ctx, "dialog.sight."+key) }
	switch {
	case t.Denied:
		return sight{ui.Bad, "ban", word("deny_list"), word("deny_list_why")}
	case !t.Known && (t.Kind == domain.KindUser || t.Kind == domain.KindBot):
		return sight{ui.Bad, "unplug", word("no_talk"), ""}
	case !t.Known:
		return sight{ui.Bad, "unplug", word("unknown"), ""}
	case t.MigratedTo != 0:
		return sight{ui.Warn, "arrow-right", word("migrated"), word("migrated_why")}
	case t.Fails >= domain.SkipAfter:
		return sight{ui.Warn, "skip-forward", word("skipped"), word("skipped_why")}
	case !t.CanWrite:
		return sight{ui.Bad, "lock", word("denied"), Reason(ctx, t.DenyReason)}
	case t.SlowMode > 0:
		return sight{ui.Info, "timer", word("slow"), locale.Duration(ctx, t.SlowMode)}
	}
	return sight{ui.Neutral, "check", word("writes"), ""}
}
