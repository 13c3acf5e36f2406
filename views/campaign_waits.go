package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// Moment is what holds for every campaign when a page is made.
type Moment struct {
	Now     time.Time
	Stopped string // why all sending is stopped: a code; "" when it is not
	// The caps of the account, as they are now, on the page of one campaign; 0:
	// none, or not known.
	PerHour, PerDay int
	Actor           domain.Actor // who looks
}

// mayChange reports whether he may do something about the campaign beside looking
// at it.
func (m Moment) mayChange(c domain.Campaign) bool { return m.Actor.MayChange(c) }

// mayLet reports whether he may let something of it go out.
func (m Moment) mayLet(c domain.Campaign) bool { return m.mayChange(c) && !m.Actor.User.ReadOnly }

// standing is where a campaign stands: what it does, or what it waits for.
type standing struct {
	Tone       ui.Tone
	Icon, Word string
	Why        string    // a sentence, or ""
	Other      int64     // the campaign that the sentence names; 0: none
	Until      time.Time // when it goes on by itself, zero: unknown
	UntilWord  string
	Mend       bool // a person must look after the account
}

// stand says where a campaign stands. "Running" is said only of one that may
// send this very moment.
func stand(ctx context.Context, m Moment, c domain.Campaign) standing {
	word := func(key string) string { return locale.T(ctx, "campaign.standing."+key) }
	switch c.Status {
	case domain.CampaignDone:
		if c.Counts.Sent == 0 && c.Counts.Missed == c.Counts.Planned {
			return standing{Tone: ui.Warn, Icon: "circle-slash", Word: word("missed")}
		}
		return standing{Tone: ui.Ok, Icon: "check", Word: word("done")}
	case domain.CampaignCancelled:
		if c.Counts.Open() > 0 {
			return standing{Icon: "ban", Word: word("cancelled"), Why: word("ending")}
		}
		return standing{Icon: "ban", Word: word("cancelled")}
	case domain.CampaignPaused:
		return standing{Tone: ui.Warn, Icon: "circle-pause", Word: word("paused"), Why: Reason(ctx, c.Reason)}
	}
	if w, ok := accountOff(ctx, c); ok {
		return w
	}
	if c.NextDueAt.After(m.Now) {
		return standsUntilRound(ctx, m, c)
	}
	w, waits := holdUp(ctx, m, c)
	if c.HeldUntil.After(m.Now) && (!waits || !w.Until.IsZero() && !w.Until.After(c.HeldUntil)) {
		return waitsFor(ctx, locale.N(ctx, "campaign.standing.held", c.Held), c.HeldUntil)
	}
	if waits {
		return w
	}
	if c.Ahead.At(m.Now) {
		return standing{Tone: ui.Info, Icon: "timer", Word: word("in_line"), Why: busyWith(ctx, c.Ahead), Other: c.Ahead.ID}
	}
	return standing{Tone: ui.Active, Icon: "pulse", Word: word("running")}
}

// standsUntilRound is where a campaign stands that opens its next round later.
func standsUntilRound(ctx context.Context, m Moment, c domain.Campaign) standing {
	if c.Status == domain.CampaignScheduled {
		return standing{
			Icon: "calendar-clock", Word: locale.T(ctx, "campaign.standing.scheduled"),
			Until: c.NextDueAt, UntilWord: locale.T(ctx, "campaign.standing.starts"),
		}
	}
	if w, waits := accountWaits(ctx, m, c); waits && w.Until.After(c.NextDueAt) {
		return w
	}
	return standing{
		Tone: ui.Info, Icon: "timer", Word: locale.T(ctx, "campaign.standing.between"),
		Until: c.NextDueAt, UntilWord: locale.T(ctx, "campaign.standing.next_round"),
	}
}

// busyWith says that a campaign's account sends another one now, and which where
// that is the viewer's to know.
func busyWith(ctx context.Context, a domain.Ahead) string {
	if a.ID == 0 {
		return locale.T(ctx, "campaign.standing.busy")
	}
	return locale.T(ctx, "campaign.standing.busy_with", "Name", locale.T(ctx, "campaign.number", "ID", a.ID))
}

// aroundCountdown are the words before and after what is left until a time to
// come: each language has its own order.
func aroundCountdown(ctx context.Context) (before, after string) {
	const left = "\x00"
	before, after, _ = strings.Cut(locale.T(ctx, "campaign.left", "Left", left), left)
	return before, after
}

// holdUp says what keeps all that is due of a campaign from going out: what a
// person has to end comes first, and of times the last.
func holdUp(ctx context.Context, m Moment, c domain.Campaign) (standing, bool) {
	if why := stopReason(ctx, m, c); why != "" {
		return standing{Tone: ui.Bad, Icon: "octagon-pause", Word: locale.T(ctx, "campaign.standing.waits"), Why: why}, true
	}
	if w, off := accountOff(ctx, c); off {
		return w, true
	}
	return accountWaits(ctx, m, c)
}

// stopReason says who has stopped sending, "" for nobody. Why the service has
// stopped by itself stands above every page.
func stopReason(ctx context.Context, m Moment, c domain.Campaign) string {
	switch {
	case m.Stopped == domain.CodeAdminStop || m.Stopped == "" && c.Stop.By(domain.StopService):
		return Reason(ctx, domain.CodeAdminStop)
	case m.Stopped != "":
		return locale.T(ctx, "campaign.standing.all_stopped")
	case c.Stop == domain.StopOwner:
		return Reason(ctx, domain.CodeOwnerStop)
	}
	return ""
}

// accountOff says what a person has to do for a campaign's account.
func accountOff(ctx context.Context, c domain.Campaign) (standing, bool) {
	word := func(key string) string { return locale.T(ctx, "campaign.standing."+key) }
	switch c.AccountState {
	case domain.AccountNeedsLogin, domain.AccountDisconnected:
		why := Reason(ctx, c.AccountReason)
		if why == "" {
			why = word(string(c.AccountState))
		}
		return standing{Tone: ui.Bad, Icon: "unplug", Word: word("waits"), Why: why, Mend: true}, true
	case domain.AccountPaused:
		return standing{Tone: ui.Warn, Icon: "circle-pause", Word: word("waits"), Why: word("account_paused"), Mend: true}, true
	}
	return standing{}, false
}

// accountWaits says until when a campaign's account is silent: Telegram's wait,
// a cap, or quiet hours, whichever ends last.
func accountWaits(ctx context.Context, m Moment, c domain.Campaign) (standing, bool) {
	var until time.Time
	var why string
	if c.WaitUntil.After(m.Now) {
		until, why = c.WaitUntil, accountWait(ctx, c.WaitReason)
	}
	if c.LimitUntil.After(m.Now) && c.LimitUntil.After(until) {
		until, why = c.LimitUntil, limitReason(ctx, m, c.LimitReason)
	}
	if opens := c.Hours.Next(m.Now); opens.After(m.Now) && opens.After(until) {
		until, why = opens, Reason(ctx, domain.CodeQuiet)
	}
	return waitsFor(ctx, why, until), !until.IsZero()
}

func waitsFor(ctx context.Context, why string, until time.Time) standing {
	return standing{
		Tone: ui.Warn, Icon: "hourglass", Word: locale.T(ctx, "campaign.standing.waits"),
		Why: why, Until: until, UntilWord: locale.T(ctx, "campaign.standing.goes_on"),
	}
}

// accountWait is why an account is silent. The seconds in Telegram's code are
// those of the moment it was said, the countdown beside it is the truth.
func accountWait(ctx context.Context, code string) string {
	if code == "" || isFloodWait(code) {
		return locale.T(ctx, "campaign.standing.telegram_limit")
	}
	return Reason(ctx, code)
}

func isFloodWait(code string) bool {
	key, _ := domain.ReasonOf(code)
	return key == "flood_wait"
}

// limitReason names a cap with its number, where that is known.
func limitReason(ctx context.Context, m Moment, code string) string {
	switch {
	case code == domain.CodeHourCap && m.PerHour > 0:
		return locale.N(ctx, "campaign.standing.hour_cap", m.PerHour)
	case code == domain.CodeDayCap && m.PerDay > 0:
		return locale.N(ctx, "campaign.standing.day_cap", m.PerDay)
	}
	return Reason(ctx, code)
}

// deliveryWait says of a delivery why it stands where it does and, where that is
// known, until when: by a time of its own or by what holds its whole campaign
// up, whichever is later. Of the standing only these are set.
func deliveryWait(ctx context.Context, p CampaignPage, d domain.Delivery) standing {
	own := time.Time{}
	if d.DueAt.After(p.Now) {
		own = d.DueAt
	}
	if d.Status == domain.DeliveryUncertain {
		return standing{Why: locale.T(ctx, "delivery.why.uncertain", "Reason", Reason(ctx, d.Reason)), Until: own}
	}
	if !mayCancel(d) {
		return standing{Why: deliveryEnd(ctx, d)}
	}
	if p.Campaign.Status == domain.CampaignPaused {
		return standing{Why: locale.T(ctx, "delivery.why.paused")}
	}
	if w, waits := holdUp(ctx, p.Moment, p.Campaign); waits && (w.Until.IsZero() || !w.Until.Before(own)) {
		return standing{Why: w.Why, Until: w.Until}
	}
	switch {
	case !own.IsZero():
		return standing{Why: accountWait(ctx, d.Reason), Until: own}
	case p.Campaign.Ahead.At(p.Now):
		return standing{Why: busyWith(ctx, p.Campaign.Ahead), Other: p.Campaign.Ahead.ID}
	}
	return standing{} // its turn comes
}

// deliveryEnd says why a delivery that is not open any more ended as it did.
func deliveryEnd(ctx context.Context, d domain.Delivery) string {
	switch {
	case d.Status == domain.DeliverySent || d.Status == domain.DeliverySending || d.Status == domain.DeliveryCancelled:
		return ""
	case d.Reason == "" && d.Status == domain.DeliverySkipped:
		return locale.T(ctx, "delivery.why.skipped")
	case d.Reason == "" && d.Status == domain.DeliveryMissed:
		return locale.T(ctx, "delivery.why.missed")
	}
	return Reason(ctx, d.Reason)
}
